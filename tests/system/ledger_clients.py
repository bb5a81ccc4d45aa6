"""Clients of lent modems that go in every way, for the ledger of processes: each tells what it did in a file that
outlives it."""

import ctypes
import json
import os
import random
import re
import signal
import socket
import subprocess
import time

FIRST_PORT = 20000  # of the clients
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
OK = rb"\r\nOK\r\n"
SPOILS = b"ATE1V0Q1&D0\r"  # who has the modem next would hear nothing of it
RESULT = rb"\r\n(CONNECT 57600|BUSY|NO CARRIER|NO ANSWER|NO DIALTONE)\r\n"


def ip(*words, inside=None):
    enter = ["nsenter", "--target", str(inside), "--net"] if inside else []
    subprocess.run([*enter, "ip", *words], check=True, capture_output=True)


class Cable:
    """A network for one client at a time, which is joined to that of External as long as nobody pulls it."""

    def __init__(self, number):
        self.libc = ctypes.CDLL(None, use_errno=True)
        ready, tell = os.pipe()
        self.keeper = os.fork()
        if self.keeper == 0:
            ours = self.libc.unshare(NEW_NETWORK) == 0
            os.write(tell, b"y" if ours else b"n")
            signal.pause()
            os._exit(0)
        if os.read(ready, 1) != b"y":
            raise OSError("no network of its own")
        os.close(ready)
        os.close(tell)
        self.host = f"10.77.{number}.1"
        ip("link", "add", f"cable{number}", "type", "veth", "peer", "name", "eth0", "netns", str(self.keeper))
        ip("addr", "add", self.host + "/24", "dev", f"cable{number}")
        ip("link", "set", f"cable{number}", "up")
        ip("addr", "add", f"10.77.{number}.2/24", "dev", "eth0", inside=self.keeper)
        self.plug()
        self.taken = False

    def enter(self):
        """The calling process is at the far end from now on."""
        with open(f"/proc/{self.keeper}/ns/net", encoding="ascii") as network:
            if self.libc.setns(network.fileno(), NEW_NETWORK) != 0:
                raise OSError("cannot enter the network of the cable")

    def plug(self):
        ip("link", "set", "eth0", "up", inside=self.keeper)

    def pull(self):
        ip("link", "set", "eth0", "down", inside=self.keeper)

    def remove(self):
        os.kill(self.keeper, signal.SIGKILL)
        os.waitpid(self.keeper, 0)


