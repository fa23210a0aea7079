"""JSON lines printed by filling holes: a line of a kind printed before differs from it in a few values only.

A line's keys, the types of its values and its level decide what a printer does, but for what the values themselves say
(ways.py tells why). So what the slow road prints for a line of the kind with marks in place of its values is the text
with holes, a **stencil**, whatever the output is. One is kept only when two sets of marks give the same, and when it
gives, filled with the values of a true line, what the slow road printed for that. Values that a printer might cut,
escape or leave out are told by their bytes, for many lines at once (`look`).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import hyperscan
import orjson
from msgspec import structs

from logview.decode.assemble import is_spaced
from logview.decode.jsonline import nested_keys
from logview.decode.jsonrecord import as_id, as_trace
from logview.record import Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.cli.printing import Wording
    from logview.decode.assemble import Glance
    from logview.decode.clock import Near
    from logview.decode.ways import Way
    from logview.record import Record

    Kind = tuple[Any, ...]
    Turn = Callable[[Any], str | None]
    Flat = dict[Any, Any]
    """An object's values by key; those of objects inside by (key, member)."""
    Draft = tuple[tuple[str, ...], tuple[Any, ...]]

WILD, EMPTY, REFUSED, LONG = 1, 2, 4, 8
"""What `look` tells of a line: strings that are not their own text, an empty one, digits beyond 64 bits, a long one."""
LONGEST = 64
"""Characters that every printer gives room to, whatever value they are."""
_SIGNS = (
    (WILD, rb"[^ -\[\]-~\n][^\n]*\n"),
    (EMPTY, rb'""[^\n]*\n'),
    (REFUSED, rb"[0-9]{19}[^\n]*\n"),
    (LONG, rb'"[^"\n]{%d}[^\n]*\n' % (LONGEST + 1)),
)
_DAY = 86_400_000_000_000
_INSTANTS = (45_296_789_000_000, 78_185_678_000_000)
"""Two instants of a day, ns: 12:34:56.789 and 21:43:05.678."""
OFTEN = 3
"""Lines of one kind after which it is worth a stencil."""
MOST = 512
"""Stencils that are tried a source and service. Bounded: keys that never repeat are user data."""
_BLANK = ord(" ")
_TRACES = frozenset(("trace_id", "span_id"))


class Stencil(NamedTuple):
    """A line with holes.

    text      for `%`: the time first, then what `pick` takes out of the object
    turned    (place, how) of values that are not written as they are
    strings   (place, how) of strings that are only their own text when no line end, escape or limit is near
    message   the key of the message, which may hold no line end
    way       how an object of the kind is read
    """

    text: str
    pick: Callable[[Any], tuple[Any, ...]]
    turned: tuple[tuple[int, Turn], ...]
    strings: tuple[tuple[int, Turn], ...]
    message: str | None
    way: Way | None

    def fill(self, data: Any, clock: str, *, is_wild: bool) -> str | None:
        """The line's text; None when the slow road must be asked."""
        if self.way is not None and not self.way.is_of_kind(data):
            return None
        values = self.pick(data)
        if self.turned or is_wild:
            if is_wild and self.message is not None and "\n" in data[self.message]:
                return None
            changed: list[Any] = list(values)
            for place, turn in (*self.turned, *self.strings) if is_wild else self.turned:
                text = turn(changed[place])
                if text is None:
                    return None
                changed[place] = text
            values = tuple(changed)
        return self.text % (clock, *values)


class _Keys:
    """What is known of objects with one set of keys."""

    __slots__ = ("colon", "inside", "known", "level", "levels")

    def __init__(self, levels: tuple[str, ...], inside: tuple[str, ...], colon: int) -> None:
        self.levels = levels
        """Keys whose values belong to the kind."""
        self.level = levels[0] if len(levels) == 1 and not inside else None
        """The only such key, of objects that need no more than it and their types."""
        self.inside = inside
        """Keys of objects whose members belong to the kind."""
        self.colon = colon
        """Where the first key's colon stands, and one further."""
        self.known: dict[Kind, Stencil] = {}


class _Line(NamedTuple):
    """A line that was read."""

    raw: bytes
    flat: Flat
    ns: int
    is_wild: bool


def _kind_of(flat: Flat, keys: _Keys, raw: bytes, signs: int) -> Kind:
    """What decides how a line with these keys is printed."""
    kinds: Any = map(_kind, flat.values()) if signs & EMPTY else map(type, flat.values())
    spaced = is_spaced(raw) if signs & WILD else raw[keys.colon] == _BLANK
    levels = [flat[key] for key in keys.levels]
    return (spaced, *levels, *kinds, *flat) if keys.inside else (spaced, *levels, *kinds)


