"""What a filter is once parsed: a small tree, and its canonical text.

`str` of a tree parses back to an equal tree. Knows no Record and no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logview.query.value import Value


class Op(Enum):
    """How a field is compared."""

    EQ = "="
    NE = "!="
    GLOB = ":"
    REGEX = "~"
    NOT_REGEX = "!~"
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`; the empty And is the filter that every record passes."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of `parts`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that `part` is not."""

    part: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op a,b`: true when the field is there and one value (`!=`: no value) fits."""

    field: str
    op: Op
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """The field is present and not null."""

    field: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is absent or null."""

    field: str


@dataclass(frozen=True, slots=True)
class Text:
    """The record's text contains `needle`; insensitive to case unless it holds a capital."""

    needle: str


@dataclass(frozen=True, slots=True)
class Search:
    """The record's text has a match of the regular expression."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Breaks:
    """The record breaks a rule whose code fits one of the globs (upper case)."""

    globs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsViolation:
    """The record breaks any rule."""


Node = And | Or | Not | Compare | Has | Missing | Text | Search | Breaks | IsViolation

KEYWORDS = frozenset({"or", "and", "not"})
FIELD = r"[A-Za-z_@$][\w.@$\-\[\]]*"
"""A field name that needs no quotes."""
OPERATOR = r">=|<=|!=|!~|=|~|:|>|<"
_BARE_FIELD = re.compile(FIELD)
_LOOKS_COMPARED = re.compile(rf"(?:{FIELD})(?:{OPERATOR})(?!//)")
_BARE_WORD = re.compile(r'[^\s()"]+')
_BARE_VALUE = re.compile(r'[^\s(),"]+')


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter.

    node    the tree; relative times in it are already fixed to the moment of parsing
    """

    node: Node

    @property
    def text(self) -> str:
        """The canonical text: aliases resolved, one blank between terms, brackets only where needed."""
        return _print(self.node, inside=None)

    @property
    def matches_everything(self) -> bool:
        """True for the empty filter."""
        return self.node == And(())

    def fields(self) -> tuple[str, ...]:
        """Names of the fields that are compared, first use first, each once."""
        found: dict[str, None] = {}
        for node in walk(self.node):
            if isinstance(node, Compare):
                found.setdefault(node.field)
        return tuple(found)

    def __and__(self, other: Query) -> Query:
        return Query(conjunction((self.node, other.node)))

    def __str__(self) -> str:
        return self.text


def conjunction(parts: tuple[Node, ...]) -> Node:
    """All of `parts`, nested ones flattened."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(parts: tuple[Node, ...]) -> Node:
    """Any of `parts`, nested ones flattened."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def walk(node: Node) -> list[Node]:
    """`node` and everything below it, parents first."""
    found = [node]
    if isinstance(node, And | Or):
        for part in node.parts:
            found.extend(walk(part))
    elif isinstance(node, Not):
        found.extend(walk(node.part))
    return found


def asks_for_rules(query: Query) -> bool:
    """Whether the standard's verdicts decide which records pass."""
    return any(isinstance(node, Breaks | IsViolation) for node in walk(query.node))


def quoted(text: str) -> str:
    r"""`text` as a quoted phrase: `\` and `"` escaped, line breaks and tabs spelled."""
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + body.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def field_text(name: str) -> str:
    """A field name as it may stand in a filter."""
    return name if _BARE_FIELD.fullmatch(name) and name.lower() not in KEYWORDS else quoted(name)


def word_text(word: str) -> str:
    """A text term as it may stand in a filter."""
    bare = (
        _BARE_WORD.fullmatch(word)
        and word.lower() not in KEYWORDS
        and word[0] not in "-/!=<>~&|"
        and not _LOOKS_COMPARED.match(word)
    )
    return word if bare else quoted(word)


def value_text(value: str) -> str:
    """A compared value as it may stand in a filter."""
    return value if _BARE_VALUE.fullmatch(value) and "\\" not in value else quoted(value)


def _print(node: Node, inside: type[And | Or | Not] | None) -> str:
    match node:
        case And(parts):
            body = " ".join(_print(part, And) for part in parts)
            return f"({body})" if inside is Not or (not parts and inside is not None) else body
        case Or(parts):
            body = " or ".join(_print(part, Or) for part in parts)
            return body if inside is None else f"({body})"
        case Not(part):
            return "-" + _print(part, Not)
        case Compare(field, op, values):
            return field_text(field) + op.value + ",".join(value_text(value.text) for value in values)
        case Has(field):
            return "has:" + field_text(field)
        case Missing(field):
            return "missing:" + field_text(field)
        case Text(needle):
            return word_text(needle)
        case Search(pattern):
            return "/" + pattern.replace("/", "\\/") + "/"
        case Breaks(globs):
            return "rule:" + ",".join(globs)
        case IsViolation():
            return "is:violation"
