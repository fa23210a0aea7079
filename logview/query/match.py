"""Does this record pass this filter? The slow, obvious answer, which every fast plan is tested against."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from logview.query.fields import lookup
from logview.query.model import (
    And,
    Breaks,
    Compare,
    Has,
    IsViolation,
    Missing,
    Node,
    Not,
    Op,
    Or,
    Query,
    Search,
    Text,
)
from logview.query.value import Moment, Value, duration_of, moment_of, number_of
from logview.record import Level, Record

Test = Callable[[Record, str | None, Collection[str]], bool]
"""(record, service as the reader knows it, codes of the rules it breaks) → passes."""

_ASCII = re.compile(r"[\x00-\x7f]*")
_UNITS = (
    (re.compile(r"(?i:_us|_micros|_microseconds|_usec)$|(?:Us|Micros|Microseconds)$"), 1_000),
    (re.compile(r"(?i:_ns|_nanos|_nanoseconds|_nsec)$|(?:Ns|Nanos|Nanoseconds)$"), 1),
    (re.compile(r"(?i:_ms|_millis|_milliseconds|_msec)$|(?:Ms|Millis|Milliseconds)$"), 1_000_000),
    (re.compile(r"(?i:_s|_sec|_secs|_seconds)$|(?:Sec|Secs|Seconds)$|^seconds$"), 1_000_000_000),
    (re.compile(r"(?i:_min|_minutes)$|(?:Minutes)$|^minutes$"), 60_000_000_000),
)


def matches(query: Query, record: Record, *, service: str | None, rules: Collection[str]) -> bool:
    """True when `record` passes `query`.

    service  the service the reader gives the record; None: what the record itself says
    rules    codes of the rules that the record breaks
    """
    return compiled(query)(record, service, rules)


@lru_cache(maxsize=128)
def compiled(query: Query) -> Test:
    """`query` as one function, for many records."""
    return _node(query.node)


def _node(node: Node) -> Test:
    match node:
        case And(parts):
            tests = [_node(part) for part in parts]
            return lambda record, service, rules: all(test(record, service, rules) for test in tests)
        case Or(parts):
            tests = [_node(part) for part in parts]
            return lambda record, service, rules: any(test(record, service, rules) for test in tests)
        case Not(part):
            inner = _node(part)
            return lambda record, service, rules: not inner(record, service, rules)
        case Text(needle):
            contains = text_test(needle)
            return lambda record, _s, _r: contains(record.text)
        case Search(pattern):
            search = _searcher(pattern)
            return lambda record, _s, _r: search(record.text)
        case Breaks(globs):
            pattern_of_code = re.compile("|".join(_glob(glob) for glob in globs))
            return lambda _, _s, rules: any(pattern_of_code.fullmatch(code) for code in rules)
        case IsViolation():
            return lambda _, _s, rules: bool(rules)
        case Has(field):
            find = lookup(field)
            return lambda record, service, _: find(record, service) is not None
        case Missing(field):
            find = lookup(field)
            return lambda record, service, _: find(record, service) is None
        case Compare(field, op, values):
            find, test = lookup(field), _comparison(field, op, values)
            return lambda record, service, _: _there(find(record, service), test, record)


def _there(value: Any, test: Callable[[Any, Record], bool], record: Record) -> bool:
    return value is not None and test(value, record)


def text_test(needle: str) -> Callable[[str], bool]:
    """A test "contains `needle`", insensitive to case unless `needle` holds a capital."""
    if any(character.isupper() for character in needle):
        return lambda text: needle in text
    if _ASCII.fullmatch(needle):
        # Only A–Z fold here: the Kelvin sign is not a "k", and the byte scan agrees with that.
        folded = needle.encode()
        return lambda text: folded in text.encode("utf-8", "surrogatepass").lower()
    small = _lower(needle)
    return lambda text: small in _lower(text)


def _lower(text: str) -> str:
    """Small letters one for one, so that no letter becomes two."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)


def _searcher(pattern: str) -> Callable[[str], bool]:
    from logview.query.regexp import searcher

    return searcher(pattern)


def _glob(glob: str) -> str:
    """The glob as a pattern that does not backtrack: what follows a star stands where it first fits."""
    first, *others = (_piece(piece) for piece in re.sub(r"\*+", "*", glob).split("*"))
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{piece})" for piece in middle) + ".*" + last


def _piece(piece: str) -> str:
    return "".join("." if part == "?" else re.escape(part) for part in piece)


