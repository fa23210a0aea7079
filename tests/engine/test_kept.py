"""A kept index against a fresh scan: of the same file, grown, cut, rotated, rewritten, read otherwise, and damaged."""

from __future__ import annotations

import os
import random
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from logview.cli.cache import command
from logview.config import Config, parse
from logview.engine import Engine, cache, kept
from logview.index.store import DEAD

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'cost'\n"
Rows = list[tuple[object, ...]]


def text(first: int, last: int) -> str:
    """Records of a Python service, every seventh with a traceback, every fifth a print without a time."""
    made = []
    for n in range(first, last):
        made.append(f"2026-11-23 08:{n // 60 % 60:02}:{n % 60:02},311 - app.solver - INFO - solve {n} finished\n")
        made.append(TRACE if n % 7 == 0 else "tour cache hit\n" if n % 5 == 0 else "")
    return "".join(made)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(kept, "LEAST_BYTES", 4096)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache.folder()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text(text(0, 900))
    return path


def rows(log: Path, folder: str | None, config: Config | None = None) -> Rows:
    """What an engine knows of every record once it has read the file."""
    engine = Engine(config or Config(), [str(log)], cache=folder)
    try:
        engine.start()
        deadline = time.monotonic() + 60
        while (
            not engine.is_indexed
            or engine._reader.is_keeping
            or any(feed.has_waiting for feed in engine.feeds.values())
        ):
            assert engine.failure() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        store = engine.store
        return sorted(
            (
                store.runs(gid),
                int(store.time[gid]),
                int(store.level[gid]),
                int(store.flags[gid]),
                engine.service_name(int(store.service[gid])),
                engine.record_of(gid).text,
            )
            for gid in range(store.count)
            if not store.flags[gid] & DEAD
        )
    finally:
        engine.close()


@pytest.fixture
def recalled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each look at the cache found something."""
    found, real = [], kept.recall

    def recall(*arguments: object) -> bool:
        found.append(real(*arguments))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(kept, "recall", recall)
    return found


def same(log: Path) -> None:
    pass


def grown(log: Path) -> None:
    with log.open("a") as file:
        file.write(TRACE + text(900, 950) + "2026-11-23 09:00:00,311 - app.solver - INF")


def cut(log: Path) -> None:
    os.truncate(log, 20_000)


def rotated(log: Path) -> None:
    log.rename(log.with_name("app.log.1"))
    log.write_text(text(100, 900))


def rewritten(log: Path) -> None:
    data = log.read_text().replace("solve 4", "SOLVE 4").replace("INFO - solve 5", "WARN - solve 5")
    with log.open("r+") as file:
        file.write(data)


@pytest.mark.parametrize(
    ("change", "is_used"), [(same, True), (grown, True), (cut, False), (rotated, False), (rewritten, False)]
)
def test_a_second_look_knows_what_a_fresh_scan_finds(
    log: Path, folder: str, recalled: list[bool], change: Callable[[Path], None], is_used: bool
) -> None:
    assert rows(log, None) == rows(log, folder)
    change(log)
    assert rows(log, None) == rows(log, folder)
    assert [False, is_used] == recalled


def test_a_file_that_ends_inside_a_block_is_kept_too(log: Path, folder: str, recalled: list[bool]) -> None:
    with log.open("a") as file:
        file.write("--- Logging error ---\n" + TRACE)
    assert rows(log, None) == rows(log, folder)
    grown(log)
    assert rows(log, None) == rows(log, folder)
    assert [False, True] == recalled


def test_another_configuration_reads_anew(log: Path, folder: str, recalled: list[bool]) -> None:
    rows(log, folder)
    config = parse(
        '[services.solver]\nlogs = ["app.log"]\nzone = "America/New_York"\n', file=str(log.parent / "logview.toml")
    )
    assert rows(log, None, config) == rows(log, folder, config)
    assert [False, False] == recalled
    assert len(cache.entries(folder)) == 2


def test_a_damaged_index_is_as_good_as_none(log: Path, folder: str, recalled: list[bool]) -> None:
    fresh = rows(log, folder)
    (entry,) = cache.entries(folder)
    whole, chance = Path(entry.path).read_bytes(), random.Random(7)
    damaged = [whole[: chance.randrange(len(whole))] for _ in range(3)] + [b"", b"logview index\n" + b"\xff" * 8]
    for _ in range(6):
        at = chance.randrange(len(whole))
        damaged.append(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
    for data in damaged:
        Path(entry.path).write_bytes(data)
        assert fresh == rows(log, folder)
    assert not any(recalled)


def test_what_only_a_stateful_reader_understands_is_not_kept(tmp_path: Path, folder: str) -> None:
    log = tmp_path / "compose.log"
    line = "{}  | 2026-11-23 08:57:{:02},311 - app - INFO - solve {} finished\n"
    log.write_text("".join(line.format(("web-1", "worker-1")[n % 2], n % 60, n) for n in range(900)))
    assert rows(log, None) == rows(log, folder)
    assert [] == cache.entries(folder)


def test_only_the_owner_reads_an_index(log: Path, folder: str) -> None:
    rows(log, folder)
    (entry,) = cache.entries(folder)
    assert stat.S_IMODE(os.stat(entry.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert b"solve" not in Path(entry.path).read_bytes()


def test_the_oldest_go_when_the_budget_is_spent(log: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(log, folder)
    (first,) = cache.entries(folder)
    os.utime(first.path, (1, 1))
    monkeypatch.setattr(cache, "BUDGET", first.size * 3 // 2)
    other = log.with_name("other.log")
    other.write_text(text(0, 900))
    rows(other, folder)
    assert [path for path, _, _ in cache.entries(folder)] != [first.path]
    assert len(cache.entries(folder)) == 1


def test_the_command_lists_and_clears(log: Path, folder: str) -> None:
    rows(log, folder)
    listed = CliRunner().invoke(command, standalone_mode=False).output
    assert f"{log} (" in listed
    assert "in all" in listed
    assert "1 removed" in CliRunner().invoke(command, ["clear"], standalone_mode=False).output
    assert [] == cache.entries(folder)
    assert "0 removed" in CliRunner().invoke(command, ["clear"], standalone_mode=False).output


def test_nothing_is_kept_under_secure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGVIEW_SECURE", "1")
    assert not cache.is_allowed()
    monkeypatch.setenv("LOGVIEW_SECURE", "0")
    assert cache.is_allowed()
