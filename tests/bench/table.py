"""The one table at the end: plain text, 100 columns."""

import statistics
from collections.abc import Iterable

from line import Line
from measure import WHO
from reference import GOALS, REFERENCES, Reference
from result import Result

WIDTH = 100
ORDER = "ambchesdufgi"
NAME = 27
HEAD = f"   {'':{NAME}}{'figure':>13}{'worst':>9}{'goal':>9}{'seconds':>9}{'bytes there':>12}{'and back':>10}  whole"


def render(lines: Iterable[Line], results: list[Result]) -> str:
    blocks = [block(line.name, line.title, results) for line in lines]
    if any(result.line == "tcp" for result in results):
        blocks.append(block("tcp", "loopback TCP, both post offices on this computer", results))
    return "\n\n".join(part for part in blocks if part) + "\n\n" + LEGEND


def block(line: str, title: str, results: list[Result]) -> str:
    mine = [result for result in results if result.line == line]
    if not mine:
        return ""
    rows = [f"{line}: {title}", HEAD]
    for kind in sorted({result.kind for result in mine}, key=ORDER.index):
        of_kind = [result for result in mine if result.kind == kind]
        rows += section(line, kind, of_kind, figure_of(mine, "a"), figure_of(mine, "c"))
    return "\n".join(rows)


def section(
    line: str, kind: str, results: list[Result], alone_figure: float | None, both_ways: float | None
) -> list[str]:
    rows = [f"({kind}) {results[0].title}{payload(results[0])}"]
    for who in sorted({result.who for result in results}, key=lambda who: (who != WHO, who)):
        runs = [result for result in results if result.who == who]
        rows.append(row(runs, GOALS.get((line, kind)) if who == WHO and kind != "c" else None))
        notes = [run.note for run in runs if run.note]
        if who == WHO and kind == "e" and runs[0].details:
            notes.append(moments(runs))
        rows += [f"     {note}" for note in notes]
        if who == WHO and kind == "c" and alone_figure and runs[0].figure is not None:
            share = median(runs).figure / alone_figure
            wanted = goal(GOALS.get((line, kind)), "")
            rows.append(f"   {'  of what (a) reaches alone':{NAME}}{share:>13.3f}{'':9}{wanted:>9}")
        if who == WHO and kind == "h" and both_ways and runs[0].figure is not None:
            share = both_ways / median(runs).figure
            rows.append(f"   {'  of this (c) reaches each way':{NAME}}{share:>13.3f}")
    unit = results[0].unit
    rows += [reference(other, unit) for other in REFERENCES.get((line, kind), ())]
    return rows


def row(runs: list[Result], wanted: float | None) -> str:
    measured = [run for run in runs if run.figure is not None]
    faults = sum(1 for run in runs if run.problems)
    whole = "yes" if not faults else f"NO {faults}/{len(runs)}"
    name = runs[0].who + (f", {len(runs)} runs" if len(runs) > 1 else "")
    if not measured:
        return f"   {name:{NAME}}{'none':>13}{'':49}  {whole}"
    middle = median(measured)
    last = figure(worst(measured), middle.unit) if len(measured) > 1 else ""
    return (
        f"   {name:{NAME}}{figure(middle.figure, middle.unit):>13}{last:>9}"
        f"{goal(wanted, middle.unit):>9}{middle.seconds:>9.2f}{middle.sent:>12,}{middle.received:>10,}  {whole}"
    )


def moments(runs: list[Result]) -> str:
    """Where the time of an empty call goes at the ends."""
    first, lag = (statistics.median(run.details[what] for run in runs) for what in ("first_sent", "hang_up_lag"))
    return f"the caller's first byte {first:.2f} s after CONNECT, hang-up {lag:.2f} s after the last byte was sent"


def reference(other: Reference, unit: str) -> str:
    return f"   {other.who + ' *':{NAME}}{figure(other.figure, unit):>13}"


def figure(value: float, unit: str) -> str:
    if unit in ("bytes", "/s"):
        return f"{value:,.0f} {unit}"
    if unit:
        return f"{value:.2f} {unit}"
    return f"{value:.3f}"


def goal(wanted: float | None, unit: str) -> str:
    if wanted is None:
        return ""
    return f"{wanted:,.0f}" if wanted > 100 else f"{wanted:g}"


def payload(result: Result) -> str:
    return f", {result.payload:,} bytes" if result.payload else ""


def median(runs: list[Result]) -> Result:
    value = statistics.median_low(run.figure for run in runs)
    return next(run for run in runs if run.figure == value)


def worst(runs: list[Result]) -> float:
    """The lowest efficiency or rate, the longest time, the most bytes."""
    higher_is_better = runs[0].unit in ("", "/s", "MB/s")
    return (min if higher_is_better else max)(run.figure for run in runs)


def figure_of(results: list[Result], kind: str) -> float | None:
    """Each way at once is compared with one way alone, of the same run."""
    runs = [result for result in results if result.kind == kind and result.who == WHO and result.figure is not None]
    return median(runs).figure if runs else None


LEGEND = """\
Efficiency = bytes of the messages x 10 / (bits per second x seconds from the first byte on the line
to hang-up); for (c) of both directions. Above 1: compression won. Of several runs: the median, and
the worst. whole: all messages arrived, once, byte for byte. * measured earlier, not in this run."""
