"""POP3 and IMAP by the letter: what is announced, what each command answers, and how much a client may ask or send."""

import base64
import os
import re
import socket
import threading
import time

import imap_values
import lab
from wire import Imap, Line, Pop3

USERS = """  - name: taro
    clients:
      - {login: desk, password: p, may_delete: true}
      - {login: phone, password: p}
"""
SPECIAL = {"INBOX": "", "Drafts": "\\Drafts", "Sent": "\\Sent", "Trash": "\\Trash", "Junk": "\\Junk", "Archive": "\\Archive"}
JAPANESE = "=?ISO-2022-JP?B?" + base64.b64encode("会議の資料".encode("iso-2022-jp")).decode() + "?="


def mail(number, subject=None, body=None, more=""):
    return (f"From: \"Anna A\" <anna@example.org>\r\nTo: taro@example.net\r\nCc: carl@example.com\r\nSubject: {subject or f'message {number}'}\r\n"
            f"Date: Mon, {number % 28 + 1} Jan 2024 10:00:00 +0000\r\nMessage-ID: <m{number}@example.org>\r\n{more}\r\n").encode() + (
            body or b"body of number %d\r\n" % number)


class House:
    def __init__(self, root, server=""):
        self.spool = lab.Homespool(root, USERS, server=server).start()

    def imap(self, login="desk", folder=None, **how):
        return Imap(self.spool.imap, login, folder, **how)

    def stranger(self):
        return Imap(self.spool.imap)

    def pop3(self, login="desk", **how):
        return Pop3(self.spool.pop3, login, **how)

    def memory(self):
        """Resident KiB now."""
        with open(f"/proc/{self.spool.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def closed_after(line, sent):
    """What is heard until the server closes; None when it does not."""
    line.socket.settimeout(5)
    try:
        line.send(sent)
    except OSError:
        pass
    heard = b""
    try:
        while piece := line.socket.recv(65536):
            heard += piece
    except socket.timeout:
        return None
    except OSError:
        pass
    return heard


def shakes_hands(port, protocols):
    """The protocol that TLS agreed on; False when the server ends the handshake."""
    context = lab.no_verify()
    context.set_alpn_protocols(protocols)
    try:
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname="localhost") as line:
            return line.selected_alpn_protocol()
    except OSError:
        return False