class Stencils:
    """The stencils of one source and service for one printer."""

    def __init__(
        self,
        glance: Callable[[bytes, int | None], Glance | None],
        wording: Wording,
        line: Callable[[Record, bytes], bytes],
    ) -> None:
        """How lines are read, given their times; how values are written; how the slow road prints a record."""
        self._glance = glance
        self._wording = wording
        self._line = line
        self._keys: dict[tuple[str, ...], _Keys] = {}
        self._tried: Counter[tuple[str, ...]] = Counter()
        self._seen: dict[tuple[int, Kind], int] = {}
        """By keys and kind how many lines were seen without a stencil."""
        self._tries = 0

    def line(self, raw: bytes, signs: int, ns: int | None) -> bytes | None:
        """The record's line; None when the slow road must be asked.

        signs  what `look` told of it
        ns     its time
        """
        if ns is None or signs & REFUSED or raw[:2] != b'{"' or raw[-2:] != b"}\n" or raw.find(b"\n") != len(raw) - 1:
            return None
        try:
            data: Flat = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return None
        count = raw.count(b'":')
        if count != len(data) and count != nested_keys(data):
            return None
        names = tuple(data)
        keys = self._keys.get(names)
        if keys is None:
            keys = self._plan(names, raw, ns)
            if keys is None:
                return None
        flat = _flat(data, keys.inside) if keys.inside else data
        if signs or keys.level is None:
            kind = _kind_of(flat, keys, raw, signs)
        else:
            kind = (raw[keys.colon] == _BLANK, data[keys.level], *map(type, data.values()))
        is_wild = bool(signs & WILD or (signs & LONG and self._wording.limits))
        try:
            stencil = keys.known.get(kind)
        except TypeError:  # a level that is no plain value
            return None
        if stencil is None:
            self._notice(kind, _Line(raw, flat, ns, is_wild), keys)
            return None
        clock = self._wording.clock(ns)
        text = None if clock is None else stencil.fill(flat, clock, is_wild=is_wild)
        return None if text is None else self._wording.close(text)

    def _plan(self, names: tuple[str, ...], raw: bytes, ns: int) -> _Keys | None:
        tried = self._tried[names]
        if tried == OFTEN * OFTEN or len(self._tried) >= 4 * MOST:
            return None
        self._tried[names] = tried + 1
        glance = self._glance(raw, ns)
        if glance is None:
            return None
        way = glance.way
        containers = {key for _, key, _ in way.nested}
        inside = tuple(key for key in names if key in self._wording.inside or key in containers)
        self._keys[names] = keys = _Keys(way.levels, inside, len(names[0].encode("utf-8", "replace")) + 4)
        return keys

    def _notice(self, kind: Kind, line: _Line, keys: _Keys) -> None:
        """Another line of a kind without a stencil; after some of them one is tried."""
        seen = self._seen.get((id(keys), kind), 0)
        if seen > OFTEN or len(self._seen) >= 16 * MOST:
            return
        self._seen[id(keys), kind] = seen + 1
        if seen == OFTEN and self._tries < MOST:
            self._tries += 1
            stencil = self._made(line, keys)
            if stencil is not None:
                keys.known[kind] = stencil

    def _made(self, line: _Line, keys: _Keys) -> Stencil | None:
        """The stencil of a line's kind; None where more than its kind decides."""
        glance = self._glance(line.raw, line.ns)
        if glance is None:
            return None
        data, way, near = glance
        record = way.read(data, near, {"first": "", "offset": 0, "size": len(line.raw), "lineno": 0})
        if record is None or record.time.ns != line.ns or record.time.kind is TimeKind.TIME_ONLY:
            return None
        if any(key not in keys.inside or name in _TRACES for name, key, _ in way.nested):
            return None
        drafts = [self._draft(way, line, keys, near, number) for number in range(len(_INSTANTS))]
        if drafts[0] is None or drafts[0] != drafts[1]:
            return None
        stencil = self._stencil(way, line.flat, *drafts[0])
        clock = self._wording.clock(line.ns)
        filled = None if clock is None else stencil.fill(line.flat, clock, is_wild=line.is_wild)
        return stencil if filled is not None and self._wording.close(filled) == self._line(record, line.raw) else None

    def _draft(self, way: Way, line: _Line, keys: _Keys, near: Near, number: int) -> Draft | None:
        """(what stands between the values, whose values these are: None for the time) with one set of marks."""
        named = {key for _, key in (*way.picks, *way.late_picks, *way.ids)}
        marked: dict[str, Any] = {}
        paths: dict[str, Any] = {}
        for place, (path, value) in enumerate(line.flat.items()):
            mark = value
            if path in keys.inside and type(value) is dict:
                mark = {}
            elif not (value is None or value == "" or path == way.time or path in way.levels):
                if path in named and type(value) not in (str, int):
                    return None
                mark, text = self._mark(path, value, f"{number}{place:03d}")
                if text is None:
                    return None
                paths[text] = path
            if type(path) is tuple:
                marked[path[0]][path[1]] = mark
            else:
                marked[path] = mark
        instant = instant_near(line.ns, number)
        clock = self._wording.clock(instant)
        record = way.read(marked, near, {"first": "", "offset": 0, "size": 0, "lineno": 0})
        if record is None or clock is None:
            return None
        marked_line = self._line(structs.replace(record, time=Time(instant, TimeKind.EPOCH_NS)), b"")
        return draft(marked_line, clock, paths)

    def _mark(self, path: Any, value: Any, number: str) -> tuple[Any, str | None]:
        """(a value of the same kind, how it stands on the line)."""
        if path in self._wording.computed and type(value) in (int, float):
            mark = type(value)(7_318 + 1_111 * int(number[0]))
            return mark, self._wording.computed[path](mark)
        if type(value) is str:
            return f"q{number}k", f"q{number}k"
        if type(value) is int:
            return int(f"7{number}3417"), f"7{number}3417"
        return f"q{number}k", self._wording.value(f"q{number}k")

    def _stencil(self, way: Way, flat: Flat, between: tuple[str, ...], paths: tuple[Any, ...]) -> Stencil:
        wording = self._wording
        traces = {key for name, key in way.ids if name in _TRACES}
        turned: list[tuple[int, Turn]] = []
        strings: list[tuple[int, Turn]] = []
        for place, path in enumerate(paths[1:]):
            kind = type(flat[path])
            if path in traces:
                turned.append((place, _trace))
            elif path in wording.computed and kind in (int, float):
                turned.append((place, wording.computed[path]))
            elif kind not in (str, int):
                turned.append((place, wording.value))
            if kind is str:
                is_alone = path in way.rest
                strings.append(
                    (place, wording.message if path == way.message else wording.alone if is_alone else wording.joined)
                )
        return Stencil(
            text=with_holes(between),
            pick=picking(paths[1:]),
            turned=tuple(turned),
            strings=tuple(strings),
            message=way.message,
            way=way,
        )


