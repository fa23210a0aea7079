"""The columns say what decoding every line says: over all format vectors, however the bytes arrive, and over damage."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003

import pytest
from engine_oracle import HINTS, VECTORS, Bytes, cuts, mangled, records, runs_of
from hypothesis import given
from hypothesis import strategies as st

from logview.engine.feed import Feed
from logview.index.store import DEAD, HAS_TIME, ODD, OPAQUE, Store

Columns = dict[int, tuple[tuple[tuple[int, int], ...], int | None, int, str]]


def indexed(data: bytes, pieces: list[tuple[int, int]]) -> tuple[Store, Feed]:
    store = Store()
    feed = Feed(0, Bytes(data), HINTS, store=store, service_number=lambda _: 0)
    for first, end in pieces:
        feed.take(data[first:end], first)
    feed.finish()
    return store, feed


def fast(data: bytes, pieces: list[tuple[int, int]]) -> Columns:
    store, feed = indexed(data, pieces)
    found: Columns = {}
    for gid in range(store.count):
        if not store.flags[gid] & DEAD:
            time = int(store.time[gid]) if store.flags[gid] & HAS_TIME else None
            found[int(store.start[gid])] = (store.runs(gid), time, int(store.level[gid]), feed.record(gid).text)
    return found


def slow(data: bytes) -> Columns:
    return {
        offset: (runs_of(record), record.time.ns, int(record.level or 0), record.text)
        for offset, record in records(data).items()
    }


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
@pytest.mark.parametrize("pieces", [0, 7])
def test_columns_equal_decoding_everything(path: Path, pieces: int) -> None:
    # Thrice the same lines: heads are learned in the first round and used in the others.
    data = path.read_bytes() * 3
    assert slow(data) == fast(data, cuts(len(data), pieces, seed=pieces))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("path", [path for path in VECTORS if path.stem.startswith(("pino", "py-", "struct", "x-"))],
                         ids=lambda path: path.stem)  # fmt: skip
def test_columns_equal_decoding_everything_in_damaged_logs(path: Path, seed: int) -> None:
    data = mangled(path.read_bytes() * 4, seed)
    assert slow(data) == fast(data, cuts(len(data), seed * 3, seed))


@given(st.lists(st.sampled_from([b"{", b"}", b'"level":30', b'"time":1795424047410', b",", b"\n", b'"msg":"x"', b"\xff",
                                 b"\r", b"2026-11-23 08:57:32,311 - a - INFO - m\n", b"  File \"x\"\n", b"\x1b[31m"]),
                max_size=60), st.integers(0, 5))  # fmt: skip
def test_columns_equal_decoding_everything_in_any_bytes(parts: list[bytes], pieces: int) -> None:
    line = b'{"level":30,"time":1795424047410,"pid":1,"msg":"x"}\n'
    data = line * 3 + b"".join(parts) + line
    assert slow(data) == fast(data, cuts(len(data), pieces, seed=pieces))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_text_of_a_record_that_is_not_odd_is_its_bytes(path: Path) -> None:
    data = path.read_bytes() * 3
    store, feed = indexed(data, [(0, len(data) // 2), (len(data) // 2, len(data))])
    for gid in range(store.count):
        text = feed.record(gid).text
        if not store.flags[gid] & (ODD | OPAQUE | DEAD):
            assert text == feed.raw(gid).decode().removesuffix("\n")
        if not store.flags[gid] & (OPAQUE | DEAD):
            raw = feed.raw(gid).decode()
            assert all(line in raw for line in text.split("\n"))


def test_a_line_far_longer_than_a_block_is_kept_by_its_offsets() -> None:
    head = b'{"level":30,"time":1795424047410,"msg":"a"}\n'
    data = head * 3 + b"x" * (3 << 20) + b"\n" + head
    store, _ = indexed(data, [(at, min(at + 700_000, len(data))) for at in range(0, len(data), 700_000)])
    sizes = [int(size) for size in store.size[: store.count]]
    assert [len(head)] * 3 + [(3 << 20) + 1, len(head)] == sizes


def test_lines_are_known_by_their_heads_once_these_were_seen() -> None:
    line = b'{"level":%d,"time":%d,"pid":1,"hostname":"vm","msg":"x"}\n'
    data = b"".join(line % (10 * (1 + n % 6), 1795424047410 + n) for n in range(200))
    _, feed = indexed(data, [(0, 2000), (2000, len(data))])
    found = feed.survey(data, 0, len(data))
    assert not isinstance(found, tuple)
    assert (found.head >= 0).all()
    assert [1795424047410000000 + n * 1000000 for n in range(200)] == found.time.tolist()


TEXT_LINE = b"2026-11-23 08:57:32,311 - app.solver - INFO - solve finished\n"
JSON_LINE = b'{"level": "INFO", "message": "x", "time": "2026-11-22T21:13:10.873396+00:00"}\n'
BEFORE = [TEXT_LINE, JSON_LINE, TEXT_LINE[:-1] + b" {\n", TEXT_LINE.replace(b"solve", b"error, solve")]
BELOW = [
    b"Traceback (most recent call last):\n",
    b'  File "/srv/app/server.py", line 80, in answer\n    self.send(400)\n',
    b"ValueError: no stops\n",
    b"\nDuring handling of the above exception, another exception occurred:\n\n",
    b"--- Logging error ---\n",
    b"Message: 'a'\nArguments: (1,)\n",
    b"tour cache hit\n",
    b"TypeError: jobs is not iterable\n",
    b"{\n",
    b"  a: 1\n}\n",
]


@given(
    st.lists(st.lists(st.sampled_from(BELOW), max_size=4).map(b"".join), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(BEFORE)), max_size=40),
    st.integers(0, 6),
)
def test_lines_seen_before_belong_where_they_did(below: list[bytes], order: list[tuple[int, bytes]], cut: int) -> None:
    data = (TEXT_LINE + JSON_LINE) * 2
    data += b"".join(line + below[which % len(below)] for which, line in order) * 2 + TEXT_LINE
    assert slow(data) == fast(data, cuts(len(data), cut, seed=cut))
