"""What a check found, and the forms it is written in: one module a form, loaded when asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.standard.baseline import Comparison
    from logview.standard.model import Finding, Severity, Standard
    from logview.standard.tally import Group, Tally

FORMS = {
    "text": "text",
    "full": "full",
    "json": "jsonlines",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "markdown": "markdown",
    "html": "webpage",
}
"""`--output` → module of this package; each has `write(report, out)`."""

KEEP = {"text": 3, "full": 1, "markdown": 3, "html": 5, "github": 3}
"""Findings shown of each group, where `--limit` does not say; 100 in the machine-readable forms."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the check itself: a waiver that ends soon, a budget that can go down."""

    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """One run of `logview check`, ready to be written."""

    standard: Standard
    tally: Tally
    groups: list[Group]
    """What is reported: without the known ones of a baseline; worst first, then by place."""
    fail_on: Severity
    """OFF: nothing fails."""
    failed: bool
    notices: list[Notice] = field(default_factory=list)
    known: int = 0
    """Findings that the baseline knows."""
    waived: int = 0
    comparison: Comparison | None = None
    source: bool = False
    """Source code was checked."""
    color: bool = False
    excerpt: Callable[[Finding], list[str]] | None = None
    """The record's lines, masked and cleaned, with a caret under the field; None: cannot be read again."""
    totals: dict[str, int] = field(default_factory=dict)
    """Severity → findings reported."""


class Form(Protocol):
    """A module of this package."""

    def write(self, report: Report, out: TextIO) -> None:
        """Write the whole report."""
        ...


def form(name: str) -> Form:
    """The module that writes a form."""
    module: Form = importlib.import_module(f"logview.standard.report.{FORMS[name]}")
    return module
