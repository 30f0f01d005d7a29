"""Read state, hiding and news are shared as they should be between POP3 and IMAP sessions, seen from outside by Python's own clients."""

import contextlib
import imaplib
import poplib
import re
import select
import time

import lab

USERS = """  - name: taro
    clients:
      - {login: desk, password: p, may_delete: true}
      - {login: phone, password: p}
      - {login: unread, password: p, pop3: {show: unread}}
      - {login: quiet, password: p, pop3: {marks_read: false}}
      - {login: hides, password: p, pop3: {on_delete: hide}}
"""
NAMES = ("plain-ascii", "attachments", "lone-dot", "bounce", "html-only", "digest")


class House:
    def __init__(self, root):
        self.spool = lab.Homespool(root / "home", USERS).start()
        lab.append(self.spool.imap, "desk", "p", map(lab.sample, NAMES))

    def pop3(self, login):
        return lab.pop3_session(self.spool.pop3, login, "p")

    def imap(self, login):
        return lab.imap_session(self.spool.imap, login, "p")

    @contextlib.contextmanager
    def broken_pop3(self, login):
        """A session whose line is cut instead of QUIT."""
        session = poplib.POP3("127.0.0.1", self.spool.pop3, timeout=30)
        session.user(login)
        session.pass_("p")
        yield session
        session.close()

    def seen(self):
        """The numbers of the messages that are read."""
        flags = [flags for _, flags in lab.subjects_and_flags(self.spool.imap, "desk", "p")]
        return [number for number, has in enumerate(flags, 1) if "\\Seen" in has]

    def count(self, login):
        with self.pop3(login) as session:
            return session.stat()[0]

    def store(self, number, change, flags):
        with self.imap("desk") as session:
            session.select("INBOX")
            session.store(str(number), change, flags)


def reading(house, check):
    with house.pop3("phone") as session:
        session.top(1, 10)
        session.top(2, 0)
        session.list()
        session.uidl()
    check("TOP, LIST and UIDL mark nothing as read", house.seen() == [], house.seen())
    with house.broken_pop3("phone") as session:
        session.retr(1)
    check("a POP3 session that breaks off marks nothing as read", house.seen() == [], house.seen())
    with house.pop3("quiet") as session:
        session.retr(1)
    check("a client with marks_read: false marks nothing as read", house.seen() == [], house.seen())
    with house.pop3("phone") as session:
        session.retr(2)
        check("a message is not yet read while the POP3 session goes on", house.seen() == [], house.seen())
    check("RETR and QUIT make it read for IMAP clients", house.seen() == [2], house.seen())
    with house.pop3("phone") as session:
        listed = session.stat()[0]
    check("a message that was read stays listed to a client that wants all", listed == len(NAMES), listed)


def only_unread(house, check):
    check("show: unread leaves out what was read over POP3", house.count("unread") == len(NAMES) - 1, house.count("unread"))
    house.store(3, "+FLAGS", "\\Seen")
    check("show: unread leaves out what was read over IMAP", house.count("unread") == len(NAMES) - 2, house.count("unread"))
    house.store(2, "-FLAGS", "\\Seen")
    check("show: unread lists again what was made unread", house.count("unread") == len(NAMES) - 1, house.count("unread"))
    with house.pop3("unread") as session:
        house.store(1, "+FLAGS", "\\Seen")
        check("a session that shows unread mail keeps its view while another reads",
              session.stat()[0] == len(NAMES) - 1 and session.retr(1), session.stat())
        for number in range(1, session.stat()[0] + 1):
            session.retr(number)
    check("what it retrieved is read for all, and its next session lists nothing",
          house.seen() == list(range(1, len(NAMES) + 1)) and house.count("unread") == 0, f"{house.seen()} {house.count('unread')}")


def hiding(house, check):
    with house.pop3("phone") as session:
        ids = session.uidl()[1]
    with house.broken_pop3("hides") as session:
        session.dele(1)
    check("DELE without QUIT hides nothing", house.count("hides") == len(NAMES), house.count("hides"))
    with house.pop3("hides") as session:
        session.dele(1)
        session.rset()
        session.dele(2)
    with house.pop3("hides") as session:
        left = session.uidl()[1]
    second = ids[1].split()[1]
    check("DELE and QUIT hide that one message from that login",
          [line.split()[1] for line in left] == [line.split()[1] for line in ids if line.split()[1] != second], left)
    with house.pop3("phone") as session:
        check("another login sees the same UIDLs as before", session.uidl()[1] == ids, session.uidl()[1])
    seen = len(lab.subjects_and_flags(house.spool.imap, "hides", "p"))
    check("what is hidden over POP3 is still there over IMAP, where deleting is refused", seen == len(NAMES), seen)
    with house.imap("hides") as session:
        session.select("INBOX")
        stored = session.store("1", "+FLAGS", "(\\Deleted \\Flagged)")
        expunged = session.expunge()
        check("a reader's STORE \\Deleted and EXPUNGE answer OK", stored[0] == expunged[0] == "OK", f"{stored} {expunged}")
    flags = lab.subjects_and_flags(house.spool.imap, "desk", "p")
    check("and set the flag beside \\Deleted, nothing else",
          len(flags) == len(NAMES) and "\\Flagged" in flags[0][1] and "\\Deleted" not in flags[0][1], flags[:1])
    with house.imap("hides") as session:
        session.select("INBOX")
        kind, data = session._simple_command("MOVE", "1", "Archive")
        check("a reader's MOVE is refused with the name of the deleter", kind == "NO" and b"desk" in b" ".join(data), data)
    clients = {client["login"]: client for client in house.spool.status()["clients"]}
    check("status counts the hidden delete", clients["hides"]["hidden_deletes"] == 1, clients["hides"])
    check("status counts the refused deletes", clients["hides"]["refused_deletes"] >= 2, clients["hides"])


