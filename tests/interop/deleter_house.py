"""A house of several clients for the tests of the deleter rule, whose settings can name another deleter."""

import os
import time

import lab
from wire import Imap, Pop3

USERS = """  - name: taro
    clients:
      - {login: desk, password: p%s}
      - {login: phone, password: p%s}
      - {login: strict, password: p, pop3: {on_delete: refuse}, imap: {on_delete: refuse}}
      - {login: unread, password: p, pop3: {show: unread}}
      - {login: quiet, password: p, pop3: {marks_read: false}}
      - {login: small, password: p, pop3: {largest: 1KiB}}
      - {login: recent, password: p, pop3: {newer_than: 7d}}
      - {login: far, password: p, allow_from: [10.9.8.0/24]}
      - {login: only-pop3, password: p, protocols: [pop3]}
      - {login: only-imap, password: p, protocols: [imap]}
      - {login: plain, password: p, hide_capabilities: [IDLE, UIDL, PIPELINING, SASL PLAIN, SASL-IR, APPENDLIMIT]}
  - name: hana
    clients:
      - {login: hana-desk, password: p}
      - {login: hana-phone, password: p, pop3: {on_delete: refuse}}
"""
DESK_DELETES = USERS % (", may_delete: true", "")
PHONE_DELETES = USERS % ("", ", may_delete: true")
NOBODY = USERS % ("", "")


def mail(number, size=0):
    return b"From: a@example.org\r\nSubject: message %d\r\n\r\nnumber %d\r\n" % (number, number) + b"0123456789abc\r\n" * (size // 15)


class House:
    def __init__(self, root):
        self.spool = lab.Homespool(root / "home", DESK_DELETES).start()

    def imap(self, login, folder=None):
        return Imap(self.spool.imap, login, folder)

    def pop3(self, login):
        return Pop3(self.spool.pop3, login)

    def fill(self, login, count, folder="INBOX"):
        with self.imap(login) as session:
            for number in range(1, count + 1):
                session.append(folder, mail(number))

    def listed(self, login):
        with self.pop3(login) as session:
            return session.uidls()

    def reload(self, users):
        self.spool.write_settings(users)
        return self.spool.command("reload").returncode == 0

    def counts(self, login):
        found = next(client for client in self.spool.status()["clients"] if client["login"] == login)
        return found["hidden_deletes"], found["refused_deletes"]


def run_parts(parts):
    """Each of `parts` (house, check), or the one that HOMESPOOL_PART names, in one house with six messages."""
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        house = House(root)
        try:
            house.fill("desk", 6)
            for part in parts:
                if os.environ.get("HOMESPOOL_PART", part.__name__) == part.__name__:
                    part(house, check)
        finally:
            house.spool.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()
