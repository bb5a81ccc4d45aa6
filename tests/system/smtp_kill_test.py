#!/usr/bin/python3
"""An External that is killed while many clients bring mail: what it said 250 to arrives, once.

smtp_kill_test.py EXTERNAL

EXTERNAL_TEST_KILLS: a tenth of it, 10 at least, is how often it is killed.
"""

import collections
import os
import random
import signal
import smtplib
import sys
import threading
import time
import unittest

from office_case import OfficeCase
from waiting import GIVING_UP

EXTERNAL = sys.argv.pop(1)
KILLS = max(10, int(os.environ.get("EXTERNAL_TEST_KILLS", "0")) // 10)
SEED = int(os.environ.get("EXTERNAL_TEST_SEED", "20260301"))
CLIENTS = 6
SIZES = [100, 4_000, 300_000]  # the last is too large for memory

SETTINGS = """[External]
HomePO = NORTH/CLINIC
SmtpListen = 127.0.0.1:%d
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Password = x
"""


class Ledger:
    """What clients sent, and what they heard."""

    def __init__(self):
        self.changed = threading.Condition()
        self.taken = set()
        self.unknown = set()
        self.over = False
        self.next = 0

    def new_name(self):
        with self.changed:
            self.next += 1
            return f"letter-{self.next}-of-kill-test"

    def note(self, name, taken):
        with self.changed:
            (self.taken if taken else self.unknown).add(name)
            self.changed.notify_all()

    def await_taken(self, more):
        with self.changed:
            goal = len(self.taken) + more
            if not self.changed.wait_for(lambda: len(self.taken) >= goal, GIVING_UP):
                raise AssertionError("no mail was taken any more")


def bring_mail(port, number, ledger):
    chance = random.Random(SEED + number)
    while not ledger.over:
        try:
            client = smtplib.SMTP("127.0.0.1", port, timeout=GIVING_UP)
        except OSError:
            time.sleep(0.01)  # nobody listens just now, and nothing tells when somebody does
            continue
        with client:
            try:
                while not ledger.over:
                    bring_one(client, chance, ledger)
            except (smtplib.SMTPException, OSError):
                pass


def bring_one(client, chance, ledger):
    name = ledger.new_name()
    to = ["anna@clinic.north"] + (["ben@hub.south"] if chance.random() < 0.3 else [])
    text = f"Subject: {name}\r\n\r\n" + "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * (chance.choice(SIZES) // 72)
    taken = False
    try:
        client.sendmail("anna@clinic.north", to, text)
        taken = True
    finally:
        ledger.note(name + (" both" if len(to) == 2 else ""), taken)


class Killed(OfficeCase):
    executable = EXTERNAL

    def setUp(self):
        super().setUp()
        self.write_settings(SETTINGS % self.port)
        self.external("mailbox", "add", "anna")

    def test_what_was_taken_arrives_once(self):
        ledger = Ledger()
        chance = random.Random(SEED)
        self.launch()
        clients = [threading.Thread(target=bring_mail, args=(self.port, number, ledger))
                   for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for _ in range(KILLS):
                ledger.await_taken(chance.randint(1, 25))
                self.end(signal.SIGKILL)
                self.launch()
            ledger.await_taken(10)
        finally:
            ledger.over = True
            for client in clients:
                client.join()
        self.await_delivery("NORTH/CLINIC")
        self.end_well()
        self.compare(ledger, "anna@clinic.north", self.in_the_mailbox(), lambda name: True)
        self.compare(ledger, "ben@hub.south", self.in_the_queue(), lambda name: name.endswith(" both"))
        print(f"{KILLS} kills: {len(ledger.taken)} taken and there once, {len(ledger.unknown)} not answered",
              file=sys.stderr)

    def await_delivery(self, to):
        """Until nothing is queued for the post office `to` any more."""
        end = time.monotonic() + GIVING_UP
        while to in self.queued():
            self.assertLess(time.monotonic(), end, "what was taken is not delivered to " + to)
            time.sleep(0.1)

    def queued(self):
        listed = self.external("queue", "list")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return listed.stdout

    def compare(self, ledger, who, there, is_for):
        often = collections.Counter(there)
        for name in ledger.taken | ledger.unknown:
            if not is_for(name):
                continue
            count = often.pop(name.removesuffix(" both"), 0)
            if name in ledger.taken:
                self.assertEqual(count, 1, f"{name} was taken and is there {count} times for {who}")
            else:
                self.assertLessEqual(count, 1, f"{name} is there {count} times for {who}")
        self.assertFalse(often, f"nobody sent these to {who}")

    def in_the_mailbox(self):
        return self.letters("anna")

    def in_the_queue(self):
        """Unread: the queue gives its messages back into a Maildir when the post office is here."""
        with open(self.folder + "/external.ini", encoding="utf-8") as ini:
            text = ini.read()
        text = text.replace("HomePO = NORTH/CLINIC", "HomePO = SOUTH/HUB").replace("[PostOffice SOUTH/HUB]",
                                                                                  "[PostOffice NORTH/CLINIC]")
        self.write_settings(text)
        self.external("mailbox", "add", "ben")
        self.launch()
        self.await_delivery("SOUTH/HUB")
        self.end_well()
        return self.letters("ben")

    def letters(self, mailbox):
        box = f"{self.folder}/mail/{mailbox}/new"
        for file in os.listdir(box):
            with open(box + "/" + file, encoding="ascii") as letter:
                yield self.subject(letter)

    def subject(self, letter):
        for line in letter:
            if line.startswith("Subject: "):
                return line.removeprefix("Subject: ").strip()
        raise AssertionError("a letter without its subject")


if __name__ == "__main__":
    unittest.main(verbosity=2)
