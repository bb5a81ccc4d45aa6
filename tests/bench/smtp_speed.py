"""How many messages a second are accepted durably by SMTP, from ten clients. Started by tests/bench/run smtp."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "samples" / "demo"))

import postfix
from line import Trouble
from office import NORTH, SOUTH, Office
from tcp import free_port

GOAL = 3000
SIZE = 4096
RUNS = 3
# What follows in [External], and a line. Accepted and kept: nobody calls the south.
SETTINGS = """\
SmtpListen = 127.0.0.1:{port}
[External-Line1]
CommType = Tcp
Listen = 127.0.0.1:{line}
[PostOffice {other}]
Password = x
"""


@dataclass(frozen=True)
class Row:
    what: str
    rates: list[float]
    goal: int | None = None

    def text(self) -> str:
        rates = sorted(self.rates)
        goal = f"{self.goal:,}" if self.goal else ""
        return f"{self.what:44}{rates[len(rates) // 2]:>9,.0f}{rates[0]:>9,.0f}{rates[-1]:>9,.0f}{goal:>8}"


class Listener(Office):
    """An External that takes mail by SMTP."""

    def __init__(self, program: Path, folder: Path):
        super().__init__(program, NORTH, folder)
        self.port = free_port()
        self._create(SETTINGS.format(other=SOUTH, port=self.port, line=free_port()))

    def waiting(self, expected: int) -> int:
        """As the status has it, which is a moment behind."""
        end = time.monotonic() + 10
        while (count := self._waiting()) != expected and time.monotonic() < end:
            time.sleep(0.1)
        return count

    def _waiting(self) -> int:
        return sum(entry["count"] for entry in json.loads(self.external("status", "--json"))["queue"])


def of_external(program: Path, folder: Path, messages: int) -> float:
    listener = Listener(program, folder)
    listener.start()
    try:
        rate = postfix.offered(f"127.0.0.1:{listener.port}", "ann@clinic.north", "bob@hub.south", messages, SIZE)
        waiting = listener.waiting(messages)
    finally:
        listener.stop()
    if waiting != messages:
        raise Trouble(f"{messages} messages were accepted and {waiting} are in the queue")
    return rate


def measured(what: str, folder: Path, one: Callable[[Path], float]) -> list[float]:
    """One run after the other, each in a folder of its own on the same disk."""
    rates = []
    for number in range(RUNS):
        print(f"measuring: {what}, run {number + 1} of {RUNS}", file=sys.stderr)
        place = folder / f"{what}-{number}"
        place.mkdir()
        rates.append(one(place))
        shutil.rmtree(place, ignore_errors=True)
    return rates


def flush_milliseconds(folder: Path) -> float:
    """What the disk itself needs until 4 KB are durable, on the average."""
    file = folder / "flush"
    command = ["dd", "if=/dev/zero", f"of={file}", "bs=4k", "count=200", "oflag=dsync"]
    start = time.monotonic()
    if subprocess.run(command, capture_output=True).returncode != 0:
        raise Trouble(f"dd could not write to {file}")
    return (time.monotonic() - start) / 200 * 1000


def main() -> int:
    arguments = parse()
    folder = Path(tempfile.mkdtemp(prefix="external-bench-smtp-", dir=arguments.folder))
    program = arguments.build / "external"
    try:
        flush = flush_milliseconds(folder)
        rates = measured("External", folder, lambda place: of_external(program, place, arguments.messages))
        rows = [Row("External", rates, GOAL)]
        if arguments.peers:
            few = max(1, arguments.messages // 5)  # it takes longer
            rates = measured("Postfix", folder, lambda place: postfix.accepted_a_second(place, few, SIZE))
            rows.append(Row("Postfix", rates))
    except (Trouble, OSError) as trouble:
        print(f"tests/bench/run smtp: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntests/bench/run smtp: interrupted", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    head = f"accepted a second, {postfix.CLIENTS} clients, {SIZE:,} bytes"
    print(f"{head:44}{'median':>9}{'worst':>9}{'best':>9}{'goal':>8}")
    print("\n".join(row.text() for row in rows))
    print(f"{arguments.messages:,} messages a run; the disk makes 4 KB durable in {flush:.2f} ms")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
