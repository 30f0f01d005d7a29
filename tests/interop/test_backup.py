"""Copies of the spool, from outside: verify beside a daemon and without one."""

import json

from lab import Checks, Homespool, append, laboratory, messages

USERS = """  - name: taro
    clients:
      - {login: desk, password: desk-pw, may_delete: true}
      - {login: phone, password: phone-pw}
"""

check = Checks()


def verify(server, *words):
    """Exit code and the findings."""
    out = server.command("verify", *words, "--json")
    return out.returncode, json.loads(out.stdout)["findings"] if out.stdout else out.stderr


def check_verify(root):
    server = Homespool(root / "verify", USERS)
    out = server.command("verify")
    check("verify where there is no spool says so and makes none",
          out.returncode == 1 and b"no spool" in out.stderr and not (server.root / "spool").exists(), out)
    server.start()
    mail = messages(60)
    append(server.imap, "desk", "desk-pw", mail)
    for words in ([], ["--deep"]):
        check(f"beside a daemon all is well {words}", verify(server, *words) == (0, []), verify(server, *words))
    pack = server.root / "spool/packs/000001.pack"
    before = pack.read_bytes()
    at = before.index(mail[7][:40]) + 20
    pack.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1:])
    check("a changed bit is not in the way of a fast check", verify(server) == (0, []), verify(server))
    code, findings = verify(server, "--deep")
    check("a deep one names the message and the command that mends it",
          code == 1 and len(findings) == 1 and findings[0]["messages"][0]["uid"] == 8
          and findings[0]["mend"].startswith("homespool "), findings)
    check("the daemon stops", server.stop() == 0)
    check("the same without a daemon", verify(server, "--deep") == (code, findings), verify(server, "--deep"))
    out = server.command("verify", "--deep")
    check("a person reads a plain line of it", out.returncode == 1 and b"UID 8" in out.stdout and b"\r" not in out.stderr, out)
    pack.rename(pack.with_suffix(".away"))
    code, findings = verify(server)
    check("a missing pack is one finding with all its messages",
          code == 1 and [f["kind"] for f in findings] == ["pack-missing"] and findings[0]["affected"] > 40, findings)
    pack.with_suffix(".away").rename(pack)
    pack.write_bytes(before)
    check("whole again", verify(server, "--deep") == (0, []))


def main():
    with laboratory() as root:
        check_verify(root)
    check.finish()


main()
