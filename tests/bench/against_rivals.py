#!/usr/bin/env python3
"""homespool and its rivals on the same mail in the same run: fetching (against mpop), POP3 drain and IMAP header fetch (against Dovecot).

usage: tests/bench/against_rivals.py [MESSAGES] [ROUNDS]     (10000, 3)

Each round runs homespool and the rival one after the other; what counts is the median of the ratios (above 1: homespool is faster).
Messages are generated, 30 KiB on average, the same each time.
"""

import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
import lab  # noqa: E402

USERS = """  - name: taro
    clients:
      - {login: taro, password: secret, may_delete: true}
"""


def generated(count):
    dice = random.Random(1)
    words = ["mail", "house", "letter", "garden", "winter", "train", "paper", "river", "morning", "kitchen"]
    lines = [(" ".join(dice.choices(words, k=10)) + "\r\n").encode() for _ in range(1000)]
    for i in range(count):
        size = min(int(dice.expovariate(1 / 30_000)) + 500, 1_000_000)
        body = b"".join(dice.choices(lines, k=size // 62))
        yield (f"Received: from mx.example.org by pop.example.net; Sun, 1 Mar 2026 10:{i % 60:02d}:00 +0000\r\n"
               f"From: Sender {i} <sender{i}@example.org>\r\nTo: taro@example.net\r\nSubject: Letter {i}\r\n"
               f"Date: Sun, 1 Mar 2026 10:{i % 60:02d}:00 +0000\r\nMessage-ID: <{i}@example.org>\r\n"
               f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n").encode() + body


class Wire:
    """A client as quick as Python allows, the same for both servers."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, text):
        self.socket.sendall(text)

    def until(self, mark):
        """Reads up to and with `mark`; returns the number of bytes."""
        total = 0
        buffer = self.rest
        while True:
            at = buffer.find(mark)
            if at >= 0:
                self.rest = buffer[at + len(mark):]
                return total + at + len(mark)
            keep = min(len(mark) - 1, len(buffer))
            total += len(buffer) - keep
            more = self.socket.recv(1 << 18)
            if not more:
                raise RuntimeError("the server hung up")
            buffer = buffer[len(buffer) - keep:] + more

    def line(self):
        while b"\r\n" not in self.rest:
            more = self.socket.recv(1 << 16)
            if not more:
                raise RuntimeError("the server hung up")
            self.rest += more
        line, self.rest = self.rest.split(b"\r\n", 1)
        return line


def pop3_login(port):
    wire = Wire(port)
    wire.line()
    for command in (b"USER taro", b"PASS secret"):
        wire.send(command + b"\r\n")
        if not wire.line().startswith(b"+OK"):
            raise RuntimeError("login failed")
    return wire


def pop3_lockstep(port, count):
    wire = pop3_login(port)
    began = time.monotonic()
    for number in range(1, count + 1):
        wire.send(b"RETR %d\r\n" % number)
        wire.until(b"\r\n.\r\n")
    return time.monotonic() - began


def pop3_pipelined(port, count, window=64):
    wire = pop3_login(port)
    began = time.monotonic()
    sent = 0
    for received in range(count):
        if sent < count and sent - received < window // 2:
            upto = min(count, received + window)
            wire.send(b"".join(b"RETR %d\r\n" % n for n in range(sent + 1, upto + 1)))
            sent = upto
        wire.until(b"\r\n.\r\n")
    return time.monotonic() - began


def imap_fetch(port, items):
    wire = Wire(port)
    wire.line()
    for tag, command in ((b"a", b"LOGIN taro secret"), (b"b", b"SELECT INBOX")):
        wire.send(tag + b" " + command + b"\r\n")
        wire.until(b"\n" + tag + b" OK" if tag == b"b" else b"a OK")
        wire.until(b"\r\n")
    began = time.monotonic()
    wire.send(b"c UID FETCH 1:* (" + items + b")\r\n")
    wire.until(b"\nc OK")
    return time.monotonic() - began


def fetch_with_mpop(root, upstream):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name in ("new", "cur", "tmp"):
        (root / "box" / name).mkdir(parents=True)
    config = root / "mpoprc"
    config.write_text(f"account a\nhost 127.0.0.1\nport {upstream.pop3}\nuser taro\npassword secret\ntls off\nauth user\n"
                      f"uidls_file {root}/uidls\ndelivery maildir {root}/box\n")
    config.chmod(0o600)
    began = time.monotonic()
    subprocess.run(["mpop", "-q", "-Q", "-k", "-C", str(config), "a"], check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    return took, len(list((root / "box/new").iterdir()))


def fetch_with_homespool(root, upstream):
    shutil.rmtree(root, ignore_errors=True)
    account = f"""  - {{name: a, user: taro, host: 127.0.0.1, port: {upstream.pop3}, tls: none, login: taro, password: secret}}
"""
    home = lab.Homespool(root, USERS, account)
    began = time.monotonic()
    report = home.fetch()["a"]
    took = time.monotonic() - began
    if report["failure"]:
        raise RuntimeError(report)
    return took, report["new"], home


def show(what, count, ours, theirs):
    ratios = [b / a for a, b in zip(ours, theirs)]
    print(f"{what}: homespool {count / statistics.median(ours):,.0f}/s, rival {count / statistics.median(theirs):,.0f}/s, "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})", flush=True)


def main():
    lab.need("dovecot", "mpop", "openssl")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with lab.laboratory() as root:
        _, certificate, key = lab.make_certificates(root / "tls")
        dovecot = lab.Dovecot(root / "dovecot", certificate, key)
        dovecot.put("taro", generated(count))
        dovecot.start()
        home = None
        try:
            dovecot.count("taro")  # builds its index once, as a server that has run for a while
            ours, theirs = [], []
            for i in range(rounds):
                took, new, home = fetch_with_homespool(root / f"home{i}", dovecot)
                assert new == count, new
                ours.append(took)
                took, new = fetch_with_mpop(root / f"mpop{i}", dovecot)
                assert new == count, new
                theirs.append(took)
            show(f"fetch {count} (rival: mpop)", count, ours, theirs)
            home.start()
            home.command("fetch")
            for what, run in (("POP3 drain, lock-step", lambda port: pop3_lockstep(port, count)),
                              ("POP3 drain, pipelined", lambda port: pop3_pipelined(port, count))):
                run(home.pop3), run(dovecot.pop3)
                pairs = [(run(home.pop3), run(dovecot.pop3)) for _ in range(rounds)]
                show(f"{what} (rival: Dovecot)", count, *zip(*pairs))
            for what, items in (("IMAP ENVELOPE BODYSTRUCTURE", b"ENVELOPE BODYSTRUCTURE"),
                                ("IMAP as Thunderbird", b"UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject "
                                 b"Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)]"),
                                ("IMAP flags", b"FLAGS")):
                imap_fetch(home.imap, items), imap_fetch(dovecot.imap, items)
                pairs = [(imap_fetch(home.imap, items), imap_fetch(dovecot.imap, items)) for _ in range(rounds)]
                show(f"{what} (rival: Dovecot, warm)", count, *zip(*pairs))
        finally:
            if home:
                home.stop()
            dovecot.stop()


if __name__ == "__main__":
    main()
