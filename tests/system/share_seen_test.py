#!/usr/bin/python3
"""Modems that are lent, as administrators see and end it: share list, share kick, status, metrics, log.

share_seen_test.py EXTERNAL PHONENET
"""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import termios
import time
import unittest

from office_case import OfficeCase
from waiting import GIVING_UP, free_port, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

SETTINGS = """[External]
HomePO = NORTH/CLINIC
LockFolder = {folder}
DebugXCSI = yes
[External-Modem1]
AsyncCommPort = {folder}/net/one
"""

POOL = """[Share OFFICE]
ListenRaw = {port}
Password = "Krk9 fair wind"
"""


class Client:
    """Somebody who borrows a modem, without Telnet."""

    def __init__(self, test, port):
        self.heard = ""
        self.socket = socket.create_connection(("127.0.0.1", port), GIVING_UP)
        test.addCleanup(self.socket.close)
        self.address = "%s:%d" % self.socket.getsockname()

    def say(self, text):
        self.socket.sendall(text.encode())

    def hear(self, text):
        """Returns when it was said; fails at the end of the connection."""
        while text not in self.heard:
            piece = self.socket.recv(4096)
            if not piece:
                raise AssertionError(f"{text!r} was not said, but {self.heard!r}")
            self.heard += piece.decode()

    def hear_end(self):
        while piece := self.socket.recv(4096):
            self.heard += piece.decode()
        return self.heard


