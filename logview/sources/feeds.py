"""What a follower reads besides followed files: pipes and packed files, each as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.sources.events import Event, Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources.packed import PackedSource
    from logview.sources.pipe import PipeSource

CHUNK = 2 << 20
"""Bytes announced in one tick."""


class PipeFeed:
    """A pipe that a thread reads; what has come is announced a chunk at a time."""

    def __init__(self, source: PipeSource, index: int, clock: Callable[[], float], wake: Callable[[], None]) -> None:
        self.source = source
        self._teller = Teller(index, source.notices, clock)
        self._index = index
        self._told = 0
        self._noticed = 0
        source.start(wake)

    @property
    def has_ended(self) -> bool:
        """All has come, and all has been announced."""
        return self.source.ended and self._told == self.source.size()

    def tick(self) -> bool:
        """Announce; True when there is more."""
        start = max(self._told, self.source.first)
        end = min(self.source.size(), start + CHUNK)
        self._teller.grew(start, end)
        self._told = max(start, end)
        self.source.taken(self._told)
        return self._told < self.source.size()

    def drain(self) -> list[Event]:
        """Growth, then what the pipe itself had to say."""
        return self._teller.drain() + self._new_notices()

    def _new_notices(self) -> list[Event]:
        from dataclasses import replace

        fresh = self.source.notices[self._noticed :]
        self._noticed += len(fresh)
        return [replace(notice, source=self._index) for notice in fresh]

    def close(self) -> None:
        """Stop reading."""
        self.source.close()


class PackedFeed:
    """A packed file, unpacked a chunk at a time. It is complete as it is: not followed."""

    def __init__(self, source: PackedSource, index: int, clock: Callable[[], float]) -> None:
        self.source = source
        self._teller = Teller(index, source.notices, clock)
        self._index = index
        self._told = 0
        self._noticed = 0

    @property
    def has_ended(self) -> bool:
        """All is unpacked and announced."""
        return self.source.ended and self._told == self.source.unpacked()

    def tick(self) -> bool:
        """Unpack and announce; True when there is more."""
        if self.has_ended:
            return False
        end = self.source.advance(CHUNK)
        self._teller.grew(self._told, end)
        self._told = end
        return not self.source.ended

    def drain(self) -> list[Event]:
        """Growth, then what was found wrong with the file."""
        from dataclasses import replace

        fresh = self.source.notices[self._noticed :]
        self._noticed += len(fresh)
        return self._teller.drain() + [replace(notice, source=self._index) for notice in fresh]

    def close(self) -> None:
        """Close the file."""
        self.source.close()
