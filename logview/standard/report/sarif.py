"""SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), as code scanning services read it.

One result for each finding kept; the last of a group carries the rest in `occurrenceCount` (§3.27.9). Fingerprints
are partial (§3.27.17), because a line changes from run to run. Columns are left out: a line of a log is one region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from logview import __version__
from logview.decode.clean import clean
from logview.standard.model import Severity
from logview.standard.report.jsonlines import dumps
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from logview.standard.model import Finding
    from logview.standard.report import Report
    from logview.standard.tally import Group

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "note", Severity.OFF: "none"}


def write(report: Report, out: TextIO) -> None:
    """One log with one run."""
    codes = sorted({group.violation.rule for group in report.groups})
    results = [
        _result(finding, group, codes, rest=group.count - len(group.findings) if finding is group.findings[-1] else 0)
        for group in report.groups
        for finding in group.findings
    ]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "logview",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(code, report) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": 1 if report.failed else 0,
                "toolExecutionNotifications": [
                    {"level": LEVELS[notice.severity], "message": {"text": clean(notice.text)}}
                    for notice in report.notices
                ],
            }
        ],
    }
    out.write(dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=True) + "\n")


def _rule(code: str, report: Report) -> dict[str, Any]:
    rule = RULES[code]
    setting = report.standard.rules.get(code)
    severity = (setting.severity if setting else None) or rule.severity
    fixes = [f"pino: {rule.doc.pino}"] if rule.doc.pino else []
    fixes += [f"Python: {rule.doc.python}"] if rule.doc.python else []
    described: dict[str, Any] = {
        "id": code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.doc.what or rule.name},
        "fullDescription": {"text": rule.doc.why or rule.doc.what or rule.name},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["logging", rule.family]},
    }
    if fixes:
        described["help"] = {"text": "\n".join(fixes)}
    return described


def _result(finding: Finding, group: Group, codes: list[str], *, rest: int) -> dict[str, Any]:
    violation = finding.violation
    text = clean(violation.message)
    if violation.want:
        text = f"{text}. {clean(violation.want)}"
    result: dict[str, Any] = {
        "ruleId": violation.rule,
        "ruleIndex": codes.index(violation.rule),
        "level": LEVELS[violation.severity],
        "message": {"text": text},
        "locations": [_location(finding.file, finding.line)],
        "partialFingerprints": {"logview/v1": group.fingerprint},
        "properties": {"service": clean(finding.service), "field": violation.field},
    }
    if rest:
        result["occurrenceCount"] = rest + 1
    if finding.site is not None and finding.site.file:
        related = _location(finding.site.file, finding.site.line)
        result["relatedLocations"] = [{"id": 1, **related, "message": {"text": "logged here"}}]
    return result


def _location(file: str, line: int) -> dict[str, Any]:
    uri = "stdin" if file == "-" else quote(file.replace("\\", "/").encode("utf-8", "surrogateescape"))
    if uri.startswith("/"):
        uri = f"file://{uri}"
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(line, 1)}}}
