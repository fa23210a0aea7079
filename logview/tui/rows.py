"""The rows of a view as parts and segments: which columns there are, and what stands in them.

Knows a view and a width, and no widget. Remembers what it has met (services, job ids, origins), so that columns that
nobody fills take no room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from logview import present
from logview.query.fields import lookup
from logview.tui import row as drawing
from logview.tui.paint import cells, restyle

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from logview.engine import RowFacts, RowKey, View
    from logview.tui.theme import Palette, ServiceColors

Pieces = Sequence[Segment | drawing.Part]
"""Texts and their styles, left to right."""
CLOCK_NS = 1_000_000
"""What the clock tells apart."""
TIME_COLUMNS = ("clock", "delta", "since")


def key_at(view: View, row: int) -> RowKey | None:
    """The row's key; None outside the rows.

    The engine's threads may take rows back (first guesses at the newest records) between any two looks at a view: who
    asks by number must be ready for that. The next update shows what is there then.
    """
    try:
        return view.key(row)
    except IndexError:
        return None


def time_at(view: View, row: int) -> int | None:
    """The row's time; None outside the rows and for a record without one."""
    try:
        return view.time_ns(row)
    except IndexError:
        return None


@dataclass(slots=True)
class Rows:
    """How rows are drawn now."""

    palette: Palette
    colors: ServiceColors
    zone: tzinfo
    layout: drawing.Layout = field(default_factory=drawing.Layout)
    time_column: str = TIME_COLUMNS[0]
    shift: int = 0
    """Cells that the messages are scrolled to the left."""
    matches: Callable[[str], list[tuple[int, int]]] | None = None
    """What a search found in a line."""
    services: tuple[str, ...] = ()
    job_width: int = 0
    has_origins: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    """Fields with a column of the reader's own, and the widest of each that was met."""
    marks: dict[RowKey, int | None] = field(default_factory=dict)
    """Records that the reader has marked, and their times; the newest mark last."""
    is_dated: bool = False
    """The view spans more than one day."""

    def measure(self, view: View, width: int) -> bool:
        """Choose the columns for a width; True when they are others than before."""
        before = (self.layout, self.is_dated)
        span = view.span_ns()
        self.is_dated = span is not None and self._day(span[0]) != self._day(span[1])
        self.layout = drawing.make_layout(
            max(width, 1),
            services=self.services,
            time_width=18 if self.is_dated and self.time_column == "clock" else 12,
            job_width=self.job_width,
            origins=self.has_origins,
            fields=tuple(self.columns.items()),
        )
        return before != (self.layout, self.is_dated)

    def _day(self, time_ns: int) -> str:
        return present.clock(time_ns, self.zone, date=True)[:5]

    def meet(self, facts: RowFacts) -> bool:
        """Take note of what a row has; True when a column must grow for it."""
        record, service = facts.record, facts.service
        before = (self.services, self.job_width, self.has_origins, *self.columns.values())
        for name in self.columns:
            value = lookup(name)(record, service)
            if value is not None:
                wide = cells(name) + 1 + min(cells(drawing.field_text(value)), drawing.WIDEST_VALUE)
                self.columns[name] = max(self.columns[name], wide)
        if service not in self.services:
            self.services = (*self.services, service)
        if record.job_id is not None:
            self.job_width = max(self.job_width, min(len(record.job_id), drawing.WIDEST_JOB))
        self.has_origins = self.has_origins or bool(record.logger or record.function or record.file)
        return before != (self.services, self.job_width, self.has_origins, *self.columns.values())

    def toggle_column(self, name: str) -> bool:
        """Give a field a column, or take it away; True when it has one now."""
        if name in self.columns:
            del self.columns[name]
            return False
        self.columns[name] = cells(name) + 2
        return True

    def parts(self, view: View, row: int, facts: RowFacts | None = None) -> list[drawing.Part]:
        """The row's parts; raises IndexError outside the rows.

        facts  the row's, if they are at hand
        """
        facts = facts or view.facts(row)
        time_text = self.time_text(view, row, facts.time_ns, facts.arrived_ns)
        look = drawing.Look(
            palette=self.palette,
            layout=self.layout,
            service=facts.service,
            service_style=self.colors.style(facts.service, self.palette),
            severity=facts.severity,
            time_text=time_text,
            same_time=row > 0 and self._is_same_time(view, row, facts.time_ns, time_text),
            is_marked=bool(self.marks) and view.key(row) in self.marks,
            private=bool(facts.rules) and any(rule.startswith("LV6") for rule in facts.rules),
        )
        return drawing.row_parts(facts.record, look)

    def pieces(self, parts: list[drawing.Part], *, marked: str | None = None) -> Pieces:
        """The parts as they stand on the screen: one field marked, what was searched marked, messages scrolled."""
        if marked is None and not self.shift and self.matches is None:
            return parts
        made = drawing.segments(parts, field=marked, field_style=self.palette.field)
        if self.shift:
            fixed, strip = drawing.fixed_width(self.layout), Strip(made)
            start = fixed + self.shift
            shifted = strip.crop(start, None) if strip.cell_length > start else Strip([])
            made = [*strip.crop(0, fixed), *shifted]
        if self.matches is not None:
            made = restyle(made, self.matches("".join(text for text, _, _ in made)), self.palette.match)
        return made

    def time_text(self, view: View, row: int, time_ns: int | None, arrived_ns: int | None) -> str:
        """What stands in the time column of a row with this time, or which was seen arriving then."""
        if time_ns is None and arrived_ns is not None:
            return "~" + present.clock(arrived_ns, self.zone, date=self.is_dated)[:-1]
        if self.time_column == "clock" or time_ns is None:
            return present.clock(time_ns, self.zone, date=self.is_dated)
        if self.time_column == "delta":
            before = view.time_ns(row - 1) if row else time_ns
            return "" if before is None else "+" + present.duration(max(time_ns - before, 0))
        since = next((time_ns for time_ns in reversed(self.marks.values()) if time_ns is not None), None)
        since = view.time_ns(0) if since is None else since
        return "" if since is None else ("+" if time_ns >= since else "") + present.duration(time_ns - since)

    def toggle_mark(self, key: RowKey, time_ns: int | None) -> bool:
        """Mark a record, or take its mark away; True when it is marked now."""
        if key in self.marks:
            del self.marks[key]
            return False
        self.marks[key] = time_ns
        return True

    def marked(self, view: View) -> list[int]:
        """Rows of the marked records that the view shows, ascending."""
        found = ((view.row_of(key), key) for key in self.marks)
        return sorted(row for row, key in found if key_at(view, row) == key)

    def _is_same_time(self, view: View, row: int, time_ns: int | None, text: str) -> bool:
        """Whether the row above shows the same in the time column."""
        above_ns = view.time_ns(row - 1)
        if self.time_column == "clock" and time_ns is not None and above_ns is not None:
            return time_ns // CLOCK_NS == above_ns // CLOCK_NS
        return text == self.time_text(view, row - 1, above_ns, view.arrived_ns(row - 1))

    def place_of(self, parts: list[drawing.Part], name: str) -> tuple[int, int] | None:
        """First cell and width of a field behind the fixed columns; None when it stands in one of them."""
        position = -drawing.fixed_width(self.layout)
        for part in parts:
            width = cells(part.text)
            if part.field == name:
                return (position, width) if position > 0 else None
            position += width
        return None

    def field_at(self, parts: list[drawing.Part], x: int) -> str | None:
        """The field of the part under cell `x` of the row as shown."""
        position = x + (self.shift if x >= drawing.fixed_width(self.layout) else 0)
        for part in parts:
            position -= cells(part.text)
            if position < 0:
                return part.field
        return None
