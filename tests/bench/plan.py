"""Which measurements are made, and when: long ones first, many lines side by side, since a slow line leaves the
computer idle."""

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import idle
import measure
import peers
import tcp
from line import LINES, Line, Trouble
from result import Result, efficiency
from town import Programs
from workloads import Load, Workloads

EMPTY_RUNS = 3
ONLY_CLEAN = "du"
NOT_NOISY = "es"
NOT_SLOW = "m"
SHORT = "esu"
SHORT_AT_ONCE = 4


@dataclass(frozen=True)
class Job:
    name: str
    kind: str
    seconds: float  # about so long it takes
    run: Callable[[Path], Result]
    otherwise: Result  # what is told when it raises Trouble


class Plan:
    def __init__(self, programs: Programs, folder: Path, arguments: argparse.Namespace):
        self._programs = programs
        self._folder = folder
        self._arguments = arguments
        self._workloads = Workloads(folder / "workloads", arguments.mail, arguments.workload)

    def run(self) -> list[Result]:
        jobs = [job for name in self._arguments.line for job in self._jobs_on(LINES[name])]
        # Tenths of a second count in the short ones: they are not to wait for the computer.
        results = self._side_by_side([job for job in jobs if job.kind not in SHORT], self._arguments.jobs)
        results += self._side_by_side([job for job in jobs if job.kind in SHORT], SHORT_AT_ONCE)
        if "f" in self._arguments.only:
            amounts = tcp.Amounts(self._arguments.messages, self._arguments.megabytes)
            results += tcp.measure(self._programs.external, self._folder, self._workloads, amounts)
        if "i" in self._arguments.only:
            callers = self._arguments.build / "tests" / idle.PROGRAM
            results.append(
                idle.measure(self._programs.external, callers, self._folder / "idle", self._arguments.sessions)
            )
        return results

    def _side_by_side(self, jobs: list[Job], at_once: int) -> list[Result]:
        jobs = sorted(jobs, key=lambda job: -job.seconds)
        results: dict[int, Result] = {}
        with ThreadPoolExecutor(at_once) as pool:
            pending = {pool.submit(self._one, job): number for number, job in enumerate(jobs)}
            try:
                for future in as_completed(pending):
                    number = pending[future]
                    results[number] = future.result()
                    tell(len(results), jobs[number], results[number])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [results[number] for number in sorted(results)]

    def _one(self, job: Job) -> Result:
        try:
            return job.run(self._folder / job.name)
        except Trouble as trouble:
            job.otherwise.problems = [str(trouble)]
            return job.otherwise

    def _jobs_on(self, line: Line) -> list[Job]:
        jobs = []
        for kind in self._arguments.only:
            for variant, number in self._variants(kind, line):
                job = self._job(kind, variant, number)
                if job:
                    jobs.append(job)
        if self._arguments.peers:
            jobs += self._jobs_of_peers(line)
        return jobs

    def _jobs_of_peers(self, line: Line) -> list[Job]:
        """Each once, on the noisy line too."""
        return [
            self._job_of_peer(peer, kind, line)
            for kind in self._arguments.only
            if not (line.bit_errors and kind in NOT_NOISY)
            for peer in peers.all_peers(line)
            if kind in peer.kinds
        ]

    def _job_of_peer(self, peer: peers.Peer, kind: str, line: Line) -> Job:
        load = self._workloads.load(kind, line.slow)
        name = f"{line.name}-{kind}-{peer.name.replace(', ', '-').replace(' + ', '-').replace(' ', '-')}"
        return Job(
            name,
            kind,
            10 + 1.5 * efficiency(load.bytes, line.rate, 1.0),
            lambda folder: self._run_peer(peer, folder, line, load),
            Result(line.name, kind, peer.name, title=load.title, payload=load.bytes),
        )

    def _run_peer(self, peer: peers.Peer, folder: Path, line: Line, load: Load) -> Result:
        """Noise may hit a peer where it gives up; that is told, but it gets a second chance."""
        try:
            return peers.measure_peer(peer, self._programs.phonenet, folder, line, load)
        except Trouble as trouble:
            if not line.bit_errors:
                raise
            again, place = line.with_seed(line.seed + 1), folder.with_name(folder.name + "-2")
            result = peers.measure_peer(peer, self._programs.phonenet, place, again, load)
            result.note = f"second try; first {str(trouble).partition(';')[0]}"
            return result

    def _variants(self, kind: str, line: Line) -> list[tuple[Line, int]]:
        """Errors of several seeds; an empty call several times, since it is short."""
        if kind in ONLY_CLEAN and line.name != "clean":
            return []
        if line.bit_errors:
            if kind in NOT_NOISY:
                return []
            return [(line.with_seed(seed), seed) for seed in range(1, self._arguments.seeds + 1)]
        if kind in NOT_NOISY:
            return [(line, number) for number in range(1, EMPTY_RUNS + 1)]
        return [(line, 1)]

    def _job(self, kind: str, line: Line, number: int) -> Job | None:
        if kind in "fi" or (kind == "m" and (line.slow or not self._arguments.mail)):
            return None
        load = self._workloads.load(kind, line.slow)
        name = f"{line.name}-{kind}-{number}"
        seconds = 10 + efficiency(load.bytes, line.rate, 1.0)
        otherwise = Result(line.name, kind, measure.WHO, seed=line.seed, title=load.title, payload=load.bytes)
        if kind == "d":
            return Job(
                name, kind, 2 * seconds, lambda folder: measure.drop(self._programs, folder, line, load), otherwise
            )
        if kind == "u":
            short = self._workloads.load("s", line.slow).north[0]
            return Job(
                name, kind, 30, lambda folder: measure.urgent(self._programs, folder, line, load, short), otherwise
            )
        return Job(name, kind, seconds, lambda folder: measure.transfer(self._programs, folder, line, load), otherwise)


def tell(done: int, job: Job, result: Result) -> None:
    told = "nothing" if result.figure is None else f"{result.figure:.3f} {result.unit}".strip()
    print(f"{done:3}  {job.name}: {told}{' - ' + result.problems[0] if result.problems else ''}", file=sys.stderr)