class Shared(OfficeCase):
    executable = EXTERNAL
    settings = SETTINGS + POOL

    def setUp(self):
        super().setUp()
        self.write_settings(self.settings.format(folder=self.folder, port=self.port))
        self.external("mailbox", "add", "ANNA")

    def start(self, *more_modems):
        os.makedirs(self.folder + "/net")
        net = subprocess.Popen([PHONENET, "--dir", self.folder + "/net", "--line", "5550001=one", "--quiet",
                                *[word for modem in more_modems for word in ("--line", "5550009=" + modem)]],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(net.wait, GIVING_UP)
        self.addCleanup(net.terminate)
        self.launch()
        wait(lambda: "Initialization complete. Ready." in self.log(), "the modem is ready")

    def pool(self):
        listed = self.external("share", "list", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return json.loads(listed.stdout)[0]

    def borrow(self, port=None):
        client = Client(self, port or self.port)
        client.hear("Password: ")
        client.say("Krk9 fair wind\r\n")
        return client

    def borrow_and_talk(self):
        client = self.borrow()
        client.say("ATE0\r")
        client.hear("OK")
        return client


class SeesWhoHasAModem(Shared):
    def test_list_tells_modems_clients_and_who_waits(self):
        self.start()
        listed = self.external("share", "list")
        self.assertRegex(listed.stdout, r"(?m)^POOL +MODEM +STATE +ID +CLIENT +SINCE +IDLE +TO MODEM +FROM MODEM$")
        self.assertRegex(listed.stdout, r"(?m)^OFFICE +Modem1 +LISTENING( +-){6}$")
        first = self.borrow_and_talk()
        second = self.borrow()
        second.hear("You are number 1 in the queue.")
        self.assertIn("OFFICE: all modems are in use: Modem1 by " + first.address, second.heard)
        listed = self.external("share", "list").stdout
        self.assertRegex(listed, rf"(?m)^OFFICE +Modem1 +LENT +1 +{first.address} .* s +5 +[1-9]\d*$")
        self.assertRegex(listed, rf"(?m)^OFFICE +1 +2 +{second.address} ")
        pool = self.pool()
        modem = pool["modems"][0]
        self.assertEqual((pool["pool"], modem["instance"], modem["state"]), ("OFFICE", "Modem1", "LENT"))
        self.assertEqual((modem["client"], modem["id"], modem["to_modem"]), (first.address, 1, 5))
        self.assertEqual(pool["waiting"][0]["client"], second.address)
        self.assertEqual(json.loads(self.external("status", "--json").stdout)["shares"][0]["waiting"], pool["waiting"])

    def test_status_and_metrics_tell_the_same(self):
        self.start()
        client = self.borrow_and_talk()
        self.assertRegex(self.external("status").stdout, rf"Modem1 +LENT .*Lent to {client.address} of OFFICE\.")
        self.assertEqual(self.external("status", "--problems").returncode, 0)
        metrics = self.external("metrics").stdout
        self.assertIn('external_pool_leases{pool="OFFICE"} 1\n', metrics)
        self.assertIn('external_pool_bytes_total{pool="OFFICE",direction="to_modem"} 5\n', metrics)
        self.assertIn('external_pool_leases_ended_total{pool="OFFICE",cause="closed"} 0\n', metrics)
        self.assertIn('external_line_state{line="Modem1",state="LENT"} 1\n', metrics)
        client.socket.close()
        wait(lambda: 'external_pool_leases_ended_total{pool="OFFICE",cause="closed"} 1\n'
             in self.external("metrics").stdout, "it is counted")

    def test_each_lease_is_one_line_at_its_begin_and_one_at_its_end_that_explain_knows(self):
        self.start()
        self.borrow_and_talk().socket.close()
        wait(lambda: "Lease of " in self.log(), "it ends")
        lines = [line for line in self.log().splitlines() if "Lent to" in line or "Lease of" in line]
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[1], r"ended after \d+ s: the client has gone; 5 bytes to the modem, \d+ from it\.")
        for line, code in zip(lines, ("lease-begun", "lease-ended")):
            self.assertIn("line " + code, self.external("explain", line).stdout)


class EndsALease(Shared):
    def expect_taken_back(self, *words):
        kicked = self.external("share", "kick", *words)
        self.assertEqual((kicked.returncode, kicked.stderr), (0, ""))
        self.assertIn("The client is told so", kicked.stdout)

    def test_by_the_name_of_the_instance_and_the_next_one_has_it(self):
        self.start()
        first = self.borrow_and_talk()
        second = self.borrow()
        second.hear("You are number 1")
        self.expect_taken_back("modem1")
        self.assertIn("OFFICE: the modem was taken back: an administrator ended the lease.", first.hear_end())
        second.hear("OFFICE: Modem1 is yours.")
        second.say("AT\r")
        second.hear("OK")
        self.assertIn("ended after", self.log())
        self.assertEqual(self.pool()["totals"]["ended"], {"kicked": 1})

    def test_or_a_wait_by_its_number(self):
        self.start()
        first = self.borrow_and_talk()
        second = self.borrow()
        second.hear("You are number 1")
        self.expect_taken_back(str(self.pool()["waiting"][0]["id"]))
        self.assertIn("OFFICE: no modem: an administrator ended the wait.", second.hear_end())
        self.assertIn(f"Lease refused to {second.address} of OFFICE: an administrator ended the wait.", self.log())
        first.say("AT\r")
        first.hear("OK\r\n\r\nOK")  # has its modem as before
        self.expect_taken_back(str(self.pool()["modems"][0]["id"]))
        first.hear_end()

    def test_of_nobody_says_where_to_look(self):
        self.start()
        for unknown in ("7", "Modem1", "Modem9", "99999999999999999999"):
            kicked = self.external("share", "kick", unknown)
            self.assertEqual(kicked.returncode, 66, unknown)
            self.assertIn(unknown, kicked.stderr)
            self.assertIn("external share list shows", kicked.stderr)

    def test_needs_to_be_told_whose(self):
        for words in ((), ("1", "2"), ("",)):
            kicked = self.external("share", "kick", *words)
            self.assertEqual(kicked.returncode, 64)
            self.assertIn("ID|INSTANCE", kicked.stderr)


    def test_on_a_monitor_after_a_question(self):
        self.start()
        client = self.borrow_and_talk()
        with Screen(self, self.folder) as screen:
            screen.shows("Lent to " + client.address)
            screen.shows("F6 Lent")
            screen.type("6")
            screen.shows("Modems that are lent")
            screen.shows(client.address)
            screen.type("u")
            screen.shows(f"the lease of {client.address} on Modem1? Y/N")
            screen.type("y")
            screen.shows(" is told so")
        self.assertIn("an administrator ended the lease", client.hear_end())


class Screen:
    """external monitor, on a terminal."""

    def __init__(self, test, folder):
        self.seen = ""
        self.terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen([EXTERNAL, "--config", folder + "/external.ini", "monitor"], stdin=inner,
                                        stdout=inner, stderr=inner, start_new_session=True,
                                        env={**os.environ, "TERM": "xterm"})
        os.close(inner)
        test.addCleanup(self.process.kill)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(GIVING_UP)
        os.close(self.terminal)

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def shows(self, text):
        """Returns when it is written, after what was waited for before. What stays as it was is not written again."""
        end = time.monotonic() + GIVING_UP
        while text not in self.seen:
            if time.monotonic() > end or not select.select([self.terminal], [], [], GIVING_UP)[0]:
                raise AssertionError(f"{text!r} was not shown, but {self.seen!r}")
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        self.seen = self.seen[self.seen.index(text) + len(text):]


class FollowsAReload(Shared):
    settings = SETTINGS + """[External-Modem2]
AsyncCommPort = {folder}/net/two
""" + POOL + "Instance = Modem1, Modem2\n"

    def setUp(self):
        super().setUp()
        self.start("two")
        wait(lambda: self.log().count("Initialization complete. Ready.") == 2, "both modems are ready")

    def change(self, *changes):
        with open(self.folder + "/external.ini", encoding="utf-8") as ini:
            text = ini.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(text)

    def reload(self, *expected):
        reloaded = self.external("reload")
        self.assertEqual((reloaded.returncode, reloaded.stderr), (0, ""))
        self.assertEqual(reloaded.stdout.splitlines(), list(expected))

    def test_that_takes_a_modem_out_of_the_pool(self):
        first = self.borrow_and_talk()
        second = self.borrow_and_talk()
        third = self.borrow()
        third.hear("You are number 1 in the queue.")
        self.change(("Modem1, Modem2", "Modem1"))
        self.reload("Share OFFICE: Instance changed; holds from now on.")
        self.assertIn("OFFICE: the modem was taken back: it is not lent any more.", second.hear_end())
        wait(lambda: "the modem is not lent any more; 5 bytes to the modem" in self.log(), "the log tells")
        wait(lambda: self.log().count("Initialization complete. Ready.") == 3, "it listens again")
        first.say("AT\r")
        first.hear("OK\r\n\r\nOK")
        self.assertEqual([modem["instance"] for modem in self.pool()["modems"]], ["Modem1"])
        first.socket.close()
        third.hear("OFFICE: Modem1 is yours.")

    def test_that_takes_an_instance_away_and_brings_it_back(self):
        second_line = "[External-Modem2]\nAsyncCommPort = " + self.folder + "/net/two\n"
        self.change((second_line, ""), ("Modem1, Modem2", "Modem1"))
        self.external("reload")
        wait(lambda: self.folder + "/net/two closed" in self.log(), "the line has ended")
        self.borrow_and_talk()
        waiting = self.borrow()
        waiting.hear("You are number 1 in the queue.")
        self.change(("[Share OFFICE]", second_line + "[Share OFFICE]"), ("Instance = Modem1", "Instance = Modem1, Modem2"))
        self.external("reload")
        waiting.hear("OFFICE: Modem2 is yours.")

    def test_that_moves_the_door_and_opens_another(self):
        holder = self.borrow_and_talk()
        moved, new = free_port(), free_port()
        self.change((f"ListenRaw = {self.port}", f"ListenRaw = {moved}"),
                    ("[Share OFFICE]", f"[Share LAB]\nListenRaw = {new}\nPassword = \"Krk9 fair wind\"\n[Share OFFICE]"))
        self.reload("Share LAB: new; holds from now on.", "Share OFFICE: ListenRaw changed; holds from now on.",
                    f"Modems are lent no longer: OFFICE at 127.0.0.1:{self.port} without Telnet.",
                    f"Modems are lent: LAB at 127.0.0.1:{new} without Telnet.",
                    f"Modems are lent: OFFICE at 127.0.0.1:{moved} without Telnet.")
        with self.assertRaises(ConnectionRefusedError):
            Client(self, self.port)
        self.borrow(new).say("AT\r")
        waiting = self.borrow(moved)
        waiting.hear("OFFICE: all modems are in use")
        self.assertIn("Modem2 by", waiting.heard)
        holder.say("AT\r")
        holder.hear("OK\r\n\r\nOK")

    def test_that_takes_the_last_pool_away_by_sighup(self):
        holder, other, waiting = self.borrow_and_talk(), self.borrow_and_talk(), self.borrow()
        waiting.hear("You are number 1 in the queue.")
        pool = POOL.format(port=self.port) + "Instance = Modem1, Modem2\n"
        self.change((pool, ""))
        self.process.send_signal(signal.SIGHUP)
        self.assertIn("OFFICE: no modem: the pool was taken out of the settings.", waiting.hear_end())
        for client in (holder, other):
            self.assertIn("OFFICE: the modem was taken back: it is not lent any more.", client.hear_end())
        wait(lambda: "Share OFFICE: removed; its doors are closed, its leases end, and nobody waits any more." in
             self.log(), "the log tells")
        self.assertEqual(self.external("share", "list").stdout, "Nothing is lent: external.ini has no [Share NAME].\n")
        with self.assertRaises(ConnectionRefusedError):
            Client(self, self.port)
        with open(self.folder + "/external.ini", "a", encoding="utf-8") as ini:
            ini.write(pool)
        self.assertEqual(self.external("reload").returncode, 0)
        self.borrow_and_talk()

    def test_that_cannot_open_a_door_and_changes_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            self.change((f"ListenRaw = {self.port}", f"ListenRaw = {taken}"), ("Modem1, Modem2", "Modem1"))
            reloaded = self.external("reload")
        self.assertEqual((reloaded.returncode, reloaded.stdout), (78, ""))
        self.assertIn(f"cannot lend modems of OFFICE at 127.0.0.1:{taken}: Address already in use; end the other "
                      "program, or change Listen of [Share OFFICE]\nNothing was changed", reloaded.stderr)
        self.assertEqual(len(self.pool()["modems"]), 2)
        self.borrow_and_talk()

    def test_that_renews_the_certificate(self):
        def make(name):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-subj", "/CN=" + name, "-days", "1", "-out", self.folder + "/share.crt", "-keyout",
                            self.folder + "/share.key"], check=True, capture_output=True)

        def shown():
            return ssl.get_server_certificate(("127.0.0.1", self.port))

        make("old")
        self.change(("[Share OFFICE]", "[Share OFFICE]\nCertificate = share.crt\nKey = share.key"))
        self.reload("Share OFFICE: Certificate added; holds from now on.", "Share OFFICE: Key added; holds from now on.")
        before = shown()
        make("new")
        self.reload("Share OFFICE: the certificate was renewed; holds from now on.")
        self.assertNotEqual(shown(), before)
        os.truncate(self.folder + "/share.crt", 100)
        reloaded = self.external("reload")
        self.assertEqual(reloaded.returncode, 78)
        self.assertIn("[Share OFFICE]: cannot use the certificate", reloaded.stderr)
        self.assertNotEqual(shown(), before)


