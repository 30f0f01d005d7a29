"""The daemon's end while clients are connected that do nothing, or that do not read what they asked for."""

import socket
import time

import lab

USERS = """  - name: taro
    clients:
      - {login: desk, password: d, may_delete: true}
"""


def say(port, words, answers=1):
    """A connection that has sent `words`, after as many pieces of answer."""
    line = socket.create_connection(("127.0.0.1", port), 20)
    for _ in range(answers):
        line.sendall(words)
        line.recv(4096)
    return line


def http_client(home):
    return say(home.http, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


def guesser(home):
    line = say(home.imap, b"")
    line.sendall(b"a LOGIN desk wrong\r\n")
    return line


def slow_reader(home):
    """Asks for more than the buffers between us hold, and reads nothing."""
    line = say(home.imap, b"")
    line.sendall(b"a LOGIN desk d\r\nb SELECT INBOX\r\n" + b"c FETCH 1 BODY.PEEK[]\r\n" * 40)
    return line


def check_stop(root, check):
    """Whoever does nothing is not waited for; whoever does not read is cut off; the end is clean in either case."""
    home = lab.Homespool(root / "stop", USERS)
    for name, clients, cut in (("idle HTTP clients", http_client, False), ("wrong passwords", guesser, False), ("slow readers", slow_reader, True)):
        home.start()
        if cut:
            lab.append(home.imap, "desk", "d", [b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 50000])
        lines = [clients(home) for _ in range(4)]
        time.sleep(0.3)
        before = len(home.log.read_text())
        code = home.stop()
        told = home.log.read_text()[before:]
        check(f"SIGTERM with {name} ends with 0", code == 0, (code, told))
        check(f"{name} are {'' if cut else 'not '}cut off", ("cut off" in told) == cut, told)
        for line in lines:
            line.close()


def check_stop_while_starting(root, check):
    """The index has to be made again, which takes a moment: a signal breaks that off, and the next start does it."""
    home = lab.Homespool(root / "starting", USERS)
    home.start()
    home.stop()
    index, packs = home.root / "spool/index.db", home.root / "spool/packs"
    old = index.read_bytes()
    home.start()
    big = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 200_000
    for _ in range(60):
        lab.append(home.imap, "desk", "d", [big])
    home.stop()
    index.write_bytes(old)
    kept = {path.name: path.stat().st_size for path in packs.iterdir()}
    before = len(home.log.read_text())
    home.start(wait=False)
    made = lab.wait_until(lambda: (home.root / "spool/index.db.rebuilt").exists() or home.process.poll() is not None, 30)
    code = home.stop()
    told = home.log.read_text()[before:]
    check("SIGTERM while a start makes the index again ends with 0", made and code == 0, (code, told))
    check("the index is as it was then", index.read_bytes() == old, told)
    check("and so are the packs", {path.name: path.stat().st_size for path in packs.iterdir()} == kept)
    home.start()
    told = home.log.read_text()[before:]
    check("the next start makes it again", "older than the packs" in told and "60 messages" in told, told)
    check("and stops as ever", home.stop() == 0)


def main():
    check = lab.Checks()
    with lab.laboratory() as root:
        check_stop(root, check)
        check_stop_while_starting(root, check)
    check.finish()


if __name__ == "__main__":
    main()
