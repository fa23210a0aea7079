"""What a follower tells: a source has grown, a source has joined, or something about one must be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOSS = frozenset({"truncated", "replaced", "lost", "dropped", "unpack", "error"})
"""Notice kinds after which bytes may be missing: `check` fails on them and the status line counts them."""


@dataclass(frozen=True, slots=True)
class Grew:
    """The logical bytes [start, end) of a source are new; `start` is where the last Grew of it ended."""

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A file that a glob or a directory found later: `sources[source]` is new; its bytes come as Grew from 0."""

    source: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader of the log must know, at its place in the stream.

    kind    truncated  the file was cut, and what was not yet read of it may be gone
            replaced   another file took its place: what was not yet read of the old one may be gone
            lost       a whole generation is known to have come and gone unread
            rotated    renamed, or recovered whole: nothing is missing
            nul        a block of NUL bytes was left out
            cut        an unfinished line was ended because its file was rotated away
            oversize   one line is longer than 1 MiB; it is kept by its offsets
            denied     permission lost; what is open is still read, the rest is tried again
            gone       the path names no file any more, or not yet
            back       it names one again
            error      a read failed
            dropped    the spool is full: the oldest bytes have gone
            unpack     a packed file is broken, or larger than the budget
            fds        more files than file descriptors
            exit       a child process has ended
            helper     a process that did a part of the work has ended early, and that part was done again
    text    one line, without the source's name; may hold a file name: clean before showing
    offset  logical offset in the source
    size    bytes concerned; 0: none, or not known
    """

    source: int
    kind: str
    text: str
    offset: int = 0
    size: int = 0

    @property
    def is_loss(self) -> bool:
        """Whether bytes may be missing."""
        return self.kind in LOSS


Event = Grew | Joined | Notice

QUIET_S = 1.0
"""Notices that tell of no loss come at most so often, per source and kind; so do failed reads."""


class Teller:
    """Collects the events of one source; successive growth is one event.

    notices  where the notices are kept for good
    """

    def __init__(self, source: int, notices: list[Notice], clock: Callable[[], float]) -> None:
        self.source = source
        self._notices = notices
        self._clock = clock
        self._events: list[Event] = []
        self._quiet_until: dict[str, float] = {}

    def grew(self, start: int, end: int) -> None:
        """The bytes [start, end) are new."""
        last = self._events[-1] if self._events else None
        if isinstance(last, Grew) and last.end == start:
            self._events[-1] = Grew(self.source, last.start, end)
        elif end > start:
            self._events.append(Grew(self.source, start, end))

    def tell(self, kind: str, text: str, *, offset: int, size: int = 0) -> None:
        """Something must be known at this place."""
        now = self._clock()
        may_wait = kind not in LOSS or kind == "error"
        if may_wait and now < self._quiet_until.get(kind, float("-inf")):
            return
        self._quiet_until[kind] = now + QUIET_S
        notice = Notice(self.source, kind, text, offset, size)
        self._notices.append(notice)
        self._events.append(notice)

    def drain(self) -> list[Event]:
        """What was told since the last call."""
        events, self._events = self._events, []
        return events
