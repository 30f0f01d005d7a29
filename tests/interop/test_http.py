"""What HTTP answers on its port and on the control socket, what the log looks like, and that no secret is in any of it."""

import http.client
import json
import re
import socket
import stat

from lab import Checks, Homespool, imap_session, laboratory, pop3_session, wait_until
from provider import Provider, account, message

SECRETS = ["desk-secret-1", "phone-secret-2", "isp-secret-3", "wrong-secret-4", "guess-secret-5", "file-secret-6", "command-secret-7"]
USERS = """  - name: taro
    clients:
      - {login: desk, password: desk-secret-1, may_delete: true}
      - {login: phone, password: phone-secret-2}
"""

check = Checks()


class LocalConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


def ask(connection, method, path, body=None):
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def metrics_of(text):
    """Name and labels to value; every line must be of the text format."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = re.fullmatch(r'([a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\})?) (-?[0-9.e+]+)', line)
        if match is None:
            return {}
        found[match.group(1)] = float(match.group(2))
    return found


def check_paths(home, open_connection, where):
    line = open_connection()
    for path, kind in (("/healthz", "text/plain"), ("/readyz", "text/plain"), ("/metrics", "text/plain"),
                       ("/api/status", "application/json"), ("/", "text/html")):
        status, headers, body = ask(line, "GET", path)
        check(f"{where}: GET {path}", status == 200 and headers["Content-Type"].startswith(kind) and body, (status, headers, body))
        head_status, head_headers, head_body = ask(line, "HEAD", path)
        check(f"{where}: HEAD {path}", head_status == 200 and head_body == "" and head_headers["Content-Type"] == headers["Content-Type"]
              and int(head_headers["Content-Length"]) > 0, head_headers)
        check(f"{where}: POST {path} is 405", ask(line, "POST", path, "x")[0] == 405)
    check(f"{where}: a query changes nothing", ask(line, "GET", "/healthz?x=1")[0] == 200)
    check(f"{where}: what is not there is 404", ask(line, "GET", "/nothing")[0] == 404 and ask(line, "GET", "/api")[0] == 404)
    line.close()
    line = open_connection()
    line.connect()
    line.sock.sendall(b"this is no request\r\n\r\n")
    check(f"{where}: nonsense is 400", line.sock.recv(100).startswith(b"HTTP/1.1 400"))
    line.close()


def check_metrics(home, tcp):
    _, headers, text = ask(tcp(), "GET", "/metrics")
    check("metrics say their version", "version=0.0.4" in headers["Content-Type"])
    found = metrics_of(text)
    wanted = {'homespool_account_up{account="isp"}': 1, 'homespool_account_up{account="wrong"}': 0,
              'homespool_account_last_success_timestamp_seconds{account="wrong"}': 0,
              'homespool_messages_fetched_total{account="isp"}': 2, 'homespool_sessions{protocol="imap"}': 1,
              'homespool_sessions{protocol="pop3"}': 0, "homespool_spool_messages": 2}
    for name, value in wanted.items():
        check(f"metric {name}", found.get(name) == value, found)
    for name in ('homespool_account_last_success_timestamp_seconds{account="isp"}', "homespool_spool_bytes", "homespool_disk_free_bytes"):
        check(f"metric {name}", found.get(name, 0) > 0, found)


def check_control(home, tcp, local):
    mode = stat.S_IMODE((home.root / "spool/control.sock").stat().st_mode)
    check("control.sock is for its owner alone", mode == 0o600, oct(mode))
    for path in ("/api/fetch", "/api/reload"):
        status, _, body = ask(tcp(), "POST", path, '{"accounts": []}')
        check(f"POST {path} over TCP is refused", status in (403, 404), (status, body))
    status, headers, body = ask(local(), "POST", "/api/fetch", '{"accounts": ["isp"]}')
    check("fetch over the control socket", status == 200 and json.loads(body)[0]["name"] == "isp", body)
    for nonsense in ("", "{}", "[1", '{"accounts": [1]}', '{"accounts": "isp"}'):
        check(f"fetch refuses {nonsense!r}", ask(local(), "POST", "/api/fetch", nonsense)[0] == 400)
    status, _, body = ask(local(), "POST", "/api/fetch", '{"accounts": ["<b>"]}')
    check("fetch of an unknown account names it", status == 409 and "'<b>'" in body, (status, body))
    by_tcp, by_local = (json.loads(ask(c(), "GET", "/api/status")[2]) for c in (tcp, local))
    check("/api/status is what status --json prints", by_tcp.keys() == by_local.keys() == home.status().keys())


def check_log(home, texts):
    lines = home.log.read_text(errors="replace").splitlines()
    parsed = []
    for line in lines:
        try:
            parsed.append(json.loads(line))
        except ValueError:
            check("every line of the log is JSON", False, line)
    check("every line of the log is an object with time, level and text",
          len(parsed) > 5 and all({"time", "level", "text"} <= p.keys() for p in parsed))
    check("the log tells of debug, too", any(p["level"] == "debug" for p in parsed), {p["level"] for p in parsed})
    check("a failed login is logged with who and from where",
          any("guess" not in p["text"] and "desk" in p["text"] and "127.0.0.1" in p["text"] for p in parsed))
    for secret in SECRETS:
        places = [name for name, text in texts.items() if secret in text]
        check(f"{secret} is nowhere", not places, places)


def fail_logins(home):
    for wrong in ("guess-secret-5", "phone-secret-2"):
        for session in (imap_session(home.imap, "desk", wrong), pop3_session(home.pop3, "desk", wrong)):
            try:
                with session:
                    check("a wrong password is refused", False)
            except Exception as error:
                check("a wrong password is refused", wrong not in str(error), error)


def main():
    with laboratory() as root:
        provider = Provider({"good": ("isp-secret-3", [message("one"), message("two")]), "bad": ("other", []),
                             "filed": ("file-secret-6", []), "asked": ("command-secret-7", [])})
        accounts = (account("isp", "taro", provider.port, "good", "isp-secret-3", "poll: 1h")
                    + account("wrong", "taro", provider.port, "bad", "wrong-secret-4", "poll: 1h")
                    + account("filed", "taro", provider.port, "filed", "x").replace("password: x", "password_file: filed.secret")
                    + account("asked", "taro", provider.port, "asked", "x").replace("password: x", "password_command: echo command-secret-7"))
        home = Homespool(root / "home", USERS, accounts, server="log: {level: debug, format: json}")
        (home.root / "filed.secret").write_text("file-secret-6\n")
        (home.root / "filed.secret").chmod(0o600)
        home.start()

        def tcp():
            return http.client.HTTPConnection("127.0.0.1", home.http, timeout=20)

        def local():
            return LocalConnection(home.root / "spool/control.sock")

        wait_until(lambda: [a["state"] for a in home.status()["accounts"]] == ["ok", "refused", "ok", "ok"], 20)
        check("passwords from a file and from a command are used", {"filed", "asked"} <= set(provider.logins), home.status())
        check_paths(home, tcp, "TCP")
        check_paths(home, local, "control socket")
        with imap_session(home.imap, "desk", "desk-secret-1") as session:
            session.select()
            check_metrics(home, tcp)
        check_control(home, tcp, local)
        fail_logins(home)
        texts = {path: ask(tcp(), "GET", path)[2] for path in ("/", "/api/status", "/metrics")}
        check("the page shows why", "no such login" in texts["/"])
        for words in (["status"], ["status", "--json"], ["fetch"], ["fetch", "--json"], ["check-config"], ["check-config", "--probe"]):
            out = home.command(*words)
            texts[" ".join(words)] = (out.stdout + out.stderr).decode()
        home.stop()
        texts["log"] = home.log.read_text(errors="replace")
        check_log(home, texts)
        provider.stop()
    check.finish()


main()
