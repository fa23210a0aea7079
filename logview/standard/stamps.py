"""Times of many lines at once: where a known kind of line has its time, and how that is read without decoding.

A time that does not look exactly like the one the decoder read (same length, same signs, a real date) is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logview.index.heads import stamp_of
from logview.record import TimeKind
from logview.standard.rules.timestamp import YEAR_2001_NS

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from logview.record import Record

MAX_NOTATION = 64
"""The longest notation, bytes: what `Anatomy.padded` has behind the block."""
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.uint8)


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

    def read(self, padded: NDArray[np.uint8], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ns, whether it was read) of the times that begin at `places`."""
        lines = padded[places[:, None] + np.arange(self.size)]
        fits = (lines[:, self._digits] - np.uint8(48) <= 9).all(axis=1)
        if len(self._signs):
            fits &= (lines[:, self._signs] == self._written[self._signs]).all(axis=1)
        behind = padded[places + self.size] - np.uint8(48)
        fits &= behind > 9
        if self._stamp.calendar >= 0:
            fits &= self._is_real(lines)
            lines[~fits] = self._written
        ns = self._stamp.ns(lines, self._zone)
        if self._latest_ns is not None:
            fits &= (ns >= YEAR_2001_NS) & (ns <= self._latest_ns)
        return ns, fits

    def _is_real(self, lines: NDArray[np.uint8]) -> NDArray[np.bool_]:
        at = self._stamp.calendar
        month, day, hour = (_two(lines, at + place) for place in (5, 8, 11))
        minute, second = _two(lines, at + 14), _two(lines, at + 17)
        real: NDArray[np.bool_] = (
            (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
        )
        real &= day <= _DAYS[np.where(real, month, 0)]
        year = sum((lines[:, at + place].astype(np.int64) - 48) * 10 ** (3 - place) for place in range(4))
        is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        real &= (month != 2) | (day < 29) | is_leap
        real &= (year >= 1900) & (year < 2200)
        return real


def _two(lines: NDArray[np.uint8], at: int) -> NDArray[np.uint8]:
    return (lines[:, at] - np.uint8(48)) * np.uint8(10) + (lines[:, at + 1] - np.uint8(48))
