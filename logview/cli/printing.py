"""Records as bytes for standard output: one function per `--output`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from logview.decode.clean import clean
from logview.decode.clock import rfc3339
from logview.decode.normal import dumps, glanced, inert, normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logview.decode.assemble import Glance
    from logview.record import Record
    from logview.sources import Source

    Bytes = Callable[[], bytes]
    Line = Callable[[Record, Bytes, str, str | None, str], bytes]


CSV_COLUMNS = (
    "time", "level", "service", "logger", "function", "file", "line", "message", "job_id", "request_id", "trace_id",
    "span_id", "error", "pid", "host", "fields",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """How a printer writes values, for lines that are printed without their records (`stencil`).

    clock            an instant, ns, in milliseconds or finer; "" for one that no calendar holds
    message          the message, where it is not its own text; `alone` so for a field's string, `joined` for a string
                     that may stand beside others, `within` for a value in an object or a list: None where that matters
    value            a number that is not written as it was
    encode           printed text as bytes
    message_limit    bytes up to which printable ASCII is its own text as a message; `alone_limit` and `joined_limit` so
    container_limit  characters from which an object or list is cut; None: never
    inside           objects whose members stand on the line by themselves
    computed         key → what the line says for its number
    is_stripped      whether blanks at a line's end go
    is_fine          whether instants finer than a millisecond are printed as such
    """

    clock: Callable[[int], str]
    message: Callable[[str], str | None]
    alone: Callable[[str], str | None]
    joined: Callable[[str], str | None]
    within: Callable[[Any], str | None]
    value: Callable[[Any], str | None]
    encode: Callable[[str], bytes]
    message_limit: int
    alone_limit: int
    joined_limit: int
    container_limit: int | None
    inside: frozenset[str]
    computed: dict[str, Callable[[Any], str | None]]
    is_stripped: bool
    is_fine: bool


@dataclass(frozen=True, slots=True)
class Printer:
    """How a record is printed.

    line          (record, its bytes on demand, service as shown, service from configuration, source's name) → bytes
                  with a line end
    needs_record  whether the record must be decoded
    quick         (glance, service from configuration) → the same line without a record; None: ask `line`
    wording       how values are written, where lines may be printed by filling stencils
    layout        what a line depends on beside its record; None: nothing
    """

    line: Line
    needs_record: bool = True
    quick: Callable[[Glance, str | None], bytes | None] | None = None
    wording: Wording | None = None
    layout: Columns | None = None


class Columns(Protocol):
    """What lines depend on beside their records: on those printed before."""

    @property
    def width(self) -> int:
        """What the places of columns depend on; it only grows."""

    @property
    def last_day(self) -> str:
        """The day of the line printed last."""

    def resume(self, time_ns: int | None, services: Iterable[str]) -> None:
        """Go on behind records that others have printed: the last time among them, their services."""

    def day(self, time_ns: int) -> str:
        """The day of an instant: the first line of another day is not like others."""

    def width_with(self, service: str) -> int:
        """The width once a record of this service is printed."""

    def sketch(self, record: Record, service: str) -> bytes:
        """The record's line in its own day, by today's width; changes nothing."""


def printer(output: str, *, provenance: bool = False, color: bool = False) -> Printer:
    """The printer for `output`: pretty, json, logfmt, csv or raw."""
    if output == "raw":
        return Printer(_raw, needs_record=False)
    if output == "pretty":
        return _pretty(color)
    if output == "json":
        return Printer(_json_with_provenance) if provenance else Printer(_json, quick=_quick_json, wording=_JSON)
    return Printer({"logfmt": _logfmt, "csv": _csv}[output])


def heading(output: str) -> bytes:
    """What stands before the first record."""
    return (",".join(CSV_COLUMNS) + "\n").encode() if output == "csv" else b""


def raw_of(source: Source, record: Record) -> bytes:
    """The record's bytes as they stand in the source."""
    return b"".join(source.read(start, size) for start, size in ((record.offset, record.size), *record.more))


def _pretty(color: bool) -> Printer:
    from logview.cli.pretty import Painter

    painter = Painter(color=color)

    def paint(record: Record, _raw: Bytes, service: str, _configured: str | None, _source: str) -> bytes:
        return painter.line(record, service)

    return Printer(paint, wording=painter.wording(), layout=painter)


def _json(record: Record, _raw: Bytes, _service: str, configured: str | None, _source: str) -> bytes:
    return dumps(record, service=configured) + b"\n"


def _quick_json(glance: Glance, configured: str | None) -> bytes | None:
    line = glanced(glance, service=configured)
    return None if line is None else line + b"\n"


def _json_text(text: str) -> str:
    """What stands between the quotes."""
    return orjson.dumps(text).decode()[1:-1]


def _json_value(value: Any) -> str | None:
    """The value as it stands in a record, a string without its quotes."""
    return _json_text(value) if type(value) is str else orjson.dumps(value).decode()


_ANY = 1 << 40
_JSON = Wording(
    clock=rfc3339,
    message=_json_text,
    alone=_json_text,
    joined=_json_text,
    within=_json_value,
    value=_json_value,
    encode=lambda text: inert(text.encode()),
    message_limit=_ANY,
    alone_limit=_ANY,
    joined_limit=_ANY,
    container_limit=None,
    inside=frozenset(),
    computed={},
    is_stripped=False,
    is_fine=True,
)


def _json_with_provenance(record: Record, _raw: Bytes, _service: str, configured: str | None, source: str) -> bytes:
    return dumps(record, service=configured, provenance=source) + b"\n"


def _raw(_record: Record, raw_of: Bytes, _service: str, _configured: str | None, _source: str) -> bytes:
    raw = raw_of()
    return raw if raw.endswith(b"\n") else raw + b"\n"


def _logfmt(record: Record, _raw: Bytes, _service: str, configured: str | None, _source: str) -> bytes:
    flat: dict[str, Any] = {}
    for key, value in normalised(record, service=configured).items():
        if key in {"fields", "error"}:
            prefix = "error." if key == "error" else ""
            for name, inner in value.items():
                flat.setdefault(prefix + name, inner)
        else:
            flat[key] = value
    return (" ".join(f"{_key(key)}={_value(value)}" for key, value in flat.items()) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _key(key: str) -> str:
    return "".join(c if c.isprintable() and c not in ' ="' else "_" for c in key) or "_"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else _text(value)
    if text and text.isprintable() and clean(text) == text and not any(c in text for c in ' ="\\'):
        return text
    return json.dumps(text, ensure_ascii=clean(text) != text)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _csv(record: Record, _raw: Bytes, _service: str, configured: str | None, _source: str) -> bytes:
    out = normalised(record, service=configured)
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(_cell(out.get(name)) for name in CSV_COLUMNS)
    return row.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str | int | float:
    """What stands in a CSV cell: text cleaned line by line, since a spreadsheet and a terminal may both show it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "\n".join(map(clean, value.split("\n")))
    if isinstance(value, int | float):
        return value
    text = _text(value)
    return text if clean(text) == text else json.dumps(value, separators=(",", ":"), default=str)
