"""Postfix beside the queue: how many messages a second its smtpd accepts from ten clients at once."""

import shutil
import subprocess
import time
from pathlib import Path

from line import Trouble
from tcp import free_port

CLIENTS = 10
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.invalid
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_client_recipient_rate_limit = 0
in_flow_delay = 0
default_transport = smtp
defer_transports = smtp
alias_maps =
alias_database =
biff = no
"""
# Accepting and keeping, nothing else: what is accepted is never sent.
MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
"""


def accepted_a_second(folder: Path, messages: int, size: int) -> float:
    """Runs a Postfix of its own: settings, queue and port; one that serves this computer is left alone."""
    config = folder / "config"
    config.mkdir(parents=True)
    for place in (folder, *folder.parents):
        if place.stat().st_mode & 0o001 == 0:
            place.chmod(place.stat().st_mode | 0o011)  # its daemons work as the user postfix
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    port = free_port()
    address = f"127.0.0.1:{port}"
    (config / "main.cf").write_text(MAIN.format(folder=folder))
    (config / "master.cf").write_text(MASTER.format(port=address))
    run(["postfix", "-c", config, "start"])
    try:
        return offered(address, "ann@bench.invalid", "bob@hub.invalid", messages, size)
    finally:
        subprocess.run(["postfix", "-c", config, "stop"], capture_output=True)


def offered(address: str, sender: str, recipient: str, messages: int, size: int) -> float:
    """Messages a second that the server at `address` accepts from Postfix's smtp-source."""
    command = ["smtp-source", "-s", str(CLIENTS), "-l", str(size), "-m", str(messages)]
    start = time.monotonic()
    run([*command, "-f", sender, "-t", recipient, address])
    return messages / (time.monotonic() - start)


def run(command: list) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise Trouble(f"{command[0]} ended with code {done.returncode}: {said[-1] if said else 'it said nothing'}")
