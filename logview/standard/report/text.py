"""Compact text: one line a finding, as editors and people read it, then the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from logview.decode.clean import clean
from logview.standard.model import Severity
from logview.standard.report.summary import Summary, percent, sentence, summary
from logview.standard.tally import REQUIRED

if TYPE_CHECKING:
    from logview.standard.baseline import Comparison
    from logview.standard.model import Finding
    from logview.standard.report import Report

COLORS = {Severity.ERROR: "red", Severity.WARN: "yellow", Severity.INFO: "cyan", Severity.OFF: None}


def write(report: Report, out: TextIO) -> None:
    """Findings by place, then the summary."""
    placed = [(finding, group) for group in report.groups for finding in group.findings]
    placed.sort(key=lambda pair: (pair[0].file, pair[0].line, pair[0].violation.rule))
    for finding, group in placed:
        left = group.count - len(group.findings)
        more = f" (+{left:,} like it)" if left and finding is group.findings[-1] else ""
        if more and report.color:
            more = click.style(more, dim=True)
        out.write(f"{finding_line(finding, color=report.color)}{more}\n")
    if placed:
        out.write("\n")
    write_summary(report, out)


def finding_line(finding: Finding, *, color: bool = False) -> str:
    """`logs/a.log:12: warn LV304 id-only-in-message: …`"""
    violation = finding.violation
    where = f"{clean(finding.file)}:{finding.line}:"
    word = violation.severity.value
    head = f"{violation.rule} {violation.name}:"
    text = clean(violation.message)
    if finding.service and finding.service not in finding.file:
        text = f"{text} [{clean(finding.service)}]"
    if not color:
        return f"{where} {word} {head} {text}"
    return f"{click.style(where, bold=True)} {click.style(word, fg=COLORS[violation.severity])} {head} {text}"


def write_summary(report: Report, out: TextIO) -> None:
    """Rules by service, services, notices, comparison, and one sentence."""
    figures = summary(report)
    if figures.rules:
        _write_rules(figures, out, color=report.color)
    if figures.services:
        _write_services(figures, out)
    if report.comparison is not None:
        _write_comparison(report.comparison, out)
    for notice in report.notices:
        word = click.style(notice.severity.value, fg=COLORS[notice.severity]) if report.color else notice.severity.value
        out.write(f"{word}: {clean(notice.text)}\n")
    if report.notices:
        out.write("\n")
    out.write(sentence(report, figures) + "\n")


def _write_rules(figures: Summary, out: TextIO, *, color: bool) -> None:
    names = list(dict.fromkeys(service for row in figures.rules for service in row.by_service))
    width = max(len(row.name) for row in figures.rules)
    columns = [max(len(clean(name)), 6) for name in names]
    head = "".join(f"  {clean(name):>{size}}" for name, size in zip(names, columns, strict=True))
    out.write(f"{'rule':<{width + 7}} {'':5}{head}\n")
    for row in figures.rules:
        counts = "".join(
            f"  {row.by_service.get(name) or '·':>{size}}" for name, size in zip(names, columns, strict=True)
        )
        word = f"{row.severity.value:5}"
        word = click.style(word, fg=COLORS[row.severity]) if color else word
        budget = "" if row.budget is None else f"  of {row.budget} allowed"
        out.write(f"{row.code}  {row.name:<{width}} {word}{counts}{budget}\n")
    out.write("\n")


def _write_services(figures: Summary, out: TextIO) -> None:
    width = max(7, *(len(clean(row.name)) for row in figures.services))
    shown = [*REQUIRED, "logger", "function", "job_id"]
    head = "".join(f" {field:>9}" for field in ("records", "conform", "score", *shown))
    out.write(f"{'service':<{width}}{head}\n")
    for row in figures.services:
        figures_of = [f"{row.records:,}", percent(row.conforming), f"{row.score:.0f}"]
        figures_of += [percent(row.coverage[field]) for field in shown]
        out.write(f"{clean(row.name):<{width}}" + "".join(f" {figure:>9}" for figure in figures_of) + "\n")
    out.write("\n")


def _write_comparison(comparison: Comparison, out: TextIO) -> None:
    out.write(f"compared with {clean(comparison.old)}:\n")
    for group in comparison.new:
        first = group.findings[0]
        out.write(
            f"  new    {first.violation.rule} {clean(first.service)}: {clean(first.template)} ({group.count:,}×)\n"
        )
    out.writelines(
        f"  gone   {clean(rule)} {clean(service)}: {clean(where)} (was {count:,}×)\n"
        for rule, service, where, count in comparison.gone
    )
    for word, pairs in (("more", comparison.more), ("fewer", comparison.fewer)):
        for group, before in pairs:
            first = group.findings[0]
            counts = f"{before:,} → {group.count:,}"
            out.write(f"  {word:6} {first.violation.rule} {clean(first.service)}: {clean(first.template)} ({counts})\n")
    same = not (comparison.new or comparison.gone or comparison.more or comparison.fewer)
    out.write("  nothing changed\n\n" if same else "\n")
