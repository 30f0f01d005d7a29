"""Copies of the spool, from outside: verify beside a daemon and without one; backup under load, destroy, restore, as mbsync
sees it; an index that is lost, damaged or foreign; a small spool of the first version."""

import imaplib
import json
import os
import shutil
import sqlite3
import subprocess
import threading

from desktop_clients import Mbsync
from lab import Checks, Homespool, append, imap_session, laboratory, messages, need, pop3_session, wait_until
from wire import Imap

USERS = """  - name: taro
    clients:
      - {login: desk, password: desk-pw, may_delete: true}
      - {login: phone, password: phone-pw}
"""

check = Checks()


def verify(server, *words):
    """Exit code and the findings."""
    out = server.command("verify", *words, "--json")
    return out.returncode, json.loads(out.stdout)["findings"] if out.stdout else out.stderr


def check_verify(root):
    server = Homespool(root / "verify", USERS)
    out = server.command("verify")
    check("verify where there is no spool says so and makes none",
          out.returncode == 1 and b"no spool" in out.stderr and not (server.root / "spool").exists(), out)
    server.start()
    mail = messages(60)
    append(server.imap, "desk", "desk-pw", mail)
    for words in ([], ["--deep"]):
        check(f"beside a daemon all is well {words}", verify(server, *words) == (0, []), verify(server, *words))
    pack = server.root / "spool/packs/000001.pack"
    before = pack.read_bytes()
    at = before.index(mail[7][:40]) + 20
    pack.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1:])
    check("a changed bit is not in the way of a fast check", verify(server) == (0, []), verify(server))
    code, findings = verify(server, "--deep")
    check("a deep one names the message and the command that mends it",
          code == 1 and len(findings) == 1 and findings[0]["messages"][0]["uid"] == 8
          and findings[0]["mend"].startswith("homespool "), findings)
    check("the daemon stops", server.stop() == 0)
    check("the same without a daemon", verify(server, "--deep") == (code, findings), verify(server, "--deep"))
    out = server.command("verify", "--deep")
    check("a person reads a plain line of it", out.returncode == 1 and b"UID 8" in out.stdout and b"\r" not in out.stderr, out)
    pack.rename(pack.with_suffix(".away"))
    code, findings = verify(server)
    check("a missing pack is one finding with all its messages",
          code == 1 and [f["kind"] for f in findings] == ["pack-missing"] and findings[0]["affected"] > 40, findings)
    pack.with_suffix(".away").rename(pack)
    pack.write_bytes(before)
    check("whole again", verify(server, "--deep") == (0, []))


def uids_and_flags(server):
    """UIDVALIDITY, and of every message of the INBOX its UID, flags and UIDL."""
    with imap_session(server.imap, "phone", "phone-pw") as session:
        session.select("INBOX", readonly=True)
        validity = session.response("UIDVALIDITY")[1][0]
        lines = [line.replace(b"\\Recent", b"").replace(b"( ", b"(") for line in session.uid("FETCH", "1:*", "(FLAGS)")[1]]
    with pop3_session(server.pop3, "phone", "phone-pw") as session:
        uidls = [line.split()[1] for line in session.uidl()[1]]
    return validity, lines, uidls


class Load:
    """Appends one message after the other until it is told to stop."""

    def __init__(self, server, mail):
        self.stopping, self.count = False, 0
        self.thread = threading.Thread(target=self.run, args=(server, mail))
        self.thread.start()

    def run(self, server, mail):
        while not self.stopping:
            for content in mail:
                try:
                    append(server.imap, "desk", "desk-pw", [content])
                except (OSError, RuntimeError, EOFError, imaplib.IMAP4.error):  # the daemon is gone
                    return
                self.count += 1
                if self.stopping:
                    return

    def stop(self):
        self.stopping = True
        self.thread.join()


def destroy(server):
    shutil.rmtree(server.root / "spool")


def check_backup_under_load(root):
    server = Homespool(root / "house", USERS).start()
    copies = root / "usb" / "homespool"
    mail = [m for m in messages(200) if b"\r\n\r\n" in m][:150]  # mbsync passes over what has no whole header
    append(server.imap, "desk", "desk-pw", mail[:100])
    with imap_session(server.imap, "desk", "desk-pw") as session:
        session.select("INBOX")
        session.store("3:9", "+FLAGS", "(\\Seen $Work)")
        session.store("5", "+FLAGS", "(\\Deleted)")
        session.expunge()
    ca = (server.root / "spool/tls/ca.pem").read_bytes()
    maildir = Mbsync(root / "desk", server.imap, "desk", "desk-pw")
    run = maildir.sync()
    check("mbsync has everything", run.returncode == 0 and len(maildir.files()) == 99, (run.stdout, len(maildir.files())))
    known = {path.name.partition(":")[0]: path.read_bytes() for path in maildir.files()}
    before = uids_and_flags(server)

    load = Load(server, mail[100:])
    wait_until(lambda: load.count > 10)
    during = load.count
    out = server.command("backup", str(copies))
    check("a backup is made while mail comes in", out.returncode == 0 and load.count > during, out)
    out = server.command("backup", str(copies), "--json")
    load_at_backup = load.count
    wait_until(lambda: load.count > load_at_backup + 20)
    server.kill()
    load.stop()
    report = json.loads(out.stdout)
    check("the second copies only what is new", out.returncode == 0 and report["bytes_copied"] < sum(map(len, mail[100:])) * 20
          and report["findings"] == [], out)

    out = server.command("restore", str(copies))
    check("restore does not overwrite", out.returncode == 1 and b"does not overwrite" in out.stderr, out)
    destroy(server)
    out = server.command("restore", str(copies))
    check("it is put back", out.returncode == 0, out)
    check("the CA that clients trust too", (server.root / "spool/tls/ca.pem").read_bytes() == ca)
    check("verify --deep finds nothing in it", verify(server, "--deep") == (0, []))
    server.start()
    after = uids_and_flags(server)
    check("UIDVALIDITY, UIDs, flags and UIDLs of before are there",
          after[0] == before[0] and after[1][:99] == before[1] and after[2][:99] == before[2], (before, after))
    load_again = Load(server, mail[100:])
    wait_until(lambda: load_again.count > 10)
    during = load_again.count
    run = maildir.sync()
    check("mbsync is content with it, while mail comes in", run.returncode == 0 and load_again.count > during, run.stdout)
    load_again.stop()
    run = maildir.sync()
    now = {path.name.partition(":")[0]: path.read_bytes() for path in maildir.files()}
    there = len(uids_and_flags(server)[2])
    check("and fetched nothing again",
          run.returncode == 0 and all(now.get(name) == content for name, content in known.items())
          and len(now) == there, (run.stdout, len(known), len(now), there))
    append(server.imap, "desk", "desk-pw", [mail[0]])
    run = maildir.sync()
    check("and fetches what comes from then on", run.returncode == 0 and len(maildir.files()) == len(now) + 1, run.stdout)
    check("under numbers that nobody ever had", int(uids_and_flags(server)[1][-1].split()[2]) > load.count + 200)
    return server, copies


