"""JSON records read the way a record like them was read before.

What the slow reader (jsonrecord.py) does with an object follows from its keys, the level as written, and the types of
the values that are looked at for a time, a name, an id. A Way is what it did once: which key gave which part, what
was left in `fields`. An object of the same kind needs its time read and its values fetched; errors, of which more is
read than their type, belong to the kind as they stand, since most come back. A Way is only kept when it gives the very
Record that the slow reader gave; what could make another record of the same kind differ (an empty text, a line break in
the message) is left to the slow reader. That both give the same for every line is tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from logview.decode import clock, envelope
from logview.decode.jsonrecord import NO_TIME, NODE, as_id, as_trace, members
from logview.decode.unfold import UNFOLD
from logview.record import Level, Record, Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logview.decode.clock import Near
    from logview.decode.shape import Shape

Kind = tuple[Any, ...]
_MOST = 64
"""Kinds kept per set of keys. Bounded: a level that never repeats is user data."""
_LONGEST_LEVEL = 40
_LONGEST_ERROR = 8192
"""Bytes of an error's JSON."""
_MIN_MS, _MAX_MS = clock.EPOCH_MS_RANGE
_BIG = 10**11
"""Where jsonrecord.py divides numbers under "time"."""
_NONE = type(None)
_UNREADABLE = frozenset((TimeKind.UNREADABLE, TimeKind.NONE))
_IDS = ("job_id", "request_id", "trace_id", "span_id")
_TRACES = frozenset(("trace_id", "span_id"))
_FIRST = ("service", "logger", "function", "file", "line", "message")
_LAST = ("pid", "host")