def before_login(house, check):
    with house.stranger() as line:
        check("the IMAP greeting carries [CAPABILITY …]", line.greeting.startswith(b"* OK [CAPABILITY IMAP4rev1 "), line.greeting)
        told = line.must("CAPABILITY").untagged[0]
        check("CAPABILITY says the same", told.split()[2:] == line.greeting.split(b"]")[0].split()[3:], told)
        check("loopback may log in without TLS", b"LOGINDISABLED" not in told and b"AUTH=PLAIN" in told and b"STARTTLS" in told)
        check("SELECT needs a login", line.do("SELECT INBOX").kind == "BAD")
        check("NOOP does not", line.do("NOOP").kind == "OK")
    long_name = "x" * 9000
    with house.stranger() as line:
        answer = line.do(f"LOGIN {long_name} p")
        check("an IMAP line before login of 9 KB is refused", answer.kind == "BAD", answer)
        check("and the connection goes on", line.do("LOGIN desk p").kind == "OK")
    with house.stranger() as line:
        pairs = " ".join(f'"field{i}" "{"v" * 1000}"' for i in range(30))
        check("an ID of 30 pairs of 1 KB is taken before login", line.do(f"ID ({pairs})").kind == "OK")
    with house.stranger() as line:
        check("literals are taken before login", line.do(("LOGIN", ""), b"desk", b"p").kind == "OK")
    with house.stranger() as line:
        check("a literal of 9,000 bytes before login is refused before +", line.do("LOGIN", b"x" * 9000).kind == "BAD")
        check("and the connection goes on", line.do("LOGIN desk p").kind == "OK")
    with house.stranger() as line:
        line.send(b"a LOGIN {4}\r\n")
        line.stream.readline()
        line.send(b"desk {8190}\r\n")
        check("literals are summed up before login", line.end(b"a").kind == "BAD")
    with house.stranger() as line:
        inner = b"x LOGIN desk p\r\n" * 800
        line.send(b"a LOGIN {%d+}\r\n%s p\r\n" % (len(inner), inner))
        check("a refused literal with LITERAL+ is answered", line.end(b"a").kind == "BAD")
        answer = line.do("NOOP")
        check("and its bytes are never commands", answer.kind == "OK" and not answer.untagged, answer)
    with house.stranger() as line:
        heard = closed_after(line, b"a LOGIN {99999999+}\r\n" + b"z" * 1000000)
        check("an endless literal before login closes the connection", heard is not None, heard)
    for commands in ([b"a NONSENSE", b"b FETCH 1 FLAGS", b"c"], [b"", b"", b""]):
        with house.stranger() as line:
            heard = closed_after(line, b"\r\n".join(commands) + b"\r\nd NOOP\r\n")
            check(f"3 bad commands before login close IMAP {commands[0]}", heard and heard.count(b" BAD ") == 3 and b"d OK" not in heard, heard)
    for verb in ("GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT"):
        for port in (house.spool.imap, house.spool.pop3):
            with Line(port) as line:
                line.stream.readline()
                heard = closed_after(line, f"{verb} /secret<script> HTTP/1.1\r\nHost: x\r\n\r\n")
                check(f"{verb} closes port {'IMAP' if port == house.spool.imap else 'POP3'} without echo",
                      heard is not None and b"secret" not in heard and b"Host" not in heard, heard)
    with Line(house.spool.pop3) as line:
        line.stream.readline()
        heard = closed_after(line, b"X1\r\nX2\r\nX3\r\nCAPA\r\n")
        check("3 bad commands before login close POP3", heard and heard.count(b"-ERR") == 3 and b"+OK" not in heard, heard)
    with house.pop3(None) as line:
        check("a POP3 line of more than 512 bytes is refused", line.do("USER " + "x" * 600).startswith(b"-ERR"))
        check("and the connection goes on", line.do("USER desk").startswith(b"+OK") and line.do("PASS p").startswith(b"+OK"))
    with house.pop3(None) as line:
        capabilities = [one.strip() for one in line.lines("CAPA")]
        check("POP3 announces what it can", {b"TOP", b"UIDL", b"STLS", b"USER", b"RESP-CODES", b"PIPELINING"} <= set(capabilities), capabilities)
        line.send(b"USER desk\r\nPASS p\r\nSTAT\r\nQUIT\r\n")
        heard = line.rest()
        check("POP3 commands may be sent in one go", heard.count(b"+OK") == 4, heard)
    with house.pop3(None) as line:
        token = base64.b64encode(b"\0desk\0p").decode()
        check("POP3 takes AUTH PLAIN with an initial response", line.do(f"AUTH PLAIN {token}").startswith(b"+OK"))
    with house.stranger() as line:
        check("IMAP takes AUTHENTICATE PLAIN with an initial response", line.do(f"AUTHENTICATE PLAIN {token}").kind == "OK")
    with house.stranger() as line:
        line.send(b"a AUTHENTICATE PLAIN\r\n")
        check("and asks for it", line.stream.readline().startswith(b"+ "))
        line.send(token + "\r\n")
        check("and takes it", line.end(b"a").kind == "OK")


def tls(house, root, check):
    with house.stranger() as line:
        heard = closed_after(line, b"a STARTTLS\r\nb LOGIN desk p\r\nc LIST \"\" *\r\n")
        check("what is sent behind STARTTLS goes with the connection", heard is not None and b"b OK" not in heard and b"* LIST" not in heard, heard)
    with Line(house.spool.pop3) as line:
        line.stream.readline()
        heard = closed_after(line, b"STLS\r\nUSER desk\r\nPASS p\r\n")
        check("what is sent behind STLS goes with the connection", heard is not None and heard.count(b"+OK") <= 1, heard)
    with house.stranger() as line:
        line.must("STARTTLS")
        line.wrap()
        told = line.must("CAPABILITY").untagged[0]
        check("after STARTTLS it is not offered again", b"STARTTLS" not in told and b"AUTH=PLAIN" in told, told)
        check("and LOGIN works", line.do("LOGIN desk p").kind == "OK")
    with house.pop3(None) as line:
        check("STLS begins", line.do("STLS").startswith(b"+OK"))
        line.wrap()
        check("and leads to a login", line.do("USER desk").startswith(b"+OK") and line.do("PASS p").startswith(b"+OK"))
    with Imap(house.spool.imaps, "desk", tls=True) as line, Pop3(house.spool.pop3s, "desk", tls=True) as other:
        check("implicit TLS serves both", line.do("NOOP").kind == "OK" and other.opened.startswith(b"+OK"))
    for port, name, other in ((house.spool.imaps, "imap", "pop3"), (house.spool.pop3s, "pop3", "imap")):
        check(f"ALPN {name} is agreed on there", shakes_hands(port, [name]) == name)
        check(f"ALPN {other} and h2 are not", shakes_hands(port, [other]) is False and shakes_hands(port, ["h2"]) is False)
    strict = House(root / "strict", "  plaintext_login: never")
    try:
        with strict.stranger() as line:
            check("plaintext_login: never announces LOGINDISABLED", b"LOGINDISABLED" in line.greeting and b"AUTH=" not in line.greeting, line.greeting)
            check("and refuses LOGIN and AUTHENTICATE", line.do("LOGIN desk p").kind == "NO" and line.do(
                "AUTHENTICATE PLAIN AGRlc2sAcA==").kind == "NO")
            line.must("STARTTLS")
            line.wrap()
            check("until TLS is on", line.do("LOGIN desk p").kind == "OK")
        with strict.pop3(None) as line:
            capabilities = [one.strip() for one in line.lines("CAPA")]
            check("POP3 then offers neither USER nor SASL", b"USER" not in capabilities and not any(c.startswith(b"SASL") for c in capabilities))
            check("and refuses USER", line.do("USER desk").startswith(b"-ERR"))
    finally:
        strict.spool.stop()


