"""Makes the small spool of one schema version that the upgrade tests open: with the program of that version.

    tests/spool/versions/make_version.py PROGRAM

writes tests/spool/versions/vN/: index.sql (the index as text), packs/, expected.txt (what a client sees of it). Run once when
a version is released; what is there stays as it is. Standard library only.
"""

import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "interop"))

from lab import Homespool, append, imap_session, pop3_session  # noqa: E402
from provider import Provider, account, message  # noqa: E402

USERS = """  - name: taro
    clients:
      - {login: desk, password: desk-pw, may_delete: true}
      - {login: phone, password: phone-pw}
"""


def fill(server):
    """A bit of everything that a spool can hold."""
    server.fetch()
    append(server.imap, "desk", "desk-pw", [message("two"), message("three"), message("deleted"), message("hidden")])
    with imap_session(server.imap, "desk", "desk-pw") as session:
        session.create("Work/2026")
        session.subscribe("Work/2026")
        session.select("INBOX")
        session.store("1", "+FLAGS", "(\\Seen $Label)")
        session.copy("1:2", "Work/2026")
        session.store("4", "+FLAGS", "(\\Deleted)")
        session.expunge()
    with pop3_session(server.pop3, "phone", "phone-pw") as session:
        session.dele(4)


def expected(server):
    lines = []
    with imap_session(server.imap, "desk", "desk-pw") as session:
        for folder in ("INBOX", "Work/2026"):
            session.select(folder, readonly=True)
            lines.append(f"{folder} {session.response('UIDVALIDITY')[1][0].decode()}")
            for item in session.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])")[1]:
                if isinstance(item, tuple):
                    words = item[0].decode().split()
                    flags = item[0].decode().partition("FLAGS (")[2].partition(")")[0].replace("\\Recent", "").split()
                    lines.append(" ".join([words[2], *sorted(flags), item[1].decode().strip().removeprefix("Subject: ")]))
    with pop3_session(server.pop3, "desk", "desk-pw") as session:
        lines += ["UIDL " + line.decode().split()[1] for line in session.uidl()[1]]
    return "\n".join(lines) + "\n"


def main():
    root = Path(tempfile.mkdtemp())
    provider = Provider({"taro": ("pw", [message("one")])})
    server = Homespool(root, USERS, account("isp", "taro", provider.port, "taro", "pw"), program=sys.argv[1])
    server.start()
    fill(server)
    seen = expected(server)
    server.stop()
    provider.stop()
    with sqlite3.connect(root / "spool/index.db") as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        text = "\n".join(database.iterdump())
    target = HERE / f"v{version}"
    shutil.rmtree(target, ignore_errors=True)
    (target / "packs").mkdir(parents=True)
    (target / "index.sql").write_text(f"{text}\nPRAGMA user_version={version};\n")
    (target / "expected.txt").write_text(seen)
    for pack in (root / "spool/packs").iterdir():
        shutil.copy(pack, target / "packs" / pack.name)
    shutil.rmtree(root)


main()
