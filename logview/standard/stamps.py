"""Times of many lines at once: where a known kind of line has its time, and how that is read without decoding.

A time that does not look exactly like the one the decoder read (same length, same signs, a real date) is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.index.stamp import stamp_of
from logview.index.words import Overlapping
from logview.record import TimeKind
from logview.standard.rules.timestamp import YEAR_2001_NS

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from logview.record import Record

MAX_NOTATION = 64
"""The longest notation, bytes: what `Block.padded` has behind the block."""


class Notation:
    """How a stream writes its time: one fixed length, digits at fixed places."""

    def __init__(self, line: bytes, record: Record, zone: dt.tzinfo | None, latest_ns: int) -> None:
        found = stamp_of(line, record)
        if found is None or found.end - found.start > MAX_NOTATION:
            raise ValueError("the time has no fixed notation")
        self.at = found.start
        self.size = found.end - found.start
        self._stamp = found.moved(-found.start)
        self._zone = zone
        self._latest_ns = latest_ns if record.time.kind is TimeKind.EPOCH_MS else None
        digits = self._stamp.digits()
        self.last_digit = int(digits[-1])
        """Where its last digit stands: the one that may be anything."""
        mask = np.full(-self.size % 8 + self.size, 0, np.uint8)
        mask[: self.size] = 255
        mask[digits] = 0
        written = np.zeros(len(mask), np.uint8)
        written[: self.size] = np.frombuffer(line[found.start : found.end], np.uint8)
        masks, signs = mask.view("<u8"), (written & mask).view("<u8")
        self._signs = [(8 * at, masks[at], signs[at]) for at in np.flatnonzero(masks).tolist()]
        """(place, mask, word) of the words that hold signs."""
        self.key = (signs.tobytes(), masks.tobytes(), self.size, record.time.kind)
        """Equal for equal notations."""

    def read(self, padded: bytes, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ns, whether it was read) of the times that begin at `places`, ascending; 64 bytes stand behind the last."""
        block = np.frombuffer(padded, np.uint8)
        words = Overlapping(padded)
        fits: NDArray[np.bool_] = block[places + self.size] - np.uint8(48) > 9
        for at, mask, signs in self._signs:
            fits &= (words.at(places + at) & mask) == signs
        if self._stamp.calendar >= 0:
            # 1900 to 2199: far from where nanoseconds no longer fit.
            first, second = block[places + self._stamp.calendar], block[places + self._stamp.calendar + 1]
            fits &= ((first == ord("1")) & (second == ord("9"))) | ((first == ord("2")) & (second <= ord("1")))
        # Whether digits stand where digits should is found where they are read.
        if fits.all():
            ns, fits = self._stamp.ns(words, places, self._zone)
        else:
            ns = np.zeros(len(places), np.int64)
            ns[fits], real = self._stamp.ns(words, places[fits], self._zone)
            fits[fits] = real
        if self._latest_ns is not None:
            fits &= (ns >= YEAR_2001_NS) & (ns <= self._latest_ns)
        return ns, fits
