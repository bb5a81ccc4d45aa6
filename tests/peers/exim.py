"""An Exim of the test's own. Where another mail system is installed, tests/run unpacks Debian's Exim beside the build
instead of installing it, and the test shows it the user that it insists on."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from office import USER
from place import GIVING_UP, connects, free_port, sample, wait

OWNER = "Debian-exim"
PRIVATE = """\
exim_path = {folder}/exim4
exim_user = {owner}
exim_group = {owner}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
pid_file_path = {folder}/pid
primary_hostname = mail.clinic.example
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
domainlist local_domains = clinic.north
hostlist relay_from_hosts = 127.0.0.1
acl_smtp_rcpt = take
keep_environment =
never_users = root
smtp_accept_max = 50
{main}
begin acl
take:
  accept hosts = +relay_from_hosts
begin routers
{router}
begin transports
{transport}
begin retry
* * F,1h,10s
"""


def program(unpacked: Path) -> str | None:
    """Installed or unpacked; nothing if it is neither."""
    found = shutil.which("exim4", path="/usr/sbin")
    beside = unpacked / "usr" / "sbin" / "exim4"
    return found or (str(beside) if beside.exists() else None)


class Exim:
    def __init__(self, test, path: str, folder: Path):
        """Stopped when `test` ends."""
        self.folder = folder
        self.port = free_port()
        self.entrance = folder / "external"
        for name in ("spool", "log", "external"):
            (folder / name).mkdir(parents=True)
        self._in_view = self._show_user()
        for name in ("spool", "log"):
            os.chown(folder / name, self._uid, self._gid)
        os.chown(self.entrance, pwd.getpwnam(USER).pw_uid, self._gid)
        self.entrance.chmod(0o2750)
        parts = {
            "main": sample("exim/main/00_external", {}),
            "router": sample("exim/router/150_external", {}),
            "transport": sample("exim/transport/30_external", {"/var/spool/external/lmtp": self.entrance / "lmtp"}),
        }
        self._config = folder / "exim.conf"
        self._config.write_text(PRIVATE.format(folder=folder, port=self.port, owner=OWNER, **parts))
        shutil.copy(path, folder / "exim4")
        self._test = test
        test.shows(folder / "log" / "main")
        test.shows(folder / "out")

    def _show_user(self) -> list[str]:
        """What to put before a command so that the user exists for it."""
        try:
            user = pwd.getpwnam(OWNER)
            self._uid, self._gid = user.pw_uid, user.pw_gid
            return []
        except KeyError:
            self._uid, self._gid = 64999, 64999
        lines = {"passwd": f"{OWNER}:x:{self._uid}:{self._gid}::/nonexistent:/usr/sbin/nologin\n"}
        lines["group"] = f"{OWNER}:x:{self._gid}:\n"
        script = ""
        for name, line in lines.items():
            (self.folder / name).write_text(Path("/etc", name).read_text() + line)
            script += f"mount --bind {self.folder / name} /etc/{name} && "
        return ["unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh"]

    def start(self) -> None:
        command = [*self._in_view, self.folder / "exim4", "-C", self._config, "-bdf", "-q10s"]
        with (self.folder / "out").open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        self._test.addCleanup(self.stop)
        wait(lambda: connects(self.port) or self._process.poll() is not None, "Exim listens")
        self._test.assertIsNone(self._process.poll(), (self.folder / "out").read_text())

    def stop(self) -> None:
        """With the processes that it has started."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(GIVING_UP)
