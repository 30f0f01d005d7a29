"""Kills, power cuts and disk faults at every write, sync, rename and unlink of a spool: nothing acknowledged is lost, nothing doubled.

A scenario (scenario/steps.py) is played on a spool whose disk is a preloaded library (faulty_disk/). At its Nth call that changes
the disk the process is killed (kill, half), or everything that was not synced is dropped or torn (drop, tear), or the call fails
(no_space, bad, brief; full: every call from there on). Then the spool is opened again on a sound disk: it must hold exactly what it
had answered for, plus all or nothing of what was under way, under the same UIDs and UIDLs; `verify --deep` must find nothing, before
and after; it must serve within 5 s; and the scenario must play to its end.

at_every_call.py [--scenario NAME] [--mode MODE] [--every STRIDE | --at N] [--seed SEED] [--jobs N]; without arguments a sample.
"""

import argparse
import concurrent.futures
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "scenario"))
import daemon_line  # noqa: E402
import steps  # noqa: E402
from play import Play, Traced, changed_folder, contents_of, demand  # noqa: E402
from spool_line import Ended, Wrong, check_alone, contents, faulty_disk, forget_clock  # noqa: E402

CRASHES = ("kill", "half", "drop", "tear")
FAULTS = ("no_space", "full", "bad", "brief")
SAMPLE = {"upgrade": 2, "daily": 5, "keeping": 4, "seal": 2, "long": 1, "served": 1, "rewritten": 1, "rebuilt": 2,
          "older": 2}  # points of each mode
AGAIN = ("fetch", "renumber", "user", "health", "ledger", "quit3", "clock", "upkeep", "rebuild")  # done again though they were done


class Trial:
    """All points of one scenario and mode."""

    def __init__(self, folder, name, seed):
        self.folder, self.name, self.seed = folder, name, seed
        self.scenario = steps.SCENARIOS[name]
        self.messages = folder / "messages"
        self.slowest = 0.0  # to serve again, in seconds
        self.reference, self.trace, self.begins = self.undisturbed()

    def undisturbed(self):
        trace = self.folder / f"{self.name}.trace"
        root = self.folder / f"{self.name}-undisturbed"
        play = Traced(root, self.messages, self.scenario, trace)
        disk = faulty_disk(root, trace=trace)
        demand(play.open(disk), play.spool.refused)
        play.before = play.spool.dump()
        play.play(disk)
        play.close()
        shutil.rmtree(root)
        daemon_line.forget(root)
        reference = [contents(folders) for folders in [*play.history, play.before]]
        return reference, trace.read_text().splitlines(), play.begins

    def points(self, mode):
        for number, call in enumerate(self.trace, 1):
            if mode in ("half", "brief") and "write" not in call:
                continue
            yield number

    def run(self, mode, number):
        root = self.folder / f"{self.name}-{mode}-{number}"
        try:
            if mode in CRASHES:
                return self.crash(root, mode, number)
            return self.fault(root, mode, number)
        except Wrong as wrong:
            return f"{self.name} {mode} at {number} ({self.trace[number - 1]}), seed {self.seed}: {wrong}"
        except Exception:  # noqa: BLE001 (one point that goes astray must not hide the others)
            return f"{self.name} {mode} at {number} ({self.trace[number - 1]}), seed {self.seed}: {traceback.format_exc()}"
        finally:
            shutil.rmtree(root, ignore_errors=True)
            shutil.rmtree(f"{root}.removed", ignore_errors=True)
            daemon_line.forget(root)
            forget_clock(root)

    def crash(self, root, mode, number):
        play = Play(root, self.messages, self.scenario, self.reference, self.begins)
        disk = faulty_disk(root, mode, number, seed=self.seed)
        try:
            if play.open(disk):
                play.before = play.spool.dump()
                play.play(disk)
                play.spool.quit()
        except Ended:
            pass
        code = play.spool.wait()
        demand(code == -9 or (code == 0 and play.step == len(self.scenario)), f"it ended with {code} {play.spool.findings[-500:]}")
        self.recover(play, "open again")
        return None

    @staticmethod
    def has_folders(play):
        """A daemon whose disk is full from its first day on has nothing to show."""
        try:
            play.spool.dump()
        except Wrong:
            return False
        return True

    def recover(self, play, what):
        """On a sound disk: what was answered is there, and the rest of the scenario goes as ever."""
        (play.root / "index.db-shm").unlink(missing_ok=True)  # memory, but for its name
        self.sound_alone(play)
        began = time.monotonic()
        demand(play.open(), f"it did not {what}: {play.spool.refused}")
        now = play.spool.dump()
        self.slowest = max(self.slowest, time.monotonic() - began)
        demand(self.slowest < daemon_line.SERVING_WITHIN, f"it served after {self.slowest:.1f} s")
        self.sound(play)
        acknowledged = {n for n, answer in play.answers.items() if answer.startswith("ok")}
        play.check(now, acknowledged)
        if play.step < len(self.scenario) and hasattr(self.scenario[play.step], "text"):
            self.go_on_from(play, now)
        play.before = now if play.step >= len(self.scenario) or not hasattr(self.scenario[play.step], "text") else play.before
        play.play()
        end = play.spool.dump()
        play.close()
        demand(play.open(), "it did not open at last")
        demand(contents(play.spool.dump()) == contents(end), "it holds something else after closing")
        self.sound(play)
        play.close()

    @staticmethod
    def sound(play):
        found = play.spool.check()
        demand(not found, f"verify --deep finds {found}")

    @staticmethod
    def sound_alone(play):
        """Before anything mends it. What never was open may lack its index; one that is made again lacks it for a moment."""
        found = check_alone(play.root)
        young = not play.before and play.scenario is not steps.UPGRADE
        between = (play.root / "index.db.whole").exists()
        older = found.startswith("index-old") and found.count(";") == 1 and play.is_put_back()
        demand(not found or young or between or older, f"before it is opened verify --deep finds {found}")

    def go_on_from(self, play, now):
        """What was under way is done again if it was not done; a fetch in any case, as after a broken line."""
        done = contents(now) == play.after() and (play.step > 0 or play.scenario is steps.UPGRADE)
        commands = self.scenario[play.step](play.before)
        for command in commands:
            name = changed_folder(command) if len(commands) > 1 else None
            one_done = done if name is None else now[name].content() == play.after()[name]
            if not one_done or command.split()[0] in AGAIN:
                answer = play.spool.do(command)
                demand(answer.startswith("ok"), f"doing `{command}` again was answered {answer}")
        play.before = play.spool.dump()
        play.compare(play.before, now, {contents_of(play.after())})
        play.step += 1
        play.answers = {}

    def fault(self, root, mode, number):
        play = Play(root, self.messages, self.scenario, self.reference, self.begins)
        span = 1_000_000 if mode == "full" else 1
        disk = faulty_disk(root, "no_space" if mode == "full" else mode, number, span, self.seed)
        failures = 0

        def on_error():
            # Nothing of what failed was done; what was read before can be read. Then the same again.
            nonlocal failures
            failures += 1
            if play.spool.fatal:
                return False
            now = play.spool.dump()
            done = {n for n, answer in play.answers.items() if answer.startswith("ok")}
            step = self.scenario[play.step]
            commands = step(play.before)
            if play.fetches_in_parts(commands):
                play.check(now)
            elif len(commands) == 1:
                play.compare(now, play.before, {contents_of(contents(play.before))})
            else:
                for n, command in enumerate(commands):
                    name = changed_folder(command)
                    if name is None:
                        continue
                    wanted = play.after()[name] if n in done else contents(play.before)[name]
                    demand(now[name].content() == wanted, f"`{command}` was answered {play.answers[n]}")
            if failures > 3 or mode == "full":
                return False
            if done:
                return False  # the step cannot be repeated as it stands; the restart settles it
            play.before = now
            return True

        opened = False
        try:
            opened = play.open(disk) and self.has_folders(play)
            if opened:
                play.before = play.spool.dump()
                play.play(disk, on_error)
        except Ended:
            opened = False
        if mode == "full" and play.scenario is steps.OLDER and play.spool.refused:
            demand("is full" in play.spool.refused or "No space" in play.spool.refused, f"it was refused with: {play.spool.refused}")
        if opened and mode == "full" and play.step < len(self.scenario) and not play.spool.fatal:
            # What was not answered is not there, before and after the restart.
            now = play.spool.dump()
            play.check(now, {n for n, a in play.answers.items() if a.startswith("ok")})
        code = play.spool.quit()
        demand(code in (0, 1), f"it ended with {code} {play.spool.findings[-500:]}")
        demand(play.spool.fatal or not play.spool.stopped, "it stopped without a last word")
        demand(failures <= 3, f"step {play.step} failed again and again: {play.answers}")
        self.recover(play, "open again")
        return None


