"""Many lines printed at once: one expression tells the kind of each and its values, which fill the kind's mold.

A mold is a stencil as a format of bytes. Its expression asks of every value what lets it stand on the printed line as
it is: printable ASCII without escapes, up to the stencil's limit, a time of the stencil's kind. Lines of which that is
not true are left over.
"""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from logview.cli.patterns import NEVER, PLAIN, UNBOUND, Expression, Gap, Patterns, repeated
from logview.cli.shapes import FRACTION, WHOLE, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.cli.patterns import Token
    from logview.cli.shapes import Hole
    from logview.cli.stencil import Slot, Stencil, Turn

NUMBER_LIMIT = 24
"""Characters that any plain number has at most: a sign, `0.000` and 17 digits."""
_BLACK = rb"[!#-\[\]-~]"
"""PLAIN, and no blank."""
_DATE = PLAIN + rb"{4}-" + PLAIN + rb"{2}-" + PLAIN + rb"*+"
_TIMES = {True: rb"[1-9][0-9]{12,17}+", False: rb"(?:0|[1-9][0-9]{0,10}+)"}
"""By whether whole numbers are beyond 10^11, from which times are milliseconds."""
_MEMBERS = re.compile(rb'(?=,")')
KEPT = 4096
"""Values of one hole whose other text is kept."""


class Mold(NamedTuple):
    """How lines of a kind are printed.

    is_plain  whether there are no turns and no caps
    head    what stands before the time; `text` what stands behind it, a format of bytes
    groups  of the match that are the values
    turns   values that are printed in another way: which, and how
    caps    (groups of an object or list that would be cut, the bytes they may have together)
    """

    is_plain: bool
    head: bytes
    text: bytes
    groups: tuple[int, ...]
    turns: tuple[tuple[int, Turn], ...]
    caps: tuple[tuple[tuple[int, ...], int], ...]


class Lines(NamedTuple):
    """Lines to be printed.

    rows    where they go
    begins  where each begins in the text; `ends`: where it ends
    clocks  their times as they are printed; None for one that others must print
    """

    rows: list[int]
    begins: list[int]
    ends: list[int]
    clocks: list[bytes | None]


class Molds:
    """The molds of one source and service."""

    def __init__(self, *, is_stripped: bool) -> None:
        """`is_stripped`: whether blanks at a printed line's end go."""
        self._is_stripped = is_stripped
        self._patterns = Patterns()
        self._stencils: list[Stencil] = []
        self._molds: list[tuple[Expression, dict[int, Mold]]] = []

    def add_object(self, line: bytes, holes: Sequence[Hole], stencil: Stencil) -> bool:
        """The stencil of a JSON line with these holes."""
        return self.add(self._tokens(line, holes, stencil), stencil)

    def add(self, tokens: Sequence[Token], stencil: Stencil) -> bool:
        """A stencil, and what lines of its kind are like; False when there is no room."""
        self._stencils.append(stencil)
        return self._patterns.add(tokens, len(self._stencils) - 1)

    def miss(self) -> None:
        """A line was printed by its stencil alone."""
        self._patterns.miss()

    def fill(self, text: bytes, lines: Lines, out: list[bytes]) -> None:
        """Put those of the lines of `text` that fit a mold where they belong, printed."""
        self._renew()
        for expression, molds in self._molds:
            if not lines.rows:
                break
            lines = _fill(expression.match, molds, text, lines, out)

    def _renew(self) -> None:
        self._patterns.renew()
        expressions = self._patterns.expressions
        for number, expression in enumerate(expressions):
            if number < len(self._molds) and self._molds[number][0] is expression:
                continue
            molds = {
                last: _mold(self._stencils[kind.number], last, kind.groups) for last, kind in expression.kinds.items()
            }
            self._molds[number : number + 1] = [(expression, molds)]

    def _tokens(self, line: bytes, holes: Sequence[Hole], stencil: Stencil) -> list[Token]:
        tokens: list[Token] = []
        at = 0
        for index, hole in enumerate(holes):
            tokens += (*_MEMBERS.split(line[at : hole.begin]), self._gap(index, hole, stencil))
            at = hole.begin + len(hole.text)
        tokens += _MEMBERS.split(line[at:])
        return [token for token in tokens if token]

    def _gap(self, index: int, hole: Hole, stencil: Stencil) -> Gap:
        """What another value must be like to take the place of the one in a hole."""
        if index == stencil.time:
            whole = _TIMES[stencil.is_big]
            return Gap({b"s": _DATE, b"1": whole}.get(hole.letter, FRACTION), is_kept=False)
        is_kept = index in _kept(stencil)
        if hole.is_number:
            return Gap(WHOLE if hole.letter == b"1" else FRACTION, is_kept)
        limit = min((slot.limit for slot in stencil.slots if slot.hole == index and slot.limit > 0), default=UNBOUND)
        is_last = bool(stencil.slots) and stencil.slots[-1].hole == index and not stencil.pieces[-1]
        if self._is_stripped and is_last:
            # Blanks at the end would go.
            many = b"*" if limit >= UNBOUND else b"{0,%d}" % (limit - 1)
            return Gap(PLAIN + many + _BLACK if limit > 0 else NEVER, is_kept)
        return Gap(repeated(PLAIN, limit), is_kept)


