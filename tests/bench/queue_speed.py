"""Measures the queue and prints one table. Started by tests/bench/run queue."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "samples" / "demo"))

import postfix
import queue_parts
from line import Trouble
from queue_parts import Row

NAME = 46
PARTS = "accept,send,large,look"


def main() -> int:
    arguments = parse()
    folder = Path(tempfile.mkdtemp(prefix="external-bench-queue-"))
    rows: list[Row] = []
    try:
        for title, part in parts(arguments, folder):
            print(f"measuring: {title}", file=sys.stderr)
            rows += attempt(title, part)
    except KeyboardInterrupt:
        print("\ntests/bench/run queue: interrupted", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(render(rows))
    problems = [f"{row.what}: {row.problem}" for row in rows if row.problem]
    for problem in problems:
        print(f"tests/bench/run queue: {problem}", file=sys.stderr)
    return 1 if problems else 0


def parts(arguments: argparse.Namespace, folder: Path) -> list[tuple[str, Callable[[], list[Row]]]]:
    program = arguments.build / "tests" / queue_parts.PROGRAM
    external = arguments.build / "external"
    known = {
        "accept": ("accepting", lambda: queue_parts.accepting(program)),
        "send": ("ten processes", lambda: queue_parts.sending(external, folder / "send", arguments.messages // 100)),
        "large": ("a large message", lambda: queue_parts.large(external, folder / "large", arguments.megabytes)),
        "look": ("a million messages", lambda: queue_parts.looking(program)),
    }
    wanted = [known[word] for word in arguments.only.split(",")]
    if arguments.peers:
        wanted += [
            ("SQLite alone", lambda: queue_parts.sqlite_alone(folder / "sqlite", arguments.messages)),
            ("Postfix", lambda: of_postfix(folder / "postfix", arguments.messages)),
        ]
    return wanted


def of_postfix(folder: Path, messages: int) -> list[Row]:
    rate = postfix.accepted_a_second(folder, messages, queue_parts.SIZE)
    return [Row(f"Postfix, smtp-source with {postfix.CLIENTS} clients", f"{rate:,.0f} /s")]


def attempt(title: str, part: Callable[[], list[Row]]) -> list[Row]:
    """One that fails does not keep the others from being measured."""
    try:
        return part()
    except (Trouble, OSError) as trouble:
        return [Row(title, "none", problem=str(trouble))]


def render(rows: list[Row]) -> str:
    lines = [f"{'messages of 4 KB, durable':{NAME}}{'figure':>13}{'goal':>8}"]
    lines += [f"{row.what:{NAME}}{row.figure:>13}{row.goal:>8}  {row.note}".rstrip() for row in rows]
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--only", default=PARTS)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--peers", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
