"""A disk that has less free than `minimum_free`: fetching pauses and says so, nothing is deleted upstream, APPEND is refused, reading
and flagging go on, and all of it ends by itself once there is room. A start on a disk without any room, after a kill. Then an fsync
that fails: the daemon stops with a last word."""

import imaplib
import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "scenario"))
import lab  # noqa: E402
from scripted_provider import Mail, Provider  # noqa: E402
from spool_line import faulty_disk  # noqa: E402

USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
"""
PLENTY, LITTLE = str(5 << 30), "1000"


def message(number):
    return b"From: a@example.org\r\nSubject: number %d\r\n\r\nbody\r\n" % number


def account(provider):
    return (f"  - {{name: isp, user: taro, host: 127.0.0.1, port: {provider.port}, tls: none, login: a, password: secret, poll: 1s, "
            "keep_upstream: 0s}\n")


def start(home, disk):
    os.environ.update(disk)
    try:
        return home.start()
    finally:
        for name in disk:
            del os.environ[name]


def state(home):
    return home.status()["accounts"][0]


def count(home):
    with lab.imap_session(home.imap, "desk", "d") as session:
        return int(session.select("INBOX", readonly=True)[1][0])


def low_space(root, check):
    provider = Provider([Mail("u1", message(1))])
    home = lab.Homespool(root / "low", USERS, account(provider), spool="")
    home.settings.write_text(home.settings.read_text().replace("minimum_free: 1MiB", "minimum_free: 1GiB"))
    free = root / "free"
    free.write_text(PLENTY)
    start(home, faulty_disk(root / "low/spool", free=free))
    check("with room mail is fetched", lab.wait_until(lambda: not provider.mails, 30))

    settings = home.settings.read_text()
    home.settings.write_text(settings.replace("poll: 1s", "poll: 1h"))
    home.command("reload")
    free.write_text(LITTLE)
    check("an account that is not due says so too", lab.wait_until(lambda: state(home)["state"] == "paused", 10), state(home))
    home.settings.write_text(settings)
    home.command("reload")
    provider.mails.append(Mail("u2", message(2)))
    check("below minimum_free the account is paused", lab.wait_until(lambda: state(home)["state"] == "paused", 30), state(home))
    check("and says why", "disk" in state(home)["failure"]["text"], state(home))
    check("the spool says so too", home.status()["spool"]["state"] == "low_space", home.status()["spool"])
    check("nothing is fetched nor deleted upstream", count(home) == 1 and [m.uid for m in provider.mails] == [b"u2"])
    with lab.imap_session(home.imap, "desk", "d") as session:
        kind, words = session.append("Sent", None, None, message(3))
        refused = kind == "NO" and (b"[OVERQUOTA]" in words[0] or b"[LIMIT]" in words[0]) and len(words[0].split()) > 4
        check("APPEND is refused with a code and a sentence", refused, (kind, words))
        session.select("INBOX")
        check("reading goes on", session.fetch("1", "(BODY.PEEK[])")[1][0][1] == message(1))
        check("flagging goes on", session.store("1", "+FLAGS", "(\\Flagged)")[0] == "OK")
        check("COPY goes on, which needs no room to speak of", session.copy("1", "Archive")[0] == "OK")

    free.write_text(PLENTY)
    began = time.monotonic()
    resumed = lab.wait_until(lambda: not provider.mails and count(home) == 2, 70)
    check("with room again fetching resumes by itself within a minute", resumed and time.monotonic() - began < 60,
          f"{time.monotonic() - began:.0f} s")
    check("the state is ok again", lab.wait_until(lambda: state(home)["state"] in ("ok", "polling"), 5), state(home))
    append = imaplib.IMAP4("127.0.0.1", home.imap)
    append.login("desk", "d")
    check("APPEND is taken again", append.append("Sent", None, None, message(3))[0] == "OK")
    append.logout()
    check("homespool ends in order", home.stop() == 0)
    provider.close()


def append_large(home, number):
    """More than rides in the index, so that the pack is synced at once."""
    with lab.imap_session(home.imap, "desk", "d") as session:
        return session.append("Sent", None, None, message(number) + b"a line\r\n" * 10_000)[0]


def failing_sync(root, check):
    """From some moment on the next sync fails."""
    for what, path in (("pack", "packs/000001.pack"), ("index", "index.db-wal")):
        provider = Provider([])
        home = lab.Homespool(root / what, USERS, account(provider))
        only = root / f"{what}.only"
        start(home, faulty_disk(root / what / "spool", "bad", 1, only=only))
        check(f"while the {what} can be synced mail is taken", append_large(home, 1) == "OK")
        only.write_text(f"fdatasync {path}")
        kind = "nothing"
        try:
            kind = append_large(home, 2)
        except (imaplib.IMAP4.error, OSError):
            pass
        check(f"when the sync of the {what} fails nothing is acknowledged", kind != "OK", kind)
        ended = lab.wait_until(lambda home=home: home.process.poll() is not None, 15)
        check(f"when the sync of the {what} fails the daemon stops", ended and home.process.returncode == 1, home.process.returncode)
        log = home.log.read_text()
        check(f"when the sync of the {what} fails its last word says so", "could not be written to disk" in log, log[-500:])
        home.start()
        with lab.imap_session(home.imap, "desk", "d") as session:
            held = int(session.select("Sent", readonly=True)[1][0])
            check(f"after a failed sync of the {what} the spool holds what was acknowledged", held in (1, 2), held)
        home.stop()
        provider.close()


def started_when_full(root, check):
    """A kill while something rides in the index, and not one byte of room at the next start."""
    home = lab.Homespool(root / "full", USERS, "").start()
    for number in (1, 2):
        with lab.imap_session(home.imap, "desk", "d") as session:
            check("with room mail is taken", session.append("Sent", None, None, message(number))[0] == "OK")
    home.kill()
    for part in ("index.db", "index.db-wal"):  # a copy: who looks last at the index itself removes its log
        shutil.copy(root / "full/spool" / part, root / part)
    index = sqlite3.connect(root / "index.db")
    check("the last one rides in the index", index.execute("SELECT count(*) FROM riding").fetchone()[0] == 1)
    index.close()
    start(home, faulty_disk(root / "full/spool", "no_space", 1, 1_000_000))
    with lab.imap_session(home.imap, "desk", "d") as session:
        session.select("Sent")
        bodies = [session.fetch(str(number), "(BODY.PEEK[])")[1][0][1] for number in (1, 2)]
        check("on a full disk it starts and serves what rides", bodies == [message(1), message(2)], bodies)
        check("what has no room is refused", session.append("Sent", None, None, message(3))[0] == "NO")
    home.kill()
    home.start()
    with lab.imap_session(home.imap, "desk", "d") as session:
        check("with room mail is taken again", session.append("Sent", None, None, message(3))[0] == "OK")
        check("and all is there", int(session.select("Sent", readonly=True)[1][0]) == 3)
    check("homespool ends in order", home.stop() == 0)
    check("and the spool is sound", home.command("verify", "--deep").returncode == 0)
    for part in ("index.db-wal", "index.db-shm"):
        (root / "full/spool" / part).unlink(missing_ok=True)
    refused = False
    try:
        start(home, faulty_disk(root / "full/spool", "no_space", 1, 1_000_000))
    except RuntimeError:
        refused = True
    last = home.log.read_text().splitlines()[-1]
    check("without room for the index's log the start is refused as the disk is full", refused and "is full" in last and "rebuild" not in last,
          last)


def main():
    check = lab.Checks()
    with lab.laboratory() as root:
        low_space(root, check)
        started_when_full(root, check)
        failing_sync(root, check)
    check.finish()


if __name__ == "__main__":
    main()
