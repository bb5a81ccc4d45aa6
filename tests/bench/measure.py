"""The measurements on a telephone line: each makes its own town and returns what it found."""

import time
from collections.abc import Callable
from pathlib import Path

from line import Call, Line, Trouble
from office import end
from result import Result, efficiency
from town import Programs, Town
from workloads import Load

WHO = "External"
FREE = 60  # seconds that a call may take beside its bytes


def longest(load: Load, line: Line) -> float:
    """Seconds after which a call is given up: at a fifth of what an idle line could do."""
    return FREE + 5 * efficiency(load.bytes, line.rate, 1.0)


def transfer(programs: Programs, folder: Path, line: Line, load: Load) -> Result:
    """All messages wait before the call; one call moves them."""
    with Town(programs, folder, line) as town:
        from_north, from_south = town.north.submit(load.north), town.south.submit(load.south)
        town.south.start()
        town.north.call_and_wait(longest(load, line))
        call = town.exchange.finished_call()
        result = of_call(line, load, call)
        result.problems = town.compare(from_north, from_south)
        return result


def of_call(line: Line, load: Load, call: Call) -> Result:
    result = Result(line.name, load.kind, WHO, None, call.line_seconds, call.sent, call.received, load.bytes)
    result.seed, result.title = line.seed, load.title
    result.details = {"hang_up_lag": call.hang_up_lag, "first_sent": call.first_sent or 0.0}
    if load.kind in "es":
        result.figure = call.line_seconds
    else:
        directions = 2 if load.south else 1
        result.figure = efficiency(load.bytes, directions * line.rate, call.line_seconds)
    return result


def drop(programs: Programs, folder: Path, line: Line, load: Load) -> Result:
    """The figure: bytes on the line in both calls together beyond those of one call that nobody disturbed."""
    undisturbed = transfer(programs, folder / "whole", line, load)
    empty = transfer(programs, folder / "empty", line, Load("e"))
    with Town(programs, folder / "dropped", line) as town:
        sent = town.north.submit(load.north)
        town.south.start()
        first = dropped_call(town, load.bytes // 2)
        wait_until(lambda: town.south.line_state() == "LISTENING", 60, "the line of south has not recovered from the drop")
        town.north.call_and_wait(longest(load, line))
        second = town.exchange.finished_call()
        result = of_call(line, load, second)
        result.figure = first.sent + second.sent - undisturbed.sent - empty.sent
        result.sent, result.received = first.sent + second.sent, first.received + second.received
        result.problems = undisturbed.problems + empty.problems + town.compare(sent, {})
        return result


def dropped_call(town: Town, after: int) -> Call:
    call = town.north.call()
    try:
        wait_until(lambda: sent_in(town) >= after, FREE + 5 * efficiency(after, town.line.rate, 1.0), "half never came")
        town.exchange.control("drop", "north")
        return town.exchange.finished_call()
    finally:
        wait_or_end(call, 30)


def sent_in(town: Town) -> int:
    call = town.exchange.last_call()
    return call.sent if call else 0


def urgent(programs: Programs, folder: Path, line: Line, load: Load, mail: Path) -> Result:
    """The figure: seconds from the end of `external send` to the message in its mailbox."""
    with Town(programs, folder, line) as town:
        town.north.submit(load.north)
        town.south.start()
        call = town.north.call()
        try:
            wait_until(lambda: sent_in(town) > 5 * line.rate // 10, FREE, "the transfer never began")
            sent = town.north.submit([mail], "urgent")
            queued = time.monotonic()
            wait_until(lambda: town.south.arrived(), FREE, "the urgent message has not come within a minute")
            seconds = time.monotonic() - queued
        finally:
            end(call)
        result = Result(line.name, load.kind, WHO, seconds, seconds, title=load.title)
        result.payload = mail.stat().st_size
        result.problems = town.problems = town.south.problems_with(sent)
        return result


def wait_until(condition: Callable[[], object], within: float, otherwise: str) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise Trouble(otherwise)
        time.sleep(0.02)


def wait_or_end(process, within: float) -> None:
    deadline = time.monotonic() + within
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is None:
        end(process)
