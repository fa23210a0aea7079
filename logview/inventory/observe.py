"""What services' logs show: formats, times, levels, fields, templates, errors, jobs; one pass, bounded memory.

The observed half of an inventory and of a comparison. Values are masked before they are kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logview.record import Level, TimeKind
from logview.standard.keys import snake
from logview.standard.mask import mask_text, mask_value, shorten
from logview.standard.template import template_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.index import ServiceIndex
    from logview.record import Record
    from logview.standard.model import Violation

MAX_FIELDS = 400
MAX_TEMPLATES = 5_000
MAX_JOBS = 20_000
MAX_EVENTS = 60
"""Records kept of one job."""
MAX_VALUES = 400
"""Distinct values kept of one field, to find the same values under another name."""
CORE = (
    "time",
    "level",
    "message",
    "service",
    "logger",
    "function",
    "job_id",
    "request_id",
    "trace_id",
    "span_id",
    "err",
)
"""Concepts every service is asked about, in the order they are shown."""


@dataclass(slots=True)
class FieldSeen:
    """One field of one service, under the concept it stands for."""

    keys: Counter[str] = field(default_factory=Counter)
    """The keys as written; "(text)" for a part of a text layout."""
    types: Counter[str] = field(default_factory=Counter)
    count: int = 0
    example: str = ""
    values: set[str] = field(default_factory=set)


@dataclass(slots=True)
class TemplateSeen:
    """One message template."""

    count: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    example: str = ""
    sites: tuple[tuple[str, int], ...] = ()
    known: bool = False
    """Some call site, or a library, writes it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A record of a job, for the timelines."""

    time_ns: int
    service: str
    level: str
    message: str
    file: str
    line: int


@dataclass(slots=True)
class ServiceSeen:
    """What one service's records showed."""

    name: str
    records: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    json: int = 0
    plain: int = 0
    many_lines: int = 0
    times: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    level_spellings: Counter[str] = field(default_factory=Counter)
    fields: dict[str, FieldSeen] = field(default_factory=dict)
    templates: dict[str, TemplateSeen] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    error_keys: Counter[str] = field(default_factory=Counter)
    errors_with_stack: int = 0
    at_error: int = 0
    at_error_with_cause: int = 0
    http: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    findings_at: dict[tuple[str, int], Counter[str]] = field(default_factory=dict)
    seen_at: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Records that a call site may have written; each of several that write alike counts them all."""
    shared_at: dict[tuple[str, int], int] = field(default_factory=dict)
    """Call site → among how many its records cannot be told apart."""
    matched: int = 0
    """Records whose message a call site or a library explains."""
    first_ns: int | None = None
    last_ns: int | None = None

    def share(self, count: int) -> float:
        """Percent of the service's records."""
        return 100 * count / self.records if self.records else 0.0


