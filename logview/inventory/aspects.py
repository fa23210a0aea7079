"""The aspects two services are compared by: for each what is configured, what is observed, and whether they agree."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003  used in a type alias at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory import tables
from logview.inventory.document import NOT_FOUND
from logview.standard.keys import LIBRARY_KEYS, is_snake
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from logview.inventory.compare import Side
    from logview.inventory.model import Inventory
    from logview.inventory.observe import ServiceSeen
    from logview.inventory.tables import Row

UNIT_ENDS = ("_ms", "_s", "_us", "_ns", "_bytes", "_kb", "_mb")
JOB_RULES = ("LV701", "LV702", "LV703", "LV704", "LV705", "LV706", "LV707", "LV717")
LONG_WORDS = ("duration", "elapsed", "latency", "timeout", "delay", "interval", "took", "responsetime", "response_time")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One row of the comparison."""

    name: str
    configured: Callable[[Side], list[Row]]
    observed: Callable[[ServiceSeen], str]
    alike: Callable[[ServiceSeen], object] | None
    """What has to be equal for the two to agree; None where there is nothing to agree on."""
    standard: str
    rules: tuple[str, ...]


def most(counts: Counter[str], total: int, limit: int = 3) -> str:
    """The commonest few with their shares."""
    if not counts:
        return NOT_FOUND
    return ", ".join(f"{name} {percent(n, total)}" for name, n in counts.most_common(limit))


def percent(count: int, total: int) -> str:
    """A whole number of percent; "<1 %" for what is there but rare."""
    share = 100 * count / total if total else 0.0
    return "<1 %" if 0 < share < 1 else f"{share:.0f} %"


