"""The records decoded last: a screen asks for each of its rows several times, and for most again when it moves."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logview.record import Record

KEPT = 4096
"""Decoded records kept: some screens of them, whatever the size of the logs."""
Runs = tuple[tuple[int, int], ...]
"""(start, size) of a record's lines in its source."""


class Recent:
    """Record number → the record, as long as its lines are the same; asked and filled by any thread."""

    def __init__(self) -> None:
        self._records: OrderedDict[int, tuple[Runs, Record]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, gid: int, runs: Runs) -> Record | None:
        """The record, if it was decoded from these lines lately; one that has gained lines since is another."""
        with self._lock:
            found = self._records.get(gid)
            if found is None or found[0] != runs:
                return None
            self._records.move_to_end(gid)
            return found[1]

    def put(self, gid: int, runs: Runs, record: Record) -> None:
        """Keep a record; the one not asked for the longest goes."""
        with self._lock:
            self._records[gid] = (runs, record)
            while len(self._records) > KEPT:
                self._records.popitem(last=False)
