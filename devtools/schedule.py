"""Jobs on two workers: the longest chain of what is left goes first, so that both workers end together."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Result = TypeVar("Result")
WORKERS = 2


@dataclass(frozen=True)
class Job(Generic[Result]):
    label: str
    expected: float
    """Seconds that it will take, roughly."""
    run: Callable[[], Result]
    needs: tuple[str, ...] = field(default=())
    """Labels of the jobs that have to end before."""


@dataclass(frozen=True)
class Done(Generic[Result]):
    label: str
    seconds: float
    result: Result


def run_all(jobs: list[Job[Result]], workers: int = WORKERS) -> list[Done[Result]]:
    """Run every job and return them in the order in which they ended.

    Raises what a job raises, as soon as those that run beside it have ended; no other is begun.
    """
    waiting = {job.label: job for job in jobs}
    length = _lengths(jobs)
    done: list[Done[Result]] = []
    problems: list[BaseException] = []
    change = threading.Condition()

    def next_job() -> Job[Result] | None:
        with change:
            while waiting and not problems:
                ended = {entry.label for entry in done}
                ready = [job for job in waiting.values() if ended.issuperset(job.needs)]
                if ready:
                    return waiting.pop(max(ready, key=lambda job: length[job.label]).label)
                change.wait()
        return None

    def work() -> None:
        while job := next_job():
            begin = time.monotonic()
            try:
                result = job.run()
            except BaseException as problem:
                with change:
                    problems.append(problem)
                    change.notify_all()
                return
            with change:
                done.append(Done(job.label, time.monotonic() - begin, result))
                change.notify_all()

    threads = [threading.Thread(target=work) for _worker in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as interruption:
        with change:
            problems.insert(0, interruption)
            change.notify_all()
        for thread in threads:
            thread.join()
    if problems:
        raise problems[0]
    return done


def _lengths(jobs: list[Job]) -> dict[str, float]:
    """Seconds from the beginning of each job to the end of the last one that waits for it."""
    after: dict[str, list[Job]] = {job.label: [] for job in jobs}
    for job in jobs:
        for label in job.needs:
            after[label].append(job)
    lengths: dict[str, float] = {}

    def length(job: Job) -> float:
        if job.label not in lengths:
            lengths[job.label] = job.expected + max(map(length, after[job.label]), default=0)
        return lengths[job.label]

    for job in jobs:
        length(job)
    return lengths


def halves(weights: dict[str, float]) -> tuple[list[str], list[str]]:
    """Two parts of about the same weight, each in the order given."""
    parts: tuple[list[str], list[str]] = ([], [])
    for name in sorted(weights, key=weights.__getitem__, reverse=True):
        min(parts, key=lambda part: sum(weights[known] for known in part)).append(name)
    return tuple(sorted(part, key=list(weights).index) for part in parts)
