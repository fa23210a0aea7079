"""Many lines printed at once: the holes of their stencils filled by copying bytes, no line looked at by itself.

A printed line is a row of segments: a stencil's pieces, the clock, values of the line. Where each segment stands in one
pool of bytes follows from tables; one gather makes the output of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.cli.holes import Holes
    from logview.cli.printing import Wording
    from logview.cli.stencil import Stencil, Turn

    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]

_SECOND, _MILLI, _MICRO = 1_000_000_000, 1_000_000, 1_000
_PIECE, _CLOCK, _TEXT, _NUMBER = range(4)
"""What a segment is: a stencil's own text, the time, a string of the line, a number of the line."""
_BIG_DIGITS = 12
"""10^11, from which times are milliseconds, has as many digits."""
_DASH, _BLANK = b"- "


class Filled(NamedTuple):
    """Lines as segments.

    is_filled  for each line whether it could be filled; the others have no segments
    pool       the bytes
    starts     where each segment stands in the pool, those of one line behind each other; `sizes`: its bytes
    counts     segments of each line
    """

    is_filled: Truths
    pool: list[NDArray[np.uint8]]
    starts: Ints
    sizes: Ints
    counts: Ints


class _Tables(NamedTuple):
    """The stencils of a Filler in columns: `first` to `is_big` one entry a stencil, the others one a segment."""

    first: Ints
    length: Ints
    time_kind: Ints
    time_place: Ints
    is_big: Ints
    kind: Ints
    place: Ints
    size: Ints
    limit: Ints
    turn: Ints
    is_open: Ints
    pieces: NDArray[np.uint8]


