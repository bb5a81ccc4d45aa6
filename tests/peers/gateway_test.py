#!/usr/bin/python3
"""A clinic whose mail for the Internet goes over the telephone to a hub, and from there to the hub's Postfix; and back.
All settings are those of samples/, with what is a comment there for a gateway.

gateway_test.py EXTERNAL PHONENET [--show]
"""

import smtplib
import sys

from place import main, needs, wait

from postfix import Postfix
from town import TownTest

TownTest.external, TownTest.phonenet = sys.argv[1:3]
del sys.argv[1:3]

BOB = "bob@gmail.example"
ANNA = "anna@clinic.north"
HUB = {"hub.south": "clinic.north", ".south ": ".north ", "clinic.north\n\n": "hub.south\n\n"}


@needs("postfix", root=True)
class Gateway(TownTest):
    def setUp(self):
        super().setUp()
        # The Internet is the hub's Postfix, where Bob has a mailbox.
        self.far = Postfix(self, self.folder / "far", HUB, "default_transport = virtual\n")
        self.far.start()
        lmtp = self.far.entrance / "lmtp"
        self.hub = self.south([], **{
            ";Gateway    = smtp://127.0.0.1:25": f"Gateway = smtp://127.0.0.1:{self.far.port}",
            ";LmtpSocket = /var/spool/postfix/external/lmtp": f"LmtpSocket = {lmtp}",
        })  # fmt: skip
        self.near = Postfix(self, self.folder / "near", {"#default_transport": "default_transport"})
        edits = {";Gateway    = SOUTH/HUB": "Gateway = SOUTH/HUB"}
        self.clinic = self.north(self.near.entrance / "lmtp", self.near.port, **edits)
        self.near.start()

    def send(self, postfix: Postfix, sender: str, recipient: str, text: str) -> None:
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.sendmail(sender, [recipient], f"From: {sender}\r\nSubject: {text}\r\n\r\n{text}\r\n")

    def arrived(self, postfix: Postfix, user: str) -> bytes:
        wait(lambda: postfix.mail_of(user), f"mail for {user}")
        return postfix.mail_of(user)[0]

    def test_there_and_back(self):
        self.send(self.near, ANNA, BOB, "question")
        question = self.arrived(self.far, "bob")
        self.assertIn(b"\n\nquestion\n", question)
        self.assertTrue(question.startswith(f"Return-Path: <{ANNA}>\n".encode()), question)

        self.send(self.far, BOB, ANNA, "answer")
        self.hub.wait_for_waiting(1, "NORTH/CLINIC")
        self.clinic.external("call", "SOUTH/HUB")
        answer = self.arrived(self.near, "anna")
        self.assertIn(b"\n\nanswer\n", answer)
        self.assertTrue(answer.startswith(f"Return-Path: <{BOB}>\n".encode()), answer)

    def test_who_does_not_exist_out_there_comes_back_as_a_notice(self):
        self.send(self.near, ANNA, "eve@gmail.example", "question")
        # The hub's Postfix has taken it, so it is the one that tells Anna.
        self.hub.wait_for_waiting(1, "NORTH/CLINIC")
        self.clinic.external("call", "SOUTH/HUB")
        notice = self.arrived(self.near, "anna")
        self.assertIn(b"eve@gmail.example", notice)
        self.assertTrue(notice.startswith(b"Return-Path: <>\n"), notice)


if __name__ == "__main__":
    main()
