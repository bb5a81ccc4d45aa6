#!/usr/bin/python3
"""What is installed, by cmake and as a Debian package, and that mail stays when the package goes.

package_test.py BUILD-FOLDER CMAKE CPACK SOURCE-FOLDER
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, CMAKE, CPACK, SOURCE = (sys.argv.pop(1) for _ in range(4))

INSTALLED = """usr/bin/external
usr/bin/phonenet
usr/libexec/external/sendmail
usr/libexec/external/rmail
usr/libexec/external/rsmtp
usr/libexec/external/bsmtp
usr/share/external/scripts/GENERIC.MDM
usr/share/doc/external/service.md
usr/share/doc/external/control.md
usr/share/doc/external/samples/postfix/main.cf
usr/lib/systemd/system/external.service
usr/lib/sysusers.d/external.conf
usr/lib/tmpfiles.d/external.conf
etc/external/external.ini""".split()


def run(*command, **more):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"{program} is not installed")


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name


class Install(Folder):
    def test_everything_is_in_its_place_and_settings_are_left_alone(self):
        ini = self.folder + "/etc/external/external.ini"
        for text in ("", "; mine\n"):
            if text:
                write(ini, text)
            # Below /usr/local, the settings are in /etc all the same.
            run(CMAKE, "--install", BUILD, "--prefix", "/usr/local", "--strip", env={**os.environ, "DESTDIR": self.folder})
        for path in INSTALLED:
            where = path.replace("usr/", "usr/local/")
            self.assertTrue(os.path.exists(os.path.join(self.folder, where)), where)
        self.assertEqual(read(ini), "; mine\n")


class Unit(Folder):
    """The unit, with the program that was built in the place of the one that is not installed."""

    def setUp(self):
        super().setUp()
        need("systemd-analyze")
        program = glob.glob(BUILD + "/**/external", recursive=True)
        program = next(path for path in program if os.path.isfile(path) and os.access(path, os.X_OK))
        self.unit = self.folder + "/external.service"
        text = read(SOURCE + "/samples/systemd/external.service")
        write(self.unit, text.replace("ExecStart=external", "ExecStart=" + program))

    def test_systemd_understands_it(self):
        result = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit], capture_output=True, text=True,
                                check=False)
        about_it = [line for line in (result.stdout + result.stderr).splitlines() if "external" in line]
        self.assertEqual((about_it, result.returncode), ([], 0))

    def test_it_is_exposed_to_little(self):
        run("systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", self.unit)


class Package(Folder):
    @classmethod
    def setUpClass(cls):
        need("dpkg-deb", "dpkg-shlibdeps")
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        run(CPACK, "-G", "DEB", "--config", BUILD + "/CPackConfig.cmake", "-B", made.name)
        cls.file, = glob.glob(made.name + "/*.deb")

    def dpkg(self, *words):
        need("systemd-sysusers", "systemd-tmpfiles")
        if os.geteuid() != 0:
            self.skipTest("only root can install packages")
        base = self.folder + "/var/lib/dpkg"
        os.makedirs(base + "/updates", exist_ok=True)
        os.makedirs(base + "/info", exist_ok=True)
        for name in ("status", "available"):
            with open(f"{base}/{name}", "a", encoding="utf-8"):
                pass
        return run("dpkg", "--root=" + self.folder, "--force-script-chrootless", "--force-depends", "--force-confold",
                   "--log=" + self.folder + "/dpkg.log", *words)

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_it_holds_what_cmake_installs(self):
        held = {line.split()[5].removeprefix("./") for line in run("dpkg-deb", "--contents", self.file).splitlines()}
        for path in INSTALLED:
            self.assertIn(path, held)
        self.assertFalse([path for path in held if path.startswith(("usr/local", "build", "work", "var/lib/external"))])

    def test_it_names_what_it_needs_and_whose_files_are_the_administrators(self):
        depends = run("dpkg-deb", "--field", self.file, "Depends")
        for library in ("libc6", "libsqlite3-0", "libssl3", "libncurses"):
            self.assertRegex(depends, rf"\b{re.escape(library)}")
        control = self.folder + "/control"
        run("dpkg-deb", "--control", self.file, control)
        self.assertEqual(read(control + "/conffiles"), "/etc/external/external.ini\n")
        for script in ("postinst", "prerm", "postrm"):
            run("sh", "-n", f"{control}/{script}")
            self.assertTrue(os.access(f"{control}/{script}", os.X_OK))

    def test_the_mail_stays_when_it_is_removed_and_even_purged(self):
        self.dpkg("--install", self.file)
        self.assertRegex(self.said_by("usr/bin/external", "--version"), r"^external \d")
        self.assertEqual(os.path.realpath(self.path("usr/libexec/external/sendmail")),
                         os.path.realpath(self.path("usr/bin/external")))
        self.assertRegex(read(self.path("etc/passwd")), r"(?m)^external:.*:/var/lib/external:")
        self.assertRegex(read(self.path("etc/group")), r"(?m)^dialout:.*:external$")
        self.assertEqual(os.stat(self.path("var/lib/external")).st_mode & 0o777, 0o751)
        self.assertFalse(os.path.exists(self.path("etc/systemd/system/multi-user.target.wants/external.service")))

        mail = self.path("var/lib/external/mail/anna/new/1")
        write(mail, "precious")
        write(self.path("var/lib/external/queue.db"), "precious, too")
        settings = self.path("etc/external/external.ini")
        write(settings, "; mine\n")
        self.dpkg("--install", self.file)
        self.assertEqual(read(settings), "; mine\n")

        self.dpkg("--remove", "external")
        self.assertFalse(os.path.exists(self.path("usr/bin/external")))
        self.assertEqual((read(mail), read(settings)), ("precious", "; mine\n"))
        said = self.dpkg("--purge", "external")
        self.assertIn("mail stays in /var/lib/external", said)
        self.assertFalse(os.path.exists(settings))
        self.assertEqual(read(mail), "precious")
        self.assertEqual(read(self.path("var/lib/external/queue.db")), "precious, too")
        self.assertIn("external:", read(self.path("etc/passwd")))

    def said_by(self, program, *words):
        return run(self.path(program), *words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
