#!/usr/bin/python3
"""Machines of people that dial in for their mail, as whole programs: over TCP, and over modems of phonenet.

remote_test.py EXTERNAL PHONENET
"""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import unittest

from waiting import Folder, GIVING_UP, wait

EXTERNAL, PHONENET = sys.argv.pop(1), sys.argv.pop(1)


def contents(maildir):
    """Of all messages there."""
    found = []
    for part in ("new", "cur"):
        for name in os.listdir(f"{maildir}/{part}"):
            with open(f"{maildir}/{part}/{name}", "rb") as file:
                found.append(file.read())
    return sorted(found)


class Remote(unittest.TestCase):
    """A post office with ANNA and BERT. Lines are added by those who need them."""

    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.office = self.folder + "/office"
        self.external("init", "NORTH/CLINIC", self.office)
        self.at_office("mailbox", "add", "anna", "bert")
        self.at_office("mailbox", "password", "anna", text="any; \"words\"\n")
        self.process = None

    def external(self, *words, text="", code=0):
        done = subprocess.run([EXTERNAL, *words], input=text, capture_output=True, text=True, check=False,
                              timeout=GIVING_UP)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def at_office(self, *words, **more):
        return self.external("--config", self.office + "/external.ini", *words, **more)

    def at(self, machine, *words, **more):
        return self.external("--config", f"{self.folder}/{machine}/external.ini", *words, **more)

    def add_line(self, text):
        with open(self.office + "/external.ini", "a", encoding="utf-8") as ini:
            ini.write(text)

    def start_office(self):
        self.process = subprocess.Popen(
            [EXTERNAL, "--config", self.office + "/external.ini", "run", "--service"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_office)
        before = self.log().count("Ready.")
        wait(lambda: self.log().count("Ready.") > before, "the post office listens")

    def end_office(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.process.wait(GIVING_UP), 0)

    def log(self):
        try:
            with open(self.office + "/log/Session.log", encoding="utf-8") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def box(self, machine="office"):
        name = "anna" if machine == "office" else "ANNA"
        return f"{self.folder}/{machine}/mail/{name}"

    def put(self, number, size=0):
        """A message in the mailbox of ANNA, as any mail program puts it there."""
        name = f"17000{number:05}.M1P{number}.host"
        with open(f"{self.box()}/tmp/{name}", "w", encoding="ascii") as file:
            file.write(f"From: Bert <bert@clinic.north>\nSubject: Letter {number}\n\n")
            file.write(os.urandom(size // 2).hex() + "\n")
        os.rename(f"{self.box()}/tmp/{name}", f"{self.box()}/new/{name}")

    def listed(self, machine="me"):
        return [json.loads(line) for line in self.at(machine, "remote", "list", "--json").stdout.splitlines()]


class OverTcp(Remote):
    def setUp(self):
        super().setUp()
        # Bound here without listening, so that the system gives it to nobody else.
        self.held = socket.socket()
        self.addCleanup(self.held.close)
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.held.getsockname()[1]}"
        self.add_line(f"[External-Lan]\nCommType = Tcp\nListen = {self.address}\n")
        self.start_office()
        self.init("me")

    def init(self, machine, password="any; \"words\"\n", **more):
        return self.external("remote", "init", "north/clinic/anna", f"{self.folder}/{machine}", "--address",
                             self.address, text=password, **more)

    def test_mail_goes_up_and_comes_down(self):
        self.put(1)
        self.at("me", "send", "--to", "bert", text="Subject: up\n\nhello\n")
        self.assertEqual(self.at("me", "remote", "sync").stdout, "1 message sent, 1 received\n")
        self.assertEqual(contents(self.box("me")), contents(self.box()))
        bert = self.office + "/mail/bert/new"
        wait(lambda: os.path.isdir(bert) and len(os.listdir(bert)) == 1, "the mail is delivered")
        self.assertEqual(self.at("me", "remote", "sync").stdout, "0 messages sent, 0 received\n")

    def test_headers_first_and_then_what_was_chosen(self):
        for number in (1, 2, 3):
            self.put(number, 5000)
        self.at("me", "remote", "sync", "--headers")
        self.assertEqual([item["state"] for item in self.listed()], ["header"] * 3)
        self.assertEqual([item["subject"] for item in self.listed()], ["Letter 1", "Letter 2", "Letter 3"])
        self.assertGreater(min(item["size"] for item in self.listed()), 5000)
        self.at("me", "remote", "fetch", "2-3")
        self.assertEqual([item["state"] for item in self.listed()], ["header", "new", "new"])
        self.assertEqual(self.at("me", "remote", "fetch", "3").stdout, "here already\n")
        self.at("me", "remote", "fetch", "77", code=65)
        self.at("me", "remote", "sync", "--limit", "1K")
        self.assertIn("1 more, 5,0", self.at("me", "remote", "list").stdout)

    def test_send_takes_nothing(self):
        self.put(1)
        self.at("me", "send", "--to", "bert", text="Subject: up\n\n")
        self.assertEqual(self.at("me", "remote", "send").stdout, "1 message sent, 0 received\n")

    def test_two_machines_get_all(self):
        self.init("other")
        self.put(1)
        self.put(2)
        for machine in ("me", "other"):
            self.at(machine, "remote", "sync")
            self.assertEqual(contents(self.box(machine)), contents(self.box()))

    def test_a_thousand_items(self):
        for number in range(1000):
            self.put(number, 100)
        self.assertIn("1000 received", self.at("me", "remote", "sync").stdout)
        self.assertEqual(contents(self.box("me")), contents(self.box()))
        self.assertEqual(len(self.listed()), 1000)

    def test_who_is_refused_is_not_told_why_and_the_log_says_it(self):
        self.init("wrong", password="no-such-word\n")
        self.external("remote", "init", "NORTH/CLINIC/BERT", self.folder + "/without", "--address", self.address,
                      text="x\n")
        self.external("remote", "init", "NORTH/CLINIC/NOBODY", self.folder + "/nobody", "--address", self.address,
                      text="x\n")
        errors = {self.at(machine, "remote", "sync", code=75).stderr for machine in ("wrong", "without", "nobody")}
        self.end_office()
        self.add_line("[External-Unused]\nCommType = Tcp\n")
        with open(self.office + "/external.ini", encoding="utf-8") as ini:
            text = ini.read().replace("[External]\n", "[External]\nRemoteUsers = no\n", 1)
        with open(self.office + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(text)
        self.start_office()
        errors.add(self.at("me", "remote", "sync", code=75).stderr)
        self.assertEqual(len(errors), 1, errors)
        self.assertIn("Sign-on ID or password incorrect", errors.pop())
        for words in ("NORTH/CLINIC/ANNA, a mailbox whose password is another one.",
                      "NORTH/CLINIC/BERT, and no such mailbox has a password here",
                      "NORTH/CLINIC/NOBODY, and no such mailbox has a password here",
                      "NORTH/CLINIC/ANNA, a mailbox, and RemoteUsers = no."):
            self.assertIn(words, self.log())

    def test_an_external_that_runs_there_makes_the_call_with_the_choices(self):
        for number in (1, 2):
            self.put(number, 5000)
        process = subprocess.Popen([EXTERNAL, "--config", self.folder + "/me/external.ini", "run", "--service"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(lambda: "No External" not in self.at("me", "status").stdout, "the machine's External runs")
        self.at("me", "remote", "sync", "--headers")
        self.assertEqual([item["state"] for item in self.listed()], ["header", "header"])
        self.at("me", "remote", "fetch", "2")
        self.assertEqual([item["state"] for item in self.listed()], ["header", "new"])
        self.at("me", "call", "NORTH/CLINIC")
        self.assertEqual([item["state"] for item in self.listed()], ["new", "new"])
        self.at("me", "stop")
        self.assertEqual(process.wait(GIVING_UP), 0)

    def test_what_the_post_office_refuses_comes_back_to_the_machine(self):
        self.at("me", "send", "--to", "SOUTH/HUB/CARL", text="Subject: nowhere\n\n")
        self.assertIn("0 messages sent", self.at("me", "remote", "sync").stdout)
        self.assertEqual(len(contents(self.box("me"))), 1)
        self.assertIn(b"SOUTH/HUB/CARL", contents(self.box("me"))[0])
        self.assertEqual(contents(self.box()), [])

    def test_names_beyond_ascii(self):
        self.at_office("mailbox", "add", "\u00e4rztin")
        self.at_office("mailbox", "password", "\u00c4RZTIN", text="one\n")
        self.external("remote", "init", "NORTH/CLINIC/\u00e4rztin", self.folder + "/other", "--address", self.address,
                      text="one\n")
        self.at("other", "send", "--to", "\u00e4rztin", text="Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n\n")
        self.at("other", "remote", "send")
        wait(lambda: "Delivered" in self.log(), "the mail is delivered")
        self.at("other", "remote", "sync")
        self.assertEqual([item["subject"] for item in self.listed("other")], ["gr\u00fc\u00dfe"])

    def test_init_touches_nothing_that_is_there(self):
        self.assertEqual(os.stat(self.folder + "/me/external.ini").st_mode & 0o777, 0o600)
        self.assertIn("exists already", self.init("me", code=73).stderr)
        self.assertIn("say how to call", self.external("remote", "init", "N/C/ANNA", self.folder + "/x",
                                                       text="x\n", code=64).stderr)
        self.assertIn("is that of a post office", self.at_office("remote", "sync", code=78).stderr)

    def test_mail_of_somebody_else_is_not_sent_from_here(self):
        error = self.at("me", "send", "--from", "bert", "--to", "bert", text="Subject: x\n\n", code=77).stderr
        self.assertIn("mail from this machine is from NORTH/CLINIC/ANNA", error)

    def test_the_password_is_asked_for_unseen_at_a_terminal(self):
        person, terminal = pty.openpty()
        asking = subprocess.Popen([EXTERNAL, "--config", self.office + "/external.ini", "mailbox", "password", "bert"],
                                  stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
        screen = b""
        for question in (b"New password of NORTH/CLINIC/BERT: ", b"The same again: "):
            while question not in screen:
                screen += os.read(person, 1000)
            os.write(person, b"sesame\r")
        self.assertEqual(asking.wait(GIVING_UP), 0)
        os.close(terminal)
        self.assertNotIn(b"sesame", screen)


class OverModems(Remote):
    """The line is slow enough to be cut in the middle of a message."""

    def setUp(self):
        super().setUp()
        self.net = subprocess.Popen(
            [PHONENET, "--dir", self.folder + "/exchange", "--line", "5550001=north", "--line", "5550002=me",
             "--rate", "115200", "--ring-delay", "10ms", "--connect-time", "10ms"], stdout=subprocess.DEVNULL)
        self.addCleanup(self.end_net)
        wait(lambda: all(os.path.exists(f"{self.folder}/exchange/{name}") for name in ("north", "me")), "phonenet")
        self.add_line(f"[External-Modem1]\nAsyncCommPort = {self.folder}/exchange/north\nAsyncSpeed = 115200\n"
                      f"LockFolder = {self.folder}\n")
        self.start_office()
        self.external("remote", "init", "NORTH/CLINIC/ANNA", self.folder + "/me", "--phone", "5550001", "--port",
                      self.folder + "/exchange/me", "--speed", "115200", text="any; \"words\"\n")
        with open(self.folder + "/me/external.ini", encoding="utf-8") as ini:
            text = ini.read().replace("[External-Line]\n", f"[External-Line]\nLockFolder = {self.folder}\n")
        with open(self.folder + "/me/external.ini", "w", encoding="utf-8") as ini:
            ini.write(text)

    def end_net(self):
        self.net.terminate()
        self.net.wait(GIVING_UP)

    def sync_until_part_is_here(self):
        sync = subprocess.Popen([EXTERNAL, "--config", self.folder + "/me/external.ini", "remote", "sync"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        parts = self.box("me") + "/external-partial"

        def part():
            return sum(entry.stat().st_size for entry in os.scandir(parts)) if os.path.isdir(parts) else 0

        wait(lambda: part() > 30_000, "a part has come")
        return sync

    def test_a_kill_at_either_end_costs_nothing_that_has_come(self):
        self.put(1)
        self.put(2, 200_000)
        machine = self.sync_until_part_is_here()
        machine.kill()
        machine.wait(GIVING_UP)
        wait(lambda: "Message transmission broken" in self.log(), "the post office notices")
        machine = self.sync_until_part_is_here()
        wait(lambda: self.log().count("Message transmission start") == 2, "the second call")
        self.process.kill()
        self.process.wait(GIVING_UP)
        self.assertEqual(machine.wait(GIVING_UP), 75)
        self.start_office()
        self.at("me", "remote", "sync")
        self.assertEqual(contents(self.box("me")), contents(self.box()))
        last = [line for line in self.log().splitlines() if "Bytes transmitted: " in line][-1]
        self.assertLess(int(last.split("Bytes transmitted: ")[1].split(",")[0]), 180_000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
