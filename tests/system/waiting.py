"""What tests of whole programs share."""

import os
import pathlib
import shutil
import socket
import tempfile
import time

GIVING_UP = 120  # seconds; only a failing test waits so long


def wait(condition, what):
    """Until it holds. For what other programs do, which nothing tells."""
    end = time.monotonic() + GIVING_UP
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


def session_log(folder):
    """That of the post office in `folder`; empty before it begins."""
    try:
        with open(folder + "/log/Session.log", encoding="utf-8") as log:
            return log.read()
    except FileNotFoundError:
        return ""


class Folder(tempfile.TemporaryDirectory):
    """A temporary folder. What programs wrote in it is kept for tests/written_test.py when it is removed."""

    def cleanup(self):
        kept = os.environ.get("EXTERNAL_TEST_WRITTEN")
        here = pathlib.Path(self.name)
        if kept and here.is_dir():
            place = pathlib.Path(tempfile.mkdtemp(prefix="py-", dir=kept))
            for file in here.rglob("*"):
                if file.is_file() and (file.name == "external.ini" or ".log" in file.name or file.suffix == ".out"):
                    target = place / file.relative_to(here)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
        super().cleanup()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
