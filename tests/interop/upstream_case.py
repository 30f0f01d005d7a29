"""One account of homespool, its scripted provider, and what must be here in the end."""

import re

import lab
from scripted_provider import Mail

CHECK = lab.Checks()
USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
"""


def body(name, number, text=b"Hello.\r\n"):
    return b"From: a@example.org\r\nMessage-ID: <%d@%s>\r\nSubject: %d\r\n\r\n%s" % (number, name.encode(), number, text)


def some(name, count, first=1):
    return [Mail(f"{name}-{n}", body(name, n)) for n in range(first, first + count)]


def wire(content):
    """As it goes out: line ends are CRLF."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", content)


class Case:
    """One account: its provider, and what must be here in the end."""

    def __init__(self, name, provider, settings="tls: none", expected=None, login="someone"):
        self.name, self.provider, self.settings, self.login = name, provider, settings, login
        self.expected = [wire(m.body) for m in provider.mails] if expected is None else [wire(e) for e in expected]

    def yaml(self):
        secret = "" if "password" in self.settings else "password: secret, "
        host = "" if "host:" in self.settings else "host: localhost, "
        poll = "" if "poll:" in self.settings else "poll: 1h, "
        user = "" if "user:" in self.settings else "user: taro, "
        return (f"  - {{name: {self.name}, {user}folder: {self.name}, {host}port: {self.provider.port}, login: {self.login}, "
                f"{poll}{secret}{self.settings}}}\n")


def here(spool, folder, login="desk"):
    """The bodies in a folder, sorted."""
    with lab.imap_session(spool.imap, login, "d") as session:
        kind, count = session.select(folder, readonly=True)
        if kind != "OK" or count == [b"0"]:
            return []
        _, data = session.fetch("1:*", "(BODY.PEEK[])")
        return sorted(item[1] for item in data if isinstance(item, tuple))


def account(spool, name):
    return next(a for a in spool.status()["accounts"] if a["name"] == name)


def brief(bodies):
    return [(len(b), b[-30:]) for b in bodies]


def arrived(spool, case, sentence, expected=None):
    expected = sorted(case.expected if expected is None else [wire(e) for e in expected])
    found = here(spool, case.name)
    CHECK(f"{case.name}: {sentence}", found == expected, f"{len(found)} of {len(expected)}: {brief(found)[:6]}")