def sample(trial, mode, count, chance):
    points = list(trial.points(mode))
    return sorted(chance.sample(points, min(count, len(points))))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scenario", choices=[*steps.SCENARIOS, "all"])
    arguments.add_argument("--mode", choices=[*CRASHES, *FAULTS, "crashes", "faults", "all"], default="all")
    arguments.add_argument("--every", type=int)
    arguments.add_argument("--at", type=int)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    arguments.add_argument("--jobs", type=int, default=4)
    given = arguments.parse_args()
    modes = {"all": CRASHES + FAULTS, "crashes": CRASHES, "faults": FAULTS}.get(given.mode, (given.mode,))
    whole = given.every or given.at
    names = list(steps.SCENARIOS) if given.scenario in (None, "all") else [given.scenario]
    print(f"seed {given.seed}")
    chance = random.Random(given.seed)
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="homespool-crash-", dir=place))
    passed, wrongs = 0, []
    try:
        steps.write_messages(folder / "messages")
        for name in names:
            trial = Trial(folder, name, given.seed)
            for mode in modes:
                count = SAMPLE[name]
                points = [given.at] if given.at else list(trial.points(mode))[::given.every] if whole else sample(trial, mode, count, chance)
                began = time.monotonic()
                with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
                    results = list(pool.map(lambda number, mode=mode: trial.run(mode, number), points))
                wrong = [result for result in results if result]
                for line in wrong[:20]:
                    print("FAIL " + line, flush=True)
                wrongs += wrong
                passed += len(results) - len(wrong)
                print(f"{name}, {mode}: {len(results)} of {len(trial.trace)} calls, {len(wrong)} wrong, {time.monotonic() - began:.1f} s, "
                      f"serving again after {trial.slowest:.2f} s at most", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {len(wrongs)} failed")
    sys.exit(1 if wrongs or not passed else 0)


if __name__ == "__main__":
    main()
