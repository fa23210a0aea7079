"""Where the errors of JSON lines stand: skeletons keep them as they are, escapes and all: rules read all of them.

Few errors differ from one record to the next: one that comes back is one text, to the byte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logview.standard.keys import ERROR_KEYS, ERROR_PREFIXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logview.standard.block import Block

_BEGINNINGS = tuple(sorted({b'"' + key[:3].encode() for key in (*ERROR_KEYS, *ERROR_PREFIXES)}))
_KEY = re.compile(
    rb'"(?:(?:%s)|(?:%s)[^"\\\n]*)"[ ]?:[ ]?'
    % (
        "|".join(map(re.escape, sorted(ERROR_KEYS, key=len, reverse=True))).encode(),
        "|".join(map(re.escape, ERROR_PREFIXES)).encode(),
    )
)
_STRING = re.compile(rb'"(?:[^"\\\n]|\\[^\n])*"')
_BARE = re.compile(rb"[^\[\]{}\"\n]*")
_SCALAR = re.compile(rb"[^\[\]{}\",\n]*")


def errors_in(lines: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(begin, end) of the values under keys that tell of an error, ascending; a line in which one has no end is odd."""
    data = lines.data
    found = []
    for beginning in _BEGINNINGS:
        at = data.find(beginning)
        while at >= 0:
            key = _KEY.match(data, at)
            if key is not None:
                found.append(key.end())
            at = data.find(beginning, at + 1)
    places = np.array(sorted(found), np.int64)
    rows = lines.rows_of(places)
    is_read = lines.is_json[rows] & ~lines.odd[rows]
    spans: list[tuple[int, int]] = []
    read_to = 0
    for begin, row in zip(places[is_read].tolist(), rows[is_read].tolist(), strict=True):
        if begin < read_to:
            continue
        read_to = _end_of(data, begin)
        if read_to < 0:
            # Nor is what stands in it looked at: of errors in errors each would be read to the end of the line.
            lines.odd[row] = True
            read_to = int(lines.ends[row])
        else:
            spans.append((begin, read_to))
    both = np.array(spans, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _end_of(data: bytes, at: int) -> int:
    """Where a JSON value ends that begins at `at`; -1: not in its line."""
    depth = 0
    while True:
        char = data[at : at + 1]
        if char == b'"':
            text = _STRING.match(data, at)
            if text is None:
                return -1
            at = text.end()
        elif char in (b"{", b"["):
            depth, at = depth + 1, at + 1
        elif char in (b"}", b"]"):
            depth, at = depth - 1, at + 1
            if depth < 0:
                return -1
        else:
            rest = (_BARE if depth else _SCALAR).match(data, at)
            if rest is None or rest.end() == at:
                return -1
            at = rest.end()
        if not depth:
            return at
