"""What becomes of the generations that the path names no longer: read on for a while, then let go within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.sources.file import FileSource
from logview.sources.generation import state_of

if TYPE_CHECKING:
    from logview.sources.generation import Generation, Reader
    from logview.sources.siblings import Siblings
    from logview.sources.stream import LogicalSource

GRACE_S = 5.0
"""So long after its last growth an old generation is read at every tick: writers keep the old descriptor."""
LINGER_S = 600.0
"""So long it is looked at once a second."""
LINGERING = 8
DELETED_BYTES = 256 << 20
"""Bytes of deleted files that are kept from being freed, for the sake of the lines still shown."""
DELETED_FILES = 16


class Retired:
    """The old generations of one path."""

    def __init__(self, stream: LogicalSource, siblings: Siblings) -> None:
        self._stream = stream
        self._siblings = siblings
        self._lingering: list[tuple[float, Generation]] = []
        self._look_at = 0.0

    def add(self, generations: list[Generation], now: float) -> None:
        """Take over those that have been silent for the grace period; the last one stays."""
        for generation in generations[:-1]:
            if generation.reader is None:
                generations.remove(generation)
            elif now - generation.grown_at >= GRACE_S and _size(generation) <= generation.taken:
                generations.remove(generation)
                self._lingering.append((now + LINGER_S, generation))

    def awoken(self, now: float) -> list[Generation]:
        """Those that have grown, looked at once a second; what has been silent too long is let go."""
        if not self.is_due(now):
            return []
        self._look_at = now + 1.0
        grown, kept = [], []
        for until, generation in self._lingering:
            if isinstance(generation.reader, FileSource) and _size(generation) > generation.taken:
                generation.grown_at = now
                grown.append(generation)
            elif now < until:
                kept.append((until, generation))
            else:
                self._let_go(generation)
        while len(kept) > LINGERING:
            self._let_go(kept.pop(0)[1])
        self._lingering = kept
        self._bound_deleted()
        return grown

    def is_due(self, now: float) -> bool:
        """Whether there are some, and they are to be looked at."""
        return bool(self._lingering) and now >= self._look_at

    def readers(self) -> list[Reader | None]:
        """What those are read with that are looked at once a second."""
        return [generation.reader for _, generation in self._lingering]

    def forget(self, generation: Generation) -> None:
        """The path names it again."""
        self._lingering = [(until, g) for until, g in self._lingering if g is not generation]

    def close(self) -> None:
        """Close those that nothing was read of; the stream closes the others."""
        for _, generation in self._lingering:
            if generation.reader is not None:
                generation.reader.close()

    def _let_go(self, generation: Generation) -> None:
        """Give the descriptor of a silent generation back, if its file can be found again."""
        reader = generation.reader
        if isinstance(reader, FileSource) and reader.is_open and reader.links():
            reader.path = self._siblings.named(reader.identity) or reader.path
            reader.release()

    def _bound_deleted(self) -> None:
        files = held = 0
        for generation in reversed(self._stream.generations()):
            reader = generation.reader
            if not isinstance(reader, FileSource) or not reader.is_open or reader.links():
                continue
            if any(generation is lingering for _, lingering in self._lingering) or self._stream.last is generation:
                continue
            files += 1
            held += generation.taken
            if held > DELETED_BYTES or files > DELETED_FILES:
                generation.reader = None
                generation.why = f"{self._stream.name} was deleted"
                reader.close()


def _size(generation: Generation) -> int:
    """Bytes in its file; 0 when that cannot be asked."""
    try:
        return 0 if generation.reader is None else state_of(generation.reader)[0]
    except OSError:
        return 0
