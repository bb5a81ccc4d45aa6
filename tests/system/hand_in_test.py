#!/usr/bin/python3
"""Mail as it really looks, handed in by every way there is, and compared byte for byte with what is in the mailbox.

hand_in_test.py EXTERNAL
"""

import os
import signal
import smtplib
import ssl
import subprocess
import sys
import unittest

from waiting import Folder, free_port, GIVING_UP, wait

EXTERNAL = sys.argv.pop(1)

WITH_TLS = """SmtpCertificate = cert.pem
SmtpKey = key.pem
"""
SETTINGS = """[External]
HomePO = NORTH/CLINIC
SmtpListen = 127.0.0.1:%d
SubmissionListen = 127.0.0.1:%d
LmtpSocket = lmtp
%s[Group DESK]
Members = ANNA, BERT
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Password = x
"""


def nested(depth):
    """MIME parts in MIME parts."""
    text = b"Subject: deep\nMIME-Version: 1.0\n"
    for level in range(depth):
        text += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    return text + b"\ninmost\n" + b"".join(b"--b%d--\n" % level for level in reversed(range(depth)))


LARGE_HEADER = b"Subject: large\n" + b"".join(b"X-%d: %s\n" % (n, b"y" * 90) for n in range(1000)) + b"\ntext\n"

# By name: content with LF as in the files of this system, and whether SMTP can carry it.
REAL_MAIL = {
    "8-bit without MIME": (b"Subject: gr\xfc\xdfe\nX: \xc3\xbc\n\n\x80\xff\xfe caf\xe9\n", True),
    "NULs": (b"Subject: nul\n\na\0b\0\0\n\0", True),
    "a long line": (b"Subject: long\n\n" + b"x" * 10_000 + b"\nend\n", True),
    "From_ lines": (b"Subject: from\n\nFrom here on\n>From there\n\nFrom x Mon Jan 1 00:00:00 2026\n", True),
    "dots": (b"Subject: dots\n\n.\n..\n.x\n\n.\nend .\n.", True),
    "a large header": (LARGE_HEADER, True),
    "an empty body": (b"Subject: empty\n\n", True),
    "only a header": (b"Subject: no empty line\n", True),
    "nested MIME": (nested(100), True),
    "nonsense in the header": (b"Subject: x\nthis is no field\n: nor this\nX :y\n\nSubject: body\n", True),
    "garbage in encoded words": (b"Subject: =?utf-8?q?=ZZ?= =?x?y?z?= =?utf-8?b?////?=\n\n", True),
    "a bare CR": (b"Subject: cr\n\none\rtwo\n", False),
    "CR LF": (b"Subject: crlf\r\n\r\none\r\ntwo\r\n", False),
    "mixed line ends": (b"Subject: mixed\n\none\r\ntwo\nthree\r", False),
}
NO_HEADER = b"just text\nwith two lines\n"


def on_the_wire(content):
    """As a client has to write it; the last line gets its end."""
    return content.replace(b"\n", b"\r\n") if content.endswith(b"\n") else content.replace(b"\n", b"\r\n") + b"\r\n"


def whole_lines(content):
    return content if content.endswith(b"\n") else content + b"\n"


class Office(unittest.TestCase):
    """NORTH/CLINIC, running, with mailboxes ANNA, who has a password, and BERT."""

    more_settings = WITH_TLS

    @classmethod
    def setUpClass(cls):
        folder = Folder()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.port, cls.submission = free_port(), free_port()
        with open(cls.folder + "/external.ini", "w") as ini:
            ini.write(SETTINGS % (cls.port, cls.submission, cls.more_settings))
        os.chmod(cls.folder + "/external.ini", 0o600)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=clinic.north", "-keyout", cls.folder + "/key.pem",
                        "-out", cls.folder + "/cert.pem"], check=True, capture_output=True)
        for name in ("sendmail", "rmail", "rsmtp"):
            os.symlink(EXTERNAL, cls.folder + "/" + name)
        for words in (["mailbox", "add", "anna", "bert"], ["mailbox", "password", "anna"]):
            cls.call("external", words, b"secret\n")
        process = subprocess.Popen([EXTERNAL, "--config", cls.folder + "/external.ini", "run", "--service"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end, process)
        wait(lambda: "Mail is taken by LMTP" in cls.log(), "External listens")

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGTERM)
        if process.wait(GIVING_UP) != 0:
            raise AssertionError("External did not end well")

    @classmethod
    def call(cls, name, words, text):
        program = EXTERNAL if name == "external" else cls.folder + "/" + name
        environment = dict(os.environ, EXTERNAL_CONFIG=cls.folder + "/external.ini")
        ended = subprocess.run([program, *words], input=text, env=environment, capture_output=True, check=False)
        if ended.returncode != 0:
            raise AssertionError(f"{name} {words}: {ended.returncode} {ended.stderr.decode()}")
        return ended.stdout

    @classmethod
    def log(cls):
        try:
            with open(cls.folder + "/log/Session.log", encoding="utf-8") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def next_mail(self):
        """The next message of ANNA, which is then removed."""
        box = self.folder + "/mail/anna/new"
        wait(lambda: os.path.isdir(box) and os.listdir(box), "the mail arrives")
        path = box + "/" + os.listdir(box)[0]
        with open(path, "rb") as file:
            content = file.read()
        os.remove(path)
        return content


