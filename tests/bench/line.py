"""The lines that are measured, and the phonenet that simulates one of them."""

import json
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

NUMBERS = {"north": "5550001", "south": "5550002"}


class Trouble(Exception):
    """A measurement cannot go on; the text says why, in one line if possible."""


@dataclass(frozen=True)
class Line:
    name: str
    rate: int
    latency_ms: int
    bit_errors: float = 0
    seed: int = 1

    @property
    def slow(self) -> bool:
        return self.rate < 20_000

    @property
    def title(self) -> str:
        errors = f", bit errors {self.bit_errors:g}" if self.bit_errors else ""
        return f"{self.rate:,} bps, {self.latency_ms} ms one way{errors}"

    def with_seed(self, seed: int) -> "Line":
        return replace(self, seed=seed)


LINES = {
    "clean": Line("clean", 57_600, 50),
    "noisy": Line("noisy", 57_600, 50, 1e-5),
    "slow": Line("slow", 9_600, 700),
}


@dataclass(frozen=True)
class Call:
    """What phonenet tells of the last call, as north saw it. Times in seconds."""

    over: bool
    connected_at: float
    first_byte: float | None  # since CONNECT
    first_sent: float | None
    last_byte: float | None
    seconds: float
    line_seconds: float  # from the first byte of either end to hang-up
    sent: int
    received: int

    @property
    def hang_up_lag(self) -> float:
        """From the moment when the last byte had gone out to the hang-up."""
        return self.seconds - (self.last_byte or 0)


class Exchange:
    """A phonenet of two telephone lines. Calls ring and connect at once: the set-up is no part of what is measured."""

    def __init__(self, program: Path, folder: Path, line: Line, modems: dict[str, str] | None = None):
        self.program = program
        self.folder = folder
        self._command = [program, "--dir", folder, "--rate", str(line.rate), "--latency", f"{line.latency_ms}ms"]
        self._command += ["--ber", f"{line.bit_errors:g}", "--seed", str(line.seed)]
        self._command += ["--ring-delay", "100ms", "--connect-time", "100ms"]
        for name, number in NUMBERS.items():
            self._command += ["--line", f"{number}={name}"]
        for name, settings in (modems or {}).items():
            self._command += ["--modem", f"{name}={settings}"]
        self._process: subprocess.Popen | None = None

    def port(self, name: str) -> Path:
        return self.folder / name

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        with (self.folder / "phonenet.log").open("wb") as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + 20
        while not all(self.port(name).exists() for name in NUMBERS):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "phonenet.log").read_text(errors="replace").strip()
                raise Trouble(f"phonenet did not start: {said}")
            time.sleep(0.02)

    def last_call(self, name: str = "north") -> Call | None:
        told = json.loads(self.control("stats", name))
        if "last_call" not in told:
            raise Trouble(f"{self.program} does not tell of the last call; build it anew")
        call = told["last_call"]
        if call is None:
            return None
        return Call(
            call["over"],
            call["connected_at"],
            call["first_byte"],
            call["first_sent"],
            call["last_byte"],
            call["seconds"],
            call["line_seconds"],
            call["bytes_sent"],
            call["bytes_received"],
        )

    def finished_call(self, within: float = 10) -> Call:
        """The call that is over, or will be soon."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            call = self.last_call()
            if call and call.over:
                return call
            time.sleep(0.02)
        raise Trouble(f"no call has ended within {within:.0f} s")

    def control(self, *words: str) -> str:
        done = subprocess.run(
            [self.program, "ctl", self.folder, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise Trouble(done.stderr.strip())
        return done.stdout

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
