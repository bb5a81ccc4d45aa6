#!/usr/bin/python3
"""Modems of phonenet by RFC 2217, used through the client of python3-serial.

rfc2217_test.py PHONENET
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import serial

PHONENET = sys.argv.pop(1)
GIVING_UP = 30  # seconds; only a failing test waits so long


def wait(condition, what):
    end = time.monotonic() + GIVING_UP
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


class Modem:
    """A modem and the client that has it open."""

    def __init__(self, url):
        self.port = serial.serial_for_url(url, baudrate=9600, timeout=0.05)
        self.heard = b""

    def say(self, text):
        self.port.write(text)

    def hear(self, words):
        def heard():
            self.heard += self.port.read(4096)
            return words in self.heard

        wait(heard, repr(words))
        heard, self.heard = self.heard, b""
        return heard


class Rfc2217(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        lines = ["--line", "5550001=north", "--line", "5550002=south"]
        offers = ["--rfc2217", "north=0", "--rfc2217", "south=0"]
        times = ["--ring-delay", "10ms", "--connect-time", "10ms"]
        self.net = subprocess.Popen(
            [PHONENET, "--dir", self.folder, *lines, *offers, *times], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.urls = {}
        while len(self.urls) < 2:
            line = self.net.stdout.readline()
            self.assertIn("rfc2217://127.0.0.1:", line)
            self.urls[line.split(":")[0]] = line.split(" on ")[1].strip()

    def end(self):
        self.net.terminate()
        self.net.stdout.close()
        self.net.wait()

    def modem(self, name):
        modem = Modem(self.urls[name])
        self.addCleanup(modem.port.close)
        return modem

    def control(self, *words):
        return subprocess.run([PHONENET, "ctl", self.folder, *words], capture_output=True, text=True, check=True).stdout

    def stats(self, name):
        return json.loads(self.control("stats", name))

    def call(self):
        north, south = self.modem("north"), self.modem("south")
        self.assertTrue(north.port.cts and north.port.dsr)
        self.assertFalse(south.port.cd or south.port.ri)
        north.say(b"ATE0DT5550002\r")
        wait(lambda: south.port.ri, "RI of south")
        self.assertIn(b"RING", south.hear(b"RING\r\n"))
        south.say(b"ATE0A\r")
        north.hear(b"CONNECT 57600\r\n")
        south.hear(b"CONNECT 57600\r\n")
        wait(lambda: north.port.cd and south.port.cd, "carrier at both ends")
        return north, south

    def test_a_call_carries_every_byte_and_ends_with_dtr(self):
        north, south = self.call()
        data = bytes(range(256)) * 20 + b"\xff\xff\r\0\r\nend"
        north.say(data)
        self.assertEqual(south.hear(b"end"), data)
        north.port.dtr = False
        south.hear(b"NO CARRIER")
        wait(lambda: not south.port.cd, "carrier of south gone")

    def test_speeds_and_lines_are_noted(self):
        north = self.modem("north")
        north.port.baudrate = 38400
        north.port.baudrate = 57600
        north.port.rts = False
        north.port.send_break(0)
        north.port.reset_output_buffer()
        north.port.reset_input_buffer()
        stats = self.stats("north")
        self.assertEqual(stats["speeds"][-2:], [38400, 57600])
        self.assertTrue(stats["dtr"])
        self.assertFalse(stats["rts"])
        self.assertEqual(stats["breaks"], 1)

    def test_a_second_client_is_refused_and_a_later_one_served(self):
        north = self.modem("north")
        with socket.create_connection(("127.0.0.1", int(self.urls["north"].split(":")[-1]))) as second:
            self.assertIn(b"north is in use by another program", second.makefile("rb").read())
        north.say(b"AT\r")
        north.hear(b"OK\r\n")
        north.port.close()
        wait(lambda: not self.stats("north")["port_in_use"], "the port is free")
        again = self.modem("north")
        again.say(b"AT\r")
        again.hear(b"OK\r\n")

    def test_power_and_unplugging_are_seen(self):
        north = self.modem("north")
        self.control("power-off", "north")
        wait(lambda: not north.port.dsr and not north.port.cts, "power off")
        self.control("power-on", "north")
        wait(lambda: north.port.dsr, "power on")
        self.control("unplug", "north")
        self.assertFalse(self.stats("north")["port_in_use"])
        self.control("plug", "north")
        self.modem("north").port.write(b"AT\r")


if __name__ == "__main__":
    unittest.main()