class HandsIn(Office):
    def expect(self, content, *, added):
        """What arrives is `content`, with nothing but `added` fields on top."""
        arrived = self.next_mail()
        self.assertTrue(arrived.endswith(content), arrived[:2000])
        top = arrived[:len(arrived) - len(content)].replace(b"\r\n", b"\n")
        lines = [line for line in top.split(b"\n") if line and not line.startswith(b"\t")]
        names = [line.split(b":")[0].decode() for line in lines]
        self.assertEqual(names, ["Return-Path", "Delivered-To", "Received", *added])

    def with_each(self, check, smtp_only=False):
        for name, (content, by_smtp) in REAL_MAIL.items():
            if smtp_only and not by_smtp:
                continue
            with self.subTest(name):
                check(content)

    def test_send(self):
        def check(content):
            self.call("external", ["send", "--from", "bert", "--to", "anna"], content)
            self.expect(content, added=[])
        self.with_each(check)

    def test_send_without_header(self):
        self.call("external", ["send", "--from", "bert", "--to", "anna"], NO_HEADER)
        self.expect(NO_HEADER, added=["From", "To", "Date", "Message-ID"])

    def test_sendmail(self):
        def check(content):
            self.call("sendmail", ["-i", "-f", "bert", "anna"], content)
            self.expect(content, added=["From", "Date", "Message-ID"])
        self.with_each(check)

    def test_sendmail_changes_no_complete_header(self):
        complete = b"From: a\nDate: b\nMessage-ID: c\n"
        def check(content):
            self.call("sendmail", ["-oi", "anna"], complete + content)
            self.expect(complete + content, added=[])
        self.with_each(check)

    def test_rmail(self):
        def check(content):
            self.call("rmail", ["clinic!anna"], b"From ben Mon Jan 1 2026 remote from hub\n" + content)
            self.expect(content, added=["Received"])
        self.with_each(check)

    def test_rsmtp(self):
        def check(content):
            stuffed = b"".join(b"." + line if line.startswith(b".") else line
                               for line in whole_lines(content).splitlines(keepends=True))
            batch = b"HELO hub\nMAIL FROM:<ben@hub.south>\nRCPT TO:<anna@clinic.north>\nDATA\n" + stuffed + b".\nQUIT\n"
            self.call("rsmtp", [], batch)
            self.expect(whole_lines(content), added=["Received"])
        self.with_each(check, smtp_only=True)

    def test_sendmail_dialogue(self):
        def check(content):
            wire = on_the_wire(content)
            said = self.call("sendmail", ["-bs"], b"EHLO me\r\nMAIL FROM:<bert@clinic.north>\r\nRCPT TO:<anna>\r\n"
                             b"BDAT %d LAST\r\n" % len(wire) + wire + b"QUIT\r\n")
            self.assertIn(b"\r\n250 2.0.0 taken as ", said)
            self.expect(whole_lines(content), added=["Received"])
        self.with_each(check, smtp_only=True)

    def by_client(self, client):
        def check(content):
            # smtplib would repair line ends.
            client.ehlo_or_helo_if_needed()
            client.mail("ben@hub.south")
            client.rcpt("anna@clinic.north")
            wire = on_the_wire(content)
            client.send(b"BDAT %d LAST\r\n" % len(wire) + wire)
            self.assertEqual(client.getreply()[0], 250)
            self.expect(whole_lines(content), added=["Received"])
        self.with_each(check, smtp_only=True)

    def test_smtp(self):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=GIVING_UP) as client:
            self.by_client(client)

    def test_lmtp(self):
        with smtplib.LMTP(self.folder + "/lmtp") as client:
            self.by_client(client)

    def test_smtp_says_why_it_refuses_line_ends(self):
        for name, (content, by_smtp) in REAL_MAIL.items():
            if by_smtp or name == "CR LF":
                continue
            with self.subTest(name), smtplib.SMTP("127.0.0.1", self.port, timeout=GIVING_UP) as client:
                client.ehlo()
                client.mail("ben@hub.south")
                client.rcpt("anna@clinic.north")
                client.send(b"BDAT %d LAST\r\n" % len(content) + content)
                code, text = client.getreply()
                self.assertEqual(code, 554)
                self.assertIn(b"a CR or LF by itself in the message; every line must end with CR LF", text)

    def test_thousands_of_recipients(self):
        names = [f"u{number}@hub.south" for number in range(4999)]
        header = "Subject: many\nTo: " + ",\n\t".join(names) + "\nBcc: anna\n\n"
        self.call("sendmail", ["-t", "-i"], header.encode())
        self.expect(header.replace("Bcc: anna\n", "").encode(), added=["From", "Date", "Message-ID"])
        self.assertIn(b"U4998", self.call("external", ["queue", "list", "--all", "--json"], b""))

    def test_real_mail_of_a_folder(self):
        folder = os.environ.get("EXTERNAL_MAIL_FOLDER")
        if not folder:
            self.skipTest("EXTERNAL_MAIL_FOLDER names no folder with .eml files")
        files = sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
                       if name.endswith(".eml"))
        self.assertTrue(files, "no .eml files in " + folder)
        with smtplib.SMTP("127.0.0.1", self.port, timeout=GIVING_UP) as client:
            for path in files:
                with open(path, "rb") as file:
                    content = file.read()
                self.check_by_smtp(client, path, content)
                with self.subTest(path + " by sendmail"):
                    self.call("sendmail", ["-i", "anna"], content)
                    arrived = self.next_mail()
                    expected = content.split(b"\n", 1)[1] if content.startswith(b"From ") else content
                    self.assertTrue(arrived.endswith(expected), path)

    def check_by_smtp(self, client, path, content):
        unix = content.replace(b"\r\n", b"\n")
        if b"\r" in unix:
            return
        with self.subTest(path + " by SMTP"):
            client.ehlo_or_helo_if_needed()
            client.mail("ben@hub.south")
            client.rcpt("anna@clinic.north")
            wire = on_the_wire(unix)
            client.send(b"BDAT %d LAST\r\n" % len(wire) + wire)
            self.assertEqual(client.getreply()[0], 250)
            self.assertTrue(self.next_mail().endswith(whole_lines(unix)), path)


