"""import and export: bytes, flags, folders and times go through, beside a running daemon and without one; Python's mailbox module and Dovecot
write what is read, and Dovecot reads what is written. With `--large` also an mbox of 2 GiB."""

import contextlib
import imaplib
import json
import mailbox
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import lab

USERS = """  - name: taro
    clients:
      - {login: desk, password: p, may_delete: true}
  - name: hana
    clients:
      - {login: hana-desk, password: p, may_delete: true}
"""
STANDARD = {"INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive"}
MARKS = re.compile(rb"(?im)^(status|x-status|x-keywords|x-uid|x-imap|x-imapbase|x-mozilla-[a-z0-9]+|content-length)[ \t]*:")
FROM = b"From someone@example.org Fri Nov 21 09:55:06 1997\n"


def wire(raw):
    return re.sub(rb"(?<!\r)\n", b"\r\n", raw)


def letter(number, text="body\n"):
    return f"Message-ID: <{number}@example.org>\nFrom: ann@example.org\nSubject: letter {number}\n\n{text}".encode()


class House:
    """A spool, with or without its daemon."""

    def __init__(self, root):
        self.home = lab.Homespool(root, USERS)
        self.root = Path(root)

    def run(self, *words):
        out = self.home.command(*words, "--json")
        try:
            return out.returncode, json.loads(out.stdout)
        except ValueError:
            return out.returncode, out.stderr

    def take(self, *words, user="taro"):
        return self.run("import", "--user", user, *map(str, words))

    def give(self, folder, user="taro"):
        return self.run("export", "--user", user, str(folder))

    def session(self, login="desk"):
        return lab.imap_session(self.home.imap, login, "p")

    @contextlib.contextmanager
    def running(self):
        self.home.start()
        try:
            yield self
        finally:
            self.home.stop()


def messages_of(session):
    """(folder, bytes, flags, INTERNALDATE) of all that an IMAP server has."""
    found = Counter()
    folders = set()
    for line in session.list()[1]:
        flags, separator, name = re.match(rb'\((.*?)\) "(.*?)" "?(.*?)"?$', line).groups()
        if b"noselect" in flags.lower() or b"nonexistent" in flags.lower():
            continue
        folders.add(name.decode().replace(separator.decode(), "/"))
        session.select(b'"' + name + b'"', readonly=True)
        for item in session.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")[1]:
            if isinstance(item, tuple):
                flags = frozenset(re.search(rb"FLAGS \((.*?)\)", item[0]).group(1).lower().split()) - {b"\\recent"}
                date = time.mktime(imaplib.Internaldate2tuple(item[0]))
                found[(name.decode().replace(separator.decode(), "/"), item[1], flags, date)] += 1
    return folders, found


def files_of(maildir):
    """(folder, bytes in wire form, letters, time) of all files of a Maildir++."""
    found = Counter()
    for part in ("cur", "new"):
        for path in Path(maildir).rglob(f"{part}/*"):
            name, _, letters = path.name.partition(":2,")
            found[(path.parent.parent.relative_to(maildir).as_posix(), wire(path.read_bytes()), letters, int(path.stat().st_mtime))] += 1
    return found


def put(folder, name, raw, when=1_600_000_000):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(raw)
    os.utime(path, (when, when))


def make_maildir(root):
    """A Maildir++ with everything that can be in one."""
    put(root / "cur", "1600000001.a:2,S", letter(1))
    put(root / "cur", "1600000002.b:2,DFPRST", letter(2), 1_500_000_000)
    put(root / "cur", "1600000003.c:2,ab", letter(3))
    put(root / "cur", "1600000004.d;2,R", letter(4))
    put(root / "cur", "1600000005.e!2,F", letter(5))
    put(root / "new", "1600000006.f", letter(6))
    put(root / "tmp", "1600000007.g", letter(7))
    put(root / "cur", "1600000008.h:2,", b"Subject: odd\r\n\r\nNUL \0, 8-bit \xff, CR \r alone, CR CR LF \r\r\n and no end")
    (root / "dovecot-keywords").write_text("0 NonJunk\n1 $Label1\n")
    put(root / ".Lists.boost\\2eorg/cur", "1600000009.i:2,S", letter(9))
    put(root / ".&ZeVnLIqe-/cur", "1600000010.j:2,S", letter(10))
    put(root / ".Sent/cur", "1600000011.k:2,S", letter(1))
    (root / ".Empty/cur").mkdir(parents=True)
    return root


