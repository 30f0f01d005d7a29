"""A house for the tests of both protocols: one user, mail to serve, and what runs a test's parts."""

import os
import re
import time

import lab
from wire import Imap, Pop3

USERS = """  - name: taro
    clients:
      - {login: desk, password: p, may_delete: true}
      - {login: phone, password: p}
"""


def mail(number, subject=None, body=None, more=""):
    return (f"From: \"Anna A\" <anna@example.org>\r\nTo: taro@example.net\r\nCc: carl@example.com\r\nSubject: {subject or f'message {number}'}\r\n"
            f"Date: Mon, {number % 28 + 1} Jan 2024 10:00:00 +0000\r\nMessage-ID: <m{number}@example.org>\r\n{more}\r\n").encode() + (
            body or b"body of number %d\r\n" % number)


class House:
    def __init__(self, root, server=""):
        self.root = root
        self.spool = lab.Homespool(root, USERS, server=server).start()

    def imap(self, login="desk", folder=None, **how):
        return Imap(self.spool.imap, login, folder, **how)

    def stranger(self):
        return Imap(self.spool.imap)

    def pop3(self, login="desk", **how):
        return Pop3(self.spool.pop3, login, **how)

    def memory(self):
        """Resident KiB now."""
        with open(f"/proc/{self.spool.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def run_parts(parts):
    """Each of `parts` (house, check), or the one that HOMESPOOL_PART names, in one house."""
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        house = House(root / "home")
        try:
            for part in parts:
                if os.environ.get("HOMESPOOL_PART", part.__name__) == part.__name__:
                    started = time.monotonic()
                    part(house, check)
                    print(f"     {part.__name__}: {time.monotonic() - started:.1f} s")
        finally:
            house.spool.stop()
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()
