"""Another process surveys blocks: what it finds is what would have been found here, however it ends."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import pytest
from engine_oracle import HINTS, VECTORS, Bytes, mangled
from hypothesis import given, settings
from hypothesis import strategies as st

from logview.engine import scanning, surveying
from logview.engine.feed import Feed
from logview.engine.scanning import Scan
from logview.engine.surveying import Surveyor
from logview.index.store import COLUMNS, ODD, OPAQUE, Store
from logview.work.helper import Helper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from logview.engine.feed import Piece
    from logview.index.survey import Survey

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
LINES = b"".join(
    b'{"level":%d,"time":%d,"pid":1,"hostname":"vm","msg":"accepted","n":%d}\n'
    % (10 * (1 + n % 6), 1795424047410 + n, n)
    for n in range(3000)
)
Columns = list[tuple[int, ...]]


def helped() -> Surveyor:
    """A surveyor with a process, which `beside` would not fork here: pytest has threads."""
    return Surveyor(Helper(surveying._Apart().take))


def scanned(
    datas: Sequence[bytes], surveyor: Surveyor, at_each: Callable[[int], object] = lambda _: None
) -> tuple[Columns, int]:
    """(the columns of all records by source and place, blocks surveyed by this process).

    Not the flags ODD and OPAQUE: where a line comes to a record, they depend on whether that one was decoded already.
    """
    store, here = Store(), 0
    feeds = [Feed(n, Bytes(data), HINTS, store=store, service_number=lambda _: 0) for n, data in enumerate(datas)]
    own = Feed.survey

    def survey(feed: Feed, lines: bytes, start: int, size: int) -> Survey | Piece:
        nonlocal here
        here += 1
        return own(feed, lines, start, size)

    def place(feed: Feed, found: Survey | Piece) -> None:
        feed.place(found)
        at_each(feed.taken)

    with (
        mock.patch.multiple(scanning, BLOCK=8192, FIRST_BYTES=512, _SMALL=512),
        mock.patch.object(Feed, "survey", survey),
    ):
        Scan(feeds, place, lambda: False, surveyor=surveyor).run()
    store.flags[: store.count] &= 0xFF ^ (ODD | OPAQUE)
    rows = zip(*(getattr(store, name)[: store.count].tolist() for name in ("source", *COLUMNS)), strict=True)
    return sorted(rows), here


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(VECTORS), min_size=1, max_size=3), st.integers(0, 1000))
def test_both_processes_find_the_same(paths: list[Path], seed: int) -> None:
    datas = [mangled(path.read_bytes() * 20, seed) for path in paths]
    assert scanned(datas, helped())[0] == scanned(datas, Surveyor(None))[0]


def test_the_other_process_has_its_part_of_the_work() -> None:
    alone, all_blocks = scanned([LINES, LINES], Surveyor(None))
    both, here = scanned([LINES, LINES], helped())
    assert both == alone
    assert here < all_blocks


@pytest.mark.parametrize("after", [1, 60_000])
def test_what_a_killed_process_had_is_done_again(after: int) -> None:
    helper = Helper(surveying._Apart().take)
    killed: list[int] = []

    def kill(taken: int) -> None:
        if taken >= after and not killed:
            killed.append(helper.pid)
            os.kill(helper.pid, signal.SIGKILL)

    found, _ = scanned([LINES], Surveyor(helper), kill)
    assert killed
    assert found == scanned([LINES], Surveyor(None))[0]


def test_a_scan_ends_its_process() -> None:
    helper = Helper(surveying._Apart().take)
    scanned([LINES], Surveyor(helper))
    with pytest.raises(ProcessLookupError):
        os.kill(helper.pid, 0)


def test_a_survey_is_told_whole() -> None:
    feed = Feed(0, Bytes(LINES), HINTS, store=Store(), service_number=lambda _: 0)
    feed.take(LINES[: LINES.index(b"\n", 2000) + 1], 0)
    found = feed.survey(LINES, 0, len(LINES))
    assert not isinstance(found, tuple)
    told = surveying._unpacked(surveying._packed(found), (LINES, 0, len(LINES)))
    for name in ("starts", "sizes", "head", "time"):
        assert np.array_equal(getattr(found, name), getattr(told, name)), name
        assert getattr(told, name).flags.writeable
