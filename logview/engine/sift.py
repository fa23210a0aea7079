"""Which of many records pass a query: columns by mask, bytes by hyperscan, and only what is left decoded."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

import hyperscan
import numpy as np

from logview.index.scan import RECORD_LIMIT
from logview.index.store import HAS_TIME, NOTICE, ODD, OPAQUE, SCATTERED, Store
from logview.query.match import compiled
from logview.query.plan import Found, Rows, plan
from logview.record import Level, Record, Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from logview.engine.feed import Feed
    from logview.engine.verdicts import Verdicts
    from logview.query.literals import ByteTerm
    from logview.query.model import Query

    Mask = NDArray[np.bool_]
    Where = slice | NDArray[np.uint32]

FEW = 64
"""So few records are decoded without a scan."""
BLOCK = 1 << 20
"""Bytes scanned at a time: what is read stays in the processor's cache until it is scanned."""
NEAR = 64 << 10
"""Bytes between two records up to which both are read at once: reading them takes as long as asking once more."""
ASKED = 512
"""Records whose bytes are held while they are asked."""
HITS = 200_000
"""More hits in a block than this say nothing: then every record of it is asked."""
_UNSURE = ODD | OPAQUE | SCATTERED | NOTICE
_local = threading.local()


class Holder(Protocol):
    """What a sieve asks of whoever holds the records: the engine, or a collection that is printed."""

    store: Store
    verdicts: Verdicts
    feeds: dict[int, Feed]

    @property
    def service_names(self) -> list[str]:
        """Names by service number."""

    def record_of(self, gid: int, *, remember: bool = True, raw: bytes | None = None) -> Record:
        """The record, decoded."""

    def raw(self, gid: int) -> bytes:
        """Its bytes."""


