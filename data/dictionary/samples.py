"""Makes mail out of the templates and phrases beside this file.

Names, numbers and order come from a generator with a fixed seed: the same inputs always make the same mail.
"""

import base64
import os
import random
import re
import textwrap

from public_domain import paragraphs

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = """James Mary John Anna Peter Maria Michael Thomas Andreas Stefan Martin David Daniel Sarah Laura Julia Paul Mark
Robert Christian Alexander Sebastian Florian Wolfgang Hans Jan Jean Pierre Marie Claire Luc Carlos Ana Luis Jose Juan
Pedro Paulo Joao Marco Giulia Paolo Ivan Olga Sergey Dmitry Vladimir Andrey Wei Li Hiroshi Kenji Yuki Raj Arun Priya
Ahmed Fatima Omar Ben Matt Steve Chris Andrew Simon Greg Russ Bill Eric Kevin Brian""".split()
LAST = """Smith Jones Brown Miller Wilson Taylor Johnson Anderson Thompson Müller Schmidt Schneider Fischer Weber Meyer
Wagner Becker Hoffmann Martin Bernard Dubois Moreau García Fernández López Martínez Silva Santos Ferreira Rossi Bianchi
Ivanov Petrov Popov Kim Park Lee Wang Zhang Chen Liu Tanaka Suzuki Kumar Singh Sharma Khan Ali Novak Kowalski Nielsen
Hansen Johansson Andersson Virtanen de Vries Jansen""".split()
TOP = "com org net com org net de edu fr uk ch nl it se io eu ca au jp ru br".split()
DOMAINS = """example mail redhat debian gnu kernel intel google gmail outlook yahoo hotmail gmx web posteo mailbox suse
ubuntu canonical apple amazon microsoft oracle ibm fastmail protonmail riseup free orange arm nvidia amd cisco linaro
collabora infradead university hospital clinic office company group systems networks telecom research""".split()
HOSTS = "mail mx mx1 mx2 smtp smtp-out mail-out relay lists out1 mout gateway mailhost ns1 server host".split()
LISTS = """devel users announce discuss general project help bugs commits security kernel python linux patches
translators maintainers members board team info support news""".split()
WORDS = """system network server update report meeting project version problem question release package library
support driver device memory buffer config install error test build patch fix request data file list user group
message mail address office travel weather order invoice budget plan schedule request""".split()
OURS = "north/clinic south/harbour hills/school delta/office coast/station".split()
SUBJECTS = """Re: question about the new version|Meeting next week|Problem with the update of the server|Weekly report|
Minutes of the meeting|Your order has been shipped|Invoice for November|Out of office|Request for information|
Update on the project|fix memory leak in error path|add support for the new device|remove unused variable|
please test the release candidate|Bug in the installation of the package|Weather report|Supplies for the clinic|
Holiday plans|Photos from our trip|Welcome to the mailing list|Call for papers|New version uploaded to unstable|
Anmeldung zur Tagung|Termin am Freitag|Rechnung Nr. 4711|Réunion de lundi|Confirmation de votre commande|
Reunión del miércoles|Confirmação da encomenda|[ANNOUNCE] release 2.0 is available|Security update"""
SUBJECTS = SUBJECTS.replace("\n", "").split("|")


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if not line.startswith("# ")]


def blocks(name):
    return [block.strip("\n") for block in re.split(r"(?m)^%$", "\n".join(read(name)))]


