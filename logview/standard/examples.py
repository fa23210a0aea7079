"""Good and bad records out of a team's own streams, masked, each proven to be what it is shown as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.standard.mask import mask_text
from logview.standard.model import Severity
from logview.standard.template import template_of

if TYPE_CHECKING:
    from logview.record import Record
    from logview.standard.model import Standard, Violation

MAX_CHARS = 1_000
"""Longer records show nothing that shorter ones don't."""
MAX_LINES = 12
CANDIDATES = 8
"""Records kept of each kind until it is known which ones stand alone."""


@dataclass(frozen=True, slots=True)
class Example:
    """One record to be shown."""

    service: str
    level: str
    lines: tuple[str, ...]
    want: str = ""


class Examples:
    """Collects records; `settle` keeps those that a check of the record alone confirms."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.good: list[Example] = []
        self.bad: dict[str, Example] = {}
        self._good: dict[tuple[str, str], dict[str, Example]] = {}
        self._bad: dict[str, list[Example]] = {}

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...]) -> None:
        """Look at a record."""
        level = record.level.text if record.level is not None else "no level"
        if record.message and not any(_matters(one.severity) for one in violations):
            kept = self._good.setdefault((service, level), {})
            template = template_of(record.message)
            if template not in kept and len(kept) < CANDIDATES and len(record.text) <= MAX_CHARS:
                kept[template] = _example(record, service, level)
        for violation in violations:
            candidates = self._bad.setdefault(violation.rule, [])
            if len(candidates) < CANDIDATES and len(record.text) <= MAX_CHARS:
                candidates.append(_example(record, service, level, violation.want))

    def settle(self) -> None:
        """Fill `good` (one for each service and level) and `bad` (one a rule)."""
        for _, kept in sorted(self._good.items()):
            found = {one: self._found(one) for one in kept.values()}
            passing = [one for one, severities in found.items() if not any(map(_matters, severities.values()))]
            self.good += sorted(passing, key=lambda one: len(found[one]))[:1]
        for code, candidates in sorted(self._bad.items()):
            shown = next((one for one in candidates if code in self._found(one)), None)
            if shown is not None:
                self.bad[code] = shown

    def _found(self, example: Example) -> dict[str, Severity]:
        """Rule → severity of what a check of the example alone finds."""
        from logview.standard.lines import check_lines

        text = "\n".join(example.lines)
        found = check_lines(self.standard, text, service=None)
        return {finding.violation.rule: finding.violation.severity for finding in found}


def _matters(severity: Severity) -> bool:
    return severity.rank >= Severity.WARN.rank


def _example(record: Record, service: str, level: str, want: str = "") -> Example:
    return Example(service, level, tuple(mask_text(record.text).split("\n")[:MAX_LINES]), want)
