"""What may stand at the cursor of the filter bar: fields, operators, and values that were really logged.

Pure: text, cursor and the fields seen in; candidates out. Never guesses a value nobody logged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.query.model import FIELD, OPERATOR, field_text, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NORMALISED = (
    "level", "service", "job", "message", "logger", "function", "time", "request_id", "trace_id", "span_id",
    "error.type", "error.message", "file", "line", "pid", "host",
)  # fmt: skip
FORMS = ("is:violation", "rule:", "has:", "missing:", "not ", "or ")
LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
LIMIT = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion: `text` replaces the input from `start` to the cursor."""

    text: str
    start: int
    note: str = ""
    """How often the value was seen, for a value."""


def candidates(
    text: str, cursor: int, fields: Mapping[str, Sequence[tuple[str, int]]], rules: Sequence[str] = ()
) -> list[Candidate]:
    """The completions at the cursor, likeliest first, at most LIMIT."""
    before = text[:cursor]
    start = term_start(before)
    typed = before[start:]
    signed = re.match(r"[-(]*", typed)
    start += signed.end() if signed else 0
    typed = before[start:]
    compared = re.match(rf'({FIELD}|"[^"]*")({OPERATOR})', typed)
    if compared:
        return values(compared, typed, start, fields, rules)
    return names(typed, start, fields)


def term_start(before: str) -> int:
    """Where the term under the cursor begins; blanks within quotes do not end one."""
    start, quoted = 0, False
    for at, char in enumerate(before):
        if char == '"':
            quoted = not quoted
        elif char == " " and not quoted:
            start = at + 1
    return start


def names(typed: str, start: int, fields: Mapping[str, Sequence[tuple[str, int]]]) -> list[Candidate]:
    """Fields and forms that begin with what was typed, then those that contain it."""
    wanted = typed.lower()
    seen = [field_text(name) for name in fields if name not in NORMALISED]
    known = list(dict.fromkeys([*NORMALISED, *FORMS, *seen]))
    first = [name for name in known if name.lower().startswith(wanted)]
    later = [name for name in known if wanted and wanted in name.lower() and name not in first]
    return [
        Candidate(name if name.endswith((":", " ")) or name == "is:violation" else name + "=", start)
        for name in (first + later)[:LIMIT]
        if name != typed
    ]


def values(
    compared: re.Match[str],
    typed: str,
    start: int,
    fields: Mapping[str, Sequence[tuple[str, int]]],
    rules: Sequence[str],
) -> list[Candidate]:
    """Values of the field that begin with, or contain, what was typed after the operator (or the last comma)."""
    name, operator = compared[1].strip('"'), compared[2]
    rest = typed[compared.end() :]
    comma = rest.rfind(",") + 1
    wanted = rest[comma:].strip('"').lower()
    at = start + compared.end() + comma
    if name in {"has", "missing"} and operator == ":":
        return [
            Candidate(field_text(field), at)
            for field in dict.fromkeys([*NORMALISED, *fields])
            if field.lower().startswith(wanted) and field != rest
        ][:LIMIT]
    if name == "rule" and operator == ":":
        return [Candidate(rule, at) for rule in rules if rule.lower().startswith(wanted) and rule != rest][:LIMIT]
    counted = list(fields.get(alias(name), fields.get(name, ())))
    if name == "level":
        seen = dict(counted)
        counted = [(level, seen.get(level, 0)) for level in LEVELS]
    first = [pair for pair in counted if pair[0].lower().startswith(wanted)]
    later = [pair for pair in counted if wanted and wanted in pair[0].lower() and pair not in first]
    return [
        Candidate(value_text(value), at, f"{number:,}" if number else "")
        for value, number in (first + later)[:LIMIT]
        if value_text(value) != rest[comma:]
    ]


def alias(name: str) -> str:
    """The normalised name of the aliases people type."""
    return {
        "job": "job_id", "jobId": "job_id", "jobid": "job_id", "msg": "message", "svc": "service",
        "request": "request_id", "reqId": "request_id", "trace": "trace_id", "severity": "level",
    }.get(name, name)  # fmt: skip
