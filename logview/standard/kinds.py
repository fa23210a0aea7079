"""Records of a kind are judged once: the memory that makes conforming records cheap.

Most records of a stream share a head (keys and their types, level, service, logger, notation of the time) and a
message. For an *ordinary* record, which has no list, no error and nothing odd about its bytes, the answer of a
rule follows from the head, or from the head and the message, unless values matter; those are looked at here by one
search for anything suspicious. Every other record takes the slow road through all rules. Changes no verdict (tested:
fast equals slow).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logview.record import TimeKind
from logview.standard.keys import CORE_KEYS, ERROR_KEYS, is_error_key, names_an_id, snake
from logview.standard.mask import is_sensitive_key
from logview.standard.rules.correlation import PLACEHOLDERS
from logview.standard.rules.framing import TooLarge
from logview.standard.rules.privacy import PAYLOAD_KEYS, sensitive_names
from logview.standard.rules.timestamp import YEAR_2001_NS
from logview.standard.template import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from logview.record import Record
    from logview.standard.model import Options
    from logview.standard.program import Program
    from logview.standard.rules.registry import Entry
    from logview.standard.rules.seen import Seen

    Checks = tuple[tuple[Entry, Options], ...]
    Judge = Callable[["Seen", "Checks"], Checks]

MAX_HEADS = 1_024
MAX_ERROR_HEADS = 512
"""Heads of records with an error: what the error says is part of the head."""
MAX_MESSAGES = 4_096
SAMPLE = 100
"""Records of each kind whose values are compared across services."""

_ERRORS = frozenset(ERROR_KEYS)
_NESTED = frozenset({dict, list})
MAX_DEPTH = 4
"""Objects nested deeper are looked at by all rules."""
_DECIDING = frozenset((*ERROR_KEYS, "frames", "record", "log", "args"))
"""Keys whose values decide something; `_TELLING`: inside objects."""
_TELLING = _DECIDING.union(PAYLOAD_KEYS)
BIG = 3 * 10**12
"""Integers from here on may be card numbers (13 digits, first digit 3–6)."""
_VALUE_START = frozenset("-0123456789tfnTFN")
_DIGITS = re.compile(r"(?<![\w.*-])[3-6]\d{3}[ -]?\d{4}[ -]?\d{2}")
"""How every card number begins."""


def is_suspicious(text: str) -> bool:
    """Whether a text must be looked at by the rules LV005 and LV602–LV608: a superset of what they find in one text.

    Plain `in` tests: ten times as fast as one regular expression with as many alternatives.
    """
    if "@" in text or "\x1b" in text or "└" in text or ("=" in text and ("?" in text or "&" in text)):
        return True
    # The shortest of the other forms has 13 characters (a card number).
    return len(text) > 12 and (
        "eyJ" in text or "AKIA" in text or "ASIA" in text or "xox" in text
        or "_live_" in text or "AIza" in text or "npm_" in text or "PRIVATE KEY" in text
        or ("gh" in text and ("ghp_" in text or "gho_" in text or "ghu_" in text or "ghs_" in text or "ghr_" in text
                              or "github_pat_" in text))
        or "earer " in text or "asic " in text or "EARER " in text or "ASIC " in text
        or _DIGITS.search(text) is not None
    )  # fmt: skip


class Kind:
    """Ordinary records of one head and one template: how many came since they were last counted."""

    __slots__ = ("has_error", "has_hole", "pending", "sampled", "seen", "template")

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.template = seen.template
        self.has_hole = HOLE in seen.template
        self.has_error = error_part(seen.record) is not None
        self.pending = 0
        self.sampled = 1


class Told:
    """What is known of one message under one head."""

    __slots__ = ("checks", "head", "kind")

    def __init__(self, head: Head, checks: Checks, kind: Kind) -> None:
        self.head = head
        self.checks = checks
        """The rules that must be run for each such record."""
        self.kind = kind


class Head:
    """What is known of the ordinary records of one head."""

    def __init__(self, seen: Seen, program: Program, judge: Judge) -> None:
        data = seen.data
        lifted = {seen.record.time.key, seen.record.level_key, seen.record.message_key, seen.record.service_from}
        # An error is the same in all records of the head.
        lifted.update(key for key in data if is_error_key(key))
        texts = tuple(k for k, v in data.items() if type(v) is str and k not in lifted)
        self.texts = texts
        self.user_texts = frozenset(
            k
            for k in texts
            if k in seen.user_fields and not names_an_id(k) and k not in CORE_KEYS and not snake(k).endswith("version")
        )
        self.ids = frozenset(k for k in texts if seen.id_keys.concept_of(k) is not None)
        self.numbers = tuple(k for k, v in data.items() if type(v) in (int, float) and k not in lifted)
        self.objects = tuple(k for k, v in data.items() if type(v) in _NESTED and k not in lifted)
        self.is_epoch = seen.own_time is TimeKind.EPOCH_MS
        self.kinds: dict[str, Kind] = {}
        self.messages: dict[str | None, Told | None] = {}
        always = []
        fixed = []
        by_message = []
        for entry, options in program.checks:
            if entry.needs == "arrival":
                continue
            if entry.needs == "values" or (entry.varies is not None and entry.varies(seen)):
                always.append((entry, options))
            elif entry.needs == "message":
                by_message.append((entry, options))
            else:
                fixed.append((entry, options))
        self._by_message: Checks = tuple(by_message)
        # What a rule of the head reports "once" is reported by the first record already.
        broken = tuple(one for one in judge(seen, tuple(fixed)) if not one[0].rule.once)
        self._always: Checks = (*always, *broken)

    def told(self, seen: Seen, judge: Judge) -> Told | None:
        """What is known of the record's message; None when its text must be looked at each time."""
        message = seen.record.message
        if message in self.messages:
            return self.messages[message]
        made = self._tell(seen, judge)
        if len(self.messages) >= MAX_MESSAGES:
            self.messages.clear()
        self.messages[message] = made
        return made

    def _tell(self, seen: Seen, judge: Judge) -> Told | None:
        if is_suspicious(seen.message):
            return None
        kind = self.kinds.get(seen.template)
        if kind is None:
            kind = self.kinds[seen.template] = Kind(seen)
        broken = judge(seen, self._by_message)
        return Told(self, (*self._always, *broken), kind)

    def has_odd_value(self, record: Record) -> bool:
        """Whether a value may matter to a rule: then the record takes the slow road."""
        data = record.data or {}
        for key in self.texts:
            if is_suspicious(data[key]):
                return True
        for key in self.numbers:
            if data[key] >= BIG:
                return True
        for key in self.objects:
            if _is_odd(data[key]):
                return True
        ns = record.time.ns
        if self.is_epoch and ns is not None and not YEAR_2001_NS <= ns <= self.latest_ns:
            return True
        return self.has_odd_field(data)

    def has_odd_field(self, data: dict[str, Any]) -> bool:
        """Whether an id only looks like one, or a field may be a number or boolean as text."""
        for key in self.ids:
            if data[key] in PLACEHOLDERS:
                return True
        for key in self.user_texts:
            text = data[key]
            if text[:1] in _VALUE_START and _is_value(text):
                return True
        return False

    latest_ns = 0
    """Epoch times after this need the rule's own clock."""


