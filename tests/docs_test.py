"""Every test that the documentation names exists."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["docs/defects-cured.md", "docs/fault-matrix.md"]


def tests():
    names = set()
    for folder in ("tests", "mailqueue/tests"):
        for source in (ROOT / folder).rglob("*.cpp"):
            for suite, name in re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", source.read_text(), re.M):
                names.add(f"{suite}.{name}")
    return names


def named():
    for page in PAGES:
        for name in re.findall(r"`((?:Defect|FaultMatrix)\.\w+)`", (ROOT / page).read_text()):
            yield page, name


def main():
    known = tests()
    missing = [f"{page}: no test {name}" for page, name in named() if name not in known]
    print("\n".join(missing) or f"{len(list(named()))} tests named, all of them there")
    return 1 if missing else 0


sys.exit(main())
