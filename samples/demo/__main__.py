"""The demo: NORTH/CLINIC and SOUTH/HUB exchange mail over a simulated telephone line. Started by samples/run."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

import delivery
import mail
import report
from exchange import Exchange
from mail import NORTH, SOUTH, Mail
from post_office import Line, PostOffice, Trouble
from progress import Moved, Progress

MESSAGES = Path(__file__).resolve().parent.parent / "messages"
NUMBERS = {"north": "5550001", "south": "5550002"}
POLL = 0.5
# All queues are empty and the line is idle, but mail is missing: so long it may still be on its way to a mailbox.
GRACE = 15


class Demo:
    def __init__(self, programs: Path, folder: Path, rate: int):
        self.folder = folder
        self.rate = rate
        self.exchange = Exchange(programs / "phonenet", folder / "phonenet", rate)
        self.north = PostOffice(programs / "external", NORTH, folder / "north")
        self.south = PostOffice(programs / "external", SOUTH, folder / "south")
        self.queued: dict[str, Mail] = {}

    @property
    def offices(self) -> tuple[PostOffice, PostOffice]:
        return self.north, self.south

    @property
    def mail_folders(self) -> dict[str, Path]:
        return {office.name: office.mail_folder for office in self.offices}

    def set_up(self, mails: list[Mail]) -> None:
        self.exchange.start(NUMBERS)
        for office, other, here, there in (
            (self.north, self.south, "north", "south"),
            (self.south, self.north, "south", "north"),
        ):
            recipients = {recipient for one in mails for recipient in one.recipients}
            names = {one.sender for one in mails} | recipients
            mailboxes = sorted(name.rpartition("/")[2] for name in names if mail.office_of(name) == office.name)
            port = self.exchange.port(here)
            # SOUTH only answers, so that both directions have to move in the call that NORTH makes.
            office.create(port, self.rate, other.name, NUMBERS[there], mailboxes, answers_only=office is self.south)
        for office in self.offices:
            self.queued |= office.queue([one for one in mails if one.home == office.name])

    def start(self) -> None:
        """SOUTH first: it must be able to answer when NORTH dials."""
        self.south.start()
        deadline = time.monotonic() + 60
        while (line := self._status_of(self.south)[0]).state != "LISTENING":
            if time.monotonic() > deadline:
                raise Trouble(f"the line of {SOUTH} is not ready after 60 s: {line.state} {line.detail}")
            time.sleep(POLL)
        self.north.start()

    def watch(self, timeout: float) -> None:
        """Shows progress until all mail has arrived. Raises Trouble when it does not."""
        loads = report.over_the_line(self.queued)
        progress = Progress(sum(count for count, _ in loads.values()), loads[NORTH][1], loads[SOUTH][1])
        boxes = delivery.Watch(self.queued, self.mail_folders)
        deadline = time.monotonic() + timeout
        quiet_since = None
        try:
            while True:
                north, north_waiting = self._status_of(self.north)
                south, south_waiting = self._status_of(self.south)
                waiting = north_waiting + south_waiting
                # What has arrived counts, not what was handed to the line.
                progress.show(Moved(north.state, north.messages, south.received, north.received))
                if came_back := boxes.look():
                    raise Trouble(f"mail came back: {came_back[0]}")
                now = time.monotonic()
                quiet = waiting == 0 and north.state == "LISTENING"
                if quiet and boxes.arrived >= boxes.expected:
                    return
                quiet_since = (quiet_since or now) if quiet else None
                if quiet_since and now - quiet_since > GRACE:
                    raise Trouble(f"the queues are empty, but only {boxes.arrived} of {boxes.expected} copies came")
                if now > deadline:
                    raise Trouble(
                        f"after {timeout:.0f} s {boxes.arrived} of {boxes.expected} copies have arrived and {waiting}"
                        f" messages wait; last word of the line: {north.detail or north.state}"
                    )
                time.sleep(POLL)
        finally:
            progress.end()

    def stop(self) -> list[str]:
        """Stops what runs, all of it whatever happens. Returns what went wrong."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        problems = []
        for office in self.offices:
            try:
                office.stop()
            except Trouble as trouble:
                problems.append(str(trouble))
        self.exchange.stop()
        return problems

    def conclude(self) -> list[str]:
        """Prints what was delivered where; returns what is wrong with it."""
        boxes = delivery.check(self.queued, self.mail_folders)
        print(f"\n{report.table(boxes)}")
        return delivery.problems_of(boxes)

    @staticmethod
    def _status_of(office: PostOffice) -> tuple[Line, int]:
        office.check_alive()
        return office.status()


def run(demo: Demo, mails: list[Mail], timeout: float) -> int:
    problems: list[str] = []
    counters = None
    try:
        print(f"Two post offices and a telephone exchange in {demo.folder}", flush=True)
        demo.set_up(mails)
        size = sum(one.size for one in demo.queued.values())
        print(f"Queued {len(demo.queued)} messages, {size:,} bytes. {NORTH} calls {SOUTH}.", flush=True)
        demo.start()
        demo.watch(timeout)
        counters = demo.exchange.counters("north")
    except Trouble as trouble:
        problems.append(str(trouble))
    finally:
        problems += demo.stop()
    if demo.queued:
        problems += demo.conclude()
    if counters:
        print(f"\n{report.call(demo.queued, counters, demo.rate)}")
    print()
    for office in demo.offices:
        print(f"{office.name}: log {office.session_log}, mail {office.mail_folder}")
    if not problems:
        print(f"All {len(demo.queued)} messages arrived byte for byte.")
        return 0
    tell(problems, demo)
    return 1


def tell(problems: list[str], demo: Demo) -> None:
    sys.stdout.flush()
    for office in demo.offices:
        print(f"\nLast lines of {office.session_log}:", file=sys.stderr)
        for line in office.last_log_lines(20):
            print(f"  {line}", file=sys.stderr)
    print(file=sys.stderr)
    for problem in problems:
        print(f"samples/run: {problem}", file=sys.stderr)


def interrupt(_number, _frame):
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("place", nargs="?", type=Path)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--rate", type=int, default=57600)
    parser.add_argument("--timeout", type=float, default=600)
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    folder = Path(tempfile.mkdtemp(prefix="external-demo-"))
    scratch = folder / "messages"
    scratch.mkdir()
    try:
        mails = mail.from_place(arguments.place, scratch) if arguments.place else mail.samples(MESSAGES, scratch)
        return run(Demo(arguments.programs, folder, arguments.rate), mails, arguments.timeout)
    except mail.BadMail as bad:
        folder_is_of_no_use(folder)
        print(f"samples/run: {bad}", file=sys.stderr)
        return 66
    except KeyboardInterrupt:
        print(f"\nsamples/run: interrupted; everything is stopped, what there was lies in {folder}", file=sys.stderr)
        return 130


def folder_is_of_no_use(folder: Path) -> None:
    (folder / "messages").rmdir()
    folder.rmdir()


if __name__ == "__main__":
    sys.exit(main())
