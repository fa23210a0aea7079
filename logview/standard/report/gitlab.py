"""GitLab's Code Quality report (docs: "Code Quality report format"): description, fingerprint, severity, place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from logview.decode.clean import clean
from logview.standard.model import Severity
from logview.standard.report.jsonlines import dumps

if TYPE_CHECKING:
    from logview.standard.model import Finding
    from logview.standard.report import Report

SEVERITIES = {Severity.ERROR: "major", Severity.WARN: "minor", Severity.INFO: "info", Severity.OFF: "info"}


def write(report: Report, out: TextIO) -> None:
    """A list of issues; a fingerprint must be unique, so the second finding of a group has its number behind it."""
    issues = [
        _issue(finding, group.fingerprint if number == 0 else f"{group.fingerprint}-{number}")
        for group in report.groups
        for number, finding in enumerate(group.findings)
    ]
    out.write(dumps(issues, indent=True) + "\n")


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    violation = finding.violation
    site = finding.site if finding.site is not None and finding.site.file else None
    file, line = (site.file, site.line) if site else (finding.file, finding.line)
    return {
        "description": f"{violation.rule} {violation.name}: {clean(violation.message)}",
        "check_name": violation.rule,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[violation.severity],
        "location": {"path": clean(file).removeprefix("./"), "lines": {"begin": max(line, 1)}},
    }
