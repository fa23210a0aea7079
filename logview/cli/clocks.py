"""The times of many lines as they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.cli.printing import Wording

_SECOND, _MILLI, _MICRO = 1_000_000_000, 1_000_000, 1_000


def clocks(ns: NDArray[np.int64], wording: Wording) -> list[bytes | None]:
    """The instants as they are printed; None for one that is in no calendar."""
    seconds = ns // _SECOND
    parts = ns - seconds * _SECOND
    # Lines of one second mostly stand together; one that comes again is asked for again.
    is_new = np.diff(seconds, prepend=seconds[:1] - 1) != 0
    which = np.cumsum(is_new) - 1
    texts = [wording.clock(second * _SECOND).encode() for second in seconds[is_new].tolist()]
    known = [text for text in texts if b".000" in text]
    size, point = (len(known[0]), known[0].index(b".000") + 1) if known else (4, 1)
    # Those that are laid out otherwise are left to others: years of five digits.
    is_regular = np.array([len(text) == size and text[point - 1 : point + 3] == b".000" for text in texts], np.bool_)
    table = np.frombuffer(b"".join(text[:size].ljust(size) for text in texts), np.uint8).reshape(-1, size)
    # Instants are printed with three, six or nine digits behind the second.
    digits = np.full(len(ns), 3)
    if wording.is_fine:
        digits[parts % _MILLI != 0] = 6
        digits[parts % _MICRO != 0] = 9
    out: list[bytes | None] = [None] * len(ns)
    for count in np.unique(digits).tolist():
        mine = np.flatnonzero((digits == count) & is_regular[which])
        for row, text in zip(mine.tolist(), _written(table[which[mine]], parts[mine], point, count), strict=True):
            out[row] = text
    return out


def _written(seconds: NDArray[np.uint8], parts: NDArray[np.int64], point: int, count: int) -> list[bytes]:
    """The texts of seconds, whose fraction begins at `point`, with `count` digits of their parts, ns."""
    out = np.empty((len(seconds), seconds.shape[1] + count - 3), np.uint8)
    out[:, :point] = seconds[:, :point]
    out[:, point + count :] = seconds[:, point + 3 :]
    left = parts // 10 ** (9 - count)
    for place in range(point + count - 1, point - 1, -1):
        left, out[:, place] = left // 10, left % 10 + ord("0")
    texts: list[bytes] = out.view(f"S{out.shape[1]}").ravel().tolist()
    return texts
