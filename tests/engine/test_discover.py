"""Facts about fields are counts of what records really have."""

from __future__ import annotations

import math

from logview.engine.discover import VALUES_LIMIT, FieldFacts, common_values, discover
from logview.record import Level, Record


def record(level: Level | None = Level.INFO, **fields: object) -> Record:
    return Record(level=level, fields=fields)


def facts(*records: Record) -> dict[str, FieldFacts]:
    return {one.name: one for one in discover((one, "scheduler") for one in records)}


def test_each_field_has_its_presence_kinds_and_commonest_values():
    found = facts(
        record(attempt=1, route={"from": "Bergen", "via": None}),
        record(attempt=1, route={"from": "Oslo"}),
        record(Level.WARN, attempt="two", dry=True, gone=None),
    )

    assert list(found) == ["attempt", "level", "service", "route.from", "dry"]
    assert found["attempt"] == FieldFacts(
        "attempt", 3, (("number", 2), ("string", 1)), (("1", 2), ("two", 1)), True, (1, 1, 1, 1)
    )
    assert found["level"].values == (("info", 2), ("warn", 1))
    assert found["level"].kinds == (("string", 3),)
    assert found["route.from"].values == (("Bergen", 1), ("Oslo", 1))
    assert found["dry"].kinds == (("boolean", 1),)


def test_numbers_have_a_span_and_what_is_no_number_has_none():
    found = facts(*(record(n=number, word="x") for number in [*range(1, 101), math.nan]))

    assert found["n"].span == (1, 50, 95, 100)
    assert found["word"].span is None


def test_only_so_many_different_values_are_counted_and_it_says_so():
    found = facts(*(record(n=f"id-{number}", same="s") for number in range(VALUES_LIMIT + 5)))

    assert len(found["n"].values) == VALUES_LIMIT
    assert not found["n"].is_whole
    assert found["n"].records == VALUES_LIMIT + 5
    assert found["same"].is_whole


def test_objects_and_lists_are_counted_and_not_quoted():
    found = facts(record(tour=[1, 2], deep={"a": {"b": 1}}))

    assert (found["tour"].kinds, found["tour"].values) == ((("list", 1),), ())
    assert (found["deep.a"].kinds, found["deep.a"].values) == ((("object", 1),), ())


def test_what_is_offered_to_a_filter_has_true_counts_or_none():
    looked_at = [(record(attempt=1), "scheduler"), (record(Level.WARN, attempt=2), "scheduler")]
    counts = {"scheduler": {Level.INFO: 40, Level.WARN: 2, None: 1}, "optimizer": {Level.INFO: 60}}

    part = common_values(looked_at, counts, is_whole=False)
    assert part["level"] == [("info", 100), ("warn", 2)]
    assert part["service"] == [("optimizer", 60), ("scheduler", 43)]
    assert part["attempt"] == [("1", 0), ("2", 0)]
    assert common_values(looked_at, counts, is_whole=True)["attempt"] == [("1", 1), ("2", 1)]
    assert common_values([], {}, is_whole=True) == {}
