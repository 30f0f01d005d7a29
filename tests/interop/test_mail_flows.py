"""From two real Dovecots through the spool to POP3 and IMAP: everything is fetched, byte for byte, once.

One upstream by implicit TLS under a CA of the test's own and never deleted from, one by STLS and emptied once stored.
"""

import hashlib
import sys

import lab

USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
      - {login: phone, password: p}
"""


def digest(message):
    return hashlib.sha256(message).hexdigest()


def over_pop3(spool, tls):
    port = spool.pop3s if tls else spool.pop3
    with lab.pop3_session(port, "phone", "p", tls=tls) as session:
        count = session.stat()[0]
        return [b"\r\n".join(session.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]


def over_imap(spool, tls):
    port = spool.imaps if tls else spool.imap
    with lab.imap_session(port, "phone", "p", tls=tls) as session:
        session.select("INBOX", readonly=True)
        kind, data = session.fetch("1:*", "(BODY.PEEK[])")
        assert kind == "OK", kind
        return [item[1] for item in data if isinstance(item, tuple)]


def main():
    lab.need("dovecot", "openssl")
    check = lab.Checks()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    originals = lab.messages(count)
    half = len(originals) // 2
    with lab.laboratory() as root:
        ca, certificate, key = lab.make_certificates(root / "tls")
        keeping = lab.Dovecot(root / "keeping", certificate, key)
        emptied = lab.Dovecot(root / "emptied", certificate, key)
        keeping.put("taro", originals[:half])
        emptied.put("taro", originals[half:])
        accounts = f"""  - {{name: keeping, user: taro, host: localhost, port: {keeping.pop3s}, tls: implicit,
     tls_ca: {ca}, login: taro, password: secret, poll: 1h}}
  - {{name: emptied, user: taro, host: localhost, port: {emptied.pop3}, tls: starttls,
     tls_ca: {ca}, login: taro, password: secret, poll: 1h, keep_upstream: 0s}}
"""
        spool = lab.Homespool(root / "home", USERS, accounts)
        try:
            keeping.start()
            emptied.start()
            # NUL and what else Dovecot itself changes on the way is taken as Dovecot gives it.
            sent = [digest(m) for m in keeping.contents("taro") + emptied.contents("taro")]
            check(f"the upstreams hold {len(originals)} messages", len(sent) == len(originals), len(sent))
            spool.start()
            reports = spool.fetch()
            check("both polls went through", all(r["failure"] is None for r in reports.values()), reports)
            for tls in (False, True):
                got = over_pop3(spool, tls)
                check(f"POP3 RETR gives every message back byte for byte (TLS: {tls})",
                      sorted(map(digest, got)) == sorted(sent), f"{len(got)} of {len(sent)}")
            bodies = over_imap(spool, True)
            nul_free = [m.replace(b"\0", b"\x80") for m in over_pop3(spool, False)]
            check("IMAP BODY[] gives the same bytes, NUL as 0x80",
                  sorted(map(digest, bodies)) == sorted(map(digest, nul_free)), f"{len(bodies)} bodies")
            again = spool.fetch()
            check("a second poll fetches nothing", all(r["new"] == 0 and r["failure"] is None for r in again.values()), again)
            check("the account with keep_upstream: 0s ends empty", emptied.count("taro") == 0, emptied.count("taro"))
            check("nothing is deleted from the other", keeping.count("taro") == half, keeping.count("taro"))
            status = spool.status()
            check("status says so", status["state"] == "ok" and status["spool"]["messages"] == len(sent), status)
            check("SIGTERM stops it with exit code 0", spool.stop() == 0)
            spool.start()
            check("after a restart everything is still there", len(over_pop3(spool, False)) == len(sent))
        finally:
            spool.stop()
            keeping.stop()
            emptied.stop()
    check.finish()


if __name__ == "__main__":
    main()