def corpus(root, check):
    """All mail there is, in and out, and in and out again."""
    house, again = House(root / "first"), House(root / "second")
    sources = [folder for folder in (lab.SAMPLES, lab.CORPUS) if folder.is_dir()]
    for source in sources:
        wanted = Counter(wire(path.read_bytes()) for path in source.rglob("*.eml"))
        code, report = house.take(source, "--folder", "All/" + source.parent.name)
        check(f"all {sum(wanted.values())} messages of {source.name} come in", code == 0 and report["imported"] == sum(wanted.values()), report)
        code, report = house.take(source, "--folder", "All/" + source.parent.name)
        check("again brings nothing twice", code == 0 and report["imported"] == 0 and report["there_already"] == sum(wanted.values()), report)
    out = root / "out"
    code, report = house.give(out)
    check("all of it goes out", code == 0, report)
    for source in sources:
        wanted = Counter(wire(path.read_bytes()) for path in source.rglob("*.eml"))
        got = Counter(wire(path.read_bytes()) for path in (out / (".All." + source.parent.name)).glob("cur/*"))
        check(f"the same bytes of {source.name} come out", got == wanted, len(got - wanted))
    code, more = house.give(out)
    check("again writes nothing twice", code == 0 and more["exported"] == 0 and more["there_already"] == report["exported"], more)
    before = files_of(out)
    code, report = again.take(out)
    check("an export comes in again", code == 0 and report["imported"] == sum(before.values()), report)
    again.give(root / "out-again")
    check("and goes out as it was", files_of(root / "out-again") == before)


def maildir(root, check):
    house = House(root)
    source = make_maildir(root / "source")
    code, report = house.take(source)
    check("a Maildir comes in", code == 0 and report["imported"] == 10 and "Empty" in report["folders"], report)
    with house.running(), house.session() as session:
        folders, found = messages_of(session)
    wanted_folders = STANDARD | {"Lists", "Lists/boost.org", "&ZeVnLIqe-", "Empty"}
    check("its folders are there", folders == wanted_folders, folders ^ wanted_folders)
    flags = {re.search(rb"letter (\d+)", raw).group(1): flags for (folder, raw, flags, _) in found if b"letter" in raw and folder == "INBOX"}
    check("flags are taken from the names of files", flags == {
        b"1": {rb"\seen"}, b"2": {rb"\draft", rb"\flagged", b"$forwarded", rb"\answered", rb"\seen", rb"\deleted"}, b"3": {b"nonjunk", b"$label1"},
        b"4": {rb"\answered"}, b"5": {rb"\flagged"}, b"6": set()}, flags)
    check("bytes are as they were, line ends CRLF", any(raw.replace(b"\x80", b"\0") == wire((source / "cur/1600000008.h:2,").read_bytes()) for (_, raw, _, _) in found))
    check("INTERNALDATE is the time of the file", {date for (_, raw, _, date) in found if b"letter 2\r" in raw} == {1_500_000_000.0})
    house.give(root / "out")
    out = files_of(root / "out")
    check("an odd message comes out with its bytes", any(b"CR CR LF \r\r\n" in raw for (_, raw, _, _) in out))
    return root / "out", found


def dovecot_reads(root, exported, found, check):
    _, certificate, key = lab.make_certificates(root / "tls")
    dovecot = lab.Dovecot(root / "dovecot", certificate, key)
    shutil.copytree(exported, dovecot.root / "mail/taro", copy_function=shutil.copy2)
    owner = pwd.getpwnam("mail")
    for path in [dovecot.root / "mail/taro", *(dovecot.root / "mail/taro").rglob("*")]:
        os.chown(path, owner.pw_uid, owner.pw_gid)
    dovecot.start()
    session = imaplib.IMAP4("127.0.0.1", dovecot.imap)
    session.login("taro", "secret")
    folders, served = messages_of(session)
    session.logout()
    dovecot.stop()
    escaped = Counter({(folder.replace("boost.org", "boost\\\\2eorg"), *rest): n for (folder, *rest), n in found.items()})
    check("Dovecot serves the exported Maildir: the same messages, flags and times", served == escaped,
          f"only there {list((served - escaped).items())[:2]}, only here {list((escaped - served).items())[:2]}")
    check("Dovecot has its folders", STANDARD | {"&ZeVnLIqe-", "Empty"} <= folders, folders)


