"""JUnit XML as CI servers read it: a suite for each service, a test case for each rule that looked."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, TextIO

from logview.decode.clean import clean
from logview.standard.report.text import finding_line
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from logview.standard.report import Report
    from logview.standard.tally import Group

# What XML 1.0 cannot hold even escaped (§2.2); `clean` has replaced all but these.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, out: TextIO) -> None:
    """Rules at or above --fail-on fail; milder findings are the output of a passing case."""
    by_service: dict[str, dict[str, list[Group]]] = {name: {} for name in report.tally.services}
    for group in report.groups:
        by_service.setdefault(group.findings[0].service, {}).setdefault(group.violation.rule, []).append(group)
    root = ET.Element("testsuites", name="logview check")
    totals = [0, 0]
    for service, by_rule in by_service.items():
        suite = ET.SubElement(root, "testsuite", name=_text(service))
        codes = [code for code in report.standard.rules if code in by_rule or _looked(code, report)]
        failures = sum(_case(suite, service, code, by_rule.get(code, []), report) for code in codes)
        suite.attrib |= {"tests": str(len(codes)), "failures": str(failures), "errors": "0", "skipped": "0"}
        totals[0] += len(codes)
        totals[1] += failures
    root.attrib |= {"tests": str(totals[0]), "failures": str(totals[1]), "errors": "0"}
    ET.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n")


def _looked(code: str, report: Report) -> bool:
    return code in RULES and (RULES[code].scope != "C" or report.source)


def _case(suite: ET.Element, service: str, code: str, groups: list[Group], report: Report) -> bool:
    """Add a rule's case; whether it failed."""
    name = f"{code} {RULES[code].name}" if code in RULES else code
    case = ET.SubElement(suite, "testcase", classname=_text(f"logview.{service}"), name=name)
    if not groups:
        return False
    count = sum(group.count for group in groups)
    kept = [finding_line(finding) for group in groups for finding in group.findings]
    left = count - len(kept)
    body = "\n".join([*kept, *([f"and {left:,} more"] if left else [])])
    failed = report.fail_on.rank > 0 and any(group.worst.rank >= report.fail_on.rank for group in groups)
    if not failed:
        ET.SubElement(case, "system-out").text = _text(body)
        return False
    message = f"{count:,}× {groups[0].violation.message}"
    failure = ET.SubElement(case, "failure", message=_text(clean(message)), type=groups[0].worst.value)
    failure.text = _text(body)
    return True


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", "\n".join(clean(line) for line in text.split("\n")))
