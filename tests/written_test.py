#!/usr/bin/python3
"""What External writes for people: every line is in docs/session-log.md, and no secret is in any.

written_test.py           every text in the sources that goes into Session.log stands in the tables of the page
written_test.py --kept    the same for all lines that the tests of the suite made External write, in whichever
                          form; and no password, telephone number or text of mail is in anything it wrote. They
                          keep it in the folder that EXTERNAL_TEST_WRITTEN names (tests/support/keep_written.h);
                          what holds no fault is removed.
"""

import json
import os
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/session-log.md"

CLASSIC = re.compile(r"(?:\S+ +)?\d\d-\d\d-\d{4} \d\d:\d\d (.*?)(?: \[call [0-9A-Z]{6}\])?")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d \S+ (?:call=[0-9A-Z]{6} )?(.*)")
SKIPPED_TEST = 77


def patterns():
    """The first cells of the tables of lines."""
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith("| line | code |"):
            inside = True
        elif inside and not line.startswith("| ---"):
            yield from re.findall(r"`([^`]+)`", line[2:].split(" | ")[0])


def as_regex(pattern):
    text = re.escape(pattern)
    text = re.sub(r"<[^<>]+>", ".+", text.replace(r"\ ", " "))
    if text.endswith(r"\.\.\."):
        text = text[:-6] + ".*"
    return text


KNOWN = re.compile("|".join("(?:%s)" % as_regex(pattern) for pattern in patterns()))


def is_known(text):
    return KNOWN.fullmatch(text) is not None


# ---- in the sources

STRING = r'"((?:[^"\\]|\\.)*)"'
CALLS = re.compile(r"\b(?:write|write_of_call|note|say)\(")
SOURCES = ["src/engine", "src/sharing", "src/commands/running.cpp", "src/modem", "src/line/port.cpp", "src/log/file_sink.cpp"]
NOT_LOGS = {"line_", "device_", "connection", "stream_", "file_"}


def argument_text(source, begin):
    """What stands between the bracket at `begin` and its end."""
    depth, at = 1, begin
    while depth and at < len(source):
        if source[at] == '"':
            at = re.compile(STRING).match(source, at).end()
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at += 1
    return source[begin:at - 1]


def texts_of(source):
    """Texts written to the log, with {} for what changes."""
    for call in CALLS.finditer(source):
        if re.search(r"(\w+)(?:\.|->)$", source[:call.start()]) and \
                re.search(r"(\w+)(?:\.|->)$", source[:call.start()]).group(1) in NOT_LOGS:
            continue
        arguments = argument_text(source, call.end())
        for literals in re.findall(r'(?:%s\s*)+' % STRING.replace("(", "(?:", 1), arguments):
            text = "".join(re.findall(STRING, literals)).replace(r"\"", '"')
            yield text


def pieces(text):
    """Of a text, what is given."""
    return [piece for piece in re.split(r"\{[^{}]*\}", text) if len(piece.strip()) >= 4]


def stands_in_page(text, known):
    for pattern in known:
        at = 0
        for piece in pieces(text):
            found = pattern.find(piece.strip(), at)
            if found < 0:
                break
            at = found + len(piece.strip())
        else:
            return True
    return False


def texts_of_scripts():
    """What the scripts that come with External display."""
    for path in sorted((ROOT / "samples/scripts").glob("*.MDM")):
        for text in re.findall(r"^\s*display\s+" + STRING, path.read_text(encoding="utf-8"), re.M | re.I):
            yield path, text


def check_sources():
    known = list(patterns())
    unknown = [f"{path.relative_to(ROOT)}: not in docs/session-log.md: {text}"
               for path, text in texts_of_scripts() if not is_known(text)]
    count = 0
    for name in SOURCES:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.glob("*.cpp")) + sorted(path.glob("*.h")):
            for text in texts_of(file.read_text(encoding="utf-8")):
                if not pieces(text):
                    continue
                count += 1
                if not stands_in_page(text, known):
                    unknown.append(f"{file.relative_to(ROOT)}: not in docs/session-log.md: {text}")
    print("\n".join(unknown) or f"{count} texts, all of them in docs/session-log.md")
    return 1 if unknown or count < 40 else 0


# ---- in what the suite wrote


def text_of(line):
    """The text of a line of Session.log; None for what is none."""
    if line.startswith("{"):
        try:
            return json.loads(line).get("text")
        except ValueError:
            return None
    for form in (ISO, CLASSIC):
        match = form.fullmatch(line)
        if match:
            return match.group(1)
    return None


class Unit:
    """What one test wrote."""

    def __init__(self, folder):
        self.name = folder.name
        self.files = [file for file in folder.rglob("*") if file.is_file()]
        self.settings = [file.read_text(errors="replace") for file in self.files if file.name == "external.ini"]

    def written(self):
        for file in self.files:
            if file.name != "external.ini" and file.parent.name != "new":
                yield file, file.read_text(encoding="utf-8", errors="replace")

    def unknown_lines(self):
        for file, content in self.written():
            if file.name == "lines":
                texts = content.splitlines()
            elif file.name.startswith("Session.log") and " started for " in content:
                texts = [text_of(line) for line in content.splitlines()]
            else:
                continue
            for text in texts:
                if text is not None and not is_known(text):
                    yield text

    def given(self, setting):
        for text in self.settings:
            for value in re.findall(rf"^\s*{setting}\s*=\s*(.*)$", text, re.M | re.I):
                yield value.split(";")[0].strip().strip('"')

    def secrets(self):
        """What may stand nowhere."""
        for password in self.given("Password"):
            if len(password) >= 5:
                yield "password", password
        for file in self.files:
            if file.parent.name == "new":
                yield from self.texts_of_mail(file)

    @staticmethod
    def texts_of_mail(file):
        head, _, body = file.read_bytes()[:100_000].replace(b"\r\n", b"\n").partition(b"\n\n")
        subject = re.search(rb"^Subject: (.{8,})$", head, re.M | re.I)
        # What External itself says in notices is no secret.
        if b"multipart/report" in head or b"\nReport" in body:
            return
        if subject:
            yield "subject", subject.group(1).decode("utf-8", "replace").strip()
        for line in body.split(b"\n")[:20]:
            if len(line) >= 16:
                yield "text of a mail", line.decode("utf-8", "replace").strip()

    def leaks(self):
        secrets = set(self.secrets())
        numbers = {re.sub(r"^<\S+\s*", "", phone) for phone in self.given("Phone")}
        for file, content in self.written():
            for kind, secret in secrets:
                if secret and secret in content:
                    yield f"{file.name}: {kind} {secret!r}"
            if re.match(r"(Sent|Recv|Callin|Callout|System)\.log", file.name):
                for number in numbers:
                    if len(number) >= 5 and number in content:
                        yield f"{file.name}: telephone number {number!r}"


def check_written(folder):
    units = [Unit(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    files = sum(len(unit.files) for unit in units)
    faults = sorted({f"not in docs/session-log.md: {line} (of {unit.name})"
                     for unit in units for line in unit.unknown_lines()})
    faults += sorted({f"a secret in {leak}" for unit in units for leak in unit.leaks()})
    print("\n".join(faults) or f"{files} files of {len(units)} tests: every line is known, and no secret in any")
    if not faults:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    if sys.argv[1:] != ["--kept"]:
        sys.exit(check_sources())
    kept = os.environ.get("EXTERNAL_TEST_WRITTEN")
    if not kept:
        print("EXTERNAL_TEST_WRITTEN names no folder; tests/run does")
        sys.exit(SKIPPED_TEST)
    sys.exit(check_written(pathlib.Path(kept)))
