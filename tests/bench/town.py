"""Two fresh post offices with a telephone line between them, for one measurement."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from line import NUMBERS, Exchange, Line
from mail import Mail
from office import NORTH, SOUTH, Office


@dataclass(frozen=True)
class Programs:
    external: Path
    phonenet: Path


class Town:
    """As a context: everything is stopped at its end, and the folder removed unless a problem was noted."""

    def __init__(self, programs: Programs, folder: Path, line: Line):
        self.folder = folder
        self.line = line
        self.exchange = Exchange(programs.phonenet, folder / "phonenet", line)
        self.north = Office(programs.external, NORTH, folder / "north")
        self.south = Office(programs.external, SOUTH, folder / "south")
        self.problems: list[str] = []

    def __enter__(self) -> "Town":
        try:
            self.exchange.start()
            for office, here, there in ((self.north, "north", "south"), (self.south, "south", "north")):
                office.create_on_modem(self.exchange.port(here), self.line.rate, NUMBERS[there])
        except BaseException:
            self.exchange.stop()
            raise
        return self

    def __exit__(self, kind, error, trace) -> None:
        self.south.stop()
        self.exchange.stop()
        if kind is None and not self.problems:
            shutil.rmtree(self.folder, ignore_errors=True)

    def compare(self, from_north: dict[str, Mail], from_south: dict[str, Mail]) -> list[str]:
        """Waits for the mailboxes and compares what is in them; the problems are kept, too."""
        for office, sent in ((self.south, from_north), (self.north, from_south)):
            office.wait_for_mail(len(sent), 20 if sent else 0)
            self.problems += office.problems_with(sent)
        return self.problems
