"""IMAP by the letter: what each command answers, from folders to SEARCH."""

import base64
import re

import imap_values
from protocol_house import mail, run_parts

SPECIAL = {"INBOX": "", "Drafts": "\\Drafts", "Sent": "\\Sent", "Trash": "\\Trash", "Junk": "\\Junk", "Archive": "\\Archive"}
JAPANESE = "=?ISO-2022-JP?B?" + base64.b64encode("会議の資料".encode("iso-2022-jp")).decode() + "?="


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
        answer = line.do("ENABLE UTF8=ACCEPT")
        check("ENABLE UTF8=ACCEPT is OK, and tells what was enabled", answer.kind == "OK" and answer.untagged == [b"* ENABLED"], answer)
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


if __name__ == "__main__":
    run_parts((folders, selecting, appending, fetching, expunge_is_held_back, searching, moving))
