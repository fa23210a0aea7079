"""The slow, obvious answers that every fast plan is held against: decode everything, ask `matches`."""

from __future__ import annotations

import itertools
import random
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from logview.decode import Hints, decode_bytes
from logview.engine.naming import default_service, service_of
from logview.query import matches

if TYPE_CHECKING:
    from logview.query import Query
    from logview.record import Record
    from logview.sources import Notice

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "formats").glob("*.log"))
HINTS = Hints(zone=UTC)


class Bytes:
    """A source of given bytes; `size` may lag behind, as in a file that grows."""

    def __init__(self, data: bytes, name: str = "some.log") -> None:
        self.data = data
        self.name = name
        self.path: str | None = name
        self.notices: list[Notice] = []

    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]

    def close(self) -> None:
        pass


@lru_cache(maxsize=4)
def records(data: bytes) -> dict[int, Record]:
    """Offset → record, all of them."""
    return {record.offset: record for record in decode_bytes(data, HINTS)}


def runs_of(record: Record) -> tuple[tuple[int, int], ...]:
    """All runs of a record's bytes."""
    return ((record.offset, record.size), *record.more)


@lru_cache(maxsize=256)
def passing(data: bytes, query: Query, name: str = "some.log") -> list[int]:
    """Offsets of the records that pass."""
    default = default_service(Bytes(data, name), HINTS)
    return sorted(
        offset
        for offset, record in records(data).items()
        if matches(query, record, service=service_of(record, HINTS, default), rules=())
    )


def cuts(size: int, pieces: int, seed: int) -> list[tuple[int, int]]:
    """[0, size) in random pieces, as a follower might see a file grow."""
    chance = random.Random(seed)
    places = sorted({0, size, *(chance.randrange(size + 1) for _ in range(pieces))})
    return list(itertools.pairwise(places))


def mangled(data: bytes, seed: int) -> bytes:
    """The bytes with some lines cut, doubled, swapped and some bytes flipped."""
    chance = random.Random(seed)
    lines = data.split(b"\n")
    for _ in range(max(len(lines) // 4, 1)):
        at = chance.randrange(len(lines))
        line = bytearray(lines[at])
        kind = chance.randrange(5)
        if kind == 0 and line:
            lines[at] = bytes(line[: chance.randrange(len(line))])
        elif kind == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif kind == 2 and line:
            line[chance.randrange(len(line))] = chance.randrange(256)
            lines[at] = bytes(line)
        elif kind == 3:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = bytes(line).replace(b'"level"', b'"level":10,"level"', 1)
    return b"\n".join(lines)
