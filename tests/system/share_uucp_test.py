#!/usr/bin/python3
"""Taylor UUCP calls through `external share attach`; at the other end UUCP has a modem of its own.

share_uucp_test.py EXTERNAL PHONENET
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import lending
from lending import FAR, Exchange, Office, far_modem, share
from waiting import GIVING_UP, Folder, free_port, wait

EXTERNAL, PHONENET = sys.argv[1:3]
del sys.argv[1:3]

UUCICO, UUCP = "/usr/sbin/uucico", "/usr/bin/uucp"

PORT = """port modem
type modem
device {port}
speed 57600
carrier false
hardflow false
dialer hayes
"""

DIALER = r"""dialer hayes
chat "" ATE0 OK ATDT\D CONNECT
chat-timeout 30
chat-fail NO\sCARRIER
chat-fail BUSY
complete \d\d+++\d\dATH0
abort ""
"""

SYSTEM = """system {other}
time any
port modem
phone {number}
chat "" ""
chat-timeout 30
protocol i
local-send ~ /
remote-receive ~ /
"""


@unittest.skipUnless(os.path.exists(UUCICO), "uucp is not installed")
class Uucp(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o711)  # started by root, uucico works as the user uucp
        self.link = self.folder + "/ports/modem"
        os.mkdir(self.folder + "/ports")
        self.net = Exchange(self, PHONENET, self.folder + "/net")
        self.office = Office(self, EXTERNAL, self.folder + "/office", self.net.port("office"),
                             sections=share(free_port()))
        self.office.start()
        attach = subprocess.Popen(self.office.command("share", "attach", "OFFICE", "--link", self.link),
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(lending.end, attach)
        wait(lambda: os.path.exists(self.link), "the port is there")
        # Copies are not set-user-id, or else they would take no configuration from us.
        for program in (UUCICO, UUCP):
            subprocess.run(["install", "-m", "755", program, self.folder], check=True)

    def node(self, name, other, port):
        folder = pathlib.Path(self.folder, name)
        for part in ("spool", "public", "lock"):
            (folder / part).mkdir(parents=True)
        (folder / "public").chmod(0o777)  # or UUCP puts nothing there that others have sent
        files = {"logfile": "uucp.log", "statfile": "stat.log", "debugfile": "debug.log", "sysfile": "sys",
                 "portfile": "port", "dialfile": "dial", "spool": "spool", "pubdir": "public", "lockdir": "lock"}
        config = "".join(f"{key} {folder / file}\n" for key, file in files.items())
        (folder / "config").write_text(f"nodename {name}\n{config}")
        (folder / "sys").write_text(SYSTEM.format(other=other, number=FAR))
        (folder / "port").write_text(PORT.format(port=port))
        (folder / "dial").write_text(DIALER)
        self.own(folder)
        return folder

    @staticmethod
    def own(folder):
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, "uucp")

    def run_program(self, *command, **options):
        done = subprocess.run(command, capture_output=True, cwd=self.folder, timeout=GIVING_UP, check=False, **options)
        self.assertEqual(done.returncode, 0, done)

    def logs(self):
        return [log.read_text() for log in pathlib.Path(self.folder).glob("*/uucp.log")]

    def test_a_file_goes_over(self):
        north = self.node("north", "south", self.link)
        south = self.node("south", "north", "/dev/null")
        content = os.urandom(20000) + bytes(range(256)) * 8
        (north / "public" / "letter").write_bytes(content)
        self.own(north)
        if os.getuid() == 0:
            shutil.chown(os.path.realpath(self.link), "uucp")
        self.run_program(self.folder + "/uucp", "-I", north / "config", "-r", "-C", north / "public" / "letter",
                         "south!~/letter")
        self.assertEqual(self.office.lessees(), [])
        far = far_modem(self, self.net)
        caller = subprocess.Popen([self.folder + "/uucico", "-I", north / "config", "-D", "-q", "-r1", "-S", "south"],
                                  cwd=self.folder)
        self.addCleanup(lending.end, caller)
        far.hear(b"RING\r\n")
        far.say(b"ATA\r")
        far.hear(b"CONNECT 57600\r\n")
        self.assertEqual(far.heard, b"")
        answerer = subprocess.Popen([self.folder + "/uucico", "-I", south / "config", "-D", "-q"], cwd=self.folder,
                                    stdin=far.descriptor, stdout=far.descriptor, start_new_session=True)
        self.addCleanup(lending.end, answerer)
        self.assertEqual((caller.wait(GIVING_UP), answerer.wait(GIVING_UP)), (0, 0), self.logs())
        self.assertTrue((south / "public" / "letter").exists(), self.logs())
        self.assertEqual((south / "public" / "letter").read_bytes(), content)
        self.office.wait_until_given_back()
        self.assertIn("the client has gone", self.office.log())


if __name__ == "__main__":
    unittest.main()