@dataclass(frozen=True, slots=True)
class Way:
    """How objects of one kind are read.

    time      the key of the time; None without any
    is_big    whether a number there is beyond 10^11
    message   the key of the message, which may hold no line end; None without any
    picks     (part, key) of the parts that are the value itself, in the published order; late_picks stand after ids
    ids       (part, key) of ids: numbers become text, trace ids lose their notation
    nested    (id, object key, member) of ids one level down (`req.id`), for those that stand nowhere else
    rest      the keys that stay in `fields`
    constant  the parts that are the same for all: level, format, keys …
    level     the level of all, and its name
    levels    the keys of levels: their values belong to the kind
    has_error whether the kind's error is among the constants
    """

    time: str | None
    is_big: bool
    message: str | None
    picks: tuple[tuple[str, str], ...]
    late_picks: tuple[tuple[str, str], ...]
    ids: tuple[tuple[str, str], ...]
    nested: tuple[tuple[str, str, str], ...]
    rest: tuple[str, ...]
    constant: dict[str, Any]
    level: Level | None
    level_text: str | None
    levels: tuple[str, ...]
    has_error: bool

    def is_of_kind(self, data: dict[str, Any]) -> bool:
        """Whether the time is written like that of the kind: the size of a number, a date in a string."""
        if self.time is None:
            return True
        stamp = data[self.time]
        if type(stamp) is int:
            return (stamp > _BIG) is self.is_big
        return type(stamp) is not str or stamp[4:8:3] == "--"

    def read(self, data: dict[str, Any], near: Near, place: dict[str, Any]) -> Record | None:
        """The Record of an object of this kind; None when the slow reader must be asked after all.

        place  first, offset, size, lineno
        """
        parts = self.parts(data)
        if parts is None:
            return None
        time = NO_TIME
        if self.time is not None:
            made = self.time_of(data, near)
            if made is None:
                return None
            time = made
        return Record(time=time, fields=self.fields(data), data=data, **parts, **self.constant, **place)

    def parts(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """The parts that stand in the object, but time and level, in the published order; None: ask the slow reader."""
        if self.message is not None and "\n" in data[self.message]:
            return None
        parts = {name: data[key] for name, key in self.picks}
        for name, key in self.ids:
            found = _id(data[key], name)
            if found is not None:
                parts[name] = found
        if self.nested:
            self._add_nested(data, parts)
        for name, key in self.late_picks:
            parts[name] = data[key]
        return parts

    def _add_nested(self, data: dict[str, Any], parts: dict[str, Any]) -> None:
        inner = members(data, self.nested)
        for name in _IDS:
            found = parts.pop(name, None)
            if found is None and name in inner:
                found = _id(inner[name], name)
            if found is not None:
                parts[name] = found

    def fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """What stays in `fields`."""
        return {key: data[key] for key in self.rest}

    def time_of(self, data: dict[str, Any], near: Near) -> Time | None:
        """The record's time; None when the slow reader must be asked."""
        key = self.time
        if key is None:
            return NO_TIME
        stamp = data[key]
        if type(stamp) is int:
            if (stamp > _BIG) is not self.is_big:
                return None
            if _MIN_MS <= stamp < _MAX_MS:
                return Time(stamp * 1_000_000, TimeKind.EPOCH_MS, stamp, key)
            time = clock.epoch(stamp, key)
        else:
            time = clock.read(stamp, near, key)
        return None if time.kind in _UNREADABLE else time

    def time_text(self, data: dict[str, Any], near: Near) -> str | None:
        """The time in UTC as the normalised record has it; "" for none, None when the slow reader must be asked."""
        if self.time is None:
            return ""
        stamp = data[self.time]
        text = clock.utc_text(stamp) if type(stamp) is not int or (stamp > _BIG) is self.is_big else None
        if text is not None:
            return text
        time = self.time_of(data, near)
        if time is None or time.kind is TimeKind.TIME_ONLY:
            return None
        return "" if time.ns is None else clock.rfc3339(time.ns)


def _id(value: Any, name: str) -> str | None:
    text = value if type(value) is str else as_id(value)
    return as_trace(text) if name in _TRACES else text


class Ways:
    """The Ways of objects with one set of keys. May be asked from several threads."""

    def __init__(self, levels: tuple[str, ...], errors: tuple[str, ...], looked_at: tuple[str, ...]) -> None:
        """levels: the keys of levels; errors: of errors; looked_at: those whose values' types matter, at least two."""
        self._levels = levels
        self._errors = errors
        self._pick: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*looked_at)
        self._known: dict[Kind, Way] = {}

    def of(self, data: dict[str, Any], *, spaced: bool) -> Way | None:
        """The Way of an object; None when none is known."""
        kind = self._kind(data, spaced)
        return None if kind is None else self._known.get(kind)

    def learn(self, data: dict[str, Any], shape: Shape, record: Record, *, spaced: bool) -> None:
        """Keep how `record` was read by the slow reader, if that is all there is to it."""
        if len(self._known) >= _MOST or record.marks:
            return
        kind = self._kind(data, spaced)
        if kind is None or kind in self._known:
            return
        way = _way(data, shape, record)
        if way is not None and _same(way, data, record):
            self._known[kind] = way

    def _kind(self, data: dict[str, Any], spaced: bool) -> Kind | None:
        """What decides how an object is read; None when more than that would decide."""
        values = self._pick(data)
        if "" in values:
            return None
        kind: Kind = (spaced, *map(type, values))
        for key in self._levels:
            level = data[key]
            # 30 and 30.0 are one key of a dictionary, and so are 1 and true: only plain numbers and words.
            if type(level) is not int and (type(level) is not str or len(level) > _LONGEST_LEVEL):
                return None
            kind = (level, *kind)
        for key in self._errors:
            if data[key] is None:
                continue
            error = _as_it_stands(data[key])
            if error is None:
                return None
            kind = (error, *kind)
        return kind


def _as_it_stands(value: Any) -> bytes | None:
    """An error as part of a kind; None for one that is too long to come back, or that JSON cannot say."""
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None
    return text if len(text) <= _LONGEST_ERROR else None


def ways_for(have: tuple[str, ...], shape: Shape) -> Ways | None:
    """The Ways of a set of keys; None where keys, level and types do not decide."""
    if shape.has_log or shape.flat_error or shape.family in UNFOLD or not envelope.KEYS.isdisjoint(have):
        return None
    if shape.family is None and "v" in have:  # bunyan's is 0
        return None
    looked_at = (
        *(*shape.time, *shape.message, *shape.service, *shape.logger, *shape.function, *shape.file, *shape.line),
        *(*shape.pid, *shape.host, *shape.error, *shape.job, *shape.request, *shape.trace, *shape.span, *shape.source),
        *(*shape.containers, *(head for _, head, _ in shape.nested_ids), *(key for key in have if key == "name")),
    )
    unique = tuple(dict.fromkeys(looked_at))
    if not unique:
        return None
    errors = (*shape.error, *(key for key in have if shape.error and key == "exception_name"))
    return Ways(shape.level, errors, unique if len(unique) > 1 else unique * 2)


