#!/usr/bin/python3
"""A running External taking mail from Python's SMTP and LMTP clients, which share no code with it.

smtp_test.py EXTERNAL
"""

import os
import smtplib
import socket
import ssl
import subprocess
import sys
import unittest

from office_case import OfficeCase
from waiting import GIVING_UP, wait

EXTERNAL = sys.argv.pop(1)

SETTINGS = """[External]
HomePO = NORTH/CLINIC
SmtpListen = 127.0.0.1:%d
SmtpCertificate = cert.pem
SmtpKey = key.pem
LmtpSocket = lmtp
MaxLanMailSize = 1M
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Password = x
[Group STAFF]
Members = ANNA, SOUTH/HUB/BEN
"""


class TakesMail(OfficeCase):
    executable = EXTERNAL
    encoding = None

    def setUp(self):
        super().setUp()
        self.write_settings(SETTINGS % self.port)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=clinic.north", "-keyout", self.folder + "/key.pem",
                        "-out", self.folder + "/cert.pem"], check=True, capture_output=True)
        self.external("mailbox", "add", "anna")
        self.launch()
        wait(lambda: "Mail is taken by LMTP" in self.log(), "External listens")

    def mail_of_anna(self):
        box = self.folder + "/mail/anna/new"
        names = sorted(os.listdir(box)) if os.path.isdir(box) else []
        messages = []
        for name in names:
            with open(box + "/" + name, "rb") as file:
                messages.append(file.read())
        return messages

    def smtp(self):
        client = smtplib.SMTP("127.0.0.1", self.port, timeout=GIVING_UP)
        self.addCleanup(client.close)
        return client

    def test_mail_for_here_is_in_the_mailbox(self):
        with self.smtp() as client:
            client.sendmail("ben@hub.south", ["anna@clinic.north"], b"Subject: hi\r\n\r\n.dot\r\nend\r\n")
        wait(lambda: len(self.mail_of_anna()) == 1, "the mail arrives")
        self.assertTrue(self.mail_of_anna()[0].endswith(b"Subject: hi\n\n.dot\nend\n"))

    def test_mail_for_elsewhere_is_queued(self):
        with self.smtp() as client:
            client.sendmail("anna@clinic.north", ["ben@hub.south"], "Subject: x\r\n\r\n")
        self.assertIn(b"SOUTH/HUB/BEN", self.external("queue", "list", "--all").stdout)

    def test_groups_reach_all_their_members(self):
        with self.smtp() as client:
            client.sendmail("ben@hub.south", ["staff@clinic.north"], "Subject: x\r\n\r\n")
        wait(lambda: len(self.mail_of_anna()) == 1, "the mail arrives")
        self.assertIn(b"SOUTH/HUB/BEN", self.external("queue", "show", "1").stdout)

    def test_what_cannot_arrive_is_refused(self):
        with self.smtp() as client:
            refused = {}
            try:
                client.sendmail("a@b.c", ["eve@clinic.north", "x@far.west"], "Subject: x\r\n\r\n")
            except smtplib.SMTPRecipientsRefused as error:
                refused = error.recipients
        self.assertEqual({address: reply[0] for address, reply in refused.items()},
                         {"eve@clinic.north": 550, "x@far.west": 550})

    def test_too_large_is_refused_before_it_comes(self):
        with self.smtp() as client:
            with self.assertRaises(smtplib.SMTPSenderRefused) as caught:
                client.sendmail("a@b.c", ["anna@clinic.north"], b"x" * 2_000_000)
        self.assertEqual(caught.exception.smtp_code, 552)

    def test_tls_on_request(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.folder + "/cert.pem")
        context.check_hostname = False
        with self.smtp() as client:
            client.starttls(context=context)
            client.sendmail("a@b.c", ["anna@clinic.north"], "Subject: secret\r\n\r\n")
        wait(lambda: len(self.mail_of_anna()) == 1, "the mail arrives")
        self.assertIn(b"with ESMTPS id", self.mail_of_anna()[0])

    def test_lmtp_answers_for_each_recipient(self):
        with smtplib.LMTP(self.folder + "/lmtp") as client:
            refused = client.sendmail("a@b.c", ["anna@clinic.north", "eve@clinic.north"], "Subject: x\r\n\r\n")
        self.assertEqual(list(refused), ["eve@clinic.north"])
        wait(lambda: len(self.mail_of_anna()) == 1, "the mail arrives")

    def test_a_second_external_says_who_is_in_the_way(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.end_well()
            taken = f"127.0.0.1:{other.getsockname()[1]}"
            ended = self.external("run", "--service", f"--SmtpListen={taken}")
        self.assertEqual(ended.returncode, 69)
        self.assertIn(f"cannot listen for mail at {taken}".encode(), ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
