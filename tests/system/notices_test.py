#!/usr/bin/python3
"""Notices of a running External, read by the email package of Python, which shares no code with it.

notices_test.py EXTERNAL
"""

import contextlib
import email
import email.policy
import email.utils
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import unittest

from waiting import Folder, wait

EXTERNAL = sys.argv.pop(1)
GIVING_UP = 60  # seconds; only a failing test waits so long

# To SOUTH/HUB nobody answers: its port is bound here and not listened on.
SETTINGS = """[External]
HomePO = NORTH/CLINIC
[External-Lan]
CommType = Tcp
RetryInterval = 1s
[PostOffice SOUTH/HUB]
Address = 127.0.0.1:%d
Password = x
Retries = 1
[PostOffice EAST/RELAY]
Password = x
"""


class Notices(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        nobody = socket.socket()
        self.addCleanup(nobody.close)
        nobody.bind(("127.0.0.1", 0))
        os.mkdir(self.folder + "/mail")
        with open(self.folder + "/external.ini", "w") as ini:
            ini.write(SETTINGS % nobody.getsockname()[1])
        os.chmod(self.folder + "/external.ini", 0o600)
        for name in ("anna", "bob"):
            self.external("mailbox", "add", name)

    def external(self, *words, text=b""):
        command = [EXTERNAL, "--config", self.folder + "/external.ini", *words]
        return subprocess.run(command, input=text, capture_output=True, check=True).stdout

    def mail_of(self, name):
        box = self.folder + "/mail/" + name.upper() + "/new"
        if not os.path.isdir(box):
            box = self.folder + "/mail/" + name + "/new"
        if not os.path.isdir(box):
            return []
        messages = []
        for entry in sorted(os.listdir(box)):
            with open(box + "/" + entry, "rb") as file:
                messages.append(file.read())
        return messages

    def run_until(self, condition, what):
        run = subprocess.Popen([EXTERNAL, "--config", self.folder + "/external.ini", "run", "--service"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(condition, what)
        finally:
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(GIVING_UP), 0)

    def parts(self, raw):
        """The three parts of a notice, after a look for anything that the reader finds wrong."""
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        self.assertEqual(message.get_content_type(), "multipart/report")
        self.assertEqual(message.get_param("report-type"), "delivery-status")
        self.assertEqual(message["Return-Path"], "<>")
        self.assertEqual(message["Auto-Submitted"], "auto-replied")
        explanation, status, original = message.get_payload()
        for part in (message, explanation, status, original):
            self.assertEqual(part.defects, [])
        self.assertEqual(explanation.get_content_type(), "text/plain")
        self.assertEqual(status.get_content_type(), "message/delivery-status")
        return explanation.get_payload(decode=True).decode("utf-8"), status.get_payload(), original

    def returned(self, content):
        self.external("send", "--from", "anna", "--to", "SOUTH/HUB/bob", "--envelope-id", "QQ314159", text=content)
        self.run_until(lambda: self.mail_of("anna"), "the return")
        raw, = self.mail_of("anna")
        self.assertIn(content, raw)
        return self.parts(raw)

    def test_a_return_can_be_read(self):
        content = b"From: anna\nSubject: Hello\n\nText\n--\nmore\n"
        text, status, original = self.returned(content)
        self.assertIn("FROM:    NORTH/CLINIC/ANNA\nTO:      SOUTH/HUB/BOB\n", text)
        self.assertIn("[005] Mail retry count exceeded sending to:\nSOUTH     /HUB\n"
                      "Mail item was not delivered to:\n  SOUTH/HUB/BOB\n", text)
        about_message, about_bob = status
        self.assertEqual(about_message["Original-Envelope-Id"], "QQ314159")
        self.assertEqual(about_message["Reporting-MTA"], "dns; clinic.north")
        self.assertEqual(about_bob["Final-Recipient"], "rfc822; bob@hub.south")
        self.assertEqual(about_bob["Action"], "failed")
        self.assertEqual(about_bob["Status"], "5.4.7")
        self.assertIn("x-external; [005] ", about_bob["Diagnostic-Code"])
        self.assertEqual(original.get_content_type(), "message/rfc822")
        self.assertEqual(original["Content-Transfer-Encoding"], "7bit")
        inner, = original.get_payload()
        self.assertEqual(inner["Subject"], "Hello")
        self.assertEqual(inner.get_payload(), "Text\n--\nmore\n")

    def test_an_original_of_any_bytes_can_be_read(self):
        body = b"NUL \0 and \xff\n" + b"x" * 10000 + b"\n.\nFrom me\n--=_0\n"
        _, _, original = self.returned(b"Subject: Hello\nContent-Transfer-Encoding: binary\n\n" + body)
        self.assertEqual(original["Content-Transfer-Encoding"], "binary")
        inner, = original.get_payload()
        self.assertEqual(inner.get_payload(decode=True), body)

    def test_an_original_with_utf8_in_its_header_can_be_read(self):
        _, _, original = self.returned("Subject: Gr\u00fc\u00dfe\n\nText\n".encode())
        self.assertEqual(original.get_content_type(), "message/global")
        self.assertEqual(original["Content-Transfer-Encoding"], "8bit")

    def test_an_original_with_windows_lines_can_be_read(self):
        _, _, original = self.returned(b"Subject: Hello\r\n\r\nText\r\n")
        inner, = original.get_payload()
        self.assertEqual(inner["Subject"], "Hello")
        self.assertEqual(inner.get_payload(), "Text\r\n")

    def test_a_receipt_can_be_read(self):
        self.external("send", "--from", "anna", "--to", "bob", "--receipt",
                      text=b"Subject: Hello\nMessage-ID: <m1@x>\n\nSecret\n")
        self.external("send", "--from", "anna", "--to", "bob", text=b"Subject: No receipt\n\n")
        self.run_until(lambda: self.mail_of("anna") and len(self.mail_of("bob")) == 2, "the receipt")
        raw, = self.mail_of("anna")
        self.assertNotIn(b"Secret", raw)
        text, (_, about_bob), header = self.parts(raw)
        self.assertIn("Mail item was delivered to:\n  NORTH/CLINIC/BOB\n", text)
        self.assertEqual(about_bob["Final-Recipient"], "rfc822; bob@clinic.north")
        self.assertEqual(about_bob["Action"], "delivered")
        self.assertEqual(about_bob["Status"], "2.0.0")
        self.assertEqual(header.get_content_type(), "text/rfc822-headers")
        self.assertEqual(email.message_from_string(header.get_payload())["Subject"], "Hello")

    def test_a_warning_can_be_read(self):
        # To EAST/RELAY goes only what it fetches, which it never does.
        self.external("send", "--from", "anna", "--to", "EAST/RELAY/bob", "--useful-life", "3d",
                      text=b"Subject: Hello\n\nText\n")
        self.make_older(5 * 3600)
        self.run_until(lambda: self.mail_of("anna"), "the warning")
        raw, = self.mail_of("anna")
        text, (_, about_bob), header = self.parts(raw)
        self.assertIn("Mail has been waiting for 4 hours to be sent to:\nEAST      /RELAY\n", text)
        self.assertEqual(about_bob["Final-Recipient"], "rfc822; bob@relay.east")
        self.assertEqual(about_bob["Action"], "delayed")
        self.assertEqual(about_bob["Status"], "4.4.1")
        until = email.utils.parsedate_to_datetime(about_bob["Will-Retry-Until"]).timestamp()
        self.assertAlmostEqual(until, time.time() + 67 * 3600, delta=3600)
        self.assertEqual(header.get_content_type(), "text/rfc822-headers")
        # Another run has nothing to add, but delivers what comes behind it.
        self.external("send", "--from", "bob", "--to", "anna", text=b"Subject: Last\n\n")
        self.run_until(lambda: any(b"Subject: Last" in mail for mail in self.mail_of("anna")), "the last mail")
        self.assertEqual(len(self.mail_of("anna")), 2)

    def make_older(self, seconds):
        with contextlib.closing(sqlite3.connect(self.folder + "/queue.db")) as queue, queue:
            queue.execute("UPDATE message SET received = received - ?, accepted = accepted - ?, expires = expires - ?",
                          [seconds * 1_000_000] * 3)

    def test_nobody_is_told_who_does_not_want_it(self):
        self.external("send", "--from", "anna", "--to", "SOUTH/HUB/bob", "--notify", "never", text=b"Subject: x\n\n")
        log = self.folder + "/log/Session.log"

        def given_up():
            with open(log) as file:
                return "its sender wants no notice" in file.read()

        self.run_until(lambda: os.path.exists(log) and given_up(), "the end of the message")
        self.assertEqual(self.mail_of("anna"), [])


if __name__ == "__main__":
    unittest.main()