class Maker:
    """Fills templates. `bare`: without what is different in every mail, so that only the rest is left."""

    def __init__(self, bare=False):
        self.bare = bare
        self.random = random.Random(1)
        self.headers = blocks("headers.txt")
        self.bodies = blocks("mime.txt")
        self.english = [line for line in read("prose.en") if line]
        self.other = {}
        for line in read("prose.other"):
            if line:
                language, text = line.split("\t")
                self.other.setdefault(language, []).append(text)
        self.prose = paragraphs()

    def token(self, alphabet, size):
        return "".join(self.random.choice(alphabet) for _ in range(size))

    def base64(self, size):
        return base64.b64encode(self.random.randbytes(size))[:size].decode()

    def slot(self, match):
        name, pick = match.group(1), self.random.choice
        digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyz0123456789"
        sized = re.fullmatch(r"(n|hex|HEX|token|b64_)(\d+)", name)
        if self.bare and (sized or name in ("uuid", "exim", "ip", "unix", "para")):
            return ""
        if sized:
            kind, size = sized.group(1), int(sized.group(2))
            if kind == "b64_":
                return self.base64(size)
            alphabet = {"n": digits, "hex": digits + "abcdef", "HEX": digits + "ABCDEF", "token": letters}[kind]
            return self.token(alphabet, size)
        if name == "date":
            return "%s, %d %s 20%d %02d:%02d:%02d %s" % (
                pick("Mon Tue Wed Thu Fri Sat Sun".split()), self.random.randrange(1, 29),
                pick("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()), self.random.randrange(20, 28),
                self.random.randrange(24), self.random.randrange(60), self.random.randrange(60),
                pick("+0000 +0000 +0100 +0200 -0400 -0500 -0700 -0800 +0530 +0800 (UTC)".split()))
        simple = {
            "first": lambda: pick(FIRST).lower(), "First": lambda: pick(FIRST),
            "name": lambda: pick(FIRST) + " " + pick(LAST),
            "user": lambda: (pick(FIRST).lower() + pick(["", ".", "_"]) +
                             pick(LAST).lower().encode("ascii", "ignore").decode()),
            "domain": lambda: pick(DOMAINS) + "." + pick(TOP),
            "dom": lambda: pick(DOMAINS),
            "host": lambda: pick(HOSTS) + "." + pick(DOMAINS) + "." + pick(TOP),
            "mail": lambda: self.fill("{user}@{domain}"),
            "lists": lambda: "lists." + pick(DOMAINS) + "." + pick(TOP),
            "list": lambda: pick(LISTS), "List": lambda: pick(LISTS).title(),
            "listtext": lambda: self.fill("{Word} discussion list"),
            "word": lambda: pick(WORDS), "Word": lambda: pick(WORDS).title(),
            "subject": lambda: pick(SUBJECTS),
            "ip": lambda: ".".join(str(self.random.randrange(1, 255)) for _ in range(4)),
            "unix": lambda: "17" + self.token(digits, 8),
            "date8": lambda: "2026%02d%02d" % (self.random.randrange(1, 13), self.random.randrange(1, 29)),
            "mon": lambda: "%02d" % self.random.randrange(1, 13),
            "uuid": lambda: "-".join(self.token(digits + "abcdef", n) for n in (8, 4, 4, 4, 12)),
            "exim": lambda: ("1" + self.token(letters, 5) + "-00" + self.token(letters, 4) + "-" +
                             self.token(letters, 2)),
            "EXCH": lambda: self.token("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3) + "PR04MB" + self.token(digits, 4),
            "ours": lambda: ".".join(reversed(pick(OURS).split("/"))), "OURS": lambda: pick(OURS).upper(),
            "para": lambda: self.paragraph(),
        }
        return simple[name]() if name in simple else match.group(0)

    def fill(self, text):
        return re.sub(r"\{(\w+)\}", self.slot, text)

    def paragraph(self):
        kind = self.random.random()
        if kind < 0.5:
            return self.fill(" ".join(self.random.sample(self.english, 3)))
        if kind < 0.75:
            return self.random.choice(self.prose)
        return self.fill(" ".join(self.random.sample(self.other[self.random.choice(list(self.other))], 3)))

    def letter(self):
        """Paragraphs as people and their programs set them: wrapped, now and then quoted."""
        parts = []
        for _ in range(self.random.randrange(2, 6)):
            text = self.paragraph()
            quote = self.random.choice(["", "", "", "> ", "> > "])
            if quote and self.random.random() < 0.5:
                parts.append(self.fill(self.random.choice([
                    "On {date}, {name} wrote:", "On Sat, Nov 21, 2026 at 10:15 AM {name} <{mail}> wrote:",
                    "{name} <{mail}> writes:", "On Sat, 21 Nov 2026 10:15:00 +0100\n{name} <{mail}> wrote:",
                    "On 21/11/2026 10:15, {name} wrote:", "* {name} [2026-11-21 10:15]:",
                    "On Saturday, 21 November 2026 10:15:00 CET {name} wrote:", "Quoting {name} ({mail}):",
                    "-----Original Message-----\nFrom: {name} [mailto:{mail}]\n"
                    "Sent: Saturday, November 21, 2026 10:15 AM\nTo: {mail}\nSubject: RE: {subject}"])))
            parts.append(textwrap.fill(text, 72, initial_indent=quote, subsequent_indent=quote))
        return "\n\n".join(parts)

    def envelope(self):
        """What a session of External sends ahead of a mail: tag, length, value (docs/protocol.md)."""
        def field(tag, value):
            return bytes([tag, len(value)]) + value
        person = self.fill("{OURS}/{First}").upper().encode()
        key = self.fill(self.random.choice(["{hex16}{hex16}@{OURS}", "{OURS}.{hex16}"])).encode()
        return (field(1, key) + field(2, person) + field(3, self.fill("{OURS}/{First}").upper().encode()) +
                field(4, b"\1") + field(5, self.random.randbytes(5)) + field(6, b"\x80\xd3\x24") +
                field(7, self.fill("{OURS}").encode()))

    def mail(self, number):
        head = self.fill(self.headers[number % len(self.headers)])
        fields = re.split(r"\n(?=\S)", head)
        # No system writes all of what its block shows.
        head = "\n".join(field for field in fields if self.random.random() < 0.85)
        body = self.letter()
        if self.random.random() < 0.45:
            body += "\n\n" + self.fill(self.random.choice(self.bodies))
        text = (head + "\n\n" + body + "\n").encode()
        if self.random.random() < 0.35:
            text = text.replace(b"\n", b"\r\n")
        return self.envelope() + text

