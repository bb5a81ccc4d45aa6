"""How soon a lent modem is back, by each way in which a lease ends: the middle one of some runs, and between
brackets the shortest and the longest. Started by tests/bench/run leases."""

import argparse
import contextlib
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "system"))

from lending import FAR, Control, Exchange, Office, Wire, share
from waiting import Folder, free_port, wait

LOOK = 0.01  # seconds between looks at the state of the line

HOLDER = """
import socket, sys
port = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
port.sendall(b"AT\\r")
heard = b""
while b"OK\\r\\n" not in heard:
    heard += port.recv(100)
print("has it", flush=True)
port.recv(1)
"""


class Scene(contextlib.ExitStack):
    """A post office that lends its only modem."""

    def __init__(self, build: Path, more: str):
        super().__init__()
        self.addCleanup = self.callback  # as the helpers of the tests call it
        self.before_event: Callable[[], None] = lambda: None
        folder = self.enter_context(Folder())
        self.port = free_port()
        self.net = Exchange(self, str(build / "phonenet"), folder + "/net")
        partner = f"[PostOffice SOUTH/FAR]\nPassword = x\nPhone = {FAR}\n"
        self.office = Office(self, str(build / "external"), folder + "/office", self.net.port("office"),
                             sections=share(None, more, self.port) + partner)
        self.office.start()
        self._control = Control(folder + "/office")

    def state(self) -> str:
        return self._control.status()["lines"][0]["state"]

    def wait_for(self, *states: str) -> float:
        while self.state() not in states:
            time.sleep(LOOK)
        return time.monotonic()

    def client(self) -> Wire:
        wire = Wire(self.port)
        self.callback(wire.close)
        return wire

    def lessee(self) -> Wire:
        client = self.client()
        client.say(b"AT\r")
        client.hear(b"OK\r\n")
        return client


def told(client: Wire) -> float:
    client.hear(b"the modem was taken back: ")
    return time.monotonic()


def closed(scene: Scene) -> float:
    client = scene.lessee()
    return at(client.close, scene)


def killed(scene: Scene) -> float:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(scene.port)], stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    moment = at(lambda: holder.send_signal(signal.SIGKILL), scene)
    holder.wait()
    holder.stdout.close()
    return moment


def at(event: Callable[[], object], scene: Scene) -> float:
    """Does it when somebody waits, if that is measured; returns when it was begun."""
    scene.before_event()
    moment = time.monotonic()
    event()
    return moment


def limit(scene: Scene) -> float:
    client = scene.lessee()
    scene.before_event()
    return told(client)


def kicked(scene: Scene) -> float:
    client = scene.lessee()
    at(lambda: scene.office.external("share", "kick", "Modem1"), scene)
    return told(client)


def urgent(scene: Scene) -> float:
    client = scene.lessee()
    scene.office.external("mailbox", "add", "anna")
    at(lambda: scene.office.external("send", "--priority", "urgent", "--to", "SOUTH/FAR/anna", text="Subject: x\n\nx\n"),
       scene)
    return told(client)


def called(scene: Scene) -> float:
    client = scene.lessee()
    at(lambda: scene.net.control("ring", "office", "1"), scene)
    return told(client)


def stopped(scene: Scene) -> float:
    scene.lessee()
    scene.before_event()
    scene.office.external("stop", "--instance", "Modem1")
    return at(lambda: scene.office.external("start", "--instance", "Modem1"), scene)


def unplugged(scene: Scene) -> float:
    client = scene.lessee()
    at(lambda: scene.net.control("unplug", "office"), scene)
    told(client)
    return at(lambda: scene.net.control("plug", "office"), scene)


@dataclass(frozen=True)
class Way:
    name: str
    since: str
    end: Callable[[Scene], float]  # returns when it was
    settings: str = ""
    until: str = "LISTENING"
    passes_on: bool = True  # to who waits


WAYS = [
    Way("closed by the client", "the close", closed),
    Way("client killed (kill -9)", "the kill", killed),
    Way("idle", "the last words", limit, "IdleLimit = 3s\n"),
    Way("limit", "the last words", limit, "LeaseLimit = 3s\n"),
    Way("kicked", "the last words", kicked),
    Way("urgent mail", "the last words", urgent, "UrgentMailFirst = yes\n", "DIALLING", False),
    Way("call", "the last words", called),
    Way("stopped, started", "the start", stopped),
    Way("unplugged, plugged in", "the plug", unplugged),
]


def measure(build: Path, way: Way, waiting: bool) -> float:
    with Scene(build, way.settings) as scene:
        next_client: list[Wire] = []

        def before_event() -> None:
            if not waiting or next_client:
                return
            next_client.append(scene.client())
            wait(lambda: scene.office.pool()["waiting"], "one waits")
            next_client[0].hear(b"in the queue.\r\n")

        scene.before_event = before_event
        event = way.end(scene)
        if not waiting:
            return scene.wait_for(way.until) - event
        next_client[0].hear(b"OFFICE: Modem1 is yours.")
        return time.monotonic() - event


def cell(build: Path, way: Way, waiting: bool, runs: int) -> str:
    if waiting and not way.passes_on:
        return "-"
    times = [measure(build, way, waiting) for _ in range(runs)]
    spread = f" ({min(times):.2f} - {max(times):.2f})" if runs > 1 else ""
    return f"{statistics.median(times):.2f}{spread}"


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print("| a lease ends | seconds from | modem listens | the next client has it |\n| --- | --- | --- | --- |")
    for way in WAYS:
        alone, waited_for = (cell(arguments.build, way, waiting, arguments.runs) for waiting in (False, True))
        until = "" if way.until == "LISTENING" else f", {way.until.lower()}"
        print(f"| {way.name} | {way.since} | {alone}{until} | {waited_for} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
