"""Several large logs checked at once, one worker process a file; the same findings as one after the other.

A stream is judged by one worker from its first record to its last, so state over a stream needs no joining. What the
rules across services have seen comes back with the worker and is put together in the order of the files. Findings go
through temporary files, not through memory.
"""

from __future__ import annotations

import os
import pickle
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.errors import SourceError
from logview.standard.check import Checker
from logview.standard.chosen import chosen
from logview.standard.files import check_paths
from logview.standard.rules.registry import CrossTracker
from logview.standard.tally import Tally

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from logview.decode import Hints
    from logview.sources import Notice
    from logview.standard.model import Finding, SourceIndex, Standard
    from logview.standard.rules.registry import Tracker

    Indexes = Callable[[Mapping[str, Sequence[str]]], SourceIndex]
    """Reads source folders by service; a function of a module, so that it can be sent."""

MIN_BYTES = 8 << 20
"""Less is checked before the workers are up: a process imports for a few tenths of a second."""
BATCH = 1_000
"""Findings written at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file for one worker; all of it can be sent to another process."""

    standard: Standard
    path: str
    service: str | None
    hints: Hints
    today: dt.date
    query: str = ""
    """The filter that chooses the records whose findings are reported; "": all."""
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Service → source folders, for the index."""
    read_index: Indexes | None = None
    store: str = ""
    """Where the findings go."""


@dataclass(slots=True)
class Part:
    """What a worker has to say about its file, but for the findings."""

    tally: Tally
    waived: dict[int, int]
    cross: list[Tracker]
    shows: dict[tuple[str, int], frozenset[str]]
    """Of `Chosen`: what the filter lets through of findings that come later."""
    notices: list[Notice]


def is_worth_it(paths: Sequence[str]) -> bool:
    """Whether several processes are faster: more than one core, and enough to do beside the largest file."""
    if len(paths) < 2 or (os.cpu_count() or 1) < 2 or not all(os.path.isfile(path) for path in paths):
        return False
    return sum(sorted(os.path.getsize(path) for path in paths)[:-1]) >= MIN_BYTES


def check_files(
    tasks: Sequence[Task],
    *,
    tally: Tally,
    waived: dict[int, int],
    notice: Callable[[str, Notice], None],
    done: Callable[[str], None] = lambda _: None,
    processes: int | None = None,
) -> Iterator[Finding]:
    """The findings of all tasks, in their order, then those across streams; the files are read at the same time.

    tally   takes over the records; the findings are the caller's to count
    waived  filled: position of a waiver → violations it allowed
    notice  told what must be known about a file: (path, notice)
    done    told of every file that is through
    """
    # Only where they are used: they cost a small check more than the check itself.
    import multiprocessing
    import tempfile
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    checker = Checker(tasks[0].standard, today=tasks[0].today)
    told = chosen(tasks[0].query, checker)
    workers = min(processes or os.cpu_count() or 1, len(tasks))
    with (
        tempfile.TemporaryDirectory(prefix="logview-") as folder,
        ProcessPoolExecutor(workers, initializer=_die_quietly) as pool,
    ):
        stored = [_replaced(task, os.path.join(folder, str(at))) for at, task in enumerate(tasks)]
        futures = [pool.submit(work, task) for task in stored]
        try:
            for task, future in zip(stored, futures, strict=True):
                try:
                    part = future.result()
                except BrokenProcessPool:
                    raise SourceError(
                        f"{task.path}: its process ended before the file was checked; out of memory?"
                    ) from None
                _adopt(checker, part)
                tally.merge(part.tally)
                if told is not None:
                    told.shows.update(part.shows)
                for one in part.notices:
                    notice(task.path, one)
                yield from _read(task.store)
                os.unlink(task.store)
                done(task.path)
        except BaseException:
            # Interrupted, or nobody reads on: what the workers would still find is not wanted.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    yield from checker.finish() if told is None else told.shown(checker.finish())
    waived.update(checker.waived)


def work(task: Task) -> Part:
    """Check one file; what a worker process runs."""
    index = task.read_index(task.sources) if task.read_index is not None and task.sources else None
    checker = Checker(task.standard, index=index, today=task.today)
    part = Part(Tally(), {}, [], {}, [])
    told = chosen(task.query, checker)
    findings = check_paths(
        task.standard,
        [task.path],
        checker=checker,
        across=False,
        chosen=told,
        observe=part.tally.observe,
        alike=part.tally.observe_alike,
        index=index,
        service_of=lambda _: task.service,
        hints_of=lambda _: task.hints,
        notice=lambda _, one: part.notices.append(one),
    )
    with open(task.store, "wb") as store:
        batch: list[Finding] = []
        for finding in findings:
            batch.append(finding)
            if len(batch) == BATCH:
                pickle.dump(batch, store)
                batch = []
        pickle.dump(batch, store)
    part.cross = [tracker for _, tracker in checker.cross]
    part.waived = checker.waived
    part.shows = told.shows if told is not None else {}
    return part


def _die_quietly() -> None:
    """Ctrl+C reaches the workers, too; the parent says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _adopt(checker: Checker, part: Part) -> None:
    """Add what a worker's rules across services have seen to what those of earlier files have."""
    for (_, mine), theirs in zip(checker.cross, part.cross, strict=True):
        if isinstance(mine, CrossTracker):
            mine.merge(theirs)
    for position, count in part.waived.items():
        checker.waived[position] = checker.waived.get(position, 0) + count


def _read(path: str) -> Iterator[Finding]:
    # Written a moment ago by our own worker, in a folder that only we may enter.
    with open(path, "rb") as store:
        while batch := pickle.load(store):
            yield from batch
            if len(batch) < BATCH:
                return


def _replaced(task: Task, store: str) -> Task:
    import dataclasses

    return dataclasses.replace(task, store=store)
