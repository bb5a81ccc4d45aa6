"""An External as users run it: not as root."""

import grp
import json
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from place import GIVING_UP, ROOT, run, wait

# Where root runs the tests, External is nobody: mail systems refuse to serve root's mail.
USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
WHO = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def give(path: Path) -> None:
    """To the user that External runs as, with all that is in it."""
    if WHO:
        for place in (path.resolve(), *path.rglob("*")):
            shutil.chown(place, USER)


class Office:
    def __init__(self, test, program: str, folder: Path, settings: str, mailboxes: list[str]):
        """Stopped when `test` ends."""
        self.test = test
        self.folder = folder
        for name in ("mail", "lock", "bin"):
            (folder / name).mkdir(parents=True)
        # The checkout may lie where only root can look.
        self.program = folder / "bin" / "external"
        run("install", program, self.program)
        shutil.copy(ROOT / "samples" / "scripts" / "GENERIC.MDM", folder)
        self.file = folder / "external.ini"
        self.file.write_text(settings, encoding="utf-8")
        self.file.chmod(0o600)
        give(folder)
        if mailboxes:
            self.external("mailbox", "add", *mailboxes)
        test.shows(folder / "log" / "Session.log")

    def in_charge_of(self, program: str) -> str:
        """The program under another name: `sendmail`."""
        path = self.folder / "bin" / program
        if not path.exists():
            path.symlink_to("external")
        return str(path)

    @property
    def environment(self) -> dict[str, str]:
        """For programs that start External by themselves."""
        return {**os.environ, "EXTERNAL_CONFIG": str(self.file), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def external(self, *words, **more) -> str:
        return run(self.program, "--config", self.file, *words, **WHO, **more).stdout.decode()

    def client(self, *command, **more) -> str:
        """Runs a mail program of a person here; its output."""
        return run(*command, cwd=self.folder, env=self.environment, **WHO, **more).stdout.decode(errors="replace")

    def start(self, ready: str = "started for") -> None:
        """Returns when the log has the words `ready`."""
        before = len(self.log())
        command = [self.program, "--config", self.file, "run", "--service", f"--LockFolder={self.folder}/lock"]
        with (self.folder / "external.out").open("wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **WHO)
        self.test.addCleanup(self.stop)
        self.test.shows(self.folder / "external.out")
        wait(lambda: ready in self.log()[before:] or self.process.poll() is not None, "External is ready")
        self.test.assertIsNone(self.process.poll(), (self.folder / "external.out").read_text())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(GIVING_UP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.test.assertEqual(code, 0)

    def log(self) -> str:
        log = self.folder / "log" / "Session.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def wait_for_waiting(self, count: int, there: str = "") -> None:
        """Until so many messages are in the queue, or wait to go `there`."""
        wait(lambda: self.waiting(there) == count, f"{count} messages are queued", 0.2)

    def waiting(self, there: str = "") -> int:
        queue = json.loads(self.external("status", "--json"))["queue"]
        return sum(entry["count"] for entry in queue if there in ("", entry["destination"]))

    def mail_of(self, mailbox: str) -> list[bytes]:
        """What came for it, in the order of its names."""
        new = self.folder / "mail" / mailbox / "new"
        return [file.read_bytes() for file in sorted(new.iterdir())] if new.is_dir() else []

    def wait_for_mail(self, mailbox: str, count: int = 1) -> list[bytes]:
        wait(lambda: len(self.mail_of(mailbox)) >= count, f"{count} messages in {mailbox}")
        return self.mail_of(mailbox)
