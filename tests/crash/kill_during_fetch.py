"""kill -9 at random moments during fetches with deletion upstream: no message is lost, none is doubled.

A real Dovecot holds two accounts with `keep_upstream: 0s`. Each round delivers new mail, starts homespool, kills it at a random
moment and looks: what was ever delivered is upstream or in the spool, nothing is in the spool twice, and no UID that was seen has
changed its content. In the end everything is in the spool exactly once, byte for byte, and both accounts are empty.

kill_during_fetch.py [KILLS [MESSAGES A ROUND [SEED]]]
"""

import collections
import hashlib
import os
import pwd
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
import lab  # noqa: E402

ACCOUNTS = ("one", "two")
USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
"""
BIG = 3 << 19  # more than is held in memory, so that a file of its own is made


def digest(message):
    return hashlib.sha256(message).digest()


class Mail:
    """Messages that are all different: the samples that Dovecot hands out unchanged, and made ones of all sizes."""

    def __init__(self, chance):
        self.chance = chance
        self.samples = [m for m in lab.messages() if b"\0" not in m and b"\r" not in m.replace(b"\r\n", b"") and len(m) < 200_000]
        self.made = 0

    def next(self):
        self.made += 1
        head = b"X-Test-Number: %d\r\n" % self.made
        if self.samples and self.chance.random() < 0.5:
            return head + self.chance.choice(self.samples)
        size = BIG + self.chance.randrange(BIG) if self.chance.random() < 0.02 else self.chance.randrange(30_000)
        line = "..a line, 日本語, %d\r\n".encode() % self.made
        body = line * (size // len(line) + 1)
        return head + b"From: a@example.org\r\nSubject: number %d\r\n\r\n" % self.made + body


class Trial:
    def __init__(self, root, seed):
        self.chance = random.Random(seed)
        self.mail = Mail(self.chance)
        self.check = lab.Checks()
        _, certificate, key = lab.make_certificates(root / "tls")
        self.upstream = lab.Dovecot(root / "upstream", certificate, key)
        self.root = root
        self.spool = lab.Homespool(root / "home", USERS, self.accounts(True), "  duplicates: keep")
        self.delivered = set()
        self.files = 0
        self.in_spool = {}  # UID to digest, as last seen
        self.uidvalidity = None
        self.killed_within = 0

    def accounts(self, enabled):
        return "".join(f"""  - {{name: {name}, user: taro, host: 127.0.0.1, port: {self.upstream.pop3}, tls: none, login: {name},
     password: secret, poll: 1s, keep_upstream: 0s, enabled: {str(enabled).lower()}}}
