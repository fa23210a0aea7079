"""The index of a large file kept between two runs: what a scan found, for as long as the file is the same or has grown.

A kept index holds a file's columns up to a line that surely begins a record. It is used only where a reader that
starts there afresh reads on as the scan did: no wrapper, no second stream in the file. Everything in it can be found
again, so whatever is wrong with one (another version, another configuration, a damaged or rewritten file) means that
the file is scanned. Verdicts are not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
import zlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from logview import __version__
from logview.engine.cache import make_room
from logview.index.store import COLUMN_TYPES, DEAD, EARLY, HAS_TIME, NOTICE, ODD, OPAQUE, PENDING, SCATTERED, Batch
from logview.sources.stream import LogicalSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.decode.hints import Hints
    from logview.engine.feed import Feed
    from logview.index.store import Store

VERSION = 2
"""Of the form of these files and of what their columns mean."""
MAGIC = b"logview index\n"
LEAST_BYTES = 32 << 20
"""Smaller files are scanned about as fast as their index is read."""
GROWN = 1.1
"""An index is written anew when its file has grown by so much."""
SAMPLES = 32
SAMPLE_BYTES = 256
_HEAD_BYTES = 64 << 10
_KEPT = ("start", "size", "time", "level", "flags", "service")
_ROWS = 1 << 20
"""Rows read at a time."""


class Header(msgspec.Struct, frozen=True):
    """What stands before the columns.

    path       the file's path when it was scanned, for `logview cache`
    size       bytes of the file that the columns describe; the next record begins there
    signature  of these bytes
    crc        of the columns
    more       row → further runs of a record whose lines do not stand together
    """

    version: int
    program: str
    path: str
    size: int
    signature: str
    rows: int
    crc: int
    services: list[str]
    more: dict[int, list[tuple[int, int]]]


def name_of(feed: Feed) -> str | None:
    """The name of the file's index in the cache: by device, inode and how the file is read; None: it has none."""
    identity = feed.source.identity() if isinstance(feed.source, LogicalSource) else None
    if identity is None:
        return None
    return hashlib.blake2b(repr((identity, _reading(feed.hints))).encode(), digest_size=16).hexdigest() + ".index"


def _reading(hints: Hints) -> str:
    """Everything that decides what the same bytes say."""
    local = (time.tzname, time.timezone, time.altzone, os.environ.get("TZ"))
    return repr((VERSION, __version__, msgspec.json.encode(_plain(hints)), local))


def _plain(hints: Hints) -> list[str]:
    return [f"{one.name}={getattr(hints, one.name)!r}" for one in fields(hints) if one.name != "reference_ns"]


def recall(feed: Feed, store: Store, folder: str, number_of: Callable[[str], int]) -> bool:
    """Put what is kept of the feed's file into the store; False, and nothing is changed, when nothing fits."""
    name = name_of(feed)
    if name is None or feed.source.size() < LEAST_BYTES:
        return False
    path, first = os.path.join(folder, name), store.count
    try:
        with open(path, "rb") as file:
            header, at = _header(file.read(len(MAGIC) + 8), file.read)
            if not _fits(header, feed) or not _is_whole(file.fileno(), at, header):
                return False
            numbers = np.array([number_of(service) for service in header.services] or [0], np.uint16)
            for batch in _batches(file.fileno(), at, header.rows, numbers):
                store.append(feed.number, batch)
    except (OSError, ValueError, IndexError, msgspec.DecodeError):
        store.count = first
        return False
    if not feed.begin_at(header.size, feed.source.read(0, _HEAD_BYTES), int(store.time[store.count - 1])):
        store.count = first
        return False
    feed.records, feed.last_gid = header.rows, store.count - 1
    for row, runs in header.more.items():
        store.more[first + row] = tuple(runs)
    with contextlib.suppress(OSError):
        os.utime(path)
    return True


