"""One filtered look at the timeline: row number → record, growing while the engine indexes and follows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from logview.engine.facts import EMPTY_HISTOGRAM, Histogram, RowFacts, RowKey
from logview.engine.lack import Lack
from logview.index.store import DEAD, HAS_TIME, NOTICE, PENDING
from logview.index.timeline import Order, sorted_gids
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

    from logview.engine import Engine
    from logview.query import Query
    from logview.record import Record

_serials = itertools.count()
WORKERS = 2
"""Threads that test records at once."""
AHEAD = 4
"""Parts given to them at a time: who is done with one need not wait for the other."""
CHUNK = 1 << 16
"""Records looked at between two checks whether anybody still wants the answer."""
_WORST: dict[str | Query, int] = {"error": int(Level.ERROR), "warning": int(Level.WARN)}
COLUMN_CHUNK = 1 << 22
"""The same where columns alone answer: a few milliseconds."""
STEP = 1 << 18
"""Records asked at once: masks for more take longer to be given by the system than to be filled."""
_LEVELS: dict[int, Level | None] = {0: None, **{int(level): level for level in Level}}


def _never() -> bool:
    return False


class View:
    """The rows of one query. Read by the screen's thread, filled by the engine's; never blocks on either."""

    def __init__(self, engine: Engine, query: Query | None, muted: Collection[str], *, seen: int) -> None:
        self.query = query if query is not None and not query.matches_everything else None
        self.muted = frozenset(muted)
        self._sieve = engine.sieve(self.query) if self.query is not None else None
        self.closed = False
        self._lack = Lack(engine, self.query, self.muted) if self.query is not None else None
        self._engine = engine
        self._hits = Order(np.empty(0, np.uint32), 0)
        self._tail = self._hits.tail
        self.seen = seen
        """Place in the engine's log of changes."""
        self.serial = next(_serials)
        self._chunk = COLUMN_CHUNK if self._sieve is None or self._sieve.plan.by_columns_alone else CHUNK
        self._resort = False
        self._tested: tuple[int, int] | None = None
        """gids [low, high) that the filter has looked at; it starts with the newest and goes both ways."""

    def _is_closed(self) -> bool:
        return self.closed or self._engine.is_stopped

    @property
    def needs_verdicts(self) -> bool:
        """Whether rows change when verdicts do."""
        return self._sieve is not None and self._sieve.plan.needs_verdicts

    # -- what is there

    @property
    def is_filtered(self) -> bool:
        """Whether some records may be hidden."""
        return self.query is not None or bool(self.muted)

    @property
    def order(self) -> Order:
        """The rows at this moment."""
        return self._hits if self.is_filtered else self._engine.timeline.order

    @property
    def rows(self) -> int:
        """Rows now."""
        return self.order.rows

    @property
    def version(self) -> int:
        """Another number whenever rows were added, moved or changed."""
        order = self.order
        return order.rows + (order.epoch << 40) + self._engine.changes

    @property
    def complete(self) -> bool:
        """True when every record known so far has been looked at and nothing is being indexed."""
        engine = self._engine
        if not self.is_filtered or not engine.is_indexed:
            return engine.is_indexed
        order = engine.timeline.order
        return self._tested == (order.first, engine.store.count) and self._tail is order.tail

    @property
    def hidden_without_field(self) -> int:
        """Records in scope that lack the one field the query compares; 0 as long as nobody knows."""
        return 0 if self._lack is None else self._lack.count

    def look_for_lacking(self, cancelled: Callable[[], bool]) -> bool:
        """Count a part of what lacks the field, once all rows are there; True when the number has changed."""
        if self._lack is None or self.closed or not self.complete:
            return False
        order = self._engine.timeline.order
        return self._lack.advance(order.first, self._engine.store.count, lambda: self.closed or cancelled())

    def close(self) -> None:
        """The view is no longer wanted; its filter stops."""
        self.closed = True

    # -- one row

    def gid(self, row: int) -> int:
        """The record's number in the store; IndexError outside the rows."""
        order = self.order
        if not 0 <= row < order.rows:
            raise IndexError(row)
        return order.gid(row)

    def key(self, row: int) -> RowKey:
        """The identity of a row; keeps its meaning in every other view."""
        return self._engine.key_of(self.gid(row))

    def row_of(self, key: RowKey) -> int:
        """The row of a record, or of the nearest one after it; `rows` when everything stands before it."""
        return self.order.row_of(self._engine.store, (key.time_ns, key.source, key.offset, 0))

    def record(self, row: int) -> Record:
        """The row's record, read and decoded again; the last few thousand are remembered."""
        return self._engine.record_of(self.gid(row))

    def facts(self, row: int) -> RowFacts:
        """All that is drawn of a row, of one moment; asked one by one, each fact has to find the row again."""
        gid, engine = self.gid(row), self._engine
        store, verdicts = engine.store, engine.verdicts
        is_timed, verdict = store.flags[gid] & HAS_TIME, int(store.verdict[gid])
        return RowFacts(
            engine.record_of(gid),
            engine.service_name(int(store.service[gid])),
            int(store.time[gid]) if is_timed else None,
            None if is_timed else engine.arrived_ns(gid),
            verdicts.severity_of(verdict),
            verdicts.codes_of(verdict),
        )

    def looks(self, low: int, high: int) -> list[tuple[object, ...]]:
        """For each of the rows [low, high) what its looks depend on: another value when it must be drawn again."""
        store = self._engine.store
        gids = self.order.slice(low, high)
        columns = (store.time, store.size, store.level, store.service, store.verdict)
        looks = zip(gids.tolist(), *(column[gids].tolist() for column in columns), strict=True)
        return [(*look, store.more.get(look[0])) for look in looks] if store.more else list(looks)

    def show(self, low: int, high: int) -> None:
        """Rows [low, high) stand on the screen: they are judged first."""
        self._engine.show(self.order.slice(low, high))

    def raw(self, row: int) -> bytes:
        """The row's bytes exactly as they stand in its source; b"" for a notice."""
        return self._engine.raw(self.gid(row))

    def runs(self, row: int) -> tuple[tuple[int, int], ...]:
        """(start, size) of the row's lines in its source; others than before when it has gained lines."""
        return self._engine.store.runs(self.gid(row))

    def verdict(self, row: int) -> tuple[str, ...]:
        """Codes of the rules the row breaks."""
        return self._engine.verdicts.codes_of(int(self._engine.store.verdict[self.gid(row)]))

    def time_ns(self, row: int) -> int | None:
        """The row's time, ns since the epoch."""
        gid, store = self.gid(row), self._engine.store
        return int(store.time[gid]) if store.flags[gid] & HAS_TIME else None

    def arrived_ns(self, row: int) -> int | None:
        """About when a row without a time was seen arriving; None for rows that have one or were found."""
        return self._engine.arrived_ns(self.gid(row))

    def level(self, row: int) -> Level | None:
        """The row's level."""
        return _LEVELS[int(self._engine.store.level[self.gid(row)])]

    def service(self, row: int) -> str:
        """The row's service; never empty."""
        return self._engine.service_name(int(self._engine.store.service[self.gid(row)]))

    def is_notice(self, row: int) -> bool:
        """Whether the row is a notice of the follower."""
        return bool(self._engine.store.flags[self.gid(row)] & NOTICE)

    # -- many rows

    def find(self, row: int, step: int, what: str | Query, cancelled: Callable[[], bool] = _never) -> int | None:
        """The nearest row before (step −1) or after (step 1) `row` that is `what`.

        what       "error" (error and fatal), "warning" (warn and above), "violation", or a query
        cancelled  asked between chunks; True ends the search with None
        """
        order, position = self.order, row + step
        size = 256
        while 0 <= position < order.rows and not cancelled():
            low, high = (position, position + size) if step > 0 else (position - size + 1, position + 1)
            low = max(low, 0)
            gids = order.slice(low, high)
            found = np.flatnonzero(self._is(gids, what, cancelled))
            if len(found):
                return low + int(found[0] if step > 0 else found[-1])
            position = high if step > 0 else low - 1
            size = min(size * 4, CHUNK)
        return None

    def _is(self, gids: NDArray[np.uint32], what: str | Query, cancelled: Callable[[], bool]) -> NDArray[np.bool_]:
        store = self._engine.store
        if what in _WORST:
            return np.asarray(store.level[gids] >= _WORST[what], np.bool_)
        if what == "violation":
            verdict = store.verdict[gids]
            return np.asarray((verdict != 0) & (verdict != PENDING), np.bool_)
        if isinstance(what, str):
            raise ValueError(f'{what!r}: find knows "error", "warning", "violation" and a Query')
        return self._engine.sieve(what).passes(gids, cancelled)

    def span_ns(self) -> tuple[int, int] | None:
        """Times of the first and the last row that have one; None when none has."""
        order, store = self.order, self._engine.store
        first = _first_timed(order, store.flags, forward=True)
        last = _first_timed(order, store.flags, forward=False)
        return None if first is None or last is None else (int(store.time[first]), int(store.time[last]))

    def counts(self) -> dict[str, dict[Level | None, int]]:
        """Rows by service and level; exact."""
        order, store = self.order, self._engine.store
        table: NDArray[np.int64] = np.zeros(0, np.int64)
        for low in range(0, order.rows, CHUNK):
            gids = order.slice(low, low + CHUNK)
            cells = store.service[gids].astype(np.int64) * 32 + store.level[gids]
            counted = np.bincount(cells, minlength=len(table))
            counted[: len(table)] += table
            table = counted
        found: dict[str, dict[Level | None, int]] = {}
        for cell in np.flatnonzero(table):
            service, level = divmod(int(cell), 32)
            found.setdefault(self._engine.service_name(service), {})[_LEVELS[level]] = int(table[cell])
        return found

    def histogram(self, buckets: int) -> Histogram:
        """Rows with a time, counted in `buckets` equal spans from the first to the last, by level; exact."""
        order, store = self.order, self._engine.store
        span = self.span_ns()
        if span is None or buckets < 1:
            return EMPTY_HISTOGRAM
        start, width = span[0], (span[1] - span[0]) // buckets + 1
        table = np.zeros(buckets * 32, np.int64)
        for low in range(0, order.rows, CHUNK):
            gids = order.slice(low, low + CHUNK)
            gids = gids[(store.flags[gids] & HAS_TIME) != 0]
            bucket = np.clip((store.time[gids] - start) // width, 0, buckets - 1)
            table += np.bincount(bucket * 32 + store.level[gids], minlength=len(table))
        by_level = table.reshape(buckets, 32)
        return Histogram(
            start,
            width,
            tuple({_LEVELS[int(level)]: int(row[level]) for level in np.flatnonzero(row)} for row in by_level),
        )

    # -- filled by the engine's filter thread

    def advance(self, cancelled: Callable[[], bool]) -> bool:
        """Look at records not looked at yet, the newest first; True when rows changed."""
        if not self.is_filtered:
            return False
        store = self._engine.store
        order, end = self._known()
        grown = self._sort_again() | self._take_tail(order) | self._retest()
        low, high = self._tested or (end, end)
        while not cancelled() and not self.closed:
            # A view that looked before anything was there knows (0, 0): what was shown early since is not of the scan.
            low, high = max(low, order.first), max(high, order.first)
            self._tested = low, high
            parts = list(itertools.islice(_parts(order.first, low, high, end, self._chunk), AHEAD))
            if not parts:
                break
            if grown:
                self._engine.bell.ring()
            for first, last, passed in self._engine.each(self._pass_part, parts):
                if self._is_closed():
                    return grown
                in_order = order.is_in_line and order.first <= first <= last <= order.first + order.main
                if passed is None and in_order:
                    self._hits = self._hits.with_run(store, first, last)
                else:
                    gids = _gids(first, last) if passed is None else passed
                    self._hits = self._hits.merged(store, gids if in_order else sorted_gids(store, gids))
                low, high = min(low, first), max(high, last)
                self._tested = low, high
            grown = True
            order, end = self._known()
        return grown

    def _known(self) -> tuple[Order, int]:
        """The order and the end of the store, of one moment: between them stand the scan's records."""
        with self._engine.writing:
            return self._engine.timeline.order, self._engine.store.count

    def _pass_part(self, part: tuple[int, int]) -> tuple[int, int, NDArray[np.uint32] | None]:
        """(first, last, those of the records between them that pass; None: all)."""
        first, last = part
        passed = [self._pass_some(low, min(low + STEP, last)) for low in range(first, last, STEP)]
        if all(some is None for some in passed):
            return first, last, None
        steps = zip(range(first, last, STEP), passed, strict=True)
        told = [_gids(low, min(low + STEP, last)) if some is None else some for low, some in steps]
        return first, last, told[0] if len(told) == 1 else np.concatenate(told)

    def _pass_some(self, first: int, last: int) -> NDArray[np.uint32] | None:
        gids = _gids(first, last)
        passed = self._passes(gids, slice(first, last))
        # By their places: numpy takes twice as long by a mask of which little is true.
        return None if passed.all() else gids[np.flatnonzero(passed)]

    def _take_tail(self, order: Order) -> bool:
        """What is shown early is looked at first."""
        if self._tail is order.tail:
            return False
        self._tail = order.tail
        self._hits = self._hits.with_tail(order.tail[self._passes(order.tail)])
        return True

    def _retest(self) -> bool:
        """Records whose text, level or verdict has changed since they were looked at."""
        changed, self.seen = self._engine.views.changed_since(self.seen)
        # What was not looked at yet will be, as it is by then.
        low, high = self._tested or (0, 0)
        changed = changed[(changed >= low) & (changed < high)]
        if not len(changed):
            return False
        rows = self._hits.slice(0, self._hits.scanned)
        kept = rows[~np.isin(rows, changed)]
        passed = changed[self._passes(changed)]
        if len(kept) == len(rows) and not len(passed):
            return False
        self._sort(np.concatenate((kept, passed)))
        return True

    def _sort(self, gids: NDArray[np.uint32]) -> None:
        merged = sorted_gids(self._engine.store, gids)
        self._hits = self._hits.anew(merged)

    def _passes(self, gids: NDArray[np.uint32], where: slice | None = None) -> NDArray[np.bool_]:
        """where: the same records as a slice, where they stand together."""
        store, at = self._engine.store, gids if where is None else where
        passed: NDArray[np.bool_] = (store.flags[at] & DEAD) == 0
        if self.muted:
            hidden = self._engine.service_numbers(self.muted)
            passed &= ~np.isin(store.service[at], hidden)
        if self._sieve is not None:
            if passed.all():
                return self._sieve.passes(gids, self._is_closed)
            wanted = np.flatnonzero(passed)
            passed[wanted] = self._sieve.passes(gids[wanted], self._is_closed)
        return passed

    def restart(self) -> None:
        """Times have changed or records died: the rows are to be sorted anew."""
        self._resort = True
        if self._lack is not None:
            self._lack.restart()

    def _sort_again(self) -> bool:
        if not self._resort:
            return False
        self._resort = False
        self._sort(self._hits.slice(0, self._hits.scanned))
        return True


def _gids(first: int, last: int) -> NDArray[np.uint32]:
    return np.arange(first, last, dtype=np.uint32)


def _parts(first: int, low: int, high: int, end: int, chunk: int) -> Iterator[tuple[int, int]]:
    """Ranges of gids outside [low, high) that were not looked at: what is new, then from the newest to the first."""
    while high < end:
        yield high, min(end, high + chunk)
        high = min(end, high + chunk)
    while low > first:
        yield max(first, low - chunk), low
        low = max(first, low - chunk)


def _first_timed(order: Order, flags: NDArray[np.uint8], *, forward: bool) -> int | None:
    """The first (the last) record that has a time; nearly always one of the first looked at."""
    rows, size, done = order.rows, 64, 0
    if rows and flags[end := order.gid(0 if forward else rows - 1)] & HAS_TIME:
        return end
    while done < rows:
        low, high = (done, done + size) if forward else (rows - done - size, rows - done)
        gids = order.slice(low, high)
        timed = np.flatnonzero(flags[gids] & HAS_TIME)
        if len(timed):
            return int(gids[timed[0 if forward else -1]])
        done, size = done + size, min(size * 4, CHUNK)
    return None
