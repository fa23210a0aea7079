"""The comparison as a document: aspects, fields, levels, templates, clocks, chains, jobs, open questions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from logview.inventory.aspects import ASPECTS, configured_text, proposal
from logview.inventory.charts import stacked, timeline
from logview.inventory.compare import Comparison, sample_jobs
from logview.inventory.comparison_fields import fields, same_meaning
from logview.inventory.document import NOT_FOUND, Document, Heading, Part, Table, Text
from logview.inventory.model import LEVELS
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.observe import Event

MOST_CHAINS = 5
"""Findings listed of one rule; the others are counted."""


def document(comparison: Comparison) -> Document:
    """The whole report."""
    a, b = comparison.sides
    made = Document(f"{a.name} and {b.name}: logging side by side")
    made.parts += [Text(summary(comparison))]
    made.parts += [Heading("Divergences"), divergence_table(comparison)]
    made.parts += [Heading("Levels"), *levels(comparison)]
    made.parts += [Heading("Aspects"), aspect_table(comparison), Heading("Fields"), *fields(comparison)]
    made.parts += [Heading("Time and jobs"), *clocks(comparison), *chains(comparison), *jobs(comparison)]
    made.parts += [Heading("Open questions"), question_table(comparison)]
    return made


def summary(comparison: Comparison) -> str:
    """One paragraph: how much was read, how much agrees."""
    answers = [agrees(comparison, position) for position in range(len(ASPECTS))]
    parts = [
        f"{side.name}: {side.observed.records} records, {span(side.observed.first_ns, side.observed.last_ns)}, "
        f"{len(side.configured.calls)} call sites"
        for side in comparison.sides
    ]
    return f"{'; '.join(parts)}. They agree on {answers.count(True)} of {len(answers) - answers.count(None)} aspects."


def span(first_ns: int | None, last_ns: int | None) -> str:
    if first_ns is None or last_ns is None:
        return "without times"
    return f"{clock(first_ns, date=True)} to {clock(last_ns)} UTC"


def clock(time_ns: int, *, date: bool = False) -> str:
    """`08:54:07.410`, UTC."""
    try:
        moment = dt.datetime.fromtimestamp(time_ns // 1_000_000_000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
    text = f"{moment:%H:%M:%S}.{time_ns // 1_000_000 % 1000:03}"
    return f"{moment:%Y-%m-%d} {text}" if date else text


def agrees(comparison: Comparison, position: int) -> bool | None:
    """Whether the two do the same; None where there is nothing to agree on."""
    alike = ASPECTS[position].alike
    return None if alike is None else alike(comparison.a.observed) == alike(comparison.b.observed)


ANSWERS = {True: "yes", False: "no", None: "n/a"}


def aspect_table(comparison: Comparison) -> Table:
    a, b = comparison.sides
    made = []
    for position, aspect in enumerate(ASPECTS):
        changes = "; ".join(text for text in (proposal(aspect, a), proposal(aspect, b)) if text)
        made.append(
            (
                aspect.name,
                configured_text(aspect, a),
                aspect.observed(a.observed),
                configured_text(aspect, b),
                aspect.observed(b.observed),
                ANSWERS[agrees(comparison, position)],
                aspect.standard,
                ", ".join(aspect.rules),
                evidence(comparison, aspect.rules),
                changes or "none",
            )
        )
    columns = (
        "Aspect",
        f"{a.name}: configured",
        f"{a.name}: observed",
        f"{b.name}: configured",
        f"{b.name}: observed",
        "Agree",
        "Standard says",
        "Rules",
        "Evidence",
        "Proposed change",
    )
    return Table(
        "Configured and observed",
        columns,
        tuple(made),
        prose=frozenset({9}),
        cards=((1, 3), (2, 4), (6, 8, 9)),
        verdict=5,
    )


def evidence(comparison: Comparison, codes: tuple[str, ...]) -> str:
    """Findings per rule: `LV103: optimizer 11`."""
    out = []
    for code in codes:
        counts = [(side.name, side.observed.rules[code] + side.source_rules[code]) for side in comparison.sides]
        across = sum(finding.violation.rule == code for finding in comparison.findings)
        said = [f"{name} {count}" for name, count in counts if count]
        if said:
            out.append(f"{code}: {', '.join(said)}")
        elif across:
            out.append(f"{code}: {across}")
    return "; ".join(out) or "no finding"


def divergence_table(comparison: Comparison) -> Table:
    """Findings of the rules that compare services, one row per rule and field."""
    rows = []
    across = [f for f in comparison.findings if f.violation.rule in DIVERGENCE]
    seen = set()
    for finding in across:
        violation = finding.violation
        key = (violation.rule, violation.field, violation.message)
        if key not in seen:
            seen.add(key)
            rows.append(
                (violation.rule, violation.name, violation.message, f"{finding.file}:{finding.line}", violation.want)
            )
    return Table(
        "Where the two differ",
        ("Rule", "Name", "What", "First seen", "To do"),
        tuple(sorted(rows)),
        prose=frozenset({4}),
        empty="nowhere",
    )


DIVERGENCE = frozenset({"LV708", "LV709", "LV710", "LV711", "LV712", "LV713", "LV714", "LV715"})
CHAINS = ("LV701", "LV702", "LV703", "LV704")


def levels(comparison: Comparison) -> Iterator[Part]:
    """Level mix, and templates that are logged at more than one level."""
    order = (*LEVELS, "none")
    mix = {side.name: side.observed.levels for side in comparison.sides}
    rows = tuple(
        (
            level,
            *(
                f"{side.observed.levels[level]} ({side.observed.share(side.observed.levels[level]):.1f} %)"
                for side in comparison.sides
            ),
        )
        for level in order
        if any(side.observed.levels[level] for side in comparison.sides)
    )
    yield Table("Level mix", ("Level", comparison.a.name, comparison.b.name), rows)
    yield stacked("Level mix", mix, order)
    yield timeline(
        "Records over time",
        {s.name: comparison.buckets.get(s.name, Counter()) for s in comparison.sides},
        comparison.bucket_s,
    )
    yield Table(
        "Templates at different levels",
        ("Template", comparison.a.name, comparison.b.name),
        tuple(drift(comparison)),
        code=frozenset({0}),
        empty="none",
    )


def drift(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Templates with more than one level, in one service or between the two."""
    a, b = (side.observed.templates for side in comparison.sides)
    for template in sorted({*a, *b}):
        cells = []
        found: set[str] = set()
        for templates in (a, b):
            seen = templates.get(template)
            found |= set(seen.levels) if seen else set()
            cells.append(", ".join(f"{level} ×{n}" for level, n in seen.levels.most_common()) if seen else NOT_FOUND)
        if len(found) > 1:
            yield template, cells[0], cells[1]