def top(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else NOT_FOUND


def presence(seen: ServiceSeen, *names: str) -> str:
    """`job_id as jobId (string) 71 %` for each concept."""
    parts = []
    for name in names:
        found = seen.fields.get(name)
        if found is None:
            parts.append(f"{name} {NOT_FOUND}")
            continue
        key = top(found.keys)
        called = "" if key == name else f" as {key}"
        parts.append(f"{name}{called} ({top(found.types)}) {percent(found.count, seen.records)}")
    return ", ".join(parts)


def spelling(seen: ServiceSeen) -> str:
    """How levels are written: numbers, lower-case or upper-case names."""
    word = top(seen.level_spellings)
    if word == NOT_FOUND:
        return NOT_FOUND
    return "numbers" if word.isdigit() else "upper-case names" if word.isupper() else "lower-case names"


def time_kind(seen: ServiceSeen) -> str:
    """The commonest notation without its key."""
    return top(seen.times).rpartition(": ")[2]


def quantities(seen: ServiceSeen) -> list[str]:
    """Fields that hold a duration or size, as written."""
    out = []
    for concept, found in seen.fields.items():
        last = concept.rpartition(".")[2]
        if "number" in found.types and (last.endswith(UNIT_ENDS) or last in LONG_WORDS):
            out.append(top(found.keys))
    return sorted(out)


def counted_rules(seen: ServiceSeen, codes: Iterable[str]) -> str:
    """`LV602 ×3, LV607 ×1`; empty when none is broken."""
    return ", ".join(f"{code} ×{seen.rules[code]}" for code in codes if seen.rules[code])


def leaks(seen: ServiceSeen) -> str:
    found = sorted(code for code in seen.rules if code.startswith("LV6"))
    return counted_rules(seen, found) or "no leak found"


def own_keys(seen: ServiceSeen) -> list[str]:
    """The keys that the service named itself, as written, the commonest first; a text layout has none."""
    found = sorted(seen.fields.values(), key=lambda field: -field.count)
    keys = dict.fromkeys(key for field in found for key in field.keys)
    return [key for key in keys if key != "(text)" and key.partition(".")[0] not in LIBRARY_KEYS]


def other_case(seen: ServiceSeen) -> list[str]:
    """The service's own keys that are not in snake case."""
    return [key for key in own_keys(seen) if not is_snake(key)]


def field_names(seen: ServiceSeen) -> str:
    """How many keys there are, and which are not in snake case."""
    keys, other = own_keys(seen), other_case(seen)
    if not keys:
        return NOT_FOUND
    shown = ", ".join(other[:4]) + (f" and {len(other) - 4} more" if len(other) > 4 else "")
    return tables.counted(len(keys), "own key") + (f"; not in snake_case: {shown}" if other else ", all in snake_case")


def messages(seen: ServiceSeen) -> str:
    found = seen.fields.get("message")
    key = top(found.keys) if found else NOT_FOUND
    return f"key {key}; {len(seen.templates)} templates; LV402 ×{seen.rules['LV402']}, LV304 ×{seen.rules['LV304']}"


def error_text(seen: ServiceSeen) -> str:
    if not seen.error_keys and not seen.at_error:
        return "no error logged"
    total = sum(seen.error_keys.values())
    stack = 100 * seen.errors_with_stack / total if total else 0
    cause = 100 * seen.at_error_with_cause / seen.at_error if seen.at_error else 100
    return f"{most(seen.error_keys, total)}; with stack {stack:.0f} %; at error with cause {cause:.0f} %"


def key_of(seen: ServiceSeen, concept: str) -> str:
    """The key a concept has; a text layout has none, and counts as the concept's own name."""
    found = seen.fields.get(concept)
    return top(found.keys).replace("(text)", concept) if found is not None else NOT_FOUND


def formats(seen: ServiceSeen) -> str:
    return (
        f"{most(seen.formats, seen.records)}; plain text {seen.share(seen.plain):.1f} %; "
        f"several lines {seen.share(seen.many_lines):.1f} %"
    )


def rows(*builds: Callable[[Inventory], list[Row]]) -> Callable[[Side], list[Row]]:
    """Tables of the inventory as the configured half."""
    return lambda side: [row for build in builds for row in build(side.configured)] if side.has_source else []


def chosen(build: Callable[[Inventory], list[Row]], *words: str) -> Callable[[Side], list[Row]]:
    """The rows of a table whose first column names one of the words."""
    return lambda side: [row for row in rows(build)(side) if any(word in row.what for word in words)]


def nothing(side: Side) -> list[Row]:  # noqa: ARG001
    """The configured half of what no configuration decides."""
    return []


ASPECTS: tuple[Aspect, ...] = (
    Aspect(
        "Timestamp: key, kind, zone, precision",
        rows(tables.timestamp),
        lambda seen: most(seen.times, seen.records),
        time_kind,
        "time: RFC 3339, UTC, milliseconds, Z; epoch milliseconds while both agree",
        ("LV101", "LV102", "LV103", "LV104", "LV105", "LV106", "LV107", "LV108", "LV711", "LV713", "LV816"),
    ),
    Aspect(
        "Level: spelling",
        rows(tables.level),
        lambda seen: f"{spelling(seen)}: {most(seen.level_spellings, seen.records, 5)}",
        spelling,
        "trace debug info warn error fatal, lower case; pino's numbers are accepted",
        ("LV201", "LV202", "LV203", "LV712", "LV813"),
    ),
    Aspect(
        "Level: how much of each",
        nothing,
        lambda seen: most(seen.levels, seen.records, 6),
        None,
        "info: state changes; warn: handled; error: lost, with its error",
        ("LV204", "LV205", "LV206", "LV207", "LV208", "LV209", "LV210", "LV211", "LV212", "LV824"),
    ),
    Aspect(
        "Service, logger, function",
        rows(tables.functions),
        lambda seen: presence(seen, "service", "logger", "function"),
        lambda seen: tuple(name in seen.fields for name in ("service", "logger")),
        "service and logger in every record; function a field, or known from the source",
        ("LV301", "LV302", "LV311", "LV312", "LV316", "LV710", "LV802", "LV812", "LV817", "LV821"),
    ),
    Aspect(
        "Job id: key, type, presence",
        rows(tables.identifiers),
        lambda seen: presence(seen, "job_id"),
        lambda seen: key_of(seen, "job_id"),
        "job_id, a string, bound once",
        ("LV303", "LV304", "LV305", "LV306", "LV307", "LV308", "LV708", "LV709", "LV809"),
    ),
    Aspect(
        "Request and trace ids",
        chosen(tables.identifiers, "request", "trace", "span", "ReqId"),
        lambda seen: presence(seen, "request_id", "trace_id", "span_id"),
        lambda seen: tuple(name in seen.fields for name in ("request_id", "trace_id")),
        "request_id on every record of a request; trace_id and span_id with tracing",
        ("LV309", "LV310"),
    ),
    Aspect(
        "Field names and values",
        chosen(tables.context, "keys passed"),
        field_names,
        lambda seen: not other_case(seen),
        "snake_case keys; numbers and booleans as such; one type a key",
        ("LV313", "LV314", "LV315", "LV411", "LV412", "LV413", "LV810", "LV823"),
    ),
    Aspect(
        "Message: key, static share",
        chosen(tables.summary, "static", "kind"),
        messages,
        lambda seen: key_of(seen, "message") in {"msg", "message"},
        "msg: a constant lower-case phrase; data in fields",
        ("LV401", "LV402", "LV403", "LV404", "LV405", "LV406", "LV407", "LV408", "LV409", "LV716", "LV803", "LV811"),
    ),
    Aspect(
        "Errors: shape, stack",
        rows(tables.error_handling),
        error_text,
        lambda seen: top(seen.error_keys).partition(" ")[0],
        "err {type, message, stack}",
        ("LV501", "LV502", "LV503", "LV504", "LV505", "LV506", "LV507", "LV714", "LV805", "LV806", "LV807", "LV808"),
    ),
    Aspect(
        "Durations and units",
        nothing,
        lambda seen: ", ".join(quantities(seen)) or NOT_FOUND,
        lambda seen: all(name.endswith(UNIT_ENDS) or name == "responseTime" for name in quantities(seen)),
        "the unit in the name: _ms, _s, _bytes",
        ("LV410", "LV715"),
    ),
    Aspect(
        "Format and transport",
        rows(tables.output, tables.layout),
        formats,
        lambda seen: seen.json * 2 >= seen.records,
        "one line of JSON per record",
        ("LV001", "LV002", "LV003", "LV004", "LV005", "LV006", "LV007", "LV008", "LV801", "LV804", "LV815"),
    ),
    Aspect(
        "Middleware, access records",
        rows(tables.middleware),
        lambda seen: f"{seen.http} HTTP records",
        lambda seen: seen.http > 0,
        "5xx error, 4xx warn, else info",
        ("LV207", "LV310", "LV818", "LV819", "LV822"),
    ),
    Aspect(
        "Redaction and leaks",
        rows(tables.redaction),
        leaks,
        lambda seen: tuple(sorted(code for code in seen.rules if code.startswith("LV6"))),
        "no password, token, cookie or authorization header",
        ("LV601", "LV602", "LV603", "LV604", "LV605", "LV606", "LV607", "LV608", "LV609", "LV814", "LV820"),
    ),
    Aspect(
        "Jobs, repetition, silence",
        nothing,
        lambda seen: counted_rules(seen, JOB_RULES) or "no finding",
        lambda seen: tuple(sorted(code for code in JOB_RULES if seen.rules[code])),
        "each job ends once; nothing is written twice, floods, falls silent or restarts in a loop",
        JOB_RULES,
    ),
    Aspect(
        "Crashes outside the logger",
        chosen(tables.error_handling, "hook", "process.on", "exception_handler"),
        lambda seen: f"LV508 ×{seen.rules['LV508']}, LV006 ×{seen.rules['LV006']}",
        lambda seen: bool(seen.rules["LV508"]),
        "nothing crashes outside the logger",
        ("LV006", "LV508"),
    ),
)


def configured_text(aspect: Aspect, side: Side) -> str:
    """The configured half as one cell, each value with its place."""
    if not side.has_source:
        return "no source given"
    found = [row for row in aspect.configured(side) if row.value != NOT_FOUND]
    if not found:
        return NOT_FOUND
    shown = [f"{row.what}: {row.value}" + (f" ({row.cells()[2]})" if row.places else "") for row in found[:4]]
    more = len(found) - 4
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def proposal(aspect: Aspect, side: Side) -> str:
    """What to change in one service: the fix of its commonest broken rule of this aspect."""
    counts = side.observed.rules + side.source_rules
    broken = [code for code in aspect.rules if counts[code] and code in RULES]
    if not broken:
        return ""
    code = max(broken, key=lambda c: (RULES[c].severity.rank, counts[c]))
    doc = RULES[code].doc
    fix = doc.pino if is_pino(side) else doc.python
    return f"{side.name}: {fix} ({code})" if fix and fix != "does not apply" else ""


def is_pino(side: Side) -> bool:
    """The service writes pino's records, or is TypeScript."""
    if side.has_source:
        return any(call.library == "pino" for call in side.configured.calls) or any(
            setup.language == "typescript" for setup in side.configured.setups
        )
    return top(side.observed.formats).startswith("pino")
