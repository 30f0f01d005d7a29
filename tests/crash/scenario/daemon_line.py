"""The same lines as spool_line, done by a whole daemon: over IMAP and POP3, with a provider to fetch from.

`fetch ACCOUNT FOLDER UIDL=NUMBER...` lays these messages down upstream and asks for a poll; the account deletes what is stored.
`upkeep` waits until the daemon has rewritten its first pack. What is deleted is not kept.
"""

import contextlib
import imaplib
import os
import poplib
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "interop"))
import lab  # noqa: E402
from scripted_provider import Mail, Provider  # noqa: E402
from spool_line import Ended, Folder, Message, Wrong  # noqa: E402

SERVING_WITHIN = 5  # seconds
REWRITTEN_WITHIN = 20
GONE = (OSError, EOFError, imaplib.IMAP4.abort, poplib.error_proto)


class House:
    """What stays when the daemon goes: the provider, the ports, the settings."""

    def __init__(self, root):
        self.upstream = Provider()
        self.imap, self.pop3 = lab.free_port(), lab.free_port()
        self.settings = Path(f"{root}.yaml")
        self.settings.write_text(f"""spool: {{directory: {root}, minimum_free: 0MiB, undelete_for: 0s}}
users:
  - name: taro
    clients: [{{login: desk, password: d, may_delete: true}}]
accounts:
  - {{name: isp, user: taro, host: 127.0.0.1, port: {self.upstream.port}, tls: none, login: a, password: secret, poll: 1h, keep_upstream: 0s}}
server: {{name: localhost, imap: ["127.0.0.1:{self.imap}"], pop3: ["127.0.0.1:{self.pop3}"]}}
""")
        self.settings.chmod(0o600)


_houses = {}


def forget(root):
    house = _houses.pop(str(root), None)
    if house:
        with contextlib.suppress(OSError):
            house.upstream.listener.shutdown(socket.SHUT_RDWR)
        house.upstream.close()
        house.settings.unlink()
        Path(f"{root}.log").unlink(missing_ok=True)


