"""A post office in a temporary folder, whose External comes and goes as a process."""

import os
import signal
import subprocess
import unittest

from waiting import GIVING_UP, Folder, free_port, session_log


class OfficeCase(unittest.TestCase):
    """Tests set `executable` to external's path, and write its settings before they use it."""

    executable = ""
    encoding = "utf-8"  # of what external() takes and gives; None: they are bytes

    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.port = free_port()
        self.process = None
        os.mkdir(self.folder + "/mail")

    def write_settings(self, text):
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(text)
        os.chmod(self.folder + "/external.ini", 0o600)

    def command(self, *words):
        return [self.executable, "--config", self.folder + "/external.ini", *words]

    def external(self, *words, text=None):
        return subprocess.run(self.command(*words), input=text, capture_output=True, check=False,
                              encoding=self.encoding)

    def launch(self, *words, environment=None):
        """`external run`, which has not begun to work when this returns."""
        if self.process is None:
            self.addCleanup(self.end_well)
        self.process = subprocess.Popen(self.command("run", "--service", *words), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})

    def end(self, how=signal.SIGTERM):
        """What it exits with."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(GIVING_UP)

    def end_well(self):
        self.assertEqual(self.end(), 0)

    def log(self):
        return session_log(self.folder)
