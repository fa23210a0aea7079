"""Sources followed without threads: what `logview cat --follow` prints from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logview.sources import Notice
from logview.sources.follow import Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.decode.hints import Hints
    from logview.engine.collect import Collection

BLOCK = 1 << 20
SETTLE_S = 0.3
"""After so long without growth a source's last record and its unfinished line are given out as they are."""


class Following:
    """Brings what is appended into a collection."""

    def __init__(self, collection: Collection, paths: Sequence[str], hints_of: Callable[[str], Hints]) -> None:
        self._collection = collection
        self._hints_of = hints_of
        self._follower = Follower(paths)
        self._grown_at: dict[int, float] = {}
        self._told: list[str] = []

    def wait(self) -> bool:
        """Until something is new or has settled; False when nothing more can come."""
        while True:
            for event in self._follower.poll():
                if isinstance(event, Notice):
                    self._told.append(f"{self._follower.sources[event.source].name}: {event.text}")
            grown = self._take()
            settled = self._settle()
            if grown or settled or self._told:
                return True
            if self._follower.has_ended:
                return False
            self._follower.wait(0.25)

    def notices(self) -> list[str]:
        """What was said since the last call."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Stop following."""
        self._follower.close()

    def _take(self) -> bool:
        collection, grown = self._collection, False
        for number, source in enumerate(self._follower.sources):
            if number not in collection.feeds:
                collection.join(source, self._hints_of(source.path or ""))
            feed = collection.feeds[number]
            end = source.size()
            while feed.taken < end:
                data = source.read(feed.taken, min(BLOCK, end - feed.taken))
                if not data:
                    break
                feed.take(data, feed.taken)
                self._grown_at[number] = time.monotonic()
                grown = True
            if feed.taken >= source.size() and not feed.ended and self._follower.state(number) == "ended":
                feed.finish()
                grown = True
        return grown

    def _settle(self) -> bool:
        now, settled = time.monotonic(), False
        for number, since in list(self._grown_at.items()):
            if now - since > SETTLE_S:
                del self._grown_at[number]
                self._collection.feeds[number].settle_whole()
                settled = True
        return settled
