"""The benchmark's own mail: text that compresses like mail does, and bodies of random bytes. The same for a seed."""

import random
import textwrap
from email.utils import formatdate

COMMON = """the of and to in a is that for it was on are as with his they at be this from have or by one had not but what
all were when we there can an your which their said if do will each about how up out them then she many some so these
would other into has more her two like him see time could no make than first been its who now people my made over did
down only way find use may water long little very after words called just where most know""".split()
SYLLABLES = """ba be bi bo ca ce co cu da de di do fa fe fi fo ga ge go ha he hi ho ja ka ke ki ko la le li lo lu ma me mi
mo mu na ne ni no pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo wa we""".split()
ENDINGS = ["", "n", "r", "s", "t", "l", "nd", "st", "ing", "ed", "er", "ly", "tion", "ment"]
PEOPLE = "anna boris carla dmitri elena farid greta hugo ines jonas kemal lena".split()
RARE_WORDS = 2500
SENTENCES = 1500
FIRST_DATE = 1_795_000_000


class Generator:
    """One stream of mail. Sentences come again and again, as greetings, quotations and forms do in real mail."""

    def __init__(self, seed: int, stream: str):
        """Streams of one seed share their words and sentences, but not their mails."""
        self._random = random.Random(seed)
        self._rare = [self._word() for _ in range(RARE_WORDS)]
        self._sentences = [self._sentence() for _ in range(SENTENCES)]
        self._random = random.Random(f"{seed} {stream}")
        self._made = 0

    def text_mail(self, least: int = 2000, most: int = 4000) -> bytes:
        size = self._random.randrange(least, most)
        head = self._head("text/plain; charset=us-ascii")
        body = ""
        while len(head) + len(body) < size:
            sentences = " ".join(self._random.choice(self._sentences) for _ in range(self._random.randrange(2, 6)))
            body += textwrap.fill(sentences, 72) + "\n\n"
        return (head + body)[:size].rstrip("\n").encode() + b"\n"

    def random_mail(self, size: int) -> bytes:
        """A header, and a body of `size` random bytes: nothing can be gained on it."""
        return self._head("application/octet-stream").encode() + self._random.randbytes(size)

    def _head(self, kind: str) -> str:
        sender, recipient = self._random.choice(PEOPLE), self._random.choice(PEOPLE)
        self._made += 1
        date = FIRST_DATE + 60 * self._made + self._random.randrange(60)
        return (
            f"Message-ID: <{self._random.getrandbits(64):016x}.{self._made}@clinic.north>\n"
            f"Date: {formatdate(date)}\n"
            f"From: {sender.title()} <{sender}@clinic.north>\n"
            f"To: {recipient.title()} <{recipient}@hub.south>\n"
            f"Subject: {' '.join(self._random.choice(self._sentences).split()[:6])}\n"
            "MIME-Version: 1.0\n"
            f"Content-Type: {kind}\n\n"
        )

    def _word(self) -> str:
        stem = "".join(self._random.choice(SYLLABLES) for _ in range(self._random.randrange(1, 4)))
        return stem + self._random.choice(ENDINGS)

    def _sentence(self) -> str:
        words = [
            self._random.choice(COMMON if self._random.random() < 0.65 else self._rare)
            for _ in range(self._random.randrange(6, 22))
        ]
        return " ".join(words).capitalize() + self._random.choice(".....,;?")
