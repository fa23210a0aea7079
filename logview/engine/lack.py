"""How many records a filter hides only because they do not have the field it compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.index.store import DEAD, NOTICE
from logview.query.plan import lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from logview.engine import Engine
    from logview.query import Query

CHUNK = 1 << 15
DECODED = 512
"""Records decoded in one part: another view's filter waits so long."""
SMALL = 50_000
"""So many records may be decoded for the number alone; more only when their bytes can tell."""


class Lack:
    """Counts for one view, a part at a time, in the filter's thread."""

    def __init__(self, engine: Engine, query: Query, muted: Collection[str]) -> None:
        self._engine = engine
        self._muted = muted
        question = lacking(query)
        self._sieve = engine.sieve(question) if question is not None else None
        self._next: int | None = None
        self._gids: NDArray[np.uint32] = np.empty(0, np.uint32)

    @property
    def count(self) -> int:
        """Records found so far."""
        return len(self._gids)

    def advance(self, first: int, end: int, cancelled: Callable[[], bool]) -> bool:
        """Look at some of the records [first, end) that were not looked at yet; True when there may be more to do."""
        if self._sieve is None or (not self._sieve.plan.terms and end - first > SMALL):
            return False
        low = first if self._next is None else self._next
        high = min(low + (CHUNK if self._sieve.plan.terms else DECODED), end)
        if low >= high:
            return False
        engine, gids = self._engine, np.arange(low, high, dtype=np.uint32)
        gids = gids[(engine.store.flags[gids] & (DEAD | NOTICE)) == 0]
        if self._muted:
            gids = gids[~np.isin(engine.store.service[gids], engine.service_numbers(self._muted))]
        passed = gids[self._sieve.passes(gids, cancelled)]
        if cancelled():
            return False
        self._next, self._gids = high, np.concatenate((self._gids, passed))
        return True

    def restart(self) -> None:
        """Records have died."""
        gids = self._gids
        self._gids = gids[(self._engine.store.flags[gids] & DEAD) == 0]
