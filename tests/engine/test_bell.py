"""The bell: at once when it was quiet, held back when not, and never forgotten."""

from __future__ import annotations

import pytest

from logview.engine import bell as bell_module
from logview.engine.bell import GAP_S, LAZY_S, Bell


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bell_module, "time", clock)
    return clock


def test_what_comes_too_soon_is_told_when_it_is_due(clock: Clock) -> None:
    told: list[float] = []
    bell = Bell(lambda: told.append(clock.now))
    bell.ring()
    bell.ring()
    bell.flush()
    assert [100.0] == told
    assert pytest.approx(GAP_S) == bell.wait_s(10.0)
    clock.now += GAP_S
    bell.flush()
    bell.flush()
    assert [100.0, 100.0 + GAP_S] == told
    assert bell.wait_s(10.0) == 10.0


def test_what_can_wait_goes_with_the_next_lines(clock: Clock) -> None:
    told: list[float] = []
    bell = Bell(lambda: told.append(clock.now))
    bell.ring(0.0)
    bell.ring(LAZY_S)
    clock.now += LAZY_S / 2
    bell.flush()
    assert [100.0] == told
    bell.ring(0.0)
    clock.now += LAZY_S
    bell.flush()
    assert [100.0, 100.0 + LAZY_S / 2] == told


def test_the_more_urgent_of_two_decides(clock: Clock) -> None:
    told: list[float] = []
    bell = Bell(lambda: told.append(clock.now))
    bell.ring()
    bell.ring(LAZY_S)
    bell.ring(GAP_S)
    clock.now += GAP_S
    bell.flush()
    assert [100.0, 100.0 + GAP_S] == told


def test_nobody_listens_to_an_engine_without_a_screen() -> None:
    bell = Bell(None)
    bell.ring()
    bell.flush()
    assert bell.wait_s(1.0) == 1.0
