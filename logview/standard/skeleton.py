"""A line without what no rule looks at: its skeleton. Two lines with one skeleton get one verdict.

Of a JSON line the keys, the punctuation, errors and the values of a few telling keys stay; other texts go, a number
becomes one digit. Of a text line, and of a message, words stay; a number becomes one digit, a hexadecimal id a row of
`h`. All of it is done for a whole block at once. What a skeleton cannot vouch for (besides what block.py finds, odd
quotes, escapes outside of errors, leading zeros, very long numbers) is marked odd, and the line is judged by itself.

Every byte of a skeleton knows where in the block it stood, so that what was left out can be found again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logview.standard.verbatim import errors_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from logview.standard.block import Block

DIGIT, HEX, OTHER = 1, 2, 4
MIN_HEX = 4
"""Shorter words of hexadecimal digits are words."""
DROPPED, VERBATIM, TEXT = 1, 2, 4
"""Zones of a block; 0 is what stands between the texts of a JSON line."""
LONGEST = 20
"""Digits of a number in a text; a longer one makes the line odd."""
SMALL = 3
"""Digits of a number that is kept where its value may count: attempts, statuses."""

_QUOTE, _COLON, _BLANK, _FEED = b'": \n'


def _classes() -> bytes:
    table = np.zeros(256, np.uint8)
    for name in range(256):
        char = chr(name)
        if "0" <= char <= "9":
            table[name] = DIGIT
        elif "a" <= char <= "f":
            table[name] = HEX
        elif (char.isascii() and char.isalnum()) or char == "_" or name >= 128:
            table[name] = OTHER
    return table.tobytes()


_CLASS = _classes()
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [2**64 - 1], np.uint64)
_JOINED = np.zeros(256, np.bool_)
_JOINED[[ord("-"), *(char for char in range(256) if _CLASS[char] & (HEX | OTHER))]] = True
"""What a number may be a part of a name behind: its length counts."""


class Telling:
    """The keys whose values stay, looked up by their first eight bytes: a few others stay as well, which harms nothing.

    verbatim  values that stay as they are: levels, services, loggers, statuses …
    messages  texts of which words stay
    """

    SLOTS = 4_096

    def __init__(self, verbatim: Iterable[str], messages: Iterable[str]) -> None:
        zones = {_word(key): VERBATIM for key in verbatim}
        zones |= {_word(key): TEXT for key in messages if _word(key) not in zones}
        words = np.array(sorted(zones), np.uint64)
        self._multiplier = _perfect(words)
        self._words = np.zeros(self.SLOTS, np.uint64)
        self._zones = np.zeros(self.SLOTS, np.int8)
        slots = self._slots(words)
        self._words[slots] = words
        self._zones[slots] = [zones[int(word)] for word in words]

    def _slots(self, words: NDArray[np.uint64]) -> NDArray[np.intp]:
        return ((words * self._multiplier) >> np.uint64(52)).astype(np.intp)

    def zones(self, words: NDArray[np.uint64]) -> NDArray[np.int8]:
        """The zone of each key's value: VERBATIM, TEXT or DROPPED."""
        slots = self._slots(words)
        return np.where(self._words[slots] == words, self._zones[slots], np.int8(DROPPED))


def _word(key: str) -> int:
    return int.from_bytes(key.encode()[:8], "little")


def _perfect(words: NDArray[np.uint64]) -> np.uint64:
    """A multiplier that gives every word a slot of its own."""
    generator = np.random.default_rng(0)
    while True:
        multiplier = np.uint64(generator.integers(1, 2**63)) | np.uint64(1)
        if len(np.unique((words * multiplier) >> np.uint64(52))) == len(words):
            return multiplier


