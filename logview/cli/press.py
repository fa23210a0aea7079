"""Records printed: JSON lines by filling stencils, many at once; text lines so one by one; all others decoded.

Whichever road a record takes, the bytes are the same (tested).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.cli.filling import Filler, woven
from logview.cli.holes import Holes, holes
from logview.cli.stencil import UNKNOWN, Hole, Stencils
from logview.cli.textlines import TextStencils
from logview.index.store import HAS_TIME
from logview.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.cli.printing import Layout, Printer
    from logview.engine.collect import Collection

    Ints = NDArray[np.int64]

NOTHING = Record()
_SERVICES = 1 << 32


class _Batch(NamedTuple):
    """Records that are printed at a time; arrays have one entry each.

    owners   the source and the service of each in one number
    ns       times; `timed`: which have one
    text     the bytes of those that stand in one piece
    places   where in them; -1 for others
    sizes    bytes
    lines    the lines in `text`
    line     which of these a record is; -1: it is not exactly one line
    """

    gids: NDArray[np.uint32]
    owners: Ints
    ns: Ints
    timed: NDArray[np.bool_]
    text: bytes
    places: Ints
    sizes: Ints
    lines: Holes | None
    line: Ints

    def raw(self, row: int) -> bytes | None:
        """A record's bytes; None when they do not stand in one piece."""
        place = int(self.places[row])
        return None if place < 0 else self.text[place : place + int(self.sizes[row])]

    def whose(self, row: int) -> tuple[int, int]:
        """A record's source and service."""
        return divmod(int(self.owners[row]), _SERVICES)

    def time(self, row: int) -> int | None:
        """A record's own time, ns; None for none."""
        return int(self.ns[row]) if self.timed[row] else None


