"""Segments painted over: search matches, text selection, and what a click on a one-line widget means.

Positions are characters in the joined text, as Textual's selection counts them.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content

from logview import present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Spans = list[tuple[int, int]]

SLOW_S = 0.002
"""A regular expression that works longer on one line counts against the budget; seconds of the processor."""
PAINT_S = 0.03
"""So long in all may slow searches work: they hold up the screen."""
STOP_S = 0.06
"""Where one search is broken off, on the wall's clock: a busy machine may keep a quick one waiting."""


def restyle(pieces: Iterable[tuple[Any, ...]], spans: Sequence[tuple[int, int]], style: Style) -> list[Segment]:
    """As segments, with `style` laid over the characters of each span; spans ascend and do not overlap.

    pieces  tuples that begin with a text and its style
    """
    made: list[Segment] = []
    position = 0
    for text, old, *_ in pieces:
        old = old or Style.null()
        cut = 0
        for start, end in spans:
            first, last = max(start - position, cut), min(end - position, len(text))
            if first >= last:
                continue
            if first > cut:
                made.append(Segment(text[cut:first], old))
            made.append(Segment(text[first:last], old + style))
            cut = last
        if cut < len(text):
            made.append(Segment(text[cut:], old))
        position += len(text)
    return made


def matcher(search: str) -> Callable[[str], Spans]:
    """Where a search stands in a line: `/regex/` or text, insensitive to case unless it holds a capital.

    A pattern that does not compile marks nothing, and one that was slow for `PAINT_S` in all marks nothing any more:
    the engine does the search, this only paints.
    """
    is_regex = len(search) > 2 and search.startswith("/") and search.endswith("/")
    source = search[1:-1] if is_regex else present.one_line(search)
    is_any_case = source.lower() == source
    if not is_regex:  # a text takes as long as the line
        text_pattern = re.compile(re.escape(source), re.IGNORECASE if is_any_case else 0)
        return lambda text: [one.span() for one in text_pattern.finditer(text) if one.end() > one.start()]
    import regex

    try:
        pattern = regex.compile(source, regex.IGNORECASE if is_any_case else 0)
    except regex.error:
        return lambda _text: []

    def spans(text: str, stop_s: float) -> Spans:
        return [one.span() for one in pattern.finditer(text, timeout=stop_s) if one.end() > one.start()]

    left_s = PAINT_S

    def spans_in_time(text: str) -> Spans:
        nonlocal left_s
        if left_s <= 0:
            return []
        began = time.thread_time()
        try:
            found = spans(text, STOP_S)
        except TimeoutError:
            found = []
        took_s = time.thread_time() - began
        if took_s > SLOW_S:
            left_s -= took_s
        return found

    return spans_in_time


def get_ready() -> None:
    """Load what painting a search by a pattern needs while the pattern is typed: later it would be a gap of 60 ms."""
    if "regex" not in sys.modules:
        threading.Thread(target=import_module, args=("regex",), name="logview-load", daemon=True).start()


def cells(text: str) -> int:
    """Cells that a text without control characters takes."""
    return len(text) if text.isascii() else cell_len(text)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in a one-line widget; with an action it can be clicked."""

    text: str
    style: Style
    action: str | None = None


def action_at(pieces: Iterable[Piece], x: int) -> str | None:
    """The action of the piece at cell `x`."""
    for piece in pieces:
        width = cells(piece.text)
        if x < width:
            return piece.action
        x -= width
    return None


def width_of(pieces: Iterable[Piece]) -> int:
    """Cells the pieces take."""
    return sum(cells(piece.text) for piece in pieces)


def spread(left: list[Piece], right: list[Piece], width: int, style: Style) -> list[Piece]:
    """The pieces at both edges of a line; where there is no room for both, the right side is dropped from its left."""
    right = list(right)
    while right and width_of(left) + width_of(right) + 2 > width:
        right.pop(0)
    gap = max(width - width_of(left) - width_of(right), 0)
    return [*left, Piece(" " * gap, style), *right]


def plain(text: str) -> Content:
    """Text for a Textual widget: cleaned, and never read as markup."""
    return Content("\n".join(present.one_line(line) for line in text.split("\n")))
