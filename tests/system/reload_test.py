#!/usr/bin/python3
"""Settings that change while two post offices exchange mail over modems of phonenet.

reload_test.py EXTERNAL PHONENET
"""

import json
import os
import signal
import smtplib
import subprocess
import sys
import tempfile
import unittest

from waiting import GIVING_UP, free_port, session_log, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

NORTH = """[External]
HomePO = NORTH/CLINIC
LockFolder = .
SmtpListen = 127.0.0.1:%d
[External-Modem1]
AsyncCommPort = ../net/north
AsyncSpeed = 9600
CarrierDetect = no
RetryInterval = 1s
[PostOffice SOUTH/HUB]
Phone = 5550002
Password = secret
Retries = 20
"""

SOUTH = """[External]
HomePO = SOUTH/HUB
LockFolder = .
[External-Modem1]
AsyncCommPort = ../net/south
CarrierDetect = no
[PostOffice NORTH/CLINIC]
Password = secret
"""


class Office:
    """A post office folder, and the External that runs there."""

    def __init__(self, folder, settings):
        self.folder = folder
        os.makedirs(folder + "/mail")
        self.write(settings)
        self.external("mailbox", "add", "anna")
        self.process = None

    def write(self, settings):
        self.settings = settings
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(settings)
        os.chmod(self.folder + "/external.ini", 0o600)

    def change(self, what, by):
        assert what in self.settings
        self.write(self.settings.replace(what, by))

    def external(self, *words, **more):
        return subprocess.run([EXTERNAL, "--config", "external.ini", *words], cwd=self.folder, capture_output=True,
                              text=True, check=False, **more)

    def start(self):
        self.process = subprocess.Popen([EXTERNAL, "--config", "external.ini", "run", "--service"], cwd=self.folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(lambda: "Initialization complete" in self.log(), self.folder + " is ready")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(GIVING_UP)

    def log(self):
        return session_log(self.folder)

    def line(self):
        return json.loads(self.external("status", "--json").stdout)["lines"][0]

    def mail(self):
        box = self.folder + "/mail/anna/new"
        return len(os.listdir(box)) if os.path.isdir(box) else 0


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.net = subprocess.Popen([PHONENET, "--dir", folder.name + "/net", "--line", "5550001=north", "--line",
                                     "5550002=south", "--rate", "9600", "--ring-delay", "10ms", "--connect-time",
                                     "10ms"], stdout=subprocess.DEVNULL)
        self.addCleanup(self.net.wait)
        self.addCleanup(self.net.terminate)
        wait(lambda: os.path.exists(folder.name + "/net/south"), "phonenet runs")
        self.port = free_port()
        self.north = Office(folder.name + "/n", NORTH % self.port)
        self.south = Office(folder.name + "/s", SOUTH)
        for office in (self.south, self.north):
            self.addCleanup(office.stop)
            office.start()

    def send(self, size):
        text = "Subject: x\n\n" + os.urandom(size).hex()
        sent = self.north.external("send", "--from", "anna", "--to", "SOUTH/HUB/ANNA", input=text)
        self.assertEqual(sent.returncode, 0, sent.stderr)

    def begin_transfer(self):
        self.send(10_000)
        wait(lambda: "Message transmission start" in self.north.log(), "a call moves mail")

    def test_a_call_goes_on_and_the_line_starts_anew_afterwards(self):
        self.begin_transfer()
        self.north.change("AsyncSpeed = 9600", "AsyncSpeed = 19200")
        self.north.change("Retries = 20", "Retries = 9")
        told = self.north.external("reload")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertEqual(told.stdout.splitlines(), [
            "External-Modem1: AsyncSpeed changed; the line starts anew with it as soon as its call is over.",
            "PostOffice SOUTH/HUB: Retries changed; holds from now on."])
        self.assertNotIn("Message transmission complete", self.north.log(), "the call was to stand meanwhile")
        wait(lambda: "19200 bps" in self.north.log(), "the line has started anew")
        log = self.north.log()
        self.assertLess(log.index("Connection end. Disconnection."), log.index("19200 bps"))
        self.assertEqual(log.count("Calling: SOUTH/HUB"), 1)
        wait(lambda: self.south.mail() == 1, "the message is there")

    def test_sighup_reads_the_settings_again(self):
        self.begin_transfer()
        self.north.change("Phone = 5550002", "Phone = 5550009")
        self.north.process.send_signal(signal.SIGHUP)
        wait(lambda: "PostOffice SOUTH/HUB: Phone changed; holds from the next call on." in self.north.log(),
             "the log tells")
        wait(lambda: self.south.mail() == 1, "the message is there")
        self.assertIsNone(self.north.process.poll())
        self.assertNotIn("5550009", self.north.log())

    def test_a_wrong_file_changes_nothing(self):
        self.north.change("Phone = 5550002", "Phone = 5550009\nFone = 1\nRegular = often")
        told = self.north.external("reload")
        self.assertEqual(told.returncode, 78)
        self.assertEqual(told.stdout, "")
        self.assertIn("external.ini:12: error: unknown setting 'Fone'; did you mean Phone?", told.stderr)
        self.assertIn("external.ini:13: error: Regular = often", told.stderr)
        self.assertIn("Nothing was changed", told.stderr)
        self.assertIn("unknown setting 'Fone'", self.north.log())
        # It can be read again, but nobody has asked for that.
        self.north.change("\nFone = 1\nRegular = often", "")
        self.send(10)
        wait(lambda: self.south.mail() == 1, "mail goes to the old number")

    def test_mail_comes_in_by_smtp_under_the_new_settings(self):
        def answer_to(address):
            with smtplib.SMTP("127.0.0.1", self.port) as client:
                client.helo()
                client.mail("anna@clinic.north")
                return client.rcpt(address)[0]

        self.assertEqual(answer_to("ben@field.east"), 550)
        self.north.change("[PostOffice SOUTH/HUB]", "[PostOffice EAST/FIELD]\nRoute = Indirect SOUTH/HUB\n"
                          "[PostOffice SOUTH/HUB]")
        self.assertEqual(self.north.external("reload").stdout, "PostOffice EAST/FIELD: new; holds from now on.\n")
        wait(lambda: answer_to("ben@field.east") == 250, "the post office is known")

    def test_one_instance_is_reloaded_and_nothing_else(self):
        self.north.change("Phone = 5550002", "Phone = 5550009")
        self.north.change("RetryInterval = 1s", "RetryInterval = 2s")
        told = self.north.external("reload", "--instance", "modem1")
        self.assertEqual(told.stdout.splitlines(), [
            "External-Modem1: RetryInterval changed; the line starts anew with it as soon as its call is over."])
        self.send(10)
        wait(lambda: self.south.mail() == 1, "mail goes to the old number")
        told = self.north.external("reload", "--instance", "modem2")
        self.assertEqual(told.returncode, 78)
        self.assertIn("unknown instance modem2; did you mean Modem1?", told.stderr)


if __name__ == "__main__":
    unittest.main()
