"""A small laboratory for tests against real programs: Dovecot as a provider, homespool under test, checks that count.

Everything lives in one temporary folder and on free loopback ports. Standard library only. Run as root (Dovecot wants it).
"""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sessions import append, imap_session, no_verify, pop3_session, subjects_and_flags  # noqa: F401  (the tests take them from here)

REPOSITORY = Path(__file__).resolve().parents[2]
HOMESPOOL = Path(os.environ.get("HOMESPOOL", REPOSITORY / "build/release/homespool"))
CORPUS = Path(os.environ.get("HOMESPOOL_MAIL_CORPUS", REPOSITORY.parent / "shared/mail"))
SAMPLES = REPOSITORY / "tests/mail"


class Checks:
    """Counts what held and what did not; says at the end `N passed, N failed`."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def __call__(self, sentence, held, detail=""):
        if held:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok  ' if held else 'FAIL'} {sentence}" + (f": {detail}" if detail and not held else ""), flush=True)
        return held

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


_ports_given = set()
_started = []  # daemons, so that none outlives its laboratory, however that ends


def free_port():
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _ports_given:
            _ports_given.add(port)
            return port


def need(*programs):
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        print("these programs are needed and missing: " + " ".join(missing))
        print("0 passed, 1 failed")
        sys.exit(1)


def wait_until(what, seconds=60, every=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(every)
    return what()


def messages(count=None):
    """The bytes of every sample of the project and, when that folder is there, of the corpus; repeated with a header and a
    Message-ID of their own to make up `count`. Line ends are CRLF and every message ends with one, as on the wire."""
    found = []
    for folder in (SAMPLES, CORPUS):
        found += [wire_form(p.read_bytes()) for p in sorted(folder.rglob("*.eml"))]
    found = list(dict.fromkeys(m for m in found if m.strip()))
    if count is None:
        return found
    out = found[:count]
    for i in range(count - len(out)):
        out.append(b"X-Copy: %d\r\n" % i + with_id_of_its_own(found[i % len(found)], i))
    return out


def with_id_of_its_own(message, number):
    """Else it is the same message with another header line, and kept once when it comes through two accounts."""
    return re.sub(rb"(?i)\A((?:.*\r\n)*?message-id:\s*<?)", rb"\g<1>copy%d." % number, message, count=1)


def sample(name):
    """One sample of the project, as on the wire."""
    return wire_form((SAMPLES / f"{name}.eml").read_bytes())


def wire_form(raw):
    text = re.sub(rb"(?<!\r)\n", b"\r\n", raw)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def make_certificates(folder):
    """A CA and a certificate for localhost signed by it; returns (ca, certificate, key)."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=test CA")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "30", "-extfile", "names")
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


