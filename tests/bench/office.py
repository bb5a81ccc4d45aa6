"""One post office of a measurement: its folder, its settings, its External."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import delivery
from line import Trouble
from mail import Mail

NORTH = "NORTH/CLINIC"
SOUTH = "SOUTH/HUB"
MAILBOX = "DESK"
PASSWORD = "measured with authentication"
KEY = re.compile(r"[0-9a-f]{20,}@[A-Z0-9_/-]+")
FILES_AT_ONCE = 200

GENERAL = """\
[External]
HomePO     = {home}
LogSession = log/Session.log
UsefulLife = 2d

"""
ON_A_MODEM = """\
[External-Line1]
AsyncCommPort = {port}
AsyncSpeed    = {speed}
CommScript    = GENERIC
LockFolder    = lock
{rules}
[PostOffice {other}]
Phone    = {phone}
Instance = Line1
Password = "{password}"
"""
ON_TCP = """\
[External-Line1]
CommType = Tcp
{rules}
[PostOffice {other}]
{way}Instance = Line1
Password = "{password}"
"""


class Office:
    def __init__(self, program: Path, name: str, folder: Path):
        self.program = program
        self.name = name
        self.folder = folder
        self.session_log = folder / "log" / "Session.log"
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def other(self) -> str:
        return SOUTH if self.name == NORTH else NORTH

    @property
    def maildir(self) -> Path:
        return self.folder / "mail" / MAILBOX

    def create_on_modem(self, port: Path, speed: int, phone: str) -> None:
        """South only answers, so that all happens in the call that north makes."""
        rules = "CommInOnly    = yes\n" if self.name == SOUTH else ""
        self._create(
            ON_A_MODEM.format(
                port=port, speed=speed, rules=rules, other=self.other, phone=phone, password=PASSWORD
            )
        )

    def create_on_tcp(self, port: int) -> None:
        here = f"127.0.0.1:{port}"
        answers = self.name == SOUTH
        rules = f"Listen   = {here}\nCommInOnly = yes\n" if answers else ""
        way = "" if answers else f"Address  = {here}\n"
        self._create(ON_TCP.format(rules=rules, way=way, other=self.other, password=PASSWORD))

    def submit(self, files: Iterable[Path], priority: str = "normal") -> dict[str, Mail]:
        """Queues each file as a message for the other side. Returns them by the keys that they were given."""
        files = list(files)
        recipient = f"{self.other}/{MAILBOX}"
        queued: dict[str, Mail] = {}
        for start in range(0, len(files), FILES_AT_ONCE):
            part = files[start : start + FILES_AT_ONCE]
            options = ["--from", MAILBOX, "--to", recipient, "--priority", priority]
            keys = KEY.findall(self.external("send", *options, *(str(file) for file in part)))
            if len(keys) != len(part):
                raise Trouble(f"external send took {len(part)} files and named {len(keys)} keys")
            mails = (Mail(file, f"{self.name}/{MAILBOX}", (recipient,), priority) for file in part)
            queued |= zip(keys, mails)
        return queued

    def start(self) -> None:
        """Returns when the line is ready to be called."""
        with (self.folder / "external.out").open("wb") as output:
            self._process = subprocess.Popen(
                [self.program, "--config", self.folder / "external.ini", "run", "--service"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while self.line_state() != "LISTENING":
            if self._process.poll() is not None:
                said = (self.folder / "external.out").read_text(errors="replace").strip()
                raise Trouble(f"the External of {self.name} ended with code {self._process.returncode}: {said}")
            if time.monotonic() > deadline:
                raise Trouble(f"the line of {self.name} is not ready after 60 s: {self.line_state()}")
            time.sleep(0.1)

    def line_state(self) -> str:
        lines = json.loads(self.external("status", "--json"))["lines"]
        return lines[0]["state"] if lines else "Starting"

    def call(self) -> subprocess.Popen:
        """`external call`, which goes on by itself; see call_ended."""
        with (self.folder / "call.out").open("ab") as output:
            return subprocess.Popen(
                [self.program, "--config", self.folder / "external.ini", "call", self.other],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def call_and_wait(self, limit: float) -> None:
        """Raises Trouble when the call does not end well within `limit` seconds."""
        call = self.call()
        try:
            code = call.wait(limit)
        except subprocess.TimeoutExpired:
            end(call)
            raise Trouble(f"the call has not ended after {limit:.0f} s") from None
        if code != 0:
            raise Trouble(f"external call ended with code {code}: {self.last_words()}")

    def last_words(self) -> str:
        text = (self.folder / "call.out").read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "it said nothing"

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)

    def arrived(self) -> list[Path]:
        return delivery.files_in(self.maildir)

    def wait_for_mail(self, count: int, within: float) -> None:
        """Mail is put into its mailbox after the call. What is missing then, problems_with() tells."""
        deadline = time.monotonic() + within
        while len(self.arrived()) < count and time.monotonic() < deadline:
            time.sleep(0.1)

    def problems_with(self, sent: dict[str, Mail]) -> list[str]:
        """What is wrong with the mailbox, if exactly `sent` ought to lie there byte for byte."""
        box = delivery.check_mailbox(self.arrived(), sent)
        return box.problems + [f"missing: {name}" for name in box.missing]

    def external(self, *arguments: str) -> str:
        return self._run("--config", str(self.folder / "external.ini"), *arguments)

    def _create(self, settings: str) -> None:
        self._run("init", self.name, str(self.folder))
        (self.folder / "lock").mkdir()
        # init has made the file readable by its owner only, and so it stays.
        (self.folder / "external.ini").write_text(GENERAL.format(home=self.name) + settings, encoding="utf-8")
        self.external("mailbox", "add", MAILBOX)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        if done.returncode != 0:
            raise Trouble(done.stderr.strip() or f"external {' '.join(arguments)} ended with code {done.returncode}")
        return done.stdout


def end(process: subprocess.Popen) -> None:
    """Ends it as a service manager would."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
