"""What people would use instead, on the same lines: UUCP with protocol i, Zmodem, binkd."""

import hashlib
import shutil
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import reference
from line import NUMBERS, Exchange, Line, Trouble
from measure import longest, of_call
from result import Result
from terminal import Answerer, Terminal, listening, relay, run_on
from workloads import Load

RING_WAIT = 60
USER_OF_UUCP = "uucp"


class Peer(Protocol):
    name: str
    kinds: str
    modems: dict[str, str]

    def survives_errors(self) -> bool: ...

    def prepare(self, folder: Path, exchange: Exchange, load: Load) -> None:
        """All is queued, nothing runs."""

    def call(self, limit: float) -> None:
        """One call from north to south; raises Trouble."""

    def found(self) -> Iterable[Path]:
        """Files below which what arrived lies, at both ends."""


def measure_peer(peer: Peer, phonenet: Path, folder: Path, line: Line, load: Load) -> Result:
    exchange = Exchange(phonenet, folder / "phonenet", line, peer.modems)
    exchange.start()
    try:
        peer.prepare(folder, exchange, load)
        peer.call(longest(load, line))
        result = of_call(line, load, exchange.finished_call())
    finally:
        exchange.stop()
    result.who = peer.name
    result.problems = missing(load, peer.found())
    if not result.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def missing(load: Load, places: Iterable[Path]) -> list[str]:
    arrived = Counter(digest(file) for place in places for file in place.rglob("*") if file.is_file())
    wanted = Counter(digest(file) for file in load.files)
    lost = sum((wanted - arrived).values())
    return [f"{lost} of {len(load.files)} files did not arrive whole"] if lost else []


def digest(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()


class Uucp:
    """Taylor UUCP. Mail as uux queues it for rmail; uuxqt is not run. The programs are copied, which takes their
    set-user-id bit off, or else they take no configuration from us. Started by root they turn into the user uucp, who
    must be able to use our folder and the ports."""

    kinds = "abces"
    modems = {"south": "E0S0=1"}

    def __init__(self, packet_size: int | None = None):
        self.name = reference.UUCP if packet_size is None else f"UUCP i, {packet_size}-byte packets"
        self._packet_size = packet_size

    def survives_errors(self) -> bool:
        return True

    def prepare(self, folder: Path, exchange: Exchange, load: Load) -> None:
        self._folder = folder
        self._south_port = exchange.port("south")
        for program in ("/usr/sbin/uucico", "/usr/bin/uux"):
            # By another process: a file that this one writes is busy for as long as a program that another
            # thread has just forked still holds it open.
            subprocess.run(["install", "-m", "755", Path(program).resolve(), folder], check=True)
        for name, other, files in (("north", "south", load.north), ("south", "north", load.south)):
            self._configure(folder / name, name, other, exchange.port(name))
            shutil.chown(exchange.port(name).resolve(), USER_OF_UUCP)
            for file in files:
                with file.open("rb") as mail:
                    command = [folder / "uux", "-I", folder / name / "config", "-r", "-", f"{other}!rmail", "desk"]
                    done = subprocess.run(command, stdin=mail, capture_output=True, text=True)
                if done.returncode != 0:
                    raise Trouble(f"uux: {done.stderr.strip()}")

    @staticmethod
    def _give_away(folder: Path) -> None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, USER_OF_UUCP)

    def _configure(self, folder: Path, name: str, other: str, port: Path) -> None:
        for part in ("spool", "public", "lock"):
            (folder / part).mkdir(parents=True)
        config = {
            "nodename": name,
            "spool": folder / "spool",
            "pubdir": folder / "public",
            "lockdir": folder / "lock",
            "logfile": folder / "log",
            "statfile": folder / "stat",
            "debugfile": folder / "debug",
            "sysfile": folder / "sys",
            "portfile": folder / "port",
            "dialfile": folder / "dial",
        }
        (folder / "config").write_text("".join(f"{key} {value}\n" for key, value in config.items()))
        packet = f"protocol-parameter i packet-size {self._packet_size}\n" if self._packet_size else ""
        # The name stands alone in its first line: what follows belongs to it.
        (folder / "sys").write_text(
            f"system {other}\ntime any\nport modem\nphone {NUMBERS[other]}\nchat-timeout 30\n"
            f'chat "" ""\nprotocol i\n{packet}commands rmail\n'
        )
        (folder / "port").write_text(
            f"port modem\ntype modem\ndevice {port}\nspeed 57600\ncarrier false\nhardflow false\ndialer hayes\n"
        )
        (folder / "dial").write_text(
            'dialer hayes\nchat "" ATE0 OK ATDT\\D CONNECT\nchat-timeout 30\nchat-fail NO\\sCARRIER\nchat-fail BUSY\n'
        )
        self._give_away(folder)

    def call(self, limit: float) -> None:
        folder = self._folder
        answer = [folder / "uucico", "-I", folder / "south" / "config", "-D", "-q"]
        south = Answerer(self._south_port, RING_WAIT, lambda terminal: run_on(terminal, answer, folder, limit))
        call = [folder / "uucico", "-I", folder / "north" / "config", "-D", "-q", "-r1", "-S", "south"]
        run(call, folder, limit)
        south.join(60)

    def found(self) -> Iterable[Path]:
        return self._folder / "south" / "spool" / "north", self._folder / "north" / "spool" / "south"


