"""The benchmark's own tools: what a terminal shows is seen, a target is met or missed, nothing waits for ever."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import bench
import bench_screen
import bench_targets
import pytest

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = dict(os.environ)


def test_what_a_program_shows_is_seen_and_the_program_ended() -> None:
    code = "import time; print(chr(27) + '[31mjob ' + chr(27) + '[0maccepted', flush=True); time.sleep(60)"
    shown = bench_screen.shown([sys.executable, "-c", code], [b"job accepted"], environment=ENVIRONMENT)
    assert shown.first_s is not None
    assert shown.first_s < 30


def test_a_program_that_ends_without_showing_it_is_told_so() -> None:
    assert bench_screen.shown(["true"], [b"job accepted"], environment=ENVIRONMENT).first_s is None


def test_the_texts_to_look_for_come_from_both_ends_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.ndjson"
    middle = b'{"msg":"somewhere between"}\n' * 1000
    log.write_bytes(b'{"msg":"the first of all"}\n' + middle + b'{"msg":"the last of all"}\n')
    assert {b"the first of all", b"the last of all", b"somewhere between"} == set(bench_screen.messages(log))


def test_a_run_is_stopped_and_a_failing_peer_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LIMIT_S", 0.3)
    group = bench.Group(
        "work",
        [
            bench.Contender("fine", ["true"]),
            bench.Contender("endless", ["sleep", "60"]),
            bench.Contender("broken", ["false"]),
        ],
    )
    bench.run(group, 2)
    assert len(group.runs["fine"]) == 2
    assert {"endless": "stopped after 0 s", "broken": "ended with status 1"} == group.failed
    assert "| broken | ended with status 1 |" in "\n".join(bench.table(group))


class Fixed:
    """Medians that are given."""

    def __init__(self, **walls: float) -> None:
        self.walls = walls

    def wall_s(self, name: str) -> float | None:
        return self.walls.get(name)


@pytest.mark.parametrize(("spent", "word"), [(0.39, "met"), (0.41, "**missed**")])
def test_a_target_is_met_or_missed(spent: float, word: str) -> None:
    part = bench_targets.Part("1,000,000 lines", 1_000_000, {})
    part.engine["one log"] = [("wc -l", 0.05, "s"), ("whole index", spent, "s")]
    (row,) = (line for line in bench_targets.verdicts(part) if line.startswith("| whole file indexed"))
    assert word in row
    (row,) = (line for line in bench_targets.verdicts(part) if line.startswith("| `check`"))
    assert "not measured" in row


def test_check_is_measured_in_records_a_second() -> None:
    groups = {"hold against the standard": Fixed(**{"logview check": 2.0})}
    part = bench_targets.Part("1,000,000 lines", 1_000_000, groups)
    (row,) = (line for line in bench_targets.verdicts(part) if line.startswith("| `check`"))
    assert "500,000 records/s | met" in row
