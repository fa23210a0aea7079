"""A report in figures: rules by service, conforming share, score, coverage. Computed once, drawn by several forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.standard.model import Severity
from logview.standard.rules import RULES
from logview.standard.tally import FIELDS, score, share

if TYPE_CHECKING:
    from logview.standard.report import Report


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule's findings."""

    code: str
    name: str
    severity: Severity
    """The worst that was found."""
    by_service: dict[str, int]
    budget: int | None
    """Findings still allowed; None: no budget."""

    @property
    def total(self) -> int:
        """Findings in all services."""
        return sum(self.by_service.values())


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service's records."""

    name: str
    records: int
    conforming: float
    """Percent of the records without an error or a warning."""
    score: float
    """0 to 100."""
    coverage: dict[str, float]
    """Field → percent of the records that have it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a report."""

    rules: list[RuleRow]
    services: list[ServiceRow]
    records: int
    conforming: float
    score: float


def summary(report: Report) -> Summary:
    """The figures; rules worst first, then by number of findings."""
    tally = report.tally
    rows: dict[str, RuleRow] = {}
    for group in report.groups:
        code, service = group.violation.rule, group.findings[0].service
        row = rows.get(code)
        if row is None:
            row = rows[code] = RuleRow(
                code, group.violation.name, group.worst, {}, report.standard.check.budget.get(code)
            )
        elif group.worst.rank > row.severity.rank:
            row = rows[code] = RuleRow(code, row.name, group.worst, row.by_service, row.budget)
        row.by_service[service] = row.by_service.get(service, 0) + group.count
    services = [
        ServiceRow(
            name=name,
            records=counts.records,
            conforming=tally.conforming(name),
            score=score(report.standard, tally, name, source=report.source),
            coverage={field: share(counts.present[field], counts.records) for field in FIELDS},
        )
        for name, counts in tally.services.items()
        if counts.records
    ]
    return Summary(
        rules=sorted(rows.values(), key=lambda row: (-row.severity.rank, -row.total, row.code)),
        services=services,
        records=tally.records,
        conforming=tally.conforming(),
        score=score(report.standard, tally, source=report.source),
    )


def sentence(report: Report, figures: Summary) -> str:
    """The last line: how many findings, in how much."""
    findings = sum(row.total for row in figures.rules)
    if not findings:
        head = "no findings" if not report.known else f"no new findings ({report.known:,} known)"
    else:
        parts = [
            f"{report.totals[s.value]:,} {s.value}"
            for s in (Severity.ERROR, Severity.WARN, Severity.INFO)
            if report.totals.get(s.value)
        ]
        known = f", {report.known:,} known" if report.known else ""
        head = f"{findings:,} finding{'s' if findings > 1 else ''} ({', '.join(parts)}{known})"
    if report.waived:
        head += f", {report.waived:,} waived"
    if not figures.records:
        return head
    count = len(figures.services)
    return (
        f"{head} in {figures.records:,} record{'s' if figures.records != 1 else ''} of {count} "
        f"service{'s' if count != 1 else ''}; {percent(figures.conforming)} conform, score {figures.score:.0f}"
    )


def percent(value: float) -> str:
    """ "100 %", "99.9 %", "0 %": only what is whole reads as whole."""
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    return f"{min(max(value, 0.1), 99.9):.1f} %"


def title(code: str) -> str:
    """What the rule finds, from its page; "" for a code that is not known."""
    rule = RULES.get(code)
    return rule.doc.what if rule else ""
