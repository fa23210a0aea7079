"""A query split by what each part costs: columns first, then bytes, then records.

Every term answers in three values for many rows at once: `yes` where it surely holds, `maybe` where only the record can
tell; the rest surely does not. And, or, not carry both through; what stays `maybe` is decoded and asked `matches`.
Nothing here reads a file: the executor brings columns, and for each `ByteTerm` the rows its pattern was found in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logview.query.literals import ByteTerm, byte_term, is_own
from logview.query.match import compiled
from logview.query.model import (
    And,
    Breaks,
    Compare,
    Has,
    IsViolation,
    Missing,
    Node,
    Not,
    Op,
    Or,
    Query,
    Search,
    Text,
    asks_for_rules,
    walk,
)
from logview.record import Level, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_NOBODY = Record()
_ORDERED: dict[Op, Callable[..., NDArray[np.bool_]]] = {
    Op.GT: np.greater,
    Op.GE: np.greater_equal,
    Op.LT: np.less,
    Op.LE: np.less_equal,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of some records; all arrays have the same length.

    codes, services  what verdict and service numbers stand for

    """

    time: NDArray[np.int64]
    has_time: Mask
    level: NDArray[np.uint8]
    service: NDArray[np.uint16]
    verdict: NDArray[np.uint16]
    services: Sequence[str]
    codes: Callable[[int], Sequence[str]]

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Answer:
    """`yes`: the term surely holds; `possible`: it may hold, `yes` included."""

    yes: Mask
    possible: Mask


@dataclass(frozen=True, slots=True)
class Found:
    """Where the bytes of one ByteTerm were found.

    possible  rows that may hold the text: the pattern was found, or their bytes are not their text
    sure      rows where finding it settles the question
    """

    possible: Mask
    sure: Mask


@dataclass(frozen=True)
class Plan:
    """How to answer one query.

    terms      byte patterns that narrow it down, each once; empty: columns must do
    by_text    only columns and the record's text are asked: no field has to be decoded
    by_object  only columns and the program's own fields are asked: of a JSON record the object is enough
    """

    query: Query
    terms: tuple[ByteTerm, ...]
    by_text: bool
    by_object: bool
    _terms_at: dict[Node, int] = field(repr=False)

    @property
    def by_columns_alone(self) -> bool:
        """Whether no record and no byte is ever looked at."""
        return all(isinstance(node, And | Or | Not) or _in_columns(node) for node in walk(self.query.node))

    @property
    def needs_verdicts(self) -> bool:
        """Whether the answer changes when verdicts do."""
        return asks_for_rules(self.query)

    def by_columns(self, rows: Rows) -> Answer:
        """What columns alone can say."""
        return _ask(self.query.node, rows, {})

    def by_bytes(self, rows: Rows, found: Sequence[Found]) -> Answer:
        """What columns and bytes can say; `found` as `terms`."""
        return _ask(self.query.node, rows, {node: found[at] for node, at in self._terms_at.items()})


def plan(query: Query) -> Plan:
    """The plan of a query."""
    terms: dict[ByteTerm, int] = {}
    terms_at: dict[Node, int] = {}
    by_text = by_object = True
    for node in walk(query.node):
        if isinstance(node, And | Or | Not) or _in_columns(node):
            continue
        by_text &= isinstance(node, Text | Search)
        by_object &= isinstance(node, Compare | Has | Missing) and is_own(node.field)
        # What is missing is not there: its key is looked for, and where that stands only the record can tell.
        term = byte_term(Has(node.field) if isinstance(node, Missing) else node)
        if term is not None:
            terms_at[node] = terms.setdefault(term, len(terms))
    return Plan(query, tuple(terms), by_text, by_object, terms_at)


def lacking(query: Query) -> Query | None:
    """What a query with one comparison of a field hides because it has no such field; None for every other query.

    What columns ask beside the comparison stays asked: "level>=warn attempt>2" → "level>=warn missing:attempt".
    """
    parts = query.node.parts if isinstance(query.node, And) else (query.node,)
    rest = [part for part in parts if not _in_columns(part)]
    if len(rest) != 1 or not isinstance(rest[0], Compare):
        return None
    field = rest[0].field
    missing = tuple(Missing(field) if part is rest[0] else part for part in parts)
    return Query(missing[0] if len(missing) == 1 else And(missing))