class Sieve:
    """One query, ready to be asked of many records; safe from several threads at once."""

    def __init__(self, engine: Holder, query: Query) -> None:
        self._engine = engine
        self._test = compiled(query)
        self.plan = plan(query)

    def passes(self, gids: NDArray[np.uint32], cancelled: Callable[[], bool]) -> Mask:
        """Which of the records pass; when cancelled, the rest counts as not passing.

        gids  any, ascending
        """
        passed, unsure = self.split(gids, cancelled)
        for low in range(0, len(unsure), ASKED):
            asked = unsure[low : low + ASKED]
            for index, raw in zip(asked.tolist(), raws(self._engine, gids[asked]), strict=True):
                if cancelled():
                    return passed
                passed[index] = self.ask(int(gids[index]), raw)
        return passed

    def split(self, gids: NDArray[np.uint32], cancelled: Callable[[], bool]) -> tuple[Mask, NDArray[np.intp]]:
        """(which of the records surely pass, indices of those that have to be asked)."""
        rows = self._rows(gids)
        answer = self.plan.by_columns(rows)
        unsure = np.flatnonzero(answer.possible & ~answer.yes)
        if len(unsure) > FEW and self.plan.terms:
            answer = self.plan.by_bytes(rows, self._found(gids, unsure, cancelled))
            unsure = np.flatnonzero(answer.possible & ~answer.yes)
        return answer.yes.copy(), unsure

    def _rows(self, gids: NDArray[np.uint32]) -> Rows:
        engine, store, where = self._engine, self._engine.store, at(gids)
        return Rows(
            time=store.time[where],
            has_time=(store.flags[where] & HAS_TIME) != 0,
            level=store.level[where],
            service=store.service[where],
            verdict=store.verdict[where],
            services=engine.service_names,
            codes=engine.verdicts.codes_of,
        )

    # -- records

    def ask(self, gid: int, raw: bytes | None = None) -> bool:
        """Whether a record passes, by itself; raw: its bytes, when they are at hand."""
        engine, store = self._engine, self._engine.store
        codes = engine.verdicts.codes_of(int(store.verdict[gid]))
        record = None
        if self.plan.by_text:
            record = self._text_only(gid, raw)
        elif self.plan.by_object:
            record = self._object_only(gid, raw)
        if record is None:
            record = engine.record_of(gid, remember=False, raw=raw)
        return self._test(record, engine.service_names[int(store.service[gid])], codes)

    def _text_only(self, gid: int, raw: bytes | None) -> Record | None:
        """A record with nothing but what columns and bytes say; None where the bytes are not the text."""
        store = self._engine.store
        if store.flags[gid] & _UNSURE or store.size[gid] > RECORD_LIMIT:
            return None
        raw = self._engine.raw(gid) if raw is None else raw
        return self._of_columns(gid, first=raw.decode("utf-8", "replace").removesuffix("\n"), data=None)

    def _object_only(self, gid: int, raw: bytes | None) -> Record | None:
        """A JSON record with nothing but its object and what columns say; None where it is no ordinary one."""
        store = self._engine.store
        if store.flags[gid] & _UNSURE or store.size[gid] > RECORD_LIMIT:
            return None
        raw = self._engine.raw(gid) if raw is None else raw
        near_ns = int(store.time[gid]) if store.flags[gid] & HAS_TIME else None
        glance = self._engine.feeds[int(store.source[gid])].glance(raw, near_ns)
        return None if glance is None or glance.way.has_error else self._of_columns(gid, first="", data=glance.data)

    def _of_columns(self, gid: int, *, first: str, data: dict[str, Any] | None) -> Record:
        store = self._engine.store
        level, has_time = int(store.level[gid]), store.flags[gid] & HAS_TIME
        return Record(
            first=first,
            data=data,
            level=Level(level) if level else None,
            time=Time(int(store.time[gid]) if has_time else None, TimeKind.NONE),
        )

    # -- bytes

    def _found(self, gids: NDArray[np.uint32], unsure: NDArray[np.intp], cancelled: Callable[[], bool]) -> list[Found]:
        """Where each of the plan's patterns stands, looked for where the question is still open."""
        store, terms, all_of_them = self._engine.store, self.plan.terms, at(gids)
        flags = store.flags[all_of_them]
        # A pattern of the user's own may ask for the text's beginning, which in an odd record is not the line's.
        whole = ((flags & _UNSURE) == 0) & (store.size[all_of_them] <= RECORD_LIMIT)
        found = [Found((flags & (_UNSURE if term.wide else _UNSURE & ~ODD)) != 0, whole & term.sure) for term in terms]
        scanner = _scanner(terms)
        for source, mine in by_source(store, gids, unsure):
            for part, where in blocks(store, gids, mine):
                if cancelled():
                    break
                self._scan(source, where, part, found, scanner)
        return found

    def _scan(self, source: int, where: Where, part: NDArray[np.intp], found: list[Found], scanner: Scanner) -> None:
        """Look through the bytes of records that stand close together, by start; `part`: which of the rows they are."""
        store = self._engine.store
        starts, sizes = store.start[where], store.size[where]
        base = int(starts[0])
        data = self._engine.feeds[source].source.read(base, int(starts[-1]) + int(sizes[-1]) - base)
        if data[-1:] != b"\n":
            data += b"\n"
        for one, places in zip(found, scanner.places(data), strict=True):
            if places is None:
                # Bytes that are no UTF-8, or far too many hits: each record is asked.
                one.possible[part], one.sure[part] = True, False
                continue
            if not len(places):
                continue
            rows = np.searchsorted(starts, places + (base - 1), side="right") - 1
            rows = rows[(rows >= 0) & (places + (base - 1) < starts[rows] + sizes[rows])]
            one.possible[part[rows]] = True


def raws(holder: Holder, gids: NDArray[np.uint32]) -> list[bytes | None]:
    """The bytes of records of one run, read a block at a time; None for the others."""
    store = holder.store
    found: list[bytes | None] = [None] * len(gids)
    plain = ((store.flags[gids] & (SCATTERED | NOTICE)) == 0) & (store.size[gids] <= RECORD_LIMIT)
    for number, rows in by_source(store, gids, np.flatnonzero(plain)):
        source = holder.feeds[number].source
        for part, where in blocks(store, gids, rows, gap=NEAR):
            starts, sizes = store.start[where], store.size[where]
            base = int(starts[0])
            data = source.read(base, int(starts[-1]) + int(sizes[-1]) - base)
            ends = (starts - base + sizes).tolist()
            for index, start, end in zip(part.tolist(), (starts - base).tolist(), ends, strict=True):
                found[index] = data[start:end]
    return found


def at(gids: NDArray[np.uint32], rows: NDArray[np.intp] | None = None) -> Where:
    """Where in the columns some records stand; where they stand together, looking there copies nothing.

    rows  which of `gids`; None: all
    """
    if rows is not None:
        gids = gids[rows[0] : rows[-1] + 1] if _are_together(rows) else gids[rows]
    return slice(int(gids[0]), int(gids[-1]) + 1) if _are_together(gids) else gids


