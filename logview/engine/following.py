"""Sources followed while they are printed: what `logview cat --follow` prints from."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from logview.sources import Notice
from logview.sources.follow import Follower
from logview.sources.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.decode.hints import Hints
    from logview.engine.collect import Collection
    from logview.engine.feed import Feed
    from logview.sources import Event

BLOCK = 1 << 20
HOLD_S = 1.0
"""After so long without growth a source's last record is given out as it is: a traceback may follow a text record."""
HOLD_JSON_S = 0.1
"""The same for a record that is one JSON line, which hardly ever goes on; and for so long the records of other sources
wait for a last one, so that they come in the order of their times."""
POLL_S = 0.25
SWITCH_S = 0.001
PACE_S = 0.04
"""While lines come, they are taken in so often; the first after a pause at once. See `logview.engine.live`."""


class Following:
    """Brings what is appended into a collection."""

    def __init__(self, collection: Collection, paths: Sequence[str], hints_of: Callable[[str], Hints]) -> None:
        self._collection = collection
        self._hints_of = hints_of
        self._follower = Follower(paths)
        self._polling = Polling(self._follower)
        self._grown_at: dict[int, float] = {}
        self._due = 0.0
        """When growth is to be taken in next."""
        self._told: list[str] = []
        self._is_polling = False

    def wait(self, is_over: Callable[[], bool]) -> bool:
        """Until something is new or has settled; False when nothing more can come, or `is_over` says so."""
        if not self._is_polling:
            self._is_polling = True
            # The poll waits for the interpreter after each system call, 5 ms by default while lines are printed.
            sys.setswitchinterval(SWITCH_S)
            self._polling.start()
        while not is_over():
            # Asked first: what has ended by now gains nothing more.
            has_ended = self._follower.has_ended
            self._note(self._polling.events())
            left_s = self._due - time.monotonic()
            if left_s <= 0:
                grown = self._take()
                settled = self._settle()
                if grown or settled or self._told:
                    return True
                if has_ended:
                    return False
                left_s = HOLD_JSON_S if self._grown_at else POLL_S
            self._polling.wait(left_s)
        return False

    def notices(self) -> list[str]:
        """What was said since the last call."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Stop following."""
        self._polling.stop()
        self._follower.close()

    def _note(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Notice):
                self._told.append(f"{self._follower.sources[event.source].name}: {event.text}")

    def _take(self) -> bool:
        collection, grown = self._collection, False
        for number, source in enumerate(self._follower.sources):
            if number not in collection.feeds:
                collection.join(source, self._hints_of(source.path or "")).keeps_late = True
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
        if grown:
            self._due = time.monotonic() + PACE_S
        return grown

    def settle_all(self) -> None:
        """Nothing more is waited for: what stands there now is taken, and every record counts as whole."""
        self._polling.stop()
        self._note([*self._polling.events(), *self._follower.poll()])
        self._take()
        for feed in self._collection.feeds.values():
            feed.settle_whole()

    def _settle(self) -> bool:
        """What has waited long enough is whole; True when there may be something to give out."""
        now, collection = time.monotonic(), self._collection
        grown_at = ((number, self._grown_at.get(number, float("-inf"))) for number in collection.feeds)
        quiet = {number for number, since in grown_at if now - since > HOLD_JSON_S}
        settled, collection.quiet = bool(quiet - collection.quiet), quiet
        for number, since in list(self._grown_at.items()):
            feed = self._collection.feeds[number]
            if now - since > HOLD_S or (now - since > HOLD_JSON_S and self._is_json(feed)):
                del self._grown_at[number]
                feed.settle_whole()
                settled = True
        return settled

    def _is_json(self, feed: Feed) -> bool:
        """Whether all that may still grow are JSON lines."""
        gids = [self._collection.store.find(feed.number, start) for start in feed.open_starts()]
        return not feed.has_waiting and all(gid is not None and feed.record(gid).is_json for gid in gids)
