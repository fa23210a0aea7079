"""What a timer or a signal is to do is done, however late it is, and in order."""

from __future__ import annotations

import asyncio
import signal
import time
from itertools import count

import pytest
from textual import timer as textual_timer

from logview.record import Level
from logview.tui.life import answer_in_loop
from logview.tui.widgets.log_lines import LogLines

from .records import record, story
from .screen import screen_text, settled, viewer


@pytest.fixture
def held_up(monkeypatch):
    """Between any two looks at the clock 20 ms pass, as where another thread or process gets the processor."""
    passed = count()
    monkeypatch.setattr(textual_timer._time, "get_time", lambda: time.monotonic() + next(passed) * 0.02)


async def test_f18_new_lines_and_their_counts_are_shown_though_the_clock_is_held_up(held_up):
    engine = story()
    async with viewer(engine, size=(120, 20)) as (app, pilot):
        for number in range(5):
            engine.append(record(1000 + number, Level.INFO, f"late {number}"), "scheduler")
            engine.append(record(1000 + number, Level.INFO, f"later {number}"), "scheduler")
            await settled(app, pilot, lambda number=number: f"later {number}" in screen_text(app))


async def test_s4_a_change_of_size_reaches_the_screen_though_the_clock_is_held_up(held_up):
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        lines = app.screen_stack[1].query_one(LogLines)
        for width in (100, 80, 120):
            await pilot.resize_terminal(width, 30)
            await settled(app, pilot, lambda width=width: lines.size.width == width)


async def test_s4_the_size_that_was_asked_for_last_is_told_last():
    sizes, told = [1, 2, 3], []

    is_through = asyncio.Event()

    def resized(_number, _frame):
        size = sizes.pop(0)
        if sizes:  # the window changes again before this one is told
            signal.raise_signal(signal.SIGWINCH)
        told.append(size)
        if len(told) == 3:
            is_through.set()

    before = signal.signal(signal.SIGWINCH, resized)
    try:
        answer_in_loop()
        signal.raise_signal(signal.SIGWINCH)
        await asyncio.wait_for(is_through.wait(), 30)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGWINCH)
        signal.signal(signal.SIGWINCH, before)
    assert [1, 2, 3] == told
