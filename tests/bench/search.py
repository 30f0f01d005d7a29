#!/usr/bin/env python3
"""SEARCH in homespool and in a real Dovecot (without full-text index) on the same mail in the same run; answers against a plain scan.

usage: tests/bench/search.py [MESSAGES] [TERMS] [EVERY]     (50000, 500, 1; EVERY no multiple of 2 or 5: keys come in tens)

Terms of 1 to 10 characters, Latin and Japanese, in subject, header fields, body and anywhere. Every EVERY-th one is asked of Dovecot too. The ratio is
homespool's time by Dovecot's (below 1: homespool is faster). Prints besides: processor time to index, size of the index by that of the text.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
import lab  # noqa: E402
import letters  # noqa: E402

USERS = """  - name: taro
    clients:
      - {login: taro, password: secret, may_delete: true}
"""


class Searcher:
    def __init__(self, port):
        import socket
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.ask(b"LOGIN taro secret")
        self.ask(b"SELECT INBOX")

    def ask(self, command):
        self.socket.sendall(b"a " + command + b"\r\n")
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise RuntimeError("the server hung up")
            if line.startswith(b"a "):
                if not line.startswith(b"a OK"):
                    raise RuntimeError(line)
                return lines
            lines.append(line)

    def search(self, key, term):
        """Seconds, and the numbers found."""
        text = term.encode()
        began = time.monotonic()
        lines = self.ask(f"SEARCH CHARSET UTF-8 {key} {{{len(text)}+}}\r\n".encode() + text)
        took = time.monotonic() - began
        found = [line for line in lines if line.startswith(b"* SEARCH")]
        return took, {int(n) for n in found[0].split()[2:]} if found else set()


def thread_seconds(pid, name):
    """Processor time of a thread."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / 100
    return 0.0


def index_size(root):
    return sum((root / "home/spool" / name).stat().st_size for name in ("search.db", "search.db-wal"))


def resident(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def show(what, ours, theirs):
    if theirs:
        print(f"{what}: {len(ours)} terms, homespool {1000 * statistics.mean(ours):.1f} ms on average (median {1000 * statistics.median(ours):.1f}), "
              f"Dovecot {1000 * statistics.mean(theirs):.1f} (median {1000 * statistics.median(theirs):.1f}), "
              f"ratio of the sums {100 * sum(ours) / sum(theirs):.1f} %", flush=True)


def main():
    lab.need("dovecot", "openssl")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    asked = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    writer = letters.Writer(1)
    mail = [writer.letter(i) for i in range(count)]
    text = sum(len(letter.header.encode()) + len(letter.body.encode()) for letter in mail)
    with lab.laboratory() as root:
        _, certificate, key = lab.make_certificates(root / "tls")
        dovecot = lab.Dovecot(root / "dovecot", certificate, key)
        dovecot.put("taro", (letter.content for letter in mail))
        for letter in mail:
            letter.content = None
        dovecot.start()
        account = f"  - {{name: a, user: taro, host: 127.0.0.1, port: {dovecot.pop3}, tls: none, login: taro, password: secret}}\n"
        home = lab.Homespool(root / "home", USERS, account)
        home.start()
        try:
            began = time.monotonic()
            report = home.fetch()["a"]
            print(f"{count} messages, {text / 1e6:.0f} MB of folded text, fetched in {time.monotonic() - began:.1f} s "
                  f"({report['failure'] or 'no failure'})", flush=True)
            while home.status()["spool"]["search"] != "ready":
                time.sleep(0.2)
            print(f"indexed {time.monotonic() - began:.1f} s after the fetch began", flush=True)
            size = 0
            while size != index_size(root):  # merging and tidying go on for a moment
                size = index_size(root)
                time.sleep(6)
            used = thread_seconds(home.process.pid, "search-index")
            print(f"indexing took {used:.1f} s of one core, {10_000 * used / count:.1f} s for 10,000 messages; index {size / 1e6:.1f} MB, "
                  f"{100 * size / text:.0f} % of the text; resident {resident(home.process.pid):.0f} MiB", flush=True)
            compare(mail, writer.terms(mail, asked), Searcher(home.imap), Searcher(dovecot.imap), every)
            print(f"resident after the searches: {resident(home.process.pid):.0f} MiB", flush=True)
        finally:
            home.stop()
            dovecot.stop()


def compare(mail, terms, home, dovecot, every):
    # The order in which POP3 gave them is that of the scan.
    for server in (home, dovecot):  # once for the caches
        for key in ("SUBJECT", "FROM", "HEADER X-Mailer", "HEADER Message-ID"):
            server.search(key, "qqqq")
    wrong = 0
    times = {}
    for i, (key, term) in enumerate(terms):
        took, found = home.search(key, term)
        expected = {n for n, letter in enumerate(mail, 1) if letter.has(key, term)}
        if found != expected:
            wrong += 1
            print(f"WRONG: {key} {term!r}: {len(found)} found, {len(expected)} expected, e.g. {sorted(found ^ expected)[:3]}", flush=True)
        if i % every == 0:
            times.setdefault(key, []).append((took, dovecot.search(key, term)[0], len(found), term))
        else:
            times.setdefault(key, [])
    print(f"{len(terms)} terms, {wrong} with an answer other than the plain scan's", flush=True)
    for key, rows in sorted(times.items()):
        show(key, [row[0] for row in rows], [row[1] for row in rows])
        for row in sorted(rows, reverse=True)[:3]:
            print(f"  slowest: {row[3]!r} {1000 * row[0]:.1f} ms, {row[2]} found; Dovecot {1000 * row[1]:.1f} ms", flush=True)
    rows = [row for group in times.values() for row in group]
    show("all", [row[0] for row in rows], [row[1] for row in rows])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
