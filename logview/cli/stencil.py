"""Printed JSON lines with holes: a line of a kind printed before differs from it in a few values only.

A line's skeleton (shapes.py) decides what a printer does, but for what the values themselves say (ways.py tells why).
So what the slow road prints for the line with marks in place of its values is the text with holes, a **stencil**,
whatever the output is. One is kept only when two sets of marks give the same, and when it gives, filled with the values
of a true line, what the slow road printed for that. Of a line with an error, that and the message are left as they are,
since more is done with them than printed. Values that a printer might cut, escape or leave out are told by their size
and letters (molds.py, for many lines at once).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from msgspec import structs

from logview.cli.shapes import shape_of
from logview.decode.jsonline import has_each_key_once
from logview.decode.jsonrecord import as_id, as_trace
from logview.decode.shape import ERROR_KEYS, LEVEL_KEYS, MESSAGE_KEYS
from logview.record import Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logview.cli.molds import Molds
    from logview.cli.printing import Wording
    from logview.cli.shapes import Hole, Shape
    from logview.decode.assemble import Glance
    from logview.decode.ways import Way
    from logview.record import Record

    Path = tuple[Any, ...]
    Shown = Callable[[Any], str | None]
    Turn = Callable[[bytes], bytes | None]
    Sketch = Callable[[Record, bytes], bytes]

_DAY = 86_400_000_000_000
_INSTANTS = (45_296_789_000_000, 78_185_678_000_000)
"""Two instants of a day, ns: 12:34:56.789 and 21:43:05.678."""
OFTEN = 3
"""Lines of one kind after which it is worth a stencil."""
MOST = 512
"""Stencils that are tried a source and service. Bounded: keys that never repeat are user data."""
_TRACES = frozenset(("trace_id", "span_id"))
_LEVELS = frozenset(LEVEL_KEYS)
_TOLD_WHOLE = frozenset((*ERROR_KEYS, "exception_name", *MESSAGE_KEYS))
_ERROR = re.compile(b'"(?:%b)":' % b"|".join(key.encode() for key in ERROR_KEYS))
"""In a skeleton: there may be an error."""
_COMPUTED = (7_318, 8_429)
"""Numbers of which something else is printed, for each set of marks."""
NEVER = -1
BIG_DIGITS = 12
"""10^11, from which times are milliseconds, has as many digits."""
_BEGINNING = 40
"""Characters by which an object or list is known on a printed line."""


class Slot(NamedTuple):
    """What is printed at one place of a stencil.

    hole       whose value it is
    is_number  whether that is no string; `is_fraction`: nor a whole number
    limit      bytes up to which an unmarked value is printed as it is; NEVER
    turn       what is printed else; None: the slow road must be asked
    """

    hole: int
    is_number: bool
    is_fraction: bool
    limit: int
    turn: Turn


class Cap(NamedTuple):
    """An object or list among the values that a printer would cut: bytes its holes may have together."""

    holes: tuple[int, ...]
    limit: int


class Stencil(NamedTuple):
    """A printed line with holes.

    pieces  what stands before, between and behind the holes; the time is the first
    slots   one for each further hole
    time    the hole that holds the time; None: the head does, and its shape is part of the kind
    is_big  whether a whole number there is beyond 10^11
    caps    what must hold for the line's values, or the slow road is asked
    """

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    time: int | None
    is_big: bool
    caps: tuple[Cap, ...]


class _Line(NamedTuple):
    """A line that a stencil is made of."""

    raw: bytes
    holes: Sequence[Hole]
    paths: list[Path]
    ns: int
    glance: Glance


if TYPE_CHECKING:
    _Draft = tuple[tuple[str, ...], tuple[int, ...], tuple[Cap, ...]]


class Stencils:
    """The stencils of one source and service, by skeleton."""

    def __init__(
        self, glance: Callable[[bytes, int | None], Glance | None], wording: Wording, sketch: Sketch, molds: Molds
    ) -> None:
        """How lines are read, given their times; how values are written; what the slow road prints; who fills many."""
        self._glance = glance
        self._wording = wording
        self._sketch = sketch
        self._molds = molds
        self._known: dict[bytes, Stencil | None] = {}
        """By skeleton; None: there is none."""
        self._seen: dict[int, int] = {}
        """By the hash of a skeleton, which may hold an error, how many lines were seen without a stencil."""
        self._closed: dict[bytes, frozenset[int]] = {}
        """By skeleton of lines that may have an error: holes that are none, since what is in them decides."""
        self._tries = 0

    def line(self, raw: bytes, ns: int) -> bytes | None:
        """The line of a record with its time; None when the slow road must be asked."""
        shape = shape_of(raw)
        if shape is not None and _ERROR.search(shape.skeleton):
            shape = shape.without(raw, self._closed_in(shape, raw))
        if shape is None:
            return None
        stencil = self._known[shape.skeleton] if shape.skeleton in self._known else self._learned(shape, raw, ns)
        if stencil is None:
            return None
        self._molds.miss()
        return self._fill(stencil, shape.holes, ns)

    def _closed_in(self, shape: Shape, raw: bytes) -> frozenset[int]:
        closed = self._closed.get(shape.skeleton)
        if closed is None:
            paths = _paths(raw, shape.holes) or ()
            closed = frozenset(index for index, path in enumerate(paths) if path[0] in _TOLD_WHOLE)
            if len(self._closed) < 16 * MOST:
                self._closed[shape.skeleton] = closed
        return closed

    def _learned(self, shape: Shape, raw: bytes, ns: int) -> Stencil | None:
        """The stencil of a kind of lines; it is tried after some of them."""
        skeleton = shape.skeleton
        sign = hash(skeleton)
        seen = self._seen.get(sign, 0)
        if seen < OFTEN:
            if len(self._seen) < 16 * MOST:
                self._seen[sign] = seen + 1
            return None
        self._seen.pop(sign)
        self._tries += 1
        made = self._known[skeleton] = self._made(raw, shape.holes, ns) if self._tries <= MOST else None
        if made is not None:
            self._molds.add_object(raw, shape.holes, made)
        return made

    def _fill(self, stencil: Stencil, holes: Sequence[Hole], ns: int) -> bytes | None:
        """A line printed by its stencil; None where the slow road must be asked."""
        clock = self._wording.clock(ns)
        if not clock or not _has_time_alike(stencil, holes) or not _is_within(stencil.caps, holes):
            return None
        used = {slot.hole for slot in stencil.slots}
        # What is printed nowhere is read all the same: it may break the line.
        if any(hole.is_marked and not hole.is_number and number not in used for number, hole in enumerate(holes)):
            return None
        return self._filled(stencil, holes, clock)

    def _made(self, raw: bytes, holes: Sequence[Hole], ns: int) -> Stencil | None:
        """The stencil of a line's kind; None where more than its kind decides."""
        glance = self._glance(raw, ns)
        if glance is None or not has_each_key_once(raw, glance.data):
            return None
        data, way, near = glance
        record = way.read(data, near, {"first": "", "offset": 0, "size": len(raw), "lineno": 0})
        if record is None or record.time.ns != ns or record.time.kind is TimeKind.TIME_ONLY:
            return None
        if any(name in _TRACES for name, _, _ in way.nested):
            return None
        paths = _paths(raw, holes)
        if paths is None or (way.time,) not in paths or not _LEVELS.issuperset(way.levels):
            return None
        if any(path[0] in way.levels for path in paths):
            return None
        line = _Line(raw, holes, paths, ns, glance)
        drafts = [self._draft(line, number) for number in range(len(_INSTANTS))]
        if drafts[0] is None or drafts[0] != drafts[1]:
            return None
        between, order, caps = drafts[0]
        stencil = Stencil(
            pieces=tuple(map(self._wording.encode, between)),
            slots=tuple(self._slot(index, holes[index], paths[index], way) for index in order),
            time=paths.index((way.time,)),
            is_big=way.is_big,
            caps=caps,
        )
        filled = self._filled(stencil, holes, self._wording.clock(ns))
        return stencil if filled is not None and filled == self._sketch(record, raw) else None

    def _draft(self, line: _Line, number: int) -> _Draft | None:
        """The stencil with one set of marks."""
        way = line.glance.way
        named = {key for _, key in (*way.picks, *way.late_picks, *way.ids)}
        marks: dict[int, bytes] = {}
        owners: dict[str, int] = {}
        for index, (hole, path) in enumerate(zip(line.holes, line.paths, strict=True)):
            if path == (way.time,):
                continue
            if hole.is_number and b"." in hole.text and path[0] in named:
                return None
            computed = self._wording.computed.get(path[0]) if len(path) == 1 and hole.is_number else None
            marks[index] = mark = _mark(hole, number, index) if computed is None else b"%d" % _COMPUTED[number]
            shown = mark.decode() if computed is None else computed(_COMPUTED[number])
            if shown is None:
                return None
            owners[shown] = index
        data = orjson.loads(_marked(line.raw, line.holes, marks))
        record = way.read(data, line.glance.near, {"first": "", "offset": 0, "size": 0, "lineno": 0})
        instant = instant_near(line.ns, number)
        clock = self._wording.clock(instant)
        if record is None or not clock:
            return None
        printed = self._sketch(structs.replace(record, time=Time(instant, TimeKind.EPOCH_NS)), b"")
        cut, caps = draft(printed, clock, owners), self._caps(line, data, marks, printed.decode())
        return None if cut is None or caps is None else (*cut, caps)

    def _caps(self, line: _Line, data: dict[str, Any], marks: dict[int, bytes], printed: str) -> tuple[Cap, ...] | None:
        """What must hold for objects and lists to be printed whole; None where one is cut already."""
        limit = self._wording.container_limit
        caps = []
        for key, value in data.items():
            mine = [index for index, path in enumerate(line.paths) if path[0] == key and len(path) > 1]
            if limit is None or not mine:
                continue
            text = orjson.dumps(value).decode()
            if text[:_BEGINNING] not in printed:
                continue
            if text not in printed:
                return None
            fixed = len(text) - sum(len(marks[index]) for index in mine)
            caps.append(Cap(tuple(mine), limit - fixed))
        return tuple(caps)

    def _slot(self, index: int, hole: Hole, path: Path, way: Way) -> Slot:
        """How the values of a hole are printed."""
        wording, top = self._wording, path[0]
        is_alone = len(path) == 1
        if is_alone and top in {key for name, key in way.ids if name in _TRACES}:
            limit, shown = NEVER, _trace_then(wording.joined)
        elif not is_alone:
            limit, shown = wording.joined_limit, wording.within
        elif hole.is_number:
            computed = wording.computed.get(top)
            limit, shown = (wording.joined_limit, wording.value) if computed is None else (NEVER, computed)
        elif top == way.message:
            limit, shown = wording.message_limit, _one_line_then(wording.message)
        elif top in way.rest:
            limit, shown = wording.alone_limit, wording.alone
        else:
            limit, shown = wording.joined_limit, wording.joined
        return Slot(index, hole.is_number, hole.letter == b"2", limit, self._turn(shown, is_number=hole.is_number))

    def _turn(self, shown: Shown, *, is_number: bool) -> Turn:
        """From a hole's bytes to what is printed; None: ask the slow road."""
        encode, form = self._wording.encode, b"%b" if is_number else b'"%b"'

        def turn(text: bytes) -> bytes | None:
            try:
                found = shown(orjson.loads(form % text))
            except orjson.JSONDecodeError:  # bad UTF-8, half a surrogate pair
                return None
            return None if found is None else encode(found)

        return turn

    def _filled(self, stencil: Stencil, holes: Sequence[Hole], clock: str) -> bytes | None:
        """The stencil with a line's values, as far as needed turned."""
        out = [stencil.pieces[0], self._wording.encode(clock), stencil.pieces[1]]
        for slot, piece in zip(stencil.slots, stencil.pieces[2:], strict=True):
            hole = holes[slot.hole]
            turned = slot.turn(hole.text) if hole.is_marked or len(hole.text) > slot.limit else hole.text
            if turned is None:
                return None
            out += turned, piece
        line = b"".join(out)
        return (line.rstrip() if self._wording.is_stripped else line) + b"\n"


