#!/usr/bin/python3
"""The control socket of a running External, from programs that share no code with it: many at once, dead, slow, rude.

control_test.py EXTERNAL
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from waiting import free_port, GIVING_UP, wait

EXTERNAL = sys.argv.pop(1)

SETTINGS = """[External]
HomePO = NORTH/CLINIC
[External-Lan]
CommType = Tcp
Listen = 127.0.0.1:%d
"""


class Client:
    """One connection that says what it is told to."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(GIVING_UP)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb")

    def say(self, what):
        self.socket.sendall(what if isinstance(what, bytes) else json.dumps(what).encode() + b"\n")

    def hear(self):
        return json.loads(self.lines.readline())

    def ask(self, **request):
        self.say({"v": 1, **request})
        return self.hear()

    def close(self):
        self.lines.close()
        self.socket.close()


class ControlSocket(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = self.folder + "/control.sock"
        os.mkdir(self.folder + "/mail")
        self.settings(SETTINGS % free_port())
        self.process = subprocess.Popen([EXTERNAL, "--config", self.folder + "/external.ini", "run", "--service"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)
        wait(self.listens, "it answers, and its line listens")

    def settings(self, text):
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(text)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(GIVING_UP), 0)

    def external(self, *words, **more):
        return subprocess.run([EXTERNAL, "--config", self.folder + "/external.ini", *words], capture_output=True,
                              text=True, check=False, **more)

    def client(self):
        client = Client(self.path)
        self.addCleanup(client.close)
        return client

    def listens(self):
        try:
            client = Client(self.path)
        except OSError:
            return False
        state = client.ask(command="status")["lines"][0]["state"]
        client.close()
        return state == "LISTENING"

    def still_works(self):
        reply = self.client().ask(command="status")
        self.assertTrue(reply["ok"], reply)
        self.assertEqual(reply["lines"][0]["state"], "LISTENING")

    def test_it_is_for_its_owner_only(self):
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_others_are_told_who_may(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        os.chmod(self.folder, 0o711)
        os.chmod(self.folder + "/external.ini", 0o644)
        said = self.external("stop", user=65534, group=65534, extra_groups=[])
        self.assertEqual(said.stderr, "external: cannot talk to the External of NORTH/CLINIC: Permission denied; ask as "
                                      "the user root, or name a group of yours in ControlGroup\n")
        self.assertNotEqual(said.returncode, 0)
        self.still_works()

    def test_other_versions_are_told_the_known_ones(self):
        client = self.client()
        client.say({"v": 7, "command": "status"})
        reply = client.hear()
        self.assertEqual((reply["ok"], reply["versions"]), (False, [1]))
        self.assertTrue(client.ask(command="status")["ok"])

    def test_many_read_at_once(self):
        followers = [self.client() for _ in range(30)]
        for follower in followers:
            self.assertIn("lines", follower.ask(command="log", follow=True))
        for reader in [self.client() for _ in range(30)]:
            self.assertTrue(reader.ask(command="status")["ok"])
        os.kill(self.process.pid, signal.SIGTERM)
        for follower in followers:
            self.assertIn("Shutting down ...", json.dumps(follower.hear()))

    def test_who_sits_there_keeps_nobody_out(self):
        crowd = [self.client() for _ in range(200)]
        for client in crowd[:60]:
            try:
                client.say(b'{"v":1,"comm')
            except BrokenPipeError:  # it had to yield already
                pass
        for _ in range(20):
            self.still_works()

    def test_who_does_not_read_holds_nobody(self):
        for _ in range(8):
            deaf = self.client()
            deaf.say(b'{"v":1,"command":"log","follow":true}\n')
        flood = self.client()
        flood.socket.setblocking(False)
        try:
            while True:
                flood.socket.send(b'{"v":1,"command":"status"}\n' * 100)
        except BlockingIOError:
            pass
        self.still_works()

    def test_garbage_is_answered_or_dropped_and_harms_nothing(self):
        chance = random.Random(1)
        good = json.dumps({"v": 1, "command": "hangup", "instance": "Lan"}).encode()
        for _ in range(400):
            line = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                line[chance.randrange(len(line))] = chance.choice(b'{}[],:"\\0\x00\xff\xc3 9eE-')
            client = self.client()
            client.say(bytes(line).replace(b"\n", b" ") + b"\n")
            client.hear()
        for line in (b"[" * 60_000, b'{"v":' * 9_000, b"9" * 65_000, b'{"v":1,"command":"hangup","instance":"\\u0000"}',
                     b'{"v":1,"command":"call","post_office":"X/Y","wish":7}',
                     b'{"v":1,"command":"call","post_office":"X/Y","wish":{"what":-1,"chosen":[[1]]}}',
                     b'{"v":1,"command":"call","post_office":"X/Y","wish":{"limit":1e99}}',
                     b'{"v":1,"command":"log","follow":"yes","x":{}}'):
            client = self.client()
            client.say(line + b"\n")
            client.hear()
        client = self.client()
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while True:
                client.say(b"x" * 70_000)
        self.still_works()


if __name__ == "__main__":
    unittest.main(verbosity=2)
