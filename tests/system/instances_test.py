#!/usr/bin/python3
"""Two lines in one External: what happens to one is none of the other's business.

instances_test.py EXTERNAL PHONENET
"""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

from waiting import GIVING_UP, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../samples/scripts")

HUB = """[External]
HomePO = SOUTH/HUB
AsyncSpeed = 57600
LockFolder = {folder}/locks
EventCommand = {folder}/tell
[External-Modem1]
AsyncCommPort = {folder}/net/one
[External-Modem2]
AsyncCommPort = {folder}/net/two
CommScript = LATER
[External-Spare]
AsyncCommPort = {folder}/net/spare
CommDisable = yes
[PostOffice NORTH/CLINIC]
Password = x
Phone = 5550003
Instance = Modem2
"""

CLINIC = """[External]
HomePO = NORTH/CLINIC
LockFolder = {folder}/locks
RetryInterval = 1s
[External-Modem]
AsyncCommPort = {folder}/net/clinic
[PostOffice SOUTH/HUB]
Password = x
Phone = 5550001
"""

TELL = """#!/bin/sh
echo "$EXTERNAL_EVENT $EXTERNAL_INSTANCE $EXTERNAL_STATE" >> {folder}/events
"""


class Office:
    def __init__(self, test, folder, settings):
        self.folder = folder
        os.makedirs(folder + "/mail")
        with open(folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(settings)
        os.chmod(folder + "/external.ini", 0o600)
        self.external("mailbox", "add", "anna")
        self.process = None
        test.addCleanup(self.end)
        self.test = test

    def start(self):
        command = [EXTERNAL, "--config", self.folder + "/external.ini", "run", "--service"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def external(self, *words, text=""):
        command = [EXTERNAL, "--config", self.folder + "/external.ini", *words]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def line(self, name):
        answer = json.loads(self.external("status", "--json").stdout or "{}")
        lines = [line for line in answer.get("lines", []) if line["instance"] == name]
        return lines[0] if lines else {"state": "", "detail": ""}

    def wait_for(self, name, state):
        wait(lambda: self.line(name)["state"] == state, name + " is " + state)

    def has_open(self, port):
        descriptors = f"/proc/{self.process.pid}/fd/"
        return os.path.realpath(port) in [os.path.realpath(descriptors + one) for one in os.listdir(descriptors)]

    def follow_events(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.folder + "/control.sock")
        connection.sendall(b'{"v":1,"command":"events"}\n')
        connection.settimeout(GIVING_UP)
        self.test.addCleanup(connection.close)
        return connection.makefile()

    def mail(self):
        return os.listdir(self.folder + "/mail/anna/new") if os.path.isdir(self.folder + "/mail/anna/new") else []


class Instances(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(self.folder + "/locks")
        os.mkdir(self.folder + "/net")
        lines = ["5550001=one", "5550002=two", "5550003=clinic", "5550004=spare"]
        command = [PHONENET, "--dir", self.folder + "/net", "--ring-delay", "10ms", "--connect-time", "10ms"]
        for line in lines:
            command += ["--line", line]
        self.net = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.addCleanup(self.end_net)
        wait(lambda: os.path.exists(self.folder + "/net/spare"), "the ports are there")
        with open(self.folder + "/tell", "w", encoding="utf-8") as tell:
            tell.write(TELL.format(folder=self.folder))
        os.chmod(self.folder + "/tell", stat.S_IRWXU)
        self.hub = Office(self, self.folder + "/hub", HUB.format(folder=self.folder))
        self.clinic = Office(self, self.folder + "/clinic", CLINIC.format(folder=self.folder))

    def end_net(self):
        self.net.terminate()
        self.net.wait(60)

    def network(self, *words):
        subprocess.run([PHONENET, "ctl", self.folder + "/net", *words], check=True, stdout=subprocess.DEVNULL)

    def events(self):
        try:
            with open(self.folder + "/events", encoding="utf-8") as events:
                return events.read().splitlines()
        except FileNotFoundError:
            return []

    def expect_mail_passes(self):
        before = len(self.hub.mail())
        sent = self.clinic.external("send", "--from", "NORTH/CLINIC/ANNA", "--to", "SOUTH/HUB/ANNA",
                                    text="Subject: x\n\ny\n")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        wait(lambda: len(self.hub.mail()) == before + 1, "the mail arrives")

    def give_the_missing_script(self):
        with open(SCRIPTS + "/GENERIC.MDM", encoding="latin-1") as script:
            text = script.read()
        with open(self.hub.folder + "/LATER.MDM", "w", encoding="latin-1") as script:
            script.write(text)

    def test_one_line_fails_or_rests_and_the_other_moves_mail(self):
        self.hub.start()
        self.clinic.start()
        self.hub.wait_for("Modem1", "LISTENING")
        self.clinic.wait_for("Modem", "LISTENING")
        # The settings of the second do not let it run, those of the third do not want it to.
        self.assertEqual(self.hub.line("Modem2")["state"], "DISABLED")
        self.assertIn("LATER.MDM not found", self.hub.line("Modem2")["detail"])
        self.assertEqual(self.hub.line("Spare")["state"], "DISABLED")
        self.assertIn("CommDisable is set (external.ini:", self.hub.line("Spare")["detail"])
        call = self.hub.external("call", "NORTH/CLINIC")
        self.assertNotEqual(call.returncode, 0)
        self.assertIn("instance Modem2: Disabled: modem script LATER.MDM not found", call.stderr + call.stdout)
        self.expect_mail_passes()

        # Its settings are mended.
        self.give_the_missing_script()
        self.hub.wait_for("Modem2", "LISTENING")

        # An administrator wants its port.
        self.assertTrue(self.hub.has_open(self.folder + "/net/two"))
        stopped = self.hub.external("stop", "--instance", "modem2")
        self.assertEqual((stopped.returncode, stopped.stdout), (0, "Modem2 is stopped; its port is free.\n"))
        self.assertEqual(self.hub.line("Modem2")["state"], "DISABLED")
        self.assertIn("Stopped by an administrator", self.hub.external("status", "--problems").stdout)
        self.assertFalse(self.hub.has_open(self.folder + "/net/two"))
        self.assertEqual(self.hub.external("stop", "--instance", "Modem2").stdout, "Modem2 was stopped already.\n")
        self.expect_mail_passes()
        started = self.hub.external("start", "--instance", "Modem2")
        self.assertEqual((started.returncode, started.stdout),
                         (0, "Modem2 is being started; external status shows it.\n"))
        self.hub.wait_for("Modem2", "LISTENING")
        self.assertEqual(self.hub.external("start", "--instance", "Modem2").stdout, "Modem2 was not stopped.\n")
        refused = self.hub.external("start", "--instance", "Spare")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("Spare is disabled by CommDisable (external.ini:", refused.stderr)

        # Its adapter is pulled.
        events = self.hub.follow_events()
        self.network("unplug", "two")
        self.hub.wait_for("Modem2", "ABSENT")
        self.expect_mail_passes()
        self.network("plug", "two")
        self.hub.wait_for("Modem2", "LISTENING")

        first, second = json.loads(events.readline()), json.loads(events.readline())
        self.assertEqual((first["event"], first["instance"], first["state"]), ("absent", "Modem2", "ABSENT"))
        self.assertIn("is gone", first["text"])
        self.assertEqual((second["event"], second["state"]), ("returned", "LISTENING"))
        problems = self.hub.external("status", "--problems").stdout
        self.assertNotIn("Modem2", problems)
        wait(lambda: len(self.events()) == 6, "all is told")
        self.assertEqual(self.events(), [
            "disabled Modem2 DISABLED", "returned Modem2 LISTENING", "disabled Modem2 DISABLED",
            "returned Modem2 LISTENING", "absent Modem2 ABSENT", "returned Modem2 LISTENING"])

    def test_without_a_running_external_both_say_so(self):
        for command in ("stop", "start"):
            ended = self.hub.external(command, "--instance", "Modem1")
            self.assertNotEqual(ended.returncode, 0)
            self.assertIn("no External is running for SOUTH/HUB", ended.stderr)
        unknown = self.hub.external("stop", "--instance", "Modem3")
        self.assertIn("unknown instance Modem3; did you mean Modem", unknown.stderr)


if __name__ == "__main__":
    unittest.main()