class Press:
    """Prints a collection's records."""

    def __init__(self, collection: Collection, printing: Printer) -> None:
        self.collection = collection
        self._printing = printing
        self._filler = None if printing.wording is None else Filler(printing.wording)
        self._stencils: dict[tuple[tuple[int, int], int], tuple[Stencils, TextStencils]] = {}
        """By source and service, and the layout's width."""

    def printed(self, gids: NDArray[np.uint32]) -> bytes:
        """Some records as they are to be printed."""
        batch = self._batch(gids)
        if self._filler is None:
            return b"".join(self._slowly(batch, row) for row in range(len(gids)))
        layout, low = self._printing.layout, 0
        pieces: list[bytes] = []
        aside = np.zeros(len(gids), np.bool_) if layout is None else _days_that_change(layout, batch)
        for row in [] if layout is None else self._widening(layout, batch):
            pieces += self._run(self._filler, batch, low, row, aside), self._slowly(batch, row)
            low = row + 1
        return b"".join((*pieces, self._run(self._filler, batch, low, len(gids), aside)))

    def resume(self, gids: NDArray[np.uint32]) -> None:
        """These records were printed elsewhere."""
        if self._printing.layout is not None:
            self._printing.layout.resume(*self.collection.last_of(gids))

    def line(self, record: Record, source: int, service: int, raw: Callable[[], bytes]) -> bytes:
        """A record's line."""
        feed, name = self.collection.feeds[source], self.collection.service_names[service]
        return self._printing.line(record, raw, name, feed.hints.service, feed.source.name)

    def _batch(self, gids: NDArray[np.uint32]) -> _Batch:
        store = self.collection.store
        text, places, sizes = self.collection.text(gids)
        lines, line = None, np.full(len(gids), -1, np.int64)
        if self._filler is not None and text:
            lines = holes(text if text.endswith(b"\n") else text + b"\n")
            line = np.minimum(np.searchsorted(lines.starts, places), len(lines.starts) - 1)
            is_line = (lines.starts[line] == places) & (lines.ends[line] + 1 == places + sizes)
            line[~is_line] = -1
        return _Batch(
            gids=gids,
            owners=store.source[gids].astype(np.int64) * _SERVICES + store.service[gids],
            ns=store.time[gids],
            timed=(store.flags[gids] & HAS_TIME) != 0,
            text=text,
            places=places,
            sizes=sizes,
            lines=lines,
            line=line,
        )

    def _run(self, filler: Filler, batch: _Batch, low: int, high: int, aside: NDArray[np.bool_]) -> bytes:
        """Records `low` to `high`, between which no column becomes wider; those `aside` by themselves."""
        if low == high:
            return b""
        numbers = np.full(high - low, UNKNOWN)
        if batch.lines is not None:
            good = (batch.line[low:high] >= 0) & batch.timed[low:high] & ~aside[low:high]
            good[good] = ~batch.lines.odd[batch.line[low:high][good]]
            self._look_up(batch, low, np.flatnonzero(good), numbers)
        rows = np.flatnonzero(numbers >= 0)
        if not len(rows):
            return b"".join(self._alone(batch, row, aside) for row in range(low, high))
        assert batch.lines is not None
        filled = filler.fill(batch.lines, batch.line[low + rows], numbers[rows], batch.ns[low + rows])
        is_other = np.ones(high - low, np.bool_)
        is_other[rows] = ~filled.is_filled
        others = {row: self._alone(batch, low + row, aside) for row in np.flatnonzero(is_other).tolist()}
        return woven(filled, rows[filled.is_filled], others, high - low)

    def _look_up(self, batch: _Batch, low: int, rows: NDArray[np.intp], numbers: Ints) -> None:
        """Put the stencils' numbers of some records of a run, learning new ones."""
        assert batch.lines is not None
        owners = batch.owners[low + rows]
        for owner in np.unique(owners).tolist():
            mine = rows[owners == owner]
            lines = batch.line[low + mine].tolist()
            stencils, skeletons = self._stencils_of(divmod(owner, _SERVICES))[0], batch.lines.skeletons
            numbers[mine] = stencils.numbers([skeletons[line] for line in lines])
            for row in mine[numbers[mine] == UNKNOWN].tolist():
                line, raw = int(batch.line[low + row]), batch.raw(low + row)
                assert raw is not None
                found, ns = partial(_holes, batch.lines, line), int(batch.ns[low + row])
                numbers[row] = stencils.learn(skeletons[line], raw, found, ns)

    def _alone(self, batch: _Batch, row: int, aside: NDArray[np.bool_]) -> bytes:
        """A record that is not printed together with others."""
        ns, raw = batch.time(row), batch.raw(row)
        line = None
        if raw is not None and ns is not None and not aside[row] and raw[:1] != b"{":
            line = self._stencils_of(batch.whose(row))[1].line(raw, ns)
        return self._slowly(batch, row) if line is None else line

    def _slowly(self, batch: _Batch, row: int) -> bytes:
        whose, raw, printing = batch.whose(row), batch.raw(row), self._printing
        feed, gid = self.collection.feeds[whose[0]], int(batch.gids[row])
        if printing.quick is not None and raw is not None:
            glance = feed.glance(raw, batch.time(row))
            line = None if glance is None else printing.quick(glance, feed.hints.service)
            if line is not None:
                return line
        record = feed.record(gid, raw=raw) if printing.needs_record else NOTHING
        return self.line(record, *whose, partial(self.collection.raw, gid) if raw is None else partial(bytes, raw))

    def _widening(self, layout: Layout, batch: _Batch) -> list[int]:
        """Records whose services' names make a column wider."""
        width, found = layout.width, []
        services = batch.owners % _SERVICES
        widths = {one: layout.width_with(self.collection.service_names[one]) for one in np.unique(services).tolist()}
        if max(widths.values(), default=0) > width:
            for row, service in enumerate(services.tolist()):
                if widths[service] > width:
                    width = widths[service]
                    found.append(row)
        return found

    def _stencils_of(self, whose: tuple[int, int]) -> tuple[Stencils, TextStencils]:
        printing, layout = self._printing, self._printing.layout
        key = (whose, 0 if layout is None else layout.width)
        if key not in self._stencils:
            feed, name = self.collection.feeds[whose[0]], self.collection.service_names[whose[1]]
            assert printing.wording is not None
            assert self._filler is not None

            def sketch(record: Record, raw: bytes) -> bytes:
                if layout is not None:
                    return layout.sketch(record, name)
                return printing.line(record, partial(bytes, raw), name, feed.hints.service, feed.source.name)

            self._stencils[key] = (
                Stencils(feed.glance, printing.wording, sketch, self._filler.add),
                TextStencils(feed.sight, feed.decoded, printing.wording, sketch),
            )
        return self._stencils[key]


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


def _days_that_change(layout: Layout, batch: _Batch) -> NDArray[np.bool_]:
    """Records of another day than the one with a time before them: their lines tell the day too."""
    aside = np.zeros(len(batch.gids), np.bool_)
    rows = np.flatnonzero(batch.timed)
    if len(rows):
        seconds, which = np.unique(batch.ns[rows] // 1_000_000_000, return_inverse=True)
        days = [layout.day(second * 1_000_000_000) for second in seconds.tolist()]
        codes = {day: code for code, day in enumerate(dict.fromkeys((layout.last_day, *days)))}
        own = np.array([codes[day] for day in days])[which]
        aside[rows] = own != np.concatenate(([codes[layout.last_day]], own[:-1]))
    return aside
