#!/usr/bin/env python3
"""SEARCH gives the answers of a plain scan: in every character set, before the index has caught up and after, and when its file is gone or broken."""

import sys
import time
from pathlib import Path

import lab
import letters

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from search import Searcher  # noqa: E402

USERS = """  - name: taro
    clients:
      - {login: taro, password: secret, may_delete: true}
"""


def broken_letters():
    """Messages with something wrong in them, and a word that is readable all the same."""
    head = b"From: a@example.org\r\nSubject: broken\r\n"
    kanji = "検索語".encode()
    return [(head + b"Content-Type: text/plain; charset=utf-8\r\n\r\nzero \0\0 inside \xff\xfe " + kanji + b" here\r\n", "検索語"),
            (head + b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + "検索語".encode("iso-2022-jp") + b"\r\n", "検索語"),
            (head + b"Content-Type: text/plain; charset=no-such-set\r\n\r\nmis-declared " + kanji + b"\r\n", "検索語"),
            (head + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B8!:w8l\x1b(B and \x1b$B cut off\r\nreadable\r\n", "readable"),
            (head + b"Content-Type: text/plain; charset=gb18030\r\n\r\n" + "检索词".encode("gb18030") + b"\r\n", "检索词"),
            (head + b"Content-Type: text/plain; charset=big5\r\n\r\n" + "檢索詞".encode("big5") + b"\r\n", "檢索詞"),
            (head + b"Content-Type: text/plain; charset=koi8-r\r\n\r\n" + "Поиск".encode("koi8-r") + b"\r\n", "поиск"),
            (head + b"Content-Type: text/plain; charset=shift_jis\r\n\r\n" + "①㈱髙橋".encode("cp932") + b"\r\n", "1(株)髙橋"),
            (head + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>in<b>side</b> tags</p>\r\n", "inside tags"),
            (head + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!d29yZCBpbiBi\r\nYXNlNjQ=\r\n", "word in base64"),
            ("From: a@example.org\r\nSubject: =?ISO-2022-JP?B?GyRCOCE6dxsoQg==?=\r\n =?ISO-2022-JP?B?GyRCOGwbKEI=?=\r\n\r\nx\r\n".encode(), "検索語")]


def ask_all(check, what, home, mail, terms):
    searcher = Searcher(home.imap)
    wrong = []
    for key, term in terms:
        expected = {n for n, letter in enumerate(mail, 1) if letter.has(key, term)}
        found = {n for n in searcher.search(key, term)[1] if n <= len(mail)}
        if found != expected:
            wrong.append((key, term, sorted(found ^ expected)[:5]))
    check(f"{what}: {len(terms)} terms of 1 to 10 characters are found where a plain scan finds them", not wrong, wrong[:5])


def put(home, contents):
    lab.append(home.imap, "taro", "secret", contents)


def ready(home):
    return lab.wait_until(lambda: home.status()["spool"]["search"] == "ready", 30)


def main():
    check = lab.Checks()
    writer = letters.Writer(5)
    mail = [writer.letter(i) for i in range(150)]
    terms = writer.terms(mail, 150)
    with lab.laboratory() as root:
        home = lab.Homespool(root / "home", USERS)
        home.start()
        put(home, [letter.content for letter in mail])
        ask_all(check, "just stored", home, mail, terms[:50])
        check("the index catches up", ready(home))
        ask_all(check, "indexed", home, mail, terms)
        broken = broken_letters()
        put(home, [content for content, _ in broken])
        check("the index takes broken messages", ready(home))
        searcher = Searcher(home.imap)
        for number, (_, word) in enumerate(broken, len(mail) + 1):
            check(f"a message with {word!r} in it is found", number in searcher.search("TEXT", word)[1])
        check("SEARCH with several words and NOT", answers(searcher, "SUBJECT broken NOT BODY readable BODY r") ==
              {n for n, (content, _) in enumerate(broken, len(mail) + 1) if b"\r\nSubject: broken" in content and n in
               searcher.search("BODY", "r")[1] and n not in searcher.search("BODY", "readable")[1]})
        home.stop()

        index = root / "home/spool/search.db"
        check("what was indexed lies in search.db alone when the daemon has stopped", not list(index.parent.glob("search.db-*")))
        index.write_bytes(b"SQLite format 3\0" + b"\x55" * 20_000)
        home.start()
        ask_all(check, "with a broken search.db", home, mail, terms[:50])
        check("it is made anew", ready(home))
        check("the broken search.db was named in the log",
              lab.wait_until(lambda: b"search index was thrown away" in home.log.read_bytes(), 10))
        home.stop()
        for file in index.parent.glob("search.db*"):
            file.unlink()
        home.start()
        ask_all(check, "without search.db", home, mail, terms[50:100])
        home.stop()
    check.finish()


def answers(searcher, keys):
    return {int(n) for line in searcher.ask(b"SEARCH " + keys.encode()) if line.startswith(b"* SEARCH") for n in line.split()[2:]}


if __name__ == "__main__":
    main()
