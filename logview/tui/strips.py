"""Rows as strips: each is drawn once, and remembered as long as it looks the same.

Textual keeps in a strip what it made of it (cut to its place, in the terminal's colors, as escape sequences). The same
strip given again is only written again, so a screen of which one row is new costs one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from logview.tui.paint import restyle

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from textual.color import Color
    from textual.filter import LineFilter
    from textual.selection import Selection
    from textual.widget import Widget

    from logview.engine import View
    from logview.tui.rows import Pieces, Rows

NOTHING = Style.null()
REMEMBERED = 512
"""Strips kept: a few screens."""


class Uncut(Strip):
    """A strip that is not cut where it ends.

    Textual keeps in a strip what it was divided into. Of one that ends where its place does that is the strip itself:
    a circle, which only the collector frees. A screen of new rows leaves a thousand such objects behind, ten times a
    second, and each pass through them held up a picture for 13 ms.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        cuts = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if cuts == [self.cell_length] else super().divide(cuts)


def lay(pieces: Pieces, width: int, tint: Callable[[Style], Style]) -> Strip:
    """The pieces in exactly `width` cells, each in what `tint` makes of its style; neighbors of one style joined."""
    made: list[Segment] = []
    text, left = "", width
    before: Style | None = NOTHING
    last = tint(NOTHING)
    for piece in pieces:
        new, style = piece[0], piece[1]
        # Asked here, not by `cells`: a screen of new rows has five hundred pieces, each second one a blank.
        wide = len(new) if new.isascii() else cell_len(new)
        if wide > left:
            new, wide = set_cell_size(new, left), left
        if style is not before:
            before, tinted = style, tint(style or NOTHING)
            if tinted is not last:
                if text:
                    made.append(Segment(text, last))
                text, last = "", tinted
        text += new
        left -= wide
        if not left:
            break
    rest = tint(NOTHING)
    if left and rest is not last:
        if text:
            made.append(Segment(text, last))
        text, last = "", rest
    made.append(Segment(text + " " * left, last))
    return Uncut(made, width)


@dataclass(frozen=True, slots=True)
class Marks:
    """What lies over the rows and comes and goes: the cursor, and what the mouse has selected.

    field  the one that is marked in the row of the cursor; None: none is
    """

    cursor: int
    cursor_style: Style
    field: str | None = None
    selection: Selection | None = None
    selected_style: Style = NOTHING

    def span(self, row: int) -> tuple[int, int] | None:
        """First and last character selected in a row, −1 for its end; None: none is."""
        return self.selection.get_span(row) if self.selection is not None else None


class Strips:
    """The strips of a view's rows; those without marks are remembered."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._known: dict[Hashable, Strip] = {}
        self.has_grown = False
        """Set when a record needed a wider column: all rows are to be drawn again."""

    def clear(self) -> None:
        """Forget them: columns, colors, zone or search have changed."""
        self._known.clear()

    def line(
        self, view: View, row: int, looks: tuple[Hashable, Hashable], *, width: int, tint: Tints, marks: Marks
    ) -> Strip:
        """The row as it stands on the screen.

        looks  what `View.looks` says of the row above, whose time is not repeated, and of the row
        """
        span = marks.span(row)
        key = (looks, row, width)
        try:
            if row == marks.cursor or span is not None:
                return self._marked(view, row, span, width=width, tint=tint, marks=marks)
            strip = self._known.get(key)
            if strip is None:
                strip = lay(self._pieces(view, row), width, tint)
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = strip
        except IndexError:
            # The engine's threads may take a row back between two looks at it; the next update draws it.
            return Strip.blank(width, tint(NOTHING))
        return strip

    def _marked(
        self, view: View, row: int, span: tuple[int, int] | None, *, width: int, tint: Tints, marks: Marks
    ) -> Strip:
        is_cursor = row == marks.cursor
        made = self._pieces(view, row, marked=marks.field if is_cursor else None)
        if span is not None:
            end = len("".join(piece[0] for piece in made)) if span[1] == -1 else span[1]
            made = restyle(made, [(span[0], end)], marks.selected_style)
        return lay(made, width, tint.over(marks.cursor_style) if is_cursor else tint)

    def _pieces(self, view: View, row: int, *, marked: str | None = None) -> Pieces:
        """The row's pieces, the field `marked` among them marked; raises IndexError outside the rows."""
        facts = view.facts(row)
        self.has_grown |= self._rows.meet(facts)
        return self._rows.pieces(self._rows.parts(view, row, facts), marked=marked)


class Tints:
    """Styles as they stand on a ground: with its color, and as the screen's filters change them."""

    def __init__(self, ground: Style, background: Color, filters: Sequence[LineFilter]) -> None:
        self.ground = ground
        self._background = background
        self._filters = filters
        self._known: dict[int, tuple[Style, Style]] = {}
        """id of a style → the style, and what it looks like."""
        self._tinted: dict[Style, Style] = {}
        """Equal looks are one object."""
        self._over: dict[Style, Tints] = {}

    def over(self, style: Style) -> Tints:
        """The same with another style laid over the ground."""
        if style not in self._over:
            self._over[style] = Tints(self.ground + style, self._background, self._filters)
        return self._over[style]

    def __call__(self, style: Style) -> Style:
        # By identity: a style's hash is a call of Python. The style is kept, so that no other comes to its place.
        known = self._known.get(id(style))
        if known is not None:
            return known[1]
        # A filter looks at one segment at a time.
        made = [Segment(" ", self.ground + style)]
        for change in self._filters:
            made = change.apply(made, self._background)
        tinted = self._tinted.setdefault(made[0].style or NOTHING, made[0].style or NOTHING)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[id(style)] = style, tinted
        return tinted


def tints_of(widget: Widget) -> Tints:
    """How styles look in a widget now; to be asked anew when its style or the theme has changed."""
    return Tints(widget.rich_style, widget.background_colors[1], widget.get_line_filters())