def wrong_passwords(house, check):
    times = []
    for attempt in range(2):
        with house.stranger() as line:
            begin = time.monotonic()
            answer = line.do("LOGIN desk wrong") if attempt == 0 else line.do("LOGIN nobody wrong")
            times.append(time.monotonic() - begin)
            check("a wrong password is NO [AUTHENTICATIONFAILED]", answer.kind == "NO" and b"[AUTHENTICATIONFAILED]" in answer.text, answer)
            begin = time.monotonic()
            check("the right one behind it is not delayed", line.do("LOGIN desk p").kind == "OK" and time.monotonic() - begin < 1)
    check("wrong passwords wait 2 s, then longer, whether the user exists or not", 1.8 < times[0] < 3 and 3.8 < times[1] < 5, times)


def many_connections(house, check):
    lines = [house.imap("desk", "INBOX") for _ in range(30)]
    check("a client may be connected 30 times at once", all(line.do("NOOP").kind == "OK" for line in lines))
    drops = [house.pop3("desk") for _ in range(10)]
    check("and over POP3 beside", all(line.do("STAT").startswith(b"+OK") for line in drops))
    for line in lines[:3]:
        line.send("idle IDLE\r\n")
        line.stream.readline()
    lines[3].append("INBOX", mail(500))
    total = lines[3].count("INBOX")
    for line in lines[:3]:
        heard = imap_values.read_answer(line.stream)
        check("each idling session hears EXISTS", heard == b"* %d EXISTS" % total, heard)
        imap_values.read_answer(line.stream)  # RECENT
    lines[3].must(f"STORE {total} +FLAGS.SILENT (\\Deleted)")
    for line in lines[:3]:
        heard = imap_values.read_answer(line.stream)
        check("and the flag", heard.startswith(b"* %d FETCH " % total) and b"\\Deleted" in heard, heard)
    lines[3].must("EXPUNGE")
    for line in lines[:3]:
        heard = imap_values.read_answer(line.stream)
        check("and EXPUNGE with the right number", heard == b"* %d EXPUNGE" % total, heard)
        line.send("DONE\r\n")
        check("DONE ends it", line.end(b"idle").kind == "OK")
    for line in lines + drops:
        line.close()
    strangers = [house.stranger() for _ in range(31)]
    strangers[0].socket.settimeout(5)
    check("of 31 that do not log in the oldest goes", b"BYE" in strangers[0].rest())
    check("and the newest may log in", strangers[-1].do("LOGIN desk p").kind == "OK")
    for line in strangers:
        line.close()


