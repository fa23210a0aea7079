"""Records printed: most JSON lines and text lines by filling stencils, many at once; all others decoded.

Whichever road a record takes, the bytes are the same (tested).
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.cli.filling import Filled, Filler, woven
from logview.cli.holes import Holes, holes
from logview.cli.stencil import UNKNOWN, Hole, Stencils
from logview.cli.textholes import Heading, text_holes
from logview.cli.textlines import TextStencils
from logview.index.store import HAS_TIME
from logview.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from logview.cli.printing import Columns, Printer
    from logview.engine.collect import Collection

    Ints = NDArray[np.int64]
    Numbers = Callable[["_Batch", Holes, int, NDArray[np.intp], Ints], list[int]]

NOTHING = Record()
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


class Press:
    """Prints a collection's records."""

    def __init__(self, collection: Collection, printing: Printer) -> None:
        self.collection = collection
        self._printing = printing
        self._filler = None if printing.wording is None else Filler(printing.wording)
        self._stencils: dict[tuple[int, int, int], tuple[Stencils, TextStencils]] = {}
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

    def _run(self, gids: NDArray[np.uint32], aside: NDArray[np.bool_]) -> bytes:
        """Records between which no column becomes wider; those `aside` each for itself."""
        store, sources = self.collection.store, self.collection.store.source[gids]
        parts: list[tuple[Filled, Ints]] = []
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
            open_rows = np.flatnonzero(batch.timed & ~aside[rows] & (batch.places >= 0))
            is_open = np.ones(len(own), np.bool_)
            for filled, mine in self._filled(batch, open_rows):
                is_open[mine[filled.is_filled]] = False
                parts.append((filled, rows[mine]))
            left.update({int(rows[row]): (batch, row) for row in np.flatnonzero(is_open).tolist()})
        others = {row: self._alone(*left[row], is_aside=bool(aside[row])) for row in sorted(left)}
        return woven(parts, others, len(gids))

    def _filled(self, batch: _Batch, rows: NDArray[np.intp]) -> Iterator[tuple[Filled, NDArray[np.intp]]]:
        """Those of the records that are printed together with others, and which they are."""
        if self._filler is None or not len(rows):
            return
        text = batch.text if batch.text.endswith(b"\n") else batch.text + b"\n"
        first = np.frombuffer(text, np.uint8)[batch.places[rows]]
        objects = rows[first == _OPEN]
        if len(objects):
            yield from self._fill(batch, holes(text), objects, self._object_numbers)
        heads = rows[(first - np.uint8(_ZERO)) < 10]
        if len(heads) and self.collection.feeds[batch.source].knows_heads:
            services = np.unique(batch.services[heads]).tolist()
            known = [self._stencils_of(batch.source, service)[1].headings for service in services]
            for heading in dict.fromkeys(heading for headings in known for heading in headings):
                numbers = partial(self._head_numbers, heading)
                for filled, mine in self._fill(batch, text_holes(text, heading), heads, numbers):
                    heads = np.setdiff1d(heads, mine, assume_unique=True)
                    yield filled, mine

    def _fill(
        self, batch: _Batch, lines: Holes, rows: NDArray[np.intp], numbers_of: Numbers
    ) -> Iterator[tuple[Filled, NDArray[np.intp]]]:
        """The records among `rows` that are one line each, and whose stencils are known by `numbers_of`."""
        assert self._filler is not None
        line = np.minimum(np.searchsorted(lines.starts, batch.places[rows]), len(lines.starts) - 1)
        is_line = lines.starts[line] == batch.places[rows]
        is_line &= (lines.ends[line] + 1 == batch.places[rows] + batch.sizes[rows]) & ~lines.odd[line]
        rows, line = rows[is_line], line[is_line]
        numbers = np.full(len(rows), UNKNOWN)
        for service in np.unique(batch.services[rows]).tolist():
            mine = np.flatnonzero(batch.services[rows] == service)
            numbers[mine] = numbers_of(batch, lines, service, rows[mine], line[mine])
        known = numbers >= 0
        if known.any():
            rows = rows[known]
            yield self._filler.fill(lines, line[known], numbers[known], batch.ns[rows]), rows

    def _object_numbers(
        self, batch: _Batch, lines: Holes, service: int, rows: NDArray[np.intp], line: Ints
    ) -> list[int]:
        """The stencils of JSON lines; new ones are learned."""
        stencils = self._stencils_of(batch.source, service)[0]
        skeletons = [lines.skeletons[one] for one in line.tolist()]
        numbers = stencils.numbers(skeletons)
        for index, number in enumerate(numbers):
            if number == UNKNOWN:
                row = int(rows[index])
                raw, found = batch.raw(row), partial(_holes, lines, int(line[index]))
                assert raw is not None
                numbers[index] = stencils.learn(skeletons[index], raw, found, int(batch.ns[row]))
        return numbers

    def _head_numbers(
        self, heading: Heading, batch: _Batch, lines: Holes, service: int, _rows: NDArray[np.intp], line: Ints
    ) -> list[int]:
        """The stencils of text lines, as far as they are known."""
        stencils = self._stencils_of(batch.source, service)[1]
        if heading not in stencils.headings:
            return [UNKNOWN] * len(line)
        return stencils.numbers(heading, [lines.skeletons[one] for one in line.tolist()])

    def _alone(self, batch: _Batch, row: int, *, is_aside: bool) -> bytes:
        """A record that is not printed together with others."""
        ns, raw = batch.time(row), batch.raw(row)
        line = None
        if self._filler is not None and raw is not None and ns is not None and not is_aside and raw[:1] != b"{":
            line = self._stencils_of(batch.source, int(batch.services[row]))[1].line(raw, ns)
        return self._slowly(batch, row) if line is None else line

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

    def _stencils_of(self, source: int, service: int) -> tuple[Stencils, TextStencils]:
        printing, layout = self._printing, self._printing.layout
        key = (source, service, 0 if layout is None else layout.width)
        if key not in self._stencils:
            feed, name = self.collection.feeds[source], self.collection.service_names[service]
            assert printing.wording is not None
            assert self._filler is not None

            def sketch(record: Record, raw: bytes) -> bytes:
                if layout is not None:
                    return layout.sketch(record, name)
                return printing.line(record, partial(bytes, raw), name, feed.hints.service, feed.source.name)

            self._stencils[key] = (
                Stencils(feed.glance, printing.wording, sketch, self._filler.add),
                TextStencils(feed.sight, feed.decoded, printing.wording, sketch, self._filler.add),
            )
        return self._stencils[key]


def _each(ends: Ints, size: int) -> list[int]:
    """Where to cut so that each part holds about so many bytes, `ends` being those up to each record's end."""
    total = int(ends[-1]) if len(ends) else 0
    return [] if total <= size else np.unique(np.searchsorted(ends, np.arange(size, total, size)) + 1).tolist()


def _holes(lines: Holes, line: int) -> list[Hole]:
    """The holes of one line."""
    found = []
    for is_number, firsts in ((False, lines.texts), (True, lines.numbers)):
        low, high = firsts[line : line + 2].tolist()
        for place in range(high - low):
            begin, size = int(lines.begins[low + place]), int(lines.sizes[low + place])
            text = lines.data[begin : begin + size].tobytes()
            is_marked = bool(lines.marked[low + place])
            found.append(Hole(is_number, place, begin - int(lines.starts[line]), text, is_marked))
    return found


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