def can_connect(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Dovecot:
    """A real Dovecot with Maildirs: POP3 (STLS), POP3S, IMAP, IMAPS on free ports; every password is "secret"."""

    def __init__(self, root, certificate, key, extra=""):
        self.root = Path(root)
        self.pop3, self.pop3s, self.imap, self.imaps = (free_port() for _ in range(4))
        for name in ("run", "state", "mail"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        os.chown(self.root / "mail", pwd.getpwnam("mail").pw_uid, pwd.getpwnam("mail").pw_gid)
        for parent in [self.root, *self.root.parents]:
            if str(parent).startswith(tempfile.gettempdir() + "/"):
                parent.chmod(0o755)
        self.config = self.root / "dovecot.conf"
        self.config.write_text(f"""
protocols = pop3 imap
listen = 127.0.0.1
base_dir = {self.root}/run
state_dir = {self.root}/state
log_path = {self.root}/log
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{self.root}/mail/%u
mail_uid = mail
mail_gid = mail
mail_privileged_group = mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={self.root}/mail/%u allow_all_users=yes
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = {self.pop3s}
    ssl = yes
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service anvil {{
  client_limit = 2000
}}
mail_max_userip_connections = 100
{extra}
""")
        self.process = None

    def put(self, user, contents):
        """Delivers messages into the user's INBOX, in this order."""
        inbox = self.root / "mail" / user
        owner = pwd.getpwnam("mail")
        for name in ("new", "cur", "tmp"):
            (inbox / name).mkdir(parents=True, exist_ok=True)
        begin = len(list((inbox / "cur").iterdir()))
        for i, content in enumerate(contents, begin):
            (inbox / "cur" / f"{1_700_000_000 + i}.M{i:06d}P1.test:2,").write_bytes(content.replace(b"\r\n", b"\n"))
        for path in [inbox, *inbox.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.config)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        _started.append(self.process)
        for port in (self.pop3, self.pop3s, self.imap, self.imaps):
            if not wait_until(lambda port=port: can_connect(port), 20):
                raise RuntimeError(f"Dovecot does not listen on {port}: see {self.root}/log")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def contents(self, user):
        """What lies there now, over POP3."""
        with pop3_session(self.pop3, user, "secret") as session:
            count = session.stat()[0]
            return [b"\r\n".join(session.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]

    def count(self, user):
        with pop3_session(self.pop3, user, "secret") as session:
            return session.stat()[0]


class Homespool:
    """homespool run with a settings file of its own. `users` and `accounts` are YAML fragments of those lists."""

    def __init__(self, root, users, accounts="", spool="", server="", program=None):
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.program = str(program or HOMESPOOL)
        self.pop3, self.pop3s, self.imap, self.imaps, self.http = (free_port() for _ in range(5))
        self.settings = self.root / "homespool.yaml"
        self.log = self.root / "homespool.log"
        self.write_settings(users, accounts, spool, server)
        self.process = None

    def write_settings(self, users, accounts="", spool="", server=""):
        self.settings.write_text(f"""spool:
  directory: spool
  minimum_free: 1MiB
{spool}
users:
{users}
accounts: {'' if accounts.strip() else '[]'}
{accounts}
server:
  name: localhost
  pop3: ["127.0.0.1:{self.pop3}"]
  pop3s: ["127.0.0.1:{self.pop3s}"]
  imap: ["127.0.0.1:{self.imap}"]
  imaps: ["127.0.0.1:{self.imaps}"]
  http: ["127.0.0.1:{self.http}"]
{server}
""")
        self.settings.chmod(0o600)

    def start(self, wait=True):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([self.program, "run", "-c", str(self.settings)], stdout=log, stderr=log)
        _started.append(self.process)
        if wait and not wait_until(lambda: can_connect(self.imap) or self.process.poll() is not None, 30):
            raise RuntimeError("homespool does not listen:\n" + self.log.read_text(errors="replace")[-4000:])
        if wait and self.process.poll() is not None:
            raise RuntimeError("homespool ended at start:\n" + self.log.read_text(errors="replace")[-4000:])
        return self

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(30)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ca(self):
        """The certificate of its own CA, in a place that every user may read."""
        copy = self.root.parent / "homespool-ca.pem"
        copy.write_bytes((self.root / "spool/tls/ca.pem").read_bytes())
        copy.chmod(0o644)
        return copy

    def command(self, *words, timeout=300):
        return subprocess.run([self.program, *words, "-c", str(self.settings)], capture_output=True, timeout=timeout)

    def fetch(self, *accounts):
        """The reports of `fetch --json`, by account."""
        out = self.command("fetch", *accounts, "--json")
        try:
            return {report["name"]: report for report in json.loads(out.stdout)}
        except ValueError:
            raise RuntimeError(f"fetch answered {out.stdout!r} {out.stderr!r}") from None

    def status(self):
        return json.loads(self.command("status", "--json").stdout)


@contextlib.contextmanager
def laboratory():
    """A temporary folder; kept and named when something failed inside and HOMESPOOL_KEEP is set."""
    root = Path(tempfile.mkdtemp(prefix="homespool-test-"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        for process in _started:
            if process.poll() is None:
                process.terminate()
        for process in _started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
        _started.clear()
        if os.environ.get("HOMESPOOL_KEEP"):
            print(f"kept: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