def beside_daemon(root, check):
    house = House(root)
    put(root / "mail/Old/cur", "1600000001.a:2,S", letter(1))
    put(root / "mail/Old/cur", "1600000002.b:2,S", letter(1))
    put(root / "mail/INBOX/cur", "1600000003.c:2,", letter(2))
    with house.running(), house.session() as idle:
        idle.select("INBOX")
        idle.send(b"%s IDLE\r\n" % idle._new_tag())
        idle._get_line()
        code, report = house.take(root / "mail")
        check("mail comes in beside a running daemon", code == 0 and report["imported"] == 3 and report["folders"] == ["INBOX", "Old"], report)
        readable, _, _ = select.select([idle.sock], [], [], 10)
        line = idle._get_line() if readable else b""
        check("a session in IDLE sees it come", line == b"* 1 EXISTS", line)
        idle.send(b"DONE\r\n")
        idle._get_line()
        with house.session() as session:
            session.select("Old")
            check("what a source holds twice stays twice", session.search(None, "ALL")[1] == [b"1 2"])
            session.copy("1", "Archive")
            session.store("1", "+FLAGS", r"(\Deleted)")
            session.expunge()
            session.select("INBOX")
            session._simple_command("MOVE", "1", "Junk") if "MOVE" in session.capabilities else None
        code, report = house.take(root / "mail")
        check("what was moved elsewhere does not come back", code == 0 and report["imported"] == 0 and report["there_already"] == 3, report)
        with house.session() as session:
            session.append("Sent", r"(\Seen)", None, wire(letter(5)))
        put(root / "five", "5.eml", letter(5))
        put(root / "five", "6.eml", letter(6))
        code, report = house.take(root / "five", "--folder", "Sent")
        check("what a client put there is there already", code == 0 and (report["imported"], report["there_already"]) == (1, 1), report)
        code, report = house.give(root / "out")
        check("mail goes out beside a running daemon", code == 0 and report["exported"] == 5, report)
        code, report = house.take(root / "mail", user="hana")
        check("another user has none of it", code == 0 and report["imported"] == 3, report)
        out = house.home.command("import", "--user", "taro", str(root / "five"))
        check("without --json it is said in words", out.returncode == 0 and b"imported: 2 messages in 1 folder; 0 there already" in out.stdout, out)


def counted(text):
    """With a Content-Length in its header."""
    return text.replace(b"\n\n", b"\nContent-Length: %d\n\n" % (len(text) - text.index(b"\n\n") - 2), 1)


def styles(check, root):
    """Every message that has no marks of its own, in the ways that lose nothing."""
    texts = list(dict.fromkeys(m.replace(b"\r\n", b"\n") for m in lab.messages()))
    texts = [t if t.endswith(b"\n") else t + b"\n" for t in texts
             if not MARKS.search(t) and not t.startswith((b"From ", b">From ", b"\n")) and b"\n\n" in t and b"\r" not in t]
    texts.append(letter(1, "\nFrom here\n>From there\n\n" + FROM.decode() + "Subject: quoted\n\n>>From everywhere\n"))
    written = {"mboxrd": lambda t: re.sub(rb"(?m)^(>*From )", rb">\1", t),
               "mboxcl": lambda t: counted(re.sub(rb"(?m)^(>*From )", rb">\1", t)),
               "mboxcl2": counted}
    for style, write in written.items():
        house = House(root / style)
        path = root / style / f"{style}.mbox"
        path.write_bytes(b"".join(FROM + write(t) + b"\n" for t in texts))
        code, report = house.take(path)
        house.give(root / style / "out")
        got = Counter(raw for (_, raw, _, _) in files_of(root / style / "out"))
        wanted = Counter(map(wire, texts))
        check(f"all {len(texts)} messages come back out of an {style} file", code == 0 and got == wanted,
              f"{report} missing {list((wanted - got))[:1]} extra {list((got - wanted))[:1]}")


