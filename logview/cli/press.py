"""Records printed: most JSON lines and text lines by filling molds; all others decoded.

Whichever road a record takes, the bytes are the same (tested).
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.cli.clocks import clocks
from logview.cli.headings import LONGEST, ODD
from logview.cli.molds import Lines, Molds
from logview.cli.stencil import Stencils
from logview.cli.textlines import TextStencils
from logview.index.store import HAS_TIME
from logview.record import Record, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.cli.printing import Columns, Printer
    from logview.engine.collect import Collection

    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]

NOTHING = Record()
TIMELESS = 1024
"""Records without a time that are remembered a source and service."""
RUN_BYTES = 4 << 20
"""Bytes of records that are printed at a time."""
_OPEN, _ZERO = b"{0"


class _Batch(NamedTuple):
    """Records of one source that are printed at a time; arrays have one entry each.

    rows      which of all records that are printed with them
    ns        times; `timed`: which have one
    services  their numbers
    text      the bytes of those that stand in one piece
    places    where in them; -1 for others
    sizes     bytes
    """

    source: int
    gids: NDArray[np.uint32]
    rows: NDArray[np.intp]
    ns: Ints
    timed: NDArray[np.bool_]
    services: Ints
    text: bytes
    places: Ints
    sizes: Ints

    def raw(self, row: int) -> bytes | None:
        """A record's bytes; None when they do not stand in one piece."""
        place = int(self.places[row])
        return None if place < 0 else self.text[place : place + int(self.sizes[row])]

    def time(self, row: int) -> int | None:
        """A record's own time, ns; None for none."""
        return int(self.ns[row]) if self.timed[row] else None


class _Kinds(NamedTuple):
    """What is known of the lines of one source and service for one width of the layout.

    timeless  the bytes of records without a time, and how they are printed: nothing else decides
    """

    stencils: Stencils
    texts: TextStencils
    molds: Molds
    timeless: dict[bytes, bytes]