def _way(data: dict[str, Any], shape: Shape, record: Record) -> Way | None:
    """How `record` came out of `data`; None where its parts are not simply values of it."""
    if not all(key in data for key in record.fields):
        return None
    if (record.level is None) is bool(shape.level):
        return None
    time = record.time.key
    if record.time != NO_TIME and (time is None or record.time.kind in _UNREADABLE):
        return None
    if not _is_plain(data, shape):
        return None
    found = _sources(data, shape, record)
    stamp = data[time] if time is not None else None
    return Way(
        time=time,
        is_big=type(stamp) is int and stamp > _BIG,
        message=found.get("message"),
        picks=tuple((name, found[name]) for name in _FIRST if name in found),
        late_picks=tuple((name, found[name]) for name in _LAST if name in found),
        ids=tuple((name, found[name]) for name in _IDS if name in found),
        nested=tuple(one for one in shape.nested_ids if type(data[one[1]]) is dict),
        rest=tuple(record.fields),
        constant={name: getattr(record, name) for name in _CONSTANT},
        level=record.level,
        level_text=None if record.level is None else record.level.text,
        levels=shape.level,
        has_error=record.error is not None,
    )


def _sources(data: dict[str, Any], shape: Shape, record: Record) -> dict[str, str]:
    """part → key it comes from, as jsonrecord.py and callsite.py choose it by keys and types."""
    node, named = record.format in NODE, record.service_from == "name"

    def first(kind: type, keys: Iterable[str]) -> str | None:
        return next((key for key in keys if type(data[key]) is kind), None)

    function = first(str, shape.function)
    line = first(int, (key for key in shape.line if key != "line" or function is not None))
    file = first(str, (key for key in shape.file if key != "file" or line is not None))
    if node and function is None:
        line = file = None
    ids = (shape.job, shape.request, shape.trace, shape.span)
    found = {
        "message": first(str, shape.message[:1]),
        "service": record.service_from,
        "logger": first(str, (key for key in shape.logger if key != "name" or not (node or named))),
        "function": function,
        "file": file,
        "line": line,
        "pid": first(int, shape.pid),
        "host": first(str, shape.host),
        **{
            name: next((k for k in keys if as_id(data[k]) is not None), None)
            for name, keys in zip(_IDS, ids, strict=True)
        },
    }
    return {name: key for name, key in found.items() if key is not None}


_CONSTANT = (
    "level",
    "format",
    "layout",
    "is_json",
    "level_written",
    "level_key",
    "message_key",
    "service_from",
    "error",
)


def _is_plain(data: dict[str, Any], shape: Shape) -> bool:
    """Whether no value needs to be looked into: no object where a part may be, no text that is taken apart."""
    inner = (*shape.service, *shape.logger, *shape.pid, *shape.host, *shape.source, *shape.containers)
    if any(type(data[key]) is dict for key in inner):
        return False
    first = next((data[key] for key in shape.time if data[key] is not None), None)
    if shape.time and type(first) not in (int, str, float, _NONE):
        return False
    if shape.message and type(data[shape.message[0]]) is not str:
        return False
    return not (
        any(type(data[key]) is str for key in shape.function if key in ("caller", "location"))
        or any(type(data[key]) is str for key in (*shape.pid, *shape.line))
    )


def _same(way: Way, data: dict[str, Any], record: Record) -> bool:
    """Whether the way leads to the record; the time is read by the same functions and only compared in its key."""
    place = {field: getattr(record, field) for field in ("first", "offset", "size", "lineno")}
    made = way.read(data, clock.HERE, place)
    if made is None:
        return False
    names = (name for name in Record.__struct_fields__ if name != "time")
    return made.time.key == record.time.key and all(getattr(made, name) == getattr(record, name) for name in names)
