"""The table of services: a number for each name, and what is counted per service."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

import numpy as np

from logview.engine.facts import ServiceStats
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

RATE_SPAN_S = 5.0
"""Rates are means over this time."""


class Services:
    """Names and counts of services, numbered by first appearance."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self.names: list[str] = []
        self._records: Counter[int] = Counter()
        self._errors: Counter[int] = Counter()
        self._recent: deque[tuple[float, dict[int, int]]] = deque()
        self._rates: Counter[int] = Counter()
        """Records in `_recent` by service."""
        self._started = time.monotonic()

    def number(self, name: str) -> int:
        """The number of a service; new names get the next one."""
        found = self._numbers.get(name)
        if found is not None:
            return found
        with self._lock:
            if name not in self._numbers:
                if len(self.names) == 0xFFFE:
                    return self._numbers[self.names[-1]]
                self.names.append(name)
                self._numbers[name] = len(self.names) - 1
            return self._numbers[name]

    def numbers_of(self, names: Collection[str]) -> NDArray[np.uint16]:
        """The numbers of those names that are known."""
        return np.array([self._numbers[name] for name in names if name in self._numbers], np.uint16)

    def count(self, service: NDArray[np.uint16], level: NDArray[np.uint8], *, live: bool) -> None:
        """Count new records; `live` ones, appended while we watch, also make the rate."""
        counted = np.bincount(service)
        new = {int(number): int(counted[number]) for number in np.flatnonzero(counted)}
        failed = np.bincount(service[level >= int(Level.ERROR)])
        with self._lock:
            self._records.update(new)
            self._errors.update({int(number): int(failed[number]) for number in np.flatnonzero(failed)})
            if live:
                self._recent.append((time.monotonic(), new))
                self._rates.update(new)

    def move(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        """A record counts for another (service, level) than before."""
        with self._lock:
            for (service, level), step in ((before, -1), (after, 1)):
                self._records[service] += step
                self._errors[service] += step if level >= int(Level.ERROR) else 0

    def take_back(self, service: int, level: int) -> None:
        """A record that was counted is none."""
        with self._lock:
            self._records[service] -= 1
            self._errors[service] -= level >= int(Level.ERROR)

    def stats(self, violations: dict[int, int]) -> list[ServiceStats]:
        """One entry per service that has records, by first appearance; `violations` by service number."""
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0][0] < now - RATE_SPAN_S:
                self._rates.subtract(self._recent.popleft()[1])
            span = min(max(now - self._started, 1.0), RATE_SPAN_S)
            return [
                ServiceStats(
                    name=name,
                    records=self._records[number],
                    rate_per_s=self._rates[number] / span,
                    errors=self._errors[number],
                    violations=violations.get(number, 0),
                )
                for number, name in enumerate(self.names)
                if self._records[number] > 0
            ]
