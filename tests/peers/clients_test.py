#!/usr/bin/python3
"""Programs that people send mail with, against a running External: each as its users call it.

clients_test.py EXTERNAL [--show]
"""

import email
import json
import sys

from place import PlaceTest, free_port, main, needs, run

from office import Office, give

EXTERNAL = sys.argv.pop(1)

SETTINGS = """\
[External]
HomePO = NORTH/CLINIC
SmtpListen = 127.0.0.1:{port}
SubmissionListen = 127.0.0.1:{submission}
SmtpCertificate = cert.pem
SmtpKey = key.pem
LmtpSocket = lmtp
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Password = x
"""
PASSWORD = "Anna's own: größer"
TEXT = "Dear Ben,\n.\nFrom here on: größer, 8 bit. ☂\n"


def parts(message: bytes) -> list[bytes]:
    """What its parts hold, with their encodings undone."""
    leaves = (part for part in email.message_from_bytes(message).walk() if not part.is_multipart())
    return [part.get_payload(decode=True) for part in leaves]


class ClientTest(PlaceTest):
    def setUp(self):
        super().setUp()
        self.port, self.submission = free_port(), free_port()
        settings = SETTINGS.format(port=self.port, submission=self.submission)
        self.office = Office(self, EXTERNAL, self.folder / "north", settings, ["anna", "ben"])
        self.sendmail = self.office.in_charge_of("sendmail")
        self._make_certificate()
        self.office.start("Mail is taken by LMTP")

    def _make_certificate(self):
        place = self.office.folder
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=clinic.north", "-addext", "subjectAltName=DNS:clinic.north",
            "-keyout", place / "key.pem", "-out", place / "cert.pem")  # fmt: skip
        give(place)

    def arrived(self) -> bytes:
        """The one message that Ben got."""
        messages = self.office.wait_for_mail("ben")
        self.assertEqual(len(messages), 1)
        return messages[0]


@needs("swaks")
class Swaks(ClientTest):
    def swaks(self, *options: str) -> str:
        return self.office.client("swaks", "--from", "anna@clinic.north", "--to", "ben@clinic.north",
                                  "--helo", "desk.clinic.north", *options)  # fmt: skip

    def tcp(self, *options: str) -> str:
        return self.swaks("--server", f"127.0.0.1:{self.port}", *options)

    def test_says_all_in_one_go(self):
        said = self.tcp("--pipeline", "--body", TEXT)
        self.assertIn("250-PIPELINING", said)
        # The hidden dots of the way are gone.
        self.assertIn(b"Dear Ben,\n.\nFrom here on: gr\xc3\xb6\xc3\x9fer, 8 bit.", self.arrived())

    def test_over_tls_whose_certificate_it_checks(self):
        certificate = str(self.office.folder / "cert.pem")
        self.tcp("--tls", "--tls-verify", "--tls-ca-path", certificate, "--tls-sni", "clinic.north", "--body", "secret")
        self.assertIn(b"with ESMTPS id", self.arrived())

    def test_by_lmtp_through_the_socket(self):
        said = self.swaks("--protocol", "LMTP", "--socket", str(self.office.folder / "lmtp"), "--body", "local")
        self.assertIn("taken as", said)
        self.assertIn(b"\nlocal\n", self.arrived())

    def test_with_an_attachment_of_a_megabyte(self):
        content = bytes(range(256)) * 4096
        (self.office.folder / "table").write_bytes(content)
        self.tcp("--body", "see the table", "--attach", "@table")
        self.assertIn(content, parts(self.arrived()))

    def submit(self, *options: str) -> str:
        server = ["--server", f"127.0.0.1:{self.submission}", "--auth-user", "anna"]
        return self.swaks(*server, "--to", "stores@hub.south", *options)

    def test_signs_on_with_a_password(self):
        self.office.external("mailbox", "password", "anna", input=PASSWORD.encode() + b"\n")
        for way in ("PLAIN", "LOGIN"):
            self.submit("--tls", "--auth", way, "--auth-password", PASSWORD)
        self.assertEqual(self.office.waiting(), 2)

    def test_is_refused_with_another_password(self):
        self.office.external("mailbox", "password", "anna", input=PASSWORD.encode() + b"\n")
        with self.assertRaisesRegex(AssertionError, "535 5.7.8"):
            self.submit("--tls", "--auth", "PLAIN", "--auth-password", "guessed")
        with self.assertRaisesRegex(AssertionError, "530 5.7.0"):
            self.submit("--tls", "--auth-optional", "CRAM-MD5")
        self.assertEqual(self.office.waiting(), 0)

    def test_is_not_asked_for_a_password_that_others_could_read(self):
        said = self.tcp("--quit-after", "EHLO")
        self.assertNotIn("AUTH", said)

    def test_is_told_who_does_not_exist(self):
        with self.assertRaisesRegex(AssertionError, "550 5.1.1 .*no mailbox EVE at NORTH/CLINIC"):
            self.tcp("--to", "eve@clinic.north")