def after_login(house, check):
    with house.imap("desk", "INBOX") as line:
        many = ["SEARCH OR SUBJECT"] + [" SUBJECT"] * 1
        check("a command of few literals is taken", line.do((many[0], many[1], ""), b"x", b"y").kind == "OK")
        keys = b" ".join(b"TEXT {1+}\r\nx" for _ in range(1000))
        line.send(b"a SEARCH " + keys + b"\r\n")
        check("1,000 literals in a command are taken", line.end(b"a").kind == "OK")
        line.send(b"b SEARCH " + keys + b" TEXT {1+}\r\nx\r\n")
        check("1,001 are refused", line.end(b"b").kind == "BAD")
        check("and none of it is a command", line.do("NOOP").untagged == [])
        line.send(b"c SEARCH TEXT {1100000+}\r\n" + b"y LOGOUT\r\n" * 110000 + b"\r\n")
        check("more than 1 MiB of arguments is refused", line.end(b"c").kind == "BAD")
        check("and thrown away", line.do("NOOP").kind == "OK")
        check("a synchronising literal of 2 MB is refused before +", line.do("SEARCH TEXT", b"x" * 2000000).kind == "BAD")
        check("50 parentheses nest", line.do("SEARCH " + "(" * 45 + "ALL" + ")" * 45).kind == "OK")
        check("5,000 do not", line.do("SEARCH " + "(" * 5000 + "ALL" + ")" * 5000).kind == "BAD")
        check("nor 5,000 NOT", line.do("SEARCH " + "NOT " * 5000 + "ALL").kind == "BAD")
        check("nor 100 brackets in FETCH", line.do("FETCH 1 " + "(" * 100 + "FLAGS" + ")" * 100).kind == "BAD")
        wide = ",".join(f"{n}:{n + 1}" for n in range(1, 9000, 2))
        check("a UID set of 45 KB is taken", line.do(f"UID FETCH {wide} (FLAGS)").kind == "OK")
        check("1:4294967295 is taken", line.do("UID FETCH 1:4294967295 (FLAGS)").kind == "OK")
        overlapping = ",".join(["1:*"] * 10000)
        begin = time.monotonic()
        answer = line.do(f"UID FETCH {overlapping} (FLAGS)")
        check("1:* ten thousand times is answered once and quickly",
              answer.kind in ("OK", "BAD") and len(answer.untagged) < 100 and time.monotonic() - begin < 2, answer)
        for bad in ("0", "1:0", "4294967296", "1,,2", "1:", "-1", "*:x", "a", "1 2"):
            check(f"the set {bad} is BAD", line.do(f"FETCH {bad} (FLAGS)").kind == "BAD")
        check("a line of 70 KB is refused", line.do("NOOP " + "x" * 70000).kind == "BAD")
    with house.imap("desk") as line:
        answers = [line.do("NONSENSE").kind for _ in range(19)]
        check("19 bad commands after login are borne", answers == ["BAD"] * 19 and line.do("NOOP").kind == "OK")
        heard = closed_after(line, b"a NONSENSE\r\n" * 25)
        check("20 in a row close", heard and heard.count(b"BAD") <= 20, heard)
    with house.pop3("desk") as line:
        heard = closed_after(line, b"NONSENSE\r\n" * 25 + b"NOOP\r\n")
        check("20 bad commands after login close POP3", heard and heard.count(b"-ERR") == 20, heard)
    with house.imap("desk") as line:
        line.send(b"a APPEND INBOX {99999999}\r\n")
        answer = line.end(b"a")
        check("an APPEND beyond the limit is refused before +", answer.kind == "NO" and b"[TOOBIG]" in answer.text, answer)
        told = line.must("CAPABILITY").untagged[0]
        check("the limit is announced", b"APPENDLIMIT=67108864" in told, told)


