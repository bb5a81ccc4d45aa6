#!/usr/bin/python3
"""A running External under a service manager, as the socket of the sd_notify protocol shows it: nothing here is ours.

service_test.py EXTERNAL PHONENET
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from waiting import free_port, GIVING_UP, wait

EXTERNAL, PHONENET = sys.argv.pop(1), sys.argv.pop(1)

SETTINGS = """[External]
HomePO = NORTH/CLINIC
StopTimeout = 5s
[External-Lan]
CommType = Tcp
Listen = 127.0.0.1:%d
"""

MODEM = """[External-Modem1]
AsyncCommPort = %s
LockFolder = .
Required = yes
"""


class Manager(unittest.TestCase):
    """Starts External as systemd does, and listens."""

    abstract = False

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(self.folder + "/mail")
        name = "@external-service-test-%d-%s" % (os.getpid(), id(self)) if self.abstract else self.folder + "/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(name.replace("@", "\0", 1))
        self.socket.settimeout(GIVING_UP)
        self.name = name
        self.heard = []
        self.process = None

    def start(self, more="", **environment):
        with open(self.folder + "/external.ini", "w") as ini:
            ini.write(SETTINGS % free_port() + more)
        self.process = subprocess.Popen(
            [EXTERNAL, "--config", self.folder + "/external.ini", "run", "--service"],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "NOTIFY_SOCKET": self.name, **environment})
        self.addCleanup(self.kill)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def hear(self, wanted):
        """Until a message begins so; returns it."""
        while True:
            try:
                message = self.socket.recv(4096).decode()
            except TimeoutError as error:
                raise AssertionError(f"never heard: {wanted}; but {self.heard}; {self.log()}") from error
            self.heard.append(message)
            if message.startswith(wanted):
                return message

    def log(self):
        try:
            with open(self.folder + "/log/Session.log", encoding="utf-8") as log:
                return log.read()
        except FileNotFoundError:
            return "no log"

    def hear_the_rest(self):
        self.assertEqual(self.process.wait(GIVING_UP), 0)
        self.socket.settimeout(0)
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            pass

    def kinds(self):
        """What was heard but for sentences, without repetitions that follow each other."""
        kinds = []
        for message in self.heard:
            kind = message.split("=")[0]
            if kind != "STATUS" and (not kinds or kinds[-1] != kind):
                kinds.append(kind)
        return kinds

    def test_from_start_to_stop(self):
        self.start()
        self.hear("READY=1")
        self.assertRegex(self.hear("STATUS=Lan LISTENING"), r"^STATUS=Lan LISTENING; nothing waits\.$")
        self.process.send_signal(signal.SIGTERM)
        self.assertRegex(self.hear("STOPPING=1"), "^STOPPING=1\nEXTEND_TIMEOUT_USEC=[1-9][0-9]+$")
        self.hear_the_rest()
        self.assertEqual([kind for kind in self.kinds() if kind != "EXTEND_TIMEOUT_USEC"], ["READY", "STOPPING"])
        self.assertEqual(self.heard.count("READY=1"), 1)

    def test_a_watchdog_is_fed_by_who_runs_and_not_by_who_stands(self):
        self.start(WATCHDOG_USEC="600000")
        for _ in range(4):
            self.hear("WATCHDOG=1")
        self.process.send_signal(signal.SIGSTOP)
        wait(lambda: self.state() == "T", "it stands still")
        self.socket.settimeout(0)
        with self.assertRaises(BlockingIOError):
            while True:
                self.socket.recv(4096)
        self.socket.settimeout(1)  # longer than the watchdog: systemd would have killed it by now
        with self.assertRaises(TimeoutError):
            self.socket.recv(4096)
        self.socket.settimeout(GIVING_UP)
        self.process.send_signal(signal.SIGCONT)
        self.hear("WATCHDOG=1")

    def state(self):
        with open("/proc/%d/stat" % self.process.pid) as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def test_a_watchdog_of_another_process_is_none_of_its_business(self):
        self.start(WATCHDOG_USEC="300000", WATCHDOG_PID="1")
        self.hear("STATUS=Lan LISTENING")
        self.process.send_signal(signal.SIGTERM)
        self.hear_the_rest()
        self.assertNotIn("WATCHDOG=1", self.heard)

    def test_it_is_ready_when_what_is_required_is(self):
        port = self.folder + "/line"
        self.start(MODEM % port)
        waiting = self.hear("STATUS=Waiting for what is Required: Modem1 ABSENT")
        self.assertIn("Lan", waiting)
        self.hear("EXTEND_TIMEOUT_USEC=")
        self.assertNotIn("READY=1", self.heard)
        exchange = subprocess.Popen([PHONENET, "--dir", self.folder, "--line", "5550001=line"],
                                    stdout=subprocess.DEVNULL)
        self.addCleanup(exchange.wait)
        self.addCleanup(exchange.terminate)
        self.hear("READY=1")
        self.hear("STATUS=Lan LISTENING, Modem1 LISTENING")
        self.assertEqual(self.kinds(), ["EXTEND_TIMEOUT_USEC", "READY"])

    def test_a_stop_asks_for_the_time_that_the_modem_takes(self):
        exchange = subprocess.Popen([PHONENET, "--dir", self.folder, "--line", "5550001=line"],
                                    stdout=subprocess.DEVNULL)
        self.addCleanup(exchange.wait)
        self.addCleanup(exchange.terminate)
        wait(lambda: os.path.exists(self.folder + "/line"), "the exchange has a line")
        self.start(MODEM % (self.folder + "/line"))
        self.hear("READY=1")
        self.process.send_signal(signal.SIGTERM)
        extension = int(self.hear("STOPPING=1").rpartition("=")[2])
        self.assertGreaterEqual(extension, 5_000_000)  # StopTimeout
        self.hear_the_rest()
        self.assertEqual(self.heard.count("READY=1"), 1)


class AbstractManager(Manager):
    """The same with a socket that has no file, as systemd's own in containers."""

    abstract = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