@needs("smtp-source")
class SmtpSource(ClientTest):
    def test_a_thousand_from_ten_sessions(self):
        run("smtp-source", "-s", "10", "-l", "4096", "-m", "1000", "-f", "anna@clinic.north", "-t", "ben@clinic.north",
            f"127.0.0.1:{self.port}")  # fmt: skip
        messages = self.office.wait_for_mail("ben", 1000)
        self.assertEqual(len(messages), 1000)
        self.assertEqual(len({message.partition(b" id ")[2].split()[0] for message in messages}), 1000)
        for message in messages:
            self.assertGreater(len(message), 4096)


@needs("mutt")
class Mutt(ClientTest):
    def test_sends_a_file_to_here_and_elsewhere(self):
        (self.office.folder / "muttrc").write_text(
            f"set sendmail = '{self.sendmail} -oem -oi'\nset from = anna@clinic.north\nset realname = 'Anna'\n"
            "set use_envelope_from = yes\nset copy = no\nset charset = utf-8\nset send_charset = utf-8\n"
        )
        table = bytes(range(256)) * 16
        (self.office.folder / "table").write_bytes(table)
        self.office.client("mutt", "-F", "muttrc", "-s", "The table: größer", "-a", "table", "--",
                           "ben@clinic.north", "stores@hub.south", input=TEXT.encode())  # fmt: skip
        message = self.arrived()
        self.assertEqual(parts(message), [TEXT.encode(), table])
        self.assertTrue(message.startswith(b"Return-Path: <anna@clinic.north>\n"), message[:200])
        self.assertIn("SOUTH/HUB/STORES", self.office.external("queue", "show", "1"))


@needs("git", "git-send-email")
class GitSendEmail(ClientTest):
    def setUp(self):
        super().setUp()
        self.git("init", "--quiet", "work")
        (self.office.folder / "work" / "notes").write_text("größer\n")
        give(self.office.folder / "work")
        self.git("-C", "work", "add", "notes")
        self.git("-C", "work", "commit", "--quiet", "-m", "Write it down")

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=Anna", "-c", "user.email=anna@clinic.north", "-c", "safe.directory=*"]
        return self.office.client("git", *who, *words)

    def send(self, *options: str) -> None:
        self.git("-C", "work", "send-email", "--to=ben@clinic.north", "--confirm=never", "--suppress-cc=all",
                 *options, "--root", "HEAD")  # fmt: skip
        patch = self.git("-C", "work", "format-patch", "--stdout", "--root", "HEAD").encode()
        patch = patch[patch.index(b"\n---\n") : patch.rindex(b"\n-- \n")]
        self.assertIn(patch, self.arrived())

    def test_through_sendmail(self):
        self.send(f"--smtp-server={self.sendmail}")

    def test_through_the_listener(self):
        self.send("--smtp-server=127.0.0.1", f"--smtp-server-port={self.port}")

    def test_through_the_listener_with_tls(self):
        # An empty path: what a certificate says is not checked, as it must be for one that nobody signed.
        self.git("-C", "work", "config", "sendemail.smtpSSLCertPath", "")
        self.send("--smtp-server=127.0.0.1", f"--smtp-server-port={self.port}", "--smtp-encryption=tls")
        self.assertIn(b"with ESMTPS id", self.arrived())


class CalledForms(ClientTest):
    """sendmail as programs call it that cannot be started here."""

    def test_cron_of_debian(self):
        output = b"From: root (Cron Daemon)\nTo: ben\nSubject: Cron <root@clinic> backup\n\n.\nno space left\n"
        self.office.client(self.sendmail, "-i", "-FCronDaemon", "-B8BITMIME", "-oem", "ben", input=output)
        self.assertIn(b"\n\n.\nno space left\n", self.arrived())

    def test_cron_of_vixie(self):
        output = b"From: root\nTo: ben\nSubject: Cron\n\nno space left\n"
        self.office.client(self.sendmail, "-FCronDaemon", "-odi", "-oem", "-oi", "-t", "-f", "anna", input=output)
        self.assertIn(b"no space left\n", self.arrived())


@needs("php")
class Php(ClientTest):
    def test_mail(self):
        text = json.dumps(TEXT, ensure_ascii=False)
        form = f"'ben@clinic.north', 'Form', {text}, 'From: anna@clinic.north', '-fanna@clinic.north'"
        self.office.client("php", "-d", f"sendmail_path={self.sendmail} -t -i",
                           "-r", f"exit(mail({form}) ? 0 : 1);")
        message = self.arrived()
        self.assertTrue(message.startswith(b"Return-Path: <anna@clinic.north>\r\n"), message[:200])
        # PHP ends the lines of the header with CR LF; what lies here is what came.
        self.assertIn(b"Subject: Form\r\n", message)
        self.assertTrue(message.rstrip().endswith(TEXT.rstrip().encode()), message)


@needs("bsd-mailx")
class Mailx(ClientTest):
    def test_sends_what_it_is_given(self):
        (self.office.folder / ".mailrc").write_text(f"set sendmail={self.sendmail}\n")
        self.office.client("bsd-mailx", "-s", "Short", "-r", "anna@clinic.north", "ben@clinic.north",
                           input=b"Just a line.\n")  # fmt: skip
        message = self.arrived()
        self.assertIn(b"Subject: Short\n", message)
        self.assertIn(b"\nJust a line.\n", message)


if __name__ == "__main__":
    main()
