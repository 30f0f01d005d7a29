"""FETCH answers of any IMAP server as Python values, so that two servers can be compared whatever way each writes its strings."""

import re
import socket

_ATOM = re.compile(rb'[^()\s"{\[]+(\[[^\]]*\])?')


class Reader:
    """One answer: lists become lists, strings of any form and NIL become bytes and None, atoms become str."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def value(self):
        while self.data[self.at:self.at + 1] == b" ":
            self.at += 1
        first = self.data[self.at:self.at + 1]
        if first == b"(":
            return self.list()
        if first == b'"':
            return self.quoted()
        if first == b"{":
            return self.literal()
        atom = _ATOM.match(self.data, self.at)
        if not atom:
            raise ValueError(f"not IMAP at {self.at}: {self.data[self.at:self.at + 80]!r}")
        self.at = atom.end()
        text = atom.group().decode("ascii")
        return None if text.upper() == "NIL" else int(text) if text.isdigit() else text

    def list(self):
        self.at += 1
        values = []
        while True:
            while self.data[self.at:self.at + 1] == b" ":
                self.at += 1
            if self.data[self.at:self.at + 1] == b")":
                self.at += 1
                return values
            values.append(self.value())

    def quoted(self):
        end = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.S).match(self.data, self.at)
        self.at = end.end()
        return re.sub(rb"\\(.)", rb"\1", end.group(1), flags=re.S)

    def literal(self):
        head = re.compile(rb"\{(\d+)\}\r\n").match(self.data, self.at)
        begin = head.end()
        self.at = begin + int(head.group(1))
        return self.data[begin:self.at]


def read_answer(stream):
    """One untagged or tagged answer, its literals included, without the last line end."""
    data = b""
    while True:
        line = stream.readline()
        if not line:
            raise EOFError(data)
        data += line
        literal = re.search(rb"\{(\d+)\}\r\n$", line)
        if not literal:
            return data[:-2]
        data += stream.read(int(literal.group(1)))


class Connection:
    """A login with one folder opened for reading; answers come back as values."""

    def __init__(self, port, login, password, folder="INBOX"):
        self.line = socket.create_connection(("127.0.0.1", port), 60)
        self.stream = self.line.makefile("rb")
        self.tags = 0
        read_answer(self.stream)
        self.command(f'LOGIN "{login}" "{password}"')
        self.command(f"EXAMINE {folder}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.line.close()

    def command(self, text):
        """The untagged answers; anything but OK is an error."""
        self.tags += 1
        tag = b"a%d" % self.tags
        self.line.sendall(tag + b" " + text.encode() + b"\r\n")
        answers = []
        while not (answer := read_answer(self.stream)).startswith(tag + b" "):
            answers.append(answer)
        if not answer.startswith(tag + b" OK"):
            raise RuntimeError(f"{text[:200]} was answered {answer!r}")
        return answers

    def fetch(self, which, items):
        """{sequence number: {item: value}}."""
        found = {}
        for answer in self.command(f"FETCH {which} ({items})"):
            head = re.match(rb"\* (\d+) FETCH ", answer)
            if head:
                values = Reader(answer[head.end():]).value()
                found[int(head.group(1))] = dict(zip((name.upper() for name in values[::2]), values[1::2]))
        return found


def sections(structure, path=()):
    """The section names that a BODYSTRUCTURE promises: of each part its content and MIME header, of each message inside its header and text."""
    if isinstance(structure[0], list):
        parts = [part for part in structure if isinstance(part, list) and part and isinstance(part[0], (list, bytes)) and is_body(part)]
        for number, part in enumerate(parts, 1):
            yield from part_sections(part, (*path, number))
    elif not path:
        yield from part_sections(structure, (1,))


def part_sections(part, path):
    name = ".".join(map(str, path))
    yield name
    yield f"{name}.MIME"
    if isinstance(part[0], list):
        yield from sections(part, path)
    elif part[0].lower() == b"message" and part[1].lower() in (b"rfc822", b"global") and len(part) > 8 and isinstance(part[8], list):
        yield f"{name}.HEADER"
        yield f"{name}.TEXT"
        inner = part[8]
        yield from sections(inner, path) if isinstance(inner[0], list) else part_sections(inner, (*path, 1))


def is_body(value):
    """Whether a list inside a multipart is one of its parts: the lists of its extension data are parameters or languages."""
    return isinstance(value[0], list) or (len(value) >= 7 and isinstance(value[6], int))


def first_difference(ours, theirs, path=""):
    """Where two values begin to differ, in words; None if they do not."""
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return next((found for i, pair in enumerate(zip(ours, theirs)) if (found := first_difference(*pair, f"{path}/{i}"))), None)
    return None if ours == theirs else f"at {path or 'the top'} ours is {ours!r:.400}, theirs {theirs!r:.400}"
