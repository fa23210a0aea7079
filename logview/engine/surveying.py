"""Blocks surveyed ahead of being placed: by a forked process, and here whenever this process would have to wait for it.

Which of the two does it makes no difference: both go by what was known of the source when its block was begun.
"""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from logview.index.survey import Survey, survey
from logview.work.helper import HelperEndedError, started

if TYPE_CHECKING:
    from datetime import tzinfo

    from logview.engine.cutting import Piece
    from logview.engine.feed import Feed
    from logview.index.known import Known
    from logview.work.helper import Helper

LARGE_BYTES = 16 << 20
"""So much to be scanned is worth a process."""
LARGE_PIECE = 16 << 20
"""Bytes; glibc takes no note of pieces beyond 32 MiB."""
_BYTES_A_LINE = 14
"""Time, size and head, as they are told by the helper."""


@dataclass(slots=True, eq=False)
class Begun:
    """A survey that is there, or under way."""

    feed: Feed
    piece: Piece
    found: Survey | Piece | None = None


class Surveyor:
    """Surveys the blocks of several sources, each source's in the order in which they were begun.

    Must be closed; its process has ended then.
    """

    def __init__(self, helper: Helper | None) -> None:
        """helper: None: all is surveyed here, when it is begun."""
        self._helper = helper
        self._under_way: deque[Begun] = deque()
        self._told: dict[int, Known] = {}
        """Source → what the helper knows of it."""

    @classmethod
    def beside(cls) -> Self:
        """One with a process of its own, where there can be one: this one must not have threads yet."""
        return cls(started(_Apart().take))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def has_room(self) -> bool:
        """Whether a block can be begun without surveying it here."""
        return self._helper is not None and self._helper.takes(b"", b"")

    def begin(self, feed: Feed, piece: Piece) -> Begun:
        """Survey a block, here if nobody else can."""
        begun = Begun(feed, piece)
        if not self._hands_over(begun):
            begun.found = feed.survey(*piece)
        return begun

    def is_done(self, begun: Begun) -> bool:
        """Whether its survey is there; never waits."""
        while begun.found is None and self._helper is not None and self._helper.has_result:
            self._take()
        return begun.found is not None

    def result(self, begun: Begun) -> Survey | Piece:
        """The survey, waited for."""
        while begun.found is None:
            self._take()
        return begun.found

    def close(self) -> None:
        """End the process, whatever is under way."""
        if self._helper is not None:
            self._helper.close()
            self._helper = None

    def _hands_over(self, begun: Begun) -> bool:
        """Whether the helper has got the block."""
        data, base, size = begun.piece
        if self._helper is None or begun.feed.is_raw or size > len(data):
            return False
        number, known = begun.feed.number, begun.feed.known
        news = None if self._told.get(number) == known else (known, begun.feed.hints.zone)
        note = pickle.dumps((number, base, size, news), 5)
        if not self._helper.takes(note, data):
            return False
        try:
            self._helper.ask(note, data)
        except HelperEndedError:
            self._do_again()
            return False
        self._told[number] = known
        self._under_way.append(begun)
        return True

    def _take(self) -> None:
        """The oldest survey that is under way, waited for."""
        try:
            told = self._helper.result() if self._helper is not None else None
        except HelperEndedError:
            told = None
        if told is None:
            self._do_again()
        else:
            begun = self._under_way.popleft()
            begun.found = _unpacked(told, begun.piece)

    def _do_again(self) -> None:
        """The helper has ended: what it had is surveyed here, and all that comes."""
        self._helper = None
        for begun in self._under_way:
            begun.found = begun.feed.survey(*begun.piece)
        self._under_way.clear()


def keep_at_hand() -> None:
    """Let what one block needed be there for the next one.

    glibc gives memory back from twice the size of the largest piece that ever was a mapping of its own and was freed
    (mallopt(3), M_MMAP_THRESHOLD), and asks for it again page by page: 30,000 faults a million lines. Nothing is
    written to this piece, so it is never really taken.
    """
    np.empty(LARGE_PIECE, np.uint8)


class _Apart:
    """In the helper: what it was told of each source."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Known, tzinfo | None]] = {}

    def take(self, note: bytes, block: bytes) -> bytes:
        """A block's survey, without what can be told from it: a few bytes for each line."""
        if not self._known:
            keep_at_hand()
        number, base, size, news = pickle.loads(note)
        if news is not None:
            self._known[number] = news
        known, zone = self._known[number]
        return _packed(survey(block, base, known, zone=zone, size=size))


def _packed(found: Survey) -> bytes:
    return b"".join((found.time.tobytes(), found.sizes.astype(np.uint32).tobytes(), found.head.tobytes()))


def _unpacked(told: bytes, piece: Piece) -> Survey:
    # Who places the lines writes on what was found.
    data, count = bytearray(told), len(told) // _BYTES_A_LINE
    time = np.frombuffer(data, np.int64, count)
    sizes = np.frombuffer(data, np.uint32, count, 8 * count).astype(np.int64)
    head = np.frombuffer(data, np.int16, count, 12 * count)
    return Survey(piece[0], piece[1], np.cumsum(sizes) - sizes, sizes, head, time)
