"""What homespool does over time with odd providers: what it keeps and deletes there, waits, stuck polls, floods, kills, duplicates."""

import hashlib
import os
import signal
import socket
import threading
import time

import lab
from scripted_provider import Mail, Provider
from upstream_case import CHECK, USERS, Case, account, arrived, body, here, some


def says(text):
    return lambda session, *_: session.send(text)


def silent(*_):
    time.sleep(300)


def high_water(spool):
    """The most memory the daemon ever had, in MiB."""
    with open(f"/proc/{spool.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def polled(spool, *names):
    def done():
        return all(a["last_attempt"] and a["state"] != "polling" for a in spool.status()["accounts"] if a["name"] in names)
    return lab.wait_until(done, 60)


def test_floods(root):
    """Memory stays bounded whatever is sent; the machine's other accounts go on."""
    def large(session, mail):
        session.send(b"+OK\r\n" + mail.body)
        block = b"x" * 1022 + b"\r\n"
        for _ in range(1024):
            session.send(block * 64)
        session.send(b".\r\n")

    def endless_capa(session, _):
        session.send(b"+OK\r\n")
        while True:
            session.send(b"X-MORE AND MORE\r\n" * 1000)

    def endless_list(session, _):
        session.send(b"+OK\r\n")
        for first in range(1, 10_000_000, 20_000):
            session.send(b"".join(b"%d 1\r\n" % n for n in range(first, first + 20_000)))

    def endless_err(session, _):
        session.send(b"-ERR " + b"no " * 3_000_000)
        session.drop()

    def one_line(session, _):
        session.send(b"+OK\r\n" + b"y" * 50_000_000 + b"\r\n.\r\n")

    def closes(session, _):
        session.drop()

    head = body("large", 1, b"")
    large_case = Case("large", Provider([Mail("large", head, large)] + some("large", 1, 2)))
    lying = Case("lying", Provider([Mail("lying", b"y", one_line, 100)] + some("lying", 1, 2)), "tls: none, largest: 20MiB",
                 [body("lying", 2)])
    capa = Case("capa", Provider(some("capa", 2), {"CAPA": endless_capa}))
    capa_closes = Case("capa-closes", Provider(some("capa-closes", 2), {"CAPA": closes}))
    listing = Case("listing", Provider(some("listing", 2), {"LIST": endless_list}), expected=[])
    words = Case("words", Provider([Mail("w", b"w", endless_err)] + some("words", 2)), expected=[m.body for m in some("words", 2)])
    cases = [large_case, lying, capa, capa_closes, listing, words]
    spool = lab.Homespool(root / "floods", USERS, "".join(c.yaml() for c in cases)).start()
    polled(spool, *(c.name for c in cases))
    peak = high_water(spool)
    CHECK("floods: memory stays bounded", peak < 200, f"{peak:.0f} MiB")
    digest = hashlib.sha256()
    with lab.imap_session(spool.imap, "desk", "d") as session:
        session.select("large", readonly=True)
        _, data = session.fetch("1:*", "(BODY.PEEK[])")
        sizes = sorted((len(i[1]), hashlib.sha256(i[1]).digest()) for i in data if isinstance(i, tuple))
    digest.update(head)
    block = (b"x" * 1022 + b"\r\n") * 64
    for _ in range(1024):
        digest.update(block)
    CHECK("large: 64 MiB are here byte for byte", sizes[-1] == (len(head) + (64 << 20), digest.digest()), [s for s, _ in sizes])
    CHECK("large: the next message is here", len(sizes) == 2)
    for case in (capa, capa_closes, words):
        arrived(spool, case, "what can be had is here")
    arrived(spool, lying, "the message that grew past its limit is not here, the other is")
    CHECK("lying: it is told as too large", account(spool, "lying")["too_large"] == 1, account(spool, "lying"))
    CHECK("listing: an endless listing is refused", (account(spool, "listing")["failure"] or {}).get("step") == "listing",
          account(spool, "listing"))
    peak = high_water(spool)
    CHECK("floods: and reading it all again too", peak < 260, f"{peak:.0f} MiB")
    spool.stop()


def test_stuck(root):
    """Silent providers delay nobody, and SIGTERM ends within 10 s whatever is stuck."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = []
    for _ in range(4):  # the queue of connections is full: the next connect hangs
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
        fillers.append(filler)
    unreachable = Provider()
    unreachable.port = full.getsockname()[1]
    stuck = [Case("greeting", Provider(hooks={"greeting": silent})), Case("pass", Provider(hooks={"PASS": silent})),
             Case("list", Provider(some("list", 2), {"LIST": silent})), Case("quit", Provider(some("quit", 2), {"QUIT": silent})),
             Case("handshake", Provider(hooks={"greeting": silent}), "tls: implicit"),
             Case("body", Provider([Mail("b", b"b", lambda s, m: (s.send(b"+OK\r\nSubject: x\r\n"), silent()))])),
             Case("connect", unreachable),
             Case("command", Provider(some("command", 1)), 'tls: none, password_command: "sleep 100"')]
    good = [Case(f"good{i}", Provider(some(f"good{i}", 5)), "tls: none, poll: 1s") for i in range(3)]
    spool = lab.Homespool(root / "stuck", USERS, "".join(c.yaml() for c in stuck + good)).start()
    lab.wait_until(lambda: sum(a["state"] == "polling" for a in spool.status()["accounts"]) >= len(stuck), 10)
    states = {a["name"]: a["state"] for a in spool.status()["accounts"]}
    CHECK("stuck: every silent one is being polled", all(states[c.name] == "polling" for c in stuck), states)
    begin = time.monotonic()
    for case in good:
        case.provider.mails += some(case.name, 1, 6)
        case.expected.append(case.provider.mails[-1].body)
    arrive = lab.wait_until(lambda: all(len(here(spool, c.name)) == 6 for c in good), 10)
    CHECK("stuck: the others are not delayed", arrive and time.monotonic() - begin < 4, time.monotonic() - begin)
    begin = time.monotonic()
    spool.fetch(*(c.name for c in good))
    CHECK("stuck: nor is a fetch of others", time.monotonic() - begin < 3, time.monotonic() - begin)
    begin = time.monotonic()
    code = spool.stop()
    CHECK("stuck: SIGTERM ends within 10 s, well", code == 0 and time.monotonic() - begin < 10, (code, time.monotonic() - begin))


def test_keep(root):
    """keep_upstream, first_fetch, largest, password_command."""
    (root / "keep").mkdir()
    command = root / "keep/password"
    command.write_text("#!/bin/sh\necho secret\n")
    command.chmod(0o700)
    back = Provider(some("back", 3))  # a QUIT that is never answered and deletes nothing

    def forgets(session, _):
        session.drop()
    back.hooks["QUIT"] = forgets
    cases = {c.name: c for c in (
        Case("at-once", Provider(some("at-once", 4)), "tls: none, keep_upstream: 0s"),
        Case("a-while", Provider(some("a-while", 4)), "tls: none, keep_upstream: 2s"),
        Case("a-year", Provider(some("a-year", 4)), "tls: none, keep_upstream: 365d"),
        Case("for-ever", Provider(some("for-ever", 4)), "tls: none, keep_upstream: forever"),
        Case("until", Provider(some("until", 4)), "tls: none, keep_upstream: until_deleted"),
        Case("new-only", Provider(some("new-only", 4)), "tls: none, first_fetch: new", []),
        Case("limited", Provider(some("limited", 3) + [Mail("big", body("limited", 9, b"x" * 100_000 + b"\r\n"))]),
             "tls: none, largest: 50KiB, keep_upstream: 0s", [m.body for m in some("limited", 3)]),
        Case("by-command", Provider(some("by-command", 2)), f"tls: none, password_command: {command}"),
        Case("back", back, "tls: none, keep_upstream: 0s"))}
    spool = lab.Homespool(root / "keep", USERS, "".join(c.yaml() for c in cases.values())).start()
    polled(spool, *cases)
    for case in cases.values():
        arrived(spool, case, "what is to be fetched is here")
    left = {name: len(case.provider.mails) for name, case in cases.items()}
    CHECK("keep: only 0s deletes at once", left == {"at-once": 0, "a-while": 4, "a-year": 4, "for-ever": 4, "until": 4, "new-only": 4,
                                                    "limited": 1, "by-command": 2, "back": 3}, left)
    CHECK("limited: the large one is told", account(spool, "limited")["too_large"] == 1)
    new = cases["new-only"]
    new.provider.mails += some("new-only", 2, 5)
    new.expected = [m.body for m in some("new-only", 2, 5)]
    with lab.imap_session(spool.imap, "desk", "d") as session:
        session.select("until")
        session.store("2", "+FLAGS", r"(\Deleted)")
        session.expunge()
    cases["until"].expected.pop(1)
    lab.wait_until(lambda: False, 2.2)
    spool.fetch()
    CHECK("a-while: it is deleted in its time", cases["a-while"].provider.mails == [])
    CHECK("until: what the deleter deleted is deleted upstream, nothing else",
          [m.uid for m in cases["until"].provider.mails] == [b"until-1", b"until-3", b"until-4"])
    del back.hooks["QUIT"]
    spool.fetch("back")
    CHECK("back: deleted once the provider does as it says", back.mails == [], len(back.mails))
    for case in cases.values():
        arrived(spool, case, "and nothing twice")
    deleted_early = [n for n in ("a-year", "for-ever", "new-only") if cases[n].provider.said("DELE")]
    CHECK("keep: nothing else was ever deleted", not deleted_early, deleted_early)
    spool.stop()


def test_kills(root):
    """kill -9 between and during polls, with ids that change meanwhile: nothing twice, nothing lost."""
    provider = Provider(some("kills", 400))
    slow = threading.Event()

    def slowly(session, argument):
        if slow.is_set():
            time.sleep(0.002)
        session.do_retr(argument)
    provider.hooks["RETR"] = slowly
    case = Case("kills", provider, "tls: none, keep_upstream: 0s")
    spool = lab.Homespool(root / "kills", USERS, case.yaml())
    slow.set()
    for i in range(4):
        spool.start()
        time.sleep(0.15)
        spool.kill()
        provider.mails = [Mail(b"r%d-" % i + m.uid, m.body) for m in provider.mails]
    slow.clear()
    spool.start()
    spool.fetch()
    spool.fetch()
    arrived(spool, case, "all are here once")
    CHECK("kills: the provider is empty", provider.mails == [], len(provider.mails))
    spool.stop()


def test_duplicates(root):
    """The same mail through two accounts of one user, and through those of two users."""
    two = USERS + "  - name: hana\n    clients:\n      - {login: hana-desk, password: d}\n"
    for way, expected in (("collapse", 5), ("keep", 10)):
        mails = some("same", 5)
        cases = [Case(f"first-{way}", Provider(mails)), Case(f"second-{way}", Provider([Mail(b"z" + m.uid, m.body) for m in mails])),
                 Case(f"third-{way}", Provider(mails), "tls: none, user: hana")]
        yaml = "".join(c.yaml() for c in cases)
        for case in cases:
            yaml = yaml.replace(f"folder: {case.name}, ", "")
        spool = lab.Homespool(root / way, two, yaml, f"  duplicates: {way}").start()
        spool.fetch()
        spool.fetch()
        CHECK(f"{way}: taro has {expected}", len(here(spool, "INBOX")) == expected, len(here(spool, "INBOX")))
        CHECK(f"{way}: hana has hers", len(here(spool, "INBOX", "hana-desk")) == 5)
        spool.stop()


class RefusedTwice(threading.Thread):
    """`fetch` on a host that refused a login: at most one login a minute, a restart in between or not. Runs beside the others."""

    def __init__(self, root):
        super().__init__()
        self.provider = Provider(some("refused", 2))
        self.provider.password = b"other"
        self.case = Case("refused", self.provider)
        self.spool = lab.Homespool(root / "refused", USERS, self.case.yaml())
        self.report = None

    def run(self):
        self.spool.start()
        polled(self.spool, "refused")
        self.spool.kill()
        self.spool.start()
        self.provider.password = b"secret"
        self.report = self.spool.fetch("refused")["refused"]

    def judge(self):
        self.join(100)
        logins = self.provider.logins
        gaps = [b - a for a, b in zip(logins, logins[1:])]
        CHECK("refused: a fetch logs in at most once a minute", len(logins) == 2 and gaps[0] > 58, gaps)
        CHECK("refused: it is well once the password is right", self.report and self.report["state"] == "ok"
              and self.report["new"] == 2, self.report)
        self.spool.stop()


def main():
    with lab.laboratory() as root:
        started = time.monotonic()
        refused = RefusedTwice(root)
        refused.start()
        for test in (test_floods, test_stuck, test_keep, test_kills, test_duplicates):
            begin = time.monotonic()
            test(root)
            print(f"--- {test.__name__}: {time.monotonic() - begin:.1f} s")
        refused.judge()
        print(f"--- all: {time.monotonic() - started:.1f} s")
    CHECK.finish()


if __name__ == "__main__":
    main()