def _kept(stencil: Stencil) -> list[int]:
    """The holes whose values must be known: they are printed, or bounded together with others."""
    return sorted({slot.hole for slot in stencil.slots}.union(*(cap.holes for cap in stencil.caps)))


def _mold(stencil: Stencil, last: int, kept: tuple[int, ...]) -> Mold:
    """The mold of lines whose match ends with the empty group `last`, and holds the kept gaps in these groups."""
    head, behind, *pieces = stencil.pieces
    group_of = dict(zip(_kept(stencil), kept, strict=True))
    groups = [group_of[slot.hole] for slot in stencil.slots]
    turns = [
        (number, _remembered(_closed(slot.turn)) if _is_turned(slot) else _written(slot.turn))
        for number, slot in enumerate(stencil.slots)
        if _is_turned(slot) or slot.is_fraction
    ]
    caps = [(tuple(group_of[hole] for hole in cap.holes), cap.limit) for cap in stencil.caps]
    # Of one group `re` gives no tuple: empty ones make two of it.
    spare = max(0, 2 - len(groups))
    texts = [behind, *pieces[:-1], pieces[-1] + b"\n"] if pieces else [behind + b"\n"]
    return Mold(
        is_plain=not turns and not caps,
        head=head,
        text=b"%b".join(text.replace(b"%", b"%%") for text in texts) + b"%b" * spare,
        groups=(*groups, *(last,) * spare),
        turns=tuple(turns),
        caps=tuple(caps),
    )


def _is_turned(slot: Slot) -> bool:
    """Whether its values are never printed as they are."""
    return slot.limit < (NUMBER_LIMIT if slot.is_number else 1)


def _closed(turn: Turn) -> Turn:
    """The same; None for what may be stripped at a line's end."""

    def closed(text: bytes) -> bytes | None:
        found = turn(text)
        return found if found is not None and found and not found.decode()[-1].isspace() else None

    return closed


def _written(turn: Turn) -> Turn:
    """Fractions as they are written, or turned."""
    return lambda text: text if is_plain(text) else turn(text)


def _remembered(turn: Turn) -> Turn:
    """The same with a memory of what it said last."""
    known: dict[bytes, bytes | None] = {}

    def remembered(text: bytes) -> bytes | None:
        if text not in known:
            if len(known) >= KEPT:
                known.clear()
            known[text] = turn(text)
        return known[text]

    return remembered


def _fill(
    match: Callable[[bytes, int, int], re.Match[bytes] | None],
    molds: dict[int, Mold],
    text: bytes,
    lines: Lines,
    out: list[bytes],
) -> Lines:
    """Returns the lines that are left. One look at each: this loop is what `cat` spends its time in."""
    left: list[int] = []
    found = map(match, repeat(text), lines.begins, lines.ends)
    for number, (row, clock, values) in enumerate(zip(lines.rows, lines.clocks, found, strict=True)):
        if values is None or clock is None:
            left.append(number)
            continue
        mold = molds[values.lastindex or 0]
        if mold.is_plain:
            out[row] = mold.head + clock + mold.text % values.group(*mold.groups)
            continue
        printed = _printed(mold, values)
        if printed is None:
            left.append(number)
        else:
            out[row] = mold.head + clock + printed
    return Lines(
        [lines.rows[number] for number in left],
        [lines.begins[number] for number in left],
        [lines.ends[number] for number in left],
        [lines.clocks[number] for number in left],
    )


def _printed(mold: Mold, match: re.Match[bytes]) -> bytes | None:
    """What stands behind the time on a line of which not all values are their own text; None: others must say."""
    for groups, limit in mold.caps:
        if sum(match.end(group) - match.start(group) for group in groups) > limit:
            return None
    values: list[bytes] = list(match.group(*mold.groups))
    for number, turn in mold.turns:
        value = turn(values[number])
        if value is None:
            return None
        values[number] = value
    return mold.text % tuple(values)
