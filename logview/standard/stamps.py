"""Times of many lines at once: where a known kind of line has its time, and how that is read without decoding.

A time that does not look exactly like the one the decoder read (same length, same signs, a real date) is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.index.stamp import stamp_of
from logview.index.words import Words
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
        self._written = np.frombuffer(line[found.start : found.end], np.uint8)
        self._digits = self._stamp.digits()
        self.last_digit = int(self._digits[-1])
        """Where its last digit stands: the one that may be anything."""
        signs = np.ones(self.size, np.bool_)
        signs[self._digits] = False
        self._signs = np.flatnonzero(signs)
        self.key = (bytes(self._written[self._signs]), self._signs.tobytes(), self.size, record.time.kind)
        """Equal for equal notations."""

    def read(self, padded: bytes, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ns, whether it was read) of the times that begin at `places`, ascending; 64 bytes stand behind the last."""
        block = np.frombuffer(padded, np.uint8)
        lines = block[places[:, None] + np.arange(self.size)]
        fits: NDArray[np.bool_] = (lines[:, self._digits] - np.uint8(48) <= 9).all(axis=1)
        if len(self._signs):
            fits &= (lines[:, self._signs] == self._written[self._signs]).all(axis=1)
        fits &= block[places + self.size] - np.uint8(48) > 9
        if self._stamp.calendar >= 0:
            # 1900 to 2199: far from where nanoseconds no longer fit.
            first, second = lines[:, self._stamp.calendar], lines[:, self._stamp.calendar + 1]
            fits &= ((first == ord("1")) & (second == ord("9"))) | ((first == ord("2")) & (second <= ord("1")))
        ns = np.zeros(len(places), np.int64)
        ns[fits], real = self._stamp.ns(Words(padded), places[fits], self._zone)
        fits[fits] = real
        if self._latest_ns is not None:
            fits &= (ns >= YEAR_2001_NS) & (ns <= self._latest_ns)
        return ns, fits
