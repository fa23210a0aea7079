"""One record, whole, as lines: violations first, then what it says, its fields as a tree, traceback, raw text, origin.

Pure: a record in, lines out, wrapped to a width. Everything a line shows has been cleaned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, chop_cells

from logview import present
from logview.tui.paint import Piece

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from logview.record import Record
    from logview.standard.model import Rule, Site, Violation
    from logview.tui.theme import Palette

RAW_LIMIT = 64 * 1024
"""Characters of raw text shown."""
LINE_LIMIT = 4000
"""Lines of one panel."""
MESSAGE_LINES = 24
"""Lines of a message that stand above what is wrong with the record; of a longer one half of them, until unfolded."""
DEPTH_LIMIT = 128
FOLDED_AT_FIRST = frozenset({"raw", "written", "message"})


@dataclass(frozen=True, slots=True)
class DetailLine:
    """One line of the panel."""

    pieces: tuple[Piece, ...]
    fold: str | None = None
    """The part this line opens and closes; None: nothing to fold."""
    field: str | None = None
    value: Any = None
    """With `field`: what `+` and `-` filter by; alone: what is copied."""
    rule: str | None = None
    """The rule to explain."""
    site: Site | None = None
    """The call to open in an editor."""
    target: Hashable = None
    """The key of the row to go to."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A record and what is known about it."""

    record: Record
    service: str
    source: str
    violations: Sequence[Violation] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    sites: Sequence[Site] = ()


def detail_lines(
    subject: Subject, palette: Palette, zone: tzinfo, width: int, folded: Collection[str]
) -> list[DetailLine]:
    """All lines of the panel, at most LINE_LIMIT."""
    writer = Writer(palette, max(width, 8), frozenset(folded))
    lines: list[DetailLine] = []
    for line in panel(subject, writer, zone):
        if len(lines) == LINE_LIMIT:
            lines.append(DetailLine((Piece("… the rest is not shown; Y copies the whole record", palette.faint),)))
            break
        lines.append(line)
    return lines


