"""One record as one row of the timeline: what stands in which column, and in which style.

Pure functions: a record and a layout in, parts out. Every text has passed `present`, so nothing here can reach the
terminal as anything but text. Widths are cells, not characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment

from logview import present
from logview.query.fields import lookup
from logview.record import Level
from logview.tui.paint import cells
from logview.tui.private import without_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.style import Style

    from logview.record import Record
    from logview.tui.theme import Palette


MARK = "◆"
WIDEST_VALUE = 16
"""Cells of a value in a column of the reader's."""
LEAST_MESSAGE = 24
"""Cells that such columns leave to the message."""
WIDEST_JOB = 14
"""Cells of the job column at most; `job-7f3a` needs 8, a UUID shows its first groups."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Column widths in cells; 0: not shown."""

    time: int = 12
    level: int = 5
    service: int = 10
    origin: int = 20
    job: int = 12
    message: int = 60
    fields: tuple[tuple[str, int], ...] = ()
    """The reader's own columns, name and width, between job and message."""


class Part(NamedTuple):
    """One piece of a row; with a field it can be filtered by. A tuple: a screen of new rows makes hundreds."""

    text: str
    style: Style
    field: str | None = None
    """The query language's name of the field: "service", "err.code"."""
    value: Any = None


class Look(NamedTuple):
    """What a row needs to know besides the record."""

    palette: Palette
    layout: Layout
    service: str
    service_style: Style
    severity: str | None = None
    """The worst severity of the record's violations."""
    time_text: str = ""
    same_time: bool = False
    """The row above shows the same text: drawn faint."""
    is_marked: bool = False
    """By the reader, to come back to."""
    private: bool = False
    """The record breaks a privacy rule: its values are masked on the screen too."""


def make_layout(
    width: int,
    *,
    services: Sequence[str],
    time_width: int,
    job_width: int,
    origins: bool,
    fields: Sequence[tuple[str, int]] = (),
) -> Layout:
    """Columns for a row of `width` cells: narrow screens drop origin, then job, then shorten the service.

    fields  the reader's own columns, of which those are kept that leave the message room
    """
    longest = max((cells(name) for name in services), default=8)
    service = min(max(longest, 4), 14) if width >= 60 else min(longest, 6) if width >= 40 else 0
    origin = 0 if not origins or width < 90 else 18 if width < 130 else 24
    job = 0 if width < 70 else min(job_width, 10 if width < 110 else WIDEST_JOB)
    time = time_width if width >= 30 else 0
    level = 5 if width >= 20 else 1
    used = 2 + sum(column + 1 for column in (time, level, service, origin, job) if column)
    kept: list[tuple[str, int]] = []
    for name, wide in fields:
        if used + wide + 1 + LEAST_MESSAGE <= width:
            kept.append((name, wide))
            used += wide + 1
    return Layout(time, level, service, origin, job, max(width - used, 0), tuple(kept))


def fit(text: str, width: int, *, keep_end: bool = False) -> str:
    """The text in exactly `width` cells: padded, or cut with an ellipsis at the end (or at the start)."""
    if width <= 0:
        return ""
    length = cells(text)
    if length <= width:
        return text + " " * (width - length)
    if not keep_end:
        return set_cell_size(text, width - 1) + "…"
    end = text[-width:]
    while cells(end) > width - 1:
        end = end[1:]
    return "…" + end + " " * (width - 1 - cells(end))


