"""Providers that refuse, lie about TLS, flood or fall silent: each is told by its class and step, nothing is sent in clear, memory
stays bounded, others are not delayed, and a restart or `fetch` keeps to the waits."""

import hashlib
import signal
import ssl
import subprocess
import threading
import time

import lab
from scripted_provider import Mail, Provider, Session
from upstream_case import CHECK, USERS, Case, account, arrived, body, here, some


def says(text):
    """A hook that answers with this."""
    return lambda session, *_: session.send(text)


def says_and_leaves(text):
    def hook(session, *_):
        session.send(text)
        session.drop()
    return hook


def silent(*_):
    time.sleep(300)


def make_tls(root):
    """Contexts by name: good (localhost under a CA), self (self-signed), other (another name, same CA)."""
    ca, certificate, key = lab.make_certificates(root / "tls")
    folder = root / "tls"

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "self.key", "-out", "self.pem", "-days", "30", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost")
    openssl("req", *new, "-keyout", "other.key", "-out", "other.csr", "-subj", "/CN=other.example")
    (folder / "other.names").write_text("subjectAltName=DNS:other.example\n")
    openssl("x509", "-req", "-in", "other.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "other.pem",
            "-days", "30", "-extfile", "other.names")
    (folder / "past.names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "past.pem",
            "-days", "-1", "-extfile", "past.names")
    contexts = {}
    for name, cert, its_key in (("good", certificate, key), ("self", "self.pem", "self.key"), ("other", "other.pem", "other.key"),
                                ("past", "past.pem", key)):
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(folder / cert, folder / its_key)
    pem = (folder / "self.pem").read_text()
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    return contexts, ca, fingerprint


def refusal_cases():
    """(account, hooks, class, step, state)"""
    def at_pass(text): return {"PASS": says(b"-ERR " + text + b"\r\n")}
    yield "in-use", at_pass(b"[IN-USE] mailbox is locked"), "busy", "login", "failing"
    yield "locked", at_pass(b"maildrop already locked by another session"), "busy", "login", "failing"
    yield "login-delay", at_pass(b"[LOGIN-DELAY] wait"), "rate", "login", "failing"
    yield "too-many", at_pass(b"too many logins in 15 minutes"), "rate", "login", "failing"
    yield "sys-temp", at_pass(b"[SYS/TEMP] disk trouble"), "temporary", "login", "failing"
    yield "sys-perm", at_pass(b"[SYS/PERM] this mailbox is closed"), "permanent", "login", "failing"
    yield "auth", at_pass(b"[AUTH] invalid"), "login", "login", "refused"
    yield "unclear", at_pass(b"Logon failure: unknown user name or bad password."), "login", "login", "refused"
    yield "charset", at_pass(b"\xb4\xed\xce\xf3 \x1b[31mred\x07 \x9b2J"), "login", "login", "refused"
    yield "user-refused", {"USER": says(b"-ERR no such user\r\n")}, "login", "login", "refused"
    yield "greeting-err", {"greeting": says_and_leaves(b"-ERR go away\r\n")}, "temporary", "greeting", "failing"
    yield "greeting-busy", {"greeting": says_and_leaves(b"-ERR [IN-USE] go away\r\n")}, "busy", "greeting", "failing"
    yield "greeting-none", {"greeting": says_and_leaves(b"")}, "temporary", "greeting", "failing"
    yield "greeting-http", {"greeting": says_and_leaves(b"HTTP/1.1 400 Bad Request\r\n\r\n")}, "temporary", "greeting", "failing"
    yield "endless-line", {"greeting": says_and_leaves(b"+OK " + b"x" * 10_000_000)}, "temporary", "greeting", "failing"
    yield "leaves-at-pass", {"PASS": says_and_leaves(b"")}, "temporary", "login", "failing"
    yield "leaves-at-list", {"LIST": says_and_leaves(b"+OK\r\n1 2\r\n")}, "temporary", "listing", "failing"
    yield "all-refused", {c: says(b"-ERR [SYS/TEMP] later\r\n") for c in ("STAT", "LIST", "UIDL")}, "temporary", "listing", "failing"
    yield "stat-garbage", {"STAT": says(b"what?\r\n")}, "temporary", "listing", "failing"
    yield "quit-err", {"QUIT": says_and_leaves(b"-ERR some deleted messages not removed\r\n")}, "temporary", "quit", "failing"


