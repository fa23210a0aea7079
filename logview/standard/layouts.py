"""Lines that differ from one seen before only in bytes that may differ: recognized without being taken apart.

A layout is a line with holes: of every byte it knows the range that leaves the line's skeleton (skeleton.py) as it is.
Most lines of a log have one of few layouts. A line's candidate is found by its size, where its quotes (in text: its
blanks) stand, and a few of its words; whether it fits is tried for a whole block at once, byte by byte, so a wrong
candidate costs time and nothing else. Knows no rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.words import Overlapping
from logview.standard.block import Block
from logview.standard.figures import bits_of
from logview.standard.skeleton import DROPPED, SMALL, TEXT, VERBATIM, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logview.standard.skeleton import Anatomy
    from logview.standard.stamps import Notation

MAX_SIZE = 2_048
"""Bytes of the longest line that gets a layout."""
MAX_LAYOUTS = 8_192
MAX_ALIKE = 32
"""Layouts with one signature."""
WINDOWS = 4
"""Words that tell layouts with one signature apart."""
_STRIDE, _WORDS = 56, 4
"""A signature looks at so many bits of each of so many words."""
_FACTORS = np.random.default_rng(0).integers(1, 2**63, 2 * WINDOWS + 2, np.uint64) * np.uint64(2) + np.uint64(1)
_FOLD, _ONE = np.uint64(31), np.uint64(1)
_DIGITS = re.compile(rb"[0-9]+")
_QUOTE, _BLANK = b'" '
_KINDS = np.full(256, 4, np.uint8)
_KINDS[list(b"0123456789")], _KINDS[list(b"abcdef")] = 1, 2


class Layout(NamedTuple):
    """A line with holes, and what is known of it."""

    code: int
    """The number of its Known."""
    low: bytes
    """The least value of each byte, line feed included; `reach`: how far above it, modulo 256, the byte may lie."""
    reach: bytes
    ids: tuple[tuple[int, int], ...]
    """Words of hexadecimal digits: each must have letters and digits both, or it would be a word or a number."""
    notation: int
    """How the time is written, by number; -1: there is none."""
    stamp: int
    """Where the time begins."""
    message: tuple[int, int]
    quotes: tuple[tuple[int, int], ...]
    """The parts of the line that violations quote, in their order; of those that quote the time (0, 0)."""
    job: tuple[int, int] = (0, 0)
    """Where the job stands, if that is known."""


def holes_of(block: Anatomy, row: int) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """(`low`, `reach`, `ids`) of a line's layout."""
    start, end = int(block.lines.starts[row]), int(block.lines.ends[row])
    line = block.lines.data[start : end + 1]
    low = np.frombuffer(line, np.uint8).copy()
    reach = np.zeros(len(low), np.uint8)
    zones = block.zones[start : end + 1]
    # Of what was left out any byte but a quote, which would end it.
    dropped = zones == DROPPED
    low[dropped], reach[dropped] = _QUOTE + 1, 254
    first = int(block.firsts[row])
    skeleton = np.frombuffer(block.skeletons[row], np.uint8)
    stays = np.zeros(len(low), np.bool_)
    kept = block.kept[first : first + len(skeleton)] - start
    stays[kept] = skeleton == low[kept]
    is_id = np.zeros(len(low), np.bool_)
    is_id[kept] = (skeleton == ord("h")) & (low[kept] != ord("h"))
    low[is_id], reach[is_id] = ord("0"), ord("f") - ord("0")
    for found in _DIGITS.finditer(line):
        begin, stop = found.span()
        if zones[begin] & (DROPPED | VERBATIM) or is_id[begin]:
            continue
        if zones[begin] == TEXT and stays[begin:stop].all() and not _is_twos(block, row, line, begin, stop):
            continue
        low[begin:stop], reach[begin:stop] = ord("0"), 9
        if zones[begin] == TEXT:
            if stop - begin == 1:
                low[begin], reach[begin] = ord("2"), 7
        elif stop - begin > 1 and line[begin - 1] not in b".+":
            low[begin], reach[begin] = ord("1"), 8
    edges = np.flatnonzero(np.diff(is_id, prepend=False, append=False)).tolist()
    return low.tobytes(), reach.tobytes(), tuple(zip(edges[::2], edges[1::2], strict=True))


