"""mpop, getmail and fetchmail, each with settings and a store of its own, collecting from one POP3 login.

They run as user "mail" when the tests run as root: fetchmail and getmail mistrust root.
"""

import os
import pwd
import subprocess


class Collector:
    """One installed program with one account. `ca` asks for POP3S; `delete` for its own way of deleting what it has collected."""

    program = ""

    def __init__(self, folder, port, login, password="p", delete=False, ca=None):
        self.folder, self.port, self.login, self.password = folder, port, login, password
        self.delete, self.ca = delete, ca
        for name in ("store", "store/new", "store/cur", "store/tmp"):
            (folder / name).mkdir(parents=True)
        self.settings = folder / "settings"
        self.settings.write_text(self.settings_text())
        self.settings.chmod(0o600)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("mail")
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, owner.pw_uid, owner.pw_gid)

    def collect(self):
        """One run; the finished process, with what it said."""
        as_mail = ["setpriv", "--reuid=mail", "--regid=mail", "--clear-groups"] if os.geteuid() == 0 else []
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "FETCHMAILHOME": str(self.folder),
                        "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(as_mail + self.command(), env=surroundings, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)

    def copies(self):
        """Everything it has stored in all its runs, copies included."""
        return [path.read_bytes() for path in sorted((self.folder / "store/new").iterdir())]


class Mpop(Collector):
    program = "mpop"

    def settings_text(self):
        tls = f"tls on\ntls_starttls off\ntls_trust_file {self.ca}" if self.ca else "tls off"
        return f"""account default
host localhost
port {self.port}
{tls}
auth user
user {self.login}
password {self.password}
keep {'off' if self.delete else 'on'}
uidls_file {self.folder}/uidls
delivery maildir {self.folder}/store
received_header off
"""

    def command(self):
        return ["mpop", "-C", str(self.settings)]


class Getmail(Collector):
    program = "getmail"

    def settings_text(self):
        kind = f"SimplePOP3SSLRetriever\nca_certs = {self.ca}" if self.ca else "SimplePOP3Retriever"
        return f"""[retriever]
type = {kind}
server = localhost
port = {self.port}
username = {self.login}
password = {self.password}
[destination]
type = Maildir
path = {self.folder}/store/
[options]
read_all = false
delete = {'true' if self.delete else 'false'}
delivered_to = false
received = false
"""

    def command(self):
        return ["getmail", "--getmaildir", str(self.folder), "--rcfile", str(self.settings)]


class Fetchmail(Collector):
    program = "fetchmail"

    def settings_text(self):
        tls = f"ssl sslcertck sslcertfile {self.ca}" if self.ca else "sslproto ''"
        # A Maildir delivery of four words: fetchmail itself has none.
        deliver = f"cat > $(mktemp {self.folder}/store/new/XXXXXXXX)"
        return f"""set no bouncemail
poll localhost service {self.port} protocol pop3 uidl user '{self.login}' password '{self.password}' {tls}
  {'nokeep' if self.delete else 'keep'} norewrite fetchlimit 0 mda "{deliver}"
"""

    def command(self):
        return ["fetchmail", "-f", str(self.settings), "-v", "--nosyslog", "--nodetach", "--pidfile", str(self.folder / "pid")]


ALL = (Mpop, Getmail, Fetchmail)
