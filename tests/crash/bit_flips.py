"""Random bits flipped in the index and the packs of a spool: never a crash, never a wrong byte served as right.

After each flip the spool is opened and read whole, written to, and closed. It may refuse to open in a sentence, and refuse a message;
whatever it hands out is compared with what was put in. Flags and the like have no checksum of their own: how often one of them
came out changed is counted and told, and `verify` finds what of it can be found.

bit_flips.py [FLIPS [SEED]]
"""

import collections
import concurrent.futures
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "scenario"))
import steps  # noqa: E402
from spool_line import Ended, SpoolLine, Wrong, contents, faulty_disk  # noqa: E402


def make(root, messages):
    spool = SpoolLine(root, messages, faulty_disk(root))
    held = spool.dump()
    for step in steps.KINDS:
        for command in step(held):
            answer = spool.do(command)
            if not answer.startswith("ok"):
                raise RuntimeError(f"{command}: {answer}")
        held = spool.dump()
    if spool.quit() != 0:
        raise RuntimeError(spool.findings)
    return held


def flip(path, bit):
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def look(root, messages, held):
    """What became of it; raises Wrong for what must never be."""
    spool = SpoolLine(root, messages, faulty_disk(root))
    if spool.refused is not None:
        code = spool.wait()
        if code != 1 or not spool.refused.startswith("refused "):
            raise Wrong(f"it ended with {code}: {spool.findings[-1000:]}")
        return "refused"
    try:
        outcome = compare(spool, held)
        spool.do("append Sent Seen 13")
        spool.do("flags INBOX 1:9 Answered")
        spool.do("copy INBOX 1:9 Junk")
        spool.do("known isp")
        try:
            spool.dump()
        except Wrong:
            pass
    except Ended:
        outcome = "ended"
    code = spool.quit()
    if code not in (0, 1) or outcome == "ended":
        raise Wrong(f"it ended with {code}: {spool.findings[-1000:]}")
    return outcome


def compare(spool, held):
    try:
        now = spool.dump()
    except Wrong:
        return "refused in part"
    outcome = "unnoticed"
    for name, folder in now.items():
        for uid, message in folder.messages.items():
            if message.number == "unreadable":
                outcome = "refused in part"
            elif message.number in ("wrong", "misdescribed", "none"):
                raise Wrong(f"UID {uid} in {name} is {message.number}")
            elif name in held and uid in held[name].messages and held[name].messages[uid].number != message.number:
                raise Wrong(f"UID {uid} in {name} is another message")
    if outcome == "unnoticed" and contents(now) != contents(held):
        return "changed beside the bytes"
    return outcome


def main():
    flips = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000
    print(f"seed {seed}")
    chance = random.Random(seed)
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="homespool-flips-", dir=place))
    wrongs, outcomes = [], collections.Counter()
    try:
        steps.write_messages(folder / "messages")
        held = make(folder / "sound", folder / "messages")
        files = [folder / "sound/index.db"] * 3 + sorted((folder / "sound/packs").iterdir())
        chosen = []
        for number in range(flips):
            path = chance.choice(files)
            chosen.append((number, path.relative_to(folder / "sound"), chance.randrange(8 * path.stat().st_size)))

        def one(what):
            number, name, bit = what
            root = folder / f"flip-{number}"
            shutil.copytree(folder / "sound", root)
            flip(root / name, bit)
            try:
                return look(root, folder / "messages", held), None
            except Wrong as wrong:
                return "wrong", f"{name}, bit {bit}, seed {seed}: {wrong}"
            finally:
                shutil.rmtree(root, ignore_errors=True)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for outcome, wrong in pool.map(one, chosen):
                outcomes[outcome] += 1
                if wrong:
                    wrongs.append(wrong)
                    print("FAIL " + wrong, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{flips} flips: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    print(f"{flips - len(wrongs)} passed, {len(wrongs)} failed")
    sys.exit(1 if wrongs or not flips else 0)


if __name__ == "__main__":
    main()
