"""Scenarios: what is done to a spool, one step after the other. A step is a function from what the spool holds to commands.

A step of one command happens as a whole or not at all. The commands of a step of several are handed in at once; each changes one
folder that no other one of them changes, and each by itself happens or not.
"""

import contextlib
import shutil
import sqlite3
import subprocess

from spool_line import PROGRAM, REPOSITORY

SMALL, BLOCKS, BIG = 900, 150_000, 1_300_000  # BIG becomes a pack by itself


def message(number, size):
    head = (f"From: Taro <taro@example.org>\r\nTo: Hanako <hanako@example.org>\r\nSubject: number {number}\r\nX-Number: {number}\r\n"
            "Date: Mon, 6 Jul 2026 10:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
    line = f"message {number}, 日本語\r\n"
    body = line * (size // len(line.encode()) + 1)
    return (head + body + "--b\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--b--\r\n").encode()


SIZES = {n: SMALL for n in range(1, 40)} | {5: BLOCKS, 7: BIG, 10: BIG, 14: BLOCKS, 36: BLOCKS, 37: BLOCKS}


def write_messages(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, size in SIZES.items():
        (folder / str(number)).write_bytes(message(number, size))


def one(text):
    """A step of one command; {FOLDER:1,2} stands for the UIDs of these messages."""
    def commands(folders):
        out, rest = "", text
        while "{" in rest:
            before, _, rest = rest.partition("{")
            inner, _, rest = rest.partition("}")
            name, _, numbers = inner.partition(":")
            out += before + (folders[name].uids(*numbers.split(",")) if name in folders else "-")
        return [out + rest]
    commands.text = text
    return commands


def together(*texts):
    def commands(folders):
        return [one(text)(folders)[0] for text in texts]
    commands.text = " & ".join(texts)
    return commands


RESTART = "restart"

DAILY = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u3=3 u4=4 u5=5 u6=6"),
    one("fetch isp INBOX u8=8 u7=7"),
    one("health isp ok"),
    one("flags INBOX {INBOX:2,3} Flagged,word"),
    together("flags INBOX {INBOX:4} Answered", "copy INBOX {INBOX:2,5} Archive", "append Drafts Draft 9"),
    one("append Sent - 11 10"),
    RESTART,
    one("move INBOX {INBOX:3,7} Archive"),
    one("create Work"),
    one("rename Work Job"),
    one("move Archive {Archive:2,3} Job"),
    one("ledger isp u2 2"),
    one("quit3 {INBOX:4,8} {INBOX:5}"),
    one("flags INBOX {INBOX:6,8} Deleted"),
    one("expunge INBOX {INBOX:6,8}"),
    together("fetch other INBOX v4=4 v12=12", "append Trash Seen 13", "copy Sent {Sent:1} Junk"),
    one("delete Job"),
    one("append INBOX Seen 14"),
]

MONTH = 31 * 86400

# What was deleted, hidden and brought back; what is over is given up, and packs are rewritten while they are served.
KEEPING = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u3=3 u4=4 u5=5 u14=14 u6=6 u36=36"),
    one("copy INBOX {INBOX:5} Archive"),  # shares its record
    one("hide {INBOX:2,3,4}"),
    one("flags INBOX {INBOX:3,14} Deleted,Flagged,word"),
    one("expunge INBOX {INBOX:3,14}"),
    one("undelete INBOX"),
    one("unhide"),
    one("renumber isp INBOX w2=2 w3=3 w14=14"),
    one("fetch other INBOX v2=2 v12=12"),
    one("flags INBOX {INBOX:5,14,36} Deleted"),
    one("expunge INBOX {INBOX:5,14,36}"),
    one("quit3 - {INBOX:3}"),
    one("create Old"),
    one("move INBOX {INBOX:4,6} Old"),
    one("delete Old"),
    one("undelete Old"),
    RESTART,
    one(f"clock {MONTH}"),
    one("upkeep"),
    one("append Trash - 7"),
    one("flags Trash {Trash:7} Deleted"),
    one("expunge Trash {Trash:7}"),
    one("flags Archive {Archive:5} Deleted"),
    one("expunge Archive {Archive:5}"),
    one("hide {INBOX:2}"),
    RESTART,
    one(f"clock {2 * MONTH}"),
    together("upkeep", "append Drafts Draft 9 11", "flags INBOX {INBOX:2,12} Answered", "copy Old {Old:4} Junk", "fetch isp Archive u37=37"),
    one("upkeep"),
    one("fetch isp INBOX w14=14 u36=36"),  # listed again: given up, not new
    RESTART,
    one("append Sent - 13"),
]

# So many commits that the index is checkpointed while it is served.
LONG = [one("user taro")] + [step for n in range(60) for step in (one(f"append Sent - {15 + n % 20}"), one(f"append Junk Seen {15 + n % 20}"))]


def nearly_full_pack(root):
    """Moves the only record of the shared pack to just before where it is sealed; the file is sparse."""
    at = (256 << 20) - 3000
    index = sqlite3.connect(root / "index.db")
    pack, offset, body = index.execute("SELECT pack, offset, body FROM record").fetchone()
    index.close()
    subprocess.run([PROGRAM, "--sql", root, f"UPDATE record SET offset={at}, body={at + body - offset}"], check=True)
    path = root / f"packs/{pack:06}.pack"
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(0)
        file.seek(at)
        file.write(data)


SEAL = [
    one("user taro"),
    one("append Sent Seen 1"),
    nearly_full_pack,
    one("fetch isp INBOX u2=2 u3=3 u4=4"),
    one("append Drafts - 9"),
]

# An index that is made again at a start.
REBUILT = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u5=5 u7=7"),
    one("copy INBOX {INBOX:2} Archive"),
    one("flags INBOX {INBOX:2} Flagged,word"),
    one("rebuild"),
    RESTART,
    one("append Sent - 3"),
    one("flags INBOX {INBOX:5} Answered"),
]


