"""The thumb of a scroll bar that a growing view moves all the time, drawn again only when it looks otherwise."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from textual.scrollbar import ScrollBar

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView

EIGHTHS = 8
"""Steps in a cell that the bar can show."""


def thumb(height: int, rows: int, top: float) -> tuple[int, int]:
    """First and last eighth of a cell that the thumb covers in a bar of `height` cells, as Textual draws it."""
    if height <= 0 or rows <= height:
        return 0, 0
    size = max(1.0, height * height / rows)
    start = int((height - size) * top / (rows - height) * EIGHTHS)
    return start, start + ceil(size * EIGHTHS)


def move_thumb(view: ScrollView, rows: int, top: float) -> None:
    """Tell the vertical bar of a view about its rows and the topmost shown of them."""
    bar, height = view.vertical_scrollbar, view.scrollable_content_region.height
    before = thumb(height, bar.window_virtual_size, bar.position)
    bar.set_reactive(ScrollBar.window_virtual_size, rows)
    bar.set_reactive(ScrollBar.position, top)
    if thumb(height, rows, top) != before:
        bar.refresh()
