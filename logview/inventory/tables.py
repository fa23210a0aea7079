"""The inventory tables A–N of one service. Every cell names its file and line; "not found" is a value.

A logger creation, B level, C output, D format, E timestamp, F context, G identifiers, H function names, I redaction,
J middleware, K error handling, L call sites, M direct output, N summary.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory.document import NOT_FOUND, Table
from logview.inventory.model import HTTP_LOGGERS, LEVELS, SETUP_KINDS, Fact, Inventory, LogCall, LoggerSetup
from logview.inventory.names import is_job_key
from logview.standard.keys import snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

COLUMNS = ("What", "Value", "Where")
CODE = frozenset({1})
MOST_PLACES = 4
"""Places listed of one thing; further ones are counted."""

PINO_TIMES = {
    None: "epochTime (pino's default): key time, milliseconds since 1970 UTC",
    "epochTime": "epochTime: key time, milliseconds since 1970 UTC",
    "isoTime": "isoTime: key time, RFC 3339, UTC, milliseconds",
    "isoTimeNano": "isoTimeNano: key time, RFC 3339, UTC, nanoseconds",
    "unixTime": "unixTime: key time, whole seconds since 1970 UTC",
    "nullTime": "nullTime: no time",
    "false": "false: no time",
    "true": "true: key time, milliseconds since 1970 UTC",
    "function": "a function of the service",
}
LEVELLED = (SETUP_KINDS - {"structlog.configure"}) | {"fastify", "nestjs-pino"}
PINO_FORMAT = ("messageKey", "errorKey", "nestedKey", "formatters", "customLevels", "useOnlyCustomLevels", "crlf")
ADDED_FIELDS = frozenset({"formatter field", "filter field", "record factory field"})
"""Facts whose text is `key = expression`: what a service's own classes add to each record."""
ID_WORDS = frozenset({"job", "request", "req", "trace", "span", "correlation"})
ID_ENDS = frozenset({"id", "no", "key"})
IDS_ALONE = ID_WORDS - {"request", "req"}
"""A key of this one word is taken for an id; `request` is more often the request itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table A–K or M."""

    what: str
    value: str
    places: tuple[tuple[str, int], ...] = ()

    def cells(self) -> tuple[str, ...]:
        return self.what, self.value, where(self.places)


def where(places: Iterable[tuple[str, int]]) -> str:
    """`file:line` of the first few places, the others counted."""
    listed = list(dict.fromkeys(places))
    shown = ", ".join(f"{file}:{line}" for file, line in listed[:MOST_PLACES])
    more = len(listed) - MOST_PLACES
    return f"{shown} and {more} more" if more > 0 else shown


def at(entry: LogCall | LoggerSetup | Fact) -> tuple[str, int]:
    return entry.file, entry.line


def tables(inventory: Inventory, findings: Mapping[tuple[str, int], list[str]] | None = None) -> list[Table]:
    """Tables A–N of an inventory of one service.

    findings   (file, line) → codes of source rules, for table L
    """
    made = [table(letter, title, build(inventory)) for letter, (title, build) in SECTIONS.items()]
    made.insert(11, call_site_table(inventory.calls, findings or {}))
    return made


def table(letter: str, title: str, rows: list[Row]) -> Table:
    return Table(f"{letter}. {title}", COLUMNS, tuple(row.cells() for row in rows), code=CODE)


def facts(inventory: Inventory, section: str, *kinds: str) -> list[Row]:
    """Rows of the facts of a section, equal ones together."""
    grouped: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for fact in inventory.facts:
        if fact.section == section and (not kinds or fact.kind in kinds):
            grouped.setdefault((fact.kind, fact.text), []).append(at(fact))
    return [Row(kind, text, tuple(places)) for (kind, text), places in grouped.items()]


