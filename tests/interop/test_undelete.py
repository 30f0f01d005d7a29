"""What was deleted or hidden comes back: beside a running daemon and without one, seen by Python's own clients."""

import json
import poplib
import re
import select
import time

import lab
from provider import Provider, account

USERS = """  - name: taro
    clients:
      - {login: desk, password: p, may_delete: true}
      - {login: phone, password: p}
"""
NAMES = ("plain-ascii", "attachments", "iso-2022-jp")


class House:
    def __init__(self, root, **more):
        self.home = lab.Homespool(root, USERS, **more).start()
        lab.append(self.home.imap, "desk", "p", map(lab.sample, NAMES))

    def imap(self, login="desk"):
        return lab.imap_session(self.home.imap, login, "p")

    def uidls(self, login="desk"):
        with lab.pop3_session(self.home.pop3, login, "p") as session:
            return [line.split()[1].decode() for line in session.uidl()[1]]

    def ask(self, *words):
        out = self.home.command(*words, "--json")
        return out.returncode, json.loads(out.stdout or b"null")


def expunge_all(session, folder="INBOX"):
    session.select(folder)
    session.store("1:*", "+FLAGS", r"(\Deleted)")
    session.expunge()


def undelete(house, check):
    before = house.uidls()
    with house.imap() as session:
        session.select("INBOX")
        session.store("2", "+FLAGS", r"(\Seen \Flagged $Work)")
        uids = [line.split()[-1].rstrip(b")") for line in session.fetch("1:*", "(UID)")[1]]
        expunge_all(session)
    code, listed = house.ask("undelete", "--user", "taro", "--list")
    check("what was deleted is listed with who and when",
          code == 0 and len(listed) == 3 and all(m["by"] == "desk" and m["deleted_at"] and not m["restored"] for m in listed), listed)
    check("a listed message tells its subject in clear", any("お知らせ" in m["subject"] or not m["subject"].isascii() for m in listed),
          [m["subject"] for m in listed])
    check("listing changes nothing", house.uidls() == [])
    code, none = house.ask("undelete", "--user", "taro", "--folder", "Archive")
    check("a folder that nothing was deleted from has nothing to bring back", code == 0 and none == [], none)

    with house.imap("phone") as idle:
        idle.select("INBOX")
        idle.send(b"%s IDLE\r\n" % idle._new_tag())
        idle._get_line()
        code, back = house.ask("undelete", "--user", "taro", "--since", "1h", "--id", before[1])
        check("one message is brought back by its id", code == 0 and [m["id"] for m in back if m["restored"]] == [before[1]], back)
        readable, _, _ = select.select([idle.sock], [], [], 10)
        line = idle._get_line() if readable else b""
        check("a session in IDLE sees it come", line == b"* 1 EXISTS", line)
        idle.send(b"DONE\r\n")
        idle._get_line()
    with house.imap() as session:
        session.select("INBOX")
        answer = session.fetch("1", "(UID FLAGS BODY.PEEK[])")[1][0]
        check("it has its bytes", answer[1] == lab.sample(NAMES[1]))
        check("its flags and keywords are intact, and it is not deleted",
              all(flag in answer[0] for flag in (rb"\Seen", rb"\Flagged", b"$Work")) and rb"\Deleted" not in answer[0], answer[0])
        check("its UID is new", not any(b"UID %s " % uid in answer[0] for uid in uids), answer[0])
    check("its UIDL is the old one", house.uidls() == [before[1]])

    out = house.home.command("undelete", "--user", "taro")
    check("undelete says what it did in words", out.returncode == 0 and b"2 messages brought back" in out.stdout, out)
    check("all the UIDLs are the old ones", sorted(house.uidls()) == sorted(before))
    code, _ = house.ask("undelete", "--user", "taro", "--id", before[0])
    check("an id that is not there is named and is 1", code == 1)
    out = house.home.command("undelete", "--user", "nobody")
    check("an unknown user is 1 and named", out.returncode == 1 and b"nobody" in out.stderr, out)
    out = house.home.command("undelete", "--user", "taro", "--since", "soon")
    check("a --since that is no duration is 64", out.returncode == 64 and b"soon" in out.stderr, out)


def folder_and_pop3(house, check):
    with house.imap() as session:
        session.create("Lists/Dev")
    lab.append(house.home.imap, "desk", "p", [lab.sample("bounce")], "Lists/Dev")
    with house.imap() as session:
        session.delete("Lists/Dev")
        session.delete("Lists")
    with lab.pop3_session(house.home.pop3, "desk", "p") as session:
        session.dele(1)
    code, back = house.ask("undelete", "--user", "taro")
    check("what POP3 deleted and what lay in a deleted folder come back",
          code == 0 and sorted(m["folder"] for m in back if m["restored"]) == ["INBOX", "Lists/Dev"], back)
    with house.imap() as session:
        count = session.select("Lists/Dev")[1]
        check("the folder is there again", count == [b"1"], count)


def unhide(house, check):
    with lab.pop3_session(house.home.pop3, "phone", "p") as session:
        count = session.stat()[0]
        session.dele(1)
        session.dele(2)
    check("what a reader deletes is hidden from it", len(house.uidls("phone")) == count - 2)
    code, listed = house.ask("unhide", "--login", "phone", "--list")
    check("what is hidden is listed", code == 0 and len(listed) == 2 and all(m["hidden_at"] for m in listed), listed)
    code, back = house.ask("unhide", "--login", "phone", "--id", listed[0]["id"])
    check("one message is shown again by its id", code == 0 and listed[0]["id"] in house.uidls("phone"))
    house.home.stop()
    code, back = house.ask("unhide", "--login", "phone")
    check("unhide works without a daemon", code == 0 and [m["id"] for m in back if m["restored"]] == [listed[1]["id"]], back)
    house.home.start()
    check("all that was hidden is there again", len(house.uidls("phone")) == count)
    out = house.home.command("unhide", "--login", "nobody")
    check("an unknown login is 1 and named", out.returncode == 1 and b"nobody" in out.stderr, out)


