"""What the records shown say: each field, how many have it, its kind, its values; a value becomes a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work

from logview import present
from logview.engine.discover import VALUE_LENGTH, FieldFacts, discover
from logview.query.model import field_text
from logview.tui import state as states
from logview.tui.detail import DetailLine
from logview.tui.keymap import bindings
from logview.tui.paint import Piece
from logview.tui.screens.page import Page, PageOutline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from logview.engine import View
    from logview.record import Record
    from logview.tui.session import Session
    from logview.tui.theme import Palette

READ_ROWS = 5000
"""Records that are looked at, evenly chosen from those shown."""
VALUES_SHOWN = 40
NAME_CELLS, VALUE_CELLS, BAR_CELLS = 26, 44, 20


class FieldsOutline(PageOutline):
    """Lines where Enter opens a field or filters by a value; `+` and `-` filter by a value or a field."""

    BINDINGS: ClassVar = bindings("fields")

    def action_choose(self) -> None:
        if self.line is not None and self.line.fold is not None:
            self.fold_at(self.cursor)
        else:
            self.action_filter()

    def action_filter(self, sign: str = "") -> None:
        """Leave with the filter of the line under the cursor, turned round where `sign` is "-"."""
        line = self.line
        if line is None or line.field is None:
            return
        if line.value is None:
            name = field_text(line.field)
            self.screen.dismiss(f"missing:{name}" if sign else f"has:{name}")
        else:
            self.screen.dismiss(sign + states.term(line.field, line.value))


class FieldsPage(Page):
    """Dismissed with a filter text, or None."""

    def __init__(self, session: Session, view: View) -> None:
        self.session, self.view = session, view
        self.facts: Sequence[FieldFacts] | None = None
        self.looked = 0
        super().__init__(f"Fields of the {view.rows:,} records shown", session.palette, self.make)

    def make_outline(self, make: Callable[[int], Iterable[DetailLine]]) -> PageOutline:
        return FieldsOutline(self.palette, make)

    def make(self, width: int) -> Iterable[DetailLine]:
        """The lines now; for this page "folded" holds what is open."""
        if self.facts is None:
            return [DetailLine((Piece("reading …", self.palette.faint),))]
        return field_lines(
            self.facts, looked=self.looked, palette=self.palette, width=width, opened=self.outline.folded
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.read()

    @work(thread=True, group="fields", exit_on_error=True)
    def read(self) -> None:
        """Look at the records, off the event loop."""
        pairs = list(self._chosen())
        self.app.call_from_thread(self.show, discover(pairs), len(pairs))

    def _chosen(self) -> Iterator[tuple[Record, str]]:
        rows = self.view.rows
        for row in range(rows - 1, -1, -max(rows // READ_ROWS, 1)):
            try:
                if not self.view.is_notice(row):
                    yield self.session.shown_record(self.view, row), self.view.service(row)
            except IndexError:
                continue

    def show(self, facts: Sequence[FieldFacts], looked: int) -> None:
        """Show what was found."""
        self.facts, self.looked = facts, looked
        self.outline.lay_out()


def field_lines(
    facts: Sequence[FieldFacts], *, looked: int, palette: Palette, width: int, opened: Collection[str]
) -> Iterator[DetailLine]:
    """A line a field, under an open one its values."""
    if not facts:
        yield DetailLine((Piece("No records, so no fields.", palette.dim),))
        return
    for one in facts:
        is_open = one.name in opened
        yield _field_line(one, looked, palette, is_open=is_open)
        if is_open:
            yield from _value_lines(one, palette, width)
    yield DetailLine((Piece("", palette.dim),))
    yield DetailLine((Piece(f"from {looked:,} records, evenly chosen from those shown", palette.faint),))


def _field_line(one: FieldFacts, looked: int, palette: Palette, *, is_open: bool) -> DetailLine:
    name = present.one_line(one.name, 128)
    share = 100 * one.records / looked
    kinds = " or ".join(kind for kind, _ in one.kinds)
    return DetailLine(
        (
            Piece("▾ " if is_open else "▸ ", palette.faint),
            Piece(name.ljust(NAME_CELLS), palette.key),
            Piece(f" {f'{share:.0f}' if share >= 1 else '<1'} %".rjust(7), palette.text),
            Piece(f"  {kinds:<9}", palette.dim if len(one.kinds) == 1 else palette.warn),
            Piece("  " + _gist(one), palette.dim),
        ),
        fold=one.name,
        field=one.name,
    )


def _gist(one: FieldFacts) -> str:
    """The values in a few words: a span of numbers, the commonest texts, or how many different ones."""
    if one.span is not None:
        least, middle, most, greatest = (f"{number:,.6g}" for number in one.span)
        return f"{least} … {greatest}  median {middle}  p95 {most}" if least != greatest else least
    distinct = f"{len(one.values):,}{'' if one.is_whole else ' or more'} different"
    if len(one.values) > 8 and one.values[0][1] <= 2:
        return distinct
    commonest = " · ".join(present.one_line(text, 40) or '""' for text, _ in one.values[:4])
    return commonest + (f" · {distinct}" if len(one.values) > 4 else "")


def _value_lines(one: FieldFacts, palette: Palette, width: int) -> Iterator[DetailLine]:
    cells = max(min(VALUE_CELLS, width - BAR_CELLS - 16), 12)
    greatest = one.values[0][1] if one.values else 1
    for text, count in one.values[:VALUES_SHOWN]:
        bar = "█" * max(round(BAR_CELLS * count / greatest), 1)
        shown = present.one_line(text, cells - 1) or '""'
        pieces = (
            Piece(f"    {count:>9,}  ", palette.text),
            Piece(f"{bar:<{BAR_CELLS}}  ", palette.info),
            Piece(shown, palette.text),
        )
        is_cut = len(text) == VALUE_LENGTH
        yield DetailLine(pieces, field=None if is_cut else one.name, value=text)
    rest = len(one.values) - VALUES_SHOWN
    if rest > 0 or not one.is_whole:
        more = f"{max(rest, 0):,}{'' if one.is_whole else ' or more'} other values"
        yield DetailLine((Piece(f"    {more}", palette.faint),))
