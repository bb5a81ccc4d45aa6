#!/usr/bin/python3
"""A post office without a modem of its own mails through the modem that another one lends.

share_mail_test.py EXTERNAL PHONENET
"""

import hashlib
import os
import subprocess
import sys
import unittest

from lending import FAR, OFFICE, Exchange, Office, Wire, end, share
from waiting import GIVING_UP, Folder, free_port, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

PARTNER = """[PostOffice SOUTH/{name}]
Password = x
{phone}
"""


def partner(name, phone=None):
    return PARTNER.format(name=name, phone=f"Phone = {phone}" if phone else "")


class Mail(unittest.TestCase):
    """HUB has the modem and lends it, GUEST and VISITOR have none, FAR is called."""

    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.net = Exchange(self, PHONENET, self.folder + "/net")
        self.telnet, self.raw = free_port(), free_port()
        self.hub = self.office("HUB", self.net.port("office"), share(self.telnet, raw=self.raw) + partner("FAR"))
        self.guest = self.office("GUEST", f"rfc2217://127.0.0.1:{self.telnet}", partner("FAR", FAR))
        partners = partner("GUEST") + partner("VISITOR") + partner("HUB", OFFICE)
        self.far = self.office("FAR", self.net.port("far"), partners)
        self.hub.start()
        self.far.start()

    def office(self, name, port, sections, more=""):
        office = Office(self, EXTERNAL, self.folder + "/" + name, port, more, name=name, sections=sections)
        office.external("mailbox", "add", "anna")
        return office

    def send(self, office, to, text):
        file = self.folder + "/message"
        with open(file, "wb") as message:
            message.write(text)
        done = office.external("send", "--to", to, file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def mail(self, office):
        folder = office.folder + "/mail/anna/new"
        texts = []
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(folder + "/" + name, "rb") as file:
                texts.append(file.read())
        return texts

    def wait_for_mail(self, office, text):
        wait(lambda: any(found.endswith(text) for found in self.mail(office)), "the mail arrives; " + office.log())

    def test_mail_goes_through_and_calls_come_in_afterwards(self):
        body = b"".join(hashlib.sha256(str(number).encode()).hexdigest().encode() + b"\n" for number in range(300))
        text = b"From: a@x\nSubject: borrowed\n\n" + body
        self.guest.start()
        self.assertEqual(len(self.hub.lessees()), 1)
        self.send(self.guest, "SOUTH/FAR/anna", text)
        self.wait_for_mail(self.far, body)
        end(self.guest.process)
        self.hub.wait_until_given_back()
        self.send(self.far, "SOUTH/HUB/anna", b"Subject: a call\n\nfor the hub\n")
        self.wait_for_mail(self.hub, b"for the hub\n")
        self.hub.wait_for_log("Answering call")

    def test_it_starts_while_somebody_else_has_the_modem(self):
        first = Wire(self.raw)
        self.addCleanup(first.close)
        first.say(b"AT\r")
        first.hear(b"OK\r\n")
        self.guest.launch("--LogVerbose=yes")
        wait(lambda: self.hub.pool()["waiting"], "the guest waits")
        self.send(self.guest, "SOUTH/FAR/anna", b"Subject: late\n\nborrowed later\n")
        self.guest.wait_for_log("are in use; waiting for one. There they say: OFFICE: all modems are in use: Modem1 by ")
        place = self.hub.pool()["waiting"][0]["id"]
        # It goes on waiting, for longer than INITIALIZE has patience.
        wait(lambda: self.guest.external("status").stdout.count("LOCKWAIT"), "the line waits for a modem")
        sent = self.guest.log().count("OUT: [")
        self.guest.wait_for_log("OUT: [", 3 * sent)
        self.assertEqual(self.guest.log().count("are in use; waiting for one."), 1)
        self.assertEqual(self.hub.pool()["waiting"][0]["id"], place)
        first.close()
        self.wait_for_mail(self.far, b"borrowed later\n")
        self.assertEqual(self.hub.pool()["modems"][0]["id"], place)
        self.assertNotIn("Recovery", self.guest.log())

    def test_a_lease_that_is_taken_back_comes_again(self):
        self.guest.start()
        self.hub.external("share", "kick", "Modem1")
        self.guest.wait_for_log("is gone")
        self.send(self.guest, "SOUTH/FAR/anna", b"Subject: again\n\nborrowed again\n")
        self.wait_for_mail(self.far, b"borrowed again\n")

    def visitor(self):
        """Another one without a modem, that borrows it for its calls only."""
        office = self.office("VISITOR", f"rfc2217://127.0.0.1:{self.telnet}", partner("FAR", FAR),
                             more="CommOutOnly = yes\nHoldPort = call\n")
        office.launch()
        office.wait_until("RESTING")
        return office

    def test_who_holds_it_for_calls_only_gives_it_back_after_each(self):
        visitor = self.visitor()
        self.assertEqual(self.hub.lessees(), [])
        self.assertIn("No port is held; it is opened for the next call.", visitor.external("status").stdout)
        for number in (1, 2):
            self.send(visitor, "SOUTH/FAR/anna", b"Subject: mail\n\nborrowed %d\n" % number)
            self.wait_for_mail(self.far, b"borrowed %d\n" % number)
            self.hub.wait_until_given_back(number)
            visitor.wait_until("RESTING")
            self.assertEqual(self.hub.lessees(), [])
            # The modem is the hub's again: it answers.
            self.send(self.far, "SOUTH/HUB/anna", b"Subject: a call\n\nfor the hub %d\n" % number)
            self.wait_for_mail(self.hub, b"for the hub %d\n" % number)
            self.hub.wait_until("LISTENING")
        self.assertEqual(self.hub.log().count("Lent to "), 2, "each call has a lease of its own")
        self.assertNotIn("Recovery", visitor.log())

    def test_who_holds_it_for_calls_only_waits_its_turn_and_says_so_to_who_asks(self):
        visitor = self.visitor()
        first = Wire(self.raw)
        self.addCleanup(first.close)
        first.say(b"AT\r")
        first.hear(b"OK\r\n")
        call = subprocess.Popen(visitor.command("call", "SOUTH/FAR"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(end, call)
        visitor.wait_until("LOCKWAIT")
        self.assertEqual(len(self.hub.pool()["waiting"]), 1)
        first.close()
        self.assertEqual(call.wait(GIVING_UP), 0, visitor.log())
        self.hub.wait_until_given_back(2)
        visitor.wait_until("RESTING")
        tested = visitor.external("modem", "test")
        self.assertIn("the modem is there and answers", tested.stdout)
        self.hub.wait_until_given_back(3)


if __name__ == "__main__":
    unittest.main()
