"""A POP3 provider that does what a test tells it to, right or wrong: each instance a port, its messages, and its faults.

A fault is a hook: a function that gets the session and answers in the server's stead. Without hooks it is a well-behaved server.
"""

import base64
import contextlib
import re
import socket
import threading
import time


class Mail:
    """One message. `retr(session, mail)`, when given, answers RETR; `size` is what LIST says."""

    def __init__(self, uid, body, retr=None, size=None):
        self.uid = uid if isinstance(uid, bytes) else uid.encode()
        self.body = body
        self.retr = retr
        self.size = len(body) if size is None else size


class Gone(Exception):
    """The session is over."""


def stuffed(body):
    return re.sub(rb"(^|\r\n)\.", rb"\1..", body)


class Session:
    def __init__(self, provider, connection, number):
        self.provider = provider
        self.connection = connection
        self.number = number
        self.buffer = b""
        self.mails = []
        self.deleted = set()
        self.login = None
        self.secure = False

    def send(self, data):
        self.connection.sendall(data)

    def line(self, text):
        self.send(text + self.provider.line_end)

    def many(self, lines):
        end = self.provider.line_end
        self.send(b"+OK" + end + b"".join(line + end for line in lines) + b"." + end)

    def drop(self):
        raise Gone

    def read_line(self):
        while b"\n" not in self.buffer:
            got = self.connection.recv(65536)
            if not got:
                raise Gone
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def serve(self):
        provider = self.provider
        if provider.implicit:
            self.wrap()
        if "greeting" in provider.hooks:
            provider.hooks["greeting"](self)
        else:
            self.line(b"+OK ready")
        while True:
            line = self.read_line()
            command, _, argument = line.partition(b" ")
            command = command.upper().decode("latin-1")
            provider.note(self, command, argument)
            if command in provider.hooks:
                provider.hooks[command](self, argument)
            else:
                getattr(self, "do_" + command.lower(), self.do_unknown)(argument)

    def wrap(self):
        self.connection = self.provider.tls.wrap_socket(self.connection, server_side=True)
        self.secure = True

    def do_unknown(self, _):
        self.line(b"-ERR unknown command")

    def do_capa(self, _):
        self.many(self.provider.capabilities)

    def do_stls(self, _):
        self.line(b"+OK go on")
        self.wrap()

    def do_user(self, name):
        self.login = name
        self.line(b"+OK")

    def do_pass(self, password):
        self.enter(password)

    def do_auth(self, argument):
        mechanism, _, initial = argument.partition(b" ")
        if mechanism.upper() != b"PLAIN":
            return self.line(b"-ERR unknown mechanism")
        if not initial:
            self.line(b"+ ")
            initial = self.read_line()
        _, self.login, password = base64.b64decode(initial).split(b"\0")
        self.enter(password)

    def enter(self, password):
        provider = self.provider
        provider.logins.append(time.monotonic())
        provider.passwords.append((password, self.secure))
        if password != provider.password:
            return self.line(b"-ERR [AUTH] wrong password")
        with provider.lock:
            self.mails = list(provider.mails)
        self.line(b"+OK")

    def left(self):
        return [(n, m) for n, m in enumerate(self.mails, 1) if n not in self.deleted]

    def do_stat(self, _):
        left = self.left()
        self.line(b"+OK %d %d" % (len(left), sum(m.size for _, m in left)))

    def do_list(self, _):
        self.many(b"%d %d" % (n, m.size) for n, m in self.left())

    def do_uidl(self, _):
        self.many(b"%d %s" % (n, m.uid) for n, m in self.left())

    def do_top(self, argument):
        mail = self.mails[int(argument.split()[0]) - 1]
        head = mail.body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.send(b"+OK" + self.provider.line_end + stuffed(head) + b"." + self.provider.line_end)

    def do_retr(self, argument):
        mail = self.mails[int(argument) - 1]
        self.provider.retrieved.append(mail.uid)
        if mail.retr:
            return mail.retr(self, mail)
        body = stuffed(mail.body)
        if self.provider.line_end == b"\n":  # such a server takes any LF for a line end
            body = re.sub(rb"(^|\n)\.", rb"\1..", mail.body.replace(b"\r\n", b"\n"))
        self.send(b"+OK" + self.provider.line_end + body + b"." + self.provider.line_end)

    def do_dele(self, argument):
        self.deleted.add(int(argument))
        self.line(b"+OK")

    def do_noop(self, _):
        self.line(b"+OK")

    def do_quit(self, _):
        self.expunge()
        self.line(b"+OK bye")
        raise Gone

    def expunge(self):
        going = [self.mails[n - 1] for n in self.deleted]
        with self.provider.lock:
            self.provider.mails = [m for m in self.provider.mails if m not in going]
            self.provider.expunged += [m.uid for m in going]


class Provider:
    def __init__(self, mails=(), hooks=None, tls=None, implicit=False, line_end=b"\r\n",
                 capabilities=(b"USER", b"UIDL", b"TOP", b"PIPELINING")):
        self.mails = list(mails)
        self.hooks = dict(hooks or {})
        self.tls, self.implicit, self.line_end = tls, implicit, line_end
        self.capabilities = list(capabilities)
        self.password = b"secret"
        self.lock = threading.Lock()
        self.connections = 0
        self.commands = []  # (number of the connection, command, argument)
        self.logins, self.passwords = [], []  # times; (password, over TLS)
        self.retrieved, self.expunged = [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def note(self, session, command, argument):
        self.commands.append((session.number, command, argument))

    def said(self, command):
        return [argument for _, said, argument in self.commands if said == command]

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                connection.settimeout(300)
                threading.Thread(target=self.run, args=(Session(self, connection, self.connections),), daemon=True).start()

    def run(self, session):
        with contextlib.suppress(Gone, OSError, ValueError, IndexError):
            session.serve()
        # A close with unread input would reset the line and take with it what was sent.
        with contextlib.suppress(OSError):
            session.connection.shutdown(socket.SHUT_WR)
            session.connection.settimeout(2)
            while session.connection.recv(65536):
                pass
        session.connection.close()

    def close(self):
        self.listener.close()
