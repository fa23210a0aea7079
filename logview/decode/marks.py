"""What can be odd about a record's bytes: every mark that `Record.marks` may hold, and what it means.

A mark is a word, or a word, a colon and a detail ("not-json: NaN"). Rules read marks; they never re-read bytes.
Mapping to the rules of the default standard: LV001 plain, LV002 not-json, LV003 duplicate-key (values in
`Record.pairs`), LV004 `Record.rest`, LV005 ansi, LV006 logging-fault, LV508 bare-traceback and crash.
"""

from __future__ import annotations

BAD_UTF8 = "bad-utf8"
"""Bytes that are not UTF-8; they stand in the text as `\\xe9`."""

BOM = "bom"
"""A byte order mark in front of the first line. Harmless; removed."""

UTF16 = "utf-16"
"""The source is UTF-16; offsets are still bytes."""

NUL = "nul"
"""NUL bytes: in front of or behind the line removed, inside kept."""

ANSI = "ansi"
"""An ESC byte stands raw in the record, its wrapper's prefix not counted. Removed from the parts, kept in the text."""

CARRIAGE_RETURN = "cr"
"""A carriage return inside the line (progress bars). The one of a CRLF line end does not count."""

NOT_JSON = "not-json"
"""Starts like a JSON object and is none; the detail says why:

NaN, Infinity, lone surrogate, control character, bad UTF-8, number   read all the same: the record is whole
truncated, two objects, trailing comma, Python literal, leading zero, bare fraction, nesting, syntax
    not readable: `format` is "plain"; time, level and ids of the readable part are kept so that it can be found
"""

READABLE = frozenset({"NaN", "Infinity", "lone surrogate", "control character", "bad UTF-8", "number"})
"""Details of `not-json` that leave the record whole."""

DUPLICATE_KEY = "duplicate-key"
"""A key twice in the top-level object, one mark per key: "duplicate-key: level". The last value counts; all top-level
pairs as written are in `Record.pairs`."""

LONG = "long"
"""Over 1 MiB: only the beginning was parsed, so what comes late (pino's msg) may be missing from the parts."""

TRUNCATED = "truncated"
"""Ends in the middle: a JSON object or docker/CRI part whose end never came, at the end of the source."""

TIME_RANGE = "time-range"
"""A time stands there and names no instant of 1973–2100 (epoch numbers) or the calendar; `Time.kind` is UNREADABLE."""

PLAIN = "plain"
"""No format explains the line; the detail, where there is one, says what it looks like:

"plain: console.log"      an object or array as Node's inspect writes it
"plain: value"            a JSON value that is no object: 42, "text", [1, 2]
"plain: warning"          Python's warnings.warn
"plain: repr"             a Python dict or object
"plain: banner"           start-up lines: decoration, "> app@1.0.0 dev", "Listening on …" without a level
"plain: blank"            an empty line before the first record
"plain: error"            an error object printed bare: `Error: upstream closed` and its stack
"""

LOGGING_FAULT = "logging-fault"
"""A `--- Logging error ---` block: a logging call that could not be formatted; the record it was about is lost."""

BARE_TRACEBACK = "bare-traceback"
"""A traceback no record owns: at the start of a stream, or of an uncaught exception in a thread."""

CRASH = "crash"
"""The last words of a process: Node's uncaught error, Python's `Exception in thread`."""

ACCESS = "access"
"""An access line: method, path and status are in `fields` as method, path, status_code."""

NAMES = (
    BAD_UTF8, BOM, UTF16, NUL, ANSI, CARRIAGE_RETURN, NOT_JSON, DUPLICATE_KEY, LONG, TRUNCATED, TIME_RANGE, PLAIN,
    LOGGING_FAULT, BARE_TRACEBACK, CRASH, ACCESS,
)  # fmt: skip


def has(marks: tuple[str, ...], name: str) -> bool:
    """Whether a mark of this name is set, with or without a detail."""
    return any(mark == name or mark.startswith(name + ":") for mark in marks)


def details(marks: tuple[str, ...], name: str) -> list[str]:
    """The details of all marks of this name: details(marks, "duplicate-key") → ["level", "time"]."""
    return [mark[len(name) + 2 :] for mark in marks if mark.startswith(name + ": ")]


def mark(name: str, detail: str) -> str:
    """The mark with a detail."""
    return f"{name}: {detail}"