class Zmodem:
    """sz and rz of lrzsz, which need somebody to dial for them."""

    name = reference.ZMODEM
    kinds = "abs"
    modems = {"south": "E0S0=1"}

    def survives_errors(self) -> bool:
        return True

    def prepare(self, folder: Path, exchange: Exchange, load: Load) -> None:
        self._folder, self._exchange, self._files = folder, exchange, load.north
        (folder / "in").mkdir()

    def call(self, limit: float) -> None:
        inbox = self._folder / "in"
        south = Answerer(
            self._exchange.port("south"),
            RING_WAIT,
            lambda terminal: run_on(terminal, ["rz", "-b", "-q"], inbox, limit),
        )
        with Terminal(self._exchange.port("north")) as terminal:
            terminal.dial(NUMBERS["south"])
            run_on(terminal, ["sz", "-b", "-q", *self._files], self._folder, limit)
        south.join(60)

    def found(self) -> Iterable[Path]:
        return [self._folder / "in"]


class Binkd:
    """binkp expects a TCP connection: at each end one is joined to the modem. What TCP, IP and PPP
    would add, 3 % and more, is not there. It does not survive bit errors."""

    kinds = "abces"
    modems = {"south": "E0S0=1"}

    def __init__(self, zlib: bool):
        self.name = reference.BINKP_ZLIB if zlib else reference.BINKP
        self._zlib = zlib

    def survives_errors(self) -> bool:
        return False

    def prepare(self, folder: Path, exchange: Exchange, load: Load) -> None:
        self._folder, self._exchange = folder, exchange
        self._north_door, free = listening(), listening()
        self._south_port = free.getsockname()[1]
        free.close()
        ports = {"north": self._north_door.getsockname()[1], "south": self._south_port}
        for name, here, there, files in (("north", 1, 2, load.north), ("south", 2, 1, load.south)):
            place = folder / name
            (place / "in").mkdir(parents=True)
            (place / "out").mkdir()
            zlib = "zlevel 9\nzallow *\n" if self._zlib else ""
            (place / "binkd.cfg").write_text(
                f"log {place}/log\nloglevel 4\npid-file {place}/pid\n"
                f"domain fidonet {place}/out 1\naddress 1:1/{here}@fidonet\n"
                f'sysname "{name}"\nlocation "bench"\nsysop "desk"\nnodeinfo "BINKP"\n'
                f"inbound {place}/in\ninbound-nonsecure {place}/in\nminfree 0\nminfree-nonsecure 0\n"
                f"iport {ports['south']}\nbindaddr 127.0.0.1\nrescan-delay 1\ncall-delay 1\n{zlib}"
                f"node 1:1/{there}@fidonet 127.0.0.1:{ports['north']} secret -\n"
            )
            if files:
                (place / "out" / f"0001{there:04x}.flo").write_text("".join(f"{file}\n" for file in files))

    def call(self, limit: float) -> None:
        with (self._folder / "said").open("ab") as said:
            server = subprocess.Popen(
                ["/usr/sbin/binkd", "-s", self._folder / "south" / "binkd.cfg"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            self._call(limit)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)

    def _call(self, limit: float) -> None:
        south = Answerer(self._exchange.port("south"), RING_WAIT, lambda terminal: self._join_south(terminal, limit))
        with Terminal(self._exchange.port("north")) as terminal, self._north_door as door:
            terminal.dial(NUMBERS["south"])
            with (self._folder / "said").open("ab") as said:
                client = subprocess.Popen(
                    ["/usr/sbin/binkd", "-p", "-P", "1:1/2", self._folder / "north" / "binkd.cfg"],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,
                )
            door.settimeout(20)
            peer, _ = door.accept()
            with peer:
                relay(terminal, peer, limit)
        client.terminate()
        client.wait(20)
        south.join(60)

    def _join_south(self, terminal: Terminal, limit: float) -> None:
        with socket.create_connection(("127.0.0.1", self._south_port), 10) as peer:
            relay(terminal, peer, limit)

    def found(self) -> Iterable[Path]:
        return self._folder / "south" / "in", self._folder / "north" / "in"


def run(command: list, folder: Path, limit: float) -> None:
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Trouble(f"{Path(command[0]).name} has not ended after {limit:.0f} s") from None
    if code != 0:
        raise Trouble(f"{Path(command[0]).name} ended with code {code}; {folder} has its logs")


def all_peers(line: Line) -> list[Peer]:
    """New ones each time: each has the state of one measurement."""
    peers = [Uucp(), Uucp(256), Zmodem(), Binkd(zlib=False), Binkd(zlib=True)]
    return [peer for peer in peers if peer.survives_errors() or not line.bit_errors]
