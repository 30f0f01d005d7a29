"""Reading the settings again, by SIGHUP and by `homespool reload`: a bad file changes nothing and says why; a good one adds,
changes and removes accounts, clients and listeners, and sessions that are not touched live on."""

import signal
import socket

from lab import Checks, Homespool, can_connect, free_port, imap_session, laboratory, wait_until
from provider import Provider, account, message

DESK = "      - {login: desk, password: desk-pw, may_delete: true}\n"
PHONE = "      - {login: phone, password: phone-pw}\n"
TABLET = "      - {login: tablet, password: tablet-pw}\n"

check = Checks()


def users(*clients):
    return "  - name: taro\n    clients:\n" + "".join(clients)


class Idle:
    """An IMAP client in IDLE."""

    def __init__(self, port, login):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.socket.makefile("rwb")
        self.file.readline()
        self.file.write(b"a LOGIN %s %s-pw\r\nb SELECT INBOX\r\nc IDLE\r\n" % (login.encode(), login.encode()))
        self.file.flush()
        while not (line := self.file.readline()).startswith(b"+"):
            if not line:
                raise RuntimeError(f"{login} cannot idle")

    def alive(self):
        """Ends the IDLE, asks for something, and idles again."""
        self.file.write(b"DONE\r\nd NOOP\r\n")
        self.file.flush()
        while (line := self.file.readline()) and not line.startswith(b"d "):
            pass
        self.file.write(b"c IDLE\r\n")
        self.file.flush()
        while line and not (self.file.readline() or b"+").startswith(b"+"):
            pass
        return line.startswith(b"d OK")

    def rest(self):
        return self.file.read()


def can_log_in(home, login):
    try:
        with imap_session(home.imap, login, f"{login}-pw"):
            return True
    except Exception:
        return False


def log_since(home, begin):
    return home.log.read_text(errors="replace")[begin:]


def hangup(home, expected):
    """SIGHUP; the log lines it brings, once `expected` is among them."""
    begin = len(home.log.read_text(errors="replace"))
    home.process.send_signal(signal.SIGHUP)
    wait_until(lambda: expected in log_since(home, begin), 20)
    return log_since(home, begin)


def check_bad_file(home, desk):
    good = home.settings.read_text()
    home.settings.write_text(good.replace("minimum_free", "minimum_fee") + "\nlgo: 1\n")
    said = hangup(home, "lgo")
    check("SIGHUP with a bad file says why, each fault with its place",
          said.count("the settings were not changed") == 2 and ":3:3: unknown key 'minimum_fee'" in said and "'lgo'" in said, said)
    out = home.command("reload")
    check("reload of a bad file is 78 and says why", out.returncode == 78 and b":3:3: " in out.stderr and b"'lgo'" in out.stderr, out)
    check("a bad file changes nothing", can_log_in(home, "phone") and desk.alive())
    home.settings.chmod(0o644)
    home.settings.write_text(good)
    check("a good file that others may read is bad too", "chmod 600" in hangup(home, "chmod"))
    home.settings.chmod(0o600)


def check_clients(home, accounts, desk):
    tablet = Idle(home.imap, "tablet")
    phone = Idle(home.imap, "phone")
    home.write_settings(users(DESK, PHONE.replace("phone-pw", "other-pw"), "      - {login: new, password: new-pw}\n"), accounts)
    out = home.command("reload")
    check("reload of a good file is 0", out.returncode == 0 and b"read again" in out.stdout and not out.stderr, out)
    check("a removed client gets BYE", b"* BYE" in tablet.rest())
    check("a client whose password changed gets BYE", b"* BYE" in phone.rest())
    check("who is not touched idles on", desk.alive())
    check("a removed client cannot log in, a new one can", not can_log_in(home, "tablet") and can_log_in(home, "new"))
    check("the old password is refused", not can_log_in(home, "phone"))
    with imap_session(home.imap, "phone", "other-pw"):
        check("the new password is taken", True)
    home.write_settings(users(DESK, PHONE, TABLET), accounts)
    home.command("reload")


def check_deleter(home, accounts, desk):
    phone = Idle(home.imap, "phone")
    home.write_settings(users(DESK.replace(", may_delete: true", ""), PHONE.replace("}", ", may_delete: true}"), TABLET), accounts)
    home.command("reload")
    check("when the deleter changes, both have to log in again", b"* BYE" in desk.rest() and b"* BYE" in phone.rest())
    deleters = [c["login"] for c in home.status()["clients"] if c["deleter"]]
    check("status knows the new deleter", deleters == ["phone"], deleters)
    home.write_settings(users(DESK, PHONE, TABLET), accounts)
    home.command("reload")
    return Idle(home.imap, "desk")


