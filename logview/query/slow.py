"""Patterns that took too long: counted, given up, and told.

A backtracking match is given `LIMIT_S` on one text, twice. What it did not finish counts as no match; a pattern that
passes the limit often is given up, since a million records would take half a day. Either is told at the end
(`overtime`).
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

LIMIT_S = 0.05
"""Longest time one text may take: reliability asks for 50 ms a batch."""
TRIES = 2
"""`regex` counts the processor time of the whole process (clock(3)): while other threads are busy and this one waits
for a core, a match that takes microseconds runs out of time, though hardly twice."""
GIVE_UP = 20


class Slow:
    """How many texts took too long with one pattern; processes that are forked later count in it too."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    @property
    def count(self) -> int:
        """Texts so far; two that are added at once may count as one."""
        return int(struct.unpack_from("<q", self._shared)[0])

    def attempt(self, match: Callable[[], T]) -> T | None:
        """What `match` gives; None when it takes too long, or the pattern was given up."""
        if self.count >= GIVE_UP:
            return None
        for _ in range(TRIES):
            with contextlib.suppress(TimeoutError):
                return match()
        struct.pack_into("<q", self._shared, 0, self.count + 1)
        return None


_known: dict[str, Slow] = {}


def slow(pattern: str) -> Slow:
    """The count of a pattern, for this process's whole life."""
    return _known.setdefault(pattern, Slow())


def overtime() -> list[str]:
    """One sentence for every pattern that took too long on some text."""
    told = []
    for pattern, one in list(_known.items()):
        if one.count >= GIVE_UP:
            told.append(f"/{pattern}/ takes too long and was given up; what it was not tried on counts as no match")
        elif one.count:
            many = "once" if one.count == 1 else f"{one.count} times"
            told.append(f"/{pattern}/ took longer than {LIMIT_S * 1000:.0f} ms {many}; that counts as no match")
    return told