class Press:
    """Prints a collection's records."""

    def __init__(self, collection: Collection, printing: Printer) -> None:
        self.collection = collection
        self._printing = printing
        self._kinds: dict[tuple[int, int, int], _Kinds] = {}
        """By source and service, and the layout's width."""

    def printed(self, gids: NDArray[np.uint32]) -> bytes:
        """Some records as they are to be printed."""
        layout, store = self._printing.layout, self.collection.store
        ns, timed = store.time[gids], (store.flags[gids] & HAS_TIME) != 0
        aside = np.zeros(len(gids), np.bool_)
        # Records of large lines are not all held at once; each is at most RECORD_LIMIT long.
        cuts = {0, len(gids), *_each(np.cumsum(store.size[gids], dtype=np.int64), RUN_BYTES)}
        if layout is not None:
            aside = _days_that_change(layout, ns, timed)
            wider = self._widening(layout, store.service[gids])
            aside[wider] = True
            # What stands behind a wider name is laid out by it.
            cuts |= {row + 1 for row in wider}
        return b"".join(self._run(gids[low:high], aside[low:high]) for low, high in pairwise(sorted(cuts)))

    def resume(self, gids: NDArray[np.uint32]) -> None:
        """These records were printed elsewhere."""
        if self._printing.layout is not None:
            self._printing.layout.resume(*self.collection.last_of(gids))

    def line(self, record: Record, source: int, service: int, raw: Callable[[], bytes]) -> bytes:
        """A record's line."""
        feed, name = self.collection.feeds[source], self.collection.service_names[service]
        return self._printing.line(record, raw, name, feed.hints.service, feed.source.name)

    def _run(self, gids: NDArray[np.uint32], aside: Truths) -> bytes:
        """Records between which no column becomes wider; those `aside` each for itself."""
        store, sources = self.collection.store, self.collection.store.source[gids]
        out = [b""] * len(gids)
        left: dict[int, tuple[_Batch, int]] = {}
        for source in np.unique(sources).tolist():
            rows = np.flatnonzero(sources == source)
            own = gids[rows]
            batch = _Batch(
                source=source,
                gids=own,
                rows=rows,
                ns=store.time[own],
                timed=(store.flags[own] & HAS_TIME) != 0,
                services=store.service[own].astype(np.int64),
                **self.collection.text(own)._asdict(),
            )
            self._fill(batch, np.flatnonzero(batch.timed & ~aside[rows] & (batch.places >= 0)), out)
            left.update({row: (batch, place) for place, row in enumerate(rows.tolist()) if not out[row]})
        for row in sorted(left):
            out[row] = self._alone(*left[row], is_aside=bool(aside[row]))
        return b"".join(out)

    def _fill(self, batch: _Batch, rows: NDArray[np.intp], out: list[bytes]) -> None:
        """Print those of the records that fit a mold."""
        wording = self._printing.wording
        if wording is None:
            return
        fitting = self._may_fit(batch, rows)
        printed = clocks(batch.ns[fitting], wording)
        for service in np.unique(batch.services[fitting]).tolist():
            places = np.flatnonzero(batch.services[fitting] == service)
            rows = fitting[places]
            begins = batch.places[rows]
            lines = Lines(
                rows=batch.rows[rows].tolist(),
                begins=begins.tolist(),
                ends=(begins + batch.sizes[rows]).tolist(),
                clocks=[printed[place] for place in places.tolist()],
            )
            self._kinds_of(batch.source, service).molds.fill(batch.text, lines, out)

    def _may_fit(self, batch: _Batch, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the records that may fit a mold: JSON objects, and text lines that only their heads decide."""
        if not len(rows):
            return rows
        first = np.frombuffer(batch.text, np.uint8)[batch.places[rows]]
        is_head = (first - np.uint8(_ZERO) < 10) & (batch.sizes[rows] <= LONGEST)
        if not self.collection.feeds[batch.source].knows_heads:
            is_head[:] = False
        if ODD in batch.text:
            heads = np.flatnonzero(is_head)
            is_head[heads] = [ODD not in (batch.raw(int(row)) or ODD) for row in rows[heads]]
        fitting: NDArray[np.intp] = rows[(first == _OPEN) | is_head]
        return fitting

    def _alone(self, batch: _Batch, row: int, *, is_aside: bool) -> bytes:
        """A record that is not printed together with others."""
        ns, raw = batch.time(row), batch.raw(row)
        if self._printing.wording is None or raw is None or is_aside:
            return self._slowly(batch, row)
        kinds = self._kinds_of(batch.source, int(batch.services[row]))
        if ns is not None:
            line = (kinds.stencils if raw[:1] == b"{" else kinds.texts).line(raw, ns)
            return self._slowly(batch, row) if line is None else line
        if raw in kinds.timeless:
            return kinds.timeless[raw]
        line = self._slowly(batch, row)
        if len(kinds.timeless) < TIMELESS and len(raw) <= LONGEST and self._is_timeless(batch, raw):
            kinds.timeless[raw] = line
        return line

    def _is_timeless(self, batch: _Batch, raw: bytes) -> bool:
        """Whether a record's bytes tell no time wherever they stand."""
        feed = self.collection.feeds[batch.source]
        return feed.knows_heads and feed.decoded(raw, None).time.kind is TimeKind.NONE

    def _slowly(self, batch: _Batch, row: int) -> bytes:
        feed, raw, printing = self.collection.feeds[batch.source], batch.raw(row), self._printing
        gid = int(batch.gids[row])
        if printing.quick is not None and raw is not None:
            glance = feed.glance(raw, batch.time(row))
            line = None if glance is None else printing.quick(glance, feed.hints.service)
            if line is not None:
                return line
        record = feed.record(gid, raw=raw) if printing.needs_record else NOTHING
        raw_of = partial(self.collection.raw, gid) if raw is None else partial(bytes, raw)
        return self.line(record, batch.source, int(batch.services[row]), raw_of)

    def _widening(self, layout: Columns, services: NDArray[np.uint16]) -> list[int]:
        """Records whose services' names make a column wider."""
        width = layout.width
        found: list[int] = []
        widths = {one: layout.width_with(self.collection.service_names[one]) for one in np.unique(services).tolist()}
        if max(widths.values(), default=0) > width:
            for row, service in enumerate(services.tolist()):
                if widths[service] > width:
                    width = widths[service]
                    found.append(row)
        return found

    def _kinds_of(self, source: int, service: int) -> _Kinds:
        printing, layout, wording = self._printing, self._printing.layout, self._printing.wording
        key = (source, service, 0 if layout is None else layout.width)
        if key not in self._kinds:
            feed, name = self.collection.feeds[source], self.collection.service_names[service]
            assert wording is not None

            def sketch(record: Record, raw: bytes) -> bytes:
                if layout is not None:
                    return layout.sketch(record, name)
                return printing.line(record, partial(bytes, raw), name, feed.hints.service, feed.source.name)

            molds = Molds(is_stripped=wording.is_stripped)
            self._kinds[key] = _Kinds(
                Stencils(feed.glance, wording, sketch, molds),
                TextStencils(feed.sight, feed.decoded, wording, sketch, molds),
                molds,
                {},
            )
        return self._kinds[key]


def _each(ends: Ints, size: int) -> list[int]:
    """Where to cut so that each part holds about so many bytes, `ends` being those up to each record's end."""
    total = int(ends[-1]) if len(ends) else 0
    return [] if total <= size else np.unique(np.searchsorted(ends, np.arange(size, total, size)) + 1).tolist()


def _days_that_change(layout: Columns, ns: Ints, timed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Records of another day than the one with a time before them: their lines tell the day too."""
    aside = np.zeros(len(ns), np.bool_)
    rows = np.flatnonzero(timed)
    if len(rows):
        seconds, which = np.unique(ns[rows] // 1_000_000_000, return_inverse=True)
        days = [layout.day(second * 1_000_000_000) for second in seconds.tolist()]
        codes = {day: code for code, day in enumerate(dict.fromkeys((layout.last_day, *days)))}
        own = np.array([codes[day] for day in days])[which]
        aside[rows] = own != np.concatenate(([codes[layout.last_day]], own[:-1]))
    return aside
