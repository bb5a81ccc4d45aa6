"""A Dovecot of the test's own."""

import grp
import imaplib
import os
import pwd
import subprocess
from pathlib import Path

from office import USER, give
from place import GIVING_UP, free_port, sample, wait

PASSWORD = "opens-every-mailbox"

# Debian's dovecot.conf includes conf.d/*.conf; the sample goes there. Beside it stands what a private instance needs.
PRIVATE = """\
protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}

"""


def identity() -> str:
    """Whom the Maildirs of an Office belong to, as userdb wants it."""
    user = pwd.getpwnam(USER)
    return f"uid={user.pw_uid} gid={user.pw_gid}"


# Where it keeps mail that it takes itself.
OWN_MAIL = """\
mail_location = maildir:~/Maildir
userdb {{
  driver = static
  args = {identity} home={folder}/home/%u
}}
"""

# Without the rights of root all of it works as one user, and nothing is locked in.
UNPRIVILEGED = """\
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    def __init__(self, test, folder: Path, name: str, places: dict[str, object], keeps_mail: bool = False):
        """With the sample `name`. Stopped when `test` ends."""
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = free_port()
        private = PRIVATE.format(folder=folder, port=self.port, password=PASSWORD)
        if os.geteuid() != 0:
            user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
            private += UNPRIVILEGED.format(user=user, group=group)
        self._config = folder / "dovecot.conf"
        if keeps_mail:
            private += OWN_MAIL.format(identity=identity(), folder=folder)
        self._config.write_text(private + sample(f"dovecot/{name}", places))
        self.socket = folder / "run" / "external"
        (folder / "home").mkdir()
        give(folder / "home")
        self._test = test
        test.shows(folder / "dovecot.log")

    def start(self) -> None:
        with (self.folder / "out").open("wb") as output:
            self._process = subprocess.Popen(["dovecot", "-F", "-c", self._config], stdout=output, stderr=output)
        self._test.addCleanup(self.stop)
        wait(lambda: self._process.poll() is not None or self._greets(), "Dovecot listens")
        self._test.assertIsNone(self._process.poll(), (self.folder / "out").read_text())

    def _greets(self) -> bool:
        try:
            imaplib.IMAP4("127.0.0.1", self.port, timeout=5).shutdown()
            return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(GIVING_UP)

    def wait_for_mail(self, user: str, count: int = 1) -> list[bytes]:
        """All messages of the inbox, as soon as there are so many, as IMAP gives them: with CR LF."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=60) as imap:
            imap.login(user, PASSWORD)

            def numbers() -> list[bytes]:
                imap.select("INBOX", readonly=True)
                return imap.search(None, "ALL")[1][0].split()

            wait(lambda: len(numbers()) >= count, f"{count} messages for {user} by IMAP", 0.5)
            return [imap.fetch(number, "(RFC822)")[1][0][1] for number in numbers()]