""" for name in ACCOUNTS)

    def deliver(self, count):
        for name in ACCOUNTS:
            batch = [self.mail.next() for _ in range(count)]
            self.delivered.update(digest(m) for m in batch)
            self.put(name, batch)

    def put(self, name, batch):
        """Delivers as a mail server does, each under a name that was never used: a file is whole before it is seen."""
        inbox = self.upstream.root / "mail" / name
        owner = pwd.getpwnam("mail")
        for content in batch:
            self.files += 1
            path = inbox / "tmp" / f"{1_700_000_000 + self.files}.P1.test"
            path.write_bytes(content.replace(b"\r\n", b"\n"))
            os.chown(path, owner.pw_uid, owner.pw_gid)
            path.rename(inbox / "new" / path.name)

    def upstream_files(self):
        return [p for name in ACCOUNTS for folder in ("new", "cur")
                for p in (self.upstream.root / "mail" / name / folder).iterdir()]

    def upstream_digests(self):
        found = set()
        for path in self.upstream_files():
            try:
                found.add(digest(lab.wire_form(path.read_bytes())))
            except FileNotFoundError:
                pass  # Dovecot renames a file for its flags, or a session that was cut off in QUIT ends only now
        return found

    def run_fetching(self):
        self.spool.write_settings(USERS, self.accounts(True), "  duplicates: keep")
        self.spool.start(wait=False)
        return time.monotonic()

    def look(self, everything=False):
        """Reads what is new in the spool, or all of it, while nothing is fetched."""
        self.spool.write_settings(USERS, self.accounts(False), "  duplicates: keep")
        self.spool.start()
        first = 1 if everything else max(self.in_spool, default=0) + 1
        with lab.imap_session(self.spool.imap, "desk", "d") as session:
            session.select("INBOX", readonly=True)
            uidvalidity = session.response("UIDVALIDITY")[1][0]
            uids = {int(uid) for uid in session.uid("SEARCH", "ALL")[1][0].split()}
            read = {}
            for uid in sorted(u for u in uids if u >= first):
                data = session.uid("FETCH", str(uid), "(BODY.PEEK[])")[1]
                read[uid] = digest(data[0][1])
        code = self.spool.stop()
        self.check("a spool that was killed starts, serves and stops", code == 0, f"exit code {code}")
        kept = self.uidvalidity in (None, uidvalidity) and self.in_spool.keys() <= uids
        kept = kept and all(read.get(uid, was) == was for uid, was in self.in_spool.items())
        self.check("every UID seen before still names the same message", kept)
        self.uidvalidity = uidvalidity
        self.in_spool.update(read)

    def judge(self, what):
        held = set(self.in_spool.values())
        doubled = [d for d, times in collections.Counter(self.in_spool.values()).items() if times > 1]
        upstream = self.upstream_digests()  # last: whatever is gone by now must be in the spool
        lost = self.delivered - held - upstream
        if lost:
            time.sleep(0.2)  # a file being renamed is not gone
            lost -= self.upstream_digests()
        self.check(f"{what}: everything is upstream or in the spool", not lost, f"{len(lost)} lost")
        self.check(f"{what}: nothing is in the spool twice", not doubled, f"{len(doubled)} doubled")
        self.check(f"{what}: nothing is in the spool that was not sent", held <= self.delivered,
                   f"{len(held - self.delivered)} unknown")

    def measure(self, count):
        """When the first bytes are stored and when all is done, in a round that nobody disturbs."""
        self.deliver(count)
        began = self.run_fetching()
        packs = self.spool.root / "spool" / "packs"
        lab.wait_until(lambda: packs.is_dir() and any(packs.iterdir()), 120, 0.001)
        first = time.monotonic() - began
        emptied = lab.wait_until(lambda: not self.upstream_files(), 120, 0.01)
        self.check("a round that nobody disturbs empties both accounts", emptied)
        done = time.monotonic() - began
        self.spool.kill()
        self.look()
        self.judge("undisturbed")
        return first, done

    def kill_once(self, number, count, first, done):
        self.deliver(count)
        before, backlog = len(self.in_spool), len(self.upstream_files())
        began = self.run_fetching()
        if number % 3 == 0:
            # The moments in which the provider deletes are few: some kills are aimed at them.
            lab.wait_until(lambda: len(self.upstream_files()) < backlog, 60, 0.001)
            time.sleep(self.chance.uniform(0, 0.02))
        else:
            longest = first + 1.3 * (done - first) * backlog / (count * len(ACCOUNTS))
            time.sleep(max(0.0, began + self.chance.uniform(0.7 * first, longest) - time.monotonic()))
        self.spool.kill()
        self.look()
        self.judge(f"kill {number}")
        came, left = len(self.in_spool) - before, len(self.upstream_files())
        if came and left:
            self.killed_within += 1
        print(f"     of {backlog} upstream {came} came and {left} were left", flush=True)

    def settle(self, kills):
        self.run_fetching()
        self.check("in the end both accounts are empty", lab.wait_until(lambda: not self.upstream_files(), 120))
        self.spool.stop()
        self.look(everything=True)
        self.judge("in the end")
        self.check("in the end every message is in the spool exactly once, byte for byte",
                   sorted(self.in_spool.values()) == sorted(self.delivered),
                   f"{len(self.in_spool)} for {len(self.delivered)}")
        print(f"{self.killed_within} of {kills} kills came between the first message stored and the last deleted")
        if kills >= 30:  # with fewer it may be chance
            self.check("some kills came in the middle of a fetch", self.killed_within > 0)


def main():
    lab.need("dovecot", "openssl")
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns() % 1_000_000
    print(f"seed {seed}")
    with lab.laboratory() as root:
        trial = Trial(root, seed)
        for name in ACCOUNTS:
            trial.upstream.put(name, [])
        trial.upstream.start()
        try:
            first, done = trial.measure(count)
            print(f"     the first bytes are stored after {first:.2f} s, a round takes {done:.2f} s")
            for number in range(1, kills + 1):
                trial.kill_once(number, count, first, done)
            trial.settle(kills)
        finally:
            if trial.spool.process and trial.spool.process.poll() is None:
                trial.spool.kill()
            trial.upstream.stop()
        trial.check.finish()


if __name__ == "__main__":
    main()