def deleting(house, check):
    with house.broken_pop3("desk") as session:
        session.dele(1)
    check("the deleter's DELE without QUIT deletes nothing", house.count("phone") == len(NAMES), house.count("phone"))
    with house.pop3("phone") as snapshot:
        with house.pop3("desk") as session:
            session.dele(1)
        text = b"\r\n".join(snapshot.retr(1)[1]) + b"\r\n"
        check("an open POP3 session still serves what the deleter deleted meanwhile", text == lab.sample(NAMES[0]), text[:200])
    check("the deleter's DELE and QUIT delete for everybody", house.count("phone") == len(NAMES) - 1, house.count("phone"))
    seen = len(lab.subjects_and_flags(house.spool.imap, "phone", "p"))
    check("also over IMAP", seen == len(NAMES) - 1, seen)
    with house.pop3("phone") as session:
        before = session.uidl()[1]
    house.spool.stop()
    house.spool.start()
    with house.pop3("phone") as session:
        check("UIDLs are the same after a restart", session.uidl()[1] == before, session.uidl()[1])
    check("what was hidden stays hidden after a restart", house.count("hides") == len(NAMES) - 2, house.count("hides"))


class Idler:
    """An IMAP connection that waits in IDLE and reads what it is told."""

    def __init__(self, port, login):
        self.session = imaplib.IMAP4("127.0.0.1", port, timeout=30)
        self.session.login(login, "p")
        self.session.select("INBOX")
        self.session.send(b"wait IDLE\r\n")
        assert self.session.readline().startswith(b"+")
        self.heard = b""

    def hears(self, pattern, seconds=2):
        """Whether a line like this comes, and after how long it did."""
        begin = time.monotonic()
        while not re.search(pattern, self.heard):
            left = begin + seconds - time.monotonic()
            if left <= 0 or not select.select([self.session.sock], [], [], left)[0]:
                return False
            self.heard += self.session.sock.recv(65536)
        self.heard = b""
        return True

    def close(self):
        self.session.send(b"DONE\r\n")
        ended = self.hears(rb"wait OK", 5)
        self.session.shutdown()
        return ended


def idling(house, check, dovecot, account):
    count = house.count("phone")
    idler = Idler(house.spool.imap, "phone")
    lab.append(house.spool.imap, "desk", "p", [lab.sample("mailing-list")])
    check("an idle client hears EXISTS within 2 s of another's APPEND", idler.hears(rb"\* %d EXISTS" % (count + 1)), idler.heard)
    house.store(1, "+FLAGS", "$Work")
    check("an idle client hears of a flag that another sets", idler.hears(rb"\* 1 FETCH .*\$Work"), idler.heard)
    with house.pop3("desk") as session:
        session.dele(count + 1)
    check("an idle client hears EXPUNGE when the deleter deletes over POP3", idler.hears(rb"\* %d EXPUNGE" % (count + 1)), idler.heard)
    house.spool.write_settings(USERS, account)
    house.spool.command("reload")
    check("an idle client hears of the first mail of an account that a reload brought",
          idler.hears(rb"\* %d EXISTS" % (count + 1), 10), idler.heard)
    lab.wait_until(lambda: house.spool.status()["accounts"][0]["state"] == "ok", 20)
    dovecot.put("taro", [lab.sample("signed"), lab.sample("base64-text")])
    reports = house.spool.fetch()
    # A poll that was still under way is counted in: the first one.
    check("fetch says that two messages came", reports["isp"]["new"] in (2, 3), reports)
    check("an idle client hears EXISTS within 2 s of a fetch", idler.hears(rb"\* %d EXISTS" % (count + 3)), idler.heard)
    check("DONE ends IDLE with OK", idler.close())


def main():
    lab.need("dovecot", "openssl")
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        ca, certificate, key = lab.make_certificates(root / "tls")
        dovecot = lab.Dovecot(root / "dovecot", certificate, key)
        dovecot.put("taro", [lab.sample("calendar-invitation")])
        dovecot.start()
        account = f"""  - {{name: isp, user: taro, host: localhost, port: {dovecot.pop3s}, tls_ca: {ca},
     login: taro, password: secret, poll: 1h}}
"""
        house = House(root)
        try:
            reading(house, check)
            only_unread(house, check)
            hiding(house, check)
            deleting(house, check)
            idling(house, check, dovecot, account)
        finally:
            house.spool.stop()
            dovecot.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
