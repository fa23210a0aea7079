"""Markdown for a pull request's comment or a job's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from logview.decode.clean import clean
from logview.standard.report.summary import percent, sentence, summary, title
from logview.standard.tally import FIELDS

if TYPE_CHECKING:
    from logview.standard.report import Report
    from logview.standard.report.summary import Summary
    from logview.standard.tally import Group


def write(report: Report, out: TextIO) -> None:
    """Verdict, figures, then each rule with its faults."""
    figures = summary(report)
    out.write(f"## logview check: {'failed' if report.failed else 'passed'}\n\n")
    out.write(f"{text(sentence(report, figures))}\n\n")
    out.writelines(f"- **{notice.severity.value}**: {text(notice.text)}\n" for notice in report.notices)
    if report.notices:
        out.write("\n")
    if figures.services:
        _services(figures, out)
    if not report.groups:
        return
    _rules(figures, out)
    by_rule: dict[str, list[Group]] = {}
    for group in report.groups:
        by_rule.setdefault(group.violation.rule, []).append(group)
    for row in figures.rules:
        out.write(f"### {row.code} {row.name}\n\n{text(title(row.code))}\n\n")
        for group in by_rule[row.code]:
            _fault(report, group, out)


def text(raw: str) -> str:
    """Cleaned, with nothing in it that Markdown would act on."""
    return re.sub(r"([\\`*_{}\[\]<>|~#])", r"\\\1", clean(raw.replace("\n", " ")))


def instruction(raw: str) -> str:
    """A rule's advice: its `code` stays code, all else is text."""
    parts = re.split(r"(`[^`]+`)", raw)
    return "".join(code(part[1:-1]) if part[:1] == "`" else text(part) for part in parts if part)


def code(raw: str) -> str:
    """Cleaned, as inline code; a pipe would end a table's cell."""
    inner = clean(raw.replace("\n", " ")).replace("|", "¦")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", inner)), default=0))
    pad = " " if inner[:1] == "`" or inner[-1:] == "`" or not inner else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}"


def fence(lines: list[str]) -> str:
    """Lines as a block of code."""
    ticks = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return "\n".join([f"{ticks}text", *lines, ticks])


def _services(figures: Summary, out: TextIO) -> None:
    heads = ["service", "records", "conform", "score", *FIELDS]
    out.write("| " + " | ".join(heads) + " |\n|" + " --- |" + " ---: |" * (len(heads) - 1) + "\n")
    for row in figures.services:
        cells = [text(row.name), f"{row.records:,}", percent(row.conforming), f"{row.score:.0f}"]
        cells += [percent(row.coverage[field]) for field in FIELDS]
        out.write("| " + " | ".join(cells) + " |\n")
    out.write("\n")


def _rules(figures: Summary, out: TextIO) -> None:
    names = list(dict.fromkeys(service for row in figures.rules for service in row.by_service))
    heads = ["rule", "severity", *(text(name) for name in names)]
    out.write("| " + " | ".join(heads) + " |\n| --- | --- |" + " ---: |" * len(names) + "\n")
    for row in figures.rules:
        cells = [f"{row.code} {row.name}", row.severity.value]
        cells += [f"{row.by_service[name]:,}" if name in row.by_service else "·" for name in names]
        out.write("| " + " | ".join(cells) + " |\n")
    out.write("\n")


def _fault(report: Report, group: Group, out: TextIO) -> None:
    first = group.findings[0]
    places = ", ".join(code(f"{finding.file}:{finding.line}") for finding in group.findings)
    left = group.count - len(group.findings)
    out.write(f"- {text(first.violation.message)} {places}" + (f" and {left:,} more" if left else "") + "\n")
    excerpt = report.excerpt(first) if report.excerpt else []
    if excerpt:
        out.write("\n" + "\n".join("  " + line for line in fence(excerpt).split("\n")) + "\n\n")
    if first.violation.want:
        out.write(f"  {instruction(first.violation.want)}\n")
    out.write("\n")
