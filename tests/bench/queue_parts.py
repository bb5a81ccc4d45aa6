"""The parts of the measurement of the queue; each returns rows of its table."""

import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from line import Trouble
from office import MAILBOX, NORTH, SOUTH, Office
from tcp import free_port
from workloads import Workloads

PROGRAM = "bench_mailqueue"
SIZE = 4096
PROCESSES = 10
LOOKS = {
    "pick_50": "pick 50 messages of two post offices",
    "pick_low_10": "pick 10 of low priority",
    "due": "what is due, 20 post offices",
    "list_50": "list 50 messages",
    "list_office_50": "list 50 for one post office",
    "totals": "totals",
}
FEW, MANY = 1_000, 1_000_000
LONGEST = 1800


@dataclass
class Row:
    what: str
    figure: str
    goal: str = ""
    note: str = ""
    problem: str = ""


def benchmark(program: Path, pattern: str, *options: str) -> dict[str, dict]:
    """What Google Benchmark measured, by name."""
    command = [program, f"--benchmark_filter={pattern}", "--benchmark_format=json", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"{program.name} ended with code {done.returncode}: {done.stderr.strip()[-200:]}")
    return {found["name"]: found for found in json.loads(done.stdout)["benchmarks"]}


def accepting(program: Path) -> list[Row]:
    found = benchmark(program, "^accept_together/|^accept/64")
    rows = []
    for name, measured in found.items():
        arguments = name.split("/")
        threads = int(arguments[1])
        what = "accept, one thread, batches of 64"
        if arguments[0] == "accept_together":
            what = f"accept, {threads} thread{'s' if threads > 1 else ''}, each waiting for its message"
        goal = "10,000" if what.startswith("accept, 10") else ""
        rows.append(Row(what, f"{measured['per_second']:,.0f} /s", goal, f"{measured['cpu_us']:.0f} us of processor"))
    return rows


def looking(program: Path) -> list[Row]:
    found = benchmark(program, "^look/", "--benchmark_min_time=0.2")
    rows = []
    for key, title in LOOKS.items():
        few, many = (found[f"look/{key}/{size}"] for size in (FEW, MANY))
        ratio = many["cpu_time"] / few["cpu_time"]
        note = f"{few['cpu_us']:.0f} us beside {FEW:,}, {many['cpu_us']:.0f} us beside {MANY:,}"
        rows.append(Row(f"{title}", f"{ratio:.2f} x", "2", note))
    peak = max(measured["peak_mb"] for measured in found.values())
    rows.append(Row(f"memory of the process with {MANY:,} messages", f"{peak:.0f} MB"))
    return rows


def sending(external: Path, folder: Path, each: int) -> list[Row]:
    """Ten processes at once, one after the other in ten rows: each opens the queue, accepts and ends."""
    office = Office(external, NORTH, folder / "north")
    folder.mkdir(parents=True)
    office.create_on_tcp(free_port())
    mail = folder / "mail.eml"
    mail.write_bytes(b"Subject: bench\n\n" + b"x" * (SIZE - 16))
    longest: list[float] = []
    failures: list[str] = []

    def one_after_the_other() -> None:
        for _ in range(each):
            start = time.monotonic()
            try:
                office.external("send", "--from", MAILBOX, "--to", f"{SOUTH}/{MAILBOX}", "--quiet", str(mail))
            except Trouble as trouble:
                failures.append(str(trouble))
            longest.append(time.monotonic() - start)

    rows = [threading.Thread(target=one_after_the_other) for _ in range(PROCESSES)]
    start = time.monotonic()
    for row in rows:
        row.start()
    for row in rows:
        row.join()
    seconds = time.monotonic() - start
    queued = json.loads(office.external("queue", "--json"))["totals"]["messages"]
    problem = failures[0] if failures else ""
    if queued != PROCESSES * each:
        problem = problem or f"{queued} of {PROCESSES * each} are in the queue"
    return [
        Row(
            f"external send, {PROCESSES} processes at once",
            f"{PROCESSES * each / seconds:,.0f} /s",
            "",
            f"the longest took {max(longest):.2f} s, {len(failures)} failed",
            problem,
        )
    ]


def large(external: Path, folder: Path, megabytes: int) -> list[Row]:
    """One message through `external send`, a queue, a call over TCP, a queue and a mailbox: the memory of each."""
    folder.mkdir(parents=True)
    (folder / "workloads").mkdir()
    file = Workloads(folder / "workloads", None, None).huge(megabytes * 1_000_000)
    north, south = Office(external, NORTH, folder / "north"), Office(external, SOUTH, folder / "south")
    port = free_port()
    for office in (north, south):
        office.create_on_tcp(port)
    south.start()
    try:
        start = time.monotonic()
        to = f"{north.other}/{MAILBOX}"
        peaks = {
            "send": peak_of(north, "send", "--quiet", "--from", MAILBOX, "--to", to, str(file)),
            "caller": peak_of(north, "call", north.other),
        }
        south.wait_for_mail(1, LONGEST)
        seconds = time.monotonic() - start
        peaks["answerer"] = peak(south.pid)
    finally:
        south.stop()
    whole = [path.stat().st_size >= file.stat().st_size for path in south.arrived()] == [True]
    note = ", ".join(f"{who} {size:.0f} MB" for who, size in peaks.items()) + f"; {seconds:.0f} s"
    problem = "" if whole else "it did not arrive"
    if max(peaks.values()) >= 64:
        problem = problem or "more than 64 MB of memory"
    return [Row(f"memory at most for a message of {megabytes:,} MB", f"{max(peaks.values()):.0f} MB", "64", note, problem)]


def peak_of(office: Office, *arguments: str) -> float:
    """Megabytes that a command took at most."""
    command = [office.program, "--config", office.folder / "external.ini", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        raise Trouble(f"external {arguments[0]} ended with code {process.returncode}")
    return used.ru_maxrss / 1024


def peak(process: int) -> float:
    """Megabytes, as the kernel has counted them since it began."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise Trouble("the kernel does not tell the memory of a process")


def sqlite_alone(folder: Path, messages: int) -> list[Row]:
    """What the disk and the database allow: one table, batches of 100, as durable as the queue."""
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "alone.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, bytes BLOB)")
    content = random.Random(1).randbytes(SIZE)
    start = time.monotonic()
    for _ in range(messages // 100):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO message (bytes) VALUES (?)", ((content,) for _ in range(100)))
        connection.execute("COMMIT")
    seconds = time.monotonic() - start
    connection.close()
    return [Row("SQLite alone, one table, batches of 100", f"{messages / seconds:,.0f} /s")]