def _in_columns(node: Node) -> bool:
    """Whether a term is answered by columns alone."""
    match node:
        case Breaks() | IsViolation():
            return True
        case Has(name) | Missing(name):
            return name in {"time", "level", "service"}
        case Compare("service", _, _):
            return True
        case Compare("level", op, values):
            return op in {Op.GLOB, Op.REGEX, Op.NOT_REGEX} or all(value.level is not None for value in values)
        case Compare("time", op, _):
            return op not in {Op.GLOB, Op.REGEX, Op.NOT_REGEX}
    return False


def _ask(node: Node, rows: Rows, found: dict[Node, Found]) -> Answer:
    if isinstance(node, And | Or):
        answers = [_ask(part, rows, found) for part in node.parts]
        join = np.logical_and if isinstance(node, And) else np.logical_or
        start = np.full(len(rows), isinstance(node, And))
        yes, possible = start, start
        for answer in answers:
            yes, possible = join(yes, answer.yes), join(possible, answer.possible)
        return Answer(yes, possible)
    if isinstance(node, Not):
        inner = _ask(node.part, rows, found)
        return Answer(~inner.possible, ~inner.yes)
    if _in_columns(node):
        mask = _columns(node, rows)
        return Answer(mask, mask)
    hit = found.get(node)
    if hit is None:
        return Answer(np.zeros(len(rows), np.bool_), np.ones(len(rows), np.bool_))
    if isinstance(node, Missing):
        return Answer(~hit.possible, np.ones(len(rows), np.bool_))
    return Answer(hit.possible & hit.sure, hit.possible)


def _columns(node: Node, rows: Rows) -> Mask:
    match node:
        case Breaks() | IsViolation():
            return _by_table(node, rows.verdict, rows)
        case Has("time"):
            return rows.has_time
        case Missing("time"):
            return ~rows.has_time
        case Has("level"):
            return np.asarray(rows.level != 0)
        case Missing("level"):
            return np.asarray(rows.level == 0)
        case Compare("time", op, values):
            return _times(op, [value.moment for value in values if value.moment], rows) & rows.has_time
        case Compare("level", _, _):
            # A few comparisons of bytes cost less than one look into a table for each row.
            passing: Mask = np.zeros(len(rows), np.bool_)
            for level in Level:
                if _passes_level(node, level):
                    passing |= rows.level == int(level)
            return passing
    return _by_table(node, rows.service, rows)


def _passes_level(node: Node, level: Level) -> bool:
    return compiled(Query(node))(Record(level=level), None, ())


def _times(op: Op, moments: list[object], rows: Rows) -> Mask:
    from logview.query.value import Moment

    spans = [moment for moment in moments if isinstance(moment, Moment)]
    if op in {Op.EQ, Op.NE}:
        inside: Mask = np.zeros(len(rows), np.bool_)
        for span in spans:
            inside |= (rows.time >= span.start_ns) & (rows.time < span.end_ns)
        return inside if op is Op.EQ else ~inside
    return np.asarray(_ORDERED[op](rows.time, spans[0].start_ns)) if spans else np.zeros(len(rows), np.bool_)


def _by_table(node: Node, column: NDArray[np.uint16], rows: Rows) -> Mask:
    """A term about service or verdict, asked once for every number that occurs."""
    if not len(column):
        return np.zeros(0, np.bool_)
    test = compiled(Query(node))

    def holds(number: int) -> bool:
        if column is rows.verdict:
            return test(_NOBODY, None, rows.codes(number))
        return test(_NOBODY, rows.services[number], ())

    first, last = int(column.min()), int(column.max())
    if first == last:
        return np.full(len(column), holds(first))
    table = np.zeros(last + 1, np.bool_)
    for number in np.flatnonzero(np.bincount(column)).tolist():
        table[number] = holds(number)
    return np.asarray(table[column], np.bool_)


__all__ = ["Answer", "ByteTerm", "Found", "Plan", "Rows", "lacking", "plan"]