class Filler:
    """The stencils of one printer, and lines printed by them."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._pieces = bytearray()
        self._segments: list[tuple[int, int, int, int, int, int]] = []
        self._stencils: list[tuple[int, int, int, int, int]] = []
        self._caps: list[tuple[int, ...]] = []
        """(stencil, first string, strings, first number, numbers, limit)."""
        self._turns: list[Turn] = []
        self._tables: _Tables | None = None

    def add(self, stencil: Stencil) -> int:
        """Another stencil; returns its number."""
        first, (head, behind, *pieces) = len(self._segments), stencil.pieces
        last = len(pieces) - 1
        self._piece(head)
        self._segments.append((_CLOCK, 0, 0, 0, 0, 0))
        self._piece(behind if pieces else behind + b"\n")
        for number, (slot, piece) in enumerate(zip(stencil.slots, pieces, strict=True)):
            is_open = self._wording.is_stripped and number == last and not piece
            kind = _NUMBER if slot.is_number else _TEXT
            self._segments.append((kind, slot.place, 0, slot.limit, len(self._turns), is_open))
            self._turns.append(slot.turn)
            self._piece(piece + b"\n" if number == last else piece)
        time, number = stencil.time, len(self._stencils)
        kind, place = (_PIECE, 0) if time is None else (_NUMBER if time.is_number else _TEXT, time.place)
        self._stencils.append((first, len(self._segments) - first, kind, place, stencil.is_big))
        self._caps += [(number, *cap.texts, *cap.numbers, cap.limit) for cap in stencil.caps]
        self._tables = None
        return number

    def _piece(self, piece: bytes) -> None:
        self._segments.append((_PIECE, len(self._pieces), len(piece), 0, 0, 0))
        self._pieces += piece

    def _columns(self) -> _Tables:
        if self._tables is None:
            stencils = np.array(self._stencils, np.int64).reshape(-1, 5).T.copy()
            segments = np.array(self._segments, np.int64).reshape(-1, 6).T.copy()
            self._tables = _Tables._make((*stencils, *segments, np.frombuffer(bytes(self._pieces), np.uint8)))
        return self._tables

    def fill(self, lines: Holes, rows: Ints, numbers: Ints, ns: Ints) -> Filled:
        """The lines `rows` printed by the stencils `numbers`, with their times `ns`."""
        tables, clocks = self._columns(), Clocks(ns, self._wording)
        is_filled = clocks.is_known & _has_time_alike(tables, lines, rows, numbers)
        self._hold_caps(lines, rows, numbers, is_filled)
        counts = np.where(is_filled, tables.length[numbers], 0)
        owner = np.repeat(np.arange(len(rows)), counts)
        segment = np.arange(len(owner)) + np.repeat(tables.first[numbers] - (np.cumsum(counts) - counts), counts)
        kind, base = tables.kind[segment], len(lines.data)
        starts, sizes = tables.place[segment] + base, tables.size[segment]
        base += len(tables.pieces)
        at = np.flatnonzero(kind == _CLOCK)
        starts[at], sizes[at] = clocks.starts[owner[at]] + base, clocks.sizes[owner[at]]
        base += len(clocks.text)
        at = np.flatnonzero(kind >= _TEXT)
        values = segment[at]
        hole = _holes_of(lines, rows[owner[at]], tables.kind[values], tables.place[values])
        starts[at], sizes[at] = lines.begins[hole], lines.sizes[hole]
        asked = lines.marked[hole] | (sizes[at] > tables.limit[values])
        if self._wording.is_stripped:
            asked |= (tables.is_open[values] > 0) & (lines.data[starts[at] + sizes[at] - 1] == _BLANK)
        extra: list[bytes] = []
        for index in at[asked].tolist():
            text = self._turned(lines, starts[index], sizes[index], segment[index])
            if text is None:
                is_filled[owner[index]] = False
                continue
            starts[index], sizes[index] = base, len(text)
            base += len(text)
            extra.append(text)
        left = is_filled[owner]
        if not left.all():
            starts, sizes, counts = starts[left], sizes[left], np.where(is_filled, counts, 0)
        pool = [lines.data, tables.pieces, clocks.text, np.frombuffer(b"".join(extra), np.uint8)]
        return Filled(is_filled, pool, starts, sizes, counts)

    def _turned(self, lines: Holes, start: int, size: int, segment: int) -> bytes | None:
        """How a value that is not its own text is printed; None: the slow road must be asked."""
        tables = self._columns()
        text = self._turns[tables.turn[segment]](lines.data[start : start + size].tobytes())
        # What may be stripped at the line's end is left to the slow road.
        is_bare = text is not None and tables.is_open[segment] and (not text or text != text.decode().rstrip().encode())
        return None if is_bare else text

    def _hold_caps(self, lines: Holes, rows: Ints, numbers: Ints, is_filled: Truths) -> None:
        """Mark lines with an object or a list that would be cut."""
        for number, first_text, texts, first_number, count, limit in self._caps:
            mine = np.flatnonzero(numbers == number)
            if not len(mine):
                continue
            total = np.zeros(len(mine), np.int64)
            for kind, first, many in ((_TEXT, first_text, texts), (_NUMBER, first_number, count)):
                for place in range(first, first + many):
                    total += lines.sizes[_holes_of(lines, rows[mine], np.int64(kind), np.int64(place))]
            is_filled[mine[total > limit]] = False


def _holes_of(lines: Holes, rows: Ints, kind: Ints | np.int64, place: Ints | np.int64) -> Ints:
    """Numbers of the holes at these places of some lines."""
    return np.where(kind == _TEXT, lines.texts[rows], lines.numbers[rows]) + place


def _has_time_alike(tables: _Tables, lines: Holes, rows: Ints, numbers: Ints) -> Truths:
    """Which lines' times are written like those of their kinds; see `Way.is_of_kind`."""
    if not (tables.time_kind[numbers] != _PIECE).any():
        return np.ones(len(rows), np.bool_)
    is_text = tables.time_kind[numbers] == _TEXT
    hole = _holes_of(lines, rows, tables.time_kind[numbers], tables.time_place[numbers])
    begins, sizes = lines.begins[hole], lines.sizes[hole]
    is_date = (lines.data[begins + 4] == _DASH) & (lines.data[begins + 7] == _DASH) & (sizes > 7) & ~lines.marked[hole]
    is_point = lines.letters[hole] == ord("2")
    is_big = tables.is_big[numbers] > 0
    is_alike = (lines.data[begins] != _DASH) & np.where(is_big, sizes > _BIG_DIGITS, sizes < _BIG_DIGITS)
    alike: Truths = np.where(is_text, is_date, is_alike | is_point)
    return alike


