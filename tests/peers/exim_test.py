#!/usr/bin/python3
"""Mail from an Exim with the settings of samples/exim.

exim_test.py EXTERNAL UNPACKED [--show]      UNPACKED: where the package of Exim may have been unpacked
"""

import os
import smtplib
import sys
import unittest
from pathlib import Path

import exim
from place import PlaceTest, main, sample, wait

from office import Office

EXTERNAL, UNPACKED = sys.argv[1:3]
del sys.argv[1:3]
PROGRAM = exim.program(Path(UNPACKED))


@unittest.skipUnless(PROGRAM, "not installed: exim4")
@unittest.skipUnless(os.geteuid() == 0, "only root may start exim4")
class FromExim(PlaceTest):
    def setUp(self):
        super().setUp()
        self.exim = exim.Exim(self, PROGRAM, self.folder / "exim")
        places = {"/var/spool/postfix/external/lmtp": self.exim.entrance / "lmtp", "/dev/ttyUSB0": "/dev/none",
                  "/var/lib/external": self.folder / "north"}
        settings = sample("clinic/external.ini", places)
        self.office = Office(self, EXTERNAL, self.folder / "north", settings, ["anna"])
        self.office.start("Mail is taken by LMTP")
        self.exim.start()

    def test_hands_mail_for_elsewhere_over_once(self):
        recipients = ["stores@hub.south", "weather@hub.south"]
        with smtplib.SMTP("127.0.0.1", self.exim.port) as client:
            client.sendmail("anna@clinic.north", recipients, "Subject: two\r\n\r\nGr\u00fc\u00dfe\r\n".encode())
        self.office.wait_for_waiting(1)
        message = self.office.external("queue", "show", "1")
        self.assertIn("SOUTH/HUB/STORES", message)
        self.assertIn("SOUTH/HUB/WEATHER", message)

    def test_tells_the_sender_what_external_refused(self):
        with smtplib.SMTP("127.0.0.1", self.exim.port) as client:
            client.sendmail("anna@clinic.north", ["eve@nowhere.south"], "Subject: x\r\n\r\n")
        log = self.folder / "exim" / "log" / "main"
        wait(lambda: "no route to post office SOUTH/NOWHERE" in log.read_text(), "Exim hears of it")


if __name__ == "__main__":
    main()
