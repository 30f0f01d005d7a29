"""One deleter: every door by which a message could leave, tried by a reader, by the deleter, and where nobody may delete."""

from deleter_house import DESK_DELETES, NOBODY, PHONE_DELETES, mail, run_parts

FOLDERS = ("INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive")


def pop3_reader_hides(house, check):
    before = house.listed("phone")
    with house.pop3("phone") as session:
        check("a reader's DELE answers +OK", session.do("DELE 1").startswith(b"+OK"))
        check("a message marked in this session is not listed in it", session.count() == len(before) - 1)
    check("without QUIT nothing is hidden", house.listed("phone") == before)
    with house.pop3("phone") as session:
        session.do("DELE 1")
        check("RSET takes a mark away", session.do("RSET").startswith(b"+OK") and session.count() == len(before))
        session.do("DELE 2")
        check("QUIT of a hiding session is +OK", session.do("QUIT").startswith(b"+OK"))
    with house.pop3("phone") as session:
        rest = before[:1] + before[2:]
        check("QUIT hides exactly that message from UIDL", session.uidls() == rest, session.uidls())
        check("and from LIST and STAT", len(session.lines("LIST")) == session.count() == len(rest))
    check("another login still lists it", house.listed("strict") == before)
    with house.imap("phone", "INBOX") as session:
        check("it is still there over IMAP, where this login may not delete", session.count("INBOX") == len(before))
    check("status counts one hidden delete", house.counts("phone") == (1, 0), house.counts("phone"))


def pop3_reader_refused(house, check):
    before = house.listed("strict")
    with house.pop3("strict") as session:
        answer = session.do("DELE 1")
        check("with refuse, DELE answers -ERR [SYS/PERM] and names the deleter",
              answer.startswith(b"-ERR [SYS/PERM] ") and b"desk" in answer, answer)
        check("the message stays listed in the session", session.count() == len(before))
        session.do("QUIT")
    check("and after it", house.listed("strict") == before)
    check("status counts the refused delete", house.counts("strict") == (0, 1), house.counts("strict"))


def pop3_deleter(house, check):
    before = house.listed("desk")
    with house.pop3("desk") as session:
        session.do("DELE 1")
    check("the deleter's DELE without QUIT deletes nothing", house.listed("desk") == before)
    with house.pop3("phone") as reader, house.imap("phone", "INBOX") as watcher:
        listed = reader.uidls()
        with house.pop3("desk") as session:
            session.do("DELE 1")
            check("before QUIT the others still list it", house.listed("strict") == before)
            session.do("QUIT")
        check("at QUIT it is deleted for everybody", house.listed("strict") == before[1:] == house.listed("desk"))
        check("an IMAP session is told at its next command", bool(watcher.do("NOOP").find(rb"^\* 1 EXPUNGE")))
        check("an open POP3 session still lists and serves it",
              reader.uidls() == listed and reader.message(1) == mail(1), reader.do("LIST 1"))


def permanent(answer):
    found = answer.find(rb"PERMANENTFLAGS \(([^)]*)\)")
    return found.group(1).decode().split() if found else None


def imap_rights(house, check):
    with house.imap("phone") as reader, house.imap("desk") as deleter:
        capabilities = reader.must("CAPABILITY").untagged[0].split()
        check("ACL and RIGHTS= are announced", b"ACL" in capabilities and any(c.startswith(b"RIGHTS=") for c in capabilities))
        for folder in FOLDERS:
            rights = reader.must(f"MYRIGHTS {folder}").find(rb"MYRIGHTS \S+ (\S+)").group(1).decode()
            expected = {"Trash": "lrs", "Drafts": "lrswite"}.get(folder, "lrswi")
            check(f"a reader's rights in {folder} are {expected}", sorted(rights) == sorted(expected), rights)
            rights = deleter.must(f"MYRIGHTS {folder}").find(rb"MYRIGHTS \S+ (\S+)").group(1).decode()
            check(f"the deleter has all rights in {folder}", set("lrswipkxte") - {"p"} <= set(rights), rights)
            opened = reader.must(f"SELECT {folder}")
            flags = permanent(opened)
            check(f"{folder}: READ-WRITE to a reader, PERMANENTFLAGS without \\Deleted and not empty",
                  b"[READ-WRITE]" in opened.text and flags and "\\Deleted" not in flags, f"{opened.text} {flags}")
            check(f"{folder}: the deleter may set \\Deleted", "\\Deleted" in permanent(deleter.must(f"SELECT {folder}")))
        for command in ("SETACL INBOX phone lrswipkxte", "DELETEACL INBOX phone"):
            check(f"{command.split()[0]} is refused to both",
                  reader.do(command).kind == "NO" and deleter.do(command).kind == "NO", reader.do(command))