def row_parts(record: Record, look: Look) -> list[Part]:
    """The row's parts from the gutter to the last special field; the message and what follows is not cut to width."""
    palette, layout = look.palette, look.layout
    if look.private:
        record = without_secrets(record)
    word = present.level_word(record.level)
    glyph, style = present.SEVERITY_GLYPHS.get(look.severity or "", " "), palette.severity(look.severity)
    parts = [Part(glyph, style), Part(MARK, palette.strong)] if look.is_marked else [Part(glyph + " ", style)]
    if layout.time:
        style = palette.faint if look.same_time else palette.dim
        parts += column(look.time_text, layout.time, style, "time", record.time_ns)
    level_text = fit(word or "–", layout.level)
    parts += column(level_text, layout.level, palette.level(word), "level", word.lower() or None)
    if layout.service:
        name = present.one_line(look.service, 64)
        parts += column(name, layout.service, look.service_style, "service", look.service)
    if layout.origin:
        field, value = ("function", record.function) if record.function else ("logger", record.logger)
        parts += column(present.origin(record), layout.origin, palette.dim, field if value else None, value, end=True)
    if layout.job:
        job = present.one_line(record.job_id or "", 64)
        parts += column(job, layout.job, palette.job, "job_id" if job else None, record.job_id)
    for name, width in layout.fields:
        parts += field_column(name, width, lookup(name)(record, look.service), palette)
    return parts + tail(record, palette, placed=[name for name, _ in layout.fields])


def field_column(name: str, width: int, value: Any, palette: Palette) -> list[Part]:
    """A column of the reader's: `tenantId=8`, as behind the message; blank where the record has no such field."""
    if value is None:
        return [Part(" " * (width + 1), palette.faint)]
    key = fit(present.one_line(name, 64) + "=", min(cells(name) + 1, width))
    return [Part(key, palette.faint), *column(field_text(value), width - cells(key), palette.dim, name, value)]


def field_text(value: Any) -> str:
    """A field's value in a column."""
    return value.text if isinstance(value, Level) else present.value_text(value)


def column(
    text: str, width: int, style: Style, field: str | None = None, value: Any = None, *, end: bool = False
) -> list[Part]:
    """A text in its column, and the blank after it."""
    return [Part(fit(text, width, keep_end=end), style, field, value), Part(" ", style)]


def tail(record: Record, palette: Palette, *, placed: Collection[str] = ()) -> list[Part]:
    """The message, the error in short, how many lines are folded away, the special fields that no column has told."""
    word = present.level_word(record.level)
    style = palette.text if word not in {"TRACE", "DEBUG"} else palette.dim
    message = present.message(record)
    parts = [Part(message, style, "message", record.message if record.message is not None else record.first)]
    error = present.fault(record.error)
    if error and error not in message:
        parts += [Part("  ", style), Part(error, palette.error, "error.type", record.error and record.error.type)]
    for text, field, value in present.exchange(record):
        told = field == "res.statusCode" and value >= 400
        status = palette.level("ERROR" if value >= 500 else "WARN") if told else palette.dim
        parts += [Part("  ", style), Part(text, status, field, value)]
    if record.lines > 1:
        parts += [Part(f"  ↳ {record.lines - 1} more", palette.faint)]
    for key, value in present.extras(record, told=placed):
        parts += [
            Part("  " + present.one_line(key, 64) + "=", palette.faint),
            Part(present.value_text(value), palette.dim, key, value),
        ]
    return parts


def fixed_width(layout: Layout) -> int:
    """Cells before the message."""
    columns = (layout.time, layout.level, layout.service, layout.origin, layout.job)
    return 2 + sum(width + 1 for width in columns if width) + sum(width + 1 for _, width in layout.fields)


def segments(parts: Sequence[Part], *, field: str | None, field_style: Style) -> list[Segment]:
    """The parts as Rich segments, the field under the cursor marked (the first of its name)."""
    made: list[Segment] = []
    marked = field is None
    for part in parts:
        if not part.text:
            continue
        style = part.style
        if not marked and part.field == field:
            style, marked = style + field_style, True
        made.append(Segment(part.text, style))
    return made


def fields_of(parts: Sequence[Part]) -> list[Part]:
    """The parts that can be filtered by, left to right."""
    return [part for part in parts if part.field is not None]


def notice_parts(text: str, palette: Palette) -> list[Part]:
    """A notice about a source (rotation, gap, exit) as a row of its own."""
    return [Part("── ", palette.warn), Part(present.one_line(text), palette.warn)]