def check_mend(server, copies):
    server.stop()
    check("a backup of it once more", server.command("backup", str(copies)).returncode == 0)
    before = {p.name: p.read_bytes() for p in (server.root / "spool/packs").iterdir()}
    pack = server.root / "spool/packs/000001.pack"
    pack.write_bytes(before[pack.name][:9000] + b"\0" * 3000 + before[pack.name][12000:])
    check("damage is found", verify(server, "--deep")[0] == 1)
    server.start()
    check("the rest is served", len(uids_and_flags(server)[2]) > 100)
    server.stop()
    pack.rename(pack.with_suffix(".away"))
    server.start()
    said = wait_until(lambda: [f for f in server.status()["spool"]["findings"] if "restore --mend" in f], 10)
    check("a missing pack is told by status and in the log", any("packs/000001.pack is missing: " in one for one in said)
          and all(one in server.log.read_text() for one in said), said)
    check("and what is elsewhere is served", len(uids_and_flags(server)[2]) > 100)
    server.stop()
    check("nothing was put in its place", not pack.exists(), os.listdir(pack.parent))
    pack.with_suffix(".away").rename(pack)
    out = server.command("restore", "--mend", str(copies))
    check("and mended from the backup", out.returncode == 0 and verify(server, "--deep") == (0, []), out)


def check_rebuild_beside_daemon(server, before):
    pid = server.process.pid
    listening = Imap(server.imap, "desk", password="desk-pw")
    out = server.command("rebuild-index")
    check("beside a daemon the index is made again at once, and told as without one",
          out.returncode == 0 and b"the index was made again: " in out.stdout and not out.stderr.count(b"restart"), out)
    check("sessions ended in good order", listening.stream.read().startswith(b"* BYE "))
    check("the daemon is the same process, and serves the same mail",
          server.process.poll() is None and server.status()["state"] == "ok" and server.process.pid == pid and uids_and_flags(server) == before)
    append(server.imap, "desk", "desk-pw", [b"Subject: behind it\r\n\r\ntext\r\n"])
    both = [subprocess.Popen([server.program, "rebuild-index", "--json", "-c", str(server.settings)], stdout=subprocess.PIPE) for _ in range(2)]
    told = [(p.communicate(timeout=60)[0], p.returncode) for p in both]
    check("two that ask at once are both answered", all(code == 0 and json.loads(text)["base"] == "index.db" for text, code in told), told)
    check("and what was told is kept", len(uids_and_flags(server)[2]) == len(before[2]) + 1 and verify(server, "--deep") == (0, []))
    check("it stops as ever", server.stop() == 0)
    server.start()


def check_lost_index(server):
    index = server.root / "spool/index.db"
    server.start()
    before = uids_and_flags(server)
    server.stop()
    index.unlink()
    out = server.command("run")
    check("without its index it does not start, and says which command mends it",
          out.returncode == 1 and b"homespool rebuild-index" in out.stderr and len(out.stderr.splitlines()) == 1, out)
    out = server.command("rebuild-index")
    check("the index is made again", out.returncode == 0 and b"index.snapshot" in out.stdout, out)
    server.start()
    check("as it was", uids_and_flags(server) == before)
    check_rebuild_beside_daemon(server, before)
    server.stop()
    with sqlite3.connect(index) as database:
        database.execute("CREATE TRIGGER surprise AFTER INSERT ON message BEGIN DELETE FROM record; END")
    out = server.command("run")
    check("an index with a trigger of somebody else's is refused", out.returncode == 1 and b"surprise" in out.stderr, out)
    out = server.command("rebuild-index", "--json")
    check("and made again without it", out.returncode == 0 and json.loads(out.stdout)["base"] == "index.snapshot"
          and verify(server, "--deep") == (0, []), out)
    index.unlink()
    (server.root / "spool/index.snapshot").unlink()
    out = server.command("rebuild-index")
    check("from the packs alone it says what is lost: what was hidden, not the UIDLs",
          out.returncode == 0 and b"hidden" in out.stdout and b"UIDL" not in out.stdout, out)


def main():
    need("mbsync")
    with laboratory() as root:
        check_verify(root)
        server, copies = check_backup_under_load(root)
        check_mend(server, copies)
        check_lost_index(server)
    check.finish()


main()