class SaysGoodbye(Shared):
    def test_to_who_waits_and_who_has_a_modem(self):
        self.start()
        holder = self.borrow_and_talk()
        waiting = self.borrow()
        waiting.hear("You are number 1 in the queue.")
        undecided = Client(self, self.port)
        undecided.hear("Password: ")
        self.process.send_signal(signal.SIGTERM)
        for client in (waiting, undecided):
            self.assertTrue(client.hear_end().endswith("OFFICE: no modem: External is stopping.\r\n"), client.heard)
        self.assertIn("OFFICE: the modem was taken back: the line is being stopped.", holder.hear_end())
        self.process.wait(GIVING_UP)
        log = self.log()
        for client in (waiting, undecided):
            refused = f"Lease refused to {client.address} of OFFICE: External is stopping."
            self.assertEqual(log.count(f"Lease refused to {client.address}"), 1)
            self.assertEqual(log.count(refused), 1)
            self.assertLess(log.index(refused), log.index(f"Lease of {holder.address}"), "told before lines end")
            self.assertIn("line lease-refused", self.external("explain", refused).stdout)


class SaysThatThereIsNothingToSee(Shared):
    settings = SETTINGS

    def test_when_nothing_is_lent(self):
        self.start()
        listed = self.external("share", "list")
        self.assertEqual((listed.returncode, listed.stdout),
                         (0, "Nothing is lent: external.ini has no [Share NAME].\n"))
        self.assertEqual(self.external("share", "list", "--json").stdout, "[]\n")
        self.assertEqual(self.external("share", "kick", "1").returncode, 66)
        self.assertNotIn("external_pool_modems{", self.external("metrics").stdout)

    def test_when_nothing_runs(self):
        for words in (("list",), ("list", "--json"), ("kick", "1")):
            answer = self.external("share", *words)
            self.assertEqual((answer.returncode, answer.stdout), (69, ""), words)
            self.assertIn("no External is running for NORTH/CLINIC", answer.stderr)

    def test_when_help_is_asked_for(self):
        for command, words in (("list", "who waits"), ("kick", "external share list shows the ID of each client"), ("attach", "--link PATH")):
            shown = self.external("share", command, "--help")
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn(words, shown.stdout)


class KeepsThePassword(Shared):
    def test_out_of_all_that_is_said_or_written(self):
        self.start()
        stranger = Client(self, self.port)
        for guess in ("Bq7 spring tide", "Krk9 fair", "Krk9 fair wind "):
            stranger.hear("Password: ")
            stranger.heard = ""
            stranger.say(guess + "\r")
        self.assertIn("OFFICE: no modem: it did not say the password.", stranger.hear_end())
        wait(lambda: "Lease refused to " + stranger.address in self.log(), "it is written")
        client = self.borrow_and_talk()
        said = stranger.heard + client.heard
        for words in (("status",), ("status", "--json"), ("share", "list"), ("share", "list", "--json"), ("metrics",),
                      ("config", "show"), ("config", "check"), ("log",), ("log", "--json")):
            answer = self.external(*words)
            said += answer.stdout + answer.stderr
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if name != "external.ini" and os.path.isfile(path):
                    with open(path, encoding="latin-1") as file:
                        said += file.read()
        self.assertIn("OFFICE", said)
        for secret in ("fair wind", "spring tide", "Krk9"):
            self.assertNotIn(secret, said)


if __name__ == "__main__":
    unittest.main()
