"""What an idle session costs: many calls held open at one post office over loopback TCP, and its memory."""

import resource
import select
import shutil
import subprocess
import time
from pathlib import Path

from line import Trouble
from measure import WHO
from office import NORTH, PASSWORD, SOUTH, Office
from result import Result
from tcp import LINE, free_port

LONGEST = 180
SETTLE = 2
PROGRAM = "idle_callers"


def measure(external: Path, callers: Path, folder: Path, sessions: int) -> Result:
    """The figure: KB of memory of the answering process for each session, beyond what it takes without any."""
    result = Result(LINE, "i", WHO, title=f"memory of each of {sessions:,} idle sessions at once")
    try:
        hold(external, callers, folder, sessions, result)
    except Trouble as trouble:
        result.problems = [str(trouble)]
    return result


def hold(external: Path, callers: Path, folder: Path, sessions: int, result: Result) -> None:
    if not callers.exists():
        raise Trouble(f"{callers} is missing; build it with: ninja {PROGRAM}")
    allow_files(2 * sessions)
    folder.mkdir(parents=True)
    hub = Office(external, SOUTH, folder / "hub")
    port = free_port()
    hub.create_on_tcp(port)
    hub.start()
    try:
        before = memory(hub.pid)
        command = [callers, str(port), str(sessions), NORTH, SOUTH, PASSWORD]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            wait_open(process, sessions)
            time.sleep(SETTLE)
            result.figure = (memory(hub.pid) - before) / sessions
        finally:
            said = process.communicate(timeout=30)[1].decode(errors="replace").splitlines()
        if process.returncode != 0:
            raise Trouble(f"not all calls were held: {said[-1] if said else 'nobody says why'}")
    finally:
        hub.stop()
    shutil.rmtree(folder, ignore_errors=True)


def wait_open(process: subprocess.Popen, sessions: int) -> None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and process.poll() is None:
        if select.select([process.stdout], [], [], 1)[0]:
            if f"{sessions} open" in process.stdout.readline().decode():
                return
            break
    process.terminate()
    raise Trouble(f"{sessions} calls were not all answered within {LONGEST} s: {last_line(process)}")


def last_line(process: subprocess.Popen) -> str:
    said = process.stderr.read().decode(errors="replace").splitlines()
    return said[-1] if said else "nobody says why"


def memory(process: int) -> float:
    """KB that belong to this process, shared pages by their share."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    raise Trouble("the kernel does not tell how much memory a process has")


def allow_files(count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Trouble(f"only {hard} files may be open; raise the limit to {count} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
