"""Looks into the mailboxes: has every message arrived, once, and byte for byte?"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from mail import Mail, office_of

# What External writes on top of a message when it puts it into a mailbox.
TRACE = re.compile(
    rb"Return-Path: <[^\r\n]*>\r?\n"
    rb"Delivered-To: [^\r\n]+\r?\n"
    rb"(?:Received: [^\r\n]+\r?\n(?:[ \t][^\r\n]*\r?\n)*)+"
)
# A message without any header gets the least that mail programs need.
MISSING_HEADER = re.compile(rb"(?:(?:From|To|Date|Message-ID): [^\r\n]+\r?\n(?:[ \t][^\r\n]*\r?\n)*)+\r?\n")
HAS_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
KEY = re.compile(rb"\bid ([0-9a-f]{20,}@[A-Z0-9_/-]+)")


@dataclass
class Mailbox:
    """What was sent to one mailbox and what lies in it."""

    expected: int = 0
    arrived: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def folder_of(mail_folders: dict[str, Path], address: str) -> Path:
    return mail_folders[office_of(address)] / address.rpartition("/")[2]


def files_in(maildir: Path) -> list[Path]:
    return sorted(file for part in ("new", "cur") if (maildir / part).is_dir() for file in (maildir / part).iterdir())


class Watch:
    """A quick look at what has come, while more is coming. Every file is opened once."""

    def __init__(self, queued: dict[str, Mail], mail_folders: dict[str, Path]):
        self._queued = queued
        self._folders = mail_folders
        self._known: set[Path] = set()
        self.expected = sum(len(mail.recipients) for mail in queued.values())
        self.arrived = 0

    def look(self) -> list[str]:
        """Counts what has arrived. Returns what came that nobody sent: notices that mail could not be delivered."""
        strangers = []
        for folder in self._folders.values():
            for file in {file for maildir in folder.iterdir() for file in files_in(maildir)} - self._known:
                self._known.add(file)
                with file.open("rb") as stream:
                    head = stream.read(4096)
                if key_of(head) in self._queued:
                    self.arrived += 1
                else:
                    strangers.append(f"{file}: {subject_of(head)}")
        return strangers


def check(queued: dict[str, Mail], mail_folders: dict[str, Path]) -> dict[str, Mailbox]:
    """Compares every mailbox of both post offices with what was sent. Mailboxes nobody wrote to must be empty."""
    expected: dict[str, dict[str, Mail]] = defaultdict(dict)
    for office, folder in mail_folders.items():
        for maildir in sorted(folder.iterdir()):
            expected[f"{office}/{maildir.name}"] = {}
    for key, mail in queued.items():
        for recipient in mail.recipients:
            expected[recipient][key] = mail
    return {
        address: check_mailbox(files_in(folder_of(mail_folders, address)), mails)
        for address, mails in sorted(expected.items())
    }


def problems_of(boxes: dict[str, Mailbox]) -> list[str]:
    """All that is wrong; a message that is missing in many mailboxes is one line."""
    missing: dict[str, list[str]] = defaultdict(list)
    for address, box in boxes.items():
        for message in box.missing:
            missing[message].append(address)
    problems = [problem for box in boxes.values() for problem in box.problems]
    for message, addresses in missing.items():
        more = f" and {len(addresses) - 1} more mailboxes" if len(addresses) > 1 else ""
        problems.append(f"missing in {addresses[0]}{more}: {message}")
    return problems


def check_mailbox(files: list[Path], mails: dict[str, Mail]) -> Mailbox:
    box = Mailbox(expected=len(mails))
    seen: set[str] = set()
    for file in files:
        content = file.read_bytes()
        key = key_of(content)
        if key not in mails:
            box.problems.append(f"{file} was not sent here: {subject_of(content)}")
        elif key in seen:
            box.problems.append(f"{file}: {mails[key].file.name} a second time")
        elif (problem := difference(content, mails[key].file.read_bytes())) is not None:
            box.problems.append(f"{file} differs from {mails[key].file}: {problem}")
        else:
            box.arrived += 1
            box.bytes += mails[key].size
        seen.add(key)
    box.missing = [f"{mail.file} ({key})" for key, mail in mails.items() if key not in seen]
    return box


def key_of(content: bytes) -> str:
    trace = TRACE.match(content)
    key = KEY.search(trace.group()) if trace else None
    return key.group(1).decode() if key else ""


def subject_of(content: bytes) -> str:
    subject = re.search(rb"^Subject: ?([^\r\n]*)", content, re.MULTILINE)
    return subject.group(1).decode(errors="replace") if subject else "no subject"


def difference(content: bytes, sent: bytes) -> str | None:
    """Why this file in a mailbox is not the message that was sent, or None if it is."""
    if not content.endswith(sent):
        return f"its last {len(sent)} bytes are others"
    above = content[: len(content) - len(sent)]
    if TRACE.fullmatch(above):
        return None
    trace = TRACE.match(above)
    if trace and sent and not HAS_HEADER.match(sent) and MISSING_HEADER.fullmatch(above[trace.end() :]):
        return None
    return "above it stands more than the trace headers"