def instant_near(ns: int, number: int) -> int:
    """One of two other instants of the same day, ns."""
    return ns // _DAY * _DAY + _INSTANTS[number]


def draft(line: bytes, clock: str, paths: dict[str, Any]) -> Draft | None:
    """(what stands between the values, whose values these are: None for the time, which is the first) of a marked line.

    paths   marks as they stand on the line, and whose they are
    return  None where the time does not stand first, or stands there again
    """
    owners = {**paths, clock: None}
    pieces = re.split("(" + "|".join(map(re.escape, owners)) + ")", line.decode().rstrip("\n"))
    found = tuple(owners[piece] for piece in pieces[1::2])
    return (tuple(pieces[::2]), found) if found[:1] == (None,) and None not in found[1:] else None


def with_holes(between: tuple[str, ...]) -> str:
    """The text for `%`."""
    return "%s".join(part.replace("%", "%%") for part in between)


def _trace(value: Any) -> str | None:
    return as_trace(as_id(value))


def picking(paths: tuple[Any, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes values out of an object or a tuple."""
    if len(paths) > 1:
        return itemgetter(*paths)
    return lambda flat: tuple(flat[path] for path in paths)


def _kind(value: Any) -> Any:
    """What of a value belongs to the kind of a line, where some of its strings are empty."""
    return value if value == "" else type(value)


def _flat(data: Flat, inside: tuple[str, ...]) -> Flat:
    """The object's values, and those of the objects inside by (key, member)."""
    flat = dict(data)
    for key in inside:
        value = data[key]
        if type(value) is dict:
            flat.update({(key, member): inner for member, inner in value.items()})
    return flat


def look(raws: Sequence[bytes | None]) -> list[int]:
    """For each record's bytes what its letters allow: WILD, EMPTY, REFUSED, LONG or none of these."""
    lines = [b"" if raw is None else raw for raw in raws]
    ends = list(accumulate(map(len, lines)))
    signs = [0] * len(lines)
    place = 0

    def found(sign: int, _start: int, end: int, _flags: int, _context: object) -> None:
        nonlocal place
        while ends[place] < end:
            place += 1
        signs[place] |= sign

    _database().scan(b"".join(lines), match_event_handler=found)
    return signs


@lru_cache(maxsize=1)
def _database() -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[pattern for _, pattern in _SIGNS], ids=[sign for sign, _ in _SIGNS])
    return database