def python_writes(root, check):
    house = House(root)
    root.mkdir(exist_ok=True)
    box = mailbox.mbox(root / "Python.mbox", create=True)
    for number, flags in enumerate(("", "R", "RO", "ROAF", "D")):
        message = mailbox.mboxMessage(letter(number, "From the start\n"))
        message.set_from("ann@example.org", time.gmtime(1_600_000_000 + number))
        message.set_flags(flags)
        box.add(message)
    box.close()
    folder = mailbox.Maildir(root / "PythonDir", create=True)
    message = mailbox.MaildirMessage(letter(7))
    message.set_subdir("cur")
    message.set_flags("FS")
    folder.add(message)
    code, report = house.take(root / "Python.mbox", root / "PythonDir")
    check("what Python's mailbox module wrote comes in", code == 0 and report["imported"] == 6 and report["folders"] == ["Python", "PythonDir"], report)
    house.give(root / "out")
    out = files_of(root / "out")
    check("with its flags, times and bytes, and without the file's marks", sorted((letters, when) for (folder, _, letters, when) in out if folder == ".Python")
          == [("", 1_600_000_000), ("RFS"[0:0] + "FRS", 1_600_000_003), ("S", 1_600_000_001), ("S", 1_600_000_002), ("T", 1_600_000_004)]
          and all(raw == wire(letter(n, "From the start\n")) for (folder, raw, _, when) in out if folder == ".Python" for n in [when - 1_600_000_000]), out)
    check("a Maildir of Python's keeps its flags", [letters for (folder, _, letters, _) in out if folder == ".PythonDir"] == ["FS"], out)


def dovecot_writes(root, check):
    """Dovecot's mbox storage, filled over IMAP."""
    _, certificate, key = lab.make_certificates(root / "tls")
    dovecot = lab.Dovecot(root / "dovecot", certificate, key)
    text = dovecot.config.read_text()
    dovecot.config.write_text(re.sub(r"mail_location = .*", f"mail_location = mbox:{dovecot.root}/mail/%u:INBOX={dovecot.root}/mail/%u/inbox", text))
    dovecot.start()
    sent = {}
    session = imaplib.IMAP4("127.0.0.1", dovecot.imap)
    session.login("taro", "secret")
    session.create("Work")
    for number, flags in enumerate((None, r"(\Seen)", r"(\Flagged \Answered)", r"(\Draft $Label1)")):
        text = wire(letter(number, f"\nFrom here\n>From there\n\n{FROM.decode()}Subject: x\n\nend {number}\n"))
        sent[text] = frozenset((flags or "").lower().strip("()").encode().split())
        session.append("Work", flags, imaplib.Time2Internaldate(1_600_000_000 + number), text)
    quoted = wire(letter(9, "\n>From there\n>>From here\n"))
    session.create("Quoted")
    session.append("Quoted", None, None, quoted)
    session.logout()
    dovecot.stop()
    house = House(root / "home")
    code, report = house.take(dovecot.root / "mail/taro/Quoted")
    house.give(root / "out")
    check("lines that Dovecot shows with a '>' keep it", code == 0 and [raw for (_, raw, _, _) in files_of(root / "out")] == [quoted], report)
    code, report = house.take(dovecot.root / "mail/taro/Work")
    with house.running(), house.session() as session:
        _, found = messages_of(session)
    got = {raw: flags for (folder, raw, flags, _) in found if folder == "Work"}
    check("what Dovecot keeps in an mbox comes in: messages and flags", code == 0 and report["imported"] == 4 and got == sent,
          f"{report} {(dovecot.root / 'mail/taro/Work').read_bytes()!r} {got}")
    check("with their times", sorted(date for (folder, _, _, date) in found if folder == "Work") == [1_600_000_000.0 + n for n in range(4)],
          sorted(date for (folder, _, _, date) in found if folder == "Work"))


