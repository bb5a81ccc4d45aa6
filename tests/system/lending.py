"""A post office that lends the modem of a simulated telephone line, for tests of its clients."""

import json
import os
import select
import signal
import socket
import subprocess
import time
import tty

from waiting import GIVING_UP, session_log, wait

OFFICE, FAR, THIRD = "5550001", "5550002", "5550003"

SETTINGS = """[External]
HomePO = SOUTH/{name}
AsyncSpeed = 57600
LockFolder = {folder}/locks
RetryInterval = 1s
{more}
[External-Modem1]
AsyncCommPort = {port}
"""


class Exchange:
    """phonenet with the lines office, far and third; calls ring and connect at once. `served`: the line whose modem
    is behind RFC 2217, which has the control lines that a pseudo terminal lacks."""

    def __init__(self, test, program, folder, served=None):
        self.program, self.folder = program, folder
        os.makedirs(folder)
        command = [program, "--dir", folder, "--ring-delay", "10ms", "--connect-time", "10ms"]
        for line in (OFFICE + "=office", FAR + "=far", THIRD + "=third"):
            command += ["--line", line]
        # Where a modem is served stands among the events, which are few in a test.
        command += ["--rfc2217", served + "=0"] if served else ["--quiet"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        test.addCleanup(end, self.process)
        self.places = {served: self.process.stdout.readline().split(" on ")[1].strip()} if served else {}
        for name in {"office", "far", "third"} - {served}:
            wait(lambda port=self.port(name): os.path.exists(port), name + " is plugged in")

    def port(self, name):
        return self.places.get(name) or self.folder + "/" + name

    def control(self, *words):
        command = [self.program, "ctl", self.folder, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def stats(self, name):
        return json.loads(self.control("stats", name))


def end(process, by=signal.SIGTERM):
    """A program that was started: told to end, and waited for."""
    if process.poll() is None:
        process.send_signal(by)
    process.wait(GIVING_UP)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


class Control:
    """The control socket of an External that runs in `folder`: to look costs no process each time."""

    def __init__(self, folder):
        self.path = folder + "/control.sock"

    def status(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.path)
            connection.sendall(b'{"v":1,"command":"status"}\n')
            with connection.makefile() as answer:
                return json.loads(answer.readline())


class Office:
    """An External with one modem."""

    def __init__(self, test, program, folder, port, more="", name="HUB", sections=""):
        self.program, self.folder, self.process = program, folder, None
        os.makedirs(folder + "/locks")
        with open(folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(SETTINGS.format(folder=folder, port=port, more=more, name=name) + sections)
        os.chmod(folder + "/external.ini", 0o600)
        test.addCleanup(self.stop)

    def command(self, *words):
        return [self.program, "--config", self.folder + "/external.ini", *words]

    def external(self, *words, text=""):
        return subprocess.run(self.command(*words), input=text, capture_output=True, text=True, check=False)

    def launch(self, *more):
        self.process = subprocess.Popen(self.command("run", "--service", *more), stdout=subprocess.DEVNULL)

    def start(self):
        self.launch()
        self.wait_until("LISTENING")

    def stop(self):
        if self.process:
            end(self.process)

    def log(self):
        return session_log(self.folder)

    def wait_for_log(self, words, times=1):
        wait(lambda: self.log().count(words) >= times, f"{words!r} in the log, which says\n{self.log()}")

    def status(self):
        return json.loads(self.external("status", "--json").stdout or "{}")

    def state(self):
        return [line["state"] for line in self.status().get("lines", [])]

    def wait_until(self, state):
        wait(lambda: state in self.state(), "the line is " + state)

    def pool(self):
        return json.loads(self.external("share", "list", "--json").stdout or "[{}]")[0]

    def lessees(self):
        return [modem["client"] for modem in self.pool().get("modems", []) if modem["client"]]

    def wait_until_given_back(self, times=1):
        """So many leases have ended, and the modem listens."""
        self.wait_for_log("Lease of ", times)
        wait(lambda: not self.lessees() and "LISTENING" in self.state(), "the modem listens again")


def share(port, more="", raw=None):
    """A section [Share OFFICE]."""
    text = f"[Share OFFICE]\nInstance = Modem1\nListen = {port}\n" if port else "[Share OFFICE]\nInstance = Modem1\n"
    return text + (f"ListenRaw = {raw}\n" if raw else "") + more


class Talk:
    """A conversation of bytes, whoever is at the other end."""

    def __init__(self):
        self.heard = b""

    def hear(self, words):
        """What came up to and with `words`."""
        deadline = time.monotonic() + GIVING_UP
        while words not in self.heard:
            if time.monotonic() > deadline:
                raise AssertionError(f"{words!r} was not heard, but {self.heard!r}")
            self.heard += self.more()
        size = self.heard.index(words) + len(words)
        heard, self.heard = self.heard[:size], self.heard[size:]
        return heard

    def more(self):
        raise NotImplementedError


class Descriptors(Talk):
    """By a pair of descriptors; closed is an end of file, or whatever the system says."""

    def __init__(self, reading, writing):
        super().__init__()
        self.reading, self.writing = reading, writing

    def say(self, words):
        while words:
            words = words[os.write(self.writing, words):]

    def more(self):
        if not select.select([self.reading], [], [], 0.05)[0]:
            return b""
        return os.read(self.reading, 4096)

    def hear_end(self):
        """Until the other end is gone; what came before it."""
        def ended():
            try:
                if not select.select([self.reading], [], [], 0.05)[0]:
                    return False
                piece = os.read(self.reading, 4096)
            except OSError:
                return True
            self.heard += piece
            return not piece

        wait(ended, "the end of the connection")
        return self.heard


class Port(Descriptors):
    """A tty, raw; closed by close()."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor)
        super().__init__(self.descriptor, self.descriptor)

    def close(self):
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = None


class Wire(Descriptors):
    """A TCP connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        super().__init__(self.socket.fileno(), self.socket.fileno())

    def close(self):
        self.socket.close()


EVERY_BYTE = bytes(range(256)) * 8 + b"\xff\xff\r\0\r\n\xff\x11\x13\x1b+++end"


def far_modem(test, exchange, name="far"):
    """The modem at the far end, in the hands of the test."""
    port = Port(exchange.port(name))
    test.addCleanup(port.close)
    port.say(b"ATE0\r")
    port.hear(b"OK\r\n")
    return port


def call(test, near, far, number=FAR):
    """`near`, which has a modem, calls `far`; bytes go both ways."""
    near.say(b"ATE0DT" + number.encode() + b"\r")
    far.hear(b"RING\r\n")
    far.say(b"ATA\r")
    near.hear(b"CONNECT 57600\r\n")
    far.hear(b"CONNECT 57600\r\n")
    near.say(EVERY_BYTE)
    test.assertEqual(far.hear(b"+++end"), EVERY_BYTE)
    far.say(EVERY_BYTE)
    test.assertEqual(near.hear(b"+++end"), EVERY_BYTE)

