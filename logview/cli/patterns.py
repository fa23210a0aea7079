"""Many kinds of lines told apart by one regular expression, which also finds their values.

A kind of line is a row of tokens: text that all its lines have, and gaps that any text of an expression may fill.
Kinds that begin alike share the beginning, so that a line is looked at once, whatever its kind is; where each kind ends
stands an empty group, which names it (`lastindex`). The expression walks over a line as fast as a JSON parser does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PLAIN = rb"[ !#-\[\]-~]"
"""Letters that are their own text in every output."""
NEVER = rb"(?!)"
"""What nothing matches."""
UNBOUND = 1 << 31
GROUPS = 192
"""Groups of one expression: each match makes room for all of them."""
MOST = 4
"""Expressions: what is none of the kinds of these costs a look at each."""
LONGEST = 400
"""Tokens of a kind. Bounded: the compiler of expressions recurses."""
WORTH = 10
"""Bytes of tokens that one missed line is worth to compile: it costs some 40 µs, a compiled byte some 4."""


class Gap(NamedTuple):
    """What differs from line to line: an expression without groups, and whether its text is wanted."""

    pattern: bytes
    is_kept: bool


Token = bytes | Gap
if TYPE_CHECKING:
    Node = dict[Token | None, "Node | int"]


def repeated(letter: bytes, limit: int) -> bytes:
    """One to `limit` of the letters, as many as there are."""
    return letter + (b"++" if limit >= UNBOUND else b"{1,%d}+" % limit if limit > 0 else NEVER)


class Kind(NamedTuple):
    """A kind of lines in an expression: its number, and the groups of its wanted gaps, in order."""

    number: int
    groups: tuple[int, ...]


class Expression(NamedTuple):
    """match  (text, place, end) → the match of a whole line, whose `lastindex` is a key of `kinds`."""

    match: Callable[[bytes, int, int], re.Match[bytes] | None]
    kinds: dict[int, Kind]


class Patterns:
    """Kinds of lines by number. New ones are used from `renew` on."""

    def __init__(self) -> None:
        self.expressions: list[Expression] = []
        self._trees: list[Node] = []
        self._last = 0
        """Groups of the last tree, and one for each of its kinds."""
        self._compiled = 0
        """Kinds of the last tree that its expression knows."""
        self._kinds = 0
        self._size = 0
        """Bytes of the last tree's tokens."""
        self._missed = 0

    def add(self, tokens: Sequence[Token], number: int) -> bool:
        """Another kind; False when there is no room."""
        gaps = 1 + sum(isinstance(token, Gap) for token in tokens)
        if len(tokens) > LONGEST or gaps > GROUPS:
            return False
        if not self._trees or self._last + gaps > GROUPS:
            if len(self._trees) == MOST:
                return False
            self._close()
            self._trees.append({})
            self._last = self._compiled = self._kinds = self._size = 0
        node = self._trees[-1]
        for token in tokens:
            if token not in node:
                node[token] = {}
                self._size += len(token) if isinstance(token, bytes) else len(token.pattern)
                self._last += isinstance(token, Gap)
            inner = node[token]
            assert not isinstance(inner, int)
            node = inner
        self._last += None not in node
        node.setdefault(None, number)
        self._kinds += 1
        return True

    def miss(self) -> None:
        """A line of a kind that was added cost more than it would with an expression that knows it."""
        self._missed += 1

    def renew(self) -> None:
        """Compile what was added, if enough was missed to be worth it."""
        if self._missed * WORTH > self._size and self._compiled < self._kinds:
            self._close()

    def _close(self) -> None:
        if not self._trees or self._compiled == self._kinds:
            return
        del self.expressions[len(self._trees) - 1 :]
        self.expressions.append(_compiled(self._trees[-1]))
        self._compiled, self._missed = self._kinds, 0


def _compiled(tree: Node) -> Expression:
    kinds: dict[int, Kind] = {}
    groups = 0

    def source(node: Node, path: tuple[int, ...]) -> bytes:
        nonlocal groups
        out = b""
        while True:
            choices = []
            for token, inner in node.items():
                if isinstance(inner, int):
                    groups += 1
                    kinds[groups] = Kind(inner, path)
                    choices.append(b"()")
                    continue
                if len(node) > 1:
                    head, behind = written(token, path)
                    choices.append(head + source(inner, behind))
            if choices:
                return out + (choices[0] if len(choices) == 1 else b"(?:%b)" % b"|".join(choices))
            ((token, child),) = node.items()
            assert not isinstance(child, int)
            head, path = written(token, path)
            out, node = out + head, child

    def written(token: Token | None, path: tuple[int, ...]) -> tuple[bytes, tuple[int, ...]]:
        nonlocal groups
        if not isinstance(token, Gap):
            return re.escape(token or b""), path
        if not token.is_kept:
            return b"(?:%b)" % token.pattern, path
        groups += 1
        return b"(%b)" % token.pattern, (*path, groups)

    return Expression(re.compile(source(tree, ()) + rb"\Z").match, kinds)
