"""The heads known of one source, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.doubt import Search
from logview.index.heads import learn, united
from logview.index.mould import MAX_HEADS, NOBODY, Mould

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from logview.index.heads import Head, Reader
    from logview.record import Record

_MOST_TRIED = 1024
"""Kinds of lines that were tried to learn from and are remembered."""


class Known(NamedTuple):
    """What is known at one moment, to survey a block by; never changed, and may be told to another process.

    heads   by number
    moulds  in the order in which they are tried
    names   the members that name a service, by number
    search  what looks for keys that may contradict any head
    """

    heads: tuple[Head, ...] = ()
    moulds: tuple[Mould, ...] = ()
    names: tuple[bytes, ...] = ()
    search: Search | None = None


class Heads:
    """Learns heads, whose numbers never change.

    Moulds are ordered by how often they fit, but the longer of two that may fit comes first.
    """

    def __init__(self) -> None:
        self.now = Known()
        self._seen = np.zeros(MAX_HEADS, np.int64)
        self._above: dict[Mould, list[Mould]] = {}
        """Mould → the shorter ones that may fit the same lines."""
        self._tried: set[object] = set()
        """Kinds of lines from which all was learned that can be."""

    @property
    def is_full(self) -> bool:
        """Whether there is no room for more heads."""
        return len(self.now.heads) >= MAX_HEADS

    def learn(self, line: bytes, record: Record, reader: Reader) -> None:
        """Learn from a line that was decoded, by itself in its record; without its line end."""
        kind = _kind(record, reader)
        if kind in self._tried:
            return
        if len(self._tried) >= _MOST_TRIED:
            self._tried.clear()
        self._tried.add(kind)
        head = learn(line, record, reader)
        if head is None:
            return
        heads = self.now.heads
        for number, known in enumerate(heads):
            if known.is_frame_of(head):
                if known.contrary <= head.contrary:
                    return
                both = united(known, head, line, record, reader)
                if both is not None:
                    self._take((*heads[:number], both, *heads[number + 1 :]))
                return
        if not self.is_full:
            self._take((*heads, head))

    def _take(self, known: tuple[Head, ...]) -> None:
        names = [*self.now.names]
        names += [name for name in dict.fromkeys(head.named for head in known) if name and name not in names]
        alike: dict[object, list[int]] = {}
        for number, head in enumerate(known):
            alike.setdefault(Mould.key(head), []).append(number)
        moulds = [
            Mould(numbers, [known[at] for at in numbers], [_number(names, known[at].named) for at in numbers])
            for numbers in alike.values()
        ]
        self._above = {mould: [other for other in moulds if mould.extends(other)] for mould in moulds}
        keys = frozenset[str]().union(*(head.contrary for head in known if head.is_json))
        in_text = any(head.contrary for head in known if not head.is_json)
        search = Search(keys, in_text=in_text) if keys or in_text else None
        self.now = Known(known, self._ordered(moulds), tuple(names), search)

    def count(self, fitted: NDArray[np.int16]) -> None:
        """Note which heads fitted a block's lines, −1 for none."""
        self._seen += np.bincount(fitted + 1, minlength=MAX_HEADS + 1)[1:]
        moulds = self._ordered(self.now.moulds)
        if moulds != self.now.moulds:
            self.now = self.now._replace(moulds=moulds)

    def _ordered(self, moulds: Iterable[Mould]) -> tuple[Mould, ...]:
        seen = {mould: int(self._seen[list(mould.numbers)].sum()) for mould in moulds}
        weights = {mould: max(seen[one] for one in (mould, *self._above[mould])) for mould in moulds}
        return tuple(sorted(moulds, key=lambda mould: (-weights[mould], -mould.first.start.size)))


def _kind(record: Record, reader: Reader) -> object:
    """Equal for records of which one teaches what the other does, as far as can be seen cheaply."""
    written = record.time.written
    size = len(written) if isinstance(written, str) else written.bit_length() if isinstance(written, int) else -1
    keys = record.layout if record.data is None else tuple(record.data)
    return record.format, keys, repr(record.level_written), record.time.key, size, reader.service_of(record)


def _number(names: list[bytes], name: bytes) -> int:
    return names.index(name) if name else NOBODY