def _has_time_alike(stencil: Stencil, holes: Sequence[Hole]) -> bool:
    """Whether a line's time is written like those of its kind; see `Way.is_of_kind`."""
    if stencil.time is None:
        return True
    hole = holes[stencil.time]
    if not hole.is_number:
        return hole.text[4:8:3] == b"--" and not hole.is_marked
    if hole.letter == b"2":
        return True
    return hole.text[:1] != b"-" and (len(hole.text) > BIG_DIGITS if stencil.is_big else len(hole.text) < BIG_DIGITS)


def _is_within(caps: Iterable[Cap], holes: Sequence[Hole]) -> bool:
    return all(sum(len(holes[hole].text) for hole in cap.holes) <= cap.limit for cap in caps)


def _paths(raw: bytes, holes: Sequence[Hole]) -> list[Path] | None:
    """The keys that lead to each hole; None where one is no value."""
    marks = {index: _mark(hole, 2, index) for index, hole in enumerate(holes)}
    try:
        data = orjson.loads(_marked(raw, holes, marks))
    except orjson.JSONDecodeError:
        return None
    found = {str(value).encode(): path for path, value in _walk((), data)}
    paths = [found.get(mark) for mark in marks.values()]
    return None if None in paths else [path for path in paths if path is not None]


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """All values that are no objects or lists, and the keys and places that lead to them."""
    inner: Iterable[tuple[Any, Any]] = ()
    if type(value) is dict:
        inner = value.items()
    elif type(value) is list:
        inner = enumerate(value)
    else:
        yield path, value
    for key, one in inner:
        yield from _walk((*path, key), one)


