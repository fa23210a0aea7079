"""Full text: each fault once, with the record, a caret under the field, why it matters and what to write instead."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TextIO

import click

from logview.decode.clean import clean
from logview.standard.report.text import COLORS, write_summary
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from logview.standard.model import Finding
    from logview.standard.report import Report
    from logview.standard.tally import Group

WIDTH = 100


def write(report: Report, out: TextIO) -> None:
    """One block for each group, worst first."""
    for group in report.groups:
        for finding in group.findings:
            left = group.count - len(group.findings)
            out.write(block(report, group, finding, left if finding is group.findings[-1] else 0) + "\n")
    write_summary(report, out)


def block(report: Report, group: Group, finding: Finding, left: int) -> str:
    """What is known of one finding."""
    violation = finding.violation
    word = violation.severity.value
    if report.color:
        word = click.style(word, fg=COLORS[violation.severity], bold=True)
    lines = [f"{word}[{violation.rule}] {violation.name}: {clean(violation.message)}"]
    lines.append(
        f"  --> {clean(finding.file)}:{finding.line}" + (f" ({clean(finding.service)})" if finding.service else "")
    )
    if finding.site is not None and finding.site.file:
        function = f" in {finding.site.function}" if finding.site.function else ""
        by = f"logged by {finding.site.library}, set up at" if finding.site.library else "logged at"
        lines.append(f"  {by} {clean(finding.site.file)}:{finding.site.line}{clean(function)}")
    excerpt = report.excerpt(finding) if report.excerpt else []
    if excerpt:
        lines += ["   |", *(f"   | {line}" for line in excerpt), "   |"]
    if violation.found:
        lines.append(_part("found", clean(violation.found)))
    if violation.want:
        lines.append(_part("want", clean(violation.want)))
    rule = RULES.get(violation.rule)
    if rule is not None and rule.doc.why:
        lines.append(_part("why", rule.doc.why))
    if left:
        lines.append(_part("and", f"{left:,} more like it (fingerprint {group.fingerprint})"))
    return "\n".join(lines) + "\n"


def _part(name: str, text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=f"   = {name + ':':6} ", subsequent_indent=" " * 12, break_long_words=False
    )
