"""mpop, getmail and fetchmail collect over POP3: a reader's programs leave the mail for everybody, and nothing is fetched twice.

Each program has a user of its own, so that what one does is not seen by the next.
"""

import re
import time

import collectors
import lab

NAMES = ("plain-ascii", "iso-2022-jp", "attachments", "multipart-alternative", "leading-dots", "lone-dot", "bounce", "mailing-list")


def users():
    text = ""
    for kind in collectors.ALL:
        name = kind.program
        text += f"""  - name: {name}
    clients:
      - {{login: {name}-desk, password: p, may_delete: true}}
      - {{login: {name}-keeps, password: p}}
      - {{login: {name}-hides, password: p, pop3: {{on_delete: hide}}}}
      - {{login: {name}-asks, password: p, pop3: {{on_delete: refuse}}}}
      - {{login: {name}-looks, password: p}}
"""
    return text


def identity(message):
    return re.search(rb"(?im)^message-id:\s*(<.*?>)", message).group(1)


class Case:
    """One program with its own user, whose INBOX holds all samples."""

    def __init__(self, root, spool, kind, check):
        self.root, self.spool, self.kind, self.check = root, spool, kind, check
        self.name = kind.program
        self.expected = sorted(identity(lab.sample(name)) for name in NAMES)
        lab.append(spool.imap, f"{self.name}-desk", "p", [lab.sample(name) for name in NAMES])

    def count(self, login):
        with lab.pop3_session(self.spool.pop3, f"{self.name}-{login}", "p") as session:
            return session.stat()[0]

    def program(self, login, tls=False, **more):
        folder = self.root / f"{self.name}-{login}{'-tls' if tls else ''}"
        port, ca = (self.spool.pop3s, self.spool.ca()) if tls else (self.spool.pop3, None)
        return self.kind(folder, port, f"{self.name}-{login}", ca=ca, **more)

    def two_runs(self, how, program):
        """Both runs' output; checks that the first gets everything and the second nothing."""
        first = program.collect().stdout.decode(errors="replace")
        got = sorted(map(identity, program.copies()))
        self.check(f"{self.name} collects every message {how}", got == self.expected, f"{len(got)} copies; {first[-1500:]}")
        second = program.collect().stdout.decode(errors="replace")
        copies = len(program.copies())
        self.check(f"{self.name} fetches no copy again {how}", copies == len(got), f"{copies} copies; {second[-1500:]}")
        return first, second

    def leaves(self, how, login, seen_by_itself):
        for other, expected in ((login, seen_by_itself), ("looks", len(NAMES)), ("desk", len(NAMES))):
            count = self.count(other)
            whose = "it still sees" if other == login else f"{other} still has"
            self.check(f"{self.name} {how}: {whose} {expected} messages", count == expected, count)

    def keeps(self):
        self.keepers = []
        for tls in (False, True):
            how = "as a reader over POP3S" if tls else "as a reader that keeps mail"
            self.keepers.append(self.program("keeps", tls=tls))
            self.two_runs(how, self.keepers[-1])
            self.leaves(how, "keeps", len(NAMES))

    def still_keeps(self):
        for program in self.keepers:
            said = program.collect().stdout.decode(errors="replace")
            copies = len(program.copies())
            self.check(f"{self.name} fetches no copy again after homespool was restarted", copies == len(NAMES), f"{copies}; {said[-1500:]}")

    def deletes(self):
        how = "as a reader that deletes, where that hides"
        self.two_runs(how, self.program("hides", delete=True))
        self.leaves(how, "hides", 0)
        self.refused()
        how = "as the deleter"
        self.two_runs(how, self.program("desk", delete=True))
        for login in ("desk", "keeps", "looks"):
            self.check(f"{self.name} {how}: the messages are gone for {login}", self.count(login) == 0, self.count(login))

    def refused(self):
        """A refused DELE makes some programs fetch again: that is theirs to decide. Nothing may be lost, and they are told why."""
        how = "as a reader that deletes, where that is refused"
        program = self.program("asks", delete=True)
        said = ""
        for _ in range(2):
            said += program.collect().stdout.decode(errors="replace")
        got = set(map(identity, program.copies()))
        self.check(f"{self.name} gets mail {how}", got and got <= set(self.expected), said[-1500:])
        self.leaves(how, "asks", len(NAMES))
        clients = {client["login"]: client for client in self.spool.status()["clients"]}
        refused = clients[f"{self.name}-asks"]["refused_deletes"]
        self.check(f"the deletes refused to {self.name} are counted in status", refused > 0, refused)


def main():
    lab.need(*(kind.program for kind in collectors.ALL), "setpriv")
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        spool = lab.Homespool(root / "home", users()).start()
        try:
            cases = [Case(root, spool, kind, check) for kind in collectors.ALL]
            for case in cases:
                case.keeps()
            spool.stop()
            spool.start()
            for case in cases:
                case.still_keeps()
                case.deletes()
        finally:
            spool.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