def layouts(root, check):
    """Folders as mail programs lay them out."""
    house = House(root)
    mbox = lambda n: FROM + letter(n) + b"\n"  # noqa: E731
    put(root / "thunderbird", "Inbox", mbox(1))
    put(root / "thunderbird", "Inbox.msf", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n")
    put(root / "thunderbird/Inbox.sbd", "Sub", mbox(2))
    put(root / "thunderbird", "Deleted", FROM + b"X-Mozilla-Status: 0009\n" + letter(3) + b"\n")
    put(root / "apple/Old.mbox", "mbox", mbox(4))
    put(root / "mh/lists", "1", letter(5))
    put(root / "mbsync/INBOX/cur", "1.a:2,S", letter(6))
    put(root / "mbsync/Work/Deep/cur", "1.a:2,S", letter(7))
    put(root / "mbsync/Legacy/.Sub/cur", "1.a:2,S", letter(8))
    (root / "mbsync/Legacy/cur").mkdir()
    put(root, "one.eml", b"Date: Fri, 21 Nov 1997 09:55:06 +0000\n" + letter(9))
    code, report = house.take(*(root / name for name in ("thunderbird", "apple", "mh", "mbsync", "one.eml")))
    wanted = ["INBOX", "INBOX/Sub", "Legacy", "Legacy/Sub", "Old", "Work/Deep", "lists"]
    check("folders are called as the files are", code == 0 and report["folders"] == wanted, report)
    check("what Thunderbird has deleted stays out", report["deleted_there"] == 1 and report["imported"] == 8, report)
    check("what is no mail is named", [Path(p).name for p in report["no_mail"]] == ["Inbox.msf"], report)
    house.give(root / "out")
    times = {raw: when for (_, raw, _, when) in files_of(root / "out")}
    check("a message by itself has the time of its Date", [w for raw, w in times.items() if b"letter 9\r" in raw] == [880106106], times)
    check("a message of an mbox has the time of its From_ line", [w for raw, w in times.items() if b"letter 1\r" in raw] == [880106106], times)


def broken(root, check):
    house = House(root)
    bad = root / "bad"
    put(bad, "junk.mbox", b"\xff\xfe no mail\n\n" + FROM + letter(1) + b"\n" + FROM + FROM + letter(2))
    put(bad, "empty.eml", b"")
    os.mkfifo(bad / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(bad)
        listener.bind("socket")
        os.chdir(here)
    (bad / "loop").symlink_to(".")
    (bad / "nowhere").symlink_to("missing")
    (bad / "deep").mkdir()
    (bad / "deep/up").symlink_to("..")
    put(bad / "Dir/cur", "1.a:2,S", letter(3))
    os.mkfifo(bad / "Dir/cur/2.pipe:2,S")
    put(bad / "Dir/cur", "3.c:2,", b"")
    code, report = house.take(bad)
    check("what can be read of a broken folder is read", code == 1 and report["imported"] == 3, report)
    named = {(Path(f["file"]).name, f["offset"]) for f in report["faults"]}
    check("the rest is named, with its place", named == {("junk.mbox", 0), ("junk.mbox", 12 + len(FROM + letter(1)) + 1), ("empty.eml", 0), ("pipe", 0), ("socket", 0),
                                                       ("nowhere", 0), ("2.pipe:2,S", 0), ("3.c:2,", 0)}, named)
    code, report = house.take(bad / "nothing")
    check("a path that is not there is named", code == 1 and "No such file" in report["faults"][0]["sentence"], report)
    put(root, "text", b"just words\n")
    code, report = house.take(root / "text")
    check("a file that is no mail is named", code == 1 and report["faults"], report)
    for words, code in ((("import", "--user", "nobody", str(bad)), 1), (("import", "--user", "taro"), 64), (("import", str(bad)), 64),
                        (("export", "--user", "taro"), 64), (("export", "--user", "nobody", str(root / "x")), 1),
                        (("export", "--user", "taro", str(bad)), 1), (("export", "--user", "taro", str(root / "spool/packs")), 1),
                        (("import", "--user", "taro", "--folder", "a//b", str(bad)), 64)):
        out = house.home.command(*words)
        check(f"{' '.join(words[:3])} … ends with {code}", out.returncode == code and out.stderr, out)
    house.home.settings.write_text("nonsense: 1\n")
    check("bad settings end with 78", house.home.command("import", "--user", "taro", str(bad)).returncode == 78)


def interrupted(root, check):
    """Killed in the middle, and again: all of it once."""
    house = House(root)
    root.mkdir(exist_ok=True)
    count = 20_000
    path = root / "Many.mbox"
    path.write_bytes(b"".join(FROM + letter(n, "x" * 3000 + "\n") + b"\n" for n in range(count)))
    words = [str(lab.HOMESPOOL), "import", "--user", "taro", str(path), "-c", str(house.home.settings)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    packs = root / "spool/packs"
    lab.wait_until(lambda: packs.is_dir() and sum(p.stat().st_size for p in packs.iterdir()) > 8 << 20, 60, 0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    lab.wait_until(lambda: house.home.command("import", "--user", "taro", str(lab.SAMPLES / "plain-ascii.eml")).returncode == 0, 30)
    begin = time.monotonic()
    code, report = house.take(path)
    check("after a kill the rest comes in, and nothing twice",
          code == 0 and report["imported"] + report["there_already"] == count and 0 < report["there_already"] < count, report)
    check(f"and in seconds ({time.monotonic() - begin:.1f} s)", time.monotonic() - begin < 60)
    code, report = house.take(path)
    check("again there is nothing to bring", code == 0 and report["there_already"] == count, report)
    check("the spool is sound", house.home.command("verify").returncode == 0)


def other_owner(root, check):
    """root brings mail into the spool of somebody who could not read it, and takes it out again."""
    house = House(root)
    with house.running():
        pass
    nobody = pwd.getpwnam("nobody")
    spool = root / "spool"
    for path in [spool, *spool.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    put(root / "private", "1.eml", letter(1))
    (root / "private").chmod(0o700)
    code, report = house.take(root / "private")
    check("root brings in what the spool's owner cannot read", code == 0 and report["imported"] == 1, report)
    code, report = house.give(root / "private/out")
    check("and writes where the owner cannot", code == 0 and report["exported"] == 1, report)
    check("the spool stays its owner's", {p.stat().st_uid for p in spool.rglob("*")} == {nobody.pw_uid},
          [p for p in spool.rglob("*") if p.stat().st_uid != nobody.pw_uid])


def memory(root, check, size):
    """Bounded, whatever the size of the file and its messages."""
    house = House(root)
    root.mkdir(exist_ok=True)
    path = root / "Large.mbox"
    with path.open("wb") as file:
        file.write(FROM + b"Content-Type: application/octet-stream\n" + letter(0, ""))
        for _ in range(64 << 10):
            file.write(b"x" * 1023 + b"\n")
        number = 0
        while file.tell() < size:
            number += 1
            file.write(b"\n" + FROM + letter(number, ("y" * 75 + "\n") * 700))
    words = [str(lab.HOMESPOOL), "import", "--user", "taro", str(path), "-c", str(house.home.settings)]
    begin = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    check(f"an mbox of {size >> 20} MiB with a message of 64 MiB comes in ({time.monotonic() - begin:.0f} s, {usage.ru_maxrss >> 10} MiB)",
          process.returncode == 0 and f"imported: {number + 1:,} messages".encode() in out and usage.ru_maxrss < 200 << 10, out)
    code, report = house.give(root / "out")
    largest = max((root / "out/.Large/cur").iterdir(), key=lambda p: p.stat().st_size)
    check("and out again", code == 0 and report["exported"] == number + 1 and largest.stat().st_size > 64 << 20, report)


def main():
    check = lab.Checks()
    lab.need("dovecot", "openssl")
    large = "--large" in sys.argv
    os.environ["TZ"] = "UTC"
    time.tzset()
    with lab.laboratory() as root:
        corpus(root / "corpus", check)
        exported, found = maildir(root / "maildir", check)
        dovecot_reads(root / "reads", exported, found, check)
        beside_daemon(root / "daemon", check)
        styles(check, root / "styles")
        python_writes(root / "python", check)
        dovecot_writes(root / "writes", check)
        layouts(root / "layouts", check)
        broken(root / "broken", check)
        interrupted(root / "interrupted", check)
        other_owner(root / "owner", check)
        memory(root / "memory", check, 2 << 30 if large else 160 << 20)
    check.finish()


main()
