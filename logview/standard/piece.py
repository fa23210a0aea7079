"""Whole lines of a stream: which are known, when they were written, and where in each stands what its record says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.standard.apart import Parts
    from logview.standard.known import Known
    from logview.standard.layouts import Layout
    from logview.standard.quotes import Quote


class Piece:
    """A block at its place in the stream.

    offset, lineno  of its first line
    """

    def __init__(self, data: bytes, offset: int, lineno: int, parts: Parts) -> None:
        self.data = data
        self.offset = offset
        self.lineno = lineno
        self.parts = parts
        self.lines = parts.lines
        self.codes: NDArray[np.int64] = np.full(len(parts.lines), -1, np.int64)
        """The number of each line's Known; below 0: the line must be decoded."""
        self.ns = parts.ns
        self.stamps = parts.stamps
        """Where the time begins in `data`."""

    def places(
        self, rows: NDArray[np.int64], bytes_: NDArray[np.int64], behind: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Where the time of lines without a layout would begin.

        bytes_  the byte of the skeleton that tells it; `behind`: how far behind that
        """
        anatomy, at = self.parts.anatomy, self.parts.in_rest[rows]
        kept = anatomy.kept[np.minimum(anatomy.firsts[at] + bytes_, len(anatomy.kept) - 1)]
        found: NDArray[np.int64] = self.lines.starts[rows] + kept + behind - anatomy.lines.starts[at]
        return found

    def rows_at(self, places: list[int]) -> NDArray[np.intp]:
        """The line in which each place lies; -1 before the block."""
        return np.searchsorted(self.lines.starts, np.array(places, np.int64), side="right") - 1

    def span(self, row: int) -> tuple[int, int]:
        """(start, size) of a line, its line feed included."""
        start = int(self.lines.starts[row])
        return start, int(self.lines.ends[row]) + 1 - start

    def message(self, row: int, known: Known) -> str:
        """The message of a line in which it may differ from others of its kind."""
        layout = self._layout(row)
        if layout is not None:
            return self._text(row, *layout.message)
        anchor, end = known.message or ((0, 0), 0)
        return self._text(row, *self._from_skeleton(row, anchor[0], end))

    def quoted(self, row: int, known: Known, number: int) -> str:
        """What the `number`th quoting violation quotes of a line."""
        _, quote = known.quotes[number]
        if quote.is_time:
            begin = int(self.stamps[row]) - int(self.lines.starts[row])
            return self._text(row, begin, begin + known.stamp_size)
        layout = self._layout(row)
        return self._part(row, quote, layout and layout.quotes[number])

    def job(self, row: int, job: Quote) -> str:
        """The job of a line; `job` tells where it stands."""
        layout = self._layout(row)
        return self._part(row, job, layout and layout.job)

    def _part(self, row: int, quote: Quote, by_layout: tuple[int, int] | None) -> str:
        if by_layout is not None:
            return self._text(row, *by_layout)
        begin, stop = self._from_skeleton(row, quote.begin, quote.end)
        return self._text(row, begin + quote.behind, stop)

    def _layout(self, row: int) -> Layout | None:
        number = int(self.parts.numbers[row])
        return self.parts.layouts.layouts[number] if number >= 0 else None

    def _from_skeleton(self, row: int, begin: int, stop: int) -> tuple[int, int]:
        at = int(self.parts.in_rest[row])
        return self.parts.anatomy.place(at, begin), self.parts.anatomy.place(at, stop)

    def _text(self, row: int, begin: int, stop: int) -> str:
        start = int(self.lines.starts[row])
        return self.data[start + begin : start + stop].decode("utf-8", "surrogateescape")
