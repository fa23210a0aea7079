"""Text lines printed by filling holes, as `stencil` does for JSON lines.

The shape of a line's head decides how it is read (heads.py): lines with the same text between time, ids and message
differ in these only. The marks stand in the ids of a line that is decoded again, and in the message of its record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from logview.cli.stencil import LONGEST, MOST, OFTEN, WILD, Stencil, draft, instant_near, picking, with_holes
from logview.decode.heads import with_ids
from logview.record import Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.cli.printing import Wording
    from logview.cli.stencil import Draft
    from logview.decode.heads import Sight
    from logview.record import Record

    Kind = tuple[Any, ...]

_LONGEST_LINE = 4096
"""Bytes of a line whose message no printer cuts."""


class TextStencils:
    """The stencils of one source's text lines and one service for one printer."""

    def __init__(
        self,
        sight: Callable[[bytes, int | None], tuple[str, Sight] | None],
        decode: Callable[[bytes, int | None], Record],
        wording: Wording,
        line: Callable[[Record, bytes], bytes],
    ) -> None:
        """How lines are looked at and decoded; how values are written; how the slow road prints a record."""
        self._sight = sight
        self._decode = decode
        self._wording = wording
        self._line = line
        self._known: dict[Kind, tuple[Sight, Stencil]] = {}
        self._seen: dict[Kind, int] = {}

    def line(self, raw: bytes, signs: int, ns: int | None) -> bytes | None:
        """The record's line; None when the slow road must be asked."""
        if ns is None or len(raw) > _LONGEST_LINE:
            return None
        found = self._sight(raw, ns)
        if found is None:
            return None
        text, sight = found
        if sight.time.ns != ns or sight.time.kind is TimeKind.TIME_ONLY:
            return None
        clock = self._wording.clock(ns)
        if clock is None:
            return None
        is_wild = bool(signs & WILD) or '"' in text or any(len(value) > LONGEST for value in sight.values[:-1])
        known = self._known.get(sight.kind)
        if known is None or known[0].plan is not sight.plan:
            self._notice(sight, raw, text, ns)
            return None
        filled = known[1].fill(sight.values, clock, is_wild=is_wild)
        return None if filled is None else self._wording.close(filled)

    def _notice(self, sight: Sight, raw: bytes, text: str, ns: int) -> None:
        """Another line of a kind without a stencil; after some of them one is tried."""
        seen = self._seen.get(sight.kind, 0)
        if seen > OFTEN or len(self._seen) >= 16 * MOST:
            return
        self._seen[sight.kind] = seen + 1
        if seen == OFTEN and len(self._known) < MOST:
            stencil = self._made(sight, raw, text, ns)
            if stencil is not None:
                self._known[sight.kind] = sight, stencil

    def _made(self, sight: Sight, raw: bytes, text: str, ns: int) -> Stencil | None:
        drafts = [self._draft(sight, text, ns, number) for number in range(2)]
        if drafts[0] is None or drafts[0] != drafts[1]:
            return None
        between, paths = drafts[0]
        last, wording = len(sight.values) - 1, self._wording
        strings = tuple((at, wording.message if path == last else wording.joined) for at, path in enumerate(paths[1:]))
        stencil = Stencil(with_holes(between), picking(paths[1:]), (), strings, None, None)
        clock = wording.clock(ns)
        filled = None if clock is None else stencil.fill(sight.values, clock, is_wild=True)
        slow = self._line(self._decode(raw, ns), raw)
        return stencil if filled is not None and wording.close(filled) == slow else None

    def _draft(self, sight: Sight, text: str, ns: int, number: int) -> Draft | None:
        """(what stands between the values, which values these are) with one set of marks."""
        marks = [f"q{number}{place:03d}k" for place in range(len(sight.values))]
        line = with_ids(text, sight, marks[:-1]).encode("utf-8") + b"\n"
        again = self._sight(line, ns)
        if again is None or again[1].kind != sight.kind or again[1].values != (*marks[:-1], sight.values[-1]):
            return None
        record = self._decode(line, ns)
        instant = instant_near(ns, number)
        clock = self._wording.clock(instant)
        if record.message != sight.values[-1] or record.trace_id or record.span_id or clock is None:
            return None
        marked = structs.replace(record, message=marks[-1], time=Time(instant, TimeKind.EPOCH_NS))
        return draft(self._line(marked, b""), clock, {mark: place for place, mark in enumerate(marks)})