def _are_together(numbers: NDArray[np.uint32] | NDArray[np.intp]) -> bool:
    """Whether each number is the one after that before it."""
    if not len(numbers) or int(numbers[-1]) - int(numbers[0]) != len(numbers) - 1:
        return False
    return bool((numbers[1:] > numbers[:-1]).all())


def by_source(store: Store, gids: NDArray[np.uint32], rows: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """`rows` by the source their records are from."""
    if not len(rows):
        return
    sources = store.source[at(gids, rows)]
    first, last = int(sources.min()), int(sources.max())
    if first == last:
        yield first, rows
        return
    for source in np.flatnonzero(np.bincount(sources)).tolist():
        yield source, rows[sources == source]


def blocks(
    store: Store, gids: NDArray[np.uint32], rows: NDArray[np.intp], gap: int = BLOCK
) -> Iterator[tuple[NDArray[np.intp], Where]]:
    """`rows` (of one source), by start, in parts whose bytes stand close together, each about a block long.

    gap     bytes between records that are not worth reading
    return  rows, and where in the columns they stand
    """
    where = at(gids, rows)
    starts, sizes = store.start[where], store.size[where]
    if len(starts) > 1 and (starts[1:] < starts[:-1]).any():
        order = np.argsort(starts, kind="stable")
        rows, starts, sizes = rows[order], starts[order], sizes[order]
        where = gids[rows]
    ends = starts + sizes
    first = 0
    while first < len(rows):
        last = int(np.searchsorted(ends, starts[first] + BLOCK, side="right"))
        last = max(last, first + 1)
        if gap < BLOCK:
            gaps = np.flatnonzero(starts[first + 1 : last] - ends[first : last - 1] > gap)
            if len(gaps):
                last = first + 1 + int(gaps[0])
        part = slice(where.start + first, where.start + last) if isinstance(where, slice) else where[first:last]
        yield rows[first:last], part
        first = last


class Scanner:
    """Patterns compiled for one thread: hyperscan's scratch space is not to be shared."""

    def __init__(self, terms: Sequence[ByteTerm]) -> None:
        self._terms = terms
        patterns = dict.fromkeys(pattern for term in terms for pattern in term.patterns)
        self._bytes = {pattern: _compiled(pattern, 0) for pattern in patterns}
        wide = dict.fromkeys(pattern for term in terms if term.wide for pattern in term.patterns)
        self._utf8 = {pattern: _compiled(pattern, hyperscan.HS_FLAG_UTF8) for pattern in wide}

    def places(self, data: bytes) -> list[NDArray[np.int64] | None]:
        """For each term the ends of its matches; None: cannot be told, every record may have one."""
        by_text = bool(self._utf8) and not data.isascii()
        is_utf8 = not by_text or _is_utf8(data)
        plain: dict[bytes, NDArray[np.int64] | None] = {}
        found: list[NDArray[np.int64] | None] = []
        for term in self._terms:
            parts = []
            for pattern in term.patterns:
                if term.wide and by_text:
                    parts.append(_ends(self._utf8[pattern], data) if is_utf8 else None)
                    continue
                if pattern not in plain:
                    plain[pattern] = _ends(self._bytes[pattern], data)
                parts.append(plain[pattern])
            told = [part for part in parts if part is not None]
            found.append(None if len(told) < len(parts) else told[0] if len(told) == 1 else np.concatenate(told))
        return found


def _scanner(terms: tuple[ByteTerm, ...]) -> Scanner:
    cache: dict[tuple[ByteTerm, ...], Scanner] = _local.__dict__.setdefault("scanners", {})
    if terms not in cache:
        if len(cache) > 16:
            cache.clear()
        cache[terms] = Scanner(terms)
    return cache[terms]


def _compiled(pattern: bytes, flags: int) -> hyperscan.Database | None:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=[pattern], flags=flags)
    except hyperscan.error:
        # It matches the empty text, or is too much for one automaton.
        return None
    return database


def _ends(database: hyperscan.Database | None, data: bytes) -> NDArray[np.int64] | None:
    if database is None:
        return None
    ends: list[int] = []
    add = ends.append

    def found(_id: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
        add(end)
        return True if len(ends) > HITS else None

    try:
        database.scan(data, match_event_handler=found)
    except hyperscan.ScanTerminated:
        return None
    return np.array(ends, np.int64)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
