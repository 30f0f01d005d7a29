"""Python's own POP3 and IMAP clients, made fit for tests: any length of line, certificates not looked at, always closed."""

import contextlib
import imaplib
import poplib
import re
import ssl

# Python's own limit of 10,000 octets a line is shorter than what real mail has.
poplib._MAXLINE = 1 << 26
imaplib._MAXLINE = 1 << 26


@contextlib.contextmanager
def pop3_session(port, login, password, tls=False):
    if tls:
        session = poplib.POP3_SSL("127.0.0.1", port, timeout=60, context=no_verify())
    else:
        session = poplib.POP3("127.0.0.1", port, timeout=60)
    session.user(login)
    session.pass_(password)
    try:
        yield session
        session.quit()
    finally:
        session.close()


def append(port, login, password, contents, folder="INBOX"):
    """APPENDs messages as they are (imaplib would change bare CR) without flags, in this order."""
    with imap_session(port, login, password) as session:
        for content in contents:
            tag = session._new_tag()
            session.send(b"%s APPEND %s {%d}\r\n" % (tag, folder.encode(), len(content)))
            while (line := session._get_line()) and not line.startswith(b"+"):
                if line.startswith(tag):
                    raise RuntimeError(f"APPEND was answered {line!r}")
            session.send(content + b"\r\n")
            while not (line := session._get_line()).startswith(tag):
                pass
            if b" OK " not in line[:20]:
                raise RuntimeError(f"APPEND was answered {line!r}")


def subjects_and_flags(port, login, password, folder="INBOX"):
    """What an IMAP client sees: a list of (Subject line as it stands, set of flags)."""
    with imap_session(port, login, password) as session:
        if session.select(folder, readonly=True)[1] == [b"0"]:
            return []
        _, data = session.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])")
        found = []
        for i, item in enumerate(data):
            if isinstance(item, tuple):
                after = data[i + 1] if i + 1 < len(data) and isinstance(data[i + 1], bytes) else b""
                flags = re.search(rb"FLAGS \(([^)]*)\)", item[0] + after).group(1).decode().split()
                subject = item[1].decode("utf-8", "replace").partition(":")[2].strip()
                found.append((subject, set(flags) - {"\\Recent"}))
        return found


@contextlib.contextmanager
def imap_session(port, login, password, tls=False):
    if tls:
        session = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=no_verify(), timeout=60)
    else:
        session = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    session.login(login, password)
    try:
        yield session
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.abort):
            session.logout()


def no_verify():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
