"""ENVELOPE, BODY, BODYSTRUCTURE and every section of homespool are those of a real Dovecot, for every sample of the project.

Where homespool answers otherwise on purpose, the sample is named below with the reason and with the change that turns Dovecot's answer
into ours: a difference that is not listed fails, and so does an exception that no longer applies. With `corpus` as its argument the
script also goes through the folder of real messages, and prints what differs there without failing.
"""

import copy
import sys
import time

import imap_values
import lab

USERS = """  - name: taro
    clients: [{login: desk, password: p, may_delete: true}]
"""
ITEMS = "ENVELOPE BODY BODYSTRUCTURE RFC822.SIZE BODY.PEEK[]"
TEXT_PLAIN = [b"text", b"plain", [b"charset", b"us-ascii"], None, None, b"7bit"]


def first_of_repeated(answer):
    envelope = answer["ENVELOPE"]
    envelope[0], envelope[1], envelope[9] = b"Fri, 20 Mar 2026 10:00:00 +0000", b"The first subject", b"<first-id@example.org>"


def one_text(answer):
    size, lines = len(answer["BODY[TEXT]"]), answer["BODY[TEXT]"].count(b"\r\n")
    answer["BODY"] = [*TEXT_PLAIN, size, lines]
    answer["BODYSTRUCTURE"] = [*TEXT_PLAIN, size, lines, None, None, None, None]
    answer["BODY[1]"], answer["BODY[1.MIME]"] = answer["BODY[TEXT]"], answer["BODY[HEADER]"]


def unfolded(answer):
    answer["ENVELOPE"][9] = b"<folded@example.org>"


def nul_as_0x80(answer):
    answer["ENVELOPE"][1] = b"Zero\x80in the subject"


def global_shown(answer):
    inner = answer["BODY[2]"]
    zoe, juergen = ([[None, None, name.encode(), domain]] for name, domain in (("zoë", b"example.com"), ("jürgen", b"example.org")))
    juergen[0][0] = "Jürgen".encode()
    envelope = [b"Wed, 1 Apr 2026 10:00:00 +0200", "Blumenkübel".encode(), juergen, juergen, juergen, zoe, None, None, None,
                "<kübel@example.org>".encode()]
    header, _, text = inner.partition(b"\r\n\r\n")
    answer["BODY[2.HEADER]"] = answer["BODY[2.1.MIME]"] = header + b"\r\n\r\n"
    answer["BODY[2.TEXT]"] = answer["BODY[2.1]"] = text
    leaf = [b"text", b"plain", [b"charset", b"utf-8"], None, None, b"8bit", len(text), text.count(b"\r\n")]
    answer["BODY"][1][7:7] = [envelope, leaf, inner.count(b"\r\n")]
    answer["BODYSTRUCTURE"][1][7:7] = [envelope, [*leaf, None, None, None, None], inner.count(b"\r\n")]


EXCEPTIONS = {
    "internationalised-forward": ("message/global shows what is inside it, as message/rfc822 does (RFC 9051)",
        global_shown),
    "duplicated-headers": ("of a repeated Subject, Date or Message-ID the first counts, as people and other programs see it",
        first_of_repeated),
    "long-folded-headers": ("white space around a Message-ID is not part of it (RFC 5322)",
        unfolded),
    "multipart-without-boundary": ("a multipart that names no boundary has no parts: its text is shown",
        one_text),
    "nul-bytes": ("NUL goes out as 0x80, in an ENVELOPE as in a body",
        nul_as_0x80),
}


def differences(ours, theirs):
    """A line for each item that is not the same."""
    return "".join(f"\n    {item}: {imap_values.first_difference(ours.get(item), theirs.get(item))}" for item in {**theirs, **ours}
                   if ours.get(item) != theirs.get(item))


def read_both(root, originals):
    """What each server answers, by the bytes of the message: homespool has fetched them from the Dovecot it is compared with."""
    ca, certificate, key = lab.make_certificates(root / "tls")
    dovecot = lab.Dovecot(root / "dovecot", certificate, key)
    dovecot.put("taro", originals)
    dovecot.start()
    spool = lab.Homespool(root / "home", USERS, f"""  - {{name: isp, user: taro, host: localhost, port: {dovecot.pop3s}, tls_ca: {ca},
     login: taro, password: secret, poll: 1h}}
""")
    try:
        spool.start()
        reports = spool.fetch()
        if any(report["failure"] for report in reports.values()):
            raise RuntimeError(f"not fetched: {reports}")
        with imap_values.Connection(spool.imap, "desk", "p") as line:
            ours = answers(line)
        with imap_values.Connection(dovecot.imap, "taro", "secret") as line:
            theirs = answers(line)
    finally:
        spool.stop()
        dovecot.stop()
    return ours, theirs


def answers(line):
    """By the bytes of the message: its items, and each section that its structure promises."""
    found = {}
    for number, answer in line.fetch("1:*", ITEMS).items():
        names = ["HEADER", "TEXT", *imap_values.sections(answer["BODYSTRUCTURE"])]
        answer.update(line.fetch(number, " ".join(f"BODY.PEEK[{name}]" for name in names))[number])
        found[answer["BODY[]"]] = answer
    return found


def check_samples(root, check):
    files = sorted(lab.SAMPLES.glob("*.eml"))
    ours, theirs = read_both(root, [lab.wire_form(path.read_bytes()) for path in files])
    check("both servers hold every sample", len(ours) == len(theirs) == len(files), f"{len(ours)} {len(theirs)} {len(files)}")
    for path in files:
        content = lab.wire_form(path.read_bytes()).replace(b"\0", b"\x80")
        if not check(f"{path.stem}: both have its bytes", content in ours and content in theirs):
            continue
        expected = copy.deepcopy(theirs[content])
        if path.stem in EXCEPTIONS:
            reason, change = EXCEPTIONS[path.stem]
            check(f"{path.stem}: Dovecot answers otherwise ({reason})", differences(ours[content], expected))
            change(expected)
        found = differences(ours[content], expected)
        check(f"{path.stem}: the structure is as expected", not found, found)


def survey_corpus(root):
    files = sorted(lab.CORPUS.rglob("*.eml"))
    ours, theirs = read_both(root, [lab.wire_form(path.read_bytes()) for path in files])
    missing = differing = 0
    for path in files:
        content = lab.wire_form(path.read_bytes()).replace(b"\0", b"\x80")
        if content not in ours or content not in theirs:
            missing += 1
            print(f"?  {path}: not found by its bytes (ours: {content in ours}, theirs: {content in theirs})")
            continue
        found = differences(ours[content], theirs[content])
        differing += bool(found)
        if found:
            print(f"!= {path}{found}")
    print(f"corpus: {len(files)} messages, {differing} differ, {missing} not found")


def main():
    lab.need("dovecot", "openssl")
    check = lab.Checks()
    begin = time.monotonic()
    with lab.laboratory() as root:
        check_samples(root / "samples", check)
        if "corpus" in sys.argv[1:]:
            survey_corpus(root / "corpus")
    print(f"took {time.monotonic() - begin:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
