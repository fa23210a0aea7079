"""How the parts of a record read on one line: clock, level word, origin, message, special fields.

Text in, text out, made safe for a terminal; shared by the viewer's rows and by pretty lines. Knows no color, no width
of a column and no screen.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from logview.decode.clean import clean
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from logview.record import Fault, Record

TEXT_LIMIT = 4096
"""Characters of one text that a single line ever needs; cut before cleaning, so that a 100 MB message costs nothing."""
VALUE_LIMIT = 160
LEVEL_WORDS = {
    Level.TRACE: "TRACE",
    Level.DEBUG: "DEBUG",
    Level.INFO: "INFO",
    Level.WARN: "WARN",
    Level.ERROR: "ERROR",
    Level.FATAL: "FATAL",
}
SGR = re.compile(r"\x1b\[[0-9;:]*m")
"""Select Graphic Rendition (ECMA-48, 8.3.117): colors that a service meant for its own terminal."""
SEVERITY_GLYPHS = {"error": "✗", "warn": "▲", "info": "•"}
"""One glyph a severity: told apart by shape, so that color is never needed."""


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text safe for a terminal and on one line: line ends become " ⏎ ", color sequences go, other controls show.

    Cut to `limit` characters first, so that the cost does not depend on the text's length.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    cut = text[:limit]
    if "\x1b" in cut:
        cut = SGR.sub("", cut)
    if "\n" in cut:
        cut = " ⏎ ".join(part.strip() for part in cut.split("\n") if part.strip())
    cleaned = clean(cut)
    return cleaned + "…" if len(text) > limit else cleaned


def clock(time_ns: int | None, zone: tzinfo = UTC, *, date: bool = False) -> str:
    """`08:54:07.410`, with `date` `11-23 08:54:07.410`; "" for no time or one no calendar holds."""
    if time_ns is None:
        return ""
    day, second = _day_and_second(time_ns // 1_000_000_000, zone)
    if not day:
        return ""
    text = f"{second}.{time_ns // 1_000_000 % 1000:03}"
    return f"{day[5:]} {text}" if date else text


def day(time_ns: int | None, zone: tzinfo = UTC) -> str:
    """`2026-11-23`; "" for no time or one no calendar holds."""
    return "" if time_ns is None else _day_and_second(time_ns // 1_000_000_000, zone)[0]


@lru_cache(maxsize=1024)
def _day_and_second(seconds: int, zone: tzinfo) -> tuple[str, str]:
    """(`2026-11-23`, `08:54:07`); ("", "") for a time no calendar holds. Neighboring records share their seconds."""
    try:
        moment = datetime.fromtimestamp(seconds, zone)
    except (ValueError, OverflowError, OSError):
        return "", ""
    return f"{moment:%Y-%m-%d}", f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"


def moment(time_ns: int | None, zone: tzinfo = UTC) -> str:
    """The full time with nanoseconds as far as they are not zero, and the zone: `2026-11-23 08:54:07.410 +01:00`."""
    if time_ns is None:
        return ""
    try:
        whole = datetime.fromtimestamp(time_ns // 1_000_000_000, zone)
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
    fraction = f"{time_ns % 1_000_000_000:09}".rstrip("0").ljust(3, "0")
    offset = f"{whole:%z}"
    zone_text = "Z" if offset == "+0000" else f" {offset[:3]}:{offset[3:5]}"
    return f"{whole:%Y-%m-%d %H:%M:%S}.{fraction}{zone_text}"


def duration(span_ns: int) -> str:
    """A length of time in the unit that reads best: `412 ms`, `2.47 s`, `3 min 20 s`, `5 h 12 min`."""
    if span_ns < 0:
        return "-" + duration(-span_ns)
    if span_ns < 1_000_000:
        return f"{span_ns / 1000:.3g} µs" if span_ns else "0 s"
    if span_ns < 1_000_000_000:
        return f"{span_ns / 1_000_000:.3g} ms" if span_ns < 999_500_000 else "1 s"
    seconds = span_ns / 1_000_000_000
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"


def level_word(record_level: Level | None) -> str:
    """`INFO`; "" when the record has no level."""
    return "" if record_level is None else LEVEL_WORDS[record_level]


def origin(record: Record) -> str:
    """Who spoke: `logger:function`, either alone, or the file and line, or ""."""
    logger, function, file = record.logger, record.function, record.file
    # One character more than is shown is enough to tell that there is more.
    most = VALUE_LIMIT + 1
    return _origin(logger and logger[:most], function and function[:most], file and file[:most], record.line)


@lru_cache(maxsize=1024)
def _origin(logger: str | None, function: str | None, file: str | None, line: int | None) -> str:
    if function and logger:
        return one_line(f"{logger}:{function}", VALUE_LIMIT)
    if function or logger:
        return one_line(function or logger or "", VALUE_LIMIT)
    return one_line(f"{file}:{line or '?'}", VALUE_LIMIT) if file else ""


def message(record: Record) -> str:
    """The record's message on one line; the first line as written where no message was understood."""
    if record.message is not None:
        return one_line(record.message)
    if record.message_value is not None:
        return value_text(record.message_value, TEXT_LIMIT)
    return one_line(record.first) if record.data is None else ""


