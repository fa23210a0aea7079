"""Where the values of one JSON line stand, and what is left of the line without them.

What is left, keys, punctuation, the values of level keys, `true`, `null`, is the line's **skeleton**; the strings and
numbers that are left out are its **holes**. Lines with one skeleton hold as many holes in the same order. Elements of
lists that are numbers stay where they are: they make further skeletons, never a wrong one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from logview.decode.jsonline import LONGEST
from logview.decode.shape import LEVEL_KEYS

_TOKEN = re.compile(
    rb'"(?P<text>(?:[^"\\]++|\\.)*+)"(?P<number>:\ ?(?P<value>-?[0-9][-+.0-9eE]*+)?)?', re.DOTALL | re.VERBOSE
)
"""A string, and a number behind it if it is a key."""
_CONTROL = re.compile(rb"[\x00-\x1f]")
_MARKED = re.compile(rb"[\\\x7f-\xff]")
WHOLE = rb"(?:0|-?[1-9][0-9]{0,17}+)"
"""A whole number that no reader makes something else of: 64 bits hold 18 digits of any."""
_WHOLE = re.compile(WHOLE)
FRACTION = rb"(?:0|-?[1-9][0-9]{0,17}+)\.[0-9]++"
_FRACTION = re.compile(FRACTION)
_SHORT_FRACTION = re.compile(rb"(?!0\.0000)(?=-?[.0-9]{1,16}\Z)[-0-9]++\.(?:[0-9]*[1-9]|0)")
"""One of at most 15 digits, which a double keeps, with no zero that is too many: told five times as fast."""
_LEVELS = frozenset(key.encode() for key in LEVEL_KEYS)


class Hole(NamedTuple):
    """One hole of a line.

    begin      where in the line
    text       its bytes
    letter     what stands for it in the skeleton: `s`, 1 for a whole number, 2 for another
    is_marked  whether it is not its own text: escapes, letters beyond ASCII, a number written in another way
    """

    begin: int
    text: bytes
    letter: bytes
    is_marked: bool

    @property
    def is_number(self) -> bool:
        """Whether it is no string."""
        return self.letter != b"s"


class Shape(NamedTuple):
    """A JSON line: what is left without its values, and these, in order."""

    skeleton: bytes
    holes: tuple[Hole, ...]

    def without(self, line: bytes, closed: frozenset[int]) -> Shape:
        """The shape of the same line with some of its values left in the skeleton."""
        holes = [hole for index, hole in enumerate(self.holes) if index not in closed]
        return Shape(_skeleton(line, holes), tuple(holes))


def shape_of(line: bytes) -> Shape | None:
    """The shape of a line with its line feed; None for what is no JSON object on one line, or with an odd number."""
    if line[:2] != b'{"' or line[-2:] != b"}\n" or len(line) > LONGEST or _CONTROL.search(line, 0, len(line) - 1):
        return None
    found: list[Hole] = []
    is_level = False
    for token in _TOKEN.finditer(line):
        if token["number"] is None:
            text = token["text"]
            if text and not is_level:
                found.append(Hole(token.start() + 1, text, b"s", _MARKED.search(text) is not None))
            is_level = False
            continue
        is_level = token["text"] in _LEVELS
        if token["value"] is not None:
            number = None if is_level else _number(token.start("value"), token["value"])
            if number is not None:
                found.append(number)
            elif not is_level:
                return None
            is_level = False
    return Shape(_skeleton(line, found), tuple(found))


def _number(begin: int, text: bytes) -> Hole | None:
    if _WHOLE.fullmatch(text):
        return Hole(begin, text, b"1", is_marked=False)
    if _FRACTION.fullmatch(text):
        return Hole(begin, text, b"2", not is_plain(text))
    return None


def is_plain(fraction: bytes) -> bool:
    """Whether a fraction is written as Python and orjson write what they read: the shortest text of a double."""
    return _SHORT_FRACTION.fullmatch(fraction) is not None or b"%r" % float(fraction) == fraction


def _skeleton(line: bytes, holes: list[Hole]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for hole in holes:
        pieces += line[at : hole.begin], hole.letter
        at = hole.begin + len(hole.text)
    return b"".join((*pieces, line[at:]))
