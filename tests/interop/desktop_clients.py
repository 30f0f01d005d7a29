"""mbsync and neomutt as somebody at a desk uses them: a synchronised Maildir, and keys pressed in a terminal."""

import os
import pty
import re
import select
import subprocess
import time


class Mbsync:
    """A Maildir kept in step with the INBOX of one login. Deletions are carried both ways, and so are new messages."""

    def __init__(self, folder, port, login, password, ca=None):
        self.folder, self.inbox = folder, folder / "INBOX"
        folder.mkdir(parents=True)
        tls = f"SSLType IMAPS\nCertificateFile {ca}" if ca else "SSLType None\nAuthMechs LOGIN"
        self.settings = folder / "mbsyncrc"
        self.settings.write_text(f"""IMAPStore far
Host localhost
Port {port}
User {login}
Pass {password}
{tls}

MaildirStore near
Path {folder}/
Inbox {self.inbox}

Channel mail
Far :far:
Near :near:
Sync All
Create Near
Expunge Both
SyncState *
""")

    def sync(self):
        return subprocess.run(["mbsync", "-c", str(self.settings), "mail"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)

    def files(self):
        return sorted(path for name in ("new", "cur") if (self.inbox / name).is_dir() for path in (self.inbox / name).iterdir())

    def find(self, content):
        """The file that holds this text."""
        return next((path for path in self.files() if content in path.read_bytes()), None)

    def flags(self, content):
        """The Maildir flags of the message that holds this text, as letters."""
        path = self.find(content)
        return set(path.name.partition(":2,")[2]) if path else None

    def add_flag(self, content, letter):
        path = self.find(content)
        name, _, letters = path.name.partition(":2,")
        path.rename(self.inbox / "cur" / f"{name}:2,{''.join(sorted(letters + letter))}")

    def put(self, content):
        """A new message of this desk's own."""
        (self.inbox / "new" / f"{time.time():.6f}.here").write_bytes(content)


class Neomutt:
    """neomutt on the INBOX of one login; each call is one start of the program."""

    def __init__(self, folder, port, login, password, ca=None):
        self.folder = folder
        folder.mkdir(parents=True)
        scheme = "imaps" if ca else "imap"
        tls = f"set ssl_ca_certificates_file={ca}\nset ssl_force_tls=yes" if ca else "set ssl_starttls=no\nset ssl_force_tls=no"
        self.inbox = f"{scheme}://localhost:{port}/INBOX"
        self.settings = folder / "neomuttrc"
        self.settings.write_text(f"""set imap_user="{login}"
set imap_pass="{password}"
set spoolfile="{self.inbox}"
set folder="{scheme}://localhost:{port}/"
{tls}
set quit=yes
set delete=yes
set move=no
set confirmappend=no
set wait_key=no
set mark_old=no
set pager_read_delay=0
set header_cache=""
set tmpdir="{folder}"
set record=""
set postponed=""
set sleep_time=0
""")

    def keys(self, keys, seconds=15):
        """Opens the INBOX, presses these keys, waits for the end; what was seen on the screen, controls taken out. Raises TimeoutError."""
        command = ["neomutt", "-n", "-F", str(self.settings), "-e", f"push '{keys}'"]
        master, terminal = pty.openpty()
        surroundings = {**os.environ, "TERM": "xterm", "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "LINES": "40", "COLUMNS": "160"}
        process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=surroundings, start_new_session=True)
        os.close(terminal)
        screen, end = b"", time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                if select.select([master], [], [], 0.1)[0]:
                    try:
                        screen += os.read(master, 65536)
                    except OSError:
                        break
                elif process.poll() is not None:
                    break
            else:
                raise TimeoutError(f"neomutt does not end: {readable(screen)[-1500:]}")
            process.wait(5)
        finally:
            process.kill()
            process.wait()
            os.close(master)
        return readable(screen)


def readable(screen):
    return re.sub(rb"\x1b(\[[0-9;?]*[A-Za-z]|\([A-Z0-9]|[=>])|[\x00-\x09\x0b-\x1f]", b" ", screen).decode("utf-8", "replace")
