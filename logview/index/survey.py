"""What one block of lines says on its own: its lines, and level, time and service of those with a known head.

Nothing but the block and what is known of its source decides, so another process may do it. A block is copied once;
what heads vouch for is blanked out of the copy, and one search through the rest finds what may contradict them.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from logview.index.mould import NOBODY, Lines
from logview.index.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from logview.index.heads import Head
    from logview.index.known import Known
    from logview.index.mould import Mould

_NEWLINE, _TAB = 10, 9
_UNCLEAR = -2
"""In `Lines.named`: several members name a service, or one that may not be the record's own."""
_MUCH = 8
"""One byte in so many is a line end, a control character or not ASCII: they are looked for one by one."""
_WHICH = np.uint64(0x0001020304050607)
_JSON = msgspec.json.Decoder(msgspec.Raw)


@dataclass(slots=True)
class Survey:
    """Arrays have one entry per line.

    data   the block: the lines, and perhaps the beginning of one more, of which nothing is said
    base   file offset of data[0]
    head   int16: number of the head that fits, −1 for a line to decode
    """

    data: bytes
    base: int
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    head: NDArray[np.int16]
    time: NDArray[np.int64]

    @property
    def ends(self) -> NDArray[np.int64]:
        """Offsets in the block behind each line feed."""
        return self.starts + self.sizes


def nothing(data: bytes, base: int) -> Survey:
    """A survey that knows no lines."""
    none = np.empty(0, np.int64)
    return Survey(data, base, none, none, np.empty(0, np.int16), none)


def survey(data: bytes, base: int, known: Known, *, zone: tzinfo | None, size: int | None = None) -> Survey:
    """zone: of times that name none; size: bytes of the whole lines that `data` begins with, None: all."""
    block = memoryview(data)[:size]
    ends, odd = line_ends(block)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1]
    count = len(ends)
    found = Survey(data, base, starts, ends - starts, np.full(count, -1, np.int16), np.zeros(count, np.int64))
    heads = known.heads
    if not heads or not count:
        return found
    words = Words(block)
    named = _named(words, ends, known.names, heads) if known.names else None
    _fit(found, Lines(words, starts, found.sizes, named), known.moulds, zone)
    _distrust_bytes(found, block, odd)
    _distrust_json(found, heads)
    if known.search is not None:
        for place, key in known.search.hits(words.bytes, data):
            at = int(np.searchsorted(ends, place, side="right"))
            head = heads[found.head[at]] if found.head[at] >= 0 else None
            if head is not None and head.is_contradicted(data[starts[at] : ends[at]], key):
                found.head[at] = -1
    return found


def _fit(found: Survey, lines: Lines, moulds: Sequence[Mould], zone: tzinfo | None) -> None:
    """Try the moulds in order, each on the lines that none before it fits, and blank out what they vouch for."""
    left: NDArray[np.intp] | None = None
    for mould in moulds:
        numbers, times = mould.fit(lines, zone)
        missing = np.flatnonzero(numbers < 0)
        if len(missing) == len(numbers):
            continue
        if left is None:
            found.head, found.time = numbers, times
        else:
            found.head[left], found.time[left] = numbers, times
        if mould.is_doubtful:
            _blank(lines if not len(missing) else lines.only(np.flatnonzero(numbers >= 0)), mould)
        if not len(missing):
            return
        left, lines = missing if left is None else left[missing], lines.only(missing)


def _blank(lines: Lines, mould: Mould) -> None:
    lines.words.blank(lines.starts, mould.first.start.size)
    if mould.end_size:
        lines.words.blank(mould.ends_at(lines), mould.end_size)


def line_ends(block: bytes | memoryview) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """(offsets behind the line feeds, places of control characters and of what is no ASCII), in one look at each byte.

    The places are None where there are too many of them to be told one by one.
    """
    signs = np.frombuffer(block, np.uint8)
    low = signs.view(np.int8) < 32
    whole = len(low) // 8 * 8
    eights = low[:whole].view(np.uint64)
    holding = np.flatnonzero(eights != 0)
    if len(holding) > len(block) // _MUCH:
        return np.flatnonzero(signs == _NEWLINE) + 1, None
    found = eights[holding]
    further = found & (found - np.uint64(1))
    several = np.flatnonzero(further != 0)
    found[several] ^= further[several]
    holding <<= 3
    places = ((found * _WHICH) >> np.uint64(56)).view(np.int64) + holding
    if len(several):
        # The product names the first one in a word: the others are looked at one by one.
        word, byte = np.nonzero(further[several].view(np.bool_).reshape(-1, 8))
        places = np.insert(places, several[word] + 1, holding[several[word]] + byte)
    if whole < len(low):
        places = np.concatenate((places, np.flatnonzero(low[whole:]) + whole))
    are_ends = signs[places] == _NEWLINE
    if are_ends.all():
        return places + 1, places[:0]
    others = places[~are_ends]
    return places[are_ends] + 1, others[signs[others] != _TAB]