def test_refusals(root):
    cases = []
    for name, hooks, kind, step, state in refusal_cases():
        keep = "tls: none, keep_upstream: 0s" if name == "quit-err" else "tls: none"
        case = Case(name, Provider(some(name, 2), hooks), keep)
        case.expect = (kind, step, state)
        cases.append(case)
    closed = Case("closed-port", Provider())
    closed.provider.close()
    closed.provider.port = lab.free_port()
    closed.expect = ("temporary", "connect", "failing")
    unknown = Case("no-name", Provider(), "tls: none, host: no-such-host.invalid")
    unknown.expect = ("network", "resolve", "failing")
    cases += [closed, unknown]
    spool = lab.Homespool(root / "refusals", USERS, "".join(c.yaml() for c in cases)).start()

    def all_tried():
        accounts = {a["name"]: a for a in spool.status()["accounts"]}
        return accounts if all(a["last_attempt"] and a["state"] != "polling" for a in accounts.values()) else None
    accounts = lab.wait_until(all_tried, 25)
    for case in cases:
        state = accounts[case.name]
        failure = state["failure"] or {}
        CHECK(f"{case.name}: is {case.expect}", (failure.get("class"), failure.get("step"), state["state"]) == case.expect, state)
        CHECK(f"{case.name}: has a next try", state["next_try"] is not None and failure.get("count", 0) >= 1, state)
        CHECK(f"{case.name}: its words are safe to show", failure.get("text") and len(failure["text"].encode()) <= 500
              and all(c >= " " and not "\x7f" <= c <= "\x9f" for c in failure["text"]), failure)
    CHECK("refusals: the server's words are there", "[AUTH] invalid" in accounts["auth"]["failure"]["text"])
    CHECK("refusals: the password is nowhere in the log", b"secret" not in spool.log.read_bytes())
    CHECK("quit-err: nothing was lost", here(spool, "quit-err") == sorted(m.body for m in some("quit-err", 2)))
    # A restart keeps the times and does not hammer.
    before = {c.name: (c.provider.connections, accounts[c.name]["next_try"]) for c in cases}
    spool.kill()
    spool.start()
    time.sleep(1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for a in spool.status()["accounts"]:
        if before[a["name"]][1] <= now:
            continue  # its time has come meanwhile
        case = next(c for c in cases if c.name == a["name"])
        CHECK(f"{case.name}: the next try survives a kill", (case.provider.connections, a["next_try"]) == before[case.name], a)
    spool.stop()


def test_tls(root):
    contexts, ca, fingerprint = make_tls(root)

    def strips(session, _):
        session.line(b"-ERR no TLS here")

    def injects(session, _):
        session.send(b"+OK go on\r\n+OK injected\r\n+OK injected\r\n")
        session.wrap()

    def no_stls(session, _):
        session.many([b"USER", b"UIDL"])

    def speaks_on(session, _):
        session.send(b"+OK go on\r\n")

    def provider(name, **more):
        return Provider(some(name, 2), **more)

    starttls, implicit = f"tls: starttls, tls_ca: {ca}", f"tls: implicit, tls_ca: {ca}"
    good, other, own, past = (contexts[n] for n in ("good", "other", "self", "past"))
    colons = ":".join(fingerprint[i:i + 2] for i in range(0, 64, 2)).upper()
    fine = [
        Case("stls", provider("stls", tls=good), starttls),
        Case("stls-unannounced", provider("stls-unannounced", tls=good, hooks={"CAPA": no_stls}), starttls),
        Case("implicit", provider("implicit", tls=good, implicit=True), implicit),
        Case("pinned", provider("pinned", tls=own, implicit=True), f'tls: implicit, tls_fingerprint: "sha256:{fingerprint}"'),
        Case("pinned-colons", provider("pinned-colons", tls=own), f'tls: starttls, tls_fingerprint: "sha256:{colons}"'),
    ]
    wrong = "0" * 64
    bad = [
        Case("stripped", provider("stripped", tls=good, hooks={"STLS": strips, "CAPA": no_stls}), starttls),
        Case("injected", provider("injected", tls=good, hooks={"STLS": injects}), starttls),
        Case("speaks-on", provider("speaks-on", tls=good, hooks={"STLS": speaks_on}), starttls),
        Case("plain-port", provider("plain-port"), implicit),
        Case("self-signed", provider("self-signed", tls=own, implicit=True), "tls: implicit"),
        Case("unknown-ca", provider("unknown-ca", tls=good, implicit=True), "tls: implicit"),
        Case("other-name", provider("other-name", tls=other, implicit=True), implicit),
        Case("other-name-stls", provider("other-name-stls", tls=other), starttls),
        Case("expired", provider("expired", tls=past, implicit=True), implicit),
        Case("wrong-pin", provider("wrong-pin", tls=good, implicit=True), f'tls: implicit, tls_fingerprint: "sha256:{wrong}"'),
    ]
    spool = lab.Homespool(root / "tls-home", USERS, "".join(c.yaml() for c in fine + bad)).start()
    lab.wait_until(lambda: all(a["last_attempt"] and a["state"] != "polling" for a in spool.status()["accounts"]), 25)
    for case in fine:
        arrived(spool, case, "is fetched over TLS")
        CHECK(f"{case.name}: the password went over TLS only", all(secure for _, secure in case.provider.passwords))
    for case in bad:
        state = account(spool, case.name)
        CHECK(f"{case.name}: no password and no login was sent", not case.provider.passwords
              and not any(c in ("USER", "PASS", "AUTH") for _, c, _ in case.provider.commands), case.provider.commands)
        where = (state["failure"] or {}).get("class"), (state["failure"] or {}).get("step")
        CHECK(f"{case.name}: told as TLS", where == ("tls", "tls") and state["state"] == "failing", state)
    spool.stop()


def main():
    with lab.laboratory() as root:
        started = time.monotonic()
        for test in (test_refusals, test_tls):
            begin = time.monotonic()
            test(root)
            print(f"--- {test.__name__}: {time.monotonic() - begin:.1f} s")
        print(f"--- all: {time.monotonic() - started:.1f} s")
    CHECK.finish()


if __name__ == "__main__":
    main()
