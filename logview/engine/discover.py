"""Which fields records have: how often, of what kind, with which values. Looks at some thousand of them, evenly chosen.

Records in, counts out; reads no file and knows no screen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from logview.query.match import as_text
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from logview.record import Record

LIFTED = ("level", "logger", "function", "job_id", "request_id", "trace_id", "pid", "host")
"""Fields of the normalised record that records are told apart by."""
FIELDS_LIMIT = 128
"""Fields of one record that are looked at."""
VALUES_LIMIT = 1000
"""Different values of one field that are counted."""
VALUE_LENGTH = 200
COMMON = 50
"""Values of one field that are offered to whoever types a filter."""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of the records looked at.

    name      as the query language takes it: "job_id", "req.method"
    records   how many have it, not null
    kinds     ("number", 90), ("string", 2) …, commonest first
    values    (text, records) of its values, commonest first; objects and lists have none
    is_whole  whether `values` holds all of them
    span      (least, median, 95th percentile, greatest) where most values are numbers
    """

    name: str
    records: int
    kinds: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, int], ...]
    is_whole: bool
    span: tuple[float, float, float, float] | None


def fields_of(record: Record, service: str) -> list[tuple[str, Any]]:
    """(name, value) of what a record says, an object's members by their path; null is absent."""
    found: list[tuple[str, Any]] = [("service", service)]
    found += [(name, value) for name in LIFTED if (value := getattr(record, name))]
    for name, value in record.fields.items():
        if isinstance(value, dict):
            found.extend((f"{name}.{inner}", one) for inner, one in list(value.items())[:32] if one is not None)
        elif value is not None:
            found.append((name, value))
    return found[:FIELDS_LIMIT]


def discover(records: Iterable[tuple[Record, str]]) -> list[FieldFacts]:
    """Facts of every field in (record, service) pairs, those most records have first."""
    seen: dict[str, _Field] = {}
    for record, service in records:
        for name, value in fields_of(record, service):
            field = seen.get(name)
            if field is None:
                field = seen[name] = _Field(Counter(), Counter(), [])
            field.take(value)
    facts = (field.facts(name) for name, field in seen.items())
    return sorted(facts, key=lambda one: (-one.records, one.name))


@dataclass(slots=True)
class _Field:
    kinds: Counter[str]
    values: Counter[str]
    numbers: list[float]
    is_whole: bool = True

    def take(self, value: Any) -> None:
        kind = kind_of(value)
        self.kinds[kind] += 1
        if kind in {"object", "list"}:
            return
        if kind == "number" and not (isinstance(value, float) and isnan(value)):
            self.numbers.append(value)
        text = as_text(value)[:VALUE_LENGTH]
        if text in self.values or len(self.values) < VALUES_LIMIT:
            self.values[text] += 1
        else:
            self.is_whole = False

    def facts(self, name: str) -> FieldFacts:
        records = self.kinds.total()
        span = None
        if 2 * len(self.numbers) > records:
            ranked = sorted(self.numbers)
            last = len(ranked) - 1
            span = (ranked[0], ranked[last // 2], ranked[round(last * 0.95)], ranked[last])
        values = tuple(self.values.most_common())
        return FieldFacts(name, records, tuple(self.kinds.most_common()), values, self.is_whole, span)


def kind_of(value: Any) -> str:
    """JSON's word for a value: string, number, boolean, object, list; a level is a string."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)) and not isinstance(value, Level):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, (list, tuple)) else "string"


def common_values(
    records: Iterable[tuple[Record, str]], counts: Mapping[str, Mapping[Level | None, int]], *, is_whole: bool
) -> dict[str, list[tuple[str, int]]]:
    """Field → its commonest values and how many records have each, by name; 0: nobody knows.

    records   with their services
    counts    service → level → all records there are: of these two fields every value is known
    is_whole  whether `records` are all; of a part of them a count would be taken for one of all
    """
    found = {
        one.name: [(value, number if is_whole else 0) for value, number in one.values[:COMMON]]
        for one in sorted(discover(records), key=lambda one: one.name)
    }
    levels, services = Counter[str](), Counter[str]()
    for service, by_level in counts.items():
        services[service] += sum(by_level.values())
        levels.update({level.text: number for level, number in by_level.items() if level is not None})
    return found | {
        name: counted.most_common(COMMON) for name, counted in (("level", levels), ("service", services)) if counted
    }