def signatures(block: Block) -> NDArray[np.uint64]:
    """A number for each line's size and for where its quotes or blanks stand in its first 224 bytes."""
    sizes = block.ends + 1 - block.starts
    found: NDArray[np.uint64] = sizes.astype(np.uint64) * _FACTORS[0]
    quotes = _marks(block, _QUOTE) if block.is_json.any() else None
    blanks = _marks(block, _BLANK) if not block.is_json.all() else None
    for number in range(_WORDS):
        at = np.minimum(block.starts + number * _STRIDE, len(block.data) - 1)
        left = np.clip(sizes - number * _STRIDE, 0, _STRIDE).astype(np.uint64)
        if quotes is None or blanks is None:
            word = (blanks if quotes is None else quotes)[at >> 3]  # type: ignore[index]
        else:
            word = np.where(block.is_json, quotes[at >> 3], blanks[at >> 3])
        word = (word >> (at & 7).astype(np.uint64)) & ((_ONE << left) - _ONE)
        found = (found ^ word) * _FACTORS[1 + number]
        found ^= found >> _FOLD
    return found


def _marks(block: Block, byte: int) -> NDArray[np.uint64]:
    """Where a byte stands, as bits: 64 of them from each eighth byte on."""
    bits = bits_of(block.bytes == byte)
    return np.ndarray((len(bits) * 8 - 7,), "<u8", bits, strides=(1,))


def _is_twos(block: Anatomy, row: int, line: bytes, begin: int, stop: int) -> bool:
    """Whether a number in a text looks kept for its value because it consists of the digit that stands for all."""
    if line[begin:stop].strip(b"2"):
        return False
    return stop - begin > SMALL or not (block.small_stay[row] or line[max(begin - 2, 0) : begin] == b'" ')


class Bucket:
    """The layouts with one signature, and the words by which they are told apart."""

    def __init__(self) -> None:
        self.layouts: list[int] = []
        self.behind: dict[int, int] = {}
        """Layout → the one to try where it does not fit: no byte that has a hole in neither tells them apart."""
        self.windows: list[int] = []
        self.masks: list[int] = []

    def add(self, number: int, all_of: Sequence[Layout]) -> bool:
        """Take a layout in, if there are words or room to tell it from those that are there."""
        mine = all_of[number]
        members = [all_of[one] for one in (*self.layouts, *self.behind.values())]
        if len(members) >= MAX_ALIKE or any(len(one.low) != len(mine.low) for one in members):
            return False
        reach = np.array([np.frombuffer(one.reach, np.uint8) for one in (*members, mine)])
        is_fixed: NDArray[np.bool_] = ~np.logical_or.reduce(reach, axis=0)
        windows, alike = list(self.windows), []
        for one in self.layouts:
            differs = np.frombuffer(mine.low, np.uint8) != np.frombuffer(all_of[one].low, np.uint8)
            apart = np.flatnonzero(differs & is_fixed)
            if not len(apart):
                alike.append(one)
            elif not any(((apart >= window) & (apart < window + 8)).any() for window in windows):
                windows.append(int(apart[0]))
        if len(alike) > 1 or (alike and len(windows) > len(self.windows)) or len(windows) > WINDOWS:
            return False
        before = self.windows, self.masks
        self.windows = windows
        self.masks = [_mask(is_fixed[window : window + 8]) for window in windows]
        keys = {self.key(0, all_of[one]) for one in self.layouts}
        if len(keys) < len(self.layouts):
            # The new one has holes where others were told apart.
            self.windows, self.masks = before
            return False
        if not alike:
            self.layouts.append(number)
            return True
        last = alike[0]
        while last in self.behind:
            last = self.behind[last]
        self.behind[last] = number
        return True

    def key(self, signature: int, layout: Layout) -> int:
        """The number under which the layout is found."""
        for at, (window, mask) in enumerate(zip(self.windows, self.masks, strict=True)):
            word = int.from_bytes(layout.low[window : window + 8], "little") & mask
            signature = ((signature ^ word) * int(_FACTORS[1 + WINDOWS + at])) % 2**64
            signature ^= signature >> int(_FOLD)
        return signature


def _mask(is_fixed: NDArray[np.bool_]) -> int:
    return int.from_bytes((is_fixed * np.uint8(255)).tobytes(), "little")