def folders(house, check):
    with house.imap("desk") as line:
        listed = {m.group(2).decode(): m for m in line.must('LIST "" "*"').all(rb'^\* LIST \(([^)]*)\) "/" (\S+)$')}
        check("every user has the six folders, / between levels", set(listed) == set(SPECIAL), list(listed))
        check("with SPECIAL-USE in a plain LIST", all(use.encode() in listed[name].group(1) for name, use in SPECIAL.items()), listed)
        answer = line.must('LIST (SPECIAL-USE) "" "*"')
        check("LIST (SPECIAL-USE) lists the special ones", len(answer.untagged) == 5, answer)
        answer = line.must('LIST "" ""')
        check('LIST "" "" tells the separator', answer.untagged == [b'* LIST (\\Noselect) "/" ""'], answer)
        check("CREATE of a nested folder", line.do("CREATE Work/2026/Q1").kind == "OK")
        names = lambda command: sorted(re.search(rb'"/" "?([^"]*)"?$', one).group(1).decode() for one in line.must(command).untagged)
        check("makes those above it", [n for n in names('LIST "" "Work*"')] == ["Work", "Work/2026", "Work/2026/Q1"], names('LIST "" "Work*"'))
        check("% stops at /", names('LIST "" "Work/%"') == ["Work/2026"], names('LIST "" "Work/%"'))
        check("a reference is put before the pattern", names('LIST "Work/" "%"') == ["Work/2026"], names('LIST "Work/" "%"'))
        check("inbox is found in any case", names('LIST "" "inbox"') == ["INBOX"], names('LIST "" "inbox"'))
        check("CREATE again is NO [ALREADYEXISTS]", b"[ALREADYEXISTS]" in line.do("CREATE Work").text)
        check("CREATE INBOX is NO", line.do("CREATE inbox").kind == "NO")
        check("RENAME takes the lower ones along", line.do("RENAME Work Job").kind == "OK" and names('LIST "" "Job*"') == [
            "Job", "Job/2026", "Job/2026/Q1"], names('LIST "" "*"'))
        line.append("Job/2026/Q1", mail(1))
        check("DELETE of a folder", line.do("DELETE Job/2026/Q1").kind == "OK" and names('LIST "" "Job*"') == ["Job", "Job/2026"])
        answer = line.do("DELETE Job")
        left = names('LIST "" "Job*"')
        check("DELETE of one with folders below keeps those", "Job/2026" in left, f"{answer} {left}")
        for name in ("Job/2026", "Job"):
            line.do(f"DELETE {name}")
        check("then all are gone", names('LIST "" "Job*"') == [], names('LIST "" "Job*"'))
        for command in ("DELETE INBOX", "SELECT Nowhere", "DELETE Nowhere", "RENAME Nowhere X", "STATUS Nowhere (MESSAGES)", "CREATE \"a//b\"", "CREATE \"/a\""):
            check(f"{command} is NO", line.do(command).kind == "NO", line.do(command))
        check("SELECT of what is not there closes what was open",
              line.must("SELECT INBOX") and line.do("SELECT Nowhere").kind == "NO" and line.do("FETCH 1 FLAGS").kind == "BAD")
        wire_name = "&ZeVnLIqe-"
        check("a name in modified UTF-7 is kept", line.do(f'CREATE "{wire_name}"').kind == "OK" and wire_name in names('LIST "" "*"'))
        check("names that are not modified UTF-7 are refused", line.do('CREATE "&ZeVnLIqe"').kind in ("NO", "BAD") and line.do(
            "CREATE", "日本".encode()).kind in ("NO", "BAD"))
        check("quotes in a name", line.do('CREATE "a \\"b\\" c"').kind == "OK" and line.do("SELECT", b'a "b" c').kind == "OK")
        line.must("UNSELECT")
        line.do('DELETE "a \\"b\\" c"')
        line.must(f'SUBSCRIBE "{wire_name}"')
        check("SUBSCRIBE shows in LSUB", wire_name in names('LSUB "" "*"'), names('LSUB "" "*"'))
        check("and in LIST (SUBSCRIBED)", wire_name in names('LIST (SUBSCRIBED) "" "*"'))
        line.must(f'UNSUBSCRIBE "{wire_name}"')
        check("UNSUBSCRIBE takes it away", wire_name not in names('LSUB "" "*"'))
        line.must(f'DELETE "{wire_name}"')
        line.must("SUBSCRIBE Nowhere/yet")
        check("LSUB % shows the level above a subscribed name as \\Noselect",
              line.must('LSUB "" "%"').find(rb'LSUB \(\\Noselect\) "/" Nowhere'), line.must('LSUB "" "%"'))
        line.must("UNSUBSCRIBE Nowhere/yet")
        line.append("INBOX", mail(1), "(\\Seen)")
        line.append("INBOX", mail(2))
        total = line.count("INBOX")
        check("RENAME INBOX moves its mail and keeps INBOX", line.do("RENAME INBOX Old").kind == "OK" and line.count("INBOX") == 0
              and line.count("Old") == total)
        status = line.must("STATUS Old (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)").untagged[0]
        check("STATUS tells all five", len(re.findall(rb"(MESSAGES|RECENT|UIDNEXT|UIDVALIDITY|UNSEEN) \d+", status)) == 5, status)
        line.must("DELETE Old")
        validity = line.must("CREATE Old") and line.must("STATUS Old (UIDVALIDITY)").find(rb"UIDVALIDITY (\d+)").group(1)
        check("a folder made again has another UIDVALIDITY", validity not in status, f"{validity} {status}")
        line.must("DELETE Old")
        check("NAMESPACE", line.must("NAMESPACE").untagged == [b'* NAMESPACE (("" "/")) NIL NIL'])
        check("ID NIL", line.must("ID NIL").find(rb'^\* ID \("name" "homespool"'))
        check("ENABLE UTF8=ACCEPT is OK", line.do("ENABLE UTF8=ACCEPT").kind == "OK")
        check("LIST RETURN (SPECIAL-USE STATUS (…))", line.must('LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))').find(rb"^\* STATUS Trash \("))


def selecting(house, check):
    with house.imap("desk") as line:
        for number in range(1, 6):
            line.append("INBOX", mail(number), "(\\Seen)" if number < 3 else "")
        answer = line.must("SELECT INBOX")
        for what, pattern in (("FLAGS", rb"^\* FLAGS \(.*\\Seen.*\)"), ("EXISTS", rb"^\* 5 EXISTS"), ("RECENT", rb"^\* 5 RECENT"),
                              ("UNSEEN", rb"^\* OK \[UNSEEN 3\]"), ("PERMANENTFLAGS", rb"^\* OK \[PERMANENTFLAGS \(.*\\Deleted.*\\\*\)\]"),
                              ("UIDNEXT", rb"^\* OK \[UIDNEXT \d+\]"), ("UIDVALIDITY", rb"^\* OK \[UIDVALIDITY [1-9]\d*\]")):
            check(f"SELECT tells {what}", answer.find(pattern), answer)
        check("and ends with [READ-WRITE]", answer.text.startswith(b"[READ-WRITE]"))
        with house.imap("phone") as other:
            check("EXAMINE ends with [READ-ONLY]", other.must("EXAMINE INBOX").text.startswith(b"[READ-ONLY]"))
            check("STORE there is NO", other.do("STORE 1 +FLAGS (\\Seen)").kind == "NO" and other.do("EXPUNGE").kind == "NO")
            check("\\Recent went to the first session alone", b"* 0 RECENT" in other.must("EXAMINE INBOX").untagged)