def creation(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        options = f"{setup.kind}({', '.join(setup.options)})"
        importers = f"; its file is imported by {counted(setup.exported, 'file')}" if setup.kind == "pino" else ""
        rows.append(Row(setup.kind, options + importers, (at(setup),)))
    return rows + facts(inventory, "A")


def level(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        if setup.kind not in LEVELLED:
            continue
        if setup.level == "env":
            value = f"from the environment: {setup.settings.get('level', '')}".rstrip(": ")
        elif setup.level is not None:
            value = f"fixed: {setup.level}"
        elif "level" in setup.settings:
            value = f"computed: {setup.settings['level']}"
        else:
            value = NOT_FOUND
        rows.append(Row(f"{setup.kind} level", value, (at(setup),)))
        if setup.custom_levels:
            rows.append(Row("customLevels", ", ".join(setup.custom_levels), (at(setup),)))
        rows += [Row(k, v, (at(setup),)) for k, v in setup.settings.items() if k.startswith("level of ")]
    return rows + facts(inventory, "B")


def output(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        rows += [
            Row(f"{setup.kind} {key}", setup.settings[key], (at(setup),))
            for key in ("transport", "stream", "prettyPrint", "handlers", "filename", "sink")
            if key in setup.settings
        ]
        rows += [Row(key, text, (at(setup),)) for key, text in setup.settings.items() if key.startswith("handler ")]
        if setup.kind == "pino" and "transport" not in setup.settings:
            rows.append(Row("pino transport", f"{NOT_FOUND}; pino's default: JSON lines on stdout", (at(setup),)))
    return rows + facts(inventory, "C")


def layout(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        if setup.language == "typescript":
            keys = PINO_FORMAT if setup.kind == "pino" else [k for k in PINO_FORMAT if k in setup.settings]
            rows += [Row(key, setup.settings.get(key, NOT_FOUND), (at(setup),)) for key in keys]
        rows += [Row("format", text, (at(setup),)) for text in setup.formats]
        rows += [Row(key, text, (at(setup),)) for key, text in setup.settings.items() if key.startswith("formatter ")]
    return rows + facts(inventory, "D")


def timestamp(inventory: Inventory) -> list[Row]:
    rows = []
    own = [
        fact
        for fact in inventory.facts
        if fact.section == "E" and fact.kind in {"formatTime", "converter", "formatter time"}
    ]
    for setup in inventory.setups:
        if setup.kind in {"pino", "fastify", "nestjs-pino"} and setup.parent is None:
            value = PINO_TIMES.get(setup.timestamp, str(setup.timestamp))
            if setup.timestamp is None and "timestamp" in setup.settings:
                value = f"computed: {setup.settings['timestamp']}"
            rows.append(Row("timestamp", value, (at(setup),)))
        rows += [Row("datefmt", text, (at(setup),)) for text in setup.date_formats]
        plain = setup.language == "python" and any("asctime" in text for text in setup.formats)
        if plain and not setup.date_formats and not own:
            rows.append(Row("asctime", "default: local time without zone, milliseconds after a comma", (at(setup),)))
        elif setup.kind == "basicConfig" and not any("time" in text for text in setup.formats):
            rows.append(Row("time", f"{NOT_FOUND} in the format", (at(setup),)))
    return rows + facts(inventory, "E")


def context(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        for key, text in setup.settings.items():
            if key in {"base", "mixin", "name", "msgPrefix"} or key.startswith("filter "):
                rows.append(Row(key, text, (at(setup),)))
    for keys, calls in grouped(inventory.calls, lambda call: ", ".join(call.bound)).items():
        if keys:
            rows.append(Row(f"bound at {counted(len(calls), 'call')}", keys, tuple(at(call) for call in calls)))
    extra = Counter(key for call in inventory.calls for key in call.keys)
    if extra:
        text = ", ".join(f"{key} ×{count}" for key, count in extra.most_common(30))
        rows.append(Row("keys passed by calls", text, ()))
    return rows + facts(inventory, "F")


def identifiers(inventory: Inventory) -> list[Row]:
    rows = []
    seen: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for call in inventory.calls:
        for how, keys in (("passed", call.keys), ("bound", call.bound)):
            for key in keys:
                if is_id(key):
                    seen.setdefault((key, how), []).append(at(call))
    rows += [
        Row(key, f"{how} at {counted(len(places), 'call')}", tuple(places))
        for (key, how), places in sorted(seen.items())
    ]
    added = [fact for fact in inventory.facts if fact.kind in ADDED_FIELDS]
    rows += [Row(key, fact.kind, (at(fact),)) for fact in added if is_id(key := fact.text.partition(" = ")[0])]
    for setup in inventory.setups:
        if "genReqId" in setup.settings:
            rows.append(Row("genReqId", setup.settings["genReqId"], (at(setup),)))
    missing = [
        call for call in inventory.calls if call.ids and not any(is_job_key(k) for k in (*call.keys, *call.bound))
    ]
    if missing:
        rows.append(Row("id in scope, not passed", counted(len(missing), "call"), tuple(at(call) for call in missing)))
    return rows


def is_id(key: str) -> bool:
    """A key that names a job, request, trace or span."""
    words = snake(key).split("_")
    return bool(ID_WORDS & set(words)) and (words[-1] in ID_ENDS or key in IDS_ALONE)


def functions(inventory: Inventory) -> list[Row]:
    rows = facts(inventory, "H")
    for setup in inventory.setups:
        for text in setup.formats:
            for name in ("funcName", "module", "lineno", "name", "function", "pathname"):
                if f"%({name})" in text or f"{{{name}" in text or f"{name}}}" in text:
                    rows.append(Row(name, f"in the format {text}", (at(setup),)))
    for fact in inventory.facts:
        if fact.kind in {"format string", "format fields"} and ("funcName" in fact.text or "name)" in fact.text):
            rows.append(Row("format", fact.text, (at(fact),)))
    channels = grouped((c for c in inventory.calls if c.channel), lambda call: str(call.channel))
    rows += [Row("logger name", name, tuple(at(c) for c in calls)) for name, calls in channels.items()]
    return rows


def redaction(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        if setup.redact is not None:
            rows.append(Row("redact", ", ".join(setup.redact) or setup.settings.get("redact", ""), (at(setup),)))
        if setup.serializers:
            rows.append(Row("serializers", ", ".join(setup.serializers), (at(setup),)))
    return rows + facts(inventory, "I")


def middleware(inventory: Inventory) -> list[Row]:
    rows = []
    for setup in inventory.setups:
        if setup.kind in HTTP_LOGGERS:
            rows.append(Row(setup.kind, ", ".join(setup.options) or "defaults", (at(setup),)))
            rows += [
                Row(f"{setup.kind} {key}", setup.settings.get(key, NOT_FOUND), (at(setup),))
                for key in ("customLogLevel", "genReqId", "autoLogging", "quietReqLogger")
            ]
    return rows + facts(inventory, "J")


def error_handling(inventory: Inventory) -> list[Row]:
    rows = [row for row in facts(inventory, "K") if not row.what.startswith(("catch", "except "))]
    for kind in ("catch with log", "catch without log", "except with log", "except without log"):
        places = tuple(at(fact) for fact in inventory.facts if fact.kind == kind)
        if places:
            rows.append(Row(kind, counted(len(places), "block"), places))
    for name, chosen in (
        ("calls in catch that pass the error", [c for c in inventory.calls if c.in_catch and c.has_error]),
        ("calls in catch that do not", [c for c in inventory.calls if c.in_catch and not c.has_error]),
        ("exception()", [c for c in inventory.calls if c.method == "exception"]),
    ):
        if chosen:
            rows.append(Row(name, counted(len(chosen), "call"), tuple(at(call) for call in chosen)))
    return rows


def direct_output(inventory: Inventory) -> list[Row]:
    return facts(inventory, "M")


def summary(inventory: Inventory) -> list[Row]:
    calls = inventory.calls
    if not calls:
        return [Row("call sites", NOT_FOUND)]
    levels = Counter(call.level or "computed" for call in calls)
    ordered = [name for name in (*LEVELS, *sorted(set(levels) - set(LEVELS))) if levels[name]]
    kinds = Counter(call.kind for call in calls)
    with_job = sum(any(is_job_key(key) for key in (*call.keys, *call.bound)) for call in calls)
    files = Counter(call.file for call in calls)
    keys = {key for call in calls for key in call.keys}
    return [
        Row("call sites", str(len(calls))),
        Row("by level", ", ".join(f"{name} {levels[name]}" for name in ordered)),
        Row("by kind", ", ".join(f"{name} {count}" for name, count in kinds.most_common())),
        Row("static messages", share(kinds["static"], len(calls))),
        Row("with a job id", share(with_job, len(calls))),
        Row("distinct keys", str(len(keys))),
        Row("by file", ", ".join(f"{name} {count}" for name, count in files.most_common(10))),
    ]


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "0 of 0"


def grouped(calls: Iterable[LogCall], key: Callable[[LogCall], str]) -> dict[str, list[LogCall]]:
    found: dict[str, list[LogCall]] = {}
    for call in calls:
        found.setdefault(key(call), []).append(call)
    return found


def call_site_table(calls: list[LogCall], findings: Mapping[tuple[str, int], list[str]]) -> Table:
    """Table L: every logging call."""
    columns = (
        "Id", "Where", "Function", "Logger", "Level", "Template", "Kind", "Keys",
        "Error", "In catch", "Job id", "Findings",
    )  # fmt: skip
    rows = []
    for number, call in enumerate(calls, start=1):
        bound = any(is_job_key(key) for key in (*call.keys, *call.bound))
        rows.append(
            (
                f"L{number}", f"{call.file}:{call.line}", call.function or "(module)", call.logger,
                call.level or "computed", call.template if call.template is not None else "(computed)", call.kind,
                ", ".join(call.keys), "yes" if call.has_error else "", "yes" if call.in_catch else "",
                "passed" if bound else "in scope" if call.ids else "", " ".join(findings.get(at(call), ())),
            )
        )  # fmt: skip
    return Table("L. Call sites", columns, tuple(rows), code=frozenset({1, 2, 3, 5, 7}))


SECTIONS: dict[str, tuple[str, Callable[[Inventory], list[Row]]]] = {
    "A": ("Logger creation", creation),
    "B": ("Level", level),
    "C": ("Output", output),
    "D": ("Format", layout),
    "E": ("Timestamp", timestamp),
    "F": ("Context", context),
    "G": ("Identifiers", identifiers),
    "H": ("Function and module names", functions),
    "I": ("Redaction and serializers", redaction),
    "J": ("Middleware and servers", middleware),
    "K": ("Error handling", error_handling),
    "M": ("Direct output", direct_output),
    "N": ("Summary", summary),
}
