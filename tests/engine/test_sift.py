"""Every fast plan gives exactly the records that decoding everything and asking `matches` gives."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path  # noqa: TC003

import numpy as np
import pytest
from engine_oracle import HINTS, VECTORS, Bytes, mangled, passing

from logview.engine import sift
from logview.engine.collect import Collection
from logview.engine.needle import can_seek, needle_of, records_with
from logview.query import matches, parse
from logview.query.plan import plan

QUERIES = [
    "level>=warn",
    "level=info or level!=error",
    "-level>=error",
    "missing:level or has:time",
    "level=30",
    "time>=2026-11-23T08:54:07.415Z",
    "time<2026-11-23T09:00Z level:e*",
    "job=job-7f3a",
    "job!=job-7f3a",
    "-job=job-7f3a",
    "jobId:JOB-7*",
    "job=job-7f3a,J-2 level>=info",
    "has:jobId",
    "service=some",
    "service:s* or -service:*o*",
    "solve",
    "Solve",
    "s",
    '"job scheduled"',
    "-solved error",
    "/job-[0-9a-f]+/",
    "/^[{\\[]/",
    "/s(olve|ched).*e$/",
    "/(?i)ERROR|warn/",
    "msg~^s",
    "message:*job*",
    "attempt>=2",
    "duration_ms>=40 or tenantId>41",
    "duration_ms>1ms or responseTime<=5",
    "has:err",
    "missing:attempt",
    "missing:tenantId level>=info or -missing:duration_ms",
    "missing:err or missing:job",
    "err.type=TypeError,KeyError",
    "req.method=GET",
    "tenantId=42",
    "has:pid -logger:opt*",
    "line>3",
    "ö or é or 😀",
    "(a or b) -(c d)",
]


@lru_cache(maxsize=2)
def collected(data: bytes) -> Collection:
    collection = Collection([(Bytes(data), HINTS)], None, None)
    while collection.read(collection.feeds[0]):
        pass
    return collection


def sieved(data: bytes, text: str) -> list[int]:
    collection = collected(data)
    sieve = sift.Sieve(collection, parse(text, zone=HINTS.zone))
    passed = sieve.passes(np.arange(collection.store.count, dtype=np.uint32), lambda: False)
    return sorted(collection.store.start[: collection.store.count][passed].tolist())


def needled(data: bytes, text: str) -> list[int] | None:
    query = parse(text, zone=HINTS.zone)
    source, needle = Bytes(data), needle_of(query)
    if needle is None or not can_seek(source, HINTS):
        return None
    found = records_with(source, needle, HINTS)
    return [record.offset for record in found if matches(query, record, service=record.service or "some", rules=())]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scan even for a handful of records, in blocks of a few lines."""
    monkeypatch.setattr(sift, "FEW", 0)
    monkeypatch.setattr(sift, "BLOCK", 700)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_sieve_equals_asking_every_record(path: Path) -> None:
    data = path.read_bytes() * 2
    for text in QUERIES:
        assert passing(data, parse(text, zone=HINTS.zone)) == sieved(data, text), text


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "name", ["pino-calls", "py-asctime", "x-interleaved", "structlog-json", "pino-http", "py-logfmt"]
)
def test_sieve_equals_asking_every_record_in_damaged_logs(name: str, seed: int) -> None:
    path = next((path for path in VECTORS if path.stem == name), VECTORS[seed])
    data = mangled(path.read_bytes() * 4, seed)
    for text in QUERIES:
        assert passing(data, parse(text, zone=HINTS.zone)) == sieved(data, text), text


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_needle_equals_asking_every_record(path: Path) -> None:
    data = path.read_bytes() * 2
    for text in QUERIES:
        found = needled(data, text)
        if found is not None:
            assert passing(data, parse(text, zone=HINTS.zone)) == found, text


@pytest.mark.parametrize("text", ["job=job-7f3a", '"job scheduled"', "/job-[0-9a-f]+/", "attempt>=2"])
def test_rare_terms_are_scanned_for(text: str) -> None:
    assert plan(parse(text)).terms


@pytest.mark.parametrize("text", ["level>=warn", "service=a time>-15m", "is:violation -rule:LV3*", "missing:time"])
def test_columns_alone_answer_terms_about_columns(text: str) -> None:
    made = plan(parse(text))
    assert not made.terms
    data = b'{"level":30,"time":1795424047410,"msg":"x"}\n' * 5
    sieve = sift.Sieve(collected(data), parse(text))
    answer = sieve.plan.by_columns(sieve._rows(np.arange(5, dtype=np.uint32)))
    assert (answer.yes == answer.possible).all()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("text", ["level>=error", "job=job-7f3a", "time>=2026-11-23T08:54:07.415Z", "has:jobId"])
def test_records_may_be_asked_in_any_order(text: str) -> None:
    # What is shown early of two sources is in the order of time: the first and the last of these are what they are when
    # nothing is out of order.
    levels = (30, 50, 30, 50, 30, 30, 50, 50)
    data = b"".join(
        b'{"level":%d,"time":%d,"jobId":"job-%s","msg":"x"}\n' % (level, 1795424047410 + n, (b"7f3a", b"0")[n % 3 > 0])
        for n, level in enumerate(levels)
    )
    sieve = sift.Sieve(collected(data), parse(text))
    in_line, mixed = np.arange(8, dtype=np.uint32), np.array([0, 3, 1, 2, 6, 5, 4, 7], np.uint32)
    assert sieve.passes(in_line, lambda: False)[mixed].tolist() == sieve.passes(mixed, lambda: False).tolist()