def alone(house, check):
    before = house.uidls()
    with house.imap() as session:
        expunge_all(session)
    house.home.stop()
    code, back = house.ask("undelete", "--user", "taro")
    check("undelete works without a daemon", code == 0 and sum(m["restored"] for m in back) == len(before), back)
    house.home.start()
    check("what it brought back is served", sorted(house.uidls()) == sorted(before))


def packs_size(house):
    return sum(path.stat().st_size for path in (house.home.root / "spool/packs").iterdir())


def space(root, check):
    """With undelete_for: 1s what is deleted goes from the disk while it is served, and nothing else does."""
    house = House(root, spool="  undelete_for: 1s")
    many = [b"X-Number: %d\r\n" % i + lab.sample("attachments") * 4 for i in range(150)]
    lab.append(house.home.imap, "desk", "p", many)
    before, uidls = packs_size(house), house.uidls()
    with lab.pop3_session(house.home.pop3, "phone", "p") as session:
        with house.imap() as deleter:
            deleter.select("INBOX")
            deleter.store("1:120", "+FLAGS", r"(\Deleted)")
            deleter.expunge()
        time.sleep(7)  # longer than undelete_for, and than the spool waits between two looks
        check("a POP3 session serves until its end what was deleted meanwhile", session.retr(1)[0].startswith(b"+OK"))
    won = lab.wait_until(lambda: packs_size(house) < before / 2, 30)
    check("the space is won back while everything is served", won, (before, packs_size(house)))
    check("what was not deleted keeps its UIDL", house.uidls() == uidls[120:])
    with house.imap() as session:
        session.select("INBOX")
        last = session.fetch("1:*", "(BODY.PEEK[])")[1]
        check("and its bytes", [one[1] for one in last if isinstance(one, tuple)] == many[117:])
    check("what is over cannot be brought back", house.ask("undelete", "--user", "taro")[1] == [])
    house.home.stop()
    house.home.start()
    check("nothing of it is lost by a restart", house.uidls() == uidls[120:])
    verified = house.home.command("verify", "--deep")
    check("verify --deep is clean afterwards", verified.returncode == 0, verified)
    house.home.stop()


def damage(root, check):
    house = House(root)
    before = house.uidls()
    house.home.stop()
    pack = house.home.root / "spool/packs/000001.pack"
    content = bytearray(pack.read_bytes())
    at = content.index(lab.sample(NAMES[0])) + len(lab.sample(NAMES[0])) - 3
    content[at] ^= 4
    pack.write_bytes(content)
    house.home.start()
    with house.imap() as session:
        session.select("INBOX")
        for _ in range(2):
            kind, data = session.fetch("1", "(BODY.PEEK[])")
            check("IMAP answers NO with a sentence for a damaged message", kind == "NO" and b"damaged" in data[-1], (kind, data))
        kind, data = session.fetch("2:3", "(BODY.PEEK[])")
        check("the others are served", kind == "OK" and data[0][1] == lab.sample(NAMES[1]), kind)
    with lab.pop3_session(house.home.pop3, "desk", "p") as session:
        try:
            answer = session.retr(1)[0]
        except poplib.error_proto as error:
            answer = error.args[0]
        check("POP3 answers -ERR [SYS/PERM]", answer.startswith(b"-ERR [SYS/PERM]"), answer)
        check("POP3 goes on with the next", session.retr(2)[0].startswith(b"+OK"))
    check("status counts it", house.home.status()["spool"]["damaged"] == 1, house.home.status()["spool"])
    house.home.stop()
    log = house.home.log.read_text(errors="replace")
    check("the log names it once", len(re.findall("is damaged", log)) == 1, log)
    house.home.start()
    check("UIDLs are the same", house.uidls() == before)
    house.home.stop()


def duplicates(root, check):
    """Two accounts of one user that get the same message with header lines of their own."""
    same = b"Message-ID: <one@example.org>\r\nFrom: ann@example.org\r\nSubject: once\r\n\r\nbody\r\n"
    other = same.replace(b"body", b"another body")
    provider = Provider({"a": ("p", [b"Received: by a\r\n" + same]), "b": ("p", [b"Received: by b\r\n" + same, other])})
    for setting, count in (("collapse", 2), ("keep", 3)):
        accounts = account("one", "taro", provider.port, "a", "p") + account("two", "taro", provider.port, "b", "p")
        home = lab.Homespool(root / setting, USERS, accounts, spool=f"  duplicates: {setting}").start()
        lab.wait_until(lambda home=home: all(a["state"] == "ok" for a in home.status()["accounts"]), 20)
        subjects = lab.subjects_and_flags(home.imap, "desk", "p")
        check(f"duplicates: {setting} shows {count} messages", len(subjects) == count, subjects)
        home.stop()
    provider.stop()


def main():
    check = lab.Checks()
    with lab.laboratory() as root:
        space(root / "space", check)
        damage(root / "damage", check)
        duplicates(root / "duplicates", check)
        house = House(root / "home")
        for part in (undelete, folder_and_pop3, unhide, alone):
            part(house, check)
    check.finish()


main()
