"""What rules over many records say of single ones, in words: of the newest such records, so that hours cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.standard.model import Severity, Violation
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.model import Finding

KEPT = 20_000
"""Records whose words are kept, about 10 MB; of older ones the verdict stays, which is two bytes."""


class Words:
    """gid → violations that need more than the record to be seen."""

    def __init__(self, kept: int | None = None) -> None:
        self._kept = KEPT if kept is None else kept
        self._words: dict[int, list[Violation]] = {}
        """In the order in which the records got their first words."""
        self._forgotten_below = 0

    def __len__(self) -> int:
        return len(self._words)

    def of(self, gid: int) -> tuple[Violation, ...]:
        """What is known of the record; () also where it was forgotten."""
        return tuple(self._words.get(gid, ()))

    def is_forgotten(self, gid: int) -> bool:
        """Whether there may have been words about the record."""
        return gid < self._forgotten_below and gid not in self._words

    def add(self, gid: int, violations: Iterable[Violation]) -> None:
        """Keep these too; the oldest record's words go when there are too many."""
        self._words.setdefault(gid, []).extend(violations)
        while len(self._words) > self._kept:
            oldest = next(iter(self._words))
            del self._words[oldest]
            self._forgotten_below = max(self._forgotten_below, oldest + 1)

    def has(self, gid: int, finding: Finding) -> bool:
        """Whether the finding's fault is known already."""
        rule, field = finding.violation.rule, finding.violation.field
        return any(one.rule == rule and one.field == field for one in self._words.get(gid, ()))

    def drop(self, gid: int) -> None:
        """The record is none any more."""
        self._words.pop(gid, None)

    def take_back(self, gid: int, rule: str) -> None:
        """The rule is broken no longer."""
        if gid in self._words:
            self._words[gid] = [one for one in self._words[gid] if one.rule != rule]


def in_general(code: str, severity: str) -> Violation:
    """What stands in the place of forgotten words: the rule, without what was found."""
    rule = RULES[code]
    message = f"{rule.doc.what} What was found here is no longer kept."
    return Violation(code, rule.name, Severity(severity), None, "", "", message)