def imap_store(house, check):
    with house.imap("phone", "INBOX") as reader, house.imap("desk", "INBOX") as deleter:
        total = reader.count("INBOX")
        uids = [int(uid) for uid in reader.must("UID SEARCH ALL").untagged[0].split()[2:]]
        for number, form in enumerate(("+FLAGS", "+FLAGS.SILENT", "FLAGS", "FLAGS.SILENT"), 1):
            for prefix, which in (("", number), ("UID ", uids[number - 1])):
                answer = reader.do(f"{prefix}STORE {which} {form} (\\Deleted)")
                told = answer.find(rb"^\* %d FETCH .*FLAGS \(([^)]*)\)" % number)
                check(f"a reader's {prefix}STORE {form} (\\Deleted) is OK and tells flags without it",
                      answer.kind == "OK" and told and b"Deleted" not in told.group(1), answer)
                answer = reader.do(f"{prefix}STORE {which} {form} (\\Deleted \\Flagged)")
                check(f"{prefix}STORE {form}: the flag beside it is set", reader.flags(number) == ["\\Flagged"], answer)
                check(f"{prefix}STORE {form}: the deleter sees it so",
                      deleter.do("NOOP") and deleter.flags(number) == ["\\Flagged"], deleter.flags(number))
                reader.must(f"{prefix}STORE {which} -FLAGS (\\Flagged)")
        deleter.must("STORE 1 +FLAGS (\\Deleted)")
        reader.must("NOOP")
        for change, left in (("FLAGS (\\Seen)", ["\\Deleted", "\\Seen"]), ("-FLAGS (\\Deleted \\Seen)", ["\\Deleted"]),
                             ("FLAGS ()", ["\\Deleted"]), ("-FLAGS.SILENT (\\Deleted)", ["\\Deleted"])):
            reader.must(f"STORE 1 {change}")
            check(f"a reader's STORE {change} leaves the deleter's \\Deleted alone", reader.flags(1) == left, reader.flags(1))
        for command in ("EXPUNGE", f"UID EXPUNGE {uids[0]}:{uids[-1]}", "EXPUNGE"):
            answer = reader.do(command)
            check(f"a reader's {command.split(str(uids[0]))[0].strip()} is OK and removes nothing",
                  answer.kind == "OK" and not answer.find(rb"EXPUNGE") and reader.count("INBOX") == total, answer)
        check("a reader's CLOSE closes and removes nothing",
              reader.do("CLOSE").kind == "OK" and reader.count("INBOX") == total and reader.do("CHECK").kind != "OK")
        reader.must("SELECT INBOX")
        copied = reader.must("COPY 1 Archive")
        reader.must("SELECT Archive")
        check("a reader's COPY of a message marked \\Deleted has no such mark", reader.flags(reader.count("Archive")) == [], copied)
        for folder in ("INBOX", "Archive", "Sent", "Junk"):
            answer = reader.append(folder, mail(90), "(\\Deleted \\Seen)")
            reader.must(f"SELECT {folder}")
            last = reader.count(folder)
            check(f"a reader's APPEND with \\Deleted to {folder} does not set it", reader.flags(last) == ["\\Seen"], answer)
        deleter.must("SELECT INBOX")
        check("the deleter's STORE may take its \\Deleted away",
              deleter.must("STORE 1 -FLAGS (\\Deleted)") and deleter.flags(1) == [], deleter.flags(1))


def refused_doors(reader):
    inbox, uid = mail(77), reader.must("UID SEARCH 1").untagged[0].split()[2].decode()
    yield "MOVE", reader.do("MOVE 1 Archive")
    yield "UID MOVE", reader.do(f"UID MOVE {uid} Archive")
    yield "MOVE to Trash", reader.do("MOVE 1 Trash")
    yield "REPLACE", reader.do("REPLACE 1 INBOX", inbox)
    yield "UID REPLACE", reader.do(f"UID REPLACE {uid} INBOX (\\Seen)", inbox)
    yield "CREATE", reader.do("CREATE New")
    yield "CREATE below", reader.do("CREATE Archive/New")
    yield "DELETE", reader.do("DELETE Junk")
    yield "DELETE of what is not there", reader.do("DELETE Nowhere")
    yield "RENAME", reader.do("RENAME Archive Other")
    yield "RENAME of INBOX", reader.do("RENAME INBOX Other")
    yield "COPY into Trash", reader.do("COPY 1 Trash")
    yield "UID COPY into Trash", reader.do(f"UID COPY {uid} Trash")
    yield "APPEND into Trash", reader.do("APPEND Trash", inbox)
    reader.send(b"plus APPEND Trash {%d+}\r\n%s\r\n" % (len(inbox), inbox))
    yield "APPEND into Trash with LITERAL+", reader.end(b"plus")
    reader.send(b"swallowed REPLACE 1 INBOX {%d+}\r\n%s\r\n" % (len(b"x LOGOUT\r\n"), b"x LOGOUT\r\n"))
    yield "REPLACE with LITERAL+", reader.end(b"swallowed")