@dataclass(frozen=True, slots=True)
class Writer:
    """How lines are laid out: styles, width, what is folded."""

    palette: Palette
    width: int
    folded: frozenset[str]

    def wrapped(self, text: str, *, style: Any, indent: int = 0, **marks: Any) -> Iterator[DetailLine]:
        """The text over as many lines as it needs."""
        pad = " " * indent
        for part in wrap(text, self.width - indent):
            yield DetailLine((Piece(pad, self.palette.text), Piece(part, style)), **marks)

    def head(self, title: str, fold: str, note: str = "") -> DetailLine:
        """A section's heading, which opens and closes it."""
        glyph = "▸ " if fold in self.folded else "▾ "
        pieces = [Piece(glyph, self.palette.faint), Piece(title, self.palette.strong)]
        if note:
            pieces.append(Piece("  " + note, self.palette.faint))
        return DetailLine(tuple(pieces), fold=fold)

    def pair(
        self, key: str, text: str, indent: int, *, style: Any = None, column: int = 0, **marks: Any
    ) -> Iterator[DetailLine]:
        """`key  text`, the text wrapped under itself; texts of a group stand in one column, `column` cells in."""
        name = present.one_line(key, 128)
        name += " " * min(column - cell_len(name), self.width // 3 - cell_len(name))
        room = self.width - indent - cell_len(name) - 2
        if room < 12:
            yield DetailLine((Piece(" " * indent, self.palette.text), Piece(name, self.palette.key)), **marks)
            yield from self.wrapped(text, style=style or self.palette.text, indent=indent + 2, **marks)
            return
        first, *rest = wrap(text, room)
        pad, gap = Piece(" " * indent, self.palette.text), Piece("  ", self.palette.text)
        yield DetailLine((pad, Piece(name, self.palette.key), gap, Piece(first, style or self.palette.text)), **marks)
        for part in rest:
            yield DetailLine((Piece(" " * (self.width - room), pad.style), Piece(part, style or pad.style)), **marks)


BLANK = DetailLine(())


def panel(subject: Subject, writer: Writer, zone: tzinfo) -> Iterator[DetailLine]:
    """The panel's sections in their order."""
    record = subject.record
    yield from headline(subject, writer, zone)
    if subject.violations:
        yield BLANK
        yield from violation_lines(subject, writer)
    yield BLANK
    yield from identity(subject, writer, zone)
    if record.fields:
        yield BLANK
        yield writer.head("fields", "fields", str(len(record.fields)))
        if "fields" not in writer.folded:
            yield from tree(record.fields, writer, path="", indent=2, fold="fields")
    if record.error is not None:
        yield BLANK
        yield from error_lines(record, writer)
    yield BLANK
    yield from raw_lines(record, writer)
    yield BLANK
    yield from origin_lines(subject, writer)


def headline(subject: Subject, writer: Writer, zone: tzinfo) -> Iterator[DetailLine]:
    """Level, service and time; then the message, whole."""
    record, palette = subject.record, writer.palette
    word = present.level_word(record.level)
    yield DetailLine(
        (
            Piece(word or "no level", palette.level(word)),
            Piece("  " + present.one_line(subject.service, 64), palette.strong),
            Piece("  " + (present.moment(record.time_ns, zone) or "no time"), palette.dim),
        )
    )
    text = record.message if record.message is not None else present.message(record)
    lines = [
        one
        for line in text[:RAW_LIMIT].split("\n")
        for one in writer.wrapped(
            present.one_line(line, RAW_LIMIT), style=palette.strong, field="message", value=record.message
        )
    ]
    if len(lines) <= MESSAGE_LINES:
        yield from lines
        return
    is_folded = "message" in writer.folded
    yield from lines[: MESSAGE_LINES // 2] if is_folded else lines
    note = f"▸ {len(lines) - MESSAGE_LINES // 2} more lines of the message" if is_folded else "▾ the message, whole"
    yield DetailLine((Piece(note, palette.faint),), fold="message")


def violation_lines(subject: Subject, writer: Writer) -> Iterator[DetailLine]:
    """Each violation: the rule, what is wrong, what to write instead for this logger, why."""
    palette = writer.palette
    count = len(subject.violations)
    yield writer.head("violations", "violations", str(count))
    if "violations" in writer.folded:
        return
    for number, violation in enumerate(subject.violations):
        severity = violation.severity.value
        fold = f"violation {number} {violation.rule}"
        glyph = present.SEVERITY_GLYPHS.get(severity, "•")
        style = palette.severity(severity)
        yield DetailLine(
            (
                Piece(f"  {glyph} ", style),
                Piece(violation.rule, style),
                Piece(f" {violation.name}", palette.strong),
                Piece(f"  {severity}", palette.dim),
            ),
            fold=fold,
            rule=violation.rule,
        )
        if fold in writer.folded:
            continue
        marks = {"rule": violation.rule}
        yield from writer.wrapped(present.one_line(violation.message), style=palette.text, indent=4, **marks)
        if violation.found:
            yield from writer.pair("found", present.one_line(violation.found), 4, style=palette.dim, column=5, **marks)
        if violation.want:
            yield from writer.pair("write", present.one_line(violation.want), 4, style=palette.good, column=5, **marks)
        rule = subject.rules.get(violation.rule)
        if rule is not None and rule.doc.why:
            why = " ".join(rule.doc.why.split())
            yield from writer.pair("why", present.one_line(why), 4, style=palette.dim, column=5, **marks)


def identity(subject: Subject, writer: Writer, zone: tzinfo) -> Iterator[DetailLine]:
    """The normalized keys that are there."""
    record = subject.record
    yield writer.head("record", "record", record.format)
    if "record" in writer.folded:
        return
    pairs: list[tuple[str, Any]] = [
        ("time", record.time_ns),
        ("level", record.level.text if record.level is not None else None),
        ("service", subject.service),
        ("logger", record.logger),
        ("function", record.function),
        ("file", record.file),
        ("line", record.line),
        ("job_id", record.job_id),
        ("request_id", record.request_id),
        ("trace_id", record.trace_id),
        ("span_id", record.span_id),
        ("pid", record.pid),
        ("host", record.host),
    ]
    for key, value in pairs:
        if value is None or value == "":
            continue
        text = present.moment(value, zone) if key == "time" else present.value_text(value, RAW_LIMIT)
        style = writer.palette.job if key.endswith("_id") else None
        yield from writer.pair(key, text, 2, style=style, column=10, field=key, value=value)


def tree(value: Any, writer: Writer, *, path: str, indent: int, fold: str, depth: int = 0) -> Iterator[DetailLine]:
    """The members of an object or a list, nested ones foldable."""
    members = list(value.items() if isinstance(value, dict) else enumerate(value))[:LINE_LIMIT]
    column = min(max((cell_len(str(key)[:32]) for key, _ in members), default=0), 16)
    for key, member in members:
        name = str(key)
        full = f"{path}.{name}" if path else name
        if not isinstance(member, (dict, list)) or not member or depth >= DEPTH_LIMIT:
            yield from scalar(name, member, writer, full=full, indent=indent, column=column)
            continue
        inner = f"{fold}.{name}"
        closed = inner in writer.folded
        note = "{}" if isinstance(member, dict) else "[]"
        yield DetailLine(
            (
                Piece(" " * indent, writer.palette.text),
                Piece("▸ " if closed else "▾ ", writer.palette.faint),
                Piece(present.one_line(name, 128), writer.palette.key),
                Piece(f"  {note[0]}{len(member)}{note[1]}", writer.palette.faint),
            ),
            fold=inner,
            field=full,
            value=member,
        )
        if not closed:
            yield from tree(member, writer, path=full, indent=min(indent + 2, 40), fold=inner, depth=depth + 1)


def scalar(name: str, value: Any, writer: Writer, *, full: str, indent: int, column: int) -> Iterator[DetailLine]:
    """One leaf; text of several lines keeps its lines."""
    if isinstance(value, str) and "\n" in value:
        first, *rest = value[:RAW_LIMIT].split("\n")
        yield from writer.pair(name, present.one_line(first, RAW_LIMIT), indent, column=column, field=full, value=value)
        for line in rest:
            yield from writer.wrapped(
                present.one_line(line, RAW_LIMIT), style=writer.palette.text, indent=indent + 2, field=full, value=value
            )
        return
    style = writer.palette.text if isinstance(value, str) else writer.palette.warn
    yield from writer.pair(
        name, present.value_text(value, RAW_LIMIT), indent, style=style, column=column, field=full, value=value
    )


def error_lines(record: Record, writer: Writer) -> Iterator[DetailLine]:
    """The error's type and message, and its traceback with the record's own frames in plain sight."""
    error = record.error
    assert error is not None
    yield writer.head("error", "error", present.one_line(error.key or "", 64))
    if "error" in writer.folded:
        return
    if error.type:
        yield from writer.pair("type", present.one_line(error.type), 2, style=writer.palette.error, column=7,
                               field="error.type", value=error.type)  # fmt: skip
    if error.message:
        yield from writer.pair("message", present.one_line(error.message), 2, column=7, field="error.message",
                               value=error.message)  # fmt: skip
    if not error.type and not error.message and error.value is not None:
        yield from writer.pair("value", present.value_text(error.value, RAW_LIMIT), 2)
    for line in (error.stack or "")[:RAW_LIMIT].split("\n"):
        if line.strip():
            cleaned = present.one_line(line.rstrip(), RAW_LIMIT)
            style = writer.palette.text if is_own_frame(line) else writer.palette.dim
            yield from writer.wrapped(cleaned, style=style, indent=2, value=error.stack)


def is_own_frame(line: str) -> bool:
    """Whether a traceback line shows the team's own code: not a library's frame, not a heading."""
    stripped = line.strip()
    if any(part in line for part in ("site-packages", "node_modules", "node:internal", "<frozen", "/lib/python3")):
        return False
    return stripped.startswith(("File ", "at ")) or not line.startswith(" ")


def raw_lines(record: Record, writer: Writer) -> Iterator[DetailLine]:
    """The record as it was written."""
    yield writer.head("raw", "raw", f"{record.lines} line{'s' if record.lines != 1 else ''}")
    if "raw" in writer.folded:
        return
    text = record.text
    for line in text[:RAW_LIMIT].split("\n"):
        yield from writer.wrapped(present.one_line(line, RAW_LIMIT), style=writer.palette.dim, indent=2, value=text)
    if len(text) > RAW_LIMIT:
        yield DetailLine((Piece(f"  … {len(text) - RAW_LIMIT:,} characters more", writer.palette.faint),))


def origin_lines(subject: Subject, writer: Writer) -> Iterator[DetailLine]:
    """Where the record stands in its source, and the calls in the code that may have written it."""
    record, palette = subject.record, writer.palette
    place = present.one_line(subject.source, 512) + (
        f":{record.lineno}" if record.lineno else f", byte {record.offset:,}"
    )
    if record.wrapper is not None:
        place += f"  behind {record.wrapper.name}"
    yield from writer.wrapped(place, style=palette.faint)
    if record.marks:
        yield from writer.wrapped("marks  " + present.one_line(", ".join(record.marks)), style=palette.faint)
    total = len(subject.sites)
    for number, site in enumerate(subject.sites[:5], 1):
        opens = site if site.file else None
        where = present.one_line(f"{site.file}:{site.line}", 512) if site.file else ""
        if site.library:
            set_up = (Piece(", set up at  ", palette.faint), Piece(where, palette.link)) if where else ()
            written = (Piece("written by  ", palette.faint), Piece(site.library, palette.dim), *set_up)
        else:
            written = (Piece("written at  ", palette.faint), Piece(where, palette.link))
        yield DetailLine(written, site=opens)
        function = f"in {present.one_line(site.function, 128)}()" if site.function else ""
        note = f"{number} of {total} sites" if total > 1 else ""
        more = "  ".join(text for text in (function, note) if text)
        if more:
            yield from writer.wrapped(more, style=palette.dim, indent=12, site=opens)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks where there are any; at least one line."""
    width = max(width, 1)
    if len(text) <= width and cell_len(text) <= width:
        return [text]
    body = text.lstrip(" ")
    pad = text[: min(len(text) - len(body), width // 2)]
    room = width - len(pad)
    lines: list[str] = []
    line, used = "", 0
    for word in body.split(" "):
        size = cell_len(word)
        if line and used + 1 + size <= room:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(pad + line)
        if size > room:
            *whole, word = chop_cells(word, room) or [""]
            lines += [pad + part for part in whole]
            size = cell_len(word)
        line, used = word, size
    lines.append(pad + line)
    return lines