def clocks(comparison: Comparison) -> Iterator[Part]:
    rows = tuple(
        (o.name, str(o.pairs), f"{o.median_s:+.3f} s", f"{o.least_s:+.3f} s", f"{o.most_s:+.3f} s", o.verdict)
        for o in comparison.offsets
    )
    yield Table("Clock offset, from hand-offs", ("Hand-off", "Pairs", "Median", "Least", "Most", "Verdict"), rows)


def chains(comparison: Comparison) -> Iterator[Part]:
    """Jobs that do not end, end without a start, or get lost on the way."""
    rows: list[tuple[str, ...]] = []
    for code in CHAINS:
        found = [f for f in comparison.findings if f.violation.rule == code]
        rows += [
            (code, f.violation.name, f.service, f.violation.message, f"{f.file}:{f.line}") for f in found[:MOST_CHAINS]
        ]
        if len(found) > MOST_CHAINS:
            rows.append((code, RULES[code].name, "", f"and {len(found) - MOST_CHAINS} more", ""))
    note = (
        ""
        if comparison.standard.lifecycle or comparison.standard.handoff
        else ("Needs [[lifecycle]] and [[handoff]] in logview.toml.")
    )
    yield Table("Broken job chains", ("Rule", "Name", "Service", "What", "Where"), tuple(rows), note=note, empty="none")


