#!/usr/bin/python3
"""Postfix hands mail to External by LMTP: what becomes of each recipient, and of mail while External is away.

postfix_test.py EXTERNAL [--show]
"""

import json
import smtplib
import sys

from place import PlaceTest, main, needs, run, sample, wait

from office import Office
from postfix import Postfix

EXTERNAL = sys.argv.pop(1)
MESSAGE = "Subject: größer\r\n\r\nAll of it: größer\r\n".encode()


@needs("postfix", root=True)
class FromPostfix(PlaceTest):
    def setUp(self):
        super().setUp()
        self.postfix = Postfix(self, self.folder / "postfix")
        places = {"/var/spool/postfix": self.postfix.queue, "/dev/ttyUSB0": "/dev/none",
                  "/var/lib/external": self.folder / "north"}
        self.office = Office(self, EXTERNAL, self.folder / "north", sample("clinic/external.ini", places), ["anna"])
        self.office.start("Mail is taken by LMTP")
        self.postfix.start()

    def send(self, recipients: list[str], mail: list[str] = (), rcpt: list[str] = ()) -> None:
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as client:
            client.sendmail("anna@clinic.north", recipients, MESSAGE, ["BODY=8BITMIME", *mail], rcpt)

    def message(self) -> dict:
        """The one that waits."""
        self.office.wait_for_waiting(1)
        return json.loads(self.office.external("queue", "show", "1", "--json"))

    def recipients(self) -> list[str]:
        return [recipient["address"] for recipient in self.message()["recipients"]]

    def test_hands_a_thousand_recipients_over_as_one_message(self):
        names = [f"n{number}" for number in range(1000)]
        self.send([f"{name}@hub.south" for name in names])
        self.assertEqual(sorted(self.recipients()), sorted(f"SOUTH/HUB/{name.upper()}" for name in names))

    def test_returns_what_has_no_route_and_that_alone(self):
        self.send(["stores@hub.south", "eve@nowhere.south"])
        self.assertEqual(self.recipients(), ["SOUTH/HUB/STORES"])
        told = r"to=<eve@nowhere.south>.* status=bounced .*550 5.1.2 no route to post office SOUTH/NOWHERE"
        wait(lambda: self.postfix.log_has(told), "Postfix returns it")

    def test_keeps_mail_while_external_is_away(self):
        self.office.stop()
        self.send(["stores@hub.south"])
        wait(lambda: self.postfix.log_has("status=deferred"), "Postfix has tried in vain")
        self.office.start("Mail is taken by LMTP")

        def comes_when_asked_for() -> bool:
            run("postqueue", "-c", self.postfix.config, "-f")
            return self.office.waiting() == 1

        wait(comes_when_asked_for, "Postfix tries again", 0.5)
        self.assertEqual(self.recipients(), ["SOUTH/HUB/STORES"])

    def test_names_may_be_in_any_script(self):
        self.send(["jürgen@hub.south"], ["SMTPUTF8"])
        self.assertEqual(self.recipients(), ["SOUTH/HUB/JÜRGEN"])

    def test_passes_the_wish_for_a_receipt_on(self):
        self.send(["stores@hub.south"], ["RET=HDRS", "ENVID=order-5"], ["NOTIFY=SUCCESS,FAILURE"])
        self.assertTrue(self.message()["receipt"])


if __name__ == "__main__":
    main()
