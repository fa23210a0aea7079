"""Rows as strips: laid as Textual would lay them, drawn once, and the thumb beside them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome
from textual.geometry import Region
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from logview.record import Level
from logview.tui.strips import Tints, lay
from logview.tui.widgets.status import Status
from logview.tui.widgets.thumb import thumb

from .fake_engine import Entry, FakeEngine
from .records import record
from .screen import settled, viewer

if TYPE_CHECKING:
    import pytest

GROUND = Style.parse("white on #102030")
STYLES = [Style.null(), Style.parse("bold red"), Style.parse("dim"), Style.parse("on blue")]
SEGMENTS = st.lists(st.tuples(st.text("ab é漢🙂", max_size=6), st.sampled_from(STYLES)), max_size=8)


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, style) for text, style, _ in strip for character in text]


@given(SEGMENTS, st.integers(1, 20))
def test_a_strip_is_what_textual_would_make_of_the_segments(texts: list[tuple[str, Style]], width: int) -> None:
    segments = [Segment(text, style) for text, style in texts]
    laid = lay(segments, width, Tints(GROUND, Color(0, 0, 0), []))
    wanted = Strip(segments).crop_extend(0, width, GROUND).apply_style(GROUND)
    assert cells(wanted) == cells(laid)
    assert width == laid.cell_length == sum(segment.cell_length for segment in laid)


@given(SEGMENTS, st.integers(1, 20))
def test_the_filters_of_the_screen_change_a_strip_as_they_change_any_other(
    texts: list[tuple[str, Style]], width: int
) -> None:
    segments = [Segment(text, style) for text, style in texts]
    background, change = Color(9, 9, 9), Monochrome()
    laid = lay(segments, width, Tints(GROUND, background, [change]))
    wanted = Strip(segments).crop_extend(0, width, GROUND).apply_style(GROUND).apply_filter(change, background)
    assert cells(wanted) == cells(laid)


@given(SEGMENTS, st.integers(1, 20), st.lists(st.integers(1, 25), max_size=4))
def test_a_strip_is_divided_as_textual_divides_it_and_does_not_keep_itself(
    texts: list[tuple[str, Style]], width: int, cuts: list[int]
) -> None:
    laid = lay([Segment(text, style) for text, style in texts], width, Tints(GROUND, Color(0, 0, 0), []))
    wanted = Strip(list(laid), width).divide(sorted(cuts))
    before = sys.getrefcount(laid)
    divided = [cells(part) for part in laid.divide(sorted(cuts))]
    assert [cells(part) for part in wanted] == divided
    laid.divide([width, width + 1])
    assert before == sys.getrefcount(laid)


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 1)), min_size=2, max_size=2))
def test_bars_with_the_same_thumb_look_the_same(height: int, places: list[tuple[int, float]]) -> None:
    drawn, thumbs = [], []
    for more, part in places:
        rows = height + more
        top = int(part * more)
        thumbs.append(thumb(height, rows, top))
        window = height if height < rows else 0
        bar = ScrollBarRender.render_bar(height, virtual_size=rows, window_size=window, position=top)
        drawn.append([(segment.text, segment.style and segment.style.without_color) for segment in bar.segments])
    if thumbs[0] == thumbs[1]:
        assert drawn[0] == drawn[1]


async def test_a_row_that_only_scrolls_is_not_drawn_again() -> None:
    engine = FakeEngine()
    for n in range(200):
        engine.append(record(n, Level.INFO, f"message {n}"), "scheduler")
    async with viewer(engine) as (app, pilot):
        lines = app.screen.lines
        lines.go_to(100)
        await settled(app, pilot)
        height = lines.size.height
        picture = Region(0, 0, lines.size.width, height)
        before = lines.render_lines(picture)
        lines.go_to(0)
        lines._show_rows(70)
        top = round(lines.scroll_offset.y)
        first = lines.render_lines(picture)
        lines._show_rows(top + 1)
        after = lines.render_lines(picture)
        assert len(before) == len(first) == height
        assert all(one is other for one, other in zip(first[1:], after[:-1], strict=True))


async def test_what_a_new_record_changes_is_there_for_one_picture() -> None:
    engine = FakeEngine()
    engine.append(record(0, Level.INFO, "first"), "scheduler")
    async with viewer(engine) as (app, _pilot):
        screen = app.screen
        engine.entries.append(Entry(record(1, Level.INFO, "second"), "scheduler"))
        engine.version += 1
        screen.engine_changed()
        status = screen.query_one(Status)
        assert (1, 2) == (screen.lines.cursor, screen.lines.view.rows) == (status.place.row, status.place.rows)


async def test_the_thumb_that_stays_at_the_end_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine([Entry(record(n, Level.INFO, "same"), "scheduler") for n in range(20_000)])
    async with viewer(engine) as (app, _pilot):
        lines, drawn = app.screen.lines, []
        bar = lines.vertical_scrollbar
        monkeypatch.setattr(bar, "refresh", lambda *_args, **_kw: drawn.append(bar.position))
        engine.entries += [Entry(record(20_000 + n, Level.INFO, "new"), "scheduler") for n in range(5_000)]
        engine.version += 1
        lines.sync()
        assert (25_000, lines.max_scroll_y) == (bar.window_virtual_size, bar.position)
        assert not drawn
        lines.go_to(0)
        assert drawn
