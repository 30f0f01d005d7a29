"""What each client is shown, by its settings, by what was read, and after a restart."""

from deleter_house import mail, run_parts
from wire import Imap, Pop3


def read_state(house, check):
    house.fill("desk", 3)
    with house.imap("desk", "INBOX") as watcher:
        total = watcher.count("INBOX")
        watcher.must("STORE 1:* -FLAGS (\\Seen)")
        seen = lambda: watcher.must("NOOP") and watcher.must("SEARCH SEEN").untagged[-1].split()[2:]
        with house.pop3("phone") as session:
            session.lines("TOP 1 100")
            session.lines("TOP 2 0")
            session.do("QUIT")
        check("TOP never marks read", seen() == [], seen())
        with house.pop3("phone") as session:
            session.message(1)
        check("a session that breaks off marks nothing", seen() == [], seen())
        with house.pop3("quiet") as session:
            session.message(1)
            session.do("QUIT")
        check("marks_read: false marks nothing", seen() == [], seen())
        with house.pop3("phone") as session:
            session.message(2)
            session.do("DELE 3")
            session.do("RSET")
            session.do("QUIT")
        check("what was retrieved whole is read after QUIT, over IMAP too", seen() == [b"2"], seen())
        check("show: unread lists the others", len(house.listed("unread")) == total - 1)
        with house.imap("phone", "INBOX") as other:
            other.must("FETCH 1 (BODY[])")
        check("what one IMAP client reads is read for all", seen() == [b"1", b"2"], seen())
        with house.imap("phone", "INBOX") as other:
            other.must("FETCH 3 (BODY.PEEK[])")
            other.must("EXAMINE INBOX")
            other.must("FETCH 3 (BODY[])")
        check("PEEK and EXAMINE mark nothing", seen() == [b"1", b"2"], seen())
        sessions = [house.pop3("phone") for _ in range(5)]
        check("several POP3 sessions run at once", all(s.count() == total for s in sessions))
        for session in sessions:
            session.close()


def views(house, check):
    total = len(house.listed("strict"))
    with house.imap("desk") as session:
        session.append("INBOX", mail(50, 3000))
        session.do('APPEND INBOX "01-Jan-2020 10:00:00 +0000"', mail(51))
    check("largest leaves out what is larger", len(house.listed("small")) == total + 1, house.listed("small"))
    check("newer_than leaves out what came earlier", len(house.listed("recent")) == total + 1, house.listed("recent"))
    check("others list both", len(house.listed("phone")) == total + 2)
    with Pop3(house.spool.pop3, "far") as session:
        check("allow_from keeps a login out of POP3 elsewhere", session.opened.startswith(b"-ERR"), session.opened)
    with Imap(house.spool.imap) as session:
        check("and out of IMAP", session.do("LOGIN far p").kind == "NO")
        check("protocols: [pop3] keeps out of IMAP", session.do("LOGIN only-pop3 p").kind == "NO")
    with Pop3(house.spool.pop3, "only-imap") as session:
        check("protocols: [imap] keeps out of POP3", session.opened.startswith(b"-ERR"), session.opened)
    with house.imap("plain") as session:
        capabilities = session.must("CAPABILITY").untagged[0].split()
        check("hide_capabilities hides a capability of IMAP", b"IDLE" not in capabilities and b"MOVE" in capabilities, capabilities)
    with house.pop3("plain") as session:
        capabilities = [line.strip() for line in session.lines("CAPA")]
        check("and of POP3", b"UIDL" not in capabilities and b"TOP" in capabilities, capabilities)
        check("of more than one word too", b"SASL PLAIN" not in capabilities and b"USER" in capabilities, capabilities)
    with Imap(house.spool.imap) as session:
        capabilities = session.must("CAPABILITY").untagged[0].split()
        check("before login it is hidden from all", b"SASL-IR" not in capabilities and b"AUTH=PLAIN" in capabilities, capabilities)
        check("by its name without a value", b"APPENDLIMIT" not in b" ".join(capabilities), capabilities)
    with Pop3(house.spool.pop3) as session:
        capabilities = [line.strip() for line in session.lines("CAPA")]
        check("over POP3 too", b"PIPELINING" not in capabilities and b"USER" in capabilities, capabilities)
        refused = [session.do(command) for command in ("AUTH LOGIN", "AUTH CRAM-MD5", "AUTH", "AUTH DIGEST-MD5")]
        check("mechanisms that are not there are refused one by one", all(said.startswith(b"-ERR ") for said in refused), refused)
        check("and PLAIN may come behind them", session.do("AUTH PLAIN AGRlc2sAcA==").startswith(b"+OK"))


def restart(house, check):
    with house.pop3("phone") as session:
        session.do("DELE 2")
        session.do("QUIT")
    before = {login: house.listed(login) for login in ("desk", "phone", "strict")}
    house.spool.stop()
    house.spool.start()
    check("UIDLs and what is hidden are the same after a restart", before == {login: house.listed(login) for login in before})
    with house.imap("desk") as session:
        with house.pop3("desk") as pop3:
            pop3.do(f"DELE {len(before['desk'])}")
            pop3.do("QUIT")
        session.append("INBOX", mail(60))
    now = house.listed("desk")
    check("a UIDL is never used twice", now[:-1] == before["desk"][:-1] and now[-1] not in before["desk"], now)


if __name__ == "__main__":
    run_parts((read_state, views, restart))
