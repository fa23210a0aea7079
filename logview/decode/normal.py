"""Record → the normalised record of `cat --output json`: fixed key order, absent left out, always valid JSON."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import orjson

from logview.decode.clock import clock_text, rfc3339
from logview.record import TimeKind

if TYPE_CHECKING:
    from logview.decode.assemble import Glance
    from logview.record import Fault, Record

_DEEPEST = 200
"""Levels of nesting written out; orjson's own limit is 254."""


def normalised(record: Record, *, service: str | None = None, provenance: str | None = None) -> dict[str, Any]:
    """The record as a dictionary, keys in the published order.

    service     name to use where the record names none (from configuration)
    provenance  the source's name: adds source, offset and lines
    return      values are the record's own objects, not copies
    """
    out: dict[str, Any] = {}
    time = record.time
    if time.kind is TimeKind.TIME_ONLY and time.of_day_ns is not None:
        out["time_of_day"] = clock_text(time.of_day_ns, time.digits)
    elif time.ns is not None:
        out["time"] = rfc3339(time.ns)
    if record.level is not None:
        out["level"] = record.level.text
    name = record.service or service
    if name is not None:
        out["service"] = name
    if record.logger is not None:
        out["logger"] = record.logger
    if record.function is not None:
        out["function"] = record.function
    if record.file is not None:
        out["file"] = record.file
    if record.line is not None:
        out["line"] = record.line
    if record.message is not None:
        out["message"] = record.message
    if record.job_id is not None:
        out["job_id"] = record.job_id
    if record.request_id is not None:
        out["request_id"] = record.request_id
    if record.trace_id is not None:
        out["trace_id"] = record.trace_id
    if record.span_id is not None:
        out["span_id"] = record.span_id
    if record.error is not None:
        error = _error(record.error)
        if error:
            out["error"] = error
    if record.pid is not None:
        out["pid"] = record.pid
    if record.host is not None:
        out["host"] = record.host
    if record.fields:
        out["fields"] = record.fields
    if provenance is not None:
        out["source"] = provenance
        out["offset"] = record.offset
        out["lines"] = record.lines
    return out


def dumps(record: Record, *, service: str | None = None, provenance: str | None = None) -> bytes:
    """The normalised record as one line of JSON, without a line end.

    Integers keep all their digits; NaN and infinities become the strings "NaN", "Infinity", "-Infinity"; lone
    surrogates are written out as `\\ud800`; nesting beyond 200 levels is cut with "…". Characters a terminal would
    obey or hide are escaped: the line can be shown as it is.
    """
    out = normalised(record, service=service, provenance=provenance)
    if not record.marks:
        try:
            return inert(orjson.dumps(out))
        except orjson.JSONEncodeError:
            pass
    safe = _safe(out, 0)
    try:
        return inert(orjson.dumps(safe))
    except orjson.JSONEncodeError:  # an integer beyond 64 bits
        return inert(json.dumps(safe, ensure_ascii=False, separators=(",", ":")).encode())


def glanced(glance: Glance, *, service: str | None = None) -> bytes | None:
    """What `dumps` gives for the Record of this object, without making it; None when it has to be made."""
    data, way, near = glance
    if way.has_error:
        return None
    parts = way.parts(data)
    time = None if parts is None else way.time_text(data, near)
    if parts is None or time is None:
        return None
    out: dict[str, Any] = {"time": time} if time else {}
    if way.level_text is not None:
        out["level"] = way.level_text
    if service is not None and "service" not in parts:
        out["service"] = service
    out.update(parts)
    if way.rest:
        out["fields"] = way.fields(data)
    try:
        return inert(orjson.dumps(out))
    except orjson.JSONEncodeError:
        return None


# What JSON allows raw in a string and a terminal would obey or hide: DEL, C1, soft hyphen, bidi controls, zero-width
# and other invisible format characters, line separators, tags. The joiners of emoji and scripts stay.
_ACTIVE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def inert(line: bytes) -> bytes:
    """The line with characters that would act on a terminal as `\\u202e`, which means the same to every parser."""
    if line.isascii() and b"\x7f" not in line:
        return line
    text = line.decode("utf-8")
    return line if _ACTIVE.search(text) is None else _ACTIVE.sub(_escaped, text).encode("utf-8")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _error(fault: Fault) -> dict[str, str]:
    parts = {"type": fault.type, "message": fault.message, "stack": fault.stack}
    return {name: text for name, text in parts.items() if text is not None}


def _safe(value: Any, depth: int) -> Any:
    """`value` with nothing in it that JSON cannot say."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    if isinstance(value, dict):
        return {_safe(key, depth): _safe(item, depth + 1) for key, item in value.items()} if depth < _DEEPEST else "…"
    if isinstance(value, list):
        return [_safe(item, depth + 1) for item in value] if depth < _DEEPEST else "…"
    return value