@dataclass(slots=True)
class Anatomy:
    """The lines of a block, taken apart. Arrays have one entry a line unless said otherwise.

    lines      the block; what must be judged by itself is marked odd in it
    skeletons  what is left of each line
    kept       where each byte of the skeletons, line feeds included, stands in the block; a line's begin at `firsts`
    zones      of every byte
    small_stay  lines in whose texts numbers of up to three digits stay as they are
    """

    lines: Block
    skeletons: list[bytes]
    kept: NDArray[np.int64]
    firsts: NDArray[np.int64]
    zones: NDArray[np.int8]
    small_stay: NDArray[np.bool_]

    def place(self, row: int, number: int) -> int:
        """Where a byte of a line's skeleton stands in the line."""
        return int(self.kept[int(self.firsts[row]) + number]) - int(self.lines.starts[row])


def anatomy(lines: Block, telling: Telling, near: NDArray[np.int64]) -> Anatomy:
    """The skeletons of a block's lines. A few ms a MiB, mostly without the GIL.

    near  places near which numbers in texts count
    """
    block = lines.bytes
    # translate, not indexing: six times as fast.
    classes = np.frombuffer(bytearray(lines.data.translate(_CLASS)), np.uint8)
    zones = _zones(lines, telling)
    out = block.copy()
    keep = zones != DROPPED
    _shorten_ids(classes, zones, out)
    small_stay = np.zeros(len(lines), np.bool_)
    small_stay[lines.rows_of(near[zones[near] == TEXT])] = True
    _shorten_numbers(lines, classes, zones, small_stay, out, keep)
    kept = np.flatnonzero(keep)
    left = out[kept]
    skeletons = left.tobytes().split(b"\n")
    skeletons.pop()
    firsts = np.empty_like(lines.starts)
    firsts[:1], firsts[1:] = 0, np.flatnonzero(left == _FEED)[:-1] + 1
    return Anatomy(lines, skeletons, kept, firsts, zones, small_stay)


