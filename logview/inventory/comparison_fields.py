"""The field matrix of a comparison: which field each service writes for what, and which two mean the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from logview.inventory.aspects import percent, top
from logview.inventory.charts import paired
from logview.inventory.document import NOT_FOUND, Part, Table
from logview.inventory.observe import CORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.compare import Comparison
    from logview.inventory.observe import FieldSeen

MOST_FIELDS = 60
MIN_SHARED = 5
"""Shared values that make two fields the same: LV708's default."""


def fields(comparison: Comparison) -> Iterator[Part]:
    """Field matrix, same meaning under different names, presence of the core fields."""
    a, b = comparison.sides
    concepts = [name for name in CORE if name in a.observed.fields or name in b.observed.fields]
    others = Counter({n: f.count for n, f in a.observed.fields.items()}) + Counter(
        {n: f.count for n, f in b.observed.fields.items()}
    )
    concepts += [name for name, _ in others.most_common() if name not in CORE][:MOST_FIELDS]
    rows = []
    for concept in concepts:
        mine, theirs = a.observed.fields.get(concept), b.observed.fields.get(concept)
        rows.append(
            (
                concept,
                *field_cells(mine, a.observed.records),
                *field_cells(theirs, b.observed.records),
                verdict(mine, theirs, a.name, b.name),
            )
        )
    columns = ["Concept"]
    for side in (a, b):
        columns += [f"{side.name}: key", "type", "presence", "example"]
    yield Table("Field matrix", (*columns, "Verdict"), tuple(rows), code=frozenset({1, 4, 5, 8}))
    yield Table(
        "Same meaning, different names",
        ("Concept", a.name, b.name, "Why"),
        tuple(same_meaning(comparison)),
        code=frozenset({1, 2}),
        empty="none",
    )
    chart = [
        (
            name,
            a.observed.share(count_of(a.observed.fields.get(name))),
            b.observed.share(count_of(b.observed.fields.get(name))),
        )
        for name in CORE
    ]
    yield paired("Records that carry each core field", chart, (a.name, b.name))


def count_of(found: FieldSeen | None) -> int:
    return found.count if found is not None else 0


def field_cells(found: FieldSeen | None, records: int) -> tuple[str, str, str, str]:
    if found is None:
        return NOT_FOUND, "", "0 %", ""
    keys = ", ".join(key for key, _ in found.keys.most_common(3))
    types = ", ".join(name for name, _ in found.types.most_common())
    return keys, types, percent(found.count, records), found.example


def verdict(mine: FieldSeen | None, theirs: FieldSeen | None, a: str, b: str) -> str:
    """same, alias, type clash, only in one."""
    if mine is None or theirs is None:
        return f"only in {a if theirs is None else b}"
    textual = top(mine.keys).startswith("(") or top(theirs.keys).startswith("(")
    if not textual and not set(mine.types) & set(theirs.types):
        return "type clash"
    return "same" if textual or top(mine.keys) == top(theirs.keys) else "alias"


def same_meaning(comparison: Comparison) -> Iterator[tuple[str, str, str, str]]:
    """Fields that mean the same and are called differently: by concept, or because they share values."""
    a, b = (side.observed for side in comparison.sides)
    for concept, mine in a.fields.items():
        theirs = b.fields.get(concept)
        if theirs is None:
            continue
        left, right = top(mine.keys), top(theirs.keys)
        if left != right and not left.startswith("(") and not right.startswith("("):
            yield concept, left, right, "the same concept"
    for left_name, mine in a.fields.items():
        for right_name, theirs in b.fields.items():
            if left_name == right_name or left_name in b.fields or right_name in a.fields:
                continue
            shared = mine.values & theirs.values
            least = min(len(mine.values), len(theirs.values))
            if len(shared) >= MIN_SHARED and len(shared) * 2 >= least:
                yield left_name, top(mine.keys), top(theirs.keys), f"{len(shared)} values in common"