def keep(feed: Feed, store: Store, folder: str, names: list[str]) -> None:
    """Write the index of a file that was scanned to its end; does nothing where it could not be used."""
    name = name_of(feed)
    if name is None or feed.taken < LEAST_BYTES or not feed.is_plain:
        return
    flags = store.flags[: store.count]
    mine = np.flatnonzero((store.source[: store.count] == feed.number) & ((flags & (DEAD | EARLY | NOTICE)) == 0))
    sure = np.flatnonzero((flags[mine] & (HAS_TIME | ODD | OPAQUE | SCATTERED)) == HAS_TIME)
    if len(sure) < 2 or (np.diff(store.start[mine]) <= 0).any():
        return
    size, mine = int(store.start[mine[sure[-1]]]), mine[: sure[-1]]
    columns: list[Any] = [np.ascontiguousarray(getattr(store, column)[mine]) for column in _KEPT]
    crc = 0
    for column in columns:
        crc = zlib.crc32(column.view(np.uint8), crc)
    rows = {int(gid): row for row, gid in enumerate(mine)} if store.more else {}
    more = {rows[gid]: list(runs) for gid, runs in store.more.items() if gid in rows}
    header = Header(
        version=VERSION,
        program=__version__,
        path=os.path.abspath(feed.source.path or ""),
        size=size,
        signature=_signature(feed, size),
        rows=len(mine),
        crc=crc,
        services=names,
        more=more,
    )
    data = msgspec.json.encode(header)
    parts = [MAGIC, len(data).to_bytes(8, "little"), data, *(column.view(np.uint8) for column in columns)]
    _write(folder, name, parts)


def _write(folder: str, name: str, parts: list[Any]) -> None:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        make_room(folder, sum(len(part) for part in parts), but=name)
        descriptor, path = tempfile.mkstemp(dir=folder, suffix=".new")  # 0600
    except OSError:
        return
    try:
        with open(descriptor, "wb") as file:
            file.writelines(parts)
        os.replace(path, os.path.join(folder, name))
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)


def is_due(feed: Feed, folder: str) -> bool:
    """Whether the file has no index, or has grown much since."""
    name = name_of(feed)
    if name is None:
        return False
    found = header_of(os.path.join(folder, name))
    return found is None or feed.taken > found.size * GROWN


def header_of(path: str) -> Header | None:
    """What a kept index says of itself; None when it is none."""
    try:
        with open(path, "rb") as file:
            return _header(file.read(len(MAGIC) + 8), file.read)[0]
    except (OSError, ValueError, msgspec.DecodeError):
        return None


def _header(beginning: bytes, read: Callable[[int], bytes]) -> tuple[Header, int]:
    """(header, offset of the columns); ValueError or DecodeError where it is none."""
    size = int.from_bytes(beginning[len(MAGIC) :], "little")
    if not beginning.startswith(MAGIC) or size > 1 << 28:
        raise ValueError("not an index")
    return msgspec.json.decode(read(size), type=Header), len(beginning) + size


def _fits(header: Header, feed: Feed) -> bool:
    return (
        (header.version, header.program) == (VERSION, __version__)
        and 0 < header.size <= feed.source.size()
        and header.signature == _signature(feed, header.size)
    )


def _signature(feed: Feed, size: int) -> str:
    """Of a file's first `size` bytes: its head, its tail and samples between. Costs some ten reads."""
    found = hashlib.blake2b(digest_size=16)
    step = max((size - SAMPLE_BYTES) // (SAMPLES - 1), 0)
    places = {0, *(number * step for number in range(SAMPLES)), max(size - SAMPLE_BYTES, 0)}
    for place in sorted(places):
        found.update(feed.source.read(place, min(SAMPLE_BYTES, size - place)))
    return found.hexdigest()


def _row_bytes() -> int:
    return sum(np.dtype(COLUMN_TYPES[column]).itemsize for column in _KEPT)


def _is_whole(descriptor: int, at: int, header: Header) -> bool:
    if os.fstat(descriptor).st_size != at + header.rows * _row_bytes():
        return False
    crc, end = 0, at + header.rows * _row_bytes()
    while at < end:
        data = os.pread(descriptor, 1 << 20, at)
        crc, at = zlib.crc32(data, crc), at + len(data)
    return crc == header.crc


def _column(descriptor: int, at: int, rows: int, name: str, part: tuple[int, int]) -> Any:
    """Rows [first, end) of a column."""
    for column in _KEPT:
        kind = np.dtype(COLUMN_TYPES[column])
        if column == name:
            size, place = (part[1] - part[0]) * kind.itemsize, at + part[0] * kind.itemsize
            return np.frombuffer(os.pread(descriptor, size, place), kind)
        at += rows * kind.itemsize
    raise ValueError(name)


def _batches(descriptor: int, at: int, rows: int, numbers: Any) -> Iterator[Batch]:
    for first in range(0, rows, _ROWS):
        part = (first, min(first + _ROWS, rows))
        columns = {name: _column(descriptor, at, rows, name, part) for name in _KEPT}
        columns["service"] = numbers[columns["service"]]
        yield Batch(**columns, verdict=np.full(part[1] - part[0], PENDING, np.uint16))