def _zones(lines: Block, telling: Telling) -> NDArray[np.int8]:
    """The zone of every byte."""
    data, starts, ends, odd, is_json = lines.data, lines.starts, lines.ends, lines.odd, lines.is_json
    padded = np.frombuffer(lines.padded, np.uint8)
    quotes = np.flatnonzero(lines.bytes == _QUOTE)
    errors = errors_in(lines)
    quotes = quotes[~_are_within(quotes, errors)]
    odd[lines.rows_of(lines.escapes[~_are_within(lines.escapes, errors)])] = True
    firsts = np.searchsorted(quotes, starts)
    counts = np.diff(firsts, append=len(quotes))
    odd |= is_json & (counts % 2 == 1)
    at = data.find(b'" :')
    while at >= 0:
        odd[np.searchsorted(ends, at)] = True
        at = data.find(b'" :', at + 1)
    good = is_json & ~odd
    steps = np.zeros(len(data) + 1, np.int8)
    steps[starts[~good]] = TEXT
    steps[ends[~good]] -= TEXT
    if not good.all():
        quotes = quotes[np.repeat(good, counts)]
    if len(quotes):
        for begins, stops, zone in _strings(padded, telling, quotes, np.repeat(ends[good], counts[good] // 2)):
            steps[begins] += zone
            steps[stops] -= zone
    zones = np.cumsum(steps[:-1], dtype=np.int8)
    begins, stops = errors
    theirs = good[lines.rows_of(begins)]
    zones[spread(begins[theirs], (stops - begins)[theirs])] = VERBATIM
    return zones


def _are_within(places: NDArray[np.int64], spans: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Which places lie in one of some spans, which are in order."""
    begins, stops = spans
    if not len(begins):
        return np.zeros(len(places), np.bool_)
    at = np.searchsorted(begins, places, side="right") - 1
    within: NDArray[np.bool_] = (at >= 0) & (places < stops[at])
    return within


_Spans = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int8]"]


def _strings(
    padded: NDArray[np.uint8], telling: Telling, quotes: NDArray[np.int64], ends: NDArray[np.int64]
) -> list[_Spans]:
    """(begin, end, zone) of the insides of all strings, and of the values of telling keys that are no strings."""
    opens, closes = quotes[::2], quotes[1::2]
    is_key = padded[closes + 1] == _COLON
    insides = opens + 1
    words: NDArray[np.uint64] = np.ndarray((len(padded) - 8,), "<u8", padded.data, strides=(1,))
    keys = np.flatnonzero(is_key)
    sizes = np.minimum(closes[keys] - insides[keys], 8)
    told = telling.zones(words[insides[keys]] & _MASKS[sizes])
    after = closes[keys] + 2
    after += padded[after] == _BLANK
    nexts = np.append(opens[1:], len(padded))[keys]
    # Not where an error stands: its quotes are not among these.
    is_text = nexts == after
    zones = np.where(is_key, np.int8(VERBATIM), np.int8(DROPPED))
    zones[keys[is_text] + 1] = told[is_text]
    bare = ~is_text & (told != DROPPED)
    stops = np.minimum(nexts[bare], ends[keys[bare]])
    # From behind the key's quote to the next one: the number, or true, or null.
    begins = closes[keys[bare]] + 1
    return [(insides, closes, zones), (begins, stops, np.full(len(begins), VERBATIM, np.int8))]


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each run of true values begins, and how long it is."""
    edges = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    if len(mask) and mask[0]:
        edges = np.concatenate((np.zeros(1, np.int64), edges))
    if len(edges) % 2:
        edges = np.append(edges, len(mask))
    return edges[::2], edges[1::2] - edges[::2]


def spread(begins: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """All places of runs."""
    skips = begins - np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))[:-1]
    return np.arange(int(sizes.sum())) + np.repeat(skips, sizes)


def _shorten_ids(classes: NDArray[np.uint8], zones: NDArray[np.int8], out: NDArray[np.uint8]) -> None:
    """Words of hexadecimal digits, letters and digits both, become as many `h`."""
    kinds = classes & np.uint8(DIGIT | HEX | OTHER)
    kinds[zones != TEXT] = 0
    begins, sizes = _runs(kinds != 0)
    if not len(begins):
        return
    # What stands between two words has no kind, so each may reach up to the next.
    ids = (np.bitwise_or.reduceat(kinds, begins) == (DIGIT | HEX)) & (sizes >= MIN_HEX)
    found = spread(begins[ids], sizes[ids])
    out[found] = ord("h")
    classes[found] = OTHER


def _shorten_numbers(  # noqa: PLR0917  arrays of one block
    lines: Block,
    classes: NDArray[np.uint8],
    zones: NDArray[np.int8],
    small_stay: NDArray[np.bool_],
    out: NDArray[np.uint8],
    keep: NDArray[np.bool_],
) -> None:
    """A number becomes the digit 2; in texts 0 and 1 stay, a part of a name keeps its length, a status its value."""
    padded = lines.bytes
    begins, sizes = _runs((classes == DIGIT) & ((zones & (DROPPED | VERBATIM)) == 0))
    if not len(begins):
        return
    in_text = zones[begins] == TEXT
    before = padded[begins - 1]
    if begins[0] == 0:
        before[0] = _FEED
    first = padded[begins]
    # A leading zero is no JSON; what stands behind a point or an exponent's sign may begin with one.
    leading = ~in_text & (sizes > 1) & (first == ord("0")) & (before != ord(".")) & (before != ord("+"))
    leading |= in_text & (sizes > LONGEST)
    if leading.any():
        lines.odd[lines.rows_of(begins[leading])] = True
    stay = in_text & (sizes == 1) & (first <= ord("1"))
    stay |= in_text & (before == _BLANK) & (sizes <= SMALL) & (padded[np.maximum(begins - 2, 0)] == _QUOTE)
    if small_stay.any():
        small = np.flatnonzero(in_text & (sizes <= SMALL))
        stay[small[small_stay[lines.rows_of(begins[small])]]] = True
    joined = in_text & _JOINED[before]
    whole = joined & ~stay
    out[spread(begins[whole], sizes[whole])] = ord("2")
    out[begins[~stay]] = ord("2")
    dropped = ~joined & ~stay
    keep[spread(begins[dropped] + 1, sizes[dropped] - 1)] = False
