"""What a timer is to do is done, however late it is."""

from __future__ import annotations

import time
from itertools import count

import pytest
from textual import timer as textual_timer

from logview.record import Level
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
