#!/usr/bin/python3
"""Addresses of two post offices that call each other over TCP: domains, aliases, catch-all, gateway, names beyond ASCII.

addresses_test.py EXTERNAL
"""

import email
import email.policy
import os
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import threading
import unittest

from waiting import Folder, GIVING_UP, session_log, wait

EXTERNAL = sys.argv.pop(1)

CLINIC = """[External]
HomePO = NORTH/CLINIC
Domain = clinic.example, bücher.example
Alias = ärzte: anna, jürgen
CatchAll = anna
Gateway = SOUTH/HUB
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Address = 127.0.0.1:%(line)d
Domain = hub.example
Password = x
"""

HUB = """[External]
HomePO = SOUTH/HUB
Domain = hub.example
SmtpListen = 127.0.0.1:%(smtp)d
%(gateway)s
[External-Lan]
CommType = Tcp
Listen = 127.0.0.1:%(line)d
[PostOffice NORTH/CLINIC]
Domain = clinic.example, bücher.example
Password = x
"""


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Internet(socketserver.ThreadingTCPServer):
    """A mail host that knows everybody but nobody@."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.daemon_threads = True
        self.taken = []  # (sender, recipients, content)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def say(self, *lines):
        self.wfile.write(b"".join(line.encode() + b"\r\n" for line in lines))

    def content(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        return None

    def handle(self):
        self.say("220 internet.example")
        sender, recipients = None, []
        for line in self.rfile:
            words = line.decode().strip()
            if words.startswith("EHLO"):
                self.say("250-internet.example", "250-8BITMIME", "250 SMTPUTF8")
            elif words.startswith("MAIL FROM:"):
                sender, recipients = words[10:].split()[0], []
                self.say("250 2.1.0 fine")
            elif words.startswith("RCPT TO:"):
                recipient = words[8:].split()[0]
                known = not recipient.startswith("<nobody@")
                recipients += [recipient] if known else []
                self.say("250 2.1.5 fine" if known else "550 5.1.1 nobody of that name")
            elif words == "DATA":
                self.say("354 go on")
                self.server.taken.append((sender, recipients, self.content()))
                self.say("250 2.0.0 taken")
            elif words == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


class PostOffice:
    def __init__(self, test, settings, mailboxes):
        folder = Folder()
        test.addCleanup(folder.cleanup)
        self.test = test
        self.folder = folder.name
        os.mkdir(self.folder + "/mail")
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(settings)
        os.chmod(self.folder + "/external.ini", 0o600)
        self.use("mailbox", "add", *mailboxes)

    def use(self, *words, text=b"", code=0):
        command = [EXTERNAL, "--config", self.folder + "/external.ini", *words]
        used = subprocess.run(command, input=text, capture_output=True, check=False)
        self.test.assertEqual(used.returncode, code, used)
        return (used.stdout + used.stderr).decode("utf-8")

    def run(self):
        process = subprocess.Popen([EXTERNAL, "--config", self.folder + "/external.ini", "run", "--service"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.send_signal(signal.SIGTERM)
            self.test.assertEqual(process.wait(GIVING_UP), 0)

        self.test.addCleanup(end)

    def log(self):
        return session_log(self.folder)

    def mail_of(self, name):
        box = self.folder + "/mail/" + name + "/new"
        messages = []
        for entry in sorted(os.listdir(box)) if os.path.isdir(box) else []:
            with open(box + "/" + entry, "rb") as file:
                messages.append(email.message_from_bytes(file.read(), policy=email.policy.SMTPUTF8))
        return messages


class TwoPostOffices(unittest.TestCase):
    def start(self, gateway=""):
        line, smtp = free_ports(2)
        ports = {"line": line, "smtp": smtp, "gateway": gateway}
        self.smtp_port = smtp
        self.clinic = PostOffice(self, CLINIC % ports, ["anna", "jürgen"])
        self.hub = PostOffice(self, HUB % ports, ["carl"])
        self.hub.run()
        wait(lambda: "Mail is taken by SMTP" in self.hub.log(), "the hub listens")

    def to_hub(self, sender, *recipients):
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=GIVING_UP) as client:
            client.sendmail(sender, recipients, b"Subject: hi\r\n\r\nx\r\n", mail_options=["SMTPUTF8"])

    def exchange(self):
        self.clinic.use("call", "SOUTH/HUB")


class Addresses(TwoPostOffices):
    def setUp(self):
        self.start()

    def test_mail_of_the_internet_finds_its_mailbox_however_it_is_spelled(self):
        self.to_hub("Bob@gmail.example", "JÜRGEN@clinic.example", "a\u0308rzte@xn--bcher-kva.example", "eve@clinic.north")
        self.exchange()
        wait(lambda: len(self.clinic.mail_of("jürgen")) == 1 and len(self.clinic.mail_of("anna")) == 1, "the mail arrives")
        mail, = self.clinic.mail_of("jürgen")
        self.assertEqual(str(mail["Return-Path"]), "<Bob@gmail.example>")
        mail, = self.clinic.mail_of("anna")
        self.assertIn(str(mail["X-Original-To"]), ["eve@clinic.example", "ärzte@clinic.example"])

    def test_what_the_gateway_cannot_send_comes_back_to_whom_wrote_it(self):
        self.clinic.use("send", "--from", "jürgen", "--to", "bob@mail.gmail.example", text=b"Subject: hi\n\nx\n")
        self.exchange()
        self.exchange()
        wait(lambda: self.clinic.mail_of("jürgen"), "the return")
        notice, = self.clinic.mail_of("jürgen")
        self.assertEqual(str(notice["To"]), "jürgen@clinic.example")
        status = notice.get_payload()[1].get_payload()[1]
        self.assertEqual(status["Final-Recipient"], "rfc822; bob@mail.gmail.example")
        self.assertEqual(status["Action"], "failed")

    def test_a_return_of_a_name_beyond_ascii_can_be_read(self):
        self.clinic.use("send", "--from", "anna", "--to", "zoë@hub.example", text=b"Subject: hi\n\nx\n")
        self.exchange()
        self.exchange()
        wait(lambda: self.clinic.mail_of("anna"), "the return")
        status = self.clinic.mail_of("anna")[0].get_payload()[1].get_payload()[1]
        self.assertEqual(status["Final-Recipient"], r"utf-8; zo\x{EB}@hub.example")

    def test_addresses_that_deceive_are_refused_with_a_reason(self):
        for address, why in [("a\u202Eb", "U+202E, which cannot be seen"), ("a%b@hub.south", "a way through other hosts"),
                             ("../x", "NETWORK/POSTOFFICE/MAILBOX"), ("x@[192.0.2.1]", "brackets")]:
            self.assertIn(why, self.clinic.use("send", "--to", address, code=65))

    def test_route_explains(self):
        self.assertIn("ÄRZTE is an alias of:\n  NORTH/CLINIC/ANNA\n  NORTH/CLINIC/JÜRGEN\n", self.clinic.use("route", "ärzte"))
        self.assertIn("CatchAll, external.ini:5", self.clinic.use("route", "nobody"))
        self.assertIn("Gateway, external.ini:6", self.clinic.use("route", "bob@gmail.example"))


class Gateway(TwoPostOffices):
    def setUp(self):
        self.internet = Internet()
        self.addCleanup(self.internet.server_close)
        self.addCleanup(self.internet.shutdown)
        self.start("Gateway = smtp://127.0.0.1:%d" % self.internet.server_address[1])

    def test_mail_of_the_clinic_reaches_the_internet_by_way_of_the_hub(self):
        self.clinic.use("send", "--from", "jürgen", "--to", "Bob.Smith@GMail.example", "--to", "carl@hub.south",
                        text=b"Subject: hi\n\nx\n")
        self.exchange()
        wait(lambda: self.internet.taken and self.hub.mail_of("carl"), "both get it")
        (sender, recipients, content), = self.internet.taken
        self.assertEqual((sender, recipients), ("<jürgen@clinic.example>", ["<Bob.Smith@gmail.example>"]))
        self.assertIn(b"for <Bob.Smith@gmail.example>", content)
        self.assertEqual(self.hub.mail_of("carl")[0]["Return-Path"], "<jürgen@clinic.example>")

    def test_a_refusal_of_the_internet_comes_back_to_the_clinic(self):
        self.clinic.use("send", "--from", "jürgen", "--to", "nobody@gmail.example", text=b"Subject: hi\n\nx\n")
        self.exchange()
        wait(lambda: "not delivered to SOUTH/HUB/nobody@gmail.example" in self.hub.log(), "the refusal")
        self.exchange()
        wait(lambda: self.clinic.mail_of("jürgen"), "the return")
        status = self.clinic.mail_of("jürgen")[0].get_payload()[1].get_payload()[1]
        self.assertEqual(status["Final-Recipient"], "rfc822; nobody@gmail.example")
        self.assertIn("nobody of that name", status["Diagnostic-Code"])

    def test_a_return_finds_its_way_to_a_sender_on_the_internet(self):
        self.to_hub("Bob@gmail.example", "ghost@clinic.example")
        with open(self.clinic.folder + "/external.ini", encoding="utf-8") as ini:
            without = ini.read().replace("CatchAll = anna\n", "")
        with open(self.clinic.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(without)
        self.exchange()
        self.exchange()
        wait(lambda: self.internet.taken, "the return")
        (sender, recipients, content), = self.internet.taken
        self.assertEqual((sender, recipients), ("<>", ["<Bob@gmail.example>"]))
        self.assertIn(b"Final-Recipient: rfc822; ghost@clinic.example", content)


if __name__ == "__main__":
    unittest.main()
