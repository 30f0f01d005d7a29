"""mbsync, neomutt and curl at home with homespool: copies are exact, flags travel both ways, and only the deleter deletes."""

import re
import subprocess
import time

import desktop_clients
import lab

USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
      - {login: phone, password: p}
"""
NAMES = ("plain-ascii", "iso-2022-jp", "attachments", "nested-messages", "japanese-filename", "leading-dots", "lone-dot",
         "very-long-line", "utf8-headers", "raw-8bit-headers", "long-folded-headers", "signed")
TEA, PLAN, DOT = "Tea on Sunday", "Plan and picture", "A dot alone"


class House:
    """The spool under test and the questions that the checks ask."""

    def __init__(self, root):
        self.root = root
        self.spool = lab.Homespool(root / "home", USERS).start()
        self.ca = self.spool.ca()
        self.samples = [lab.sample(name) for name in NAMES]
        lab.append(self.spool.imap, "desk", "d", self.samples)

    def view(self, login="desk"):
        return lab.subjects_and_flags(self.spool.imap, login, login[0])

    def flags(self, subject):
        return next((flags for seen, flags in self.view() if seen == subject), None)

    def subjects(self):
        return sorted(subject for subject, _ in self.view())

    def refused(self, login="phone"):
        """How often this login was refused a delete."""
        return next(client["refused_deletes"] for client in self.spool.status()["clients"] if client["login"] == login)

    def store(self, subject, change, flag):
        """The deleter changes a flag over IMAP."""
        number = [seen for seen, _ in self.view()].index(subject) + 1
        with lab.imap_session(self.spool.imap, "desk", "d") as session:
            session.select("INBOX")
            session.store(str(number), change, flag)


def mbsync_as_reader(house, check):
    maildir = desktop_clients.Mbsync(house.root / "mbsync-phone", house.spool.imaps, "phone", "p", house.ca)
    run = maildir.sync()
    check("mbsync copies the INBOX over IMAPS", run.returncode == 0, run.stdout.decode())
    copies = [re.sub(rb"X-TUID: .{12}\r\n", b"", lab.wire_form(path.read_bytes())) for path in maildir.files()]
    check("each message is in the Maildir byte for byte, but for the X-TUID that mbsync adds", sorted(copies) == sorted(house.samples), f"{len(copies)} files")

    maildir.add_flag(TEA.encode(), "F")
    run = maildir.sync()
    check("a flag set in the Maildir is seen by another client", "\\Flagged" in (house.flags(TEA) or ()),
          f"{house.flags(TEA)} {run.stdout.decode()}")
    house.store(PLAN, "+FLAGS", "\\Answered")
    house.store(TEA, "-FLAGS", "\\Flagged")
    run = maildir.sync()
    check("a flag that another client sets or takes away is changed in the Maildir",
          "R" in maildir.flags(PLAN.encode()) and "F" not in maildir.flags(TEA.encode()), run.stdout.decode())

    maildir.put(b"From: taro@example.net\nSubject: Written at the desk\nDate: Thu, 2 Apr 2026 08:00:00 +0200\n\nNote.\n")
    run = maildir.sync()
    check("a new message of the Maildir is appended to the INBOX, once",
          house.subjects().count("Written at the desk") == 1, run.stdout.decode())

    before = house.subjects()
    maildir.add_flag(TEA.encode(), "T")
    outputs = []
    for again in ("", " again"):
        refused = house.refused()
        run = maildir.sync()
        outputs.append(run.stdout.decode())
        check(f"mbsync is content when its delete is refused{again}", run.returncode == 0, outputs)
        if not again:
            check("and the delete has reached the server", house.refused() > refused, refused)
        check(f"a reader that deletes with mbsync takes nothing from the INBOX{again}", house.subjects() == before, outputs)
        check(f"and leaves no \\Deleted behind{again}", all("\\Deleted" not in flags for _, flags in house.view()), house.view())
    ids = [path.name.partition(":")[0] for path in maildir.files()]
    texts = [path.read_bytes() for path in maildir.files()]
    check("no message is copied into the Maildir a second time", len(set(ids)) == len(set(texts)) == len(texts) > 0, outputs)


def mbsync_as_deleter(house, check):
    maildir = desktop_clients.Mbsync(house.root / "mbsync-desk", house.spool.imap, "desk", "d")
    maildir.sync()
    before = house.subjects()
    maildir.add_flag(b"Written at the desk", "T")
    run = maildir.sync()
    before.remove("Written at the desk")
    check("the deleter's mbsync deletes for everybody what was trashed, and that only",
          sorted(s for s, _ in house.view("phone")) == before, run.stdout.decode())


def neomutt_reads_and_flags(house, check, tls):
    kind = "IMAPS" if tls else "IMAP"
    port = house.spool.imaps if tls else house.spool.imap
    neomutt = desktop_clients.Neomutt(house.root / f"neomutt-{kind}", port, "phone", "p", house.ca if tls else None)
    subject = DOT if tls else PLAN
    house.store(subject, "-FLAGS", "(\\Seen \\Flagged)")
    saved = house.root / f"saved-{kind}"
    screen = neomutt.keys(f"<search>~s \"{subject}\"<enter><display-message><exit><pipe-message>cat >{saved}<enter>"
                          "<flag-message><sync-mailbox><quit>")
    flags = house.flags(subject) or set()
    check(f"what neomutt displays over {kind} is read for the others, and what it flags is flagged",
          {"\\Seen", "\\Flagged"} <= flags, f"{flags} {screen[-1500:]}")
    check(f"neomutt has the whole message over {kind}",
          saved.exists() and lab.wire_form(saved.read_bytes()) in house.samples, screen[-1500:])


def neomutt_deletes(house, check):
    delete = f"<search>~s \"{DOT}\"<enter><delete-message><sync-mailbox><quit>"
    before = house.subjects()
    reader = desktop_clients.Neomutt(house.root / "neomutt-reader", house.spool.imap, "phone", "p")
    for again in ("", " again"):
        refused = house.refused()
        screen = reader.keys(delete)
        # The same keys delete for the deleter, below; a reader's neomutt knows from MYRIGHTS that it need not try.
        check(f"a reader's neomutt opens the INBOX and sees that it cannot delete{again}",
              "Mailbox is unchanged" in screen and house.refused() == refused, screen[-1500:])
        check(f"a reader's delete in neomutt takes nothing{again}", house.subjects() == before, screen[-1500:])
        check(f"and leaves no \\Deleted behind{again}", "\\Deleted" not in (house.flags(DOT) or {"\\Deleted"}), house.flags(DOT))
    deleter = desktop_clients.Neomutt(house.root / "neomutt-deleter", house.spool.imaps, "desk", "d", house.ca)
    screen = deleter.keys(delete)
    before.remove(DOT)
    check("the deleter's delete in neomutt is a delete for everybody, of that message only",
          sorted(s for s, _ in house.view("phone")) == before, screen[-1500:])


def curl(*words):
    return subprocess.run(["curl", "-sS", "--ipv4", "--max-time", "20", *map(str, words)], capture_output=True)


def curl_over_all_listeners(house, check):
    first, ca, spool = house.samples[0], house.ca, house.spool
    ways = {
        "imap": (f"imap://localhost:{spool.imap}/INBOX;MAILINDEX=1",),
        "imaps": (f"imaps://localhost:{spool.imaps}/INBOX;MAILINDEX=1", "--cacert", ca),
        "imap with STARTTLS": (f"imap://localhost:{spool.imap}/INBOX;MAILINDEX=1", "--ssl-reqd", "--cacert", ca),
        "pop3": (f"pop3://localhost:{spool.pop3}/1",),
        "pop3s": (f"pop3s://localhost:{spool.pop3s}/1", "--cacert", ca),
        "pop3 with STLS": (f"pop3://localhost:{spool.pop3}/1", "--ssl-reqd", "--cacert", ca),
    }
    for name, words in ways.items():
        run = curl("-u", "phone:p", *words)
        check(f"curl gets a message byte for byte over {name}", run.stdout == first, f"{run.stdout[:300]} {run.stderr.decode()}")
    for scheme, port in (("imaps", spool.imaps), ("pop3s", spool.pop3s)):
        run = curl("-u", "phone:p", f"{scheme}://localhost:{port}/")
        check(f"curl trusts the {scheme} certificate only by the CA of the spool", run.returncode == 60, run.stderr.decode())
        run = curl("-u", "phone:wrong", f"{scheme}://localhost:{port}/", "--cacert", ca)
        check(f"curl with a wrong password gets nothing over {scheme}", run.returncode == 67 and not run.stdout, run)
    dots = house.root / "dots"
    dots.write_bytes(lab.sample("lone-dot").replace(b"A dot alone", b"Sent by curl"))
    run = curl("-u", "phone:p", f"imaps://localhost:{spool.imaps}/Sent", "--cacert", ca, "-T", dots)
    sent = [subject for subject, _ in lab.subjects_and_flags(spool.imap, "desk", "d", "Sent")]
    check("curl files a message into Sent", sent == ["Sent by curl"], f"{sent} {run.stderr.decode()}")


def main():
    lab.need("mbsync", "neomutt", "curl")
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        house = House(root)
        try:
            curl_over_all_listeners(house, check)
            mbsync_as_reader(house, check)
            mbsync_as_deleter(house, check)
            neomutt_reads_and_flags(house, check, tls=False)
            neomutt_reads_and_flags(house, check, tls=True)
            neomutt_deletes(house, check)
        finally:
            house.spool.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
