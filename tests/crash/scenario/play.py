"""A scenario played on one spool, and what the spool may hold at each moment of it."""

import daemon_line
import steps
from spool_line import Ended, SpoolLine, Wrong, contents, faulty_disk

DELETED = "(deleted)"
OLDER = "older than the packs"
ALARMING = ("missing or shorter", OLDER, "damaged", "terminate", "Assert")


def from_call(disk, begin):
    """The same for a process before which there were so many calls: it counts its own only."""
    at = int(disk["FAULTY_DISK_AT"]) - begin
    return {**disk, "FAULTY_DISK_AT": str(at)} if at > 0 else {**disk, "FAULTY_DISK_DO": ""}


def demand(held, sentence):
    if not held:
        raise Wrong(sentence)


class Play:
    """A scenario on one spool, from its first step on."""

    def __init__(self, root, messages, scenario, reference=None, begins=()):
        self.root, self.messages, self.scenario, self.reference = root, messages, scenario, reference
        self.begins = list(begins)  # of each of its processes: the calls before it
        self.kind = daemon_line.DaemonLine if scenario in steps.BY_A_DAEMON else SpoolLine
        self.step = 0      # the one that is under way
        self.before = {}   # what the spool held before it
        self.history = []  # and before each
        self.laid_down = set()  # steps that changed files while it was closed
        self.is_known_to_be_old = False  # an index that was put back; said once, and not again
        self.answers = {}
        self.spool = None
        if scenario is steps.UPGRADE:
            steps.lay_down_v1(root)

    def open(self, disk=None):
        # A sound disk is the same library that lets everything pass: it only spares the real syncs.
        if disk and self.begins:
            disk = from_call(disk, self.begins.pop(0))
        self.spool = self.kind(self.root, self.messages, disk or faulty_disk(self.root))
        return self.spool.refused is None

    def close(self):
        code = self.spool.quit()
        if code == -9:
            raise Ended
        demand(code == 0, f"the process ended with {code}: {self.spool.findings[-500:]}")
        for word in ALARMING:
            demand(word not in self.spool.findings or (word == OLDER and self.is_put_back()), f"it said: {self.spool.findings}")
        self.is_known_to_be_old = self.is_known_to_be_old or OLDER in self.spool.findings

    def is_put_back(self):
        """An index of an earlier day was put in the place of the one in use, and nobody has said so."""
        return not self.is_known_to_be_old and any(self.scenario[step] is steps.put_index_back for step in self.laid_down)

    def after(self):
        """What the spool holds after this step when nothing fails."""
        return self.reference[self.step + 1]

    def play(self, disk=None, on_error=None):
        """To the end, or until the process does. Answers are what later checks rely upon."""
        while self.step < len(self.scenario):
            step = self.scenario[self.step]
            if step == steps.RESTART or not hasattr(step, "text"):
                self.close()
                if step != steps.RESTART and self.step not in self.laid_down:
                    step(self.root)
                    self.laid_down.add(self.step)
                if not self.open(disk):
                    # On a disk that ends it or fails; the next start is on a sound one.
                    demand(disk and (on_error or not self.spool.refused), f"it did not open again: {self.spool.refused}")
                    raise Ended
            else:
                self.answers = {}
                commands = step(self.before)
                self.spool.together(commands, self.answers)
                if any(not answer.startswith("ok") for answer in self.answers.values()):
                    if on_error is None:
                        raise Wrong(f"step {self.step} ({step.text}) was answered {self.answers}")
                    if not on_error():
                        return
                    continue
            now = self.spool.dump()
            if self.reference:
                self.compare(now, self.before, {contents_of(self.after())})
            self.history.append(self.before)
            self.before = now
            self.step += 1

    def check(self, now, acknowledged=()):
        """Of what was under way, all or nothing; of several commands, each."""
        step = self.scenario[self.step] if self.step < len(self.scenario) else None
        before, allowed = contents(self.before), {contents_of(contents(self.before) or self.reference[0])}
        if step is not None and hasattr(step, "text"):
            after = self.after()
            commands = step(self.before)
            allowed.add(contents_of(after))
            if self.fetches_in_parts(commands):
                # Any of them may be there; what is gone upstream must be.
                allowed = {contents_of(each) for each in additions(before, after, "INBOX", self.spool.gone_upstream)}
            elif len(commands) > 1:
                allowed = combinations(before, after)
                for number in acknowledged:
                    name = changed_folder(commands[number])
                    demand(name is None or now[name].content() == after[name], f"the answered `{commands[number]}` is lost")
            elif 0 in acknowledged:
                allowed = {contents_of(after)}
        self.compare(now, self.before, allowed)

    def fetches_in_parts(self, commands):
        return self.kind is daemon_line.DaemonLine and commands[0].startswith("fetch")

    def compare(self, now, before, allowed):
        found = contents_of(contents(now))
        demand(found in allowed, f"step {self.step}: the spool holds {difference(found, allowed)}")
        uidls = [m.uidl for folder in now.values() for m in folder.messages.values()]
        demand(len(uidls) == len(set(uidls)), "a UIDL is there twice")
        known = {m.uidl: m.number for folder in before.values() for m in folder.messages.values()}
        for name, folder in now.items():
            for message in folder.messages.values():
                demand(known.get(message.uidl, message.number) == message.number, f"UIDL {message.uidl} changed its message")
            if name in before and name != DELETED:
                self.same_uids(name, folder, before[name])

    @staticmethod
    def same_uids(name, now, before):
        demand(now.uidvalidity == before.uidvalidity, f"UIDVALIDITY of {name} changed")
        demand(now.uidnext >= before.uidnext, f"UIDNEXT of {name} went back")
        for uid, message in now.messages.items():
            demand(uid < now.uidnext, f"UID {uid} in {name} is not below UIDNEXT")
            if uid in before.messages:
                demand(before.messages[uid].uidl == message.uidl, f"UID {uid} in {name} names another message")
            else:
                demand(uid >= before.uidnext, f"UID {uid} in {name} came back")


def contents_of(folders):
    """As one value that can be compared and put into sets."""
    return repr(sorted(folders.items()))


def changed_folder(command):
    words = command.split()
    place = {"fetch": 2, "copy": 3, "append": 1, "flags": 1}.get(words[0])
    return place and words[place]


def combinations(before, after):
    names = [name for name in after if before.get(name) != after[name]]
    found = set()
    for bits in range(1 << len(names)):
        folders = dict(before)
        folders.update({name: after[name] for i, name in enumerate(names) if bits >> i & 1})
        found.add(contents_of(folders))
    return found


def additions(before, after, name, needed):
    """`before` with any of the messages that `after` has more in this folder, but all that are needed."""
    new = [message for message in after[name][1] if message not in before[name][1]]
    for bits in range(1 << len(new)):
        chosen = [message for i, message in enumerate(new) if bits >> i & 1]
        if all(message in chosen for message in new if message[0] in needed):
            yield before | {name: (before[name][0], sorted(before[name][1] + chosen))}


def difference(found, allowed):
    return f"{found}\n  instead of one of\n  " + "\n  ".join(sorted(allowed))


class Traced(Play):
    """Undisturbed; notes how many calls there were before each process."""

    def __init__(self, root, messages, scenario, trace):
        super().__init__(root, messages, scenario)
        self.trace = trace

    def open(self, disk=None):
        self.begins.append(len(self.trace.read_text().splitlines()) if self.trace.exists() else 0)
        self.spool = self.kind(self.root, self.messages, disk)
        return self.spool.refused is None
