"""What the demo sends: the shipped samples, or a person's own mail."""

import itertools
import mailbox
from dataclasses import dataclass
from pathlib import Path

import readings

NORTH = "NORTH/CLINIC"
SOUTH = "SOUTH/HUB"


class BadMail(Exception):
    """There is nothing to send; the text says why."""


@dataclass(frozen=True)
class Mail:
    """One message to send; its content lies in a file that stays as it is."""

    file: Path
    sender: str
    recipients: tuple[str, ...]
    priority: str = "normal"

    @property
    def size(self) -> int:
        return self.file.stat().st_size

    @property
    def home(self) -> str:
        return office_of(self.sender)

    @property
    def crosses_line(self) -> bool:
        return any(office_of(recipient) != self.home for recipient in self.recipients)


def office_of(address: str) -> str:
    return address.rpartition("/")[0]


def samples(folder: Path, scratch: Path) -> list[Mail]:
    """Those of folder/list.txt; what is not shipped is made in `scratch`."""
    made = scratch / "readings.eml"
    made.write_bytes(readings.message())
    mails = []
    for name, priority, sender, *recipients in entries(folder / "list.txt"):
        file = made if name == made.name else folder / name
        mails.append(Mail(file, sender, tuple(recipients), priority))
    return mails


def entries(table: Path) -> list[list[str]]:
    result: list[list[str]] = []
    for line in table.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if line[0].isspace():
            result[-1] += words
        else:
            result.append(words)
    return result


def from_place(place: Path, scratch: Path) -> list[Mail]:
    """The messages of a folder (.eml files and mbox files, or a Maildir) or of one mbox file, shared out evenly over
    both directions and a few mailboxes."""
    files = message_files(place, scratch)
    if not files:
        raise BadMail(f"{place} holds no mail; give a folder with .eml files, an mbox file or a Maildir")
    ways = itertools.cycle(
        (f"{here}/{sender}", f"{there}/{recipient}")
        for sender, recipient in (("ANNA", "STORES"), ("DESK", "WEATHER"), ("ANNA", "DISPATCH"))
        for here, there in ((NORTH, SOUTH), (SOUTH, NORTH))
    )
    return [Mail(file, sender, (recipient,)) for file, (sender, recipient) in zip(files, ways)]


def message_files(place: Path, scratch: Path) -> list[Path]:
    if place.is_file():
        return [place] if place.suffix.lower() == ".eml" else mbox_files(place, scratch)
    if not place.is_dir():
        raise BadMail(f"{place} does not exist; give a folder with .eml files, an mbox file or a Maildir")
    if (place / "cur").is_dir() and (place / "new").is_dir():
        return sorted(file for part in ("cur", "new") for file in (place / part).iterdir() if file.is_file())
    files = []
    for file in sorted(place.iterdir()):
        if file.suffix.lower() == ".eml" and file.is_file():
            files.append(file)
        elif is_mbox(file):
            files += mbox_files(file, scratch)
    return files


def is_mbox(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(5) == b"From "


def mbox_files(file: Path, scratch: Path) -> list[Path]:
    if not is_mbox(file):
        raise BadMail(f"{file} is no mbox file: it does not begin with 'From '")
    folder = scratch / file.name
    folder.mkdir()
    files = []
    box = mailbox.mbox(file, create=False)
    for number, key in enumerate(box.iterkeys(), 1):
        message = folder / f"{number:05}.eml"
        message.write_bytes(box.get_bytes(key))
        files.append(message)
    box.close()
    return files
