"""Many records of one stream at once, as columns: what the rules that keep clocks and counts look at.

A row is a record that was made, or a line of a known kind that was not. What rules need to know of it by kind is in its
Facts; the record itself is made when a rule asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logview.record import Level
from logview.standard.template import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from numpy.typing import NDArray

    from logview.standard.rules.registry import Made
    from logview.standard.rules.seen import Seen


class Facts(NamedTuple):
    """What all records of a kind share."""

    service: str
    pid: int | None
    template: str
    message: str
    """Numbers and ids in it may be those of another record of the kind."""
    has_hole: bool
    is_fatal: bool
    is_plain: bool
    has_own_time: bool
    seen: Seen
    """One of them."""


def facts_of(seen: Seen) -> Facts:
    """A record's facts."""
    record = seen.record
    return Facts(
        seen.service, record.pid, seen.template, seen.message, HOLE in seen.template, seen.level is Level.FATAL,
        seen.is_plain, not record.time_from_wrapper, seen,
    )  # fmt: skip


class Rows:
    """Records in the order of their stream. Arrays have one entry a row.

    facts    of each kind
    kind     index into `facts`
    ns       nanoseconds since 1970 where `timed`, else 0
    sizes    bytes of the record without those of its time
    made     row → the record, or what it can be made of
    message  row → its message
    job      row → its job, None for none; the record where only that tells
    differ   pairs of rows → which surely differ by more than their times; only of one size without these
    """

    def __init__(  # noqa: PLR0917  columns, each once
        self,
        facts: Sequence[Facts],
        kind: NDArray[np.int64],
        ns: NDArray[np.int64],
        timed: NDArray[np.bool_],
        sizes: NDArray[np.int64],
        made: Callable[[int], Made],
        message: Callable[[int], str],
        job: Callable[[int], str | Seen | None],
        differ: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]],
    ) -> None:
        self.facts = facts
        self.kind = kind
        self.ns = ns
        self.timed = timed
        self.sizes = sizes
        self.made = made
        self.message = message
        self.job = job
        self.differ = differ
        self.clocked = timed & ~self.all_of("is_plain")
        """Rows that clocks look at: no plain lines."""
        self._seen: dict[int, Seen] = {}

    def __len__(self) -> int:
        return len(self.kind)

    def each(self, of: Callable[[Facts], int]) -> NDArray[np.int64]:
        """A number of every row's kind."""
        return np.array([of(one) for one in self.facts], np.int64)[self.kind]

    def all_of(self, name: str) -> NDArray[np.bool_]:
        """A fact that is true or false, of every row."""
        return np.array([getattr(one, name) for one in self.facts], np.bool_)[self.kind]

    def where(self, test: Callable[[Facts], bool]) -> NDArray[np.bool_]:
        """Rows whose kinds pass a test."""
        return np.array([test(one) for one in self.facts], np.bool_)[self.kind]

    def of_kinds(self, wanted: Sequence[bool]) -> Iterator[tuple[int, int]]:
        """(row, its kind) of the rows of wanted kinds, in order."""
        rows = np.flatnonzero(np.array(wanted, np.bool_)[self.kind])
        return zip(rows.tolist(), self.kind[rows].tolist(), strict=True)

    def seen(self, row: int) -> Seen:
        """The record of a row, made now unless it was before."""
        known = self._seen.get(row)
        if known is None:
            made: Any = self.made(row)
            known = self._seen[row] = made[0](*made[1:4]) if isinstance(made, tuple) else made
        return known

    def groups(
        self, among: NDArray[np.bool_], key: Callable[[Facts], Hashable]
    ) -> Iterator[tuple[Any, NDArray[np.int64]]]:
        """(key, its rows in order) of the rows `among`; keys in order of their first row."""
        rows = np.flatnonzero(among)
        if not len(rows):
            return
        codes, names = self.codes(key)
        if len(names) == 1:
            yield names[0], rows
            return
        mine = codes[rows]
        order = np.argsort(mine, kind="stable")
        cuts = np.flatnonzero(np.diff(mine[order])) + 1
        found = [rows[part] for part in np.split(order, cuts)]
        for part in sorted(found, key=lambda part: int(part[0])):
            yield names[codes[part[0]]], part

    @staticmethod
    def shifted(values: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        """Of each value the one before it; before the first comes `first`."""
        return np.concatenate((np.array([first], values.dtype), values[:-1]))

    @staticmethod
    def joined(first: list[int], then: NDArray[np.int64]) -> NDArray[np.int64]:
        """Both, one behind the other."""
        return np.concatenate((np.array(first, np.int64), then))

    @staticmethod
    def newest(values: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        """The largest so far, before each value and behind the last; it begins with `first`."""
        return np.maximum.accumulate(np.concatenate((np.array([first], values.dtype), values)))

    @staticmethod
    def latest(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The index of the last true value up to each one; -1 before there is any."""
        return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))

    @staticmethod
    def before(some: NDArray[np.int64], first: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(indices of `count` values before each one, from the `first` on, nearest first; which of them there are)."""
        places = some[:, None] - np.arange(first, first + count)
        return np.maximum(places, 0), places >= 0

    @staticmethod
    def numbers(count: int) -> NDArray[np.int64]:
        """0, 1, 2 …"""
        return np.arange(count)

    @staticmethod
    def divided(parts: Sequence[NDArray[np.int64]], by: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(quotients, remainders) of all values in order."""
        return np.divmod(np.sort(np.concatenate(parts)), by)

    @staticmethod
    def ever(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether it was true in a row up to each column."""
        found: NDArray[np.bool_] = np.logical_or.accumulate(mask, axis=1)
        return found

    @staticmethod
    def sorted_by(codes: NDArray[np.int64]) -> tuple[NDArray[np.intp], list[int]]:
        """(indices in order of their codes, small numbers, and then of themselves; where each code's begin)."""
        counts = np.bincount(codes)
        short = codes.astype(np.uint16) if len(counts) < 1 << 16 else codes
        return np.argsort(short, kind="stable"), (np.cumsum(counts) - counts).tolist()

    @staticmethod
    def have_twins(sizes: NDArray[np.int64], ns: NDArray[np.int64], within: int) -> NDArray[np.bool_]:
        """Which values have another one of the same size at most `within` away, before or behind."""
        order = np.argsort(ns, kind="stable")
        near = np.diff(ns[order]) <= within
        found = np.zeros(len(ns), np.bool_)
        if not near.any():
            return found
        # Between two that are near each other all are.
        order = order[np.append(near, False) | np.append(False, near)]
        # Numbers of 16 bits are sorted digit by digit, in a fifth of the time.
        short = sizes.astype(np.uint16) if sizes.max() < 1 << 16 else sizes
        order = order[np.argsort(short[order], kind="stable")]
        close = (np.diff(ns[order]) <= within) & (np.diff(sizes[order]) == 0)
        found[order[1:][close]] = True
        found[order[:-1][close]] = True
        return found

    @staticmethod
    def table(codes: NDArray[np.int64], cuts: Sequence[int], width: int) -> NDArray[np.int64]:
        """How often each code below `width` comes in each part; `cuts`: the last index of each."""
        counts = np.zeros((len(cuts), width), np.int64)
        begin = 0
        for part, cut in enumerate(cuts):
            counts[part] = np.bincount(codes[begin : cut + 1], minlength=width)
            begin = cut + 1
        return counts

    @staticmethod
    def counts(codes: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """(value, how often, first index) of each value, a small number, in order of the first."""
        counts = np.bincount(codes)
        firsts = np.full(len(counts), len(codes))
        # Of several values for one place the last one stays.
        firsts[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        values = np.argsort(firsts, kind="stable")[: np.count_nonzero(counts)]
        return list(zip(values.tolist(), counts[values].tolist(), firsts[values].tolist(), strict=True))

    def codes(self, key: Callable[[Facts], Hashable]) -> tuple[NDArray[np.int64], list[Any]]:
        """(a number for each row, what the numbers stand for)."""
        known: dict[Hashable, int] = {}
        of_kind = np.array([known.setdefault(key(one), len(known)) for one in self.facts], np.int64)
        return of_kind[self.kind], list(known)
