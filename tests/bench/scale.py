#!/usr/bin/env python3
"""What a spool costs by its size: from a thousand messages to a million, as figures and as a picture.

usage: tests/bench/scale.py [--folder DIR] [--largest 1000000] [--index 100000] [--picture build/scale.svg] [--keep]

A spool of generated mail (tests/bench/generated_mail.hpp; about 7 KB a message on disk) grows in steps of ten. At each step the daemon is
started on it, its index read from the disk and not from memory; then: time until it serves, memory at rest and after having served, SELECT
of a folder with a tenth of all messages, commits beside a bare loop of append and fdatasync, bytes on disk. The search index is made
behind all this; at one step (--index) it is waited for, and what it takes is told. Commits are measured when folders are loaded ahead. In the
end commits into the largest spool and into one of ten thousand take turns. Needs 10 GB at --folder; run it on a quiet machine.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))
sys.path.insert(0, str(HERE))
import lab  # noqa: E402
from chart import Chart, Panel  # noqa: E402

BENCH = lab.HOMESPOOL.parent / "bench_scale"
BIG = "Everything"
SMALL = 10_000  # messages
TURNS = 7
USERS = "".join(f"""  - name: user{i}
    clients:
      - {{login: user{i}, password: secret, may_delete: true}}
""" for i in range(4))


class Imap:
    def __init__(self, port):
        self.file = lab.socket.create_connection(("127.0.0.1", port)).makefile("rwb", buffering=1 << 16)
        self.greeting = self.file.readline()
        self.count = 0

    def __call__(self, command):
        """Sends it, reads up to its answer; returns seconds and bytes."""
        self.count += 1
        tag = b"a%d " % self.count
        began = time.monotonic()
        self.file.write(tag + command.encode() + b"\r\n")
        self.file.flush()
        size = 0
        while True:
            line = self.file.readline()
            size += len(line)
            if line.startswith(tag):
                if not line.startswith(tag + b"OK"):
                    raise RuntimeError(f"{command}: {line!r}")
                return time.monotonic() - began, size

    def close(self):
        self.file.close()


def login(port):
    session = Imap(port)
    session("LOGIN user0 secret")
    return session


def forget_pages(folder):
    """The system's memory of these files: a start after a power-on."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def memory(process, what="VmRSS"):
    """MiB."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no " + what)


def thread_seconds(process, name):
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def start(home):
    """Seconds until a session is greeted."""
    began = time.monotonic()
    home.start(wait=False)
    while time.monotonic() < began + 120:
        try:
            session = Imap(home.imap)
        except OSError:
            time.sleep(0.002)
            continue
        took = time.monotonic() - began
        assert session.greeting.startswith(b"* OK"), session.greeting
        session.close()
        return took
    raise RuntimeError("it does not start: " + home.log.read_text(errors="replace")[-2000:])


def indexed(home):
    return json.loads(home.command("status", "--json").stdout)["spool"]["search"] == "ready"


def wait_for_index(home, row):
    began = time.monotonic()
    peak = 0.0
    while not indexed(home):
        peak = max(peak, memory(home.process))
        time.sleep(0.5)
    row["index_seconds"] = time.monotonic() - began
    row["index_core"] = thread_seconds(home.process, "search-index")
    row["index_peak"] = max(peak, memory(home.process))
    time.sleep(8)  # the writer's quiet moment
    row["rest_indexed"] = memory(home.process)


def serve(home, row):
    """What a client asks of the big folder."""
    first = login(home.imap)
    row["select_first"] = first(f"SELECT {BIG}")[0] * 1000
    again = login(home.imap)
    row["select_again"] = again(f"SELECT {BIG}")[0] * 1000
    row["flags"] = again("UID FETCH 1:* (FLAGS)")[0]
    again("UID FETCH 1:2000 (ENVELOPE BODYSTRUCTURE)")
    again("UID FETCH 1:200 (BODY.PEEK[])")
    first.close()
    again.close()


def measure(home, size, wait):
    row = {"messages": size}
    forget_pages(home.root / "spool")
    row["start_cold"] = start(home)
    home.stop()
    row["start"] = start(home)
    time.sleep(2)
    row["rest"] = memory(home.process)
    serve(home, row)
    time.sleep(6)
    row["served"] = memory(home.process)
    if wait:
        wait_for_index(home, row)
    row["peak"] = memory(home.process, "VmHWM")
    home.stop()
    return row


def bench(*words):
    out = subprocess.run([str(BENCH), *map(str, words)], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: [float(word) for word in line.split()[1:]] for line in out.splitlines()}


def bytes_in(folder, pattern):
    return sum(path.stat().st_blocks * 512 for path in folder.glob(pattern) if path.is_file())


def steps(largest):
    size = 1000
    while size < largest:
        yield size
        size *= 10
    yield largest


def take_turns(small, spool):
    """How fast commits into the largest spool are by those into a small one, in the same minute."""
    ratios = {}
    for _ in range(TURNS):
        shutil.rmtree(f"{small}.turn", ignore_errors=True)
        shutil.copytree(small, f"{small}.turn")  # each adds thousands
        os.sync()
        beside, rates = bench("commit", f"{small}.turn"), bench("commit", spool)
        for kind in rates:
            ratios.setdefault(kind, []).append(rates[kind][0] / beside[kind][0])
    for kind, all_of_it in ratios.items():
        print(f"{kind}: {statistics.median(all_of_it):.2f} of a spool with {SMALL} messages ({', '.join(f'{ratio:.2f}' for ratio in all_of_it)})")


def panels(rows):
    def line(*names, each=1.0):
        return [(row["messages"], row[names[0]] * each) for row in rows if names[0] in row]

    first = rows[0]["messages"]
    return [
        Panel("Start to serving", "seconds", [("from disk", line("start_cold")), ("again", line("start"))], 2.0),
        Panel("Memory, resident", "MiB", [("at rest", line("rest")), ("after serving", line("served"))], 128.0),
        Panel("SELECT of a folder with a tenth of all", "milliseconds",
              [("first", line("select_first")), ("again", line("select_again"))], 50.0),
        Panel("Commits", "messages a second", [("batches of 100", line("batches")), ("appended one by one", line("lone")),
                                               ("flags one by one", line("one_flag"))], None),
        Panel("Commits, of a bare append and sync", "share", [("batches of 100", line("batches_share")),
                                                             ("appended one by one", line("lone_share")),
                                                             ("flags one by one", line("one_flag_share"))], None),
        Panel("Disk beside the messages", "bytes a message", [("index", line("index_each"))] +
              ([("search index", line("search_each"))] if any("search_each" in row for row in rows) else []), None),
    ] if first else []


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    words.add_argument("--largest", type=int, default=1_000_000)
    words.add_argument("--index", type=int, default=100_000)
    words.add_argument("--picture", type=Path, default=lab.REPOSITORY / "build/scale.svg")
    words.add_argument("--keep", action="store_true")
    wanted = words.parse_args()
    if not BENCH.exists():
        sys.exit(f"{BENCH} is missing: cmake --build --preset release --target bench_scale")
    root = wanted.folder / "homespool-scale"
    home = lab.Homespool(root, USERS)
    spool = root / "spool"
    rows = []
    try:
        for size in steps(wanted.largest):
            bench("fill", spool, size)
            row = measure(home, size, size == wanted.index)
            rates = bench("commit", spool)
            for name, key in (("batches", "batches"), ("lone", "lone"), ("flags", "one_flag")):
                row[key], bare = rates[name]
                row[key + "_share"] = row[key] / bare
            row["packs"] = bytes_in(spool, "packs/*")
            row["index_each"] = bytes_in(spool, "index.db") / size
            if size == wanted.index:
                row["search_each"] = bytes_in(spool, "search.db") / size
            if size == SMALL:
                shutil.copytree(spool, root / "small", ignore=shutil.ignore_patterns("*.sock"))
            rows.append(row)
            print(json.dumps({key: round(value, 4) for key, value in row.items()}), flush=True)
            Chart("What a spool costs by its size", "messages", panels(rows)).write(wanted.picture)
        if wanted.largest > SMALL:
            take_turns(root / "small", spool)
    finally:
        home.stop()
        if not wanted.keep:
            shutil.rmtree(root, ignore_errors=True)
    print(f"drawn in {wanted.picture}")


if __name__ == "__main__":
    main()