_VALUE = re.compile(r"(?:true|false|nan|-?\d[\d.]*(?:e[+-]?\d+)?)", re.IGNORECASE)


def _is_value(text: str) -> bool:
    return len(text) <= 24 and _VALUE.fullmatch(text) is not None


def is_plain_sailing(record: Record) -> bool:
    """Whether a record stands in one piece and nothing is odd about its bytes."""
    if record.marks or record.more or record.format == "plain":
        return False
    return type(record.level_written) not in _NESTED


def is_flat(seen: Seen) -> bool:
    """Whether a record, by its keys and types, has no lists of objects and no nested secret beside its error."""
    record = seen.record
    data = record.data
    if data is None:
        return not record.is_json
    if not record.is_json:
        return False
    others = data
    if any(map(is_error_key, data)):
        if error_part(record) is None:
            return False
        others = {key: value for key, value in data.items() if not is_error_key(key)}
    if _NESTED.isdisjoint(map(type, others.values())):
        return True
    if not _DECIDING.isdisjoint(others):
        return False
    return all(
        _is_simple(value, seen, MAX_DEPTH) if type(value) is dict else _is_simple_list(value)
        for value in others.values()
        if type(value) in _NESTED
    )


def error_part(record: Record) -> Hashable:
    """What a record says of an error, all of it: objects, texts, the lines below. None: nothing."""
    data = record.data
    if record.error is None and not record.rest and (data is None or _ERRORS.isdisjoint(data)):
        return None
    said = () if data is None else tuple((key, repr(value)) for key, value in data.items() if is_error_key(key))
    return record.rest, said


