"""A spool in a process of its own that does one thing a line (spool_on_a_line), on a disk that fails when it is told to."""

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("HOMESPOOL", REPOSITORY / "build/release/homespool")).resolve().parent
PROGRAM = BUILD / "spool_on_a_line"
FAULTY_DISK = BUILD / "libfaulty_disk.so"


def faulty_disk(root, do="", at=0, span=1, seed=1, trace="", free="", only=""):
    """What the environment of a program must be for its files below `root` to lie on a disk that fails (faulty_disk/plan.hpp)."""
    if not FAULTY_DISK.exists():  # the loader would only mention it
        raise FileNotFoundError(FAULTY_DISK)
    return {"LD_PRELOAD": str(FAULTY_DISK), "FAULTY_DISK_ROOT": str(root), "FAULTY_DISK_DO": do, "FAULTY_DISK_AT": str(at),
            "FAULTY_DISK_SPAN": str(span), "FAULTY_DISK_SEED": str(seed), "FAULTY_DISK_TRACE": str(trace), "FAULTY_DISK_FREE": str(free),
            "FAULTY_DISK_ONLY": str(only)}


class Ended(Exception):
    """The process is gone."""


class Stopped(Ended):
    """Its spool has had its last word; what is asked is refused."""


class Wrong(Exception):
    """The spool broke a promise."""


_clocks = {}  # root to seconds ahead: time does not go back when a process ends


def check_alone(root):
    """What `verify --deep` finds while nobody has the spool open."""
    run = subprocess.run([PROGRAM, "--check", root], capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        raise Wrong(f"a check ended with {run.returncode}: {run.stderr[-500:]}")
    return run.stdout.strip()


class SpoolLine:
    """`findings` is what it said on standard error, once it ended; `fatal` its last word, if it had one; `stopped` when it reads no more."""

    def __init__(self, root, messages, disk=None):
        self.process = subprocess.Popen([PROGRAM, root, messages], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE,
                                        env={**os.environ, **(disk or {}), "SPOOL_CLOCK": str(_clocks.get(str(root), 0))})
        self.root = str(root)
        self.fatal = None
        self.stopped = False
        self.findings = ""
        self.refused = None
        try:
            first = self.line()
            if first != "open":
                self.refused = first
        except Ended:
            self.refused = ""

    def line(self):
        while True:
            text = self.process.stdout.readline()
            if not text.endswith(b"\n"):
                raise Ended
            text = text.decode().rstrip("\n")
            if not text.startswith("fatal "):
                return text
            self.fatal = text

    def send(self, text):
        try:
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Ended from None

    def do(self, command):
        self.note_clock(command)
        self.send(command)
        return self.line()

    def note_clock(self, command):
        verb, _, seconds = command.partition(" ")
        if verb == "clock":
            _clocks[self.root] = int(seconds)

    def check(self):
        """What `verify --deep` finds now."""
        answer = self.do("check")
        return "" if answer == "ok" else answer

    def together(self, commands, answers):
        """Hands all in at once; each answer is put into `answers` by its number as it comes."""
        for command in commands:
            self.note_clock(command)
        self.send("\n".join([f"together {len(commands)}", *commands]))
        while len(answers) < len(commands):
            number, _, answer = self.line().partition(" ")
            answers[int(number)] = answer

    def dump(self):
        """Folder to Folder, as clients see them."""
        self.send("dump")
        folders = {}
        while not (line := self.line()).startswith(("ok", "error")):
            kind, *words = line.split(" ")
            if kind == "folder":
                folders[words[0]] = current = Folder(int(words[1]), int(words[2]), words[3])
            else:
                current.messages[int(words[0])] = Message(words[1], words[2], frozenset(words[3].split(",")))
        if line == "error the spool is stopping":
            self.stopped = True
            raise Stopped
        if line != "ok":
            raise Wrong(f"reading was answered {line}")
        return folders

    def quit(self):
        """Ends it; returns its exit code."""
        try:
            self.send("quit")
        except Ended:
            pass
        return self.wait()

    def wait(self):
        out, err = self.process.communicate(timeout=60)
        for line in out.decode().splitlines():
            if line.startswith("fatal "):
                self.fatal = line
        self.findings += err.decode(errors="replace")
        return self.process.returncode


class Folder:
    def __init__(self, uidvalidity, uidnext, subscribed):
        self.uidvalidity, self.uidnext, self.subscribed = uidvalidity, uidnext, subscribed
        self.messages = {}

    def content(self):
        return (self.subscribed, sorted((m.number, sorted(m.flags)) for m in self.messages.values()))

    def uids(self, *numbers):
        """The set of UIDs of these messages, as commands want it."""
        return ",".join(str(uid) for uid, m in sorted(self.messages.items()) if m.number in map(str, numbers)) or "-"


class Message:
    def __init__(self, uidl, number, flags):
        self.uidl, self.number, self.flags = uidl, number, flags


def forget_clock(root):
    _clocks.pop(str(root), None)


def contents(folders):
    return {name: folder.content() for name, folder in folders.items()}