def _mark(hole: Hole, number: int, index: int) -> bytes:
    """A value like that in a hole, and like no other; `number` is one digit, `index` has up to four."""
    if not hole.is_number:
        return b"q%d%04dk" % (number, index)
    return (b"7%d%04d.3417" if b"." in hole.text else b"7%d%04d3417") % (number, index)


def _marked(raw: bytes, holes: Sequence[Hole], marks: dict[int, bytes]) -> bytes:
    """The line with marks in some holes."""
    pieces: list[bytes] = []
    at = 0
    for index, mark in sorted(marks.items(), key=lambda one: holes[one[0]].begin):
        hole = holes[index]
        pieces += raw[at : hole.begin], mark
        at = hole.begin + len(hole.text)
    return b"".join((*pieces, raw[at:]))


def instant_near(ns: int, number: int) -> int:
    """One of two other instants of the same day, ns."""
    return ns // _DAY * _DAY + _INSTANTS[number]


def draft(line: bytes, clock: str, owners: dict[str, int]) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """(what stands between the values, whose values these are, behind the time, which is the first) of a marked line.

    owners  marks as they stand on the line, and whose they are
    return  None where the time does not stand first, or stands there again
    """
    marks: dict[str, int | None] = {**owners, clock: None}
    pieces = re.split("(" + "|".join(map(re.escape, marks)) + ")", line.decode().rstrip("\n"))
    found = [marks[piece] for piece in pieces[1::2]]
    order = tuple(owner for owner in found if owner is not None)
    return (tuple(pieces[::2]), order) if found[:1] == [None] and len(order) == len(found) - 1 else None


def _trace_then(shown: Shown) -> Shown:
    """A trace or span id without its notation, as text."""

    def turn(value: Any) -> str | None:
        text = as_trace(as_id(value))
        return None if text is None else shown(text)

    return turn


def _one_line_then(shown: Shown) -> Shown:
    """A message of more lines is read by the slow reader."""
    return lambda text: None if "\n" in text else shown(text)
