"""Turns and rests of the verdicts; when what was read came."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.engine import arrivals
from logview.engine.arrivals import UNKNOWN, Arrivals
from logview.engine.live import PACE_S
from logview.engine.pace import DRAWN_S, POURING_REST, REST, Pace


def rests(*, growing: bool, pouring: bool, since_s: float, spent_s: float, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What one rest waits for, after a turn of `spent_s`, with the last ring `since_s` ago."""
    waits: list[float] = []
    stop = SimpleNamespace(wait=waits.append, is_set=lambda: False)
    live = SimpleNamespace(is_growing=growing, is_pouring=pouring)
    clock = [7.0]
    monkeypatch.setattr(time, "thread_time", lambda: clock[0])
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    pace = Pace(live, SimpleNamespace(rung=100.0 - since_s), stop)  # type: ignore[arg-type]
    pace.begin()
    clock[0] += spent_s
    pace.rest()
    return [round(wait, 6) for wait in waits]


@pytest.mark.parametrize(
    ("growing", "pouring", "since_s", "waits"),
    [
        (False, False, 0.0, []),
        (True, False, DRAWN_S + 0.01, [0.01 * REST]),
        (True, True, DRAWN_S + 0.01, [0.01 * POURING_REST]),
        (True, False, DRAWN_S - 0.03, [0.01 * REST, 0.03]),
        (True, False, 0.08, [0.01 * REST, PACE_S - 0.08 + DRAWN_S]),
        (True, False, 5.0, [0.01 * REST]),
    ],
)
def test_verdicts_rest_while_lines_come_and_go_on_when_a_picture_is_drawn(
    growing: bool, pouring: bool, since_s: float, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rests(growing=growing, pouring=pouring, since_s=since_s, spent_s=0.01, monkeypatch=monkeypatch)
    assert [round(wait, 6) for wait in waits] == found


@given(st.lists(st.integers(0, 50), max_size=30), st.lists(st.integers(0, 60), max_size=30), st.integers(0, 60))
def test_many_arrivals_are_told_as_each_is(reads: list[int], asked: list[int], since: int) -> None:
    seen = Arrivals()
    seen.begin(since)
    for offset in sorted(reads):
        seen.read(offset)
    column = seen.of(np.array(asked, np.int64)).tolist()
    assert [UNKNOWN if (at := seen.at(offset)) is None else at for offset in asked] == column


def test_what_came_before_all_that_is_remembered_has_no_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "READS", 4)
    seen = Arrivals()
    seen.begin(0)
    for offset in range(5):
        seen.read(offset)
    assert [None, None] == [seen.at(0), seen.at(1)]
    assert seen.at(2) is not None
