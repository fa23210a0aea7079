"""The words everything else speaks: Level, TimeKind, Record and its parts.

A record is what one logging call wrote, understood as far as its lines allow. It is made in `decode/`, read
everywhere, changed nowhere. Knows no format, no file and no rule.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

import msgspec


class Level(IntEnum):
    """Severity, numbered as in OpenTelemetry's SeverityNumber (logs data model, "Severity Fields")."""

    TRACE = 1
    DEBUG = 5
    INFO = 9
    WARN = 13
    ERROR = 17
    FATAL = 21

    @property
    def text(self) -> str:
        """The lower-case name, as the normalised record writes it: "warn"."""
        return self.name.lower()


class TimeKind(Enum):
    """How a record's own time was written; what the LV1xx rules judge."""

    NONE = "none"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    EPOCH_NS = "epoch_ns"
    RFC3339 = "rfc3339"
    """Date, time and a zone: `Z`, `+00:00`, `+0200`."""
    NAIVE = "naive"
    """Date and time without a zone: asctime, naive ISO 8601."""
    CLF = "clf"
    """`23/Nov/2026:08:58:50 +0000`, with or without the zone."""
    YEARLESS = "yearless"
    """`Nov 23 08:54:07`: the year comes from the neighbours."""
    TIME_ONLY = "time_only"
    """`08:54:07.410`: the date comes from the neighbours."""
    LOCALE = "locale"
    """`11/23/2026, 8:54:07 AM`."""
    UNREADABLE = "unreadable"
    """Something stands where the time belongs, and no reading of it is sure."""


class Time(msgspec.Struct, frozen=True, gc=False):
    """One written time: what it means and how it stood there."""

    ns: int | None
    """Nanoseconds since 1970-01-01 UTC; None when only a clock time is known, or nothing."""
    kind: TimeKind
    written: Any = None
    """The value as it stood: a str, int or float."""
    key: str | None = None
    """The JSON or key=value key it came from; None in a text layout and for a wrapper's time."""
    digits: int = 0
    """Digits of the written fraction of a second."""
    offset_s: int | None = None
    """The written zone's offset in seconds; None where none is written."""
    of_day_ns: int | None = None
    """Nanoseconds since midnight as written; set for TIME_ONLY."""


class Fault(msgspec.Struct, frozen=True):
    """An error object, exception or traceback that a record carries."""

    type: str | None = None
    message: str | None = None
    stack: str | None = None
    """The stack or traceback as one text, lines joined by a line feed."""
    key: str | None = None
    """The key it stood under ("err", "exc_info"); None for a traceback in text."""
    value: Any = None
    """What stood there, as parsed; None for a traceback in text."""


class Wrapper(msgspec.Struct, frozen=True):
    """What a prefix or envelope around the line added: docker compose, CRI, journald …"""

    name: str
    """Which wrapper: "compose", "cri", "journald-json" …; nested ones joined by "+", outermost first."""
    service: str | None = None
    """The service name as the wrapper knows it, without an instance number: "scheduler"."""
    instance: str | None = None
    """The name as written: "scheduler-1"."""
    time: Time | None = None
    stream: str | None = None
    """"stdout" or "stderr"."""
    host: str | None = None
    pid: int | None = None
    level: Level | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one logging call wrote.

    The first block is the normalised record (the keys of `cat --output json`); the second is how it was written,
    for the rules; the third is where it stands. Absent is None, never "".
    """

    time: Time = Time(None, TimeKind.NONE)
    """The record's own time, else the wrapper's (then `time.kind` is the wrapper's and `time_from_wrapper` is set)."""
    level: Level | None = None
    service: str | None = None
    """What the record or its wrapper says; a name from configuration is added by whoever knows it."""
    logger: str | None = None
    function: str | None = None
    file: str | None = None
    line: int | None = None
    message: str | None = None
    """The text only, never the traceback. None when absent, null or not a string (then see `message_value`)."""
    job_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    error: Fault | None = None
    pid: int | None = None
    host: str | None = None
    fields: dict[str, Any] = {}
    """Everything else, original names and types, original order."""

    format: str = "plain"
    """The decoder's name: "pino", "python-json-logger", "asctime" …; "plain" when no format explains the line."""
    layout: str = ""
    """What stands around time and level in a text layout, the same for all lines of one formatter: `[T] [L]`, `T-L`."""
    is_json: bool = False
    data: dict[str, Any] | None = None
    """The whole JSON object (or key=value pairs) as parsed, wrapper removed; None for text layouts."""
    level_written: Any = None
    """The level as it stood: 30, "INFO"; None when absent."""
    level_key: str | None = None
    message_key: str | None = None
    message_value: Any = None
    """The value under the message key when it is not a string."""
    time_from_wrapper: bool = False
    service_from: str | None = None
    """Which key (or "wrapper") gave the service; None when there is none."""
    marks: tuple[str, ...] = ()
    """What was odd about the bytes: "bad-utf8", "not-json: NaN", "nul", "truncated" …; see decode/marks.py."""
    pairs: tuple[tuple[str, Any], ...] = ()
    """The top-level JSON pairs as written, only when a key stands there twice; `data` has the last of each."""
    wrapper: Wrapper | None = None
    first: str = ""
    """The first line's text, wrapper removed, decoded; `first` + "\\n" + `rest` is the record's text."""
    rest: str = ""
    """The continuation lines' text, wrapper removed, joined by a line feed; "" for a record of one line."""

    offset: int = 0
    """Byte offset of the record's first line in its source."""
    size: int = 0
    """Bytes of the record's first contiguous run of lines, line ends included."""
    more: tuple[tuple[int, int], ...] = ()
    """(offset, size) of further runs, when lines of other services stand between."""
    lines: int = 1
    """Physical lines."""
    lineno: int = 0
    """1-based line number of the first line in its source; 0 when nobody counted."""

    @property
    def time_ns(self) -> int | None:
        """Nanoseconds since 1970-01-01 UTC, or None."""
        return self.time.ns

    @property
    def text(self) -> str:
        """All the record's text, as the text filter and search see it."""
        return f"{self.first}\n{self.rest}" if self.rest else self.first
