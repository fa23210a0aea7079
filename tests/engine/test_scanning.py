"""Several sources are scanned side by side: each in its own order, all together about in the order of time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unittest import mock

from engine_oracle import HINTS, Bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from logview.engine import scanning
from logview.engine.feed import Feed
from logview.engine.scanning import SLACK_NS, Scan
from logview.index.store import Store

if TYPE_CHECKING:
    from logview.engine.feed import Piece
    from logview.index.survey import Survey

FIRST_MS = 1_795_424_000_000
STEPS = st.lists(st.integers(0, 60_000), min_size=1, max_size=300)


def log(begin_ms: int, steps: list[int]) -> bytes:
    """Lines of about a hundred bytes, in order of time."""
    lines, ms = [], FIRST_MS + begin_ms
    for step in steps:
        ms += step
        lines.append(b'{"level":30,"time":%d,"msg":"%s"}\n' % (ms, b"x" * 60))
    return b"".join(lines)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3_000_000), STEPS), min_size=1, max_size=4), st.integers(1, 4))
def test_every_block_comes_in_its_place_and_nothing_comes_too_late(
    logs: list[tuple[int, list[int]]], side_by_side: int
) -> None:
    store = Store()
    datas = [log(*one) for one in logs]
    feeds = [
        Feed(number, Bytes(data), HINTS, store=store, service_number=lambda _: 0) for number, data in enumerate(datas)
    ]
    sure: list[int] = []

    def place(feed: Feed, found: Survey | Piece) -> None:
        first = store.count
        feed.place(found)
        assert not sure or (store.time[first : store.count] >= max(sure)).all()
        sure_ns = scan.sure_ns()
        assert sure_ns is not None
        sure.append(sure_ns)
        assert min(int(store.time[: store.count].max()) - SLACK_NS, sure_ns) == sure_ns

    with mock.patch.multiple(scanning, BLOCK=8192, FIRST_BYTES=512, _SMALL=512, SIDE_BY_SIDE=side_by_side):
        scan = Scan(feeds, place, lambda: False)
        scan.run()
    assert scan.sure_ns() is None
    for number, data in enumerate(datas):
        starts = store.start[: store.count][store.source[: store.count] == number].tolist()
        assert starts == [0, *(found.end() for found in re.finditer(rb"\n", data))][:-1]


def test_a_scan_stops_when_it_is_told_to() -> None:
    store = Store()
    feed = Feed(0, Bytes(log(0, [1] * 400)), HINTS, store=store, service_number=lambda _: 0)
    placed: list[int] = []
    with mock.patch.multiple(scanning, BLOCK=2048, FIRST_BYTES=512, _SMALL=512):
        Scan([feed], lambda one, found: placed.extend([len(placed), *one.place(found)]), lambda: len(placed) > 2).run()
    assert 2 < len(placed) < 6
