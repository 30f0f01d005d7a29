"""What providers do wrong, one account for each fault, all in one homespool: everything that can be had arrives once and as it was,
the rest is told by its class, no password goes out in clear, nothing is deleted that is not here."""

import time

import lab
from scripted_provider import Mail, Provider, stuffed
from upstream_case import CHECK, USERS, Case, account, arrived, body, brief, here, some


# --- bodies and listings: hooks

def refuses(session, _):
    session.line(b"-ERR cannot read this message")


def empty(session, _):
    session.send(b"+OK\r\n.\r\n")


def ends_inside(session, mail):
    session.send(b"+OK\r\n" + mail.body[:40])
    session.drop()


def ends_before_the_dot(session, mail):
    session.send(b"+OK\r\n" + stuffed(mail.body))
    session.drop()


def glues_the_dot(session, mail):
    session.send(b"+OK\r\n" + stuffed(mail.body)[:-2] + b".\r\n")


def stuffs_nothing(session, mail):
    session.send(b"+OK\r\n" + mail.body + b".\r\n")


def raw(session, mail):
    session.send(b"+OK\r\n" + mail.body + b"\r\n.\r\n")


def many_lines(lines):
    return lambda session, _: session.many(lines)


def with_middle(name, retr, middle=None, count=7):
    """Good messages with a bad one among them."""
    mails = some(name, count)
    mails[count // 2].retr = retr
    if middle is not None:
        mails[count // 2].body = middle
        mails[count // 2].size = len(middle)
    return mails


def bad_middles():
    """(name, hook, content of the bad one, capabilities)"""
    yield "refused", refuses, None
    yield "empty", empty, None
    yield "cut", ends_inside, None
    yield "undotted", ends_before_the_dot, None
    dot = body("unstuffed", 4, b"one\r\n.\r\ntwo\r\nthree\r\n")
    yield "unstuffed", stuffs_nothing, dot


def test_bad_messages(root):
    cases = []
    for pipelining in (True, False):
        capabilities = [b"UIDL", b"TOP"] + ([b"PIPELINING"] if pipelining else [])
        for name, retr, middle in bad_middles():
            for place in ("", "-last"):
                full = f"{name}{place}{'' if pipelining else '-slowly'}"
                mails = with_middle(full, retr, middle) if not place else some(full, 4)
                bad = mails[3]
                bad.retr = retr
                if middle is not None:
                    bad.body, bad.size = middle, len(middle)
                case = Case(full, Provider(mails, capabilities=capabilities), "tls: none, keep_upstream: 0s",
                            [m.body for m in mails if m is not bad])
                case.bad = bad
                cases.append(case)
    spool = lab.Homespool(root / "bad", USERS, "".join(c.yaml() for c in cases), "  duplicates: keep").start()
    for _ in range(4):
        spool.fetch()
    accounts = {a["name"]: a for a in spool.status()["accounts"]}
    for case in cases:
        arrived(spool, case, "all others are here, once, and nothing of the bad one")
        state = accounts[case.name]
        CHECK(f"{case.name}: it is in quarantine and the account is well", state["quarantined"] == 1 and state["state"] == "ok", state)
        tries = case.provider.retrieved.count(case.bad.uid)
        CHECK(f"{case.name}: it was tried three times", tries == 3, tries)
        left = [m.uid for m in case.provider.mails]
        CHECK(f"{case.name}: it alone stays upstream", left == [case.bad.uid], left)
    for case in cases:
        case.bad.retr, case.bad.size = None, case.bad.size + 1
    spool.fetch()
    for case in cases[:3]:
        arrived(spool, case, "mended, it arrives", case.expected + [case.bad.body])
    CHECK("the daemon ends at once", spool.stop() == 0)


def test_breaking_lines(root):
    """Lines that break again and again: the rest comes with one poll, what broke them goes to quarantine with three."""
    mails = some("many", 12)
    for i in (0, 3, 6, 9):
        mails[i].retr = ends_inside
    many = Case("many", Provider(mails), expected=[m.body for m in mails if not m.retr])

    def three_at_most(session, argument):
        session.taken = getattr(session, "taken", 0) + 1
        if session.taken > 3:
            session.drop()
        session.do_retr(argument)

    def refuses_one(session, argument):
        if session.mails[int(argument) - 1].uid == b"kept-2":
            return session.line(b"-ERR not this one")
        session.do_dele(argument)

    capped = Case("capped", Provider(some("capped", 20), {"RETR": three_at_most}))
    kept = Case("kept", Provider(some("kept", 4), {"DELE": refuses_one}), "tls: none, keep_upstream: 0s")
    cases = [many, capped, kept]
    spool = lab.Homespool(root / "breaking", USERS, "".join(c.yaml() for c in cases)).start()
    lab.wait_until(lambda: all(a["last_attempt"] and a["state"] != "polling" for a in spool.status()["accounts"]), 20)
    arrived(spool, many, "one poll fetches the rest")
    CHECK("many: what broke the line is told and waits", account(spool, "many")["waiting"] == 4
          and account(spool, "many")["failure"]["step"] == "retrieve", account(spool, "many"))
    for _ in range(3):
        spool.fetch()
    CHECK("many: three polls put all that break the line into quarantine", account(spool, "many")["quarantined"] == 4
          and account(spool, "many")["state"] == "ok", account(spool, "many"))
    arrived(spool, capped, "a server that hangs up after three is emptied over some polls")
    CHECK("kept: what may not be deleted stays, once here", [m.uid for m in kept.provider.mails] == [b"kept-2"])
    arrived(spool, kept, "and nothing twice")
    spool.stop()


def late(session, mail):
    """Unstuffed, and what follows the dot of its own comes a while later."""
    first, rest = mail.body.split(b"\r\n.\r\n")
    session.send(b"+OK\r\n" + first + b"\r\n.\r\n")
    time.sleep(0.3)
    session.send(rest + b".\r\n")


def test_swallowed_answers(root):
    """A final dot glued to the last line, or one in the middle, must not shift messages into one another."""
    capabilities = [b"UIDL", b"TOP", b"PIPELINING"]
    glued = Provider(with_middle("glued", glues_the_dot, count=9), capabilities=capabilities)
    slow = Provider(some("late", 3) + [Mail("late-4", body("late", 4, b"one\r\n.\r\ntwo\r\n"), late)], capabilities=capabilities)
    cases = [Case("glued", glued, "tls: none, keep_upstream: 0s", [m.body for m in glued.mails if not m.retr]),
             Case("late", slow, "tls: none, keep_upstream: 0s", [m.body for m in slow.mails if not m.retr])]
    spool = lab.Homespool(root / "swallowed", USERS, "".join(c.yaml() for c in cases)).start()
    for _ in range(3):
        spool.fetch("late")
    arrived(spool, cases[1], "what comes after a dot inside a message makes it a bad one")
    CHECK("late: it stays upstream", [m.uid for m in slow.mails] == [b"late-4"])
    return spool, cases[0]


def finish_swallowed(spool, case):
    """Waits out one silence (90 s in the daemon), beside the other tests."""
    lab.wait_until(lambda: account(spool, "glued")["state"] != "polling", 125, 0.5)
    found = here(spool, "glued")
    good = sorted(case.expected)
    CHECK("glued: nothing is here that was never sent", all(f in good for f in found), brief(found))
    CHECK("glued: no message is here twice", len(set(found)) == len(found))
    lost = [m for m in good if m not in found and m not in [p.body for p in case.provider.mails]]
    CHECK("glued: nothing was deleted that is not here", not lost, brief(lost))
    CHECK("glued: the failure is told", account(spool, "glued")["failure"] is not None, account(spool, "glued"))
    spool.stop()


def test_fidelity(root):
    """Bytes come through as they were sent."""
    kinds = {
        "plain": b"plain\r\n",
        "dots": b".\r\n..\r\n.a\r\n...\r\n",
        "lf": b"one\ntwo\n.\nthree\r\n",
        "crcrlf": b"one\r\r\ntwo\r\r\n",
        "cr": b"one\rtwo\r.\rthree\r\n",
        "nul": b"a\0b\0\r\n",
        "high": bytes(range(128, 256)) + b"\r\n",
        "long": b"x" * (1 << 20) + b"\r\n",
        "blank": b"\r\n\r\n\r\n",
        "status": b"+OK\r\n-ERR\r\n+OK 3 octets\r\n",
    }
    mails = [Mail(k, body("fidelity", i, v)) for i, (k, v) in enumerate(kinds.items())]
    mails.append(Mail("no-end", body("fidelity", 100, b"no end of line"), raw))
    mails.append(Mail("no-header", b"just text\r\n"))
    mails.append(Mail("only-header", b"Subject: only\r\n"))
    bare = [Mail(f"b{k}", body("bare", i, v)) for i, (k, v) in enumerate(kinds.items()) if k not in ("cr", "crcrlf", "lf")]
    provider, lf = Provider(mails), Provider(bare, line_end=b"\n")
    cases = [Case("INBOX", provider), Case("lf-server", lf)]
    cases[0].expected[10] += b"\r\n"
    yaml = cases[0].yaml().replace("name: INBOX", "name: fidelity") + cases[1].yaml()
    spool = lab.Homespool(root / "fidelity", USERS, yaml).start()
    spool.fetch()
    with lab.pop3_session(spool.pop3, "desk", "d") as session:
        found = [b"\r\n".join(session.retr(n)[1]) + b"\r\n" for n in range(1, session.stat()[0] + 1)]
    for mail, expected, got in zip(mails, cases[0].expected, found):
        CHECK(f"fidelity: {mail.uid.decode()} is as it was sent", got == expected, brief([got, expected]))
    CHECK("fidelity: all are here", len(found) == len(mails), len(found))
    cases[1].expected = [e.replace(b"\0", b"\x80") for e in cases[1].expected]
    arrived(spool, cases[1], "a server that ends its lines in LF is understood")
    spool.stop()


def odd_listing(name, lines, count, **more):
    return Provider(some(name, count), {"UIDL": many_lines(lines)}, **more)


def listing_cases():
    none = [b"PIPELINING", b"TOP"]
    def refuse(session, _): session.line(b"-ERR no such command")
    def stat_wrong(session, _): session.line(b"+OK 77 1")
    def stat_odd(session, _): session.line(b"+OK lots")
    yield Case("gap", odd_listing("gap", [b"1 a", b"3 c", b"4 d"], 4), expected=[body("gap", n) for n in (1, 3, 4)])
    yield Case("malformed", odd_listing("malformed", [b"1 a", b"garbage", b"", b"x y z", b"2 b", b"-3 c", b"99999999999999999999 q",
                                                       b"3 c"], 3))
    yield Case("spaces", odd_listing("spaces", [b"1   a b  c", b"  2  d e ", b"3\tf"], 3))
    yield Case("no-id", odd_listing("no-id", [b"1 a", b"2 ", b"3", b"4 d"], 4))
    yield Case("bytes", odd_listing("bytes", [b"1 \xe9\xff", b"2 ../../etc/passwd", b"3 " + b"i" * 140, b"4 " + b"j" * 4000, b"5 %s%n"], 5))
    yield Case("too-long-id", odd_listing("too-long-id", [b"1 a", b"2 " + b"i" * 2_000_000, b"3 c"], 3),
               expected=[body("too-long-id", n) for n in (1, 3)])
    yield Case("same-id", odd_listing("same-id", [b"1 a", b"2 a", b"3 a"], 3))
    yield Case("no-uidl", Provider(some("no-uidl", 5), {"UIDL": refuse}, capabilities=none))
    yield Case("no-uidl-top", Provider(some("no-uidl-top", 5), {"UIDL": refuse, "TOP": refuse}, capabilities=[]))
    yield Case("no-list", Provider(some("no-list", 5), {"LIST": refuse}))
    yield Case("no-stat", Provider(some("no-stat", 5), {"STAT": refuse}))
    yield Case("stat-wrong", Provider(some("stat-wrong", 5), {"STAT": stat_wrong}))
    yield Case("stat-odd", Provider(some("stat-odd", 5), {"STAT": stat_odd}))
    sizes = [b"1 -5", b"2 9223372036854775808", b"3 0", b"4 99999999999999999999999", b"5 huge", b"6 1"]
    yield Case("sizes", Provider(some("sizes", 6), {"LIST": many_lines(sizes)}))
    yield Case("order", odd_listing("order", [b"3 c", b"1 a", b"2 b", b"2 b"], 3))


def test_listings(root):
    cases = list(listing_cases())
    spool = lab.Homespool(root / "listings", USERS, "".join(c.yaml() for c in cases)).start()
    for _ in range(3):
        spool.fetch()
    for case in cases:
        arrived(spool, case, "everything that can be had is here once")
        state = account(spool, case.name)
        CHECK(f"{case.name}: the account is well", state["state"] == "ok", state)
    for case in cases:
        if case.name.startswith("no-uidl-top"):
            continue
        before = len(case.provider.retrieved)
        CHECK(f"{case.name}: nothing is retrieved twice", before == len(case.expected), case.provider.retrieved)
    spool.stop()


def test_identity(root):
    """Ids that change, come back, or name something else."""
    renumber, reused, shown_again, sessions, partial, sliding = (Provider(some(n, 30)) for n in
        ("renumber", "reused", "shown-again", "sessions", "partial", "sliding"))

    def new_each_time(session, _):
        session.many(b"%d s%d-%d" % (n, session.number, n) for n, _ in session.left())
    sessions.hooks["UIDL"] = new_each_time
    numbers = Provider(some("numbers", 5))
    numbers.hooks["UIDL"] = lambda session, _: session.many(b"%d %d" % (n, n) for n, _ in session.left())
    cases = {c.name: c for c in (
        Case("renumber", renumber, "tls: none, keep_upstream: 14d"), Case("reused", reused), Case("shown-again", shown_again, "tls: none, keep_upstream: 0s"),
        Case("sessions", sessions), Case("partial", partial), Case("sliding", sliding),
        Case("numbers", numbers, "tls: none, keep_upstream: 0s"))}
    spool = lab.Homespool(root / "identity", USERS, "".join(c.yaml() for c in cases.values())).start()
    spool.fetch()
    spool.fetch()
    for case in cases.values():
        arrived(spool, case, "all are here at first")

    # All ids new, and new mail among them.
    renumber.mails = [Mail(b"new-" + m.uid, m.body) for m in renumber.mails]
    fresh = Mail("fresh", body("renumber", 99))
    renumber.mails.insert(3, fresh)
    cases["renumber"].expected.append(fresh.body)
    # The id of one message now names others, one of them of the same size after the old was seen to be gone.
    longer = Mail("reused-3", body("reused", 103, b"another one\r\n"))
    reused.mails = [longer if m.uid == b"reused-3" else m for m in reused.mails if m.uid != b"reused-5"]
    cases["reused"].expected.append(longer.body)
    # What was deleted lies there again.
    shown_again.mails = some("shown-again", 30)
    # New mail for the server that makes new ids in every session, and for the one whose ids are numbers.
    for name in ("sessions", "numbers"):
        cases[name].provider.mails.append(Mail("x", body(name, 99)))
        cases[name].expected.append(body(name, 99))
    # An empty and a partial listing.
    kept = partial.mails
    partial.mails = []
    # Only the newest ten are listed.
    sliding.mails = sliding.mails[20:] + some("sliding", 3, 31)
    cases["sliding"].expected += [m.body for m in some("sliding", 3, 31)]
    spool.fetch()
    partial.mails = kept[:20]
    same_size = Mail("reused-5", body("reused", 7, b"Jello.\r\n"))
    assert same_size.size == len(body("reused", 5))
    reused.mails.append(same_size)
    cases["reused"].expected.append(same_size.body)
    spool.fetch()
    partial.mails = kept + some("partial", 1, 31)
    cases["partial"].expected.append(body("partial", 31))
    spool.fetch()
    for case in cases.values():
        arrived(spool, case, "no second copy, and all that is new is here")
    CHECK("shown-again: it is deleted again", shown_again.mails == [], len(shown_again.mails))
    CHECK("renumber: nothing is deleted before its time", len(renumber.mails) == 31)
    spool.kill()
    spool.start()
    spool.fetch()
    for case in cases.values():
        arrived(spool, case, "nor after a kill")
    spool.stop()


def main():
    with lab.laboratory() as root:
        started = time.monotonic()
        spool, case = test_swallowed_answers(root)
        for test in (test_bad_messages, test_breaking_lines, test_fidelity, test_listings, test_identity):
            begin = time.monotonic()
            test(root)
            print(f"--- {test.__name__}: {time.monotonic() - begin:.1f} s")
        finish_swallowed(spool, case)
        print(f"--- all: {time.monotonic() - started:.1f} s")
    CHECK.finish()


if __name__ == "__main__":
    main()
