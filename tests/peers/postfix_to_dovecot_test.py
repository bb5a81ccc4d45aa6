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

from place import main, needs, wait

from dovecot import Dovecot, identity
from office import GROUP, Office
from postfix import Postfix
from town import TownTest

TownTest.external, TownTest.phonenet = sys.argv[1:3]
del sys.argv[1:3]

READERS = ["stores", "weather"]
ADDRESSES = ["stores@hub.south", "weather@hub.south"]


def whole_message() -> bytes:
    """With all that a mail system would add, so that it stays as it is."""
    message = EmailMessage(email.policy.SMTP)
    message["From"] = "Anna <anna@clinic.north>"
    message["To"] = ", ".join(ADDRESSES)
    message["Subject"] = "Bandages, and a table: größer"
    message["Date"] = "Sat, 21 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = "<bandages@clinic.north>"
    message.set_content("Dear stores,\n.\nFrom here on all is text.\n")
    table = random.Random(5).randbytes(20_000)
    message.add_attachment(table, maintype="application", subtype="octet-stream", filename="table")
    return message.as_bytes()


class Readers(TownTest):
    def maildirs_by_imap(self, office: Office) -> Dovecot:
        places = {"/var/lib/external": office.folder, "uid=external gid=external": identity()}
        dovecot = Dovecot(self, self.folder / "dovecot", "90-external-maildir.conf", places)
        dovecot.start()
        return dovecot

    def dovecot_with_lmtp(self) -> Dovecot:
        places = {"group = external": f"group = {GROUP}"}
        dovecot = Dovecot(self, self.folder / "dovecot", "90-external-lmtp.conf", places, keeps_mail=True)
        dovecot.start()
        return dovecot

    def check(self, dovecot: Dovecot, message: bytes) -> None:
        """Each reader has it, once, and nothing in it has changed."""
        for reader in READERS:
            arrived = dovecot.wait_for_mail(reader)
            self.assertEqual(len(arrived), 1)
            self.assertTrue(arrived[0].endswith(message), arrived[0].decode(errors="replace"))
        self.assertEqual(self.exchange.counters("north").calls, 1, "one copy in one call")


@needs("postfix", "dovecot", root=True)
class PostfixToDovecot(Readers):
    def send(self, postfix: Postfix) -> bytes:
        message = whole_message()
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.sendmail("anna@clinic.north", ADDRESSES, message)
        return message

    def test_arrives_whole_in_maildirs(self):
        postfix = Postfix(self, self.folder / "postfix")
        self.north(postfix.entrance / "lmtp", postfix.port)
        postfix.start()
        dovecot = self.maildirs_by_imap(self.south(READERS))
        self.check(dovecot, self.send(postfix))
        wait(lambda: "Mail queue is empty" in postfix.waiting(), "Postfix has nothing left")

    def test_arrives_whole_by_lmtp(self):
        postfix = Postfix(self, self.folder / "postfix")
        self.north(postfix.entrance / "lmtp", postfix.port)
        postfix.start()
        dovecot = self.dovecot_with_lmtp()
        self.south([], **{";Deliver = lmtp:/run/dovecot/external": f"Deliver = lmtp:{dovecot.socket}"})
        self.check(dovecot, self.send(postfix))

    def test_answers_come_back_to_postfix_in_the_same_call(self):
        postfix = Postfix(self, self.folder / "postfix")
        south = self.south(READERS)
        answer = b"Subject: yes\n\nOn its way.\n"
        south.client(south.in_charge_of("sendmail"), "-i", "-f", "stores", "anna@clinic.north", input=answer)
        self.north(postfix.entrance / "lmtp", postfix.port)
        postfix.start()
        self.send(postfix)
        wait(lambda: postfix.mail_of("anna"), "the answer is in Anna's mailbox")
        arrived = postfix.mail_of("anna")[0]
        self.assertIn(b"Subject: yes\n", arrived)
        self.assertTrue(arrived.endswith(b"\n\nOn its way.\n"), arrived)
        self.assertEqual(self.exchange.counters("north").calls, 1)


@needs("dovecot")
class SendmailToDovecot(Readers):
    """What needs no Postfix needs no root either."""

    def test_arrives_whole(self):
        north = self.north(self.folder / "north" / "lmtp")
        south = self.south(READERS)
        dovecot = self.maildirs_by_imap(south)
        message = whole_message()
        sendmail = north.in_charge_of("sendmail")
        north.client(sendmail, "-i", "-f", "anna", *ADDRESSES, input=message.replace(b"\r\n", b"\n"))
        self.check(dovecot, message)


if __name__ == "__main__":
    main()