class Observer:
    """Takes records, keeps counts. Give `observe` to `check_paths`."""

    def __init__(self, index: ServiceIndex | None = None) -> None:
        self.index = index
        self.services: dict[str, ServiceSeen] = {}
        self.jobs: dict[str, list[Event]] = {}

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...], file: str = "") -> None:
        """Count one record."""
        seen = self.services.get(service)
        if seen is None:
            seen = self.services[service] = ServiceSeen(service)
        seen.records += 1
        seen.formats[record.format] += 1
        seen.json += record.is_json
        seen.plain += record.format == "plain"
        seen.many_lines += record.lines > 1
        seen.times[time_label(record)] += 1
        self._level(record, seen)
        self._fields(record, seen)
        self._error(record, seen)
        self._template(record, seen, violations)
        self._job(record, service, file)
        if record.time_ns is not None:
            seen.first_ns = record.time_ns if seen.first_ns is None else min(seen.first_ns, record.time_ns)
            seen.last_ns = record.time_ns if seen.last_ns is None else max(seen.last_ns, record.time_ns)

    @staticmethod
    def _level(record: Record, seen: ServiceSeen) -> None:
        seen.levels[record.level.text if record.level is not None else "none"] += 1
        if record.level_written is not None:
            seen.level_spellings[str(record.level_written)[:20]] += 1

    @staticmethod
    def _fields(record: Record, seen: ServiceSeen) -> None:
        for concept, key, value in concepts(record):
            found = seen.fields.get(concept)
            if found is None:
                if len(seen.fields) >= MAX_FIELDS:
                    continue
                found = seen.fields[concept] = FieldSeen()
            found.count += 1
            found.keys[key] += 1
            found.types[type_name(value)] += 1
            if not found.example:
                found.example = shorten(str(mask_value(key, value)), 48)
            if isinstance(value, str) and len(found.values) < MAX_VALUES:
                found.values.add(value)

    @staticmethod
    def _error(record: Record, seen: ServiceSeen) -> None:
        at_error = record.level is not None and record.level >= Level.ERROR
        seen.at_error += at_error
        seen.http += bool(record.data and ("req" in record.data or "statusCode" in record.data))
        fault = record.error
        if fault is None:
            return
        seen.at_error_with_cause += at_error
        seen.errors[fault.type or "(no type)"] += 1
        seen.error_keys[error_shape(record)] += 1
        seen.errors_with_stack += bool(fault.stack)

    def _template(self, record: Record, seen: ServiceSeen, violations: tuple[Violation, ...]) -> None:
        for violation in violations:
            seen.rules[violation.rule] += 1
        message = record.message
        if message is None:
            return
        template, known = mask_text(template_of(message)), False
        places: tuple[tuple[str, int], ...] = ()
        if self.index is not None and self.index.covers(seen.name):
            calls = self.index.calls(seen.name, record)
            known = bool(calls or self.index.sites(seen.name, record))
            places = tuple((call.file, call.line) for call in calls)
            if len(calls) == 1 and calls[0].template is not None:
                template = calls[0].prefix + calls[0].template
            seen.matched += known
        for place in places:
            seen.seen_at[place] += 1
            if len(places) > 1:
                seen.shared_at[place] = max(len(places), seen.shared_at.get(place, 0))
            if violations:
                counts = seen.findings_at.setdefault(place, Counter())
                counts.update(violation.rule for violation in violations)
        found = seen.templates.get(template)
        if found is None:
            if len(seen.templates) >= MAX_TEMPLATES:
                return
            found = seen.templates[template] = TemplateSeen(
                example=shorten(mask_text(message), 120), sites=places, known=known
            )
        found.count += 1
        found.levels[record.level.text if record.level is not None else "none"] += 1

    def _job(self, record: Record, service: str, file: str) -> None:
        if record.job_id is None or record.time_ns is None:
            return
        events = self.jobs.get(record.job_id)
        if events is None:
            if len(self.jobs) >= MAX_JOBS:
                return
            events = self.jobs[record.job_id] = []
        if len(events) < MAX_EVENTS:
            level = record.level.text if record.level is not None else ""
            text = shorten(mask_text(record.message or record.first), 120)
            events.append(Event(record.time_ns, service, level, text, file, record.lineno))


def concepts(record: Record) -> Iterator[tuple[str, str, Any]]:
    """(concept, key as written, value) of everything a record carries, nested objects one level deep."""
    if record.data is None:
        yield from text_concepts(record)
        return
    ids = {
        "job_id": record.job_id,
        "request_id": record.request_id,
        "trace_id": record.trace_id,
        "span_id": record.span_id,
    }
    lifted = {
        record.time.key: "time",
        record.level_key: "level",
        record.message_key: "message",
        record.service_from: "service",
        record.error.key if record.error is not None else None: "err",
    }
    for key, value in record.data.items():
        if value is None:
            continue
        concept = lifted.get(key) or id_concept(key, value, ids) or core_concept(key, value, record)
        yield concept or snake(key), key, value
        if isinstance(value, dict) and concept is None:
            for name, inner in value.items():
                if inner is not None and not isinstance(inner, dict):
                    dotted = f"{key}.{name}"
                    yield id_concept(dotted, inner, ids) or f"{snake(key)}.{snake(name)}", dotted, inner


