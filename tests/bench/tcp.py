"""Two post offices over loopback TCP: how fast, if the line is no limit.

Runs alone, since the computer is the limit."""

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from line import Trouble
from measure import WHO
from office import NORTH, SOUTH, Office
from result import Result
from workloads import Workloads

LINE = "tcp"
MEGABYTE = 1_000_000
LONGEST = 600


@dataclass(frozen=True)
class Amounts:
    messages: int = 20_000
    megabytes: int = 1000  # of the large one


def measure(program: Path, folder: Path, workloads: Workloads, amounts: Amounts) -> list[Result]:
    results = []
    for kind in "fg":
        place = folder / f"tcp-{kind}"
        try:
            results.append(move(program, place, kind, files_for(kind, workloads, amounts)))
        except Trouble as trouble:
            results.append(Result(LINE, kind, WHO, problems=[str(trouble)], title=titles(kind)))
    return results


def files_for(kind: str, workloads: Workloads, amounts: Amounts) -> list[Path]:
    if kind == "f":
        return list(workloads.many(amounts.messages))
    return [workloads.huge(amounts.megabytes * MEGABYTE)]


def titles(kind: str) -> str:
    return "mails of 4 KB, durable at both ends" if kind == "f" else "one mail of random bytes"


def move(program: Path, folder: Path, kind: str, files: list[Path]) -> Result:
    """The time is that of the call with mail less that of one without: the program's start is no part of it."""
    north, south = Office(program, NORTH, folder / "north"), Office(program, SOUTH, folder / "south")
    folder.mkdir(parents=True)
    port = free_port()
    for office in (north, south):
        office.create_on_tcp(port)
    south.start()
    try:
        empty = timed_call(north)
        sent = north.submit(files)
        seconds = timed_call(north) - empty
        south.wait_for_mail(len(files), LONGEST)
    finally:
        south.stop()
    result = Result(LINE, kind, WHO, seconds=seconds, title=titles(kind))
    result.payload = sum(file.stat().st_size for file in files)
    if kind == "f":
        result.title = f"{len(files):,} {result.title}"
        result.figure = len(files) / seconds
    else:
        result.figure = result.payload / seconds / MEGABYTE
    written = disk_speed(folder / "dd.out", result.payload)
    result.details = {"disk_megabytes_a_second": written, "megabytes_a_second": result.payload / seconds / MEGABYTE}
    result.note = f"{result.details['megabytes_a_second']:.1f} MB/s; dd conv=fsync writes {written:.0f} MB/s here"
    result.problems = south.problems_with(sent)
    if not result.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def timed_call(office: Office) -> float:
    start = time.monotonic()
    office.call_and_wait(LONGEST)
    return time.monotonic() - start


def disk_speed(file: Path, size: int) -> float:
    """Megabytes a second, durable at the end, as dd writes them."""
    blocks = max(1, size // (1 << 20))
    start = time.monotonic()
    command = ["dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={blocks}", "conv=fsync"]
    if subprocess.run(command, capture_output=True).returncode != 0:
        raise Trouble(f"dd could not write {blocks} MB to {file}")
    seconds = time.monotonic() - start
    file.unlink()
    return blocks * (1 << 20) / seconds / MEGABYTE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
