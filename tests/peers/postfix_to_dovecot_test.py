#!/usr/bin/python3
"""Mail from a Postfix in the north to people in the south who read it with IMAP, over a telephone line. Postfix and
Dovecot are Debian's, with the settings that lie in samples/.

postfix_to_dovecot_test.py EXTERNAL PHONENET [--show]
"""

import email.policy
import random
import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path

from place import PlaceTest, main, needs, sample, wait

from dovecot import Dovecot, identity
from exchange import Exchange
from office import Office, give
from postfix import Postfix

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

LINES = {"north": "5550001", "south": "5550002"}


def whole_message(to: str) -> bytes:
    """With all that a mail system would add, so that it stays as it is."""
    message = EmailMessage(email.policy.SMTP)
    message["From"] = "Anna <anna@clinic.north>"
    message["To"] = to
    message["Subject"] = "Bandages, and a table: größer"
    message["Date"] = "Sat, 21 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = "<bandages@clinic.north>"
    message.set_content("Dear stores,\n.\nFrom here on all is text.\n")
    table = random.Random(5).randbytes(20_000)
    message.add_attachment(table, maintype="application", subtype="octet-stream", filename="table")
    return message.as_bytes()


@needs("postfix", "dovecot", root=True)
class PostfixToDovecot(PlaceTest):
    def setUp(self):
        super().setUp()
        exchange = Exchange(Path(PHONENET), self.folder / "phonenet", 57600)
        exchange.start(LINES)
        self.addCleanup(exchange.stop)
        self.shows(self.folder / "phonenet" / "phonenet.log")
        for name in LINES:
            give(exchange.port(name))
        self.exchange = exchange

    def north(self) -> tuple[Postfix, Office]:
        postfix = Postfix(self, self.folder / "postfix")
        places = {"/var/spool/postfix": postfix.queue, "/dev/ttyUSB0": self.exchange.port("north")}
        office = Office(self, EXTERNAL, self.folder / "north", sample("clinic/external.ini", places), ["anna"])
        office.start("Mail is taken by LMTP")
        postfix.start()
        return postfix, office

    def south(self, mailboxes: list[str]) -> Office:
        settings = sample("hub/external.ini", {"/dev/ttyUSB0": self.exchange.port("south")})
        office = Office(self, EXTERNAL, self.folder / "south", settings, mailboxes)
        office.start()
        return office

    def maildirs_by_imap(self, office: Office) -> Dovecot:
        places = {"/var/lib/external": office.folder, "uid=external gid=external": identity()}
        dovecot = Dovecot(self, self.folder / "dovecot", "90-external-maildir.conf", places)
        dovecot.start()
        return dovecot

    def test_arrives_whole(self):
        postfix, _ = self.north()
        south = self.south(["stores", "weather"])
        dovecot = self.maildirs_by_imap(south)
        message = whole_message("stores@hub.south, weather@hub.south")
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.sendmail("anna@clinic.north", ["stores@hub.south", "weather@hub.south"], message)
        for reader in ("stores", "weather"):
            south.wait_for_mail(reader)
            arrived = dovecot.mail_of(reader)
            self.assertEqual(len(arrived), 1)
            self.assertTrue(arrived[0].endswith(message), arrived[0].decode(errors="replace"))
        wait(lambda: "Mail queue is empty" in postfix.waiting(), "Postfix has nothing left")
        self.assertEqual(self.exchange.counters("north").calls, 1, "one copy in one call")


if __name__ == "__main__":
    main()
