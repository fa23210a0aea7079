"""When the screen is told that an answer may have changed: soon enough for the eye, seldom enough for the processor."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GAP_S = 0.03
"""Shortest time between two rings."""
LAZY_S = 0.12
"""The same for what can wait for the next lines, if any come: verdicts, and counts beside a filtered view."""


class Bell:
    """Rings `on_change`, from any thread; what comes too soon after a ring is held back until `flush` finds it due.

    on_held  called when something is held back: whoever flushes may be asleep
    """

    def __init__(self, on_change: Callable[[], None] | None, on_held: Callable[[], None] | None = None) -> None:
        self._on_change = on_change
        self._on_held = on_held
        self._lock = threading.Lock()
        self._rung = float("-inf")
        self._due: float | None = None

    def ring(self, gap_s: float = GAP_S) -> None:
        """Something has changed; told at once when the last ring was `gap_s` ago."""
        if self._on_change is None:
            return
        with self._lock:
            now, at = time.monotonic(), self._rung + gap_s
            is_due = now >= at
            is_sooner = self._due is None or at < self._due
            if is_due:
                self._rung, self._due = now, None
            elif is_sooner:
                self._due = at
        if is_due:
            self._on_change()
        elif is_sooner and self._on_held is not None:
            self._on_held()

    @property
    def rung(self) -> float:
        """When it rang last, on the monotonic clock."""
        return self._rung

    def flush(self) -> None:
        """Ring if something was held back and is due."""
        due = self._due
        if due is not None and time.monotonic() >= due:
            self.ring(0.0)

    def wait_s(self, longest: float) -> float:
        """How long whoever flushes may sleep, at most `longest`."""
        due = self._due
        return longest if due is None else min(longest, max(due - time.monotonic(), 0.0))
