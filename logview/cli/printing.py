"""Records as bytes for standard output: one function per `--output`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from logview.decode.clean import clean
from logview.decode.clock import SECOND, rfc3339
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
    """How a printer writes values.

    clock     an instant, ns; None where more than the clock's text is to be printed
    value     what is no string and no whole number
    message   the message, where it is not its own text; `alone` so for a field's string, `joined` for a string that may
              stand beside others: None where that could matter
    close     the filled text as a line
    inside    objects whose members stand on the line by themselves
    computed  key → what the line says for its number
    limits    whether texts of more than 64 characters may be cut
    """

    clock: Callable[[int], str | None]
    value: Callable[[Any], str | None]
    message: Callable[[str], str]
    alone: Callable[[str], str]
    joined: Callable[[str], str | None]
    close: Callable[[str], bytes]
    inside: frozenset[str] = frozenset()
    computed: dict[str, Callable[[Any], str | None]] = field(default_factory=dict)
    limits: bool = True


@dataclass(frozen=True, slots=True)
class Printer:
    """How a record is printed.

    line          (record, its bytes on demand, service as shown, service from configuration, source's name) → bytes
                  with a line end
    needs_record  whether the record must be decoded
    quick         (glance, service from configuration) → the same line without a record; None: ask `line`
    wording       how values are written, where JSON lines may be printed by filling stencils
    width         what lines depend on beside their records: lines printed before may have changed it
    resume        told what was printed before by others: the last time, the services
    """

    line: Line
    needs_record: bool = True
    quick: Callable[[Glance, str | None], bytes | None] | None = None
    resume: Callable[[int | None, Iterable[str]], None] | None = None
    wording: Wording | None = None
    width: Callable[[], int] = int


def printer(output: str, *, provenance: bool = False, color: bool = False) -> Printer:
    """The printer for `output`: pretty, json, logfmt, csv or raw."""
    if output == "raw":
        return Printer(_raw, needs_record=False)
    if output == "pretty":
        return _pretty(color)
    if output == "json":
        return (
            Printer(_json_with_provenance) if provenance else Printer(_json, quick=_quick_json, wording=_json_wording())
        )
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
        return (painter.paint(record, service) + "\n").encode("utf-8", "backslashreplace")

    return Printer(paint, resume=painter.resume, wording=painter.wording(), width=lambda: painter.service_width)


def _json(record: Record, _raw: Bytes, _service: str, configured: str | None, _source: str) -> bytes:
    return dumps(record, service=configured) + b"\n"


def _quick_json(glance: Glance, configured: str | None) -> bytes | None:
    line = glanced(glance, service=configured)
    return None if line is None else line + b"\n"


def _json_wording() -> Wording:
    return Wording(
        clock=_json_clock(),
        value=_json_value,
        message=_json_text,
        alone=_json_text,
        joined=_json_text,
        close=_json_line,
        limits=False,
    )


def _json_clock() -> Callable[[int], str]:
    """`rfc3339`, quick for instants of the same second."""
    second, text = -1, ""

    def clock(ns: int) -> str:
        nonlocal second, text
        seconds, part = divmod(ns, SECOND)
        if part % 1_000_000:
            return rfc3339(ns)
        if seconds != second:
            second, text = seconds, rfc3339(seconds * SECOND)[: -len("000Z")]
        return f"{text}{part // 1_000_000:03}Z"

    return clock


def _json_line(text: str) -> bytes:
    if text.isascii() and "\x7f" not in text:
        return (text + "\n").encode("ascii")
    return inert(text.encode()) + b"\n"


def _json_text(text: str) -> str:
    """What stands between the quotes."""
    return orjson.dumps(text).decode()[1:-1]


def _json_value(value: Any) -> str | None:
    """The value as it stands in a record; None when it is nested too deeply to stand there so."""
    try:
        return orjson.dumps([[[value]]]).decode()[3:-3]
    except orjson.JSONEncodeError:
        return None


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
