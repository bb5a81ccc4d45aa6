"""A Postfix of the test's own: settings, queue and port; one that serves this computer is left alone."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from office import USER
from place import connects, free_port, run, sample, wait

# What a private instance needs, whatever it does.
# Anna and Bob are known to this Postfix alone, so that no user of the computer gets mail.
PRIVATE = """\
compatibility_level = 3.6
config_directory = {folder}/config
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}
myhostname = mail.clinic.example
local_transport = virtual
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{anna@clinic.north=anna/, bob@gmail.example=bob/}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
local_recipient_maps = $virtual_mailbox_maps
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
biff = no

"""
MASTER = Path("/etc/postfix/master.cf.proto")  # Debian's


class Postfix:
    def __init__(self, test, folder: Path, edits: dict[str, str] | None = None, more: str = ""):
        """Stopped when `test` ends. `edits` are made in both files of samples/postfix, which are the clinic's; `more`
        stands behind main.cf."""
        self.folder = folder
        self.config = folder / "config"
        self.queue = folder / "queue"
        self.port = free_port()
        for name in ("config", "queue", "data", "log"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        self.entrance = self.queue / "external"
        self.entrance.mkdir()
        shutil.chown(self.entrance, USER, "postfix")
        self.entrance.chmod(0o2750)
        main, domains = sample("postfix/main.cf", {"/etc/postfix": self.config}), sample("postfix/external", {})
        for old, new in (edits or {}).items():
            main, domains = main.replace(old, new), domains.replace(old, new)
        self.boxes = folder / "boxes"
        self.boxes.mkdir()
        owner = pwd.getpwnam("nobody")
        os.chown(self.boxes, owner.pw_uid, owner.pw_gid)
        private = PRIVATE.format(folder=folder, uid=owner.pw_uid, gid=owner.pw_gid)
        (self.config / "main.cf").write_text(private + main + more)
        (self.config / "external").write_text(domains)
        (self.config / "master.cf").write_text(self._master())
        self._test = test
        test.shows(folder / "log" / "postfix.log")

    def _master(self) -> str:
        """Debian's, with the test's port. Only lmtp stays in a chroot, for which nothing needs to be copied."""
        text = MASTER.read_text()
        text = re.sub(r"^smtp( +)inet", rf"127.0.0.1:{self.port}\1inet", text, flags=re.M)
        return re.sub(r"^((?!lmtp)\S+ +\S+ +\S+ +\S+ +)y", r"\1n", text, flags=re.M)

    def start(self) -> None:
        run("postfix", "-c", self.config, "start")
        self._test.addCleanup(self.stop)
        wait(lambda: connects(self.port), "Postfix listens")

    def stop(self) -> None:
        subprocess.run(["postfix", "-c", self.config, "stop"], capture_output=True, check=False)

    def log_has(self, pattern: str) -> bool:
        log = self.folder / "log" / "postfix.log"
        return log.exists() and re.search(pattern, log.read_text(errors="replace")) is not None

    def mail_of(self, user: str) -> list[bytes]:
        new = self.boxes / user / "new"
        return [file.read_bytes() for file in new.iterdir()] if new.is_dir() else []

    def waiting(self) -> str:
        return run("postqueue", "-c", self.config, "-p").stdout.decode()
