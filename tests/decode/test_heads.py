"""Remembered shapes of heads change no record: a decoder that has seen other lines answers as a new one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import Hints, StreamDecoder
from logview.decode.catalogue import GROUPS
from logview.decode.clock import HERE
from logview.decode.heads import Heads

if TYPE_CHECKING:
    from logview.record import Record

HINTS = Hints(reference_ns=1_795_424_000_000_000_000)
LINES = (
    "2026-11-23T08:57:32.311Z [INFO] optimizer.solver solve job=job-7f3a: solve finished in 12 s",
    "2026-11-23 08:57:32,311 - optimizer.solver - INFO - solve 12 finished for job-7f3a",
    "2026-11-23 08:57:32.311 | INFO     | optimizer.solver:solve:17 - solve finished",
    "[2026-11-23 08:57:32,311: WARNING/ForkPoolWorker-3] task 7f3a-12 retried",
    "[2026-11-23 08:57:32 +0000] [41] [INFO] Booting worker with pid: 42",
    "2026-11-23T08:57:32Z [info     ] job accepted                  [queue] job_id=7f3a size=12",
    "2026-11-23 08:57:32,311 DEBUG 41 140234567890123 optimizer pid=12 done",
    "2026-11-23 08:57:32,311:INFO:optimizer:solve 12",
    "2026-11-23 08:57:32,311 ERROR solver 12 mod - run_1: failed",
    "2026-11-23 08:57:32,311 INFO optimizer worker1.run:17 [41] job=- req=7f3a: ratio: 0.5",
    "2026-11-23 08:57:32,311 INFO     solver12       route 12 done",
    "2026-11-23 08:57:32,311 INFO     solver done                   solver.py:12",
    "2026-11-23 08:57:32,311|INFO|41|MainThread|optimizer.solver|solve_12|17|route 12 done",
    "2026-11-23 08:57:32,311,INFO,optimizer.solver,route 12 done",
    "2026-11-23 08:57:32,311 -- INFO -- optimizer.solver -- route 12 done",
    "2026-11-23 08:57:32,311 INFO optimizer.solver solve_12:17 route done",
    "2026-11-23 08:57:32,311 MainProcess(41) MainThread INFO optimizer.solver: route 12 done",
    "[2026-11-23 08:57:32,311] {solve12.py:17} INFO - route 12 done",
    "[2026-11-23 08:57:32,311: INFO/MainProcess] app.solve[0df9ca6a-12f1-4365-ae04-c19b2aea3be2]: route 12",
    "2026-11-23 08:57:32,311 INFO: route 12 done [in /srv/app/solve.py:17]",
    '2026-11-23T08:57:32.311Z info: route 12 done {"a":1}',
    "2026-11-23 08:57:32,311 level=INFO logger=optimizer.solver msg=done",
)
WORDS = (
    *("solve", "12", "1234567", "140234567890", "-", "|", "=", ":", "}", "", "\t", "é", "?", "Level", "25", "in", "ok"),
    *("job=a1", "job=-:", "cost=3: x", "pid=12", "pid=ab", '{"a":1}', "[x]", "(y", "1)", "INFO", "x.py:12", "foo():"),
    *("name:", "a_b:", "root:", "error", "a.b", '127.0.0.1:5 - "GET /jobs HTTP/1.1" 200', '[x] "GET /j" 200 1'),
)


def other_digits(line: str, digits: str) -> str:
    """The line with its digits replaced in turn, which keeps its shape."""
    turn = iter(digits * (len(line) // max(1, len(digits)) + 1))
    return re.sub("[0-9]", lambda found: next(turn, found[0]), line) if digits else line


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A usual line with a word or two replaced, added or left out, or with other digits."""
    words = draw(st.sampled_from(LINES)).split(" ")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(words)))
        words[at : at + draw(st.integers(0, 1))] = [draw(st.sampled_from(WORDS))]
    line = " ".join(words)
    head, tail = line[:19], line[19:]
    return head + other_digits(tail, draw(st.text("0123456789", max_size=6)))


def decoded(line: str, decoder: StreamDecoder | None = None) -> Record:
    return (decoder or StreamDecoder(HINTS)).decode([line.encode() + b"\n"])


@given(st.lists(edited(), min_size=2, max_size=12))
def test_a_line_is_the_same_record_whatever_lines_were_read_before(lines: list[str]) -> None:
    seasoned = StreamDecoder(HINTS)
    for line in [*LINES, *lines]:
        decoded(line, seasoned)

    assert [decoded(line) for line in lines] == [decoded(line, seasoned) for line in lines]


@pytest.mark.parametrize("entry", [entry for _, formats in GROUPS for entry in formats], ids=lambda entry: entry.name)
@pytest.mark.parametrize("digits", ["", "07", "1234", "9876543210", "25"])
def test_catalogue_samples_with_other_digits_are_read_alike(entry: object, digits: str) -> None:
    sample: str = entry.sample  # type: ignore[attr-defined]
    first = sample.split("\n", 1)[0]
    seasoned = StreamDecoder(HINTS)
    decoded(first, seasoned)
    line = other_digits(first, digits)

    assert decoded(line) == decoded(line, seasoned)


@pytest.mark.parametrize("line", LINES[:6])
def test_the_second_line_of_a_call_is_recalled(line: str) -> None:
    heads = Heads()
    assert heads.recall(line, HERE) is None

    slow = heads.read(line, HERE)

    assert slow == heads.recall(line, HERE)


def test_a_time_that_does_not_exist_is_left_to_the_slow_readers() -> None:
    heads = Heads()
    heads.read(LINES[1], HERE)

    assert heads.recall(LINES[1].replace("08:57", "28:57"), HERE) is None


def test_values_with_digits_are_those_of_the_line() -> None:
    heads = Heads()
    heads.read("2026-11-23 08:57:32,311 INFO [41] worker1.run:17 solve finished", HERE)

    parts = heads.recall("2026-11-23 08:57:33,007 INFO [58] worker2.run:96 solve finished", HERE)

    assert parts is not None
    assert (58, "worker2.run", 96) == (parts.pid, parts.logger, parts.line)