def _named(words: Words, ends: NDArray[np.int64], names: Iterable[bytes], heads: Sequence[Head]) -> NDArray[np.int16]:
    """Which of the members `names` stands in each line, once and where it surely names the record's service."""
    block = words.bytes
    quotes = block == ord('"')
    found = np.full(len(ends), NOBODY, np.int16)
    times = np.zeros(len(ends), np.int64)
    for number, name in enumerate(names):
        reach = name.index(b'"', 1)
        likely = quotes[:-reach] & quotes[reach:] & (block[1 : len(block) - reach + 1] == name[1])
        places = np.flatnonzero(likely)
        places = places[words.equal(places, name) & (words.at(places - 1) & np.uint64(0xFF) != ord("\\"))]
        lines = np.searchsorted(ends, places, side="right")
        found[lines] = number
        times += np.bincount(lines, minlength=len(ends))
        words.blank(places, len(name))
    found[times > 1] = _UNCLEAR
    by_itself = [number for number, name in enumerate(names) if any(h.named == name and h.by_itself for h in heads)]
    if by_itself:
        objects = np.searchsorted(ends, np.flatnonzero(block == ord("{")), side="right")
        found[np.isin(found, by_itself) & (np.bincount(objects, minlength=len(ends)) > 1)] = _UNCLEAR
    return found


def _distrust_bytes(found: Survey, block: memoryview, odd: NDArray[np.int64] | None) -> None:
    """Control characters, tabs apart (carriage returns, color codes, NULs …): the text is not simply the bytes."""
    signs = np.frombuffer(block, np.uint8)
    if odd is None:
        odd = np.flatnonzero(((signs < 32) & (signs != _NEWLINE) & (signs != _TAB)) | (signs >= 128))
    if not len(odd):
        return
    wide = signs[odd] >= 128
    found.head[np.searchsorted(found.ends, odd[~wide], side="right")] = -1
    if wide.any():
        try:
            str(block, "utf-8")
        except UnicodeDecodeError:
            found.head[np.searchsorted(found.ends, odd[wide], side="right")] = -1


def _distrust_json(found: Survey, heads: Sequence[Head]) -> None:
    """What is no object to its end; where a head counts on that end, all of the line must be one."""
    # Numbers from −1 on: the last one stands for a line without a head.
    is_json = np.array([*(head.is_json for head in heads), False])
    if not is_json.any():
        return
    torn = np.flatnonzero(np.frombuffer(found.data, np.uint8)[found.ends - 2] != ord("}"))
    found.head[torn[is_json[found.head[torn]]]] = -1
    has_end = np.array([*(head.end is not None for head in heads), False])
    if not has_end.any():
        return
    rows = np.flatnonzero(has_end[found.head])
    found.head[_broken(found, rows)] = -1


def _broken(found: Survey, rows: NDArray[np.intp]) -> list[int]:
    """Which of the lines are no JSON: all are asked at once, and halves of them again where one is not."""
    # Runs of lines, as few as there are.
    breaks = np.flatnonzero(np.diff(rows, prepend=-2, append=len(found.head) + 1) > 1)
    runs = [_bytes_of(found, int(rows[low]), int(rows[high - 1])) for low, high in itertools.pairwise(breaks.tolist())]
    if _is_json(b"".join(runs)):
        return []
    if len(rows) == 1:
        return [int(rows[0])]
    half = len(rows) // 2
    return _broken(found, rows[:half]) + _broken(found, rows[half:])


def _bytes_of(found: Survey, first: int, last: int) -> bytes:
    """The bytes of lines `first` to `last`."""
    return found.data[int(found.starts[first]) : int(found.starts[last] + found.sizes[last])]


def _is_json(lines: bytes) -> bool:
    """Whether all lines are JSON, or would be but for the numbers that only Python writes."""
    for tried in (lines, lines.replace(b"NaN", b"100").replace(b"Infinity", b"10000000")):
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            _JSON.decode_lines(tried)
            return True
    return False
