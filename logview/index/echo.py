"""Lines that a program writes again and again without a time: tracebacks, prints. Where they belong is asked once.

A traceback from one place has the same bytes each time. Which record its lines belong to follows from the line before
it, the lines themselves and the line behind; when all three are known, so is the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logview.decode.frame import bearing

if TYPE_CHECKING:
    from logview.decode.frame import Frame

REMEMBERED = 512
"""Most runs that are kept."""
LONGEST = 16 << 10
"""Longest run that is kept, bytes."""


Key = tuple[int, tuple[bytes, bool, bool], bytes, int]


class Place(NamedTuple):
    """Lines without a head between two lines with one.

    before  start of the line before
    start   offset of the first of the lines
    key     all that decides where they belong
    """

    before: int
    start: int
    key: Key


class Part(NamedTuple):
    """A frame relative to the run it stands in; `of` None: it belongs to the line before."""

    start: int
    size: int
    of: int | None


class Echoes:
    """Runs seen before → their frames."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Part, ...]] = {}

    def recall(self, place: Place) -> tuple[Part, ...] | None:
        """The frames of these lines, if they were seen between such lines before."""
        return self._known.get(place.key)

    def keep(self, place: Place, frames: list[Frame], size: int) -> None:
        """Remember the frames of lines of `size` bytes; they may begin with the line before."""
        if len(self._known) >= REMEMBERED or size > LONGEST:
            return
        parts = []
        for frame in frames:
            start, end = max(frame.start, place.start), frame.start + frame.size
            if frame.of == place.before:
                of = None
            elif frame.of >= place.start:
                of = frame.of - place.start
            else:
                return
            if end > start:
                parts.append(Part(start - place.start, end - start, of))
        if sum(part.size for part in parts) == size:
            self._known[place.key] = tuple(parts)


def place_of(before: bytes, lines: bytes, *, heads: tuple[int, int], start: int) -> Place:
    """Of lines that begin at `start`, behind the line `before`; `heads`: numbers of the heads around them.

    Besides its head, what the line before bears decides which lines may follow it.
    """
    return Place(start - len(before), start, (heads[0], bearing(before), lines, heads[1]))
