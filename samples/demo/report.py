"""What the demo says at its end."""

from delivery import Mailbox
from exchange import Counters
from mail import NORTH, SOUTH, Mail

BITS_A_BYTE = 10  # on a serial line: start, eight, stop


def table(boxes: dict[str, Mailbox]) -> str:
    used = {address: box for address, box in boxes.items() if box.expected or box.problems}
    width = max(len(address) for address in [*used, "mailbox"])
    rows = [f"{'mailbox':{width}}  expected  arrived       bytes"]
    for address, box in used.items():
        rows.append(f"{address:{width}}  {box.expected:8}  {box.arrived:7}  {box.bytes:10,}")
    expected, arrived, size = (
        sum(getattr(box, what) for box in used.values()) for what in ("expected", "arrived", "bytes")
    )
    rows.append(f"{'all':{width}}  {expected:8}  {arrived:7}  {size:10,}")
    return "\n".join(rows)


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
    (there, there_bytes), (back, back_bytes) = loads[NORTH], loads[SOUTH]
    calls = "1 call" if counters.calls == 1 else f"{counters.calls} calls"
    share = {name: efficiency(size, rate, counters.seconds) for name, (_, size) in loads.items()}
    both = efficiency(there_bytes + back_bytes, 2 * rate, counters.seconds)
    return "\n".join(
        (
            f"{calls}, {counters.seconds:.1f} s on a line of {rate:,} bps each way",
            f"{NORTH} -> {SOUTH}: {there:4} messages, {there_bytes:9,} bytes of mail in {counters.sent:9,} on the line,"
            f" efficiency {share[NORTH]:6.1%}",
            f"{SOUTH} -> {NORTH}: {back:4} messages, {back_bytes:9,} bytes of mail in {counters.received:9,} on the line,"
            f" efficiency {share[SOUTH]:6.1%}",
            f"Line efficiency (bytes of mail x 10 / (bits per second x seconds on the line)): {max(share.values()):.1%}"
            f" in the fuller direction, {both:.1%} of both",
        )
    )
