"""Numbers for sets of broken rules: there are few distinct sets, so a column holds the set's number."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from logview.index.store import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.model import Violation

CLEAN = 0
"""The verdict of a record that breaks nothing."""
_RANK = {"error": 3, "warn": 2, "info": 1}


class Verdicts:
    """Verdict number ↔ the rules broken; severity by number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[tuple[tuple[str, str], ...], int] = {(): CLEAN}
        self._keys: list[tuple[tuple[str, str], ...]] = [()]
        self.codes: list[tuple[str, ...]] = [()]
        """By verdict: codes, ascending, each once."""
        self.severities: list[str | None] = [None]
        """By verdict: the worst severity, "error", "warn" or "info"."""

    def number(self, violations: Iterable[Violation]) -> int:
        """The verdict that these violations make."""
        return self.number_of(tuple(sorted({(one.rule, one.severity.value) for one in violations})))

    def number_of(self, key: tuple[tuple[str, str], ...]) -> int:
        """The verdict for sorted, distinct (code, severity) pairs."""
        found = self._numbers.get(key)
        if found is not None:
            return found
        with self._lock:
            if key in self._numbers:
                return self._numbers[key]
            number = len(self.codes)
            if number == PENDING:
                # 65,534 distinct sets of rules: the worst rule alone still says the most.
                return self._numbers.setdefault(key[:1], CLEAN)
            self.codes.append(tuple(sorted({code for code, _ in key})))
            self.severities.append(max((severity for _, severity in key), key=lambda one: _RANK[one]))
            self._keys.append(key)
            self._numbers[key] = number
            return number

    def key_of(self, number: int) -> tuple[tuple[str, str], ...]:
        """The (code, severity) pairs behind a verdict."""
        return () if number == PENDING else self._keys[number]

    def codes_of(self, number: int) -> tuple[str, ...]:
        """Codes of the rules broken; () while nobody has looked."""
        return () if number == PENDING else self.codes[number]

    def severity_of(self, number: int) -> str | None:
        """The worst severity; None for a clean record and while nobody has looked."""
        return None if number == PENDING else self.severities[number]
