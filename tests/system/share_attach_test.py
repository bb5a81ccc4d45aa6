#!/usr/bin/python3
"""`external share attach`: a serial port that is a modem of a pool while a program has it open.

share_attach_test.py EXTERNAL PHONENET
"""

import os
import signal
import subprocess
import sys
import termios
import unittest

import lending
from lending import Exchange, Office, Port, Wire, call, far_modem, share
from waiting import GIVING_UP, Folder, free_port, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

HOLDER = """
import os, sys, tty
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
os.write(port, b"AT\\r")
heard = b""
while b"OK\\r\\n" not in heard:
    heard += os.read(port, 100)
print("has it", flush=True)
sys.stdin.read()
"""


class Attach(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.link = self.folder + "/modem"
        self.net = Exchange(self, PHONENET, self.folder + "/net")
        self.telnet, self.raw = free_port(), free_port()

    def lend(self, more=""):
        self.office = Office(self, EXTERNAL, self.folder + "/office", self.net.port("office"),
                             sections=share(self.telnet, more, self.raw))
        self.office.start()

    def attach(self, *words):
        """What it says goes into attach.out."""
        command = self.office.command("share", "attach", *(words or ("OFFICE",)), "--link", self.link)
        with open(self.folder + "/attach.out", "wb") as said:
            process = subprocess.Popen(command, stderr=said)
        self.addCleanup(lending.end, process)
        wait(lambda: os.path.exists(self.link), "the port is there")
        return process

    def said(self):
        with open(self.folder + "/attach.out", encoding="utf-8") as file:
            return file.read()

    def wait_for_words(self, words):
        wait(lambda: words in self.said(), f"{words!r} is said, not only {self.said()!r}")

    def open(self):
        port = Port(self.link)
        self.addCleanup(port.close)
        return port

    def open_modem(self):
        port = self.open()
        port.say(b"AT\r")
        port.hear(b"OK\r\n")
        return port

    def test_a_call_through_a_port_that_is_held_only_while_it_is_open(self):
        self.lend()
        far = far_modem(self, self.net)
        self.attach()
        for calls in (1, 2, 3):
            self.assertEqual(self.office.lessees(), [])
            port = self.open()
            call(self, port, far)
            self.assertEqual(len(self.office.lessees()), 1)
            port.close()
            far.hear(b"NO CARRIER\r\n")
            self.office.wait_until_given_back(calls)
        self.assertNotIn("taken back", self.said())

    def test_speed_and_dtr_follow_the_program(self):
        self.net = Exchange(self, PHONENET, self.folder + "/served", "office")
        self.lend()
        self.attach()
        port = self.open_modem()
        self.set_speed(port, termios.B19200)
        wait(lambda: self.net.stats("office")["speeds"][-1] == 19200, "the modem's port has the speed")
        self.assertTrue(self.net.stats("office")["dtr"])
        self.set_speed(port, termios.B0)
        wait(lambda: not self.net.stats("office")["dtr"], "DTR is low")
        self.set_speed(port, termios.B57600)
        wait(lambda: self.net.stats("office")["dtr"], "DTR is high")

    @staticmethod
    def set_speed(port, speed):
        settings = termios.tcgetattr(port.descriptor)
        settings[4] = settings[5] = speed
        termios.tcsetattr(port.descriptor, termios.TCSANOW, settings)

    def test_opened_again_at_once(self):
        self.lend()
        self.attach()
        for _ in range(4):
            self.open_modem().close()
        self.office.wait_until_given_back()

    def test_programs_that_are_killed(self):
        self.lend()
        attach = self.attach()
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, self.link], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(lending.end, holder)
        self.assertEqual(holder.stdout.readline(), "has it\n")
        holder.kill()
        self.office.wait_until_given_back()
        port = self.open_modem()
        attach.kill()
        port.hear_end()
        self.office.wait_until_given_back(2)

    def test_ended_by_a_signal_it_takes_its_port_away(self):
        self.lend()
        attach = self.attach()
        port = self.open_modem()
        attach.send_signal(signal.SIGTERM)
        self.assertEqual(attach.wait(GIVING_UP), 0)
        port.hear_end()
        self.assertFalse(os.path.lexists(self.link))
        self.office.wait_until_given_back()

    def test_a_lease_that_is_ended_hangs_up_who_has_the_port_open(self):
        self.lend("IdleLimit = 2s\n")
        self.attach()
        port = self.open_modem()
        self.office.external("share", "kick", "Modem1")
        port.hear_end()
        self.wait_for_words("external: OFFICE: the modem was taken back: an administrator ended the lease.")
        port = self.open_modem()
        port.hear_end()
        self.wait_for_words("external: OFFICE: the modem was taken back: nothing was said for 2s.")
        self.open_modem().close()
        self.office.wait_until_given_back(3)

    def test_who_opens_it_while_all_modems_are_in_use_waits(self):
        self.lend()
        self.attach()
        first = Wire(self.raw)
        self.addCleanup(first.close)
        first.say(b"AT\r")
        first.hear(b"OK\r\n")
        port = self.open()
        self.wait_for_words("You are number 1 in the queue.")
        port.say(b"AT\r")
        first.close()
        self.assertNotIn(b"OFFICE", port.hear(b"OK\r\n"))
        self.wait_for_words("external: OFFICE: Modem1 is yours.")

    def test_by_address_and_password_from_elsewhere(self):
        self.lend('Password = "open, sesame"\n')
        secret = self.folder + "/secret"
        with open(secret, "w", encoding="utf-8") as file:
            file.write("open, sesame\n")
        os.chmod(secret, 0o644)
        address = f"rfc2217://127.0.0.1:{self.telnet}"
        command = [EXTERNAL, "share", "attach", address, "--link", self.link, "--password-file", secret]
        self.assertIn("run: chmod 600 ", self.refusal(command))
        os.chmod(secret, 0o600)
        for place in (address, f"tcp://127.0.0.1:{self.raw}"):
            process = self.attach(place, "--password-file", secret)
            port = self.open()
            port.say(b"AT\r")
            self.assertNotIn(b"Password", port.hear(b"OK\r\n"))
            lending.end(process)

    def test_the_password_of_a_pool_of_our_own(self):
        self.lend('Password = "open, sesame"\n')
        self.attach()
        port = self.open()
        port.say(b"AT\r")
        self.assertNotIn(b"Password", port.hear(b"OK\r\n"))
        self.assertNotIn("sesame", self.said())

    def refusal(self, command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_what_cannot_be_is_said_in_one_line(self):
        self.office = Office(self, EXTERNAL, self.folder + "/office", self.net.port("office"),
                             sections=share(self.telnet, "Certificate = x.crt\nKey = x.key\n"))
        for name in ("x.crt", "x.key"):
            with open(self.folder + "/office/" + name, "w", encoding="utf-8"):
                pass
        attach = self.office.command("share", "attach")
        self.assertIn("share attach speaks no TLS", self.refusal([*attach, "OFFICE", "--link", self.link]))
        self.assertIn("did you mean OFFICE?", self.refusal([*attach, "OFICE", "--link", self.link]))
        self.assertIn("its folder must exist",
                      self.refusal([*attach, "tcp://127.0.0.1:1", "--link", self.folder + "/none/modem"]))
        self.assertIn("rfc2217://HOST:PORT", self.refusal([*attach, "http://127.0.0.1:1", "--link", self.link]))

    def test_a_pool_that_is_not_there(self):
        self.office = Office(self, EXTERNAL, self.folder + "/office", self.net.port("office"),
                             sections=share(self.telnet))
        self.attach()
        self.open().hear_end()
        self.wait_for_words(f"external: no modem at rfc2217://127.0.0.1:{self.telnet}: Connection refused")


if __name__ == "__main__":
    unittest.main()
