#!/usr/bin/python3
"""The logs of two running Externals that call each other over TCP: forms, calls, rotation, journald, secrets.

log_test.py EXTERNAL
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import unittest

from waiting import Folder, free_port, GIVING_UP, wait

EXTERNAL = sys.argv.pop(1)

PASSWORD = "Krk9 fair wind"
TEXT = "Zq7 the letter itself, which is nobody's business"

SETTINGS = """[External]
HomePO = %(home)s
%(more)s
[External-Lan]
CommType = Tcp
%(listen)s
[PostOffice %(peer)s]
%(address)s
Password = %(password)s
"""


class Journal:
    """Takes what is sent to it, as journald does."""

    def __init__(self, path):
        self.path = str(path)
        self.datagrams = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self):
        while data := self._socket.recv(65536):
            self.datagrams.append(data.decode())

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self._thread.join()
        self._socket.close()

    def entries(self):
        return [dict(line.split("=", 1) for line in one.splitlines()) for one in list(self.datagrams)]


class Office:
    def __init__(self, folder, home, peer, more, listen="", address=""):
        self.folder = pathlib.Path(folder)
        (self.folder / "mail").mkdir(parents=True)
        self.ini = self.folder / "external.ini"
        self.ini.write_text(SETTINGS % {"home": home, "peer": peer, "more": more, "listen": listen,
                                        "address": address, "password": PASSWORD})
        self.ini.chmod(0o600)
        self.log = self.folder / "log/Session.log"
        self.process = None

    def run(self, *words, text=None):
        done = subprocess.run([EXTERNAL, "--config", self.ini, *words], input=text, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise AssertionError(f"external {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self, **environment):
        with open(self.folder / "run.out", "a", encoding="utf-8") as out:
            self.process = subprocess.Popen([EXTERNAL, "--config", self.ini, "run", "--service"], stdout=out,
                                            stderr=out, env={**os.environ, **environment})
        wait(lambda: self.log.exists() and self.status()["running"], "External runs")

    def status(self):
        return json.loads(self.run("status", "--json"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(GIVING_UP):
            raise AssertionError("External did not end well")

    def entries(self, *choice):
        return [json.loads(line) for line in self.run("log", "--json", *choice).splitlines()]


class Logs(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def offices(self, more):
        port = free_port()
        self.south = Office(self.folder / "south", "SOUTH/HUB", "NORTH/CLINIC", more, f"Listen = 127.0.0.1:{port}")
        self.north = Office(self.folder / "north", "NORTH/CLINIC", "SOUTH/HUB", more,
                            address=f"Address = 127.0.0.1:{port}")
        self.south.run("mailbox", "add", "anna")

    def end(self, office):
        if office.process and office.process.poll() is None:
            office.process.kill()
            office.process.wait()

    def start(self, **environment):
        for office in (self.south, self.north):
            office.start(**environment)
            self.addCleanup(self.end, office)
        wait(lambda: any(e.get("code") == "tcp-ready" for e in self.south.entries()), "SOUTH/HUB listens")

    def exchange(self):
        self.north.run("send", "--from", "ben", "--to", "SOUTH/HUB/ANNA", text="Subject: x\n\n" + TEXT + "\n")
        self.north.run("call", "SOUTH/HUB")

    def check_calls(self, office, begin):
        """Each call has its own name on all its lines, and one summary."""
        entries = office.entries()
        calls = list(dict.fromkeys(entry["call"] for entry in entries if "call" in entry))
        self.assertTrue(calls)
        for call in calls:
            of_call = [entry for entry in entries if entry.get("call") == call]
            codes = [entry["code"] for entry in of_call]
            self.assertIn(codes[0], begin)
            self.assertEqual(codes.count("call"), 1, codes)
            self.assertEqual(codes.count("call-end"), 1, codes)
            self.assertEqual(office.entries("--call", call), of_call)
        for entry in entries:
            if entry.get("code") in ("connected", "caller-connected", "transmission-start", "session-totals", "call",
                                     "call-end", "message-sent", "message-received"):
                self.assertIn("call", entry, entry)
        return entries

    def test_a_call_can_be_followed_in_each_form_and_nothing_secret_is_said(self):
        journal = Journal(self.folder / "journal")
        self.addCleanup(journal.close)
        for form in ("classic", "iso", "json"):
            with self.subTest(form):
                self.offices(f"LogFormat = {form}\nLogJournal = yes\nLogSent = yes\nLogReceive = yes\n"
                             "LogVerbose = yes\nDebugXCSI = yes\n")
                self.start(EXTERNAL_JOURNAL_SOCKET=journal.path)
                self.exchange()
                wait(lambda: any(e.get("code") == "message-delivered" for e in self.south.entries()), "delivery")
                said = self.north.run("status") + self.north.run("status", "--json") + self.north.run("log")
                said += self.south.run("status", "--json") + self.south.run("queue", "--json")
                for office in (self.north, self.south):
                    office.stop()

                sent = self.check_calls(self.north, {"call-due"})
                received = self.check_calls(self.south, {"call-answered-tcp"})
                key = next(e["key"] for e in sent if e.get("code") == "message-sent")
                self.assertEqual([e["code"] for e in self.south.entries("--message", key)],
                                 ["message-received", "message-delivered"])
                summary = next(e for e in received if e.get("code") == "call")
                self.assertEqual((summary["post_office"], summary["sent"], summary["received"], summary["reason"]),
                                 ("NORTH/CLINIC", 0, 1, "Disconnection."))
                self.assertEqual(self.north.entries("--post-office", "south/hub", "--lines", "1")[0]["code"],
                                 "call-end")
                call = next(e["call"] for e in sent if "call" in e)
                for name in ("Sent.log", "Callout.log"):
                    self.assertIn(f" [call {call}]\n", (self.north.folder / "log" / name).read_text())
                fields = [e for e in journal.entries() if e.get("CALL") == call]
                self.assertEqual({e["INSTANCE"] for e in fields}, {"Lan"})
                self.assertIn(key, {e.get("KEY") for e in fields})

                for file in self.folder.glob("*/log/*"):
                    said += file.read_text()
                said += "".join(journal.datagrams)
                said += "".join(file.read_text() for file in self.folder.glob("*/run.out"))
                for secret in (PASSWORD, TEXT):
                    self.assertNotIn(secret, said)
            for office in (self.north, self.south):
                os.rename(office.folder, f"{office.folder}-{form}")

    def test_forms_may_be_mixed_in_one_file(self):
        self.offices("LogFormat = classic\n")
        self.start()
        self.exchange()
        for before, after in (("classic", "iso"), ("iso", "json")):
            self.north.stop()
            self.north.ini.write_text(self.north.ini.read_text().replace(f"LogFormat = {before}",
                                                                         f"LogFormat = {after}"))
            self.north.start()
            self.exchange()
        lines = self.north.log.read_text().splitlines()
        self.assertEqual({line[0] for line in lines} & set("{2L"), set("{2L"))
        calls = [e["post_office"] for e in self.north.entries() if e.get("code") == "call"]
        self.assertGreaterEqual(len(calls), 3)  # mail that is sent brings about a call by itself
        self.assertEqual(set(calls), {"SOUTH/HUB"})
        self.assertEqual(len(self.north.run("log", "--instance", "lan").splitlines()),
                         len([e for e in self.north.entries() if e.get("instance") == "Lan"]))

    def test_who_follows_gets_every_line_of_many_rotations_once(self):
        self.offices("LogRotateSize = 4K\nLogKeep = 1000\n")
        self.start()
        with subprocess.Popen([EXTERNAL, "--config", self.north.ini, "log", "--follow"], stdout=subprocess.PIPE,
                              text=True) as follower:
            self.addCleanup(follower.kill)
            first = self.north.log.read_text().splitlines()[0]
            self.assertEqual(follower.stdout.readline().rstrip("\n"), first)
            for _ in range(20):
                self.exchange()
            self.north.stop()
            followed = [first]
            while not followed[-1].endswith(" External ended."):
                followed.append(follower.stdout.readline().rstrip("\n"))
            follower.kill()
        old = sorted(self.north.folder.glob("log/Session.log.*"), key=lambda file: -int(file.suffix[1:]))
        self.assertGreater(len(old), 2)
        written = [line for file in [*old, self.north.log] for line in file.read_text().splitlines()]
        self.assertEqual(followed, written)
        self.assertEqual(self.north.run("log", "--since", "2000-01-01").splitlines(), written)
        self.assertFalse(list(self.north.folder.glob("log/*.new")))
        self.assertTrue(all(file.stat().st_size <= 4096 for file in old))


if __name__ == "__main__":
    unittest.main()