class Layouts:
    """The layouts at one time; does not change, so any thread may ask it."""

    def __init__(
        self,
        layouts: Sequence[Layout] = (),
        buckets: dict[int, Bucket] | None = None,
        notations: Sequence[Notation] = (),
    ) -> None:
        self.layouts = layouts
        self._notations = notations
        self._notation_of = np.array([one.notation for one in layouts], np.int64)
        buckets = {} if buckets is None else buckets
        self.codes = np.array([one.code for one in layouts], np.int64)
        self._stamps = np.array([one.stamp for one in layouts], np.int64)
        self._low = [one.low for one in layouts]
        self._reach = [one.reach for one in layouts]
        self._sizes = np.array([len(one.low) for one in layouts], np.int64)
        self._escapes = np.array([one.low.count(b"\\") for one in layouts], np.int64)
        """Backslashes of each layout; none of them is in a hole."""
        counts = np.array([len(one.ids) for one in layouts], np.int64)
        self._ids = np.cumsum(counts) - counts, counts
        """(the first of its words among `_words`, how many) of each layout."""
        self._words = np.array([span for one in layouts for span in one.ids], np.int64).reshape(-1, 2)
        self._signatures = np.array(sorted(buckets), np.uint64)
        sets = [buckets[signature] for signature in sorted(buckets)]
        self._used = np.array([len(one.windows) for one in sets], np.int64)
        self._windows = np.array([_filled(one.windows) for one in sets], np.int64).reshape(-1, WINDOWS)
        self._masks = np.array([_filled(one.masks) for one in sets], np.uint64).reshape(-1, WINDOWS)
        keys = {
            one.key(signature, layouts[number]): number
            for signature, one in zip(sorted(buckets), sets, strict=True)
            for number in one.layouts
        }
        self._behind = np.full(len(layouts), -1, np.int64)
        for one in sets:
            for number, then in one.behind.items():
                self._behind[number] = then
        self._keys = np.array(sorted(keys), np.uint64)
        self._numbers = np.array([keys[key] for key in sorted(keys)], np.int64)

    def find(self, block: Block, marks: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The number of each line's layout; -1: it has none of these.

        marks  the lines' signatures
        """
        found = np.full(len(block), -1, np.int64)
        if not len(self._keys) or not len(block):
            return found
        sets = np.minimum(np.searchsorted(self._signatures, marks), len(self._signatures) - 1)
        rows = np.flatnonzero((self._signatures[sets] == marks) & ~block.odd)
        keys = self._mixed(block, rows, sets[rows], marks[rows])
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        numbers = self._numbers[places]
        right = (self._keys[places] == keys) & (self._sizes[numbers] == (block.ends + 1 - block.starts)[rows])
        found[rows[right]] = numbers[right]
        if right.any():
            self._try(block, found)
            self._try_escapes(block, found)
        return found

    def _try(self, block: Block, found: NDArray[np.int64]) -> None:
        """Forget layouts that do not fit; where there is another one behind, that is tried instead."""
        tried = found.copy()
        self._try_bytes(block, found)
        self._try_ids(block, found)
        rows = np.flatnonzero((found < 0) & (tried >= 0))
        rows = rows[self._behind[tried[rows]] >= 0]
        if len(rows):
            others = self._behind[tried[rows]]
            self._try(Block(b"".join([block.whole(row) for row in rows.tolist()])), others)
            found[rows] = others

    def times(self, block: Block, found: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(nanoseconds, where each time begins) of the lines with a layout; one with another time has none after all.

        found  the number of each line's layout
        """
        ns, stamps = np.zeros(len(block), np.int64), np.zeros(len(block), np.int64)
        rows = np.flatnonzero(found >= 0)
        of_rows = self._notation_of[found[rows]]
        for number, notation in enumerate(self._notations):
            its = rows[of_rows == number]
            if len(its):
                stamps[its] = block.starts[its] + self._stamps[found[its]]
                ns[its], fits = notation.read(block.padded, stamps[its])
                found[its[~fits]] = -1
        return ns, stamps

    def _mixed(
        self, block: Block, rows: NDArray[np.intp], sets: NDArray[np.intp], keys: NDArray[np.uint64]
    ) -> NDArray[np.uint64]:
        """The keys under which the rows' layouts would be found."""
        words = Overlapping(block.padded)
        used = self._used[sets]
        for number in range(int(used.max(initial=0))):
            word = words.at(block.starts[rows] + self._windows[sets, number]) & self._masks[sets, number]
            mixed = (keys ^ word) * _FACTORS[1 + WINDOWS + number]
            keys = np.where(used > number, mixed ^ (mixed >> _FOLD), keys)
        return keys

    def _try_escapes(self, block: Block, found: NDArray[np.int64]) -> None:
        """Forget layouts of lines with a backslash in a hole: then there are more of them than the layout has."""
        if not len(block.escapes):
            return
        counts = np.bincount(block.rows_of(block.escapes), minlength=len(block))
        rows = np.flatnonzero((found >= 0) & (counts > 0))
        found[rows[counts[rows] != self._escapes[found[rows]]]] = -1

    def _try_bytes(self, block: Block, found: NDArray[np.int64]) -> None:
        """Forget layouts of which a byte does not fit."""
        numbers = found.tolist()
        low, reach = [[of[number] for number in numbers] for of in (self._low, self._reach)]
        for row in np.flatnonzero(found < 0).tolist():
            low[row] = bytes(int(block.ends[row]) + 1 - int(block.starts[row]))
            reach[row] = low[row].replace(b"\0", b"\xff")
        above = block.bytes - np.frombuffer(b"".join(low), np.uint8)
        wrong = np.flatnonzero(above > np.frombuffer(b"".join(reach), np.uint8))
        if len(wrong):
            found[block.rows_of(wrong)] = -1

    def _try_ids(self, block: Block, found: NDArray[np.int64]) -> None:
        """Forget layouts of which a word of hexadecimal digits would be none."""
        if not len(self._words):
            return
        firsts, counts = self._ids
        rows = np.flatnonzero(found >= 0)
        rows = rows[counts[found[rows]] > 0]
        if not len(rows):
            return
        times = counts[found[rows]]
        words = self._words[spread(firsts[found[rows]], times)]
        sizes = words[:, 1] - words[:, 0]
        chars = block.bytes[spread(np.repeat(block.starts[rows], times) + words[:, 0], sizes)]
        # Bit 0: a digit, bit 1: a letter, bit 2: neither.
        kinds = _KINDS[chars]
        fits = np.bitwise_or.reduceat(kinds, np.cumsum(sizes) - sizes) == 3
        if not fits.all():
            found[np.repeat(rows, times)[~fits]] = -1


def _filled(values: Sequence[int]) -> list[int]:
    return [*values, *([0] * (WINDOWS - len(values)))]


class Shelf:
    """Takes layouts in while a stream is read; for one thread."""

    def __init__(self) -> None:
        self._layouts: list[Layout] = []
        self._signatures: list[int] = []
        """Of each layout."""
        self._buckets: dict[int, Bucket] = {}
        self._once: set[tuple[int, int]] = set()
        """(signature, code) of lines that came once."""
        self.now = Layouts()

    def wants(self, signature: int, code: int) -> bool:
        """Whether the layout of a line is worth making: only of what comes back, and while there is room."""
        if (signature, code) in self._once:
            return len(self._layouts) < MAX_LAYOUTS
        if len(self._once) >= 4 * MAX_LAYOUTS:
            self._once.clear()
        self._once.add((signature, code))
        return False

    def add(self, signature: int, layout: Layout) -> bool:
        """Take in the layout of a line, if it can be told from the others."""
        bucket = self._buckets.setdefault(signature, Bucket())
        self._layouts.append(layout)
        if not bucket.add(len(self._layouts) - 1, self._layouts):
            self._layouts.pop()
            if not bucket.layouts:
                del self._buckets[signature]
            return False
        self._signatures.append(signature)
        return True

    def __len__(self) -> int:
        return len(self._layouts)

    def behind(self, count: int) -> list[tuple[int, Layout]]:
        """(signature, layout) of all but the first so many; on a shelf that has those they get the same numbers."""
        return list(zip(self._signatures[count:], self._layouts[count:], strict=True))

    def renew(self, notations: Sequence[Notation]) -> None:
        """Let others see what was taken in; `notations` are those that layouts name."""
        self.now = Layouts(tuple(self._layouts), self._buckets, tuple(notations))
