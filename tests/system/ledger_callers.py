"""Far computers on the lines of phonenet, for the ledger of processes: who calls the modems, and who answers their
calls."""

import os
import random
import re
import select
import threading
import time
import tty
from dataclasses import dataclass

from waiting import GIVING_UP

END = rb"BUSY|NO ANSWER|NO CARRIER"
FIRST_WORDS = rb"(CONNECT)[^\n]*\n[^\0]"  # the result, and the first that the answering end says


class Echo(threading.Thread):
    """One whose modem answers, and that sends back what it hears."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)

    def run(self):
        while True:
            try:
                os.write(self.port, os.read(self.port, 4096))
            except OSError:
                return


@dataclass(frozen=True)
class Call:
    modem: str
    began: float
    ended: float
    logged: int  # what Session.log had said when it began, characters
    logged_at_end: int
    result: str


class Caller(threading.Thread):
    """One that calls one modem after the other, each time that `turns` has a turn for it, and hangs up as soon as it
    is spoken to."""

    def __init__(self, port, seed, modems, turns, hang_up, log):
        super().__init__(daemon=True)
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)
        self.chance = random.Random(seed)
        self.modems, self.turns, self.hang_up, self.log = modems, turns, hang_up, log
        self.is_over = False
        self.calls = []

    def run(self):
        while self.turns.acquire() and not self.is_over:
            self.call(self.chance.choice(self.modems))

    def call(self, modem):
        began, logged = time.monotonic(), len(self.log())
        os.write(self.port, b"ATDT555000" + modem[-1].encode() + b"\r")
        result = self.hear(FIRST_WORDS + b"|" + END)
        if result.startswith("CONNECT"):
            result = "CONNECT"
            self.hang_up()
            self.hear(rb"NO CARRIER")
        self.calls.append(Call(modem, began, time.monotonic(), logged, len(self.log()), result))

    def hear(self, words):
        heard = b""
        while not re.search(words, heard):
            if not select.select([self.port], [], [], GIVING_UP)[0]:
                raise AssertionError(f"a caller heard nothing but {heard!r}")
            heard += os.read(self.port, 4096)
        return re.search(words, heard).group().decode("latin-1")
