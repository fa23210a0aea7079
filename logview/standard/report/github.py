"""Annotations of GitHub Actions (docs: "Workflow commands for GitHub Actions": setting an error message)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from logview.decode.clean import clean
from logview.standard.model import Severity
from logview.standard.report.summary import sentence, summary

if TYPE_CHECKING:
    from logview.standard.model import Finding
    from logview.standard.report import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "notice", Severity.OFF: "notice"}


def write(report: Report, out: TextIO) -> None:
    """One annotation for each finding kept, worst first: GitHub shows ten of a kind."""
    for group in report.groups:
        left = group.count - len(group.findings)
        for finding in group.findings:
            more = f" (+{left:,} like it)" if left and finding is group.findings[-1] else ""
            out.write(annotation(finding, more) + "\n")
    out.writelines(
        f"::{COMMANDS[notice.severity]} title=logview::{_data(clean(notice.text))}\n" for notice in report.notices
    )
    out.write(clean(sentence(report, summary(report))) + "\n")


def annotation(finding: Finding, more: str = "") -> str:
    """The command for one finding; at the call site where it is known, because that file is in the repository."""
    violation = finding.violation
    site = finding.site if finding.site is not None and finding.site.file else None
    file, line = (site.file, site.line) if site else (finding.file, finding.line)
    text = clean(violation.message) + more
    if violation.want:
        text += f"\n{clean(violation.want)}"
    if site:
        text += f"\nseen in {clean(finding.file)}:{finding.line}"
    title = _property(f"{violation.rule} {violation.name}")
    place = f"file={_property(clean(file))},line={max(line, 1)}"
    return f"::{COMMANDS[violation.severity]} {place},title={title}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