def keep_index(root):
    for file in ("index.db", "index.db-wal"):  # a close on a full disk leaves the log there
        if (root / file).exists():
            shutil.copyfile(root / file, root / f"kept-{file}")


def put_index_back(root):
    for file in ("index.db", "index.db-wal", "index.db-shm"):
        (root / file).unlink(missing_ok=True)
        if (root / f"kept-{file}").exists():
            (root / f"kept-{file}").rename(root / file)


# An index of an earlier day in the place of the one in use. Of what it does not know the messages come back.
OLDER = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u5=5"),
    keep_index,
    one("append INBOX Seen 3"),
    one("fetch isp INBOX u4=4 u10=10"),
    one("append Sent Answered 9"),
    put_index_back,
    one("append Sent - 13"),
    one("flags INBOX {INBOX:4,5} Answered"),
    one("fetch isp INBOX u12=12 u4=4"),
]

# Something of everything, for damage.
KINDS = [
    one("user taro"),
    one("append Sent Seen,word 1 9 11"),
    one("fetch isp INBOX u2=2 u3=3 u4=4 u5=5 u6=6 u7=7 u8=8"),
    one("flags INBOX {INBOX:2,3} Flagged,word"),
    one("copy INBOX {INBOX:2,5} Archive"),
    one("flags INBOX {INBOX:8} Deleted"),
    one("expunge INBOX {INBOX:8}"),
    one("create Work"),
]

# Small commits, whose bytes ride in the index.
RIDING = [
    one("append Sent Seen 12"),
    one("flags INBOX {INBOX:4} Answered"),
    one("fetch isp INBOX u15=15"),
    one("append Junk - 16"),
    one("move INBOX {INBOX:15} Archive"),
    one("append Work Seen,word 17"),
]

# Through a daemon, where a poll stores what it finds in as many commits as it likes.
SERVED = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u3=3 u4=4 u5=5 u6=6"),
    one("fetch isp INBOX u8=8 u7=7"),
    one("flags INBOX {INBOX:2,3} Flagged,word"),
    one("copy INBOX {INBOX:2,5} Archive"),
    one("append Sent Answered 10"),
    RESTART,
    one("move INBOX {INBOX:3,7} Archive"),
    one("create Work"),
    one("rename Work Job"),
    one("move Archive {Archive:2,3} Job"),
    one("quit3 {INBOX:4,8} {INBOX:5}"),
    one("flags INBOX {INBOX:6,8} Deleted"),
    one("expunge INBOX {INBOX:6,8}"),
    one("fetch isp INBOX u12=12 u13=13"),
    one("delete Job"),
    one("append INBOX Seen 14"),
]

# What the daemon does by itself: it wins back the space of what was deleted, and goes on serving.
REWRITTEN = [
    one("user taro"),
    one("append Sent Seen,word 1"),
    one("fetch isp INBOX u2=2 u5=5 u14=14"),
    one("append INBOX Answered 3"),
    one("flags INBOX {INBOX:5,14} Deleted"),
    one("expunge INBOX {INBOX:5,14}"),
    one("upkeep"),
    one("append Sent - 4"),
    one("flags INBOX {INBOX:2} Flagged"),
]


def lay_down_v1(root):
    """A spool as version 1 left it."""
    saved = REPOSITORY / "tests/spool/versions/v1"
    shutil.copytree(saved / "packs", root / "packs")
    with contextlib.closing(sqlite3.connect(root / "index.db")) as index:
        index.execute("PRAGMA journal_mode=WAL")
        index.executescript((saved / "index.sql").read_text())


# Of version 1, opened by the program of today.
UPGRADE = [
    one("append Sent Seen 1"),
    one("undelete INBOX"),
    RESTART,
    one("append INBOX - 2"),
]

SCENARIOS = {"upgrade": UPGRADE, "daily": DAILY, "keeping": KEEPING, "seal": SEAL, "long": LONG, "served": SERVED, "rewritten": REWRITTEN, "rebuilt": REBUILT,
             "older": OLDER}
BY_A_DAEMON = (SERVED, REWRITTEN)
