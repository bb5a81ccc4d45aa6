"""The telephone exchange of the demo: a phonenet with two lines."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from post_office import Trouble


@dataclass(frozen=True)
class Counters:
    """What the exchange counted on one line."""

    calls: int
    seconds: float
    sent: int
    received: int


class Exchange:
    def __init__(self, program: Path, folder: Path, rate: int):
        self.program = program
        self.folder = folder
        self.rate = rate
        self._process: subprocess.Popen | None = None

    def port(self, name: str) -> Path:
        return self.folder / name

    def start(self, lines: dict[str, str]) -> None:
        """Lines by name, with their numbers. Returns when their ports are there."""
        self.folder.mkdir()
        command = [self.program, "--dir", self.folder, "--rate", str(self.rate)]
        for name, number in lines.items():
            command += ["--line", f"{number}={name}"]
        with (self.folder / "phonenet.log").open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + 10
        while not all(self.port(name).exists() for name in lines):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "phonenet.log").read_text(errors="replace").strip()
                raise Trouble(f"phonenet did not start: {said}")
            time.sleep(0.05)

    def counters(self, name: str) -> Counters:
        done = subprocess.run(
            [self.program, "ctl", self.folder, "stats", name], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Trouble(done.stderr.strip())
        told = json.loads(done.stdout)
        return Counters(told["calls"], told["call_seconds"], told["bytes_sent"], told["bytes_received"])

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
