"""A telephone line with an External at each end, as the samples have them."""

from pathlib import Path

from place import PlaceTest, sample

from exchange import Exchange
from office import Office, give

LINES = {"north": "5550001", "south": "5550002"}


class TownTest(PlaceTest):
    external = ""  # the programs
    phonenet = ""

    def setUp(self):
        super().setUp()
        exchange = Exchange(Path(self.phonenet), self.folder / "phonenet", 57600)
        exchange.start(LINES)
        self.addCleanup(exchange.stop)
        self.shows(self.folder / "phonenet" / "phonenet.log")
        for name in LINES:
            give(exchange.port(name))
        self.exchange = exchange

    def north(self, lmtp: Path, smtp: int = 25, **edits) -> Office:
        places = {**edits, "/var/spool/postfix/external/lmtp": lmtp, "/dev/ttyUSB0": self.exchange.port("north")}
        places["/var/lib/external"] = self.folder / "north"
        places["smtp://127.0.0.1:25"] = f"smtp://127.0.0.1:{smtp}"
        office = Office(self, self.external, self.folder / "north", sample("clinic/external.ini", places), ["anna"])
        office.start("Mail is taken by LMTP")
        return office

    def south(self, mailboxes: list[str], **edits) -> Office:
        places = {**edits, "/dev/ttyUSB0": self.exchange.port("south"), "/var/lib/external": self.folder / "south"}
        settings = sample("hub/external.ini", places)
        office = Office(self, self.external, self.folder / "south", settings, mailboxes)
        office.start()
        return office