def appending(house, check):
    with house.imap("desk", "INBOX") as line:
        answer = line.do('APPEND INBOX (\\Flagged $Work) "17-Jul-2020 02:44:25 -0700"', mail(6))
        found = re.match(rb"\[APPENDUID (\d+) (\d+)\]", answer.text)
        check("APPEND answers APPENDUID", found, answer)
        check("and tells EXISTS to the session that has it open", answer.find(rb"^\* 6 EXISTS"), answer)
        told = line.must(f"UID FETCH {found.group(2).decode()} (FLAGS INTERNALDATE RFC822.SIZE)").find(rb"FETCH \((.*)\)$").group(1)
        check("flags, keyword and date are kept", b"\\Flagged" in told and b"$Work" in told and b'"17-Jul-2020 02:44:25 -0700"' in told
              or b'"17-Jul-2020 09:44:25 +0000"' in told, told)
        check("the size is exact", b"RFC822.SIZE %d" % len(mail(6)) in told, told)
        answer = line.do("APPEND Nowhere", mail(7))
        check("APPEND to what is not there is NO [TRYCREATE]", answer.kind == "NO" and answer.text.startswith(b"[TRYCREATE]"), answer)
        line.send(b"plus APPEND Nowhere {20+}\r\nx LOGOUT\r\ny LOGOUT\r\n")
        line.send(b"\r\n")
        check("with LITERAL+ its bytes are no commands", line.end(b"plus").kind == "NO" and line.do("NOOP").kind == "OK")
        answer = line.do("COPY 1:2 Sent")
        check("COPY answers COPYUID", re.match(rb"\[COPYUID \d+ \d+:\d+ 1:2\]", answer.text), answer)
        check("COPY to what is not there is NO [TRYCREATE]", b"[TRYCREATE]" in line.do("COPY 1 Nowhere").text)
        answer = line.do("UID COPY 99999 Sent")
        check("UID COPY of nothing is OK", answer.kind == "OK", answer)
        check("COPY keeps flags", line.must("EXAMINE Sent") and line.flags(1) == ["\\Seen"], line.flags(1))


def fetching(house, check):
    content = (b"From: a@b\r\nSubject: parts\r\nX-One: 1\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
               b"--x\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>second</b>\r\n--x--\r\n")
    with house.imap("desk", "INBOX") as line:
        line.append("INBOX", content)
        number = line.count("INBOX")

        def get(item):
            answer = line.must(f"FETCH {number} ({item})")
            return imap_values.Reader(answer.find(rb"^\* \d+ FETCH (\(.*)$").group(1)).value()[-1]

        for item, expected in (("BODY.PEEK[]", content), ("BODY.PEEK[]<0.10>", content[:10]), ("BODY.PEEK[]<10.20>", content[10:30]),
                               ("BODY.PEEK[]<5.4000000>", content[5:]), ("BODY.PEEK[]<100000.5>", b""), ("BODY.PEEK[1]", b"first"),
                               ("BODY.PEEK[1]<1.3>", b"irs"), ("BODY.PEEK[2.MIME]", b"Content-Type: text/html\r\n\r\n"),
                               ("BODY.PEEK[HEADER]", content.split(b"--x\r\n")[0]), ("BODY.PEEK[TEXT]<0.3>", b"--x"),
                               ("BODY.PEEK[HEADER.FIELDS (Subject x-ONE To)]", b"Subject: parts\r\nX-One: 1\r\n\r\n"),
                               ("BODY.PEEK[HEADER.FIELDS.NOT (Subject X-One MIME-Version Content-Type)]", b"From: a@b\r\n\r\n"),
                               ("BODY.PEEK[HEADER.FIELDS (Subject)]<3.5>", b"ject:"), ("RFC822.HEADER", content.split(b"--x\r\n")[0]),
                               ("RFC822.SIZE", len(content)), ("BODY.PEEK[3]", None)):
            check(f"FETCH {item}", get(item) == expected, get(item))
        answer = line.must(f"FETCH {number} BODY.PEEK[]<10.20>")
        check("a partial names where it begins", answer.find(rb"BODY\[\]<10> \{20\}"), answer)
        check("PEEK marked nothing", "\\Seen" not in line.flags(number))
        answer = line.must(f"FETCH {number} BODY[1]")
        check("BODY[1] marks read and tells it", answer.find(rb"FLAGS \([^)]*\\Seen"), answer)
        answer = line.must(f"FETCH {number} RFC822")
        check("RFC822 is the message", answer.find(rb"RFC822 \{%d\}\r\n" % len(content)), answer)
        for macro, items in (("ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"), ("FAST", "FLAGS INTERNALDATE RFC822.SIZE"),
                             ("FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY")):
            told = line.must(f"FETCH {number} {macro}").untagged[0]
            check(f"FETCH {macro}", all(item.encode() in told for item in items.split()), told)
        check("UID FETCH always tells UID", line.must("UID FETCH 1:* (FLAGS)").all(rb"UID \d+"))
        for bad in ("BODY[", "BODY[]<0.0>", "BODY[0]", "BODY[HEADER.FIELDS ()]", "NONSENSE", "()", "BODY[MIME]", "BODY[]<1>"):
            check(f"FETCH {bad} is BAD", line.do(f"FETCH 1 ({bad})").kind == "BAD", line.do(f"FETCH 1 ({bad})"))