def id_concept(key: str, value: Any, ids: dict[str, str | None]) -> str | None:
    """The id a key carries: its value is the one that was lifted, and its name speaks of it."""
    if isinstance(value, dict | list | bool):
        return None
    words = snake(key)
    for concept, found in ids.items():
        stem = concept.removesuffix("_id")
        if (
            found is not None
            and str(value) == found
            and (stem in words or (stem == "request" and ("req" in words or "correlation" in words)))
        ):
            return concept
    return None


def core_concept(key: str, value: Any, record: Record) -> str | None:
    """`logger` and `function` under whatever key the format has them."""
    if isinstance(value, str):
        if record.logger == value and snake(key) in {"logger", "name", "module", "component", "log_logger"}:
            return "logger"
        if (
            record.function is not None
            and record.function in value
            and "fun" in snake(key) + "fun" * (key in {"fn", "caller"})
        ):
            return "function"
    return None


def text_concepts(record: Record) -> Iterator[tuple[str, str, Any]]:
    """The parts of a text layout."""
    if record.time.kind is not TimeKind.NONE and not record.time_from_wrapper:
        yield "time", "(text)", record.time.written
    if record.level_written is not None:
        yield "level", "(text)", record.level_written
    found = (
        ("message", record.message), ("service", record.service if record.service_from else None),
        ("logger", record.logger), ("function", record.function), ("job_id", record.job_id),
        ("request_id", record.request_id), ("trace_id", record.trace_id), ("span_id", record.span_id),
        ("pid", record.pid),
    )  # fmt: skip
    for concept, value in found:
        if value is not None:
            yield concept, "(text)", value
    if record.error is not None:
        yield "err", "(traceback)", record.error.type or ""
    for key, value in record.fields.items():
        if value is not None:
            yield snake(key), key, value


def type_name(value: Any) -> str:
    """The JSON type; integers and fractions are one."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def time_label(record: Record) -> str:
    """How a record's own time is written: `time: epoch ms`, `asctime: local time without zone`."""
    time = record.time
    if time.kind is TimeKind.NONE or record.time_from_wrapper:
        return "no time"
    words = {
        TimeKind.EPOCH_MS: "epoch milliseconds",
        TimeKind.EPOCH_S: "epoch seconds",
        TimeKind.EPOCH_US: "epoch microseconds",
        TimeKind.EPOCH_NS: "epoch nanoseconds",
        TimeKind.NAIVE: "date and time without zone",
        TimeKind.CLF: "common log format",
        TimeKind.YEARLESS: "without year",
        TimeKind.TIME_ONLY: "time of day only",
        TimeKind.LOCALE: "locale date",
        TimeKind.UNREADABLE: "unreadable",
    }
    if time.kind is TimeKind.RFC3339:
        zone = "UTC" if time.offset_s == 0 else "with offset"
        text = f"RFC 3339 {zone}, {time.digits} fraction digits"
    else:
        text = words.get(time.kind, time.kind.value)
        if time.kind is TimeKind.NAIVE:
            text += f", {time.digits} fraction digits"
    return f"{time.key}: {text}" if time.key else text


def error_shape(record: Record) -> str:
    """`err {type, message, stack}`, `exc_info text`, `traceback lines`."""
    fault = record.error
    if fault is None or fault.key is None:
        return "traceback lines"
    if isinstance(fault.value, dict):
        keys = ", ".join(str(key) for key in list(fault.value)[:6])
        return f"{fault.key} {{{keys}}}"
    return f"{fault.key} {type_name(fault.value)}"
