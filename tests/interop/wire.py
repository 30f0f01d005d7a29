"""POP3 and IMAP by the line, for tests that look at the exact words of an answer. Nothing is done that was not asked for."""

import re
import socket

import imap_values
import lab


class Line:
    """A connection with its bytes."""

    def __init__(self, port, tls=False):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        if tls:
            self.wrap()
        self.stream = self.socket.makefile("rb")

    def wrap(self):
        self.socket = lab.no_verify().wrap_socket(self.socket, server_hostname="localhost")
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def rest(self):
        """Everything up to the end of the connection."""
        try:
            return self.stream.read()
        except OSError:
            return b""


class Answer:
    """A command's untagged lines and its end: `kind` OK, NO or BAD, `text` what follows."""

    def __init__(self, untagged, tagged):
        self.untagged = untagged
        _, self.kind, self.text = (tagged.split(b" ", 2) + [b"", b""])[:3]
        self.kind = self.kind.decode()

    def find(self, pattern):
        return next((found for line in self.untagged if (found := re.search(pattern, line, re.S))), None)

    def all(self, pattern):
        return [found for line in self.untagged if (found := re.search(pattern, line, re.S))]

    def __repr__(self):
        return f"{self.untagged!r:.1500} {self.kind} {self.text!r:.500}"


class Imap(Line):
    def __init__(self, port, login=None, folder=None, tls=False, password="p"):
        super().__init__(port, tls)
        self.tags = 0
        self.greeting = imap_values.read_answer(self.stream)
        if login:
            self.must(f"LOGIN {login} {password}")
        if folder:
            self.must(f"SELECT {folder}")

    def do(self, command, *literals):
        """Sends a command; after each piece but the last a literal follows: do("APPEND x", b"…") or do(("A", "B"), b"…")."""
        self.tags += 1
        tag = b"t%d" % self.tags
        pieces = [command] if isinstance(command, (str, bytes)) else list(command)
        pieces = [p.encode() if isinstance(p, str) else p for p in pieces]
        pieces += [b""] * (len(literals) + 1 - len(pieces))
        untagged = []
        out = tag + b" "
        for piece, literal in zip(pieces, literals):
            self.send(out + piece + b" {%d}\r\n" % len(literal) if piece else out + b" {%d}\r\n" % len(literal))
            while not (line := imap_values.read_answer(self.stream)).startswith(b"+"):
                if line.startswith(tag + b" "):
                    return Answer(untagged, line)
                untagged.append(line)
            out = literal
        self.send(out + pieces[-1] + b"\r\n")
        return self.end(tag, untagged)

    def end(self, tag, untagged=None):
        untagged = untagged or []
        while not (line := imap_values.read_answer(self.stream)).startswith(tag + b" "):
            untagged.append(line)
        return Answer(untagged, line)

    def must(self, command, *literals):
        answer = self.do(command, *literals)
        if answer.kind != "OK":
            raise RuntimeError(f"{command!r:.200} was answered {answer}")
        return answer

    def append(self, folder, content, flags=""):
        return self.do(f"APPEND {folder}{' ' + flags if flags else ''}", content)

    def flags(self, number):
        """The flags of one message, as a sorted list, without \\Recent."""
        found = self.must(f"FETCH {number} (FLAGS)").all(rb"^\* %d FETCH .*FLAGS \(([^)]*)\)" % int(number))
        return sorted(set(found[-1].group(1).decode().split()) - {"\\Recent"}) if found else None

    def count(self, folder):
        return int(self.must(f"STATUS {folder} (MESSAGES)").find(rb"MESSAGES (\d+)").group(1))


class Pop3(Line):
    def __init__(self, port, login=None, tls=False, password="p"):
        super().__init__(port, tls)
        self.greeting = self.stream.readline()
        self.opened = b""
        if login:
            self.do(f"USER {login}")
            self.opened = self.do(f"PASS {password}")

    def do(self, command):
        self.send((command.encode() if isinstance(command, str) else command) + b"\r\n")
        return self.stream.readline().rstrip(b"\r\n")

    def lines(self, command):
        """A multi-line answer without its status line; None when it is refused."""
        if not self.do(command).startswith(b"+OK"):
            return None
        got = []
        while (line := self.stream.readline()) not in (b".\r\n", b""):
            got.append(line[1:] if line.startswith(b".") else line)
        return got

    def message(self, number):
        got = self.lines(f"RETR {number}")
        return None if got is None else b"".join(got)

    def uidls(self):
        return [line.split()[1] for line in self.lines("UIDL")]

    def count(self):
        return int(self.do("STAT").split()[1])