class SignsOn(Office):
    def submit(self, user, password, sender, to):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.folder + "/cert.pem")
        context.check_hostname = False
        with smtplib.SMTP("127.0.0.1", self.submission, timeout=GIVING_UP) as client:
            client.starttls(context=context)
            client.login(user, password)
            client.sendmail(sender, [to], b"Subject: x\r\n\r\n")

    def test_submission_is_for_those_with_a_password(self):
        self.submit("anna@clinic.north", "secret", "anna@clinic.north", "anna")
        self.assertIn(b"with ESMTPSA id", self.next_mail())
        with self.assertRaises(smtplib.SMTPSenderRefused) as refused:
            self.submit("anna", "secret", "bert@clinic.north", "anna")
        self.assertEqual(refused.exception.smtp_code, 553)
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            self.submit("anna", "wrong", "anna@clinic.north", "anna")
        wait(lambda: "Mail from 127.0.0.1 was not taken: wrong password for ANNA." in self.log(), "a line in the log")

    def test_submission_without_password_takes_nothing(self):
        with smtplib.SMTP("127.0.0.1", self.submission, timeout=GIVING_UP) as client:
            client.ehlo()
            self.assertNotIn("auth", client.esmtp_features)
            self.assertEqual(client.mail("anna@clinic.north")[0], 530)

    def test_names_of_groups_are_those_of_their_members(self):
        self.submit("anna", "secret", "desk@clinic.north", "anna")
        self.assertIn(b"Return-Path: <desk@clinic.north>", self.next_mail())


class SignsOnInTheOpen(Office):
    more_settings = "SmtpAuthWithoutTls = yes\n"

    def test_if_the_settings_say_so(self):
        with smtplib.SMTP("127.0.0.1", self.submission, timeout=GIVING_UP) as client:
            client.login("anna", "secret")
            client.sendmail("anna@clinic.north", ["anna"], b"Subject: x\r\n\r\n")
        self.assertIn(b"with ESMTPA id", self.next_mail())

    def test_few_guesses(self):
        with smtplib.SMTP("127.0.0.1", self.submission, timeout=GIVING_UP) as client:
            client.ehlo()
            codes = [client.docmd("AUTH", "PLAIN AGFubmEAd3Jvbmc=")[0] for _ in range(3)]
            codes.append(client.getreply()[0])
        self.assertEqual(codes, [535, 535, 535, 421])


if __name__ == "__main__":
    unittest.main(verbosity=2)
