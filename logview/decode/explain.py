"""Why a record was read as it was: who took its first line, what was found, why the others refused.

For `logview formats test`; asks the same decoders as everyone else and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logview.decode import clock
from logview.decode.pylog import parse, reach
from logview.decode.text import DECODERS

if TYPE_CHECKING:
    from logview.record import Record


class Explanation(NamedTuple):
    """taken_by  the format's name, behind its wrapper's: "compose > pino"
    found     what the line says, in the order of the normalised record: ("time", "2026-11-23T08:54:07.410Z") …
    refused   the decoders asked before, and what each wants of a line: ("basic", "`LEVEL:logger:message` …") …
    marks     what was odd about the bytes
    """

    taken_by: str
    found: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]


def explain(record: Record, formatter: str | None = None) -> Explanation:
    """The explanation of one decoded record.

    formatter  the formatter string that was tried first
    """
    name = f"{record.wrapper.name} > {record.format}" if record.wrapper else record.format
    return Explanation(name, tuple(_found(record)), tuple(_refused(record, formatter)), record.marks)


def _found(record: Record) -> list[tuple[str, str]]:
    time = clock.rfc3339(record.time.ns) if record.time.ns is not None else None
    parts: list[tuple[str, object]] = [
        ("time", time or (record.time.written if record.time.of_day_ns is not None else None)),
        ("level", record.level.text if record.level is not None else None),
        ("service", record.service),
        ("logger", record.logger),
        ("function", record.function),
        ("job_id", record.job_id),
        ("request_id", record.request_id),
        ("error", (record.error.type or "yes") if record.error else None),
        ("fields", ", ".join(record.fields) or None),
        ("message", record.message),
    ]
    return [(key, str(value)) for key, value in parts if value is not None]


def _refused(record: Record, formatter: str | None) -> list[tuple[str, str]]:
    if record.format == "formatter":
        return []
    first = record.first.strip()
    refused: list[tuple[str, str]] = []
    if formatter is not None:
        refused += _not_written(formatter, record.first)
    if record.is_json:
        return refused
    refused.append(("json", _no_json(record)))
    for decoder in DECODERS:
        if decoder.read(first, clock.HERE) is not None:
            break
        refused.append((decoder.name, f"wants {decoder.wants}"))
    return refused


def _not_written(formatter: str, line: str) -> list[tuple[str, str]]:
    """Where a line stops being what a formatter string writes; nothing for a format's name."""
    if not any(piece.name for piece in parse(formatter)):
        return []
    end = reach(formatter, line)
    rest = line[end : end + 24]
    return [
        ("formatter", f"stops in column {end + 1}, at {rest!r}" if rest else "wants more behind the end of the line")
    ]


def _no_json(record: Record) -> str:
    for mark in record.marks:
        if mark.startswith("not-json"):
            return f"begins like JSON and is none ({mark.partition(': ')[2]})"
    return "wants an object: the line does not begin with {"
