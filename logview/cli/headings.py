"""Where the ids and the message of a text line stand, by the words of its head.

A text line's head is a number of words (decode/heads.py says how many). Lines that differ in the digits of the time, in
the ids behind `=` that hold a digit and in the message only are read alike, unless something in the message may decide
otherwise: such lines are left out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from logview.cli.patterns import NEVER, PLAIN, Gap, Token, repeated

LONGEST = 4096
"""Bytes of a line whose message no printer cuts."""
ODD = b" - - ["
"""What makes a web server's line of one that begins like others."""
_NAME = rb"[-_.0-9A-Za-z]"
_HAS_DIGIT = rb"(?=[-_.A-Za-z]*[0-9])"
_ID = re.compile(rb"(?<==)" + _HAS_DIGIT + _NAME + rb"++")
_NO_PAIR = rb"[ !#-<>-\[\]-~]"
_DIGIT = re.compile(rb"[0-9]")
_WORDS = re.compile(rb"(?<= )")
_BEFORE_BRACE = b"{ |-\t"
"""What a message may not begin with: the head might go on."""
_CLOSING = b"}]) "
"""What a line may not end with: pairs might stand there."""
_END = rb"(?<![}\]) ])"
_PLAIN_LINE = re.compile(PLAIN + rb"++\n")


class Heading(NamedTuple):
    """Of a line's head.

    words    how many words it has, and how many of the message decide what is one
    time     where the time ends, which begins the line
    message  where the message begins; 0: behind the head's last word
    """

    words: int
    time: int
    message: int


class Layout(NamedTuple):
    """The values of a text line, its ids and then its message, and the tokens of all lines like it."""

    values: tuple[bytes, ...]
    tokens: tuple[Token, ...]

    def above(self, below: bytes) -> tuple[Token, ...]:
        """The tokens of lines with this message above these further lines."""
        return (*self.tokens[:-2], self.values[-1] + b"\n" + below)


def layout_of(line: bytes, heading: Heading, id_limit: int, message_limit: int) -> Layout | None:
    """How a line with its line feed is laid out; None where more than its head decides.

    id_limit  bytes that each id may have; `message_limit` so
    """
    if not _PLAIN_LINE.fullmatch(line) or not line[:1].isdigit() or len(line) > LONGEST or line[-2] in _CLOSING:
        return None
    words = line.split(b" ", heading.words)
    if len(words) <= heading.words or ODD in line:
        return None
    stop = len(line) - len(words[-1]) - 1
    begin = heading.message or stop + 1
    if begin >= len(line) - 1 or heading.time > stop:
        return None
    if line[begin] in (b" " if heading.message else _BEFORE_BRACE) or (heading.message and b"=" in line[begin:]):
        return None
    ids = [one.span() for one in _ID.finditer(line, heading.time, stop)]
    tokens: list[Token] = [Gap(_digits(line[: heading.time]), is_kept=False)]
    at = heading.time
    for low, high in ids:
        tokens += (*_split(line[at:low]), Gap(_HAS_DIGIT + repeated(_NAME, id_limit), is_kept=True))
        at = high
    if heading.message:
        tokens += (*_split(line[at:begin]), _opened(line[begin : stop + 1], message_limit), b"\n")
    else:
        tokens += (*_split(line[at:begin]), _bare(line, stop, message_limit), b"\n")
    return Layout((*(line[low:high] for low, high in ids), line[begin:-1]), tuple(tokens))


def _split(text: bytes) -> list[bytes]:
    return [word for word in _WORDS.split(text) if word]


def _digits(text: bytes) -> bytes:
    """An expression for the text with any digits."""
    return _DIGIT.sub(rb"[0-9]", re.escape(text))


def _bare(line: bytes, stop: int, limit: int) -> Gap:
    """A message behind a head that ends at `stop`."""
    # With and without a pair somewhere in the line are two shapes.
    is_free = b"=" in line[:stop]
    sign = b"" if is_free else rb"(?=[^=\n]*=)"
    letter = PLAIN if is_free or b"=" in line else _NO_PAIR
    return Gap((sign if letter == PLAIN else b"") + rb"(?![{ |\-\t])" + repeated(letter, limit) + _END, is_kept=True)


def _opened(words: bytes, limit: int) -> Gap:
    """A message of which the first words, with any digits, decide how the line is read; without pairs."""
    left = limit - len(words)
    return Gap(_digits(words) + (repeated(_NO_PAIR, left) if left > 0 else NEVER) + _END, is_kept=True)
