"""Made-up letters in Latin and Japanese, the same for the same seed, whose text is known: for searching."""

import base64
import itertools
import quopri
import random
import unicodedata

COMMON = ("the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we "
          "when your can said there use an each which she do how their if will up other about out many then them these so some her would make "
          "like him into time has look two more write go see number no way could people my than first water been call who its now find long "
          "down day did get come made may part house garden letter meeting invoice information regards tomorrow please confirm").split()
PARTICLES = ["の", "は", "を", "に", "が", "と", "で", "も", "から", "まで", "です", "ます", "ました", "について", "お願いします", "ください", "いただき"]
KANJI = ("日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会社員部長"
         "様御注文確認送付資料連絡予定変更契約報告担当開発営業製品価格納期請求支払株式東京大阪京都名古屋福岡札幌仙台広島神戸横浜")
KATAKANA = ["メール", "サーバー", "テスト", "システム", "データ", "スケジュール", "プロジェクト", "インストール", "ミーティング", "カレンダー", "パスワード", "ネットワーク"]
SYLLABLES = ["ka", "lo", "mi", "ter", "an", "ing", "sto", "re", "vel", "du", "ra", "pen", "shi", "gor", "le", "bat", "tion", "ex", "qui", "nor"]
WIDTH = str.maketrans({chr(0x21 + i): chr(0xff01 + i) for i in range(94)})


def fold(text):
    """What SEARCH compares by."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class Letter:
    """One message, and its text as it is searched: fields, all header lines, body; folded."""

    def __init__(self, content, fields, body):
        self.content = content
        self.subject = fold(fields["Subject"])
        self.fields = {name.lower(): fold(value) for name, value in fields.items()}
        self.header = "\n".join(f"{name}: {value}" for name, value in self.fields.items())
        self.body = fold(body)

    def has(self, key, term):
        if key == "TEXT":
            return term in self.header or term in self.body
        if key == "BODY":
            return term in self.body
        return term in self.fields.get(key.split()[-1].lower(), "\0")


class Writer:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        rare = ["".join(self.dice.choices(SYLLABLES, k=self.dice.randint(2, 4))) for _ in range(20_000)]
        self.latin_words = COMMON + rare
        self.latin_weights = list(itertools.accumulate(1 / (i + 3) for i in range(len(self.latin_words))))
        compounds = ["".join(self.dice.choices(KANJI, k=self.dice.choice([1, 2, 2, 2, 3, 4]))) for _ in range(8_000)]
        self.compounds = KATAKANA + compounds
        self.compound_weights = list(itertools.accumulate(1 / (i + 5) for i in range(len(self.compounds))))

    def latin(self, size):
        out, length = [], 0
        while length < size:
            words = self.dice.choices(self.latin_words, cum_weights=self.latin_weights, k=12)
            line = " ".join(words).capitalize() + self.dice.choice([".", ",", "", "!"])
            if self.dice.random() < 0.1:
                line += f" {self.dice.randint(1, 99999)} café Straße"
            out.append(line)
            length += len(line)
        return "\r\n".join(out)

    def japanese(self, size):
        out, length = [], 0
        while length < size:
            line = "".join(word + self.dice.choice(PARTICLES) for word in
                           self.dice.choices(self.compounds, cum_weights=self.compound_weights, k=8)) + "。"
            if self.dice.random() < 0.1:
                line += f"ＡＢＣ{self.dice.randint(1, 999)}".translate(WIDTH)
            out.append(line)
            length += len(line) * 3
        return "\r\n".join(out)

    def size(self):
        return min(int(self.dice.paretovariate(1.2) * 900), 200_000)

    def letter(self, number):
        japanese = self.dice.random() < 0.4
        text = (self.japanese if japanese else self.latin)(self.size())
        line = text.split("\r\n", 1)[0]
        subject = ("Re: " if self.dice.random() < 0.3 else "") + line[:self.dice.randint(5, 20 if japanese else 60)].strip()
        name = self.dice.choice(self.compounds) if japanese else self.dice.choice(self.latin_words).capitalize()
        fields = {"Received": f"from mx{number % 7}.example.org by pop.example.net with ESMTP id {self.dice.getrandbits(64):016x}; "
                              f"Sun, 1 Mar 2026 10:{number % 60:02d}:00 +0000",
                  "From": f"{name} <{self.dice.choice(self.latin_words)}{number % 900}@example.org>", "To": "taro@example.net",
                  "Subject": subject, "Date": f"Sun, 1 Mar 2026 10:{number % 60:02d}:00 +0000",
                  "Message-ID": f"<{self.dice.getrandbits(80):020x}@mail.example.org>",
                  "X-Mailer": f"Letters {number % 13}.{number % 5}", "MIME-Version": "1.0"}
        return self.encode(number, fields, text, japanese)

    def encode(self, number, fields, text, japanese):
        if japanese:
            charset, encoding = [("iso-2022-jp", "7bit"), ("utf-8", "base64"), ("shift_jis", "8bit"), ("euc-jp", "base64"), ("utf-8", "8bit")][number % 5]
        else:
            charset, encoding = [("utf-8", "8bit"), ("iso-8859-1", "quoted-printable"), ("utf-8", "quoted-printable")][number % 3]
        subtype = "html" if number % 11 == 0 else "plain"
        if subtype == "html":
            lines = text.split("\r\n")
            text = "\n".join(lines)
            body = "<html><body>\r\n" + "\r\n".join(f"<p>{line}</p>" for line in lines) + "\r\n</body></html>"
        else:
            body = text
        fields["Content-Type"] = f"text/{subtype}; charset={charset}"
        fields["Content-Transfer-Encoding"] = encoding
        raw = body.encode(charset)
        if encoding == "base64":
            raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
        elif encoding == "quoted-printable":
            raw = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        header = "".join(f"{name}: {encoded_words(value, charset)}\r\n" for name, value in fields.items())
        return Letter(header.encode() + b"\r\n" + raw + b"\r\n", fields, text)

    def terms(self, letters, count):
        """(key, term): terms of 1 to 10 characters from the letters, some of them nowhere, for subject, header fields and body."""
        out = []
        while len(out) < count:
            letter = self.dice.choice(letters)
            key = ["SUBJECT", "BODY", "TEXT", "FROM", "HEADER X-Mailer", "BODY", "SUBJECT", "TEXT", "HEADER Message-ID", "BODY"][len(out) % 10]
            source = {"BODY": letter.body, "TEXT": self.dice.choice([letter.body, letter.header])}.get(key) or letter.fields[key.split()[-1].lower()]
            line = self.dice.choice(source.splitlines())
            length = self.dice.randint(1, 10)
            if len(line) < length:
                continue
            begin = self.dice.randint(0, len(line) - length)
            term = line[begin:begin + length]
            if key in ("SUBJECT", "FROM") or key.startswith("HEADER"):
                term = " ".join(term.split())
            if self.dice.random() < 0.1:
                term = term[::-1]
            if term.strip() and fold(term) == term:
                out.append((key, term))
        return out


def encoded_words(value, charset):
    if value.isascii():
        return value
    words = []
    for begin in range(0, len(value), 10):
        words.append(f"=?{charset}?B?{base64.b64encode(value[begin:begin + 10].encode(charset)).decode()}?=")
    return "\r\n ".join(words)
