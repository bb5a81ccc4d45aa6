"""The demo's own eyes: what it calls byte for byte must be that, and what is wrong must not escape it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples" / "demo"))

import delivery
from mail import Mail

KEY = "0123456789abcdef0123456789abcdef@NORTH/CLINIC"
TRACE = (
    b"Return-Path: <anna@clinic.north>\n"
    b"Delivered-To: stores@hub.south\n"
    b"Received: from clinic.north by hub.south (External) id " + KEY.encode() + b"\n"
    b"\tfor <stores@hub.south>; Mon, 16 Nov 2026 07:15:00 +0000\n"
)
SENT = b"Received: from elsewhere\nReturn-Path: <me>\nSubject: x\n\nbody\n.\n"


class Delivery(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        root = Path(self._folder.name)
        self.folders = {"SOUTH/HUB": root / "mail"}
        for mailbox in ("STORES", "OTHER"):
            (root / "mail" / mailbox / "new").mkdir(parents=True)
        (root / "sent.eml").write_bytes(SENT)
        mail = Mail(root / "sent.eml", "NORTH/CLINIC/ANNA", ("SOUTH/HUB/STORES",))
        self.queued = {KEY: mail}

    def put(self, content: bytes, mailbox: str = "STORES", name: str = "1") -> None:
        (self.folders["SOUTH/HUB"] / mailbox / "new" / name).write_bytes(content)

    def problems(self) -> list[str]:
        return delivery.problems_of(delivery.check(self.queued, self.folders))

    def assert_problem(self, words: str) -> None:
        problems = self.problems()
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])

    def test_the_same_bytes_below_the_trace_are_right(self):
        self.put(TRACE + SENT)
        self.assertEqual(self.problems(), [])
        self.assertEqual(delivery.check(self.queued, self.folders)["SOUTH/HUB/STORES"].bytes, len(SENT))

    def test_trace_lines_may_end_like_those_of_the_message(self):
        self.put(TRACE.replace(b"\n", b"\r\n") + SENT)
        self.assertEqual(self.problems(), [])

    def test_a_changed_byte_is_found(self):
        self.put(TRACE + SENT.replace(b"body", b"bodY"))
        self.assert_problem("differs")

    def test_a_lost_end_is_found(self):
        self.put(TRACE + SENT[:-1])
        self.assert_problem("differs")

    def test_another_header_on_top_is_found(self):
        self.put(TRACE + b"X-Spam: no\n" + SENT)
        self.assert_problem("more than the trace headers")

    def test_a_missing_message_is_found(self):
        self.assert_problem("missing in SOUTH/HUB/STORES")

    def test_a_second_copy_is_found(self):
        self.put(TRACE + SENT, name="1")
        self.put(TRACE + SENT, name="2")
        self.assert_problem("a second time")

    def test_mail_in_another_mailbox_is_found(self):
        self.put(TRACE + SENT)
        self.put(TRACE + SENT, mailbox="OTHER")
        self.assert_problem("was not sent here")

    def test_a_notice_is_told_from_mail_at_once(self):
        watch = delivery.Watch(self.queued, self.folders)
        self.put(TRACE + SENT)
        self.assertEqual(watch.look(), [])
        self.assertEqual((watch.arrived, watch.expected), (1, 1))
        self.put(TRACE.replace(b"0123", b"4567") + b"Subject: Mail failure\n\n", name="2")
        self.assertEqual([line.rpartition(": ")[2] for line in watch.look()], ["Mail failure"])

    def test_a_message_without_header_gets_the_least(self):
        headless = b"only words\n"
        self.queued[KEY].file.write_bytes(headless)
        least = b"From: <a@b>\nTo: <c@d>,\n\t<e@f>\nDate: today\nMessage-ID: <1@b>\n\n"
        self.put(TRACE + least + headless)
        self.assertEqual(self.problems(), [])
        self.put(TRACE + least + b"X: y\n" + headless)
        self.assert_problem("more than the trace headers")


if __name__ == "__main__":
    unittest.main()
