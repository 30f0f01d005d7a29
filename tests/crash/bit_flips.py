"""Random bits flipped in the index and the packs of a spool: never a crash, never a wrong byte served as right.

The spool was killed after its last commits: small messages ride in the index (in its log, even). After each flip it is checked,
opened, read whole, written to, and closed. It may refuse to open in a sentence, refuse a folder or a message; whatever it hands out,
messages, flags, UIDs, UIDLs, the ledger, must be what was put in. A flip in the log may take the last commit away, as a crash
does, and the one before where it marks its end, but no message: then the index is made again. `verify --deep` must find what is
refused.

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
from spool_line import Ended, SpoolLine, Stopped, Wrong, check_alone, contents, faulty_disk  # noqa: E402


class Sound:
    """What it held after each of its last commits, the newest last."""

    def __init__(self, root, messages):
        self.folders, self.known = [], []
        spool = self.play(root, messages, steps.KINDS, {})
        if spool.quit() != 0:
            raise RuntimeError(spool.findings)
        held = self.folders[-1]
        del self.folders[:-1], self.known[:-1]
        spool = self.play(root, messages, steps.RIDING, held)
        spool.process.kill()
        spool.wait()
        (root / "index.db-shm").unlink()

    def play(self, root, messages, scenario, held):
        spool = SpoolLine(root, messages, faulty_disk(root))
        for step in scenario:
            for command in step(held):
                answer = spool.do(command)
                if not answer.startswith("ok"):
                    raise RuntimeError(f"{command}: {answer}")
            held = spool.dump()
            self.folders.append(held)
            self.known.append(spool.do("known isp"))
        return spool


def flip(path, bit):
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def look(root, messages, sound, in_log):
    """What became of it; raises Wrong for what must never be."""
    found = check_alone(root)
    spool = SpoolLine(root, messages, faulty_disk(root))
    if spool.refused is not None:
        code = spool.wait()
        if code != 1 or not spool.refused.startswith("refused "):
            raise Wrong(f"it ended with {code}: {spool.findings[-1000:]}")
        outcome = "refused"
    else:
        outcome = serve(spool, sound, in_log)
    if outcome.startswith("refused") and not found:
        raise Wrong(f"{outcome}, and verify --deep finds nothing")
    return outcome + (", found by verify" if found else "")


def serve(spool, sound, in_log):
    try:
        outcome = compare(spool, sound, in_log)
        spool.do("append Sent Seen 13")
        spool.do("flags INBOX 1:9 Answered")
        spool.do("copy INBOX 1:9 Junk")
        try:
            spool.dump()
        except (Wrong, Stopped):
            pass
    except Ended:
        outcome = "ended"
    code = spool.quit()
    if code not in (0, 1) or outcome == "ended" or (spool.stopped and not spool.fatal):
        raise Wrong(f"it ended with {code}: {spool.findings[-1000:]}")
    return outcome


def compare(spool, sound, in_log):
    known = spool.do("known isp")
    try:
        now = spool.dump()
    except (Wrong, Stopped):
        return "refused in part"
    states = list(zip(sound.folders, sound.known))[-3 if in_log else -1:]
    if all(message.number != "unreadable" for folder in now.values() for message in folder.messages.values()):
        for back, (folders, ledger) in enumerate(reversed(states)):
            if same(now, folders, back > 0) and ledger == known:
                if lost(now, sound):
                    raise Wrong(f"{back} commits gone, and with them {lost(now, sound)}")
                return f"{back} commits gone" if back else "unnoticed"
    if in_log:
        return made_again(now, sound)
    if known != sound.known[-1] and known.startswith("ok"):
        raise Wrong(f"the ledger says {known}")
    for name, folder in now.items():
        there = sound.folders[-1].get(name)
        if there is None or (folder.uidvalidity, folder.uidnext) != (there.uidvalidity, there.uidnext):
            raise Wrong(f"{name} is another folder")
        for uid, message in folder.messages.items():
            was = there.messages.get(uid)
            if was is None or (message.uidl, message.flags) != (was.uidl, was.flags):
                raise Wrong(f"UID {uid} in {name} is another message")
            if message.number not in (was.number, "unreadable"):
                raise Wrong(f"UID {uid} in {name} is {message.number}")
    return "refused in part"


def made_again(now, sound):
    """Every message is there, and no UID names another than it ever did."""
    for name, folder in now.items():
        for uid, message in folder.messages.items():
            if message.number in ("wrong", "misdescribed", "none", "unreadable"):
                raise Wrong(f"UID {uid} in {name} is {message.number}")
            for folders in sound.folders:
                was = folders[name].messages.get(uid) if name in folders else None
                if was and folders[name].uidvalidity == folder.uidvalidity and (was.uidl, was.number) != (message.uidl, message.number):
                    raise Wrong(f"UID {uid} in {name} is another message")
    uidls = [m.uidl for folder in now.values() for m in folder.messages.values()]
    if lost(now, sound) or len(uidls) != len(set(uidls)):
        raise Wrong(f"made again without {lost(now, sound)}, or with a UIDL twice")
    return "made again"


def lost(now, sound):
    """The numbers of messages that are not there any more."""
    return {m.number for f in sound.folders[-1].values() for m in f.messages.values()} - {
        m.number for f in now.values() for m in f.messages.values()}


def same(now, then, behind):
    """With `behind`, numbers may have skipped ahead: an index that lacks what was committed gives none twice."""
    if any(name in then and (f.uidnext < then[name].uidnext if behind else f.uidnext != then[name].uidnext) for name, f in now.items()):
        return False

    def whole(folders):
        return {name: (f.uidvalidity, f.subscribed, sorted((uid, m.uidl, m.number, m.flags) for uid, m in f.messages.items()))
                for name, f in folders.items()}
    return whole(now) == whole(then)


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
        sound = Sound(folder / "sound", folder / "messages")
        files = [folder / "sound/index.db"] * 3 + [folder / "sound/index.db-wal"] + sorted((folder / "sound/packs").iterdir())
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
                return look(root, folder / "messages", sound, name.name.endswith("-wal")), None
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
