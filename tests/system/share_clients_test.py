#!/usr/bin/python3
"""Clients that are none of ours borrow a modem: python3-serial, socat, ser2net.

share_clients_test.py EXTERNAL PHONENET
"""

import os
import shutil
import signal
import subprocess
import sys
import unittest

import serial

import lending
from lending import Descriptors, Exchange, Office, Port, Wire, call, far_modem, share
from waiting import GIVING_UP, Folder, free_port, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]


class SerialClient(lending.Talk):
    """python3-serial."""

    def __init__(self, test, place):
        super().__init__()
        self.port = serial.serial_for_url(f"rfc2217://127.0.0.1:{place}", baudrate=38400, timeout=0.05)
        test.addCleanup(self.port.close)

    def say(self, words):
        self.port.write(words)

    def more(self):
        return self.port.read(4096)


class Clients(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.telnet, self.raw = free_port(), free_port()

    def lend(self, more="", telnet=True, served=None):
        self.net = Exchange(self, PHONENET, self.folder + "/net", served)
        sections = share(self.telnet if telnet else None, more, self.raw)
        self.office = Office(self, EXTERNAL, self.folder + "/office", self.net.port("office"), sections=sections)
        self.office.start()

    def program(self, *command, **options):
        process = subprocess.Popen(command, **options)
        self.addCleanup(lending.end, process)
        return process

    # ---- python3-serial

    def test_python_serial_dials_and_hangs_up_with_dtr(self):
        self.lend(served="office")
        far = far_modem(self, self.net)
        client = SerialClient(self, self.telnet)
        client.port.baudrate = 57600
        call(self, client, far)
        wait(lambda: client.port.cd, "the carrier is told")
        client.port.dtr = False
        far.hear(b"NO CARRIER\r\n")
        wait(lambda: not client.port.cd, "the carrier's end is told")
        client.port.dtr = True
        client.say(b"AT\r")
        client.hear(b"OK\r\n")
        client.port.close()
        self.office.wait_until_given_back()
        self.assertIn("the client has gone", self.office.log())

    def test_python_serial_waits_its_turn(self):
        self.lend()
        first = SerialClient(self, self.telnet)
        first.say(b"AT\r")
        self.assertNotIn(b"OFFICE", first.hear(b"OK\r\n"))
        second = SerialClient(self, self.telnet)
        self.assertIn(b"Modem1 by 127.0.0.1:", second.hear(b"You are number 1 in the queue.\r\n"))
        first.port.close()
        second.hear(b"OFFICE: Modem1 is yours.\r\n")
        second.say(b"AT\r")
        second.hear(b"OK\r\n")
        second.port.close()
        self.office.wait_until_given_back(2)

    def test_python_serial_says_the_password(self):
        self.lend('Password = "open, sesame"\n')
        client = SerialClient(self, self.telnet)
        client.say(b"guess\r")  # to open a port it throws away what it was sent until then, the question as well
        client.hear(b"wrong password.\r\n")
        client.hear(b"Password: ")
        client.say(b"open, sesame\r")
        wait(self.office.lessees, "the client has the modem")
        client.say(b"AT\r")
        client.hear(b"OK\r\n")
        self.assertNotIn("sesame", self.office.log())

    # ---- socat

    def socat(self, *operands, **options):
        if not shutil.which("socat"):
            self.skipTest("socat is not installed")
        return self.program("socat", *operands, **options)

    def socat_pipe(self, address):
        process = self.socat("-", address, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        return process, Descriptors(process.stdout.fileno(), process.stdin.fileno())

    def test_socat_has_a_modem_from_a_pipe(self):
        self.lend(telnet=False)
        far = far_modem(self, self.net)
        process, client = self.socat_pipe(f"TCP:127.0.0.1:{self.raw}")
        call(self, client, far)
        process.stdin.close()
        process.stdin = None
        far.hear(b"NO CARRIER\r\n")
        self.office.wait_until_given_back()

    def test_socat_makes_a_port_of_a_modem(self):
        self.lend(telnet=False)
        far = far_modem(self, self.net)
        link = self.folder + "/modem"
        process = self.socat(f"pty,link={link},raw,echo=0,wait-slave", f"TCP:127.0.0.1:{self.raw}")
        wait(lambda: os.path.exists(link), "socat has made its port")
        self.assertEqual(self.office.lessees(), [])
        port = Port(link)
        self.addCleanup(port.close)
        call(self, port, far)
        port.close()
        far.hear(b"NO CARRIER\r\n")
        process.wait(GIVING_UP)
        self.office.wait_until_given_back()

    def test_socat_by_tls(self):
        key, certificate = self.folder + "/share.key", self.folder + "/share.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=modems.example", "-addext", "subjectAltName=DNS:modems.example"],
                       check=True, capture_output=True)
        self.lend(f"Certificate = {certificate}\nKey = {key}\n", telnet=False)
        far = far_modem(self, self.net)
        address = f"OPENSSL:127.0.0.1:{self.raw},cafile={certificate},commonname=modems.example"
        process, client = self.socat_pipe(address)
        call(self, client, far)
        lending.end(process)
        far.hear(b"NO CARRIER\r\n")
        self.office.wait_until_given_back()

    # ---- ser2net

    def test_ser2net_is_a_client(self):
        server = shutil.which("ser2net", path="/usr/sbin:/usr/bin")
        if not server:
            self.skipTest("ser2net is not installed")
        self.lend()
        far = far_modem(self, self.net)
        place = free_port()
        settings = self.folder + "/ser2net.yaml"
        with open(settings, "w", encoding="utf-8") as file:
            file.write(f"connection: &modem\n  accepter: tcp,127.0.0.1,{place}\n"
                       f"  connector: telnet(rfc2217),tcp,127.0.0.1,{self.telnet}\n")
        process = subprocess.Popen([server, "-d", "-u", "-c", settings], stderr=subprocess.DEVNULL)
        self.addCleanup(lending.end, process, signal.SIGKILL)  # it may take no other

        def listens():
            with open("/proc/net/tcp", encoding="ascii") as sockets:
                return f":{place:04X} 00000000:0000 0A" in sockets.read()

        wait(listens, "ser2net listens")
        self.assertEqual(self.office.lessees(), [])
        client = Wire(place)
        self.addCleanup(client.close)
        call(self, client, far)
        client.close()
        far.hear(b"NO CARRIER\r\n")
        self.office.wait_until_given_back()


if __name__ == "__main__":
    unittest.main()
