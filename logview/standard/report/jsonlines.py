"""One JSON object a finding; the shape others build on: keys may be added, none changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from logview.standard.tally import fingerprint

if TYPE_CHECKING:
    from logview.standard.model import Finding
    from logview.standard.report import Report

# JSON lets these through as they are, a terminal acts on them: DEL, C1 and what turns or hides text.
_LOUD = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\U000e0000-\U000e007f]")

_SURROGATE = re.compile("[\ud800-\udfff]")


def write(report: Report, out: TextIO) -> None:
    """Every finding kept, by file and line."""
    kept = [finding for group in report.groups for finding in group.findings]
    out.writelines(
        line(finding) + "\n" for finding in sorted(kept, key=lambda one: (one.file, one.line, one.violation.rule))
    )


def line(finding: Finding) -> str:
    """One finding."""
    violation = finding.violation
    shape: dict[str, Any] = {
        "rule": violation.rule,
        "name": violation.name,
        "severity": violation.severity.value,
        "file": finding.file,
        "line": finding.line,
        "service": finding.service,
        "field": violation.field,
        "found": violation.found,
        "want": violation.want,
        "message": violation.message,
    }
    if finding.site is not None and finding.site.file:
        shape["site"] = {"file": finding.site.file, "line": finding.site.line}
        if finding.site.function:
            shape["site"]["function"] = finding.site.function
    shape["template"] = finding.template
    shape["fingerprint"] = fingerprint(finding)
    shape["offset"] = finding.offset
    return dumps(shape)


def dumps(value: Any, *, indent: bool = False) -> str:
    """JSON whose characters a terminal may see; lone surrogates become U+FFFD."""
    option = orjson.OPT_INDENT_2 if indent else 0
    try:
        text = orjson.dumps(value, option=option).decode("utf-8")
    except orjson.JSONEncodeError:
        text = orjson.dumps(_whole(value), option=option).decode("utf-8")
    return text if text.isascii() else _LOUD.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value
