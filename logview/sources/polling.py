"""A follower polled by a thread that does nothing else: whoever takes lines in may be late, no look at the files is.

What is truncated away, or deleted, between two looks is gone. Taking in a thousand lines, or printing them, takes as
long as ten looks. A look that finds nothing wakes nobody: twenty a second are most of what an idle viewer costs.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from logview.sources.events import Event, Grew

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from logview.sources.follow import Follower

AHEAD = 8 << 20
"""Bytes told and not asked for at which polling waits: a pipe that nobody reads stops its writer."""
LONGEST_S = 0.5
"""Longest wait between two polls; the follower's own interval is shorter."""


class Polling:
    """Polls from `start` to `stop`, or as long as its context lasts; one other thread fetches what it learned."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._events: list[Event] = []
        self._unseen_ns: dict[int, int] = {}
        self.unseen_ns: dict[int, int] = {}
        """Source that has grown, by the last `events` → when it was looked at and had not; ns since the epoch."""
        self._ahead = 0
        self._changed = threading.Condition()
        self._is_woken = False
        self._is_resting = False
        self._ended = 0
        """Sources that had ended at the last look."""
        self._is_over = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="logview-poll", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Poll from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Poll no more; `events` still gives what was told until then."""
        self._end()
        self._follower.wake()
        if self._thread.is_alive():
            self._thread.join()

    def events(self) -> list[Event]:
        """What was told since the last call; raises what ended the thread, if anything did."""
        if self._failure is not None:
            raise self._failure
        with self._changed:
            events, self._events = self._events, []
            self.unseen_ns, self._unseen_ns = self._unseen_ns, {}
            is_held_up, self._ahead = self._ahead >= AHEAD, 0
            if is_held_up:
                self._changed.notify_all()
        return events

    def wait(self, timeout_s: float) -> None:
        """Until something was told since `events`, a source has ended, `wake` is called, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._is_woken or self._is_over, timeout_s)
            self._is_woken = False

    def rest(self, timeout_s: float) -> bool:
        """Until the time is up or `wake` is called; what is told meanwhile wakes nobody, unless polling waits for it.

        return  whether it does
        """
        with self._changed:
            self._is_resting = True
            self._changed.wait_for(lambda: self._is_woken or self._is_over or self._ahead >= AHEAD, timeout_s)
            self._is_woken = self._is_resting = False
            return self._ahead >= AHEAD

    def wake(self) -> None:
        """End a `wait`, this one or the next; from any thread."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._keep(self._follower.poll())
                self._follower.wait(LONGEST_S)
        except BaseException as error:  # noqa: BLE001  the edge of the thread: raised again where events are asked for
            self._failure = error
            self._end()

    def _keep(self, events: list[Event]) -> None:
        if self._follower.ended != self._ended:
            self._ended = self._follower.ended
            self.wake()
        if not events:
            return
        with self._changed:
            self._events += events
            for event in events:
                if isinstance(event, Grew):
                    self._unseen_ns.setdefault(event.source, self._follower.looked_before_ns)
                    self._ahead += event.end - event.start
            if not self._is_resting or self._ahead >= AHEAD:
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_over or self._ahead < AHEAD)

    def _end(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
