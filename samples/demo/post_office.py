"""One post office of the demo: its folder, its settings, its External."""

import json
import re
import signal
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from mail import Mail

KEY = re.compile(r"[0-9a-f]{20,}@[A-Z0-9_/-]+")
FILES_AT_ONCE = 100

# As odd as a password may be: External must neither choke on it nor show it.
PASSWORD = 'n0rth & s\u00f8uth; [call] #1 = \\o/ "always" \u20ac'

SETTINGS = """\
[External]
HomePO     = {home}
LogSession = log/Session.log

[External-Modem1]
AsyncCommPort = {port}
AsyncSpeed    = {speed}
CommScript    = GENERIC
LockFolder    = lock
RetryInterval = 5s
{rules}
[PostOffice {other}]
Phone    = {phone}
Instance = Modem1
Password = "{password}"
"""


class Trouble(Exception):
    """The demo cannot go on; the text says why, in one line if possible."""


@dataclass
class Line:
    """What `external status` tells about the line."""

    state: str = "Starting"
    sent: int = 0
    received: int = 0
    messages: int = 0
    detail: str = ""


class PostOffice:
    def __init__(self, program: Path, name: str, folder: Path):
        self.program = program
        self.name = name
        self.folder = folder
        self.session_log = folder / "log" / "Session.log"
        self.mail_folder = folder / "mail"
        self._process: subprocess.Popen | None = None

    def create(self, port: Path, speed: int, other: str, phone: str, mailboxes: list[str], answers_only: bool) -> None:
        self._run("init", self.name, str(self.folder))
        (self.folder / "lock").mkdir()
        settings = SETTINGS.format(
            home=self.name,
            port=port,
            speed=speed,
            other=other,
            phone=phone,
            password=PASSWORD.replace('"', '""'),
            rules="CommInOnly    = yes\n" if answers_only else "",
        )
        # init has made the file readable by its owner only, and so it stays.
        (self.folder / "external.ini").write_text(settings, encoding="utf-8")
        for mailbox in mailboxes:
            self._external("mailbox", "add", mailbox)

    def queue(self, mails: list[Mail]) -> dict[str, Mail]:
        """Hands the messages to `external send`. Returns them by the keys that it gave them."""
        batches: dict[tuple, list[Mail]] = defaultdict(list)
        for mail in mails:
            batches[mail.sender, mail.recipients, mail.priority].append(mail)
        queued: dict[str, Mail] = {}
        for (sender, recipients, priority), batch in batches.items():
            options = ["--from", sender, "--priority", priority]
            for recipient in recipients:
                options += ["--to", recipient]
            for start in range(0, len(batch), FILES_AT_ONCE):
                part = batch[start : start + FILES_AT_ONCE]
                keys = KEY.findall(self._external("send", *options, *(str(mail.file) for mail in part)))
                if len(keys) != len(part):
                    raise Trouble(f"external send took {len(part)} files and named {len(keys)} keys")
                queued |= zip(keys, part)
        return queued

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal is for the demo, which then stops it properly.
        with (self.folder / "external.out").open("wb") as output:
            self._process = subprocess.Popen(
                [self.program, "--config", self.folder / "external.ini", "run", "--service"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check_alive(self) -> None:
        if self._process and self._process.poll() is not None:
            said = (self.folder / "external.out").read_text(errors="replace").strip()
            raise Trouble(f"the External of {self.name} ended with code {self._process.returncode}: {said}")

    def status(self) -> tuple[Line, int]:
        """The line, and how many messages wait in the queue. Raises Trouble while External is not up."""
        told = json.loads(self._external("status", "--json"))
        waiting = sum(entry["count"] for entry in told["queue"])
        if not told["lines"]:
            return Line(), waiting
        line = told["lines"][0]
        return (
            Line(line["state"], line["bytes_sent"], line["bytes_received"], line["messages_done"], line["detail"]),
            waiting,
        )

    def stop(self) -> None:
        """Asks External to stop, as a service manager would. Raises Trouble if it did not stop well."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Trouble(f"the External of {self.name} did not stop within 30 s of SIGTERM and was killed") from None
        if code != 0:
            raise Trouble(f"the External of {self.name} ended with code {code} after SIGTERM")

    def last_log_lines(self, count: int) -> list[str]:
        try:
            return self.session_log.read_text(errors="replace").splitlines()[-count:]
        except OSError as error:
            return [f"no Session.log: {error.strerror}"]

    def _external(self, *arguments: str) -> str:
        return self._run("--config", str(self.folder / "external.ini"), *arguments)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        if done.returncode != 0:
            raise Trouble(done.stderr.strip() or f"external {' '.join(arguments)} ended with code {done.returncode}")
        return done.stdout
