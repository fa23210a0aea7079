"""The review's tables: evidence as Markdown or CSV, the sign-off sheet, a simulation, a drift."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from logview.decode.clean import clean
from logview.standard.report.markdown import code, text
from logview.standard.report.summary import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logview.standard.review import Drift, Export, Row, Simulation

COLUMNS = (
    "rule", "name", "what", "why", "severity", "findings", "by service", "per 1,000 records", "distinct",
    "places to edit", "autofix", "examples", "conflict", "decision", "comment",
)  # fmt: skip


def evidence_markdown(review: Export) -> str:
    """One row a rule that found something, then the quiet ones, then the open questions."""
    lines = [f"# Review of {review.standard}", "", _span(review), ""]
    lines += ["| rule | severity | findings | places | autofix | examples | decision |"]
    lines += ["| --- | --- | --- | ---: | --- | --- | --- |"]
    lines += [
        f"| {row.rule} {row.name}: {text(row.what)} | {row.severity} | {_hits(row)} | {row.sites} "
        f"| {'yes' if row.autofix else 'no'} | {', '.join(code(f'{one.file}:{one.line}') for one in row.examples)} "
        f"| {text(f'{row.decision}: {row.comment}') if row.decision else ''} |"
        for row in review.rows
        if row.total
    ]
    looked = [row for row in review.rows if review.source or not row.in_source]
    quiet = [f"{row.rule} {row.name}" for row in looked if not row.total]
    if quiet:
        lines += ["", f"Found nothing: {', '.join(quiet)}."]
    if not review.source:
        lines += ["", "No source code was read: its rules, LV801 to LV824, had nothing to look at."]
    if review.questions:
        lines += ["", "## Open questions", "", *(f"{at}. {text(one)}" for at, one in enumerate(review.questions, 1))]
    return "\n".join(lines) + "\n"


def evidence_csv(review: Export) -> str:
    """All rows, for a spreadsheet; a cell that a spreadsheet would run starts with a quote (OWASP, CSV injection)."""
    rows = (
        (
            row.rule, row.name, row.what, row.why, row.severity, row.total, _hits(row, markdown=False),
            "; ".join(f"{service} {rate}" for service, rate in row.per_1000.items()), row.faults, row.sites,
            "yes" if row.autofix else "no",
            "; ".join(f"{one.file}:{one.line} {one.message}" for one in row.examples),
            row.conflict or "", row.decision or "", row.comment,
        )
        for row in review.rows
    )  # fmt: skip
    return _csv(COLUMNS, rows)


SIGN_OFF = ("rule", "proposal", "evidence", "cost", "votes", "decision", "by", "date", "revisit on")


def sign_off(review: Export, *, stakeholders: Sequence[str] = (), as_csv: bool = False) -> str:
    """The sheet that is signed: a row a rule with findings, a column for each vote."""
    heads = (*SIGN_OFF[:4], *(stakeholders or SIGN_OFF[4:5]), *SIGN_OFF[5:])
    empty = [""] * (len(heads) - 4)
    rows: list[list[str]] = [
        [
            f"{row.rule} {row.name}",
            row.severity,
            _hits(row, markdown=False),
            f"{row.sites} place{'s' if row.sites != 1 else ''}{', autofix' if row.autofix else ''}",
            *empty,
        ]
        for row in review.rows
        if row.total
    ]
    for row, cells in zip((row for row in review.rows if row.total), rows, strict=True):
        cells[heads.index("decision")] = row.decision or ""
    if as_csv:
        return _csv(heads, rows)
    lines = [f"# Sign-off: {review.standard}", "", _span(review), "", f"| {' | '.join(heads)} |"]
    lines += ["|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(text(cell) for cell in cells) + " |" for cells in rows]
    return "\n".join(lines) + "\n"


def simulation_text(result: Simulation) -> str:
    """Before and after, rule by rule."""
    span = f", {result.first} to {result.last}" if result.first else ""
    lines = [f"{result.records:,} records{span}", ""]
    lines.append(f"{'rule':<8} {'before':>7} {'after':>7} {'newly failing':>14}  findings")
    for one in result.changes:
        hits = ", ".join(f"{clean(service)} {then:,} → {now:,}" for service, (then, now) in one.hits.items())
        lines.append(f"{one.rule:<8} {one.before:>7} {one.after:>7} {one.newly_failing:>14,}  {hits}")
    if not result.changes:
        lines.append("nothing changes")
    lines += [
        "",
        f"conforming {percent(result.conforming[0])} → {percent(result.conforming[1])}, "
        f"score {result.score[0]:.0f} → {result.score[1]:.0f}",
    ]
    if result.newly_failing:
        lines += ["", f"newly failing ({len(result.newly_failing):,}):"]
        lines += [
            f"  {one.rule} {clean(one.file)}:{one.line} {clean(one.message)} ({one.count:,}×)"
            for one in result.newly_failing[:20]
        ]
        if len(result.newly_failing) > 20:
            lines.append(f"  and {len(result.newly_failing) - 20:,} more")
    return "\n".join(lines) + "\n"


def drift_text(drift: Drift) -> str:
    """Decisions beside reality."""
    lines: list[str] = []
    lines += [
        f"rising   {rule}: {then} → {now} per 1,000 records, although accepted" for rule, then, now in drift.rising
    ]
    lines += [f"ending   {clean(what)}: {day}" for what, day in drift.ending]
    lines += [f"open     {rule}: has findings and no decision" for rule in drift.undecided]
    lines += [f"quiet    {rule}: no finding in 90 days" for rule in drift.quiet]
    lines += [f"falling  {rule}: {then} → {now} per 1,000 records" for rule, then, now in drift.falling]
    return "\n".join(lines or ["decisions and logs agree"]) + "\n"


def _span(review: Export) -> str:
    records = ", ".join(f"{service} {count:,}" for service, count in review.records.items())
    span = f", logged {review.first} to {review.last}" if review.first else ""
    return (
        f"{review.date}: {sum(review.records.values()):,} records ({text(records)}){span}; "
        f"{percent(review.conforming)} conform, score {review.score:.0f}."
    )


def _hits(row: Row, *, markdown: bool = True) -> str:
    parts = []
    for service, count in row.hits.items():
        rate = "" if row.in_source else f" ({row.per_1000.get(service, 0.0)}/1,000)"
        parts.append(f"{text(service) if markdown else clean(service)} {count:,}{rate}")
    return ", ".join(parts)


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = clean(value)
    return f"'{value}" if value[:1] in set("=+-@\t\r") else value
