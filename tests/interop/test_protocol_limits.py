"""POP3 and IMAP by the letter: what is announced before a login, and how much a client may ask or send."""

import base64
import socket
import threading
import time

import imap_values
import lab
from protocol_house import House, mail, run_parts
from wire import Imap, Line, Pop3


def some_mail(house, check):
    with house.imap("desk") as line:
        for number in range(1, 6):
            line.append("INBOX", mail(number))
        check("there is mail to ask for", line.count("INBOX") == 5)


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


def tls(house, check):
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
    strict = House(house.root.parent / "strict", "  plaintext_login: never")
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


def slow_reader(house, check):
    big = mail(900, body=b"0123456789abcdef" * 4 * 16384 * 20)
    with house.imap("desk", "INBOX") as line:
        line.must("CREATE Big")
        line.append("Big", big)
        line.append("INBOX", big)
    lab.wait_until(lambda: house.spool.status()["spool"]["search"] == "ready", 20)  # it reads them too
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


if __name__ == "__main__":
    run_parts((some_mail, before_login, tls, after_login, many_connections, slow_reader, wrong_passwords))