class Clocks:
    """The times of some lines as they are printed.

    text      the bytes; that of line n has `sizes[n]` of them from `starts[n]` on
    is_known  lines whose time is in the calendar
    """

    def __init__(self, ns: Ints, wording: Wording) -> None:
        self.starts, self.sizes = np.zeros(len(ns), np.int64), np.zeros(len(ns), np.int64)
        seconds, parts = np.divmod(ns, _SECOND)
        unique, which = np.unique(seconds, return_inverse=True)
        texts = [wording.clock(second * _SECOND).encode() for second in unique.tolist()]
        size = max(map(len, texts), default=0)
        regular = [text if len(text) == size and b".000" in text else b"" for text in texts]
        known = np.array([bool(text) for text in regular], np.bool_)
        self.is_known: Truths = known[which] if len(known) else np.zeros(0, np.bool_)
        sample = next((text for text in regular if text), b".000")
        point = sample.index(b".000") + 1
        if any(text and text.index(b".000") + 1 != point for text in regular):
            self.is_known[:] = False
        table = np.frombuffer(b"".join(text.ljust(size or 4) for text in regular), np.uint8).reshape(-1, size or 4)
        # Instants are printed with three, six or nine digits behind the second.
        digits = np.full(len(ns), 3)
        if wording.is_fine:
            digits[parts % _MILLI != 0] = 6
            digits[parts % _MICRO != 0] = 9
        pieces, base = [np.zeros(0, np.uint8)], 0
        for count in np.unique(digits).tolist():
            mine = np.flatnonzero(digits == count)
            out = np.empty((len(mine), table.shape[1] + count - 3), np.uint8)
            out[:, :point] = table[which[mine], :point]
            out[:, point + count :] = table[which[mine], point + 3 :]
            left = parts[mine] // 10 ** (9 - count)
            for place in range(point + count - 1, point - 1, -1):
                left, out[:, place] = left // 10, left % 10 + ord("0")
            self.starts[mine] = base + np.arange(len(mine)) * out.shape[1]
            self.sizes[mine] = out.shape[1]
            base += out.size
            pieces.append(out.ravel())
        self.text = np.concatenate(pieces)


def woven(parts: list[tuple[Filled, Ints]], others: dict[int, bytes], count: int) -> bytes:
    """The output of `count` lines.

    parts   lines that were filled, and which of the lines each is
    others  lines by number, as they are
    """
    counts = np.ones(count, np.int64)
    for filled, rows in parts:
        counts[rows[filled.is_filled]] = filled.counts[filled.is_filled]
    firsts = np.cumsum(counts) - counts
    starts, sizes = np.empty(int(counts.sum()), np.int64), np.empty(int(counts.sum()), np.int64)
    pool: list[NDArray[np.uint8]] = []
    base = 0
    for filled, rows in parts:
        own = filled.counts[filled.is_filled]
        at = np.arange(len(filled.starts)) + np.repeat(firsts[rows[filled.is_filled]] - (np.cumsum(own) - own), own)
        starts[at], sizes[at] = filled.starts + base, filled.sizes
        pool += filled.pool
        base += sum(map(len, filled.pool))
    at = firsts[list(others)]
    own = np.fromiter(map(len, others.values()), np.int64, len(others))
    starts[at], sizes[at] = np.cumsum(own) - own + base, own
    pool.append(np.frombuffer(b"".join(others.values()), np.uint8))
    index = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    index += np.arange(len(index))
    return np.concatenate(pool).take(index).tobytes()