def imap_doors(house, check):
    with house.imap("phone", "INBOX") as reader, house.imap("desk") as deleter:
        before = {folder: deleter.count(folder) for folder in FOLDERS}
        _, refused = house.counts("phone")
        for door, answer in refused_doors(reader):
            check(f"a reader's {door} answers NO [NOPERM] and names the deleter",
                  answer.kind == "NO" and answer.text.startswith(b"[NOPERM] ") and b"desk" in answer.text, answer)
        after = {folder: deleter.count(folder) for folder in FOLDERS}
        listed = deleter.must('LIST "" *').untagged
        check("and nothing has changed", before == after and len(listed) == len(FOLDERS), f"{after} {listed}")
        check("status counts what was refused", house.counts("phone")[1] > refused, house.counts("phone"))
        answer = reader.do("COPY 1 Archive")
        check("a reader may file a copy elsewhere", answer.kind == "OK" and answer.text.startswith(b"[COPYUID "), answer)
        reader.must("SELECT Trash")
        check("a reader may read what is in Trash and mark it read", reader.do("STORE 1:* +FLAGS (\\Seen)").kind in ("OK", "BAD"))


def imap_drafts(house, check):
    with house.imap("phone", "Drafts") as reader, house.imap("desk", "Drafts") as deleter:
        reader.append("Drafts", mail(1), "(\\Draft)")
        reader.append("Drafts", mail(2), "(\\Draft)")
        deleter.must("NOOP")
        deleter.must("STORE 1 +FLAGS (\\Deleted)")
        reader.must("NOOP")
        reader.must("STORE 2 +FLAGS (\\Deleted)")
        answer = reader.must("EXPUNGE")
        check("a reader can replace a draft: its own \\Deleted is expunged, the deleter's is not",
              answer.find(rb"^\* 2 EXPUNGE") and not answer.find(rb"^\* 1 EXPUNGE") and reader.count("Drafts") == 1, answer)
        check("the deleter's expunge removes the deleter's", deleter.must("EXPUNGE") and deleter.count("Drafts") == 0)


def imap_deleter(house, check):
    with house.imap("desk", "INBOX") as deleter, house.imap("phone", "INBOX") as reader:
        total = deleter.count("INBOX")
        deleter.must("STORE 1:2 +FLAGS.SILENT (\\Deleted)")
        uid = deleter.must("UID SEARCH 2").untagged[0].split()[2].decode()
        answer = deleter.must(f"UID EXPUNGE {uid}")
        check("the deleter's UID EXPUNGE removes only what it names", [m.group(1) for m in answer.all(rb"(\d+) EXPUNGE")] == [b"2"], answer)
        deleter.must("CLOSE")
        check("the deleter's CLOSE removes what is marked", deleter.count("INBOX") == total - 2, deleter.count("INBOX"))
        told = reader.must("NOOP")
        check("a reader is told of each", len(told.all(rb"\d+ EXPUNGE")) == 2, told)
        deleter.must("SELECT INBOX")
        answer = deleter.must("MOVE 1 Trash")
        check("the deleter's MOVE answers COPYUID before EXPUNGE",
              [line[:12] for line in answer.untagged[:2]] == [b"* OK [COPYUI", b"* 1 EXPUNGE"], answer)
        check("and the message is in Trash alone", deleter.count("Trash") == 1 and deleter.count("INBOX") == total - 3)
        for command in ("CREATE Work", "CREATE Work/2026", "RENAME Work Jobs", "DELETE Jobs/2026", "DELETE Jobs"):
            check(f"the deleter's {command} is OK", deleter.do(command).kind == "OK")
        deleter.must("SELECT INBOX")
        before = deleter.count("INBOX")
        answer = deleter.do("REPLACE 1 INBOX (\\Seen)", mail(99))
        check("the deleter's REPLACE keeps the new message and removes the old one",
              answer.kind == "OK" and answer.find(rb"\[APPENDUID") and answer.find(rb"^\* 1 EXPUNGE") and deleter.count("INBOX") == before, answer)


