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

    def discount(self, service: NDArray[np.uint16], level: NDArray[np.uint8]) -> None:
        """Take back records that were superseded or whose level has changed."""
        counted, failed = np.bincount(service), np.bincount(service[level >= int(Level.ERROR)])
        with self._lock:
            self._records.subtract({int(number): int(counted[number]) for number in np.flatnonzero(counted)})
            self._errors.subtract({int(number): int(failed[number]) for number in np.flatnonzero(failed)})

    def stats(self, violations: dict[int, int]) -> list[ServiceStats]:
        """One entry per service that has records, by first appearance; `violations` by service number."""
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0][0] < now - RATE_SPAN_S:
                self._recent.popleft()
            rates: Counter[int] = Counter()
            for _, new in self._recent:
                rates.update(new)
            span = min(max(now - self._started, 1.0), RATE_SPAN_S)
            return [
                ServiceStats(
                    name=name,
                    records=self._records[number],
                    rate_per_s=rates[number] / span,
                    errors=self._errors[number],
                    violations=violations.get(number, 0),
                )
                for number, name in enumerate(self.names)
                if self._records[number] > 0
            ]
