"""Levels over time in two rows of blocks: how much was logged when, and how bad the worst of it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.record import Level
from logview.tui.paint import Piece
from logview.tui.widgets.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from logview.tui.theme import Palette

BLOCKS = " ▁▂▃▄▅▆▇█"
Bucket = Mapping[Level | None, int]
"""Records by level in one span of time."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What the overview shows: one bucket a cell, and the cursor's place."""

    counts: Sequence[Bucket] = ()
    cursor: int | None = None


def heights(counts: Sequence[Bucket], steps: int) -> list[int]:
    """Each bucket's height in eighths of a row, 0 to `steps`; any record at all is at least 1.

    The square root of the share: quiet spans stay visible beside a burst, and a handful of records is no burst.
    """
    totals = [sum(bucket.values()) for bucket in counts]
    most = max(8, *totals) if totals else 0
    return [0 if total == 0 else max(1, round(steps * (total / most) ** 0.5)) for total in totals]


def worst(bucket: Bucket) -> str:
    """The word of the worst level in a bucket; "" when no record has a level."""
    levels = [level for level, number in bucket.items() if number and level is not None]
    return max(levels).name if levels else ""


def shapes(counts: Sequence[Bucket], steps: int) -> list[tuple[int, str]]:
    """Each bucket's height and the word of its worst level: what all rows of the bars are drawn from."""
    return list(zip(heights(counts, steps), map(worst, counts), strict=True))


def bar_pieces(
    shaped: Sequence[tuple[int, str]], cursor: int | None, palette: Palette, y: int, rows: int
) -> list[Piece]:
    """Row `y` of `rows`, 0 on top; cells side by side that look alike are one piece."""
    pieces: list[Piece] = []
    text, last = "", palette.dim
    for at, (height, word) in enumerate(shaped):
        style = palette.error if word == "FATAL" else palette.level(word)
        if at == cursor:
            style = style + palette.field
        if style is not last:
            if text:
                pieces.append(Piece(text, last))
            text, last = "", style
        text += BLOCKS[min(max(height - 8 * (rows - 1 - y), 0), 8)]
    return [*pieces, Piece(text, last)] if text else pieces


class Overview(Line):
    """The histogram; a click goes to the first record of that time."""

    ROWS = 2
    DEFAULT_CSS = """
    Overview {
        height: 2;
        background: $background;
    }
    """

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette = palette
        self.bars = Bars()
        self._shaped: tuple[Sequence[Bucket], list[tuple[int, str]]] = ((), [])
        """Of which counts, and their shapes: the cursor moves more often than they change."""

    def show(self, bars: Bars) -> None:
        """Show other counts or another place."""
        if bars != self.bars:
            self.bars = bars
            self.refresh()

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        counts = self.bars.counts
        if self._shaped[0] is not counts:
            self._shaped = counts, shapes(counts, 8 * self.ROWS)
        return bar_pieces(self._shaped[1], self.bars.cursor, self.palette, y, self.ROWS)

    async def on_click(self, event: Click) -> None:
        event.stop()
        if self.bars.counts and event.x < len(self.bars.counts):
            await self.screen.run_action(f"go_to_time({event.x}, {len(self.bars.counts)})")
