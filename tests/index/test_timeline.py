"""The timeline is one total order by (time, source, start), however the records come."""

from __future__ import annotations

from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logview.index import store as store_module
from logview.index import timeline as timeline_module
from logview.index.store import DEAD, HAS_TIME, Batch, Store
from logview.index.timeline import Order, Timeline, key_of

BATCHES = st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 30), max_size=6)), max_size=12)


def rows(store: Store, source: int, times: list[int], starts: dict[int, int]) -> None:
    made = []
    for time in times:
        made.append((starts.get(source, 0), 10, time, 9, HAS_TIME, 0, 0))
        starts[source] = starts.get(source, 0) + 10
    store.append(source, Batch.of_rows(made))


def shown(timeline: Timeline) -> list[int]:
    order = timeline.order
    assert order.slice(0, order.rows).tolist() == [order.gid(row) for row in range(order.rows)]
    return order.slice(0, order.rows).tolist()


@given(BATCHES, st.booleans())
def test_records_stand_by_time_source_and_place(batches: list[tuple[int, list[int]]], each: bool) -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    for source, times in batches:
        rows(store, source, times, starts)
        if each:
            timeline.update()
    timeline.update()
    wanted = sorted(range(store.count), key=lambda gid: key_of(store, gid))
    assert wanted == shown(timeline)
    for row, gid in enumerate(wanted):
        assert row == timeline.order.row_of(store, key_of(store, gid))
    timeline.rebuild()
    assert wanted == shown(timeline)


@given(BATCHES)
def test_dead_records_leave_the_timeline(batches: list[tuple[int, list[int]]]) -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    for source, times in batches:
        rows(store, source, times, starts)
    timeline.update()
    store.flags[: store.count : 2] |= DEAD
    timeline.rebuild()
    assert sorted(range(1, store.count, 2), key=lambda gid: key_of(store, gid)) == shown(timeline)


def test_an_early_look_stands_after_the_scan_until_it_is_through() -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    rows(store, 0, [8, 9], {0: 80})
    timeline.begin_with(np.arange(2, dtype=np.uint32))
    rows(store, 0, [1, 2, 3], starts)
    timeline.update()
    assert [2, 3, 4, 0, 1] == shown(timeline)
    timeline.end_early()
    assert [2, 3, 4] == shown(timeline)


def test_one_file_in_order_costs_no_array() -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    for _ in range(5):
        rows(store, 0, [1, 1, 2], {0: starts.setdefault(0, 0)}) if not store.count else rows(store, 0, [3, 3], starts)
        starts[0] = 1000 * (store.count + 1)
        timeline.update()
    assert timeline.order.gids is None


def test_a_store_finds_records_by_their_place() -> None:
    store, starts = Store(), dict[int, int]()
    for source in (0, 1, 0, 1):
        rows(store, source, list(range(3000)), starts)
    for source, start in ((0, 0), (1, 29_990), (0, 59_990), (1, 30_000)):
        gid = store.find(source, start)
        assert gid is not None
        assert (source, start) == (int(store.source[gid]), int(store.start[gid]))
    assert store.find(0, 5) is None


@given(BATCHES, st.integers(1, 8))
def test_an_order_that_somebody_holds_stays_as_it_was_while_rows_come(
    batches: list[tuple[int, list[int]]], fresh: int
) -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    held: list[tuple[Order, list[int]]] = []
    with mock.patch.object(timeline_module, "FRESH", fresh):
        for source, times in batches:
            rows(store, source, times, starts)
            timeline.update()
            held.append((timeline.order, shown(timeline)))
    for order, gids in held:
        assert gids == order.slice(0, order.rows).tolist()
    wanted = sorted(range(store.count), key=lambda gid: key_of(store, gid))
    assert wanted == shown(timeline)
    for low in range(len(wanted)):
        assert wanted[low : low + 3] == timeline.order.slice(low, low + 3).tolist()
    assert list(range(len(wanted))) == [timeline.order.row_of(store, key_of(store, gid)) for gid in wanted]


@given(BATCHES, st.lists(st.integers(-1, 31), max_size=12))
def test_what_may_still_be_preceded_is_shown_later(batches: list[tuple[int, list[int]]], sure: list[int]) -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    for (source, times), before_ns in zip(batches, sure, strict=False):
        rows(store, source, times, starts)
        timeline.update(before_ns)
        in_order = sorted(range(store.count), key=lambda gid: key_of(store, gid))
        assert set(shown(timeline)) >= {gid for gid in in_order if int(store.time[gid]) < before_ns}
        assert timeline.waiting == store.count - len(shown(timeline))
        assert shown(timeline) == [gid for gid in in_order if gid in set(shown(timeline))]
    timeline.update()
    assert shown(timeline) == sorted(range(store.count), key=lambda gid: key_of(store, gid))


def test_columns_outgrow_their_mappings_and_keep_what_they_hold() -> None:
    store, starts = Store(), dict[int, int]()
    timeline = Timeline(store)
    with mock.patch.object(store_module, "_MAPPED_FROM", 64), mock.patch.object(timeline_module, "FRESH", 2):
        for batch in range(400):
            # Every other source is a little late.
            rows(store, batch % 2, [1000 * batch - 1500 * (batch % 2) + n for n in range(30)], starts)
            timeline.update()
    assert store.count == 12_000
    assert sorted(range(store.count), key=lambda gid: key_of(store, gid)) == shown(timeline)
    mine = store.source[: store.count] == 0
    assert [10 * n for n in range(6000)] == store.start[: store.count][mine].tolist()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), min_size=1, max_size=8), st.booleans())
def test_runs_stand_where_each_of_their_records_would(steps: list[tuple[bool, int]], gaps: bool) -> None:
    # A filter starts in the middle of what is there, and takes what is older and what is newer.
    store, low, high = Store(), 100, 100
    rows(store, 0, list(range(200)), {})
    runs, one_by_one = Order(None, 0), Order(None, 0)
    for is_newer, size in steps:
        low, high = (low, high + size) if is_newer else (low - size, high)
        first, last = (high - size, high) if is_newer else (low, low + size)
        if gaps and size == 4:
            # Something in between does not pass: from then on the rows are no run.
            runs = runs.merged(store, np.array([first, last - 1], np.uint32))
            one_by_one = one_by_one.merged(store, np.array([first, last - 1], np.uint32))
            continue
        epoch, was_there = runs.epoch, runs.slice(0, runs.rows).tolist()
        runs = runs.with_run(store, first, last)
        one_by_one = one_by_one.merged(store, np.arange(first, last, dtype=np.uint32))
        now = runs.slice(0, runs.rows).tolist()
        assert one_by_one.slice(0, one_by_one.rows).tolist() == now == [runs.gid(row) for row in range(runs.rows)]
        assert runs.epoch > epoch or now[: len(was_there)] == was_there
