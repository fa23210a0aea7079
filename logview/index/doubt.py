"""What in a line may contradict its head: other keys that tell a level, a time or a service, found by one search.

A head says what a line's first bytes mean as long as nothing further on means more: a second `"level"`, a
`"levelname"` that makes a number Python's, a service named later. Which keys those are follows from which keys the
head was read from (`decode/shape.py` holds their order). Keys that do stand behind a head and change nothing are found
out by trial: the decoder is asked about the same object without them.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import hyperscan

from logview.decode import envelope
from logview.decode.shape import FAMILY_KEYS, LEVEL_KEYS, SERVICE_KEYS, TIME_KEYS, UNFOLDED_KEYS
from logview.decode.unfold import UNFOLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logview.record import Record

GOOGLE = "logging.googleapis.com/"
SPELLED = r"\\u00[2-7]"
ANY = "\\"
"""Stands for a key that a letter spelled by its number may be part of."""
_PREFIX = 7
"""Letters of a key that are searched for: fewer make the search slower, more do not make it faster."""
TEXT_KEYS = frozenset((*SERVICE_KEYS, *UNFOLDED_KEYS, "name", "fields"))
"""Keys in a text line's pairs or trailing object that may name its service."""
_TRIED_WHOLE = 4
"""Of so many keys every choice is tried; of more, all choices that leave out, or leave, at most two."""
_SPOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:')
_MOST_DATABASES = 16
Compiled = tuple[hyperscan.Database, list[int]]
_databases: dict[tuple[frozenset[str], bool], Compiled] = {}
_compiling = threading.Lock()
_local = threading.local()


def contrary_keys(record: Record, *, is_named: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Keys that may change what a JSON line with the level and time of `record` says: by value, by mere presence.

    is_named  the service is known whatever stands in the line
    """
    time_key, level_key, service_key = record.time.key or "", record.level_key or "", record.service_from or ""
    found = {time_key, level_key, *_before(TIME_KEYS, time_key), *_before(LEVEL_KEYS, level_key)}
    found |= envelope.KEYS | UNFOLDED_KEYS
    if not is_named:
        found |= {service_key.removesuffix(".name"), service_key, *_before(SERVICE_KEYS, service_key)} - {""}
    by_name = not is_named and (service_key == "name" or record.service is None)
    by_number = not isinstance(record.level_written, str) or record.level_written.isdecimal()
    presence = FAMILY_KEYS | {GOOGLE} if by_name or by_number else frozenset(("target", "fields"))
    return frozenset(found), presence - found


def _before(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    """The keys that are asked before `key`, and it."""
    return keys[: keys.index(key) + 1] if key in keys else keys


def keys_in(line: bytes) -> set[str]:
    """Everything that looks like a key in a JSON line, at any depth."""
    return {found[1].decode("ascii", "replace") for found in _SPOKEN.finditer(line)}


def harmless(data: dict[str, Any], members: dict[str, Any], *, spaced: bool, is_same: Callable[[bytes], bool]) -> bool:
    """Whether an object says the same whichever of some members it has.

    members  whose presence, not value, may have a say
    spaced   it is written with a blank behind colons
    is_same  whether the decoder says of a line what was said of this one
    """
    data = {**data, **members}
    separators = (", ", ": ") if spaced else (",", ":")
    for left_out in _choices(sorted(members)):
        mutant = {f"~{key}" if key in left_out else key: value for key, value in data.items()}
        if not is_same(json.dumps(mutant, separators=separators).encode("utf-8", "surrogatepass")):
            return False
    return True


def _choices(keys: list[str]) -> Iterator[frozenset[str]]:
    whole = frozenset(keys)
    for size in range(len(keys) + 1):
        if len(keys) <= _TRIED_WHOLE or size <= 2:
            yield from map(frozenset, itertools.combinations(keys, size))
        elif size >= len(keys) - 2:
            yield from (whole - set(kept) for kept in itertools.combinations(keys, len(keys) - size))


def is_unfolded(record: Record) -> bool:
    """Whether the record's parts came out of an object inside it."""
    return record.format in UNFOLD


class Hit(NamedTuple):
    """Where something may contradict a head.

    place    offset in the block
    key      of a JSON line; "" where only text lines mean it, `ANY` where it may be any key
    """

    place: int
    key: str


class Search:
    """One search for the keys that may contradict some heads. Any thread may ask, several at once."""

    def __init__(self, keys: Iterable[str], *, in_text: bool) -> None:
        """keys: of JSON lines; in_text: whether text lines are to be searched as well."""
        self._keys = frozenset(keys)
        self._in_text = in_text
        named = "|".join(re.escape(key) for key in sorted(self._keys - {GOOGLE}))
        self._key = re.compile(rf'"(?:({named})"\s*:|{re.escape(GOOGLE)})'.encode())

    def hits(self, block: Any, data: bytes) -> list[Hit]:
        """What is found in a block; `data`: its bytes, of which the block is a copy with parts blanked out."""
        found: list[tuple[int, int]] = []

        def take(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((number, end))

        (database, sizes), scratch = self._database()
        database.scan(block, match_event_handler=take, scratch=scratch)
        hits = []
        for number, end in found:
            if number == _SPELLED:
                hits.append(Hit(end - 1, ANY))
            elif number == _TEXT:
                hits.append(Hit(end - 1, ""))
            else:
                key = self._key.match(data, end - sizes[number])
                if key is not None:
                    hits.append(Hit(key.start(), GOOGLE if key[1] is None else key[1].decode()))
        return hits

    def _database(self) -> tuple[Compiled, hyperscan.Scratch]:
        """Compiled once for all threads, which takes 12 ms; a scratch space must not be shared by two scans at once."""
        key = (self._keys, self._in_text)
        with _compiling:
            if key not in _databases:
                if len(_databases) >= _MOST_DATABASES:
                    _databases.clear()
                _databases[key] = _compiled(*key)
            compiled = _databases[key]
        mine: dict[tuple[frozenset[str], bool], tuple[Compiled, hyperscan.Scratch]]
        mine = _local.__dict__.setdefault("scratches", {})
        if key not in mine or mine[key][0] is not compiled:
            if len(mine) >= _MOST_DATABASES:
                mine.clear()
            mine[key] = compiled, compiled[0].scratch.clone()
        return mine[key]


_SPELLED, _TEXT = 0, 1


def _compiled(keys: frozenset[str], in_text: bool) -> Compiled:
    """(the search, bytes of each of its patterns)."""
    begins = sorted({f'"{key[:_PREFIX]}' if len(key) > _PREFIX else f'"{key}"' for key in keys})
    texts = "|".join(re.escape(key) for key in sorted(TEXT_KEYS))
    # The sign before a key halves the work: quotes stand behind texts as well.
    patterns = [SPELLED, rf"\b(?:{texts})(?:=|[\"']\s*:)", *(r"[,{ \t]" + re.escape(one) for one in begins)]
    if not in_text:
        del patterns[_TEXT]
    numbers = [number for number in range(len(begins) + 2) if in_text or number != _TEXT]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode() for pattern in patterns],
        ids=numbers,
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(patterns),
    )
    return database, [0, 0, *map(len, begins)]
