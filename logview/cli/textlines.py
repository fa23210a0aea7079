"""Text lines printed by filling holes, as `stencil` does for JSON lines.

The shape of a line's head decides how it is read (heads.py): lines with the same text between time, ids and message
differ in these only. The marks stand in the ids of a line that is decoded again, and in the message of its record. What
stands below a line, a traceback mostly, belongs to its kind as it is, and so does the message above it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from logview.cli.headings import LONGEST, Heading, layout_of
from logview.cli.patterns import PLAIN
from logview.cli.stencil import MOST, OFTEN, Slot, Stencil, draft, instant_near
from logview.decode.heads import with_ids
from logview.record import Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.cli.molds import Molds
    from logview.cli.patterns import Token
    from logview.cli.printing import Wording
    from logview.cli.stencil import Sketch, Turn
    from logview.decode.heads import Sight
    from logview.record import Record

    Kind = tuple[Any, ...]

OTHERS = 4096
"""Lines that may be laid out in vain. Bounded: first words of messages are user data."""

_TELLING = 6
"""Characters by which a time is known again."""
_PLAIN = re.compile(PLAIN.decode() + "*")
"""Text that is its own text in every output."""


class TextStencil(NamedTuple):
    """A printed line with holes.

    pieces  what stands before, between and behind the time and the values
    places  which of the line's values these are
    turns   how they are printed where they are not their own text
    stencil  the same for bytes
    """

    pieces: tuple[str, ...]
    places: tuple[int, ...]
    turns: tuple[Callable[[str], str | None], ...]
    stencil: Stencil

    def fill(self, values: tuple[str, ...], clock: str, *, is_plain: bool) -> str | None:
        """The line; None when the slow road must be asked."""
        out = [self.pieces[0], clock, self.pieces[1]]
        for place, turn, piece in zip(self.places, self.turns, self.pieces[2:], strict=True):
            text = values[place] if is_plain else turn(values[place])
            if text is None:
                return None
            out += text, piece
        return "".join(out)


class TextStencils:
    """The stencils of one source's text lines and one service for one printer."""

    def __init__(
        self,
        sight: Callable[[bytes, int | None], tuple[str, Sight] | None],
        decode: Callable[[bytes, int | None], Record],
        wording: Wording,
        sketch: Sketch,
        molds: Molds,
    ) -> None:
        """How lines are looked at and decoded, how values are written, what the slow road prints; who fills many."""
        self._sight = sight
        self._decode = decode
        self._wording = wording
        self._sketch = sketch
        self._molds = molds
        self._kept: set[tuple[Token, ...]] = set()
        """What lines are like that molds are kept of."""
        self._others = 0
        """Lines that told no more of their kind."""
        self._known: dict[Kind, tuple[Sight, TextStencil]] = {}
        self._seen: dict[int, int] = {}
        """By the hash of a kind, which may hold a traceback, how many lines were seen without a stencil."""

    def line(self, raw: bytes, ns: int) -> bytes | None:
        """The line of a record with its time; None when the slow road must be asked."""
        end = raw.find(b"\n") + 1
        found = self._sight(raw[:end], ns) if len(raw) <= LONGEST else None
        if found is None:
            return None
        (text, sight), below = found, raw[end:]
        clock = self._wording.clock(ns)
        if sight.time.ns != ns or sight.time.kind is TimeKind.TIME_ONLY or not clock:
            return None
        kind = (sight.kind, sight.values[-1], below) if below else sight.kind
        known = self._known.get(kind)
        if known is None or known[0].plan is not sight.plan:
            if self._is_due(kind):
                made = self._made(sight, raw, text, below, ns)
                if made is not None:
                    self._known[kind] = sight, made
            return None
        limit = self._wording.joined_limit
        is_plain = _PLAIN.fullmatch(text) is not None and all(len(value) <= limit for value in sight.values[:-1])
        if is_plain and self._others < OTHERS:
            self._learn(raw[:end], sight, below, known[1].stencil)
        filled = known[1].fill(sight.values, clock, is_plain=is_plain)
        return None if filled is None else self._closed(filled)

    def _closed(self, text: str) -> bytes:
        return self._wording.encode(text.rstrip() if self._wording.is_stripped else text) + b"\n"

    def _learn(self, line: bytes, sight: Sight, below: bytes, stencil: Stencil) -> None:
        """Keep what lines are like that are printed by this stencil, if the words of the head tell it."""
        plan = sight.plan
        if sight.end < 0 or plan.padded:
            return
        heading = Heading(line.count(b" ", 0, sight.end) + 1, plan.time, 0 if plan.final else plan.message_at)
        layout = layout_of(line, heading, self._wording.joined_limit, self._wording.message_limit)
        if layout is None or [value.decode() for value in layout.values] != list(sight.values):
            self._others += 1
            return
        tokens = layout.above(below) if below else layout.tokens
        if tokens in self._kept:
            self._molds.miss()
        elif self._molds.add(tokens, stencil):
            self._kept.add(tokens)
        else:
            self._others += 1

    def _is_due(self, kind: Kind) -> bool:
        """Whether a stencil is to be tried of a kind of which another line has come: after some of them, once."""
        sign = hash(kind)
        seen = self._seen.get(sign, 0)
        if seen > OFTEN or len(self._seen) >= 16 * MOST:
            return False
        self._seen[sign] = seen + 1
        return seen == OFTEN and len(self._known) < MOST

    def _made(self, sight: Sight, raw: bytes, text: str, below: bytes, ns: int) -> TextStencil | None:
        drafts = [self._draft(sight, text, below, ns, number) for number in range(2)]
        if drafts[0] is None or drafts[0] != drafts[1]:
            return None
        between, places = drafts[0]
        last, wording = len(sight.values) - 1, self._wording
        turns = [wording.message if place == last else wording.joined for place in places]
        limits = [wording.message_limit if place == last else wording.joined_limit for place in places]
        slots = [
            Slot(place, False, False, limit, self._turn(turn))
            for place, limit, turn in zip(places, limits, turns, strict=True)
        ]
        pieces = tuple(map(wording.encode, between))
        made = TextStencil(between, places, tuple(turns), Stencil(pieces, tuple(slots), None, False, ()))
        filled = made.fill(sight.values, wording.clock(ns), is_plain=False)
        slow = self._sketch(self._decode(raw, ns), raw)
        return made if filled is not None and self._closed(filled) == slow else None

    def _turn(self, shown: Callable[[str], str | None]) -> Turn:
        """From a value's bytes to what is printed; None: ask the slow road."""

        def turn(text: bytes) -> bytes | None:
            found = shown(text.decode())
            return None if found is None else self._wording.encode(found)

        return turn

    def _draft(
        self, sight: Sight, text: str, below: bytes, ns: int, number: int
    ) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
        """(what stands between the values, which values these are, behind the time) with one set of marks."""
        marks = [f"q{number}{place:03d}k" for place in range(len(sight.values))]
        line = with_ids(text, sight, marks[:-1]).encode("utf-8") + b"\n"
        again = self._sight(line, ns)
        if again is None or again[1].kind != sight.kind or again[1].values != (*marks[:-1], sight.values[-1]):
            return None
        record = self._decode(line + below, ns)
        instant = instant_near(ns, number)
        clock = self._wording.clock(instant)
        if record.message != sight.values[-1] or record.trace_id or record.span_id or not clock:
            return None
        marked = structs.replace(record, time=Time(instant, TimeKind.EPOCH_NS))
        if not below:
            marked = structs.replace(marked, message=marks[-1])
            return draft(self._sketch(marked, b""), clock, {mark: place for place, mark in enumerate(marks)})
        found = draft(self._sketch(marked, b""), clock, {mark: place for place, mark in enumerate(marks[:-1])})
        return None if found is None or _tells_time(found[0], text[: sight.plan.time]) else found


def _tells_time(pieces: Sequence[str], written: str) -> bool:
    """Whether what is printed of a record holds the time as it is written: the line may be a part of its error."""
    return any(written[:_TELLING] in piece or written[-_TELLING:] in piece for piece in pieces)
