#!/usr/bin/python3
"""Metrics of a running External, read over the control socket and by Python's HTTP client.

metrics_test.py EXTERNAL
"""

import http.client
import os
import re
import socket
import sys
import unittest

from office_case import OfficeCase
from waiting import GIVING_UP, free_port, wait

EXTERNAL = sys.argv.pop(1)

SETTINGS = """[External]
HomePO = NORTH/CLINIC
[Mailbox GATE]
Deliver = lmtp:/nowhere/lmtp
[External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Address = 127.0.0.1:%d
Password = x
[PostOffice EAST/LAB]
Route = Indirect SOUTH/HUB
"""


class TellsMetrics(OfficeCase):
    executable = EXTERNAL

    def setUp(self):
        super().setUp()
        self.write_settings(SETTINGS % free_port())
        self.external("mailbox", "add", "ANNA")

    def start_with_port(self):
        self.launch(f"--MetricsListen=:{self.port}")
        wait(lambda: "Metrics are told at" in self.log(), "External listens")

    def send(self, to, text="Subject: x\n\ny\n"):
        self.assertEqual(self.external("send", "--from", "NORTH/CLINIC/ANNA", "--to", to, text=text).returncode, 0)

    def samples(self, text):
        return dict(re.findall(r"^([^#\n]+) (\S+)$", text, re.MULTILINE))

    def by_command(self):
        return self.samples(self.external("metrics").stdout)

    def ask(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVING_UP)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read().decode()
        finally:
            connection.close()

    def test_the_command_and_http_tell_the_same(self):
        self.start_with_port()
        status, kind, page = self.ask("GET", "/metrics")
        self.assertEqual((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assertEqual(self.samples(page).keys(), self.by_command().keys())
        self.assertEqual(self.ask("GET", "/")[0], 404)
        self.assertEqual(self.ask("POST", "/metrics")[0], 405)

    def test_every_destination_is_told_with_zeros_and_counts_follow_the_mail(self):
        self.launch()
        wait(lambda: self.by_command(), "External answers")
        before = self.by_command()
        told = [name for name in before if name.startswith("external_queue_messages")]
        self.assertEqual(len(told), 3, told)
        self.assertEqual({before[name] for name in told}, {"0"}, told)
        self.assertTrue(any("lmtp" in name.lower() for name in told), told)
        self.send("EAST/LAB/BOB")
        self.send("NORTH/CLINIC/ANNA")
        wait(lambda: self.by_command().get('external_calls_total{line="Lan",direction="made",result="no answer"}')
             not in ("0", None), "a call fails")
        wait(lambda: self.by_command()['external_recipients_total{outcome="delivered"}'] == "1", "it is delivered")
        wait(lambda: self.by_command()['external_post_office_failures{post_office="SOUTH/HUB"}'] != "0", "it counts")
        after = self.by_command()
        self.assertEqual(after['external_queue_messages{destination="EAST/LAB"}'], "1")
        self.assertGreater(float(after['external_queue_oldest_age_seconds{destination="EAST/LAB"}']), 0)
        self.assertEqual(after['external_line_state{line="Lan",state="LISTENING"}'], "1")
        self.assertNotIn('external_post_office_failures{post_office="EAST/LAB"}', after)

    def test_without_a_running_external_the_command_says_so(self):
        answer = self.external("metrics")
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("is running", answer.stderr)

    def test_a_port_in_use_is_no_reason_not_to_move_mail(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.launch(f"--MetricsListen=127.0.0.1:{other.getsockname()[1]}")
            wait(lambda: "MetricsListen: cannot listen on" in self.log(), "it is said")
            self.send("NORTH/CLINIC/ANNA")
            wait(lambda: os.listdir(self.folder + "/mail/ANNA/new"), "the mail arrives")


if __name__ == "__main__":
    unittest.main(verbosity=2)