def _is_simple(inner: dict[str, Any], seen: Seen, depth: int) -> bool:
    """Whether, of an object in a record, the keys and types say all but what `_is_odd` looks at."""
    if not inner or not depth or not _TELLING.isdisjoint(inner):
        return False
    names = sensitive_names(seen)
    for key, value in inner.items():
        if is_sensitive_key(key, names) or key.startswith(("error.", "exception.")):
            return False
        if type(value) is list and not _is_simple_list(value):
            return False
        if type(value) is dict and not _is_simple(value, seen, depth - 1):
            return False
    return True


def _is_simple_list(values: list[Any]) -> bool:
    """Whether of a list, too, all but that is said by how long it is and of what types."""
    return _NESTED.isdisjoint(map(type, values))


def _is_odd(inner: dict[str, Any] | list[Any]) -> bool:
    """Whether a value in an object or list may matter to a rule."""
    value: Any
    for value in inner.values() if isinstance(inner, dict) else inner:
        kind = type(value)
        if kind is str:
            if value in PLACEHOLDERS or not value or is_suspicious(value):
                return True
        elif kind in _NESTED:
            if _is_odd(value):
                return True
        elif kind in (int, float) and value >= BIG:
            return True
    return False


def _shape(data: dict[str, Any]) -> tuple[Any, ...]:
    """Keys and types, those inside of objects and lists included."""
    types = tuple(map(type, data.values()))
    if _NESTED.isdisjoint(types):
        return tuple(data), types
    return tuple(data), types, tuple(_inside(value) for value in data.values() if type(value) in _NESTED)


def _inside(value: dict[str, Any] | list[Any]) -> Hashable:
    return _shape(value) if isinstance(value, dict) else frozenset(map(type, value))


def head_key(record: Record) -> Hashable:
    """What the head of an ordinary record is: equal keys are judged the same but for message and values."""
    time, wrapper = record.time, record.wrapper
    data = record.data
    shape: tuple[Any, ...]
    if data is not None:
        shape = _shape(data)
    else:
        # Layouts of one decoder differ by what stands in front of the message.
        before = len(record.first) - len(record.message or "")
        shape = (record.layout, before)
    return (
        record.format, shape, record.level_written, record.level, record.service, record.logger, time.kind, time.key,
        time.offset_s, time.digits, record.message is None, record.message_key, bool(record.function),
        record.time_from_wrapper, None if wrapper is None else wrapper.name, record.job_id is None,
        record.trace_id is None, error_part(record),
    )  # fmt: skip


def max_bytes_of(program: Program) -> int:
    """Bytes of a record from which LV007 looks at it."""
    limit = program.settings.get("LV007")
    options = limit.options if limit is not None else None
    return options.max_bytes if isinstance(options, TooLarge) else TooLarge().max_bytes


class Heads:
    """The heads of one stream."""

    def __init__(self, program: Program, judge: Judge, latest_ns: int) -> None:
        self._program = program
        self._judge = judge
        self._heads: dict[Hashable, Head | None] = {}
        """None: records of this head are not ordinary."""
        self._errors: set[Hashable] = set()
        """Heads of records with an error that came once."""
        self._error_heads = 0
        self._latest_ns = latest_ns
        self._max_bytes = max_bytes_of(program)

    def told(self, seen: Seen) -> Told | None:
        """What is known of records like this one; None: take the slow road."""
        record = seen.record
        if record.size > self._max_bytes or not is_plain_sailing(record):
            return None
        key = head_key(record)
        if key not in self._heads:
            if self._has_room(key, record):
                self._heads[key] = self._made(seen)
            # The first of its head is reported by all rules, also by those that report once.
            return None
        head = self._heads[key]
        if head is None:
            return None
        told = head.told(seen, self._judge)
        if told is None or (record.data is None and is_suspicious(record.first)) or head.has_odd_value(record):
            return None
        return told

    def _has_room(self, key: Hashable, record: Record) -> bool:
        """Whether a head is to be remembered: of errors, which may be all different, only those that come back."""
        if error_part(record) is None:
            return len(self._heads) < MAX_HEADS
        if key in self._errors:
            self._errors.discard(key)
            self._error_heads += 1
            return True
        if self._error_heads + len(self._errors) < MAX_ERROR_HEADS:
            self._errors.add(key)
        return False

    def _made(self, seen: Seen) -> Head | None:
        if not is_flat(seen):
            return None
        head = Head(seen, self._program, self._judge)
        head.latest_ns = self._latest_ns
        return head

    def pending(self) -> list[Kind]:
        """The kinds with records that were not counted yet."""
        return [
            kind for head in self._heads.values() if head is not None for kind in head.kinds.values() if kind.pending
        ]
