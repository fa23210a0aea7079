"""Blocks taken apart before they are needed: by a thread, or of a large log by a process, which shares no interpreter,
and by this one where it would wait for the other.

Either is handed blocks in order and gives their parts in order, and either recognizes lines by the layouts that were
known when a block was handed over, so it does not matter which of them did it. Knows no rule and no record.
"""

from __future__ import annotations

import pickle
from collections import deque
from typing import TYPE_CHECKING

from logview.standard.apart import Parts, packed, unpacked
from logview.standard.layouts import Layouts
from logview.work.helper import HelperEndedError, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.standard.apart import Apart
    from logview.standard.layouts import Shelf
    from logview.standard.stamps import Notation
    from logview.work.helper import Helper

    Pieces = Iterator[tuple[bytes, bool]]
    """(block, whether it is whole lines, which can be taken apart)."""
    Taken = Iterator[tuple[bytes, Parts | None]]
    """(block, its parts; None where it is not to be taken apart)."""

AHEAD = 2
"""Blocks that are taken apart before they are needed."""
LARGE_BLOCK = 1 << 20
"""So large a block is worth it; what smaller ones teach, at the beginning, is to be known for the next ones."""
LARGE_BYTES = 16 << 20
"""So much of a log is left to a thread: with less to do a process does not pay."""


class Ahead:
    """Takes the blocks of one stream apart.

    shelf      where layouts are learned while the stream is read, `notations` those of its times
    is_wanted  false: blocks are given out as they are from here on
    """

    def __init__(self, apart: Apart, shelf: Shelf, notations: list[Notation], is_wanted: Callable[[], bool]) -> None:
        self._apart = apart
        self._shelf = shelf
        self._notations = notations
        self._is_wanted = is_wanted
        self.has_lost_helper = False
        """Whether a process ended before it was told to; what it had left was done here."""

    def taken(self, pieces: Pieces, *, helped_from: int | None) -> Taken:
        """The blocks in order; what is learned from one is known in those that are handed over later.

        helped_from  bytes before a process takes over from the thread; None: none does
        """
        # While there is a thread, no process can be had.
        yield from self._by_thread(pieces if helped_from is None else _first(pieces, helped_from))
        if helped_from is not None:
            learned = Learned(self._apart, self._shelf, self._notations)
            helper = started(learned.take)
            yield from self._by_thread(pieces) if helper is None else self._by_process(helper, learned, pieces)

    def _by_thread(self, pieces: Pieces) -> Taken:
        # Only where it is used: it costs a small check more than the check itself.
        from concurrent.futures import Future, ThreadPoolExecutor

        ahead: deque[tuple[bytes, Future[Parts] | None]] = deque()
        with ThreadPoolExecutor(1) as pool:
            while True:
                while len(ahead) <= AHEAD and (piece := next(pieces, None)):
                    block, is_whole = piece
                    self._apart.layouts = self._shelf.now
                    is_wanted = is_whole and self._is_wanted()
                    ahead.append((block, pool.submit(self._apart.take, block) if is_wanted else None))
                if not ahead:
                    return
                block, parts = ahead.popleft()
                yield block, None if parts is None else parts.result()

    def _by_process(self, helper: Helper, learned: Learned, pieces: Pieces) -> Taken:
        ahead: deque[tuple[bytes, Layouts | Parts | None]] = deque()
        """Blocks with their parts, or what the helper recognizes their lines by."""
        try:
            while True:
                while len(ahead) <= AHEAD and (piece := next(pieces, None)):
                    block, is_whole = piece
                    is_wanted = is_whole and self._is_wanted()
                    ahead.append((block, self._handed_over(helper, learned, block) if is_wanted else None))
                if not ahead:
                    return
                if self._would_wait(helper, ahead) and (piece := next(pieces, None)):
                    # The helper has enough to do meanwhile.
                    block, is_whole = piece
                    is_wanted = is_whole and self._is_wanted()
                    ahead.append((block, self._here(block, self._shelf.now) if is_wanted else None))
                block, parts = ahead.popleft()
                if isinstance(parts, Layouts):
                    parts = self._done(helper, block, parts)
                yield block, parts
        finally:
            helper.close()

    def _would_wait(self, helper: Helper, ahead: deque[tuple[bytes, Layouts | Parts | None]]) -> bool:
        """Whether this process has nothing to do until the helper has: it can take a block apart itself."""
        return (
            isinstance(ahead[0][1], Layouts)
            and len(ahead) <= AHEAD + 1
            and helper.waiting > 1
            and len(ahead[-1][0]) >= LARGE_BLOCK
            and not helper.has_result
        )

    def _handed_over(self, helper: Helper, learned: Learned, block: bytes) -> Layouts | Parts:
        note = learned.note()
        if helper.takes(note, block):
            try:
                helper.ask(note, block)
            except HelperEndedError:
                self.has_lost_helper = True
            else:
                learned.was_told()
                return self._shelf.now
        return self._here(block, self._shelf.now)

    def _done(self, helper: Helper, block: bytes, layouts: Layouts) -> Parts:
        try:
            return unpacked(block, helper.result(), layouts)
        except HelperEndedError:
            self.has_lost_helper = True
            return self._here(block, layouts)

    def _here(self, block: bytes, layouts: Layouts) -> Parts:
        self._apart.layouts = layouts
        return self._apart.take(block)


class Learned:
    """What was learned of a stream's lines, told to a helper that was forked in the middle of it."""

    def __init__(self, apart: Apart, shelf: Shelf, notations: list[Notation]) -> None:
        self._apart = apart
        self._shelf = shelf
        self._notations = notations
        self.was_told()

    def was_told(self) -> None:
        """The helper knows all there is."""
        self._layouts_told, self._notations_told = len(self._shelf), len(self._notations)

    def note(self) -> bytes:
        """What it was not told yet; empty for nothing."""
        layouts, notations = self._shelf.behind(self._layouts_told), self._notations[self._notations_told :]
        return pickle.dumps((layouts, notations), 5) if layouts or notations else b""

    def take(self, note: bytes, block: bytes) -> bytes:
        """In the helper: the parts of a block, as this process would have found them when it wrote the note."""
        if note:
            layouts, notations = pickle.loads(note)
            self._notations += notations
            for signature, layout in layouts:
                self._shelf.add(signature, layout)
            self._shelf.renew(self._notations)
        self._apart.layouts = self._shelf.now
        return packed(self._apart.take(block))


def _first(pieces: Pieces, size: int) -> Pieces:
    """The pieces up to the one that reaches so many bytes."""
    while size > 0 and (piece := next(pieces, None)):
        size -= len(piece[0])
        yield piece
