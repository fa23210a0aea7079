"""What is wrong with when records came, for rows that are judged by blocks.

A block is judged as if it had been found, since no line says when it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.engine.arrivals import UNKNOWN
from logview.index.store import HAS_TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.engine.feed import Feed
    from logview.engine.verdicts import Verdicts
    from logview.index.store import Store
    from logview.standard.check import StreamChecker
    from logview.standard.program import Settings

RULE = "LV107"
SLACK_NS = 1_000
"""What floats of today's nanoseconds may be wrong by."""


class Skew:
    """Finds rows whose time is far from when they came."""

    def __init__(self, store: Store, verdicts: Verdicts, settings: Settings) -> None:
        self._store = store
        self._verdicts = verdicts
        self._least_ns = settings.least_skew_ns()
        """Nobody cares about less; None: about none."""
        severity = settings.severity_everywhere(RULE)
        self._pair = None if severity is None else (RULE, severity.value)
        """What is added to every such row's verdict, where neither an override nor a waiver looks at the record."""
        self._with: dict[int, int] = {}
        """Verdict → the same with the pair."""

    def add(
        self,
        feed: Feed,
        stream: StreamChecker,
        gids: NDArray[np.int64],
        numbers: NDArray[np.uint16],
        *,
        is_split: bool,
    ) -> None:
        """Add it to the verdicts of rows of a source.

        is_split  whether times may be a wrapper's, which says when it took the line over
        """
        store = self._store
        if self._least_ns is None or not len(gids) or not feed.arrivals.has(int(store.start[gids[-1]])):
            return
        came_ns = feed.arrivals.of(store.start[gids].astype(np.int64))
        # As floats: a time that stands far in the past may be farther away than 64 bits hold.
        away_ns = np.abs(came_ns.astype(np.float64) - store.time[gids])
        far = (away_ns > self._least_ns - SLACK_NS) & (came_ns != UNKNOWN) & ((store.flags[gids] & HAS_TIME) != 0)
        if self._pair is not None and not is_split:
            sure = far & (away_ns > self._least_ns + SLACK_NS)
            numbers[sure] = self._all_with(numbers[sure])
            far &= ~sure
        for place in np.flatnonzero(far).tolist():
            found = stream.arrived(feed.record(int(gids[place])), int(came_ns[place]))
            pairs = {(one.rule, one.severity.value) for one in found}
            numbers[place] = self._number_with(int(numbers[place]), pairs)

    def _all_with(self, numbers: NDArray[np.uint16]) -> NDArray[np.uint16]:
        assert self._pair is not None
        distinct, places = np.unique(numbers, return_inverse=True)
        for number in distinct.tolist():
            if number not in self._with:
                self._with[number] = self._number_with(number, {self._pair})
        return np.array([self._with[number] for number in distinct.tolist()], np.uint16)[places]

    def _number_with(self, number: int, pairs: set[tuple[str, str]]) -> int:
        return self._verdicts.number_of(tuple(sorted({*self._verdicts.key_of(number), *pairs})))