def nobody_deletes(house, check):
    house.fill("hana-desk", 2)
    for login in ("hana-desk", "hana-phone"):
        with house.imap(login, "INBOX") as session:
            for command in ("CREATE New", "DELETE Junk", "RENAME Junk New", "MOVE 1 Archive", "COPY 1 Trash"):
                answer = session.do(command)
                check(f"where nobody may delete, {command} of {login} answers NO [NOPERM]",
                      answer.kind == "NO" and answer.text.startswith(b"[NOPERM] "), answer)
            session.must("STORE 1 +FLAGS (\\Deleted)")
            session.must("EXPUNGE")
            check(f"and nothing is removed by {login}", session.count("INBOX") == 2)
            check(f"but {login} may file", session.do("COPY 1 Archive").kind == "OK")
        with house.imap(login, "Drafts") as session:
            session.append("Drafts", mail(1), "(\\Draft)")
            drafts = session.count("Drafts")
            session.must(f"STORE 1:{drafts} +FLAGS (\\Deleted)")
            session.must("EXPUNGE")
            check(f"nor is a draft by {login}", session.count("Drafts") == drafts >= 1)
            rights = session.must("MYRIGHTS Drafts").untagged[0]
            check("and its rights say so", rights.split()[-1] == b"lrswi", rights)
    with house.pop3("hana-phone") as session:
        check("and DELE is refused", session.do("DELE 1").startswith(b"-ERR [SYS/PERM]"))
    with house.pop3("hana-desk") as session:
        session.do("DELE 1")
        session.do("QUIT")
    check("or hidden", len(house.listed("hana-desk")) == 1 and len(house.listed("hana-phone")) == 2)


def deleter_changes(house, check):
    before = house.listed("strict")
    with house.pop3("desk") as old, house.pop3("phone") as new, house.imap("desk", "INBOX") as a, house.imap("phone", "INBOX") as b, \
            house.imap("strict", "INBOX") as other:
        marked = new.uidls()
        old.do("DELE 1")
        new.do("DELE 2")
        gone = marked[1]
        check("a reload with another deleter goes well", house.reload(PHONE_DELETES))
        for name, session in (("the old", a), ("the new", b)):
            said = session.rest()
            check(f"{name} deleter's IMAP session hears BYE", b"* BYE" in said, said)
        check("a client that is neither goes on", other.do("NOOP").kind == "OK")
        said = old.do("QUIT")
        check("a DELE of who is no deleter any more at QUIT deletes nothing", house.listed("strict") == before, said)
        check("but hides for itself", said.startswith(b"+OK") and house.listed("desk") == before[1:], said)
        said = new.do("QUIT")
        check("a DELE of who has become the deleter at QUIT deletes for all", house.listed("strict") == [u for u in before if u != gone], said)
    with house.imap("desk", "INBOX") as session:
        answer = session.do("MOVE 1 Archive")
        check("who was the deleter is refused, and hears the new one's name", answer.kind == "NO" and b"phone" in answer.text, answer)
    with house.imap("phone", "INBOX") as session:
        check("who is the deleter now may move", session.do("MOVE 1 Archive").kind == "OK")
    check("and everything goes back", house.reload(DESK_DELETES))


def judged_at_quit(house, check):
    """The rule of the moment when the act takes effect counts, in either direction."""
    house.fill("desk", 3)
    before = house.listed("strict")
    count = len(house.listed("desk"))
    with house.imap("strict", "INBOX") as reader:
        house.reload(NOBODY)
        answer = reader.do("CREATE New")
        check("a session that goes on hears that nobody may delete now", answer.kind == "NO" and b"desk" not in answer.text, answer)
    with house.pop3("desk") as session:
        session.do("DELE 1")
        session.do("QUIT")
    check("and DELE of the former deleter hides for itself alone",
          house.listed("strict") == before and len(house.listed("desk")) == count - 1)
    house.reload(DESK_DELETES)


if __name__ == "__main__":
    run_parts((pop3_reader_hides, pop3_reader_refused, pop3_deleter, imap_rights, imap_store, imap_doors, imap_drafts,
               imap_deleter, nobody_deletes, deleter_changes, judged_at_quit))