def check_listeners(home, accounts, desk):
    extra = free_port()
    before = home.settings.read_text()
    home.settings.write_text(before.replace(f'pop3: ["127.0.0.1:{home.pop3}"]', f'pop3: ["127.0.0.1:{extra}"]'))
    home.command("reload")
    check("a listener moves", can_connect(extra) and not can_connect(home.pop3))
    home.settings.write_text(before.replace(f'imap: ["127.0.0.1:{home.imap}"]', f'imap: ["0.0.0.0:{home.imap}"]'))
    out = home.command("reload")
    check("a listener may widen on its own port", out.returncode == 0 and can_connect(home.imap) and desk.alive(), out)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        home.settings.write_text(before.replace(f'imap: ["127.0.0.1:{home.imap}"]', f'imap: ["127.0.0.1:{home.imap}", "127.0.0.1:{taken}"]')
                                 .replace("login: tablet", "login: slate"))
        out = home.command("reload")
        check("a port in use: 75, its name, and nothing changed",
              out.returncode == 75 and str(taken).encode() in out.stderr and can_log_in(home, "tablet") and not can_log_in(home, "slate"), out)
    (home.root / "cert.pem").write_text("garbage\n")
    (home.root / "key.pem").write_text("garbage\n")
    (home.root / "key.pem").chmod(0o600)
    home.settings.write_text(before.replace("server:\n", "server:\n  tls: {certificate: cert.pem, key: key.pem}\n"))
    out = home.command("reload")
    check("a certificate that is garbage: 78, and nothing changed",
          out.returncode == 78 and b"cert.pem" in out.stderr and can_connect(home.imap) and desk.alive(), out)
    home.settings.write_text(before.replace(f'http: ["127.0.0.1:{home.http}"]', "http: []"))
    home.command("reload")
    check("a listener goes", not can_connect(home.http) and can_connect(home.imap))
    home.settings.write_text(before)
    check("and comes back", "read again" in hangup(home, "read again") and can_connect(home.http) and can_connect(home.pop3))
    check("who is not touched idled through all of it", desk.alive())


def state_of(home, name):
    return next((a["state"] for a in home.status()["accounts"] if a["name"] == name), None)


def check_accounts(home, provider, desk):
    good = account("isp", "taro", provider.port, "good", "good-secret", "poll: 1h")
    clients = users(DESK, PHONE, TABLET)
    home.write_settings(clients, good)
    home.command("reload")
    check("an account that is added is fetched from", wait_until(lambda: state_of(home, "isp") == "ok", 20))
    logins = len(provider.logins)
    provider.busy.add("second")
    home.write_settings(clients, good + account("other", "taro", provider.port, "second", "second-secret", "poll: 1h"))
    home.command("reload")
    check("one that is busy fails", wait_until(lambda: state_of(home, "other") == "failing", 20))
    provider.busy.clear()
    home.write_settings(clients, good + account("other", "taro", provider.port, "second", "second-secret", "poll: 2h"))
    home.command("reload")
    check("a changed account forgets its waits", wait_until(lambda: state_of(home, "other") == "ok", 20), home.status())
    home.write_settings(clients, good + account("other", "taro", provider.port, "second", "bad-secret", "poll: 2h"))
    home.command("reload")
    check("a changed password is tried at once", wait_until(lambda: state_of(home, "other") == "refused", 20))
    check("an account that is not touched is left alone", provider.logins[logins:] == ["second"], provider.logins)
    home.write_settings(clients, good)
    home.command("reload")
    check("a removed account is gone, and its mail is not",
          [a["name"] for a in home.status()["accounts"]] == ["isp"] and home.status()["spool"]["messages"] == 2)
    home.write_settings(clients, good.replace("poll: 1h", "poll: 1h, enabled: false"))
    home.command("reload")
    check("an account that is switched off is paused", wait_until(lambda: state_of(home, "isp") == "paused", 20))
    check("mail came without touching who idles", desk.alive())


def check_the_rest(home):
    before = home.settings.read_text()
    home.settings.write_text(before + "log: {level: warning, format: json}\n")
    home.command("reload")
    begin = len(home.log.read_text(errors="replace"))
    home.command("reload")
    check("the log level changes too", log_since(home, begin) == "", log_since(home, begin))
    home.settings.write_text(before.replace("directory: spool", "directory: elsewhere"))
    said = hangup(home, "spool.directory")
    check("the spool cannot move while the daemon runs", "spool.directory cannot change" in said and not (home.root / "elsewhere").exists(), said)
    home.settings.write_text(before)
    home.command("reload")
    home.stop()
    out = home.command("reload")
    check("reload without a daemon is 1 and a sentence", out.returncode == 1 and b"no daemon" in out.stderr, out)


def main():
    with laboratory() as root:
        provider = Provider({"good": ("good-secret", [message("one")]), "second": ("second-secret", [message("two")])})
        home = Homespool(root / "home", users(DESK, PHONE, TABLET)).start()
        desk = Idle(home.imap, "desk")
        check_bad_file(home, desk)
        check_clients(home, "", desk)
        desk = check_deleter(home, "", desk)
        check_listeners(home, "", desk)
        check_accounts(home, provider, desk)
        check_the_rest(home)
        provider.stop()
    check.finish()


main()