class Client:
    """One that comes to a pool. It goes when it has heard `patience` bytes - if it `waits`, since its modem has answered -
    and so at a word that it is told in the queue, in the midst of an answer, of a call, or never."""

    def __init__(self, number, chance, pool, port, cable, echoes):
        self.number, self.pool, self.port, self.cable = number, pool, port, cable
        self.seed = chance.random()
        self.echo = chance.choice(echoes)
        self.errand = chance.choice(["commands", "dials", "dials", "dials", "sleeps", "spoils", "stays"])
        self.leaves = chance.choice(["closes", "closes", "killed", "stopped"])
        self.patience = int(chance.choice([0, chance.uniform(1, 40), 10 ** chance.uniform(2, 3.5), 1e9]))
        self.waits = chance.random() < 0.6
        if self.waits:
            self.patience = int(10 ** chance.uniform(0, 4))
        if cable:  # it is to be there when that is pulled, and nothing else may end it
            self.leaves = "cable"
            self.errand = chance.choice(["sleeps", "stays"])
            self.patience = 0 if self.errand == "sleeps" else chance.randint(0, 200)
        self.state = "there"
        self.address = None  # once it has come
        self.listed = False  # by External, at least once
        self.ready = False  # to go
        self.left_at = None  # when it was stopped or cut off
        self.process = None

    def __str__(self):
        return f"client {self.number} of {self.pool} ({self.address}, {self.errand}, {self.leaves}, {self.state})"

    def start(self, record):
        self.process = os.fork()
        if self.process:
            return
        status = 1
        try:
            if self.cable:
                self.cable.enter()
            Visit(self, record).make()
            status = 0
        finally:
            os._exit(status)

    def has_gone(self):
        """By itself, or buried."""
        if self.state == "there" and os.waitpid(self.process, os.WNOHANG)[0]:
            self.state = "gone"
        return self.state == "gone"

    def let_go(self):
        """In its way; by itself it has done so already."""
        if self.leaves == "killed":
            self.bury()
        elif self.leaves == "stopped":
            os.kill(self.process, signal.SIGSTOP)
            self.state = "stopped"
        elif self.leaves == "cable":
            self.cable.pull()
            self.state = "cable pulled"

    def bury(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.state = "gone"


class Leaves(Exception):
    """Of its own will."""


class SentAway(Exception):
    """The connection has ended; `whole` if all that was said before has come."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole


class Visit:
    """What a client does, in its process."""

    def __init__(self, client, record):
        self.client, self.record = client, record
        self.chance = random.Random(client.seed)
        self.connection = None
        self.heard = b""
        self.seen = 0  # of what was heard
        self.sent = 0
        self.awaits = ""  # of its modem
        self.ready = False
        self.counts = not client.waits  # what it hears
        self.counted = 0

    def note(self, event, **more):
        os.write(self.record, (json.dumps({"client": self.client.number, "event": event, **more}) + "\n").encode())

    def make(self):
        try:
            place = (self.client.cable.host if self.client.cable else "127.0.0.1", self.client.port)
            # A port of its own, so that none of many has the address of one that was here before.
            self.connection = socket.create_connection(place, source_address=("", FIRST_PORT + self.client.number))
        except OSError as error:
            self.note("failed", text=str(error))
            return
        with self.connection:
            host, port = self.connection.getsockname()
            self.note("came", address=f"{host}:{port}", pool=self.client.pool)
            try:
                self.look_at_patience()
                self.do_errand()
                self.tell_bytes("went")
            except Leaves:
                self.tell_bytes("went")
            except SentAway as end:
                self.tell_bytes("sent away", awaits=self.awaits, whole=end.whole, text=self.text()[-200:])

    def text(self):
        return self.heard.decode("latin-1")

    def tell_bytes(self, event, **more):
        """What went to and came from the modem: what the pool itself says is no word of the modem."""
        of_pool = sum(map(len, re.findall(self.client.pool.encode() + rb": [^\r]*\r\n", self.heard)))
        self.note(event, sent=self.sent, heard=len(self.heard) - of_pool, **more)

    def do_errand(self):
        self.command(b"AT")
        self.note("answers")
        self.counts = True
        self.look_at_patience()
        if self.client.errand == "commands":
            for _ in range(self.chance.randint(1, 8)):
                self.command(b"ATI")
        if self.client.errand == "dials":
            self.dial()
        if self.client.errand == "spoils":
            self.say(SPOILS)
        while self.client.errand in ("sleeps", "spoils"):
            self.hear_more()
        while self.client.errand == "stays":
            self.command(b"AT")

    def dial(self):
        self.note("dials", at=time.monotonic())
        self.say(b"ATDT" + self.client.echo.encode() + b"\r")
        result = self.hear(RESULT, "the result of its call")
        self.note("has a result", result=result.decode())
        if result != b"CONNECT 57600":
            return
        for word in range(self.chance.randint(1, 20)):
            text = f"client {self.client.number} says word {word}. " * self.chance.randint(1, 20)
            self.hear_again(text.encode())

    def hear_again(self, words):
        """The far end sends back what it hears."""
        self.say(words)
        self.awaits = "what it said"
        try:
            while len(self.heard) - self.seen < len(words):
                self.hear_more()
            self.awaits = ""
        finally:
            came = self.heard[self.seen:self.seen + len(words)].split(self.client.pool.encode() + b": ")[0]
            if not words.startswith(came):
                self.note("strange bytes", sent=words.decode(), heard=came.decode("latin-1"))
            self.seen += len(came)
            self.note("echoed", bytes=len(came))

    def command(self, words):
        self.say(words + b"\r")
        self.hear(OK, "OK")

    def say(self, words):
        try:
            self.connection.sendall(words)
        except OSError:
            raise SentAway(False) from None
        self.sent += len(words)

    def hear(self, words, awaits):
        """What they say in their brackets, if any."""
        self.awaits = awaits
        while not (found := re.compile(words).search(self.heard, self.seen)):
            self.hear_more()
        self.seen = found.end()
        self.awaits = ""
        return found.group(found.lastindex or 0)

    def hear_more(self):
        try:
            piece = self.connection.recv(4096)
        except OSError:
            raise SentAway(False) from None
        if not piece:
            raise SentAway(True)
        self.heard += piece
        self.counted += len(piece) if self.counts else 0
        self.look_at_patience()

    def look_at_patience(self):
        if self.ready or not self.counts or self.counted < self.client.patience:
            return
        self.ready = True
        if self.client.leaves == "closes":
            raise Leaves
        self.note("ready")
