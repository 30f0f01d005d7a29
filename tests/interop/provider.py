"""A tiny POP3 provider inside the test: plain text, any number of mailboxes, and one that never says a word."""

import socket
import socketserver
import threading


class Provider:
    """`mailboxes`: login -> (password, list of messages with CRLF). Counts logins that went well and were refused."""

    def __init__(self, mailboxes):
        self.mailboxes = mailboxes
        self.logins = []
        self.refused = []
        self.busy = set()
        provider = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                provider.serve(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Session)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, read, write):
        def say(line):
            write.write(line.encode() + b"\r\n")

        def say_lines(first, lines):
            say(first)
            for line in lines:
                write.write((b"." + line if line.startswith(b".") else line) + b"\r\n")
            write.write(b".\r\n")

        login, messages, gone = "", None, set()
        say("+OK here")
        for line in read:
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            verb = verb.upper()
            if verb == "CAPA":
                say_lines("+OK", [b"USER", b"UIDL", b"TOP"])
            elif verb == "USER":
                login = rest
                say("+OK")
            elif verb == "PASS":
                if login in self.busy:
                    say("-ERR [IN-USE] somebody else is reading")
                elif login in self.mailboxes and self.mailboxes[login][0] == rest:
                    self.logins.append(login)
                    messages = list(self.mailboxes[login][1])
                    say("+OK")
                else:
                    self.refused.append(login)
                    say("-ERR [AUTH] no such login or password")
            elif verb == "QUIT":
                if gone:
                    kept = [m for i, m in enumerate(messages) if i not in gone]
                    self.mailboxes[login] = (self.mailboxes[login][0], kept)
                say("+OK")
                return
            elif messages is None:
                say("-ERR log in first")
            elif verb == "STAT":
                say(f"+OK {len(messages)} {sum(map(len, messages))}")
            elif verb == "LIST" and not rest:
                say_lines("+OK", [b"%d %d" % (i, len(m)) for i, m in enumerate(messages, 1)])
            elif verb == "UIDL" and not rest:
                say_lines("+OK", [b"%d u%08x" % (i, hash(m) & 0xFFFFFFFF) for i, m in enumerate(messages, 1)])
            elif verb == "RETR":
                say_lines("+OK", messages[int(rest) - 1].split(b"\r\n")[:-1])
            elif verb == "DELE":
                gone.add(int(rest) - 1)
                say("+OK")
            else:
                say("-ERR what?")


class Silent:
    """Accepts and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]

    def stop(self):
        self.socket.close()


def message(subject):
    return f"From: a@example.com\r\nTo: b@example.com\r\nSubject: {subject}\r\n\r\n{subject}\r\n".encode()


def account(name, user, port, login, password, more=""):
    """One item of `accounts`."""
    return (f"  - {{name: {name}, user: {user}, host: 127.0.0.1, port: {port}, tls: none, login: {login}, "
            f"password: {password}{', ' + more if more else ''}}}\n")
