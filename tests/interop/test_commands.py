"""The command line from outside: help, exit codes, settings with faults, starts that must not happen, fetch and status
with a daemon and without, hash-password, and the daemon's own end."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import time

from lab import Checks, HOMESPOOL, Homespool, can_connect, free_port, imap_session, laboratory, wait_until
from provider import Provider, Silent, account, message

COMMANDS = ["run", "check-config", "status", "fetch", "reload", "hash-password", "demo", "verify", "backup", "restore", "undelete", "unhide", "import", "export", "rebuild-index"]
LATER = ["doctor", "quarantine"]
USERS = """  - name: taro
    clients:
      - {login: desk, password: desk-pw, may_delete: true}
      - {login: phone, password: phone-pw}
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

check = Checks()


def homespool(*words, stdin=b"", timeout=60):
    return subprocess.run([str(HOMESPOOL), *words], input=stdin, capture_output=True, timeout=timeout)


def one_sentence(text, *parts):
    lines = text.decode().strip().splitlines()
    return len(lines) == 1 and all(part in lines[0] for part in parts)


def tree(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def check_help():
    top = homespool("--help")
    check("--help lists every command", top.returncode == 0 and all(c.encode() in top.stdout for c in COMMANDS + LATER))
    for command in COMMANDS + LATER:
        out = homespool(command, "--help")
        check(f"{command} --help", out.returncode == 0 and b"--help" in out.stdout and not out.stderr, out)
    check("--version", re.fullmatch(rb"\d+\.\d+\.\d+\n", homespool("--version").stdout))


def check_wrong_usage():
    for words in ([], ["bogus"], ["run", "--bogus"], ["run", "extra"], ["status", "-c"], ["hash-password", "--json"]):
        out = homespool(*words)
        check(f"wrong usage is 64: {words}", out.returncode == 64 and out.stderr and not out.stdout, out)
    check("an unknown command is named", b"bogus" in homespool("bogus").stderr)
    for command in LATER:
        out = homespool(command, "x", "--deep")
        check(f"{command} says that it is not available yet",
              out.returncode == 64 and one_sentence(out.stderr, command, "not available yet"), out)


def check_faults(root):
    """Every fault of a file at once, by every command, and nothing made."""
    root.mkdir()
    file = root / "bad.yaml"
    file.write_text("spool: {directory: spool}\nlgo: {level: info}\nusers:\n  - name: a\n    clients:\n"
                    "      - {login: x, password: p, may_delete: true}\n      - {login: x, password: p, may_delete: true}\n"
                    f"server: {{imap: ['127.0.0.1:{free_port()}'], http: 7}}\n")
    file.chmod(0o600)
    for words in (["check-config"], ["run"], ["status"], ["status", "--json"], ["fetch"], ["reload"]):
        out = homespool(*words, "-c", str(file))
        lines = out.stderr.decode().splitlines()
        located = [line for line in lines if re.match(re.escape(str(file)) + r":\d+:\d+: \S", line)]
        check(f"{words}: every fault with its place", out.returncode == 78 and len(located) >= 4 and located == lines, out)
        check(f"{words}: the nearest key is suggested", any(":2:1:" in line and "'log'" in line for line in lines), lines)
    found = json.loads(homespool("check-config", "--json", "-c", str(file)).stdout)
    check("check-config --json has them too", len(found["problems"]) >= 4 and found["problems"][0]["line"] == 2, found)
    check("a bad file makes nothing", tree(root) == ["bad.yaml"], tree(root))
    missing = homespool("run", "-c", str(root / "none.yaml"))
    check("a missing file is 78 and named", missing.returncode == 78 and one_sentence(missing.stderr, "none.yaml"), missing)
    file.write_text("spool: {directory: spool}\n")
    file.chmod(0o644)
    open_file = homespool("run", "-c", str(file))
    check("a file that others may read is 78 and the chmod is named",
          open_file.returncode == 78 and one_sentence(open_file.stderr, f"chmod 600 {file}"), open_file)
    file.chmod(0o600)
    fine = subprocess.run([str(HOMESPOOL), "check-config", "-c", "bad.yaml"], cwd=root, capture_output=True)
    check("check-config of a good file is 0, by a relative path", fine.returncode == 0 and b"fine" in fine.stdout, fine)
    check("check-config makes nothing", tree(root) == ["bad.yaml"], tree(root))


def start_fails(home, sentence, code, *parts):
    out = home.command("run", timeout=30)
    check(sentence, out.returncode == code and one_sentence(out.stderr.splitlines()[-1], *parts)
          and len(out.stderr.splitlines()) == 1, out)
    ports = [home.pop3, home.pop3s, home.imap, home.imaps, home.http]
    check(f"{sentence}: nothing is left listening",
          not any(can_connect(p) for p in ports if p not in home.taken) and not (home.root / "spool/control.sock").exists())


def check_failed_starts(root):
    home = Homespool(root / "starts", USERS)
    home.taken = set()
    with socket.create_server(("127.0.0.1", home.http)):
        home.taken = {home.http}
        start_fails(home, "a port in use is 75 and named", 75, f"127.0.0.1:{home.http}", "in use")
    home.taken = set()

    (home.root / "cert.pem").write_text("garbage\n")
    (home.root / "key.pem").write_text("garbage\n")
    (home.root / "key.pem").chmod(0o600)
    home.write_settings(USERS, server="  tls: {certificate: cert.pem, key: key.pem}")
    start_fails(home, "a certificate that is garbage is 78 and named", 78, "cert.pem")
    (home.root / "key.pem").chmod(0o644)
    start_fails(home, "a key that others may read is 78 with the chmod", 78, "chmod 600", "key.pem")
    (home.root / "cert.pem").unlink()
    (home.root / "key.pem").chmod(0o600)
    start_fails(home, "a certificate that is missing is 78 and named", 78, "cert.pem")
    home.write_settings(USERS)

    index = home.root / "spool/index.db"
    with sqlite3.connect(index) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("PRAGMA user_version=99999")
    database.close()
    before = index.read_bytes()
    start_fails(home, "a spool of a newer version is 1", 1, "newer version")
    check("a spool of a newer version is left as it is", index.read_bytes() == before)
    for words in (["status"], ["fetch"]):
        out = home.command(*words)
        check(f"{words} refuses it too", out.returncode == 1 and one_sentence(out.stderr, "newer version"), out)
    with sqlite3.connect(index) as database:
        database.execute(f"PRAGMA user_version={version}")
    database.close()

    index.rename(home.root / "aside")
    index.write_bytes(b"this is no database" * 1000)
    start_fails(home, "an index that is garbage is 1", 1, "index")
    (home.root / "aside").rename(index)

    home.start()
    second = home.command("run", timeout=30)
    check("a second daemon on the spool is 75", second.returncode == 75 and one_sentence(second.stderr, "in use"), second)
    check("the first goes on", home.status()["state"] == "ok" and can_connect(home.imap))
    home.stop()


def is_time(value):
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def status_object_is_right(status, running):
    account_keys = {"name", "user", "state", "since", "last_success", "last_attempt", "next_try", "failure", "waiting",
                    "stored", "quarantined", "too_large"}
    client_keys = {"login", "user", "deleter", "last_seen", "protocol", "hidden_deletes", "refused_deletes"}
    faults = []
    if not {"version", "started", "state", "accounts", "spool", "clients"} <= status.keys():
        faults.append("top")
    if not (is_time(status["started"]) if running else status["started"] is None):
        faults.append("started")
    for a in status["accounts"]:
        if not account_keys <= a.keys():
            faults.append("account keys")
        for key in ("since", "last_success", "last_attempt", "next_try"):
            if a[key] is not None and not is_time(a[key]):
                faults.append(key)
        if any(type(a[key]) is not int for key in ("waiting", "stored", "quarantined", "too_large")):
            faults.append("account numbers")
        if a["state"] not in ("ok", "polling", "starting", "failing", "refused", "paused"):
            faults.append(a["state"])
        if a["failure"] is not None and (not {"class", "step", "text", "count"} <= a["failure"].keys()
                                         or type(a["failure"]["count"]) is not int):
            faults.append("failure")
    if any(type(status["spool"][key]) is not int for key in ("messages", "bytes", "free_bytes")):
        faults.append("spool")
    for c in status["clients"]:
        if not client_keys <= c.keys() or type(c["deleter"]) is not bool or type(c["hidden_deletes"]) is not int:
            faults.append("client")
        if c["last_seen"] is not None and not is_time(c["last_seen"]):
            faults.append("last_seen")
    return faults


def reports_are_right(reports):
    keys = {"name", "state", "new", "duplicates", "deleted", "failure"}
    return isinstance(reports, list) and all(
        keys <= r.keys() and all(type(r[k]) is int for k in ("new", "duplicates", "deleted")) for r in reports)


def check_fetch_and_status(root):
    provider = Provider({"good": ("good-secret", [message("one"), message("two")]), "off": ("off-secret", [message("three")])})
    strict = Provider({"bad": ("other", [])})  # by itself: a host that refused sees one login a minute
    accounts = (account("isp", "taro", provider.port, "good", "good-secret") + account("wrong", "taro", strict.port, "bad", "bad-secret")
                + account("off", "taro", provider.port, "off", "off-secret", "enabled: false"))
    home = Homespool(root / "fetch", USERS, accounts)

    out = home.command("status", "--json")
    check("status where no spool is says so", out.returncode == 1 and one_sentence(out.stderr, "there is no spool in"), out)
    check("and makes none", not (home.root / "spool").exists())
    out = home.command("fetch", "nobody")
    check("fetch of an unknown account is 1 and a sentence", out.returncode == 1 and one_sentence(out.stderr, "'nobody'"), out)
    check("and it makes no half work", provider.logins == [])
    out = home.command("fetch", "isp", "--json")
    reports = json.loads(out.stdout)
    check("fetch without a daemon", out.returncode == 0 and reports_are_right(reports)
          and [(r["name"], r["state"], r["new"], r["failure"]) for r in reports] == [("isp", "ok", 2, None)], out)
    status = json.loads(home.command("status", "--json").stdout)
    check("status --json without a daemon", not status_object_is_right(status, False), status)
    check("an account never tried is starting, one switched off paused",
          [a["state"] for a in status["accounts"]] == ["ok", "starting", "paused"], status)
    out = home.command("fetch", "--json")
    reports = {r["name"]: r for r in json.loads(out.stdout)}
    check("fetch of all is 1 when one fails, and polls what is switched on",
          out.returncode == 1 and set(reports) == {"isp", "wrong"} and reports["wrong"]["state"] == "refused"
          and reports["wrong"]["failure"]["class"] == "login" and reports["wrong"]["failure"]["step"] == "login", out)
    check("the server's own words are repeated", "no such login" in reports["wrong"]["failure"]["text"], reports)
    text = home.command("fetch", "isp")
    check("fetch for people", text.returncode == 0 and one_sentence(text.stdout, "isp", "0 new"), text)
    status = json.loads(home.command("status", "--json").stdout)
    by_name = {a["name"]: a for a in status["accounts"]}
    check("status without a daemon remembers", not status_object_is_right(status, False)
          and by_name["isp"]["state"] == "ok" and by_name["isp"]["stored"] == 2 and by_name["isp"]["failure"] is None
          and by_name["wrong"]["failure"]["class"] == "login" and status["spool"]["messages"] == 2, status)

    home.start()
    wait_until(lambda: home.status()["accounts"][0]["state"] == "ok")
    out = home.command("fetch", "nobody", "isp")
    check("fetch of an unknown account with a daemon is 1 and a sentence",
          out.returncode == 1 and one_sentence(out.stderr, "'nobody'") and not out.stdout, out)
    provider.mailboxes["good"][1].append(message("four"))
    out = home.command("fetch", "isp", "isp", "--json")
    check("fetch with a daemon", out.returncode == 0 and reports_are_right(json.loads(out.stdout))
          and json.loads(out.stdout)[0]["new"] == 1, out)
    with imap_session(home.imap, "desk", "desk-pw"):
        pass
    status = home.status()
    check("status --json with a daemon", not status_object_is_right(status, True), status)
    seen = {c["login"]: c for c in status["clients"]}
    check("clients last seen", seen["desk"]["protocol"] == "imap" and is_time(seen["desk"]["last_seen"])
          and seen["desk"]["deleter"] and seen["phone"]["last_seen"] is None and not seen["phone"]["deleter"], status)
    out = home.command("status")
    check("status for people says what cannot be fetched, and why",
          out.returncode == 0 and b"cannot fetch" in out.stdout and b"no such login" in out.stdout and b"isp" in out.stdout, out)
    check("who was refused holds up nobody else", home.command("fetch", "isp", timeout=30).returncode == 0)
    home.stop()
    provider.stop()
    strict.stop()


def check_owner(root):
    """Root beside a service that is stopped: what it fetches stays readable for the service's own user."""
    provider = Provider({"good": ("good-secret", [message("one"), message("x" * 2_000_000)])})
    home = Homespool(root / "owner", USERS, account("isp", "taro", provider.port, "good", "good-secret"))
    spool = home.root / "spool"
    spool.mkdir(exist_ok=True)
    os.chown(spool, 65534, 65534)
    out = home.command("fetch", "isp", "--json")
    check("root fetches for the owner of the spool", out.returncode == 0 and json.loads(out.stdout)[0]["new"] == 2, out)
    owners = {str(p): p.stat().st_uid for p in spool.rglob("*")}
    check("and leaves nothing that is not the owner's", len(owners) > 3 and set(owners.values()) == {65534}, owners)
    provider.stop()


def check_probe(root):
    provider = Provider({"good": ("good-secret", [message("one")]), "bad": ("other", [])})
    good = account("isp", "taro", provider.port, "good", "good-secret")
    off = account("off", "taro", provider.port, "bad", "no", "enabled: false")
    home = Homespool(root / "probe", USERS, good + off)
    out = home.command("check-config", "--probe")
    check("--probe logs in to what is enabled", out.returncode == 0 and provider.logins == ["good"]
          and b"isp: logged in" in out.stdout, out)
    check("and names what is not", b"off: switched off, not tried" in out.stdout, out)
    told = json.loads(home.command("check-config", "--probe", "--json").stdout)["accounts"]
    check("to programs too", [(a["name"], a["tried"]) for a in told] == [("isp", True), ("off", False)], told)
    home.write_settings(USERS, good + account("wrong", "taro", provider.port, "bad", "bad-secret"))
    out = home.command("check-config", "--probe")
    check("--probe is 1 when one fails, and says why", out.returncode == 1 and b"isp: logged in" in out.stdout
          and b"wrong: cannot log in: " in out.stdout and b"bad-secret" not in out.stdout + out.stderr, out)
    out = json.loads(home.command("check-config", "--probe", "--json").stdout)
    check("--probe --json", [(a["name"], a["failure"] is None) for a in out["accounts"]] == [("isp", True), ("wrong", False)], out)
    check("--probe makes no spool", not (home.root / "spool").exists())
    provider.stop()


def check_hash_password(root):
    hashes = []
    for words in ([], ["--scram"]):
        out = homespool("hash-password", *words, stdin=b"sesame #1: \xc3\xa4\n")
        check(f"hash-password {words}", out.returncode == 0 and len(out.stdout.splitlines()) == 1
              and b"sesame" not in out.stdout, out)
        hashes.append(out.stdout.decode().strip())
    check("the two kinds", hashes[0].startswith("$argon2id$") and hashes[1].startswith("SCRAM-SHA-256$"), hashes)
    check("no password, no hash", homespool("hash-password", stdin=b"\n").returncode == 1)
    users = f"""  - name: taro
    clients:
      - {{login: argon, password_hash: "{hashes[0]}"}}
      - {{login: scram, password_hash: "{hashes[1]}"}}
"""
    home = Homespool(root / "hash", users).start()
    for login in ("argon", "scram"):
        with socket.create_connection(("127.0.0.1", home.imap), 20) as line:
            file = line.makefile("rwb")
            file.readline()

            def answer(tag, password):
                file.write(b"%s LOGIN %s {%d}\r\n" % (tag, login.encode(), len(password)))
                file.flush()
                file.readline()
                file.write(password + b"\r\n")
                file.flush()
                while not (got := file.readline()).startswith(tag) and got:
                    pass
                return got
            check(f"{login}: a wrong password is refused", answer(b"a", b"sesame").startswith(b"a NO"))
            check(f"{login}: the hash lets the right one in", answer(b"b", "sesame #1: ä".encode()).startswith(b"b OK"))
    home.stop()


def check_run(root):
    """READY=1 only when serving; an end within 10 s with idle clients and a provider that stands still."""
    silent = Silent()
    home = Homespool(root / "run", USERS, account("stuck", "taro", silent.port, "x", "y"))
    notify = home.root / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(notify))
        systemd.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = str(notify)
        home.start(wait=False)
        del os.environ["NOTIFY_SOCKET"]
        told = systemd.recv(4096)
        check("READY=1, and then every listener answers", b"READY=1" in told
              and all(can_connect(p) for p in (home.pop3, home.pop3s, home.imap, home.imaps, home.http)), told)
        lines = []
        for _ in range(3):
            line = socket.create_connection(("127.0.0.1", home.imap), 20).makefile("rwb")
            line.readline()
            line.write(b"a LOGIN desk desk-pw\r\nb SELECT INBOX\r\nc IDLE\r\n")
            line.flush()
            while not line.readline().startswith(b"+"):
                pass
            lines.append(line)
        fresh = socket.create_connection(("127.0.0.1", home.imap), 20)  # says nothing
        asking = subprocess.Popen([str(HOMESPOOL), "fetch", "-c", str(home.settings)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)  # waits for the poll that stands still
        wait_until(lambda: home.status()["accounts"][0]["state"] == "polling")
        begin = time.monotonic()
        code = home.stop()
        took = time.monotonic() - begin
        check("SIGTERM ends within 10 s and with 0", code == 0 and took < 10, (code, took))
        check("STOPPING=1 is told", b"STOPPING=1" in systemd.recv(4096))
        said = lines[0].read()
        check("an idle client is told BYE", b"* BYE" in said, said)
        check("a fetch that waited ends, and not with 0", asking.wait(20) != 0)
        fresh.close()
    check("nothing is left behind", not (home.root / "spool/control.sock").exists())
    silent.stop()


def main():
    check_help()
    check_wrong_usage()
    with laboratory() as root:
        parts = [lambda: check_faults(root / "faults"), lambda: check_failed_starts(root), lambda: check_fetch_and_status(root),
                 lambda: check_owner(root), lambda: check_probe(root), lambda: check_hash_password(root), lambda: check_run(root)]
        for part in parts:
            part()
    check.finish()


main()