def expunge_is_held_back(house, check):
    with house.imap("desk", "INBOX") as one, house.imap("desk", "INBOX") as other:
        total = one.count("INBOX")
        other.must("STORE 1 +FLAGS (\\Deleted)")
        other.must("EXPUNGE")
        for command in (f"FETCH {total} (FLAGS)", f"STORE {total} +FLAGS (\\Answered)", "SEARCH ALL"):
            answer = one.do(command)
            check(f"{command.split()[0]} announces no EXPUNGE", answer.kind == "OK" and not answer.find(rb"EXPUNGE"), answer)
        answer = one.do("FETCH 1 (UID FLAGS)")
        check("FETCH of what is gone does not shift numbers", not answer.find(rb"EXPUNGE"), answer)
        answer = one.do("UID FETCH 1:* (FLAGS)")
        held = answer.find(rb"^\* 1 EXPUNGE") or one.must("NOOP").find(rb"^\* 1 EXPUNGE")
        check("a UID command or NOOP then does", held)
        check("and numbers are right", one.count("INBOX") == total - 1 == len(one.must("SEARCH ALL").untagged[-1].split()) - 2)


def searching(house, check):
    with house.imap("desk") as line:
        line.must("CREATE Search")
        one = mail(1, "Quarterly report", b"The apples are here.\r\n", "X-Tag: blue\r\n")
        two = mail(2, JAPANESE, b"Content in \x1b$B2q5D\x1b(B\r\n", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n")
        three = mail(3, "Re: report", b"pears " * 200 + b"\r\n", "Bcc: dora@example.com\r\n")
        for content, flags, date in ((one, "(\\Seen \\Answered)", "01-Feb-2024"), (two, "(\\Flagged $Work)", "10-Feb-2024"),
                                     (three, "(\\Draft \\Deleted)", "20-Feb-2024")):
            line.append("Search", content, f'{flags} "{date} 12:00:00 +0000"')
        line.must("SELECT Search")
        uid = int(line.must("UID SEARCH 1").untagged[0].split()[2])
        table = {"ALL": "1 2 3", "SEEN": "1", "UNSEEN": "2 3", "ANSWERED": "1", "UNANSWERED": "2 3", "FLAGGED": "2", "UNFLAGGED": "1 3",
                 "DRAFT": "3", "UNDRAFT": "1 2", "DELETED": "3", "UNDELETED": "1 2", "KEYWORD $Work": "2", "UNKEYWORD $Work": "1 3",
                 "RECENT": "1 2 3", "NEW": "2 3", "OLD": "", "BEFORE 10-Feb-2024": "1", "ON 10-Feb-2024": "2", "SINCE 10-Feb-2024": "2 3",
                 "SENTBEFORE 3-Jan-2024": "1", "SENTON 3-Jan-2024": "2", "SENTSINCE 3-Jan-2024": "2 3", "FROM anna": "1 2 3", "TO TARO": "1 2 3",
                 "CC carl@example.com": "1 2 3", "BCC dora": "3", "SUBJECT report": "1 3", 'SUBJECT "quarterly REPORT"': "1",
                 "HEADER X-Tag blue": "1", 'HEADER X-Tag ""': "1", "BODY apples": "1", "TEXT blue": "1", "BODY blue": "", "TEXT pears": "3",
                 "LARGER 1000": "3", "SMALLER 1000": "1 2", f"UID {uid}:{uid + 1}": "1 2", "2:*": "2 3", "NOT SEEN": "2 3",
                 "OR SEEN FLAGGED": "1 2", "(SEEN ANSWERED)": "1", "OR (SEEN ANSWERED) NOT 1:2": "1 3", "SEEN FLAGGED": "",
                 "NOT (OR SEEN FLAGGED)": "3", "CHARSET US-ASCII SUBJECT report": "1 3", "CHARSET UTF-8 ALL": "1 2 3"}
        for keys, expected in table.items():
            answer = line.do(f"SEARCH {keys}")
            found = b" ".join(answer.untagged[0].split()[2:]).decode() if answer.untagged else None
            check(f"SEARCH {keys}", answer.kind == "OK" and found == expected, f"{answer}")
        for charset in ("UTF-8", "ISO-2022-JP", "EUC-JP", "Shift_JIS"):
            for key, expected in (("SUBJECT", b"2"), ("BODY", b"2"), ("TEXT", b"2")):
                answer = line.do(f"SEARCH CHARSET {charset} {key}", "会議".encode(charset))
                check(f"SEARCH CHARSET {charset} {key} in Japanese", answer.untagged and answer.untagged[0].split()[2:] == [expected], answer)
        answer = line.do("SEARCH CHARSET KLINGON SUBJECT x")
        check("an unknown CHARSET is NO [BADCHARSET", answer.kind == "NO" and answer.text.startswith(b"[BADCHARSET"), answer)
        for bad in ("", "NONSENSE", "BEFORE 99-Foo-2024", "SUBJECT", "OR SEEN", "(SEEN", "HEADER x", "LARGER x", "KEYWORD"):
            check(f"SEARCH {bad} is BAD", line.do(f"SEARCH {bad}".rstrip()).kind == "BAD")
        answer = line.must(f"UID SEARCH 3")
        check("UID SEARCH answers UIDs", answer.untagged[0].split()[2:] == [b"%d" % (uid + 2)], answer)
        line.must("UNSELECT")
        line.must("DELETE Search")


def moving(house, check):
    with house.imap("desk", "INBOX") as line:
        total, before = line.count("INBOX"), line.count("Archive")
        answer = line.do("UID MOVE 99999 Archive")
        check("UID MOVE of nothing is OK", answer.kind == "OK", answer)
        answer = line.do("MOVE 1:2 Archive")
        check("MOVE answers COPYUID, then EXPUNGEs",
              answer.find(rb"^\* OK \[COPYUID \d+ \S+ \S+\]") and len(answer.all(rb"EXPUNGE")) == 2, answer)
        check("and moves", line.count("INBOX") == total - 2 and line.count("Archive") == before + 2)
        answer = line.do("MOVE 1 Nowhere")
        check("MOVE to what is not there is NO [TRYCREATE]", answer.kind == "NO" and b"[TRYCREATE]" in answer.text, answer)


def slow_reader(house, check):
    big = mail(900, body=b"0123456789abcdef" * 4 * 16384 * 20)
    with house.imap("desk", "INBOX") as line:
        line.must("CREATE Big")
        line.append("Big", big)
        line.append("INBOX", big)
    base = house.memory()
    lines = []
    for _ in range(8):
        line = house.imap("desk", "Big")
        line.send(b"a FETCH 1 (BODY.PEEK[])\r\n" * 3)
        lines.append(line)
    for _ in range(4):
        line = house.pop3("desk")
        line.send(f"RETR {line.count()}\r\n" * 3)
        lines.append(line)
    time.sleep(1)
    grown = house.memory() - base
    check(f"12 clients that do not read {len(big) >> 20} MB cost little memory", grown < 16 * 1024, f"{grown} KiB")
    with house.imap("phone", "INBOX") as other:
        begin = time.monotonic()
        check("and do not hold up others", other.do("UID FETCH 1:* (FLAGS)").kind == "OK" and time.monotonic() - begin < 0.5)
    for line in lines[1:]:
        line.close()
    answer = lines[0].end(b"a")
    check("who reads after all gets every byte", answer.untagged[0].endswith(big[-100:] + b")") and len(answer.untagged[0]) > len(big))
    lines[0].close()
    flood = house.imap("desk", "INBOX")
    base = house.memory()
    stop = threading.Event()

    def shout():
        flood.socket.settimeout(0.5)
        try:
            while not stop.is_set():
                flood.send(b"a UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)\r\n" * 1000)
        except OSError:
            pass

    thread = threading.Thread(target=shout)
    thread.start()
    time.sleep(1)
    stop.set()
    thread.join()
    grown = house.memory() - base
    check("a client that only sends commands and reads nothing costs little memory", grown < 8 * 1024, f"{grown} KiB")
    flood.close()


def main():
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        house = House(root / "home")
        parts = {"before_login": lambda: before_login(house, check), "tls": lambda: tls(house, root, check)}
        for part in (folders, selecting, appending, fetching, expunge_is_held_back, searching, moving, after_login, many_connections,
                     slow_reader, wrong_passwords):
            parts[part.__name__] = lambda part=part: part(house, check)
        try:
            for name, part in parts.items():
                if os.environ.get("HOMESPOOL_PART", name) == name:
                    started = time.monotonic()
                    part()
                    print(f"     {name}: {time.monotonic() - started:.1f} s")
        finally:
            house.spool.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
