"""Measures External on simulated lines and prints one table. Started by tests/bench/run."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "samples" / "demo"))  # its eyes: what is called byte for byte there is so here

import table
from line import LINES, Trouble
from plan import Plan
from town import Programs

KINDS = "a,m,b,c,h,e,s,d,u,f,i"


def main() -> int:
    arguments = parse()
    programs = Programs(arguments.build / "external", arguments.build / "phonenet")
    folder = Path(tempfile.mkdtemp(prefix="external-bench-"))
    if arguments.peers:
        folder.chmod(0o711)  # uucico works as the user uucp
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    plan = Plan(programs, folder, arguments)
    try:
        results = plan.run()
    except KeyboardInterrupt:
        print(f"\ntests/bench/run: interrupted; what there was lies in {folder}", file=sys.stderr)
        return 130
    except Trouble as trouble:
        print(f"tests/bench/run: {trouble}", file=sys.stderr)
        return 1
    print(table.render([LINES[name] for name in arguments.line], results))
    if arguments.json:
        arguments.json.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n")
    return conclude(results, folder)


def conclude(results, folder: Path) -> int:
    """What others lose is told, but is not our failure."""
    for result in results:
        for problem in result.problems[:3]:
            print(f"{result.line} ({result.kind}) {result.who}, seed {result.seed}: {problem}", file=sys.stderr)
    if any(result.problems for result in results if result.who == table.WHO):
        print(f"tests/bench/run: not all arrived whole; logs and mail lie in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--only", type=choice(KINDS), default=KINDS.split(","))
    parser.add_argument("--line", type=choice(",".join(LINES)), default=list(LINES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--mail", type=Path)
    parser.add_argument("--workload", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=24)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--peers", action="store_true")
    return parser.parse_args()


def choice(known: str):
    def parse_words(text: str) -> list[str]:
        words = text.split(",")
        for word in words:
            if word not in known.split(","):
                raise argparse.ArgumentTypeError(f"'{word}' is none of {known}")
        return words

    return parse_words


def interrupt(_number, _frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
