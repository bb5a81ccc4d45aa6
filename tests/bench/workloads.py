"""What is sent: messages as files, for each kind of measurement and line."""

from dataclasses import dataclass
from pathlib import Path

from generate import Generator

SEED = 1
TITLES = {
    "a": "{count} text mails of 2 to 4 KB, one way",
    "m": "real mail, {count} messages, one way",
    "b": "one message of random bytes, one way",
    "c": "{count} text mails, half each way at once",
    "h": "the first half of (c) alone, {count} mails one way",
    "e": "empty call",
    "s": "one mail of 2 KB",
    "d": "bytes sent again after a drop at half of 300 KB",
    "u": "an urgent mail during a transfer of 10 MB",
}


@dataclass(frozen=True)
class Load:
    """The messages of one measurement, by the side that sends them."""

    kind: str
    north: tuple[Path, ...] = ()
    south: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        return self.north + self.south

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files)

    @property
    def title(self) -> str:
        return TITLES[self.kind].format(count=len(self.files))


class Workloads:
    """Makes the files below `folder`, each once. `mail` is a folder with real mail, `ready` one with mails that take
    the place of those of (a) and (c), and of the body of (b) if att1m.bin and att150k.bin are there."""

    def __init__(self, folder: Path, mail: Path | None, ready: Path | None):
        self._folder = folder
        self._mail = mail
        self._ready = ready
        self._text_stream = Generator(SEED, "text")
        self._texts = self._ready_texts()

    def load(self, kind: str, slow: bool) -> Load:
        """`slow`: so much less as a slow line takes."""
        if kind == "a":
            return Load(kind, self._text(40 if slow else 200))
        if kind == "m":
            return Load(kind, tuple(eml_files(self._mail)) if self._mail else ())
        if kind == "b":
            return Load(kind, (self._random(150_000 if slow else 1_000_000),))
        if kind in "ch":
            files = self._text(48 if slow else 334)
            half = len(files) // 2
            return Load(kind, files[:half], files[half:] if kind == "c" else ())
        if kind == "s":
            return Load(kind, (self._one("short.eml", lambda: Generator(SEED, "short").text_mail(2000, 2001)),))
        if kind == "d":
            return Load(kind, (self._one("drop.eml", lambda: Generator(SEED, "drop").random_mail(300_000)),))
        if kind == "u":
            return Load(kind, (self._one("bulk.eml", lambda: Generator(SEED, "bulk").random_mail(10_000_000)),))
        return Load(kind)

    def many(self, count: int) -> tuple[Path, ...]:
        """Mails of about 4 KB, for a line that is fast."""
        generator = Generator(SEED, "many")
        bodies = [generator.text_mail(3900, 4200) for _ in range(100)]
        files = []
        for number in range(count):
            mail = b"X-Number: %06d\n" % number + bodies[number % len(bodies)]
            files.append(self._one(f"many/{number:06}.eml", lambda mail=mail: mail))
        return tuple(files)

    def huge(self, size: int) -> Path:
        file = self._folder / "huge.eml"
        generator = Generator(SEED, "huge")
        if not file.exists():
            with file.open("wb") as out:
                out.write(b"Subject: huge\n\n")
                for part in range(size // 1_000_000):
                    out.write(generator.random_mail(1_000_000)[-1_000_000:])
        return file

    def _ready_texts(self) -> list[Path]:
        if self._ready is None:
            return []
        folder = self._ready / "m"
        return eml_files(folder if folder.is_dir() else self._ready)

    def _text(self, count: int) -> tuple[Path, ...]:
        while len(self._texts) < count:
            number = len(self._texts)
            self._texts.append(self._one(f"text/{number:04}.eml", self._text_stream.text_mail))
        return tuple(self._texts[:count])

    def _random(self, size: int) -> Path:
        generator = Generator(SEED, f"random {size}")
        name = "att1m.bin" if size == 1_000_000 else "att150k.bin"
        if self._ready and (self._ready / name).exists():
            body = (self._ready / name).read_bytes()
            return self._one(f"ready-{size}.eml", lambda: generator.random_mail(0) + body)
        return self._one(f"random-{size}.eml", lambda: generator.random_mail(size))

    def _one(self, name: str, make) -> Path:
        file = self._folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make())
        return file


def eml_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".eml" and file.is_file())