def _comparison(field: str, op: Op, values: tuple[Value, ...]) -> Callable[[Any, Record], bool]:
    """A test on a value that is there."""
    if op is Op.NE:
        equal = _comparison(field, Op.EQ, values)
        return lambda value, record: not equal(value, record)
    if op is Op.NOT_REGEX:
        found = _comparison(field, Op.REGEX, values)
        return lambda value, record: not found(value, record)
    written = _time_as_text if field == "time" else as_text
    if op is Op.REGEX:
        search = _searcher(values[0].text)
        return _each(lambda value: search(written(value)))
    if op is Op.GLOB:
        pattern = re.compile("|".join(_glob(value.text) for value in values), re.IGNORECASE | re.DOTALL)
        return _each(lambda value: pattern.fullmatch(written(value)) is not None)
    if field == "time":
        return lambda value, _: any(_compare_moment(op, value, one.moment) for one in values)
    if field == "level":
        return lambda value, record: any(_compare_level(op, value, one, record) for one in values)
    if op is Op.EQ:
        return _each(lambda value: any(_equal(field, value, one) for one in values))
    return _each(lambda value: any(_ordered(field, op, value, one) for one in values))


def _each(test: Callable[[Any], bool]) -> Callable[[Any, Record], bool]:
    """`test` on a value, or on any member of a list."""

    def check(value: Any, _record: Record) -> bool:
        return any(map(test, value)) if isinstance(value, list) else test(value)

    return check


def as_text(value: Any) -> str:
    """A field's value as text, the way it stands in JSON: true, 1.5, {"a":1}; strings without quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, Level):
        return value.text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _time_as_text(value: Any) -> str:
    return time_text(value) if isinstance(value, int) else as_text(value)


def _equal(field: str, value: Any, one: Value) -> bool:
    if isinstance(value, str):
        return value == one.text
    if isinstance(value, bool) or value is None or not isinstance(value, int | float):
        return as_text(value) == one.text
    if one.number is not None:
        return value == one.number
    return one.duration_ns is not None and not math.isnan(value) and value * _unit_ns(field) == one.duration_ns


def _ordered(field: str, op: Op, value: Any, one: Value) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        if one.number is not None and (number := number_of(value)) is not None:
            return _compare(op, number, one.number)
        if one.moment is not None and (moment := _moment(value)) is not None:
            return _compare(op, moment.start_ns, one.moment.start_ns)
        if one.duration_ns is not None:
            if (duration := duration_of(value.replace(" ", ""))) is not None:
                return _compare(op, duration, one.duration_ns)
            if (number := number_of(value)) is not None:
                return _compare(op, number * _unit_ns(field), one.duration_ns)
        return False
    if not isinstance(value, int | float):
        return False
    if one.number is not None:
        return _compare(op, value, one.number)
    if one.duration_ns is not None:
        return _compare(op, value * _unit_ns(field), one.duration_ns)
    return False


def _moment(text: str) -> Moment | None:
    return moment_of(text, zone=UTC) if text[:4].isdecimal() and text[4:5] == "-" else None


def _unit_ns(field: str) -> int:
    """What one of a number under `field` is: its name says, else milliseconds."""
    return next((unit for pattern, unit in _UNITS if pattern.search(field)), 1_000_000)


def _compare_moment(op: Op, ns: int, moment: Moment | None) -> bool:
    if moment is None:
        return False
    if op is Op.EQ:
        return moment.start_ns <= ns < moment.end_ns
    return _compare(op, ns, moment.start_ns)


def _compare_level(op: Op, level: Level, one: Value, record: Record) -> bool:
    if one.level is not None:
        return level == one.level if op is Op.EQ else _compare(op, level, one.level)
    written = record.level_written
    if isinstance(written, str):
        written = number_of(written)
    if one.number is None or isinstance(written, bool) or not isinstance(written, int | float):
        return False
    return written == one.number if op is Op.EQ else _compare(op, written, one.number)


def _compare(op: Op, left: float, right: float) -> bool:
    match op:
        case Op.GT:
            return left > right
        case Op.GE:
            return left >= right
        case Op.LT:
            return left < right
        case _:
            return left <= right


def time_text(ns: int) -> str:
    """A moment as RFC 3339 UTC with milliseconds, as the normalised record writes it."""
    seconds, rest = divmod(ns, 1_000_000_000)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return str(ns)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"
