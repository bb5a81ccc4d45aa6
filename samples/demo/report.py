"""What the demo says at its end."""

import itertools
from dataclasses import dataclass

from delivery import Mailbox
from exchange import Counters
from mail import NORTH, SOUTH, Mail

BITS_A_BYTE = 10  # on a serial line: start, eight, stop


@dataclass(frozen=True)
class Row:
    name: str
    expected: int
    arrived: int
    bytes: int

    def text(self, width: int) -> str:
        return f"{self.name:{width}}  {self.expected:8}  {self.arrived:7}  {self.bytes:11,}"


def table(boxes: dict[str, Mailbox]) -> str:
    """Copies of messages, by mailbox."""
    rows = [
        Row(address, box.expected, box.arrived, box.bytes)
        for address, box in boxes.items()
        if box.expected or box.problems
    ]
    total = sum_of("all", rows)
    rows = [row for _, run in itertools.groupby(rows, series) for row in folded(list(run))]
    width = max(len(row.name) for row in [*rows, total])
    head = f"{'mailbox':{width}}  expected  arrived        bytes"
    return "\n".join([head, *(row.text(width) for row in rows), total.text(width)])


def sum_of(name: str, rows: list[Row]) -> Row:
    return Row(name, *(sum(getattr(row, what) for row in rows) for what in ("expected", "arrived", "bytes")))


def series(row: Row) -> tuple[str, int, int]:
    """The same for mailboxes that differ in a number at the end of their names only: WARD01, WARD02."""
    return row.name.rstrip("0123456789"), row.expected, row.arrived


def folded(rows: list[Row]) -> list[Row]:
    if len(rows) < 4:
        return rows
    last = rows[-1].name.rpartition("/")[2]
    return [sum_of(f"{rows[0].name} to {last}", rows)]


def over_the_line(queued: dict[str, Mail]) -> dict[str, tuple[int, int]]:
    """Messages and bytes that cross the line, by the post office they leave; one with many recipients once."""
    result = {}
    for office in (NORTH, SOUTH):
        sizes = [mail.size for mail in queued.values() if mail.home == office and mail.crosses_line]
        result[office] = (len(sizes), sum(sizes))
    return result


def efficiency(payload: int, rate: int, seconds: float) -> float:
    return payload * BITS_A_BYTE / (rate * seconds) if seconds > 0 else 0


def call(queued: dict[str, Mail], counters: Counters, rate: int) -> str:
    """`counters` are those of the line of NORTH."""
    loads = over_the_line(queued)
    on_line = {NORTH: counters.sent, SOUTH: counters.received}
    lines = [
        f"{counters.calls} call{'' if counters.calls == 1 else 's'}, {counters.seconds:.1f} s on a line of {rate:,} bps",
        "",
        f"{'from':12}  messages  bytes of mail  bytes on the line  efficiency",
    ]
    for office, (count, size) in loads.items():
        share = efficiency(size, rate, counters.seconds)
        lines.append(f"{office:12}  {count:8}  {size:13,}  {on_line[office]:17,}  {share:10.1%}")
    fuller = efficiency(max(size for _, size in loads.values()), rate, counters.seconds)
    both = efficiency(sum(size for _, size in loads.values()), 2 * rate, counters.seconds)
    lines += [
        "",
        f"Line efficiency {fuller:.1%} in the fuller direction, {both:.1%} of both together"
        " (bytes of mail x 10 / (bits per second x seconds on the line))",
    ]
    return "\n".join(lines)