def fault(error: Fault | None) -> str:
    """`ValueError: no such city`; "" for none."""
    if error is None:
        return ""
    parts = [part for part in (error.type, error.message) if part]
    if not parts and error.value not in (None, {}):
        return value_text(error.value)
    if not parts and error.stack:
        return one_line(error.stack.strip().rsplit("\n", 1)[-1], VALUE_LIMIT)
    return one_line(": ".join(parts), 2 * VALUE_LIMIT)


def value_text(value: Any, limit: int = VALUE_LIMIT) -> str:
    """A field's value on one line: a string as it is, all else as JSON; cut to `limit` characters."""
    kind = type(value)
    if kind is str:
        return one_line(value, limit)
    if kind is int or kind is float:
        return str(value)[:limit]
    return one_line(json_text(value), limit)


def json_text(value: Any) -> str:
    """The value as compact JSON; what JSON has no words for as Python writes it."""
    try:
        return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except (orjson.JSONEncodeError, RecursionError, UnicodeError):
        return repr(value)


EXCHANGE_KEYS = ("req", "res", "responseTime")
HIDDEN_EXTRAS = frozenset({"v", "taskName", "name", "pid", "hostname", "process", "thread", "threadName"})
"""Fields every record of a service has and nobody reads on the line; the record's panel shows them."""


def exchange(record: Record) -> list[tuple[str, str, Any]]:
    """An HTTP exchange as people say it, `GET /jobs  202  12 ms`: (text, field, value) each; [] for other records.

    Read from `req`, `res` and `responseTime` as pino-http, fastify and express-pino-logger write them.
    """
    if "req" not in record.fields and "res" not in record.fields:
        return []
    parts: list[tuple[str, str, Any]] = []
    request, response, took = (record.fields.get(key) for key in EXCHANGE_KEYS)
    if isinstance(request, dict) and isinstance(url := request.get("url"), str):
        method = request.get("method")
        named = f"{method} {url}" if isinstance(method, str) else url
        parts.append((one_line(named, VALUE_LIMIT), "req.url", url))
    if isinstance(response, dict) and isinstance(status := response.get("statusCode"), int):
        parts.append((str(status)[:VALUE_LIMIT], "res.statusCode", status))
    if parts and isinstance(took, (int, float)) and (text := took_text(took)) is not None:
        parts.append((text, "responseTime", took))
    return parts


def took_text(milliseconds: float) -> str | None:
    """A response time; None for what is none."""
    return duration(int(milliseconds * 1_000_000)) if 0 <= milliseconds < 1e12 else None


def extras(record: Record, limit: int = 12, *, told: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """The first special fields, in the order they were written, that are worth a place on the line.

    What `exchange` says is not said again, nor what is `told` elsewhere.
    """
    shown = 0
    exchanged = exchange(record)
    said = {field.partition(".")[0] for _, field, _ in exchanged} if exchanged else ()
    for key, value in record.fields.items():
        if key in HIDDEN_EXTRAS or key in said or key in told or value is None or value == "":
            continue
        yield key, value
        shown += 1
        if shown == limit:
            return
