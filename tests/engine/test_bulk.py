"""Verdicts that come block by block are those that come record by record, and so are the columns beside them."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest
from engine_oracle import VECTORS

from logview.config import Config
from logview.engine import Engine, bulk, judge, live
from logview.index.store import DEAD, EARLY, HAS_TIME, NOTICE
from logview.standard import sweep

TIMES = 6
"""Copies of the lines of a file."""
Columns = dict[tuple[str, int], tuple[object, ...]]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short blocks; nothing is appended, so a source is whole as soon as it is read."""
    monkeypatch.setattr(bulk, "MIN_BYTES", 0)
    monkeypatch.setattr(bulk, "BLOCK", 4_000)
    monkeypatch.setattr(sweep, "FIRST_BYTES", 512)
    monkeypatch.setattr(live, "SETTLE_S", 0.0)


def judged(paths: list[str], look_at: float = 0.0) -> tuple[Columns, dict[str, dict[str, int]]]:
    """Every record's verdict, level, service and time, and what the panel counts.

    look_at  part of the records that are looked at on the screen while they are judged
    """
    engine, chance = Engine(Config(), paths), random.Random(7)
    engine.start()
    try:
        deadline = time.monotonic() + 120
        while not engine.is_judged:
            if (failure := engine.failure()) is not None:
                raise failure
            assert time.monotonic() < deadline
            if look_at and engine.is_indexed:
                engine.show(np.array([int(engine.store.count * chance.random() * look_at)], np.uint32))
            time.sleep(0.002)
        return columns_of(engine), engine.rule_counts()
    finally:
        engine.close()


def columns_of(engine: Engine) -> Columns:
    store = engine.store
    columns: Columns = {}
    for gid in range(store.count):
        if store.flags[gid] & (NOTICE | DEAD | EARLY):
            continue
        verdict = int(store.verdict[gid])
        assert set(engine.verdicts.codes_of(verdict)) == {one.rule for one in engine.violations(engine.key_of(gid))}
        columns[engine.feeds[int(store.source[gid])].source.name, int(store.start[gid])] = (
            engine.verdicts.key_of(verdict),
            int(store.level[gid]),
            engine.service_name(int(store.service[gid])),
            # Without a time of its own it stands where it arrived.
            int(store.time[gid]) if store.flags[gid] & HAS_TIME else None,
        )
    return columns


def repeated(folder: Path, part: int) -> list[str]:
    """Real lines of every format, each file several times over, so that its lines become known."""
    paths = []
    for vector in VECTORS[part::4]:
        path = folder / vector.name
        path.write_bytes(vector.read_bytes().rstrip(b"\n") + b"\n")
        path.write_bytes(path.read_bytes() * TIMES)
        paths.append(str(path))
    return paths


@pytest.mark.parametrize("part", range(4))
def test_blocks_give_the_verdicts_of_records(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = repeated(tmp_path, part)
    by_blocks = judged(paths, look_at=0.5)
    monkeypatch.setattr(judge, "rows_from", lambda *_: None)
    assert by_blocks == judged(paths)


def test_what_is_appended_is_judged_with_what_was_there(tmp_path: Path) -> None:
    """A job that a block began is ended by a record that came later."""
    line = '{"level":30,"time":%d,"service":"a","logger":"l","job_id":"job-%04x","msg":"tick done"}\n'
    path = tmp_path / "a.ndjson"
    path.write_text("".join(line % (1_795_424_047_000 + 1_000 * n, n) for n in range(400)))
    engine = Engine(Config(), [str(path)])
    engine.start()
    try:
        _until(engine, lambda: engine.is_judged)
        with path.open("a") as log:
            log.write(line % (1_795_424_047_000 + 399_000, 399))
        _until(engine, lambda: engine.store.count == 401 and engine.is_judged)
        assert engine.rule_counts()["LV705"] == {"a": 1}
    finally:
        engine.close()


def _until(engine: Engine, claim: object) -> None:
    deadline = time.monotonic() + 30
    while not claim():  # type: ignore[operator]
        assert engine.failure() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2, 3))])
def test_what_arrives_is_judged_by_blocks_as_by_records(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records before, blocks, records again, blocks that go on: whatever judged the ones, the others are the same."""
    monkeypatch.setattr(live, "SETTLE_S", 0.3)
    paths = repeated(tmp_path, part)
    whole = {path: Path(path).read_bytes() for path in paths}
    rows = len(judged(paths)[0])
    monkeypatch.setattr(judge, "MANY", 1 << 30)
    by_records = arriving(whole, rows)
    assert any("LV107" in str(columns[0]) for columns in by_records[0].values())
    monkeypatch.setattr(judge, "MANY", 8)
    assert by_records == arriving(whole, rows)


def arriving(whole: dict[str, bytes], rows: int) -> tuple[Columns, dict[str, dict[str, int]]]:
    """As `judged`, of files that grow in three steps to so many rows while they are followed."""
    # Where the lines begin anew: a record torn in two may be judged before its end comes.
    cuts = {path: [len(data) * n // TIMES for n in (0, 1, 3, 4)] for path, data in whole.items()}
    for path, data in whole.items():
        Path(path).write_bytes(data[: cuts[path][1]])
    engine = Engine(Config(), list(whole))
    engine.start()
    try:
        for step in (1, 2, 3):
            _until(engine, lambda: engine.is_judged)
            before = engine.store.count
            for path, data in whole.items():
                with Path(path).open("ab") as log:
                    log.write(data[cuts[path][step] : [*cuts[path], len(data)][step + 1]])
            _until(engine, lambda: engine.store.count > before)  # noqa: B023  asked before the next step
        _until(engine, lambda: engine.is_judged and len(columns_of(engine)) == rows)
        return columns_of(engine), engine.rule_counts()
    finally:
        engine.close()