class DaemonLine:
    def __init__(self, root, messages, disk=None):
        self.house = _houses.setdefault(str(root), None) or House(root)
        _houses[str(root)] = self.house
        self.messages = messages
        self.first_pack = root / "packs/000001.pack"
        self.log = Path(f"{root}.log")
        self.log.write_bytes(b"")
        self.fatal, self.refused, self.session, self.stopped = None, None, None, False
        self.read = {}  # (folder, UID) to number
        self.gone_upstream = set()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([lab.HOMESPOOL, "run", "-c", self.house.settings], stdout=log, stderr=log,
                                            env={**os.environ, **(disk or {})})
        began = time.monotonic()
        while self.process.poll() is None and not (lab.can_connect(self.house.imap) and lab.can_connect(self.house.pop3)):
            time.sleep(0.005)
        if self.process.poll() is not None:
            self.refused = self.findings
        elif time.monotonic() - began > SERVING_WITHIN and not disk:
            self.refused = f"served only after {time.monotonic() - began:.1f} s"

    @property
    def findings(self):
        return self.log.read_text(errors="replace")

    def ended(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        return Ended()

    def imap(self):
        if self.session is None:
            self.session = imaplib.IMAP4("127.0.0.1", self.house.imap, timeout=60)
            self.session.login("desk", "d")
        return self.session

    def do(self, command):
        words = command.split()
        try:
            return getattr(self, "do_" + words[0])(*words[1:])
        except GONE as gone:
            if isinstance(gone, poplib.error_proto) and gone.args and b"-ERR" in gone.args[0]:
                return f"error {gone}"
            raise self.ended() from None

    def together(self, commands, answers):
        for number, command in enumerate(commands):
            answers[number] = self.do(command)

    def answer(self, *reply):
        kind, data = reply
        return "ok" if kind == "OK" else f"error {data}"

    def select(self, folder):
        kind, data = self.imap().select(folder)
        return None if kind == "OK" else f"error {data}"

    def do_user(self, _):
        return "ok"

    def do_append(self, folder, flags, *numbers):
        for number in numbers:
            names = None if flags == "-" else "(" + " ".join(imap_flag(name) for name in flags.split(",")) + ")"
            kind, data = self.imap().append(folder, names, None, (self.messages / number).read_bytes())
            if kind != "OK":
                return f"error {data}"
        return "ok"

    def do_flags(self, folder, uids, flags):
        return self.select(folder) or self.answer(*self.imap().uid(
            "STORE", uids, "FLAGS", "(" + " ".join(imap_flag(name) for name in flags.split(",")) + ")"))

    def do_copy(self, folder, uids, to):
        return self.select(folder) or self.answer(*self.imap().uid("COPY", uids, to))

    def do_move(self, folder, uids, to):
        return self.select(folder) or self.answer(*self.imap().uid("MOVE", uids, to))

    def do_expunge(self, folder, uids):
        return self.select(folder) or self.answer(*self.imap().uid("EXPUNGE", uids))

    def do_create(self, folder):
        return self.answer(*self.imap().create(folder))

    def do_delete(self, folder):
        return self.answer(*self.imap().delete(folder))

    def do_rename(self, folder, name):
        return self.answer(*self.imap().rename(folder, name))

    def do_quit3(self, seen, deleted):
        """Reads and deletes in INBOX by UID."""
        uids = sorted(self.inbox_uids())
        session = poplib.POP3("127.0.0.1", self.house.pop3, timeout=60)
        try:
            session.user("desk")
            session.pass_("d")
            for uid in filter(str.isdigit, seen.split(",")):
                session.retr(uids.index(int(uid)) + 1)
            for uid in filter(str.isdigit, deleted.split(",")):
                session.dele(uids.index(int(uid)) + 1)
            session.quit()
        finally:
            session.close()
        return "ok"

    def inbox_uids(self):
        self.select("INBOX")
        return [int(uid) for uid in self.imap().uid("SEARCH", "ALL")[1][0].split()]

    def do_fetch(self, account, _folder, *messages):
        upstream = self.house.upstream
        for message in messages:
            uidl, _, number = message.partition("=")
            if uidl.encode() not in [*upstream.expunged, *(m.uid for m in upstream.mails)]:
                upstream.mails.append(Mail(uidl, (self.messages / number).read_bytes()))
        for _ in range(3):  # what failed locally is tried again
            if not upstream.mails:
                return "ok"
            report = subprocess.run([lab.HOMESPOOL, "fetch", account, "--json", "-c", self.house.settings], capture_output=True,
                                    timeout=60)
            if self.process.poll() is not None:
                raise Ended
        return "ok" if not upstream.mails else f"error {report.stdout!r}"

    def do_upkeep(self):
        patience = time.monotonic() + REWRITTEN_WITHIN
        while self.first_pack.exists():
            if self.process.poll() is not None:
                raise Ended
            if time.monotonic() > patience:
                return "error: the first pack was not rewritten"
            time.sleep(0.02)
        return "ok"

    def check(self):
        """What `verify --deep` finds now."""
        run = subprocess.run([lab.HOMESPOOL, "verify", "--deep", "--json", "-c", self.house.settings], capture_output=True, text=True,
                             timeout=60)
        return "" if run.returncode == 0 else run.stdout + run.stderr

    def dump(self):
        try:
            return self.look()
        except GONE:
            raise self.ended() from None
        except imaplib.IMAP4.error as refused:
            raise Wrong(f"reading was refused: {refused}") from None

    def look(self):
        self.gone_upstream = {uid.decode()[1:] for uid in self.house.upstream.expunged}  # before what is seen, not after
        folders = {}
        for line in self.imap().list()[1]:
            name = line.rpartition(b' "/" ')[2].decode().strip('"')
            session = self.imap()
            session.select(name, readonly=True)
            folder = Folder(int(session.response("UIDVALIDITY")[1][0]), int(session.response("UIDNEXT")[1][0]), "-")
            folders[name] = folder
            uids = session.uid("SEARCH", "ALL")[1][0].decode().split()
            uidls = self.uidls() if name == "INBOX" else [f"{name}.{folder.uidvalidity}.{uid}" for uid in uids]
            if len(uidls) != len(uids):
                raise RuntimeError("POP3 and IMAP do not show the same messages")
            for uid, uidl in zip(uids, uidls):
                folder.messages[int(uid)] = Message(uidl, self.number(name, uid), self.flags(uid))
        return folders

    def number(self, folder, uid):
        if (folder, uid) not in self.read:
            data = self.imap().uid("FETCH", uid, "(BODY.PEEK[])")[1]
            if not data or not isinstance(data[0], tuple):
                return "unreadable"
            found = re.search(rb"^X-Number: (\d+)", data[0][1], re.MULTILINE)
            number = found.group(1).decode() if found else "none"
            if not found or data[0][1] != (self.messages / number).read_bytes():
                return "wrong"
            self.read[folder, uid] = number
        return self.read[folder, uid]

    def flags(self, uid):
        data = self.imap().uid("FETCH", uid, "(FLAGS)")[1][0]
        names = re.search(rb"FLAGS \(([^)]*)\)", data).group(1).decode().replace("\\", "").split()
        return frozenset(set(names) - {"Recent"} or {"-"})

    def uidls(self):
        session = poplib.POP3("127.0.0.1", self.house.pop3, timeout=60)
        try:
            session.user("desk")
            session.pass_("d")
            uidls = [line.decode().split()[1] for line in session.uidl()[1]]
            session.quit()
            return uidls
        finally:
            session.close()

    def quit(self):
        if self.session is not None:
            with contextlib.suppress(*GONE):
                self.session.logout()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        self.process.wait(30)
        for line in self.findings.splitlines():
            if "critical" in line:
                self.fatal = line
        return self.process.returncode


def imap_flag(name):
    return "\\" + name if name in ("Seen", "Answered", "Flagged", "Deleted", "Draft") else name
