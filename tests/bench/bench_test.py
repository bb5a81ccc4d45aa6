"""The benchmark's own eyes and arithmetic: what it prints must be what was measured."""

import sys
import tempfile
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.append(str(Path(__file__).resolve().parents[2] / "samples" / "demo"))

import peers
import queue_speed
import table
from generate import Generator
from line import LINES, Trouble
from queue_parts import Row
from result import Result, efficiency
from workloads import Load, Workloads


def result(figure, kind="a", line="clean", who="External", problems=()):
    return Result(line, kind, who, figure, 1.5, 1_000_000, 10_000, 600_000, 1, "text", problems=list(problems))


class Arithmetic(unittest.TestCase):
    def test_a_full_line_is_one(self):
        self.assertEqual(efficiency(5760, 57600, 1.0), 1.0)

    def test_no_time_is_no_efficiency(self):
        self.assertEqual(efficiency(5760, 57600, 0.0), 0.0)

    def test_worst_is_the_lowest_efficiency_but_the_longest_time(self):
        self.assertEqual(table.worst([result(1.0), result(0.5), result(2.0)]), 0.5)
        self.assertEqual(table.worst([result(1.0, "e"), result(3.0, "e")]), 3.0)

    def test_the_middle_is_a_run_that_was_made(self):
        runs = [result(1.0), result(4.0), result(2.0)]
        self.assertIs(table.median(runs), runs[2])


class Queue(unittest.TestCase):
    def test_a_row_has_its_figure_its_goal_and_its_note(self):
        line = queue_speed.render([Row("accept, 10 threads", "12,345 /s", "10,000", "60 us")]).splitlines()[1]
        self.assertEqual(line.split(), ["accept,", "10", "threads", "12,345", "/s", "10,000", "60", "us"])

    def test_a_part_that_fails_is_a_row_with_a_problem(self):
        def fails():
            raise Trouble("no port is free")

        (row,) = queue_speed.attempt("a large message", fails)
        self.assertEqual((row.what, row.figure, row.problem), ("a large message", "none", "no port is free"))


class Table(unittest.TestCase):
    def render(self, *results):
        return table.render(LINES.values(), list(results))

    def test_fits_into_100_columns(self):
        text = self.render(
            result(4.5), result(4.25), result(0.9, who="UUCP i, 256-byte packets"), result(150_000, "d")
        )
        self.assertLessEqual(max(len(row) for row in text.splitlines()), 100)

    def test_tells_what_did_not_arrive(self):
        self.assertIn("NO 1/2", self.render(result(4.5), result(4.25, problems=["missing"])))
        self.assertIn("none", self.render(result(None, problems=["the call has not ended"])))

    def test_both_ways_are_compared_with_one_way(self):
        self.assertRegex(self.render(result(4.0), result(3.0, "c")), r"of what \(a\) reaches alone +0\.750")

    def test_names_what_was_measured_elsewhere(self):
        self.assertIn("UUCP i *", self.render(result(4.5)))


class Mail(unittest.TestCase):
    def test_is_the_same_for_the_same_seed(self):
        self.assertEqual(Generator(1, "x").text_mail(), Generator(1, "x").text_mail())
        self.assertNotEqual(Generator(1, "x").text_mail(), Generator(1, "y").text_mail())

    def test_compresses_like_mail(self):
        generator = Generator(1, "x")
        for mail in (generator.text_mail() for _ in range(20)):
            self.assertTrue(2000 <= len(mail) + 10 and len(mail) < 4000)
            self.assertAlmostEqual(len(zlib.compress(mail, 9)) / len(mail), 0.52, delta=0.08)

    def test_does_not_depend_on_what_else_is_measured(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            first = Workloads(Path(one), None, None).load("a", slow=True)
            workloads = Workloads(Path(other), None, None)
            workloads.load("b", slow=True)
            workloads.load("c", slow=True)
            second = workloads.load("a", slow=True)
            self.assertEqual([f.read_bytes() for f in first.files], [f.read_bytes() for f in second.files])


class Peers(unittest.TestCase):
    def test_what_did_not_arrive_whole_is_counted(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "in").mkdir()
            sent = []
            for number in range(3):
                sent.append(folder / f"{number}.eml")
                sent[-1].write_bytes(b"mail %d" % number)
            load = Load("a", tuple(sent))
            for file in sent:
                (folder / "in" / file.name).write_bytes(file.read_bytes())
            self.assertEqual(peers.missing(load, [folder / "in"]), [])
            (folder / "in" / "1.eml").write_bytes(b"mail ?")
            self.assertEqual(peers.missing(load, [folder / "in"]), ["1 of 3 files did not arrive whole"])


if __name__ == "__main__":
    unittest.main()
