"""A block taken apart by a thread that runs ahead: which lines have a known layout, the skeletons of the others."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np

from logview.standard.block import Block
from logview.standard.known import telling_of
from logview.standard.layouts import Layouts, signatures
from logview.standard.prefilter import Prefilter
from logview.standard.skeleton import Anatomy, anatomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logview.standard.model import Standard


class Parts:
    """A block taken apart. Arrays have one entry a line unless said otherwise.

    lines    the block, with the lines marked odd in which a value needs a look
    layouts  those that were known
    numbers  which of them each line has; -1: none
    ns       when those lines were written; `stamps`: where that stands in the block
    rest     the lines that have none and are not odd
    anatomy  of those alone; `marks`: their signatures
    in_rest  which of them each line is; -1: none
    """

    __slots__ = ("anatomy", "in_rest", "layouts", "lines", "marks", "ns", "numbers", "rest", "stamps")

    def __init__(  # noqa: PLR0917  columns, each once
        self,
        lines: Block,
        marks: NDArray[np.uint64],
        layouts: Layouts,
        numbers: NDArray[np.int64],
        times: tuple[NDArray[np.int64], NDArray[np.int64]],
        rest: NDArray[np.int64],
        anatomy: Anatomy,
    ) -> None:
        self.lines = lines
        self.marks = marks
        self.layouts = layouts
        self.numbers = numbers
        self.ns, self.stamps = times
        self.rest = rest
        self.anatomy = anatomy
        self.in_rest = np.full(len(lines), -1, np.int64)
        self.in_rest[rest] = np.arange(len(rest))


class Apart:
    """Takes blocks apart; for one thread.

    exact  messages are told apart by the numbers in them, too
    """

    def __init__(self, standard: Standard, *, exact: bool) -> None:
        self._telling = telling_of(standard, exact=exact)
        self._prefilter: Prefilter | None = None
        self.layouts = Layouts()
        """Those that are looked for; whoever learns more puts others in their place."""

    def take(self, data: bytes) -> Parts:
        """The parts of whole lines."""
        if self._prefilter is None:
            self._prefilter = Prefilter()
            # The C library's heap shrinks when the last megabytes of it are given back, and each array of a block
            # would come as fresh pages. It stops doing so once something large was given back.
            np.empty(31 << 20, np.uint8)
        layouts = self.layouts
        looks, near = self._prefilter.search(data)
        lines = Block(data)
        if looks:
            lines.odd[lines.rows_of(np.array(looks))] = True
        marks = signatures(lines)
        numbers = layouts.find(lines, marks)
        times = layouts.times(lines, numbers)
        rest = np.flatnonzero((numbers < 0) & ~lines.odd)
        others = lines if len(rest) == len(lines) else Block(b"".join([lines.whole(row) for row in rest.tolist()]))
        parts = anatomy(others, self._telling, _moved(near, lines, others, rest))
        if others is not lines:
            lines.odd[rest[others.odd]] = True
        return Parts(lines, marks[rest], layouts, numbers, times, rest, parts)


def packed(parts: Parts) -> bytes:
    """Parts as another process sends them: without the block, which both have, and the layouts."""
    lines, others = parts.lines, parts.anatomy
    rest = None if others.lines is lines else (others.lines.data, *_columns(others.lines))
    anatomy = others.skeletons, others.kept.astype(np.int32), others.firsts, others.zones, others.small_stay
    columns = parts.numbers.astype(np.int32), parts.ns, parts.stamps.astype(np.int32)
    return pickle.dumps((_columns(lines), columns, parts.marks, parts.rest, rest, anatomy), 5)


def unpacked(data: bytes, sent: bytes, layouts: Layouts) -> Parts:
    """The parts of a block.

    sent     by a process of our own
    layouts  those by which it recognized lines
    """
    ours, (numbers, ns, stamps), marks, rest, theirs, (skeletons, kept, firsts, zones, small) = pickle.loads(sent)
    lines = _block(data, *ours)
    others = Anatomy(
        lines if theirs is None else _block(*theirs), skeletons, kept.astype(np.int64), firsts, zones, small
    )
    times = ns, stamps.astype(np.int64)
    return Parts(lines, marks, layouts, numbers.astype(np.int64), times, rest, others)


def _columns(lines: Block) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    return lines.ends.astype(np.int32), lines.is_json, lines.odd


def _block(data: bytes, ends: NDArray[np.int32], is_json: NDArray[np.bool_], odd: NDArray[np.bool_]) -> Block:
    return Block.known(data, ends.astype(np.int64), is_json, odd)


def _moved(near: Sequence[int], lines: Block, others: Block, rest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of a block in the block of some of its lines; those in other lines are left out."""
    places = np.array(near, np.int64)
    if others is lines or not len(places):
        return places
    rows = lines.rows_of(places)
    at = np.searchsorted(rest, rows)
    there = np.append(rest, -1)[at] == rows
    moved: NDArray[np.int64] = others.starts[at[there]] + (places - lines.starts[rows])[there]
    return moved
