"""What the tests with other mail systems have in common: a folder of their own, waiting, and what is told when one
fails."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
sys.path.append(str(SAMPLES / "demo"))  # its exchange

GIVING_UP = 120  # seconds; only a failing test waits so long
SKIPPED = 77  # exit code, known to CTest


def wait(condition: Callable[[], object], what: str, every: float = 0.02) -> None:
    end = time.monotonic() + GIVING_UP
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def run(*command, **more) -> subprocess.CompletedProcess:
    """Fails with what the command said."""
    if "input" not in more:
        more["stdin"] = subprocess.DEVNULL
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False, **more)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        raise AssertionError(f"{command[0]} ended with code {done.returncode}: {said}")
    return done


def sample(name: str, places: dict[str, object]) -> str:
    """A file of samples/ with the test's places instead of those that it names. Each must be in it, or the test
    would not notice that the sample has changed."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    for old, new in places.items():
        if old not in text:
            raise AssertionError(f"samples/{name} does not mention {old}")
        text = text.replace(old, str(new))
    return text


def needs(*programs: str, root: bool = False):
    """Decorates a test case that cannot be without these."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/git-core"
    missing = [name for name in programs if not shutil.which(name, path=path)]
    if missing:
        return unittest.skip("not installed: " + ", ".join(missing))
    if root and os.geteuid() != 0:
        return unittest.skip(f"only root may start {programs[0]}")
    return lambda case: case


class PlaceTest(unittest.TestCase):
    """A test with a temporary folder. When it fails, or --show was given, the logs are shown that it named."""

    show = False
    _said = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="external-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o755)  # mail systems work as users of their own
        self._logs: list[Path] = []
        self.addCleanup(self._read_logs)

    def shows(self, log: Path) -> None:
        self._logs.append(log)

    def _read_logs(self) -> None:
        for log in self._logs:
            text = log.read_text(errors="replace") if log.exists() else "(there is none)\n"
            self._said += f"--- {log.relative_to(self.folder)}\n{text}"

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if self.show or len(result.failures) + len(result.errors) > before:
            print(f"=== {self.id()}\n{self._said}", file=sys.stderr)


def main() -> None:
    """As unittest.main(), with --show; exit code 77 if every test was skipped."""
    if "--show" in sys.argv:
        sys.argv.remove("--show")
        PlaceTest.show = True
    program = unittest.main(module="__main__", verbosity=2, exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun == len(result.skipped) else 0)