def jobs(comparison: Comparison) -> Iterator[Part]:
    """Three jobs, both services interleaved, with the gap before each record."""
    found = sample_jobs(comparison)
    if not found:
        yield Text("No job is seen in both services.")
    for job, events in found:
        yield Table(
            f"Job {job}",
            ("Time (UTC)", "Gap", "Service", "Level", "Message", "Where"),
            tuple(event_rows(events)),
            code=frozenset({4}),
        )


def event_rows(events: list[Event]) -> Iterator[tuple[str, ...]]:
    before: int | None = None
    for event in events:
        gap = "" if before is None else f"{(event.time_ns - before) / 1e6:+.0f} ms"
        before = event.time_ns
        yield clock(event.time_ns), gap, event.service, event.level, event.message, f"{event.file}:{event.line}"


def question_table(comparison: Comparison) -> Table:
    """Every disagreement as a question to decide: what each does, what the standard proposes, what it costs."""
    a, b = comparison.sides
    rows: list[tuple[str, ...]] = []
    for position, aspect in enumerate(ASPECTS):
        if agrees(comparison, position) is not False:
            continue
        cost = ", ".join(f"{side.name} {sum(side.source_rules[c] for c in aspect.rules)}" for side in (a, b))
        rows.append(
            (
                f"Q{len(rows) + 1}",
                aspect.name,
                f"{a.name}: {aspect.observed(a.observed)}",
                f"{b.name}: {aspect.observed(b.observed)}",
                aspect.standard,
                cost,
            )
        )
    columns = ("No.", "Question", f"{a.name} does", f"{b.name} does", "The standard proposes", "Source findings")
    return Table("To be decided", columns, tuple(rows), empty="nothing: the two agree")


def as_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison for programs: what the tables say, and the numbers behind them."""
    a, b = comparison.sides
    return {
        "services": [
            {
                "name": side.name,
                "records": side.observed.records,
                "call_sites": len(side.configured.calls),
                "formats": side.observed.formats,
                "times": side.observed.times,
                "levels": side.observed.levels,
                "level_spellings": side.observed.level_spellings,
                "errors": side.observed.error_keys,
                "rules": side.observed.rules,
                "source_rules": side.source_rules,
                "fields": {
                    name: {
                        "keys": found.keys,
                        "types": found.types,
                        "count": found.count,
                        "example": found.example,
                        "presence_pct": round(side.observed.share(found.count), 1),
                    }
                    for name, found in side.observed.fields.items()
                },
            }
            for side in (a, b)
        ],
        "aspects": [
            {
                "name": aspect.name,
                "agree": agrees(comparison, position),
                "rules": aspect.rules,
                "standard": aspect.standard,
                "configured": [configured_text(aspect, side) for side in (a, b)],
                "observed": [aspect.observed(side.observed) for side in (a, b)],
                "evidence": evidence(comparison, aspect.rules),
                "proposed": [text for side in (a, b) if (text := proposal(aspect, side))],
            }
            for position, aspect in enumerate(ASPECTS)
        ],
        "same_meaning": [list(row) for row in same_meaning(comparison)],
        "level_drift": [list(row) for row in drift(comparison)],
        "clock_offsets": [
            {
                "name": o.name,
                "pairs": o.pairs,
                "median_s": o.median_s,
                "least_s": o.least_s,
                "most_s": o.most_s,
                "verdict": o.verdict,
            }
            for o in comparison.offsets
        ],
        "findings": [
            {
                "rule": f.violation.rule,
                "name": f.violation.name,
                "service": f.service,
                "file": f.file,
                "line": f.line,
                "field": f.violation.field,
                "message": f.violation.message,
            }
            for f in comparison.findings
        ],
        "jobs": {job: [list(row) for row in event_rows(events)] for job, events in sample_jobs(comparison)},
    }
