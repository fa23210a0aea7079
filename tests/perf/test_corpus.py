"""The corpus is what it says: the right number of lines, IDs of its own in each round, times that go forward."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import corpus
import pytest

if TYPE_CHECKING:
    from pathlib import Path

LINES = 20_000


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    return corpus.make(tmp_path_factory.mktemp("corpus"), LINES)


@pytest.mark.parametrize("name", ["scheduler.ndjson", "optimizer.log", "optimizer.ndjson"])
def test_a_file_has_exactly_the_lines_that_were_asked_for(made, name):
    assert made[name].read_bytes().count(b"\n") == LINES


def test_every_scheduler_line_is_a_recorded_one_with_other_digits(made):
    recorded = {blank(line) for line in (corpus.RUN / "scheduler.log").read_bytes().splitlines()}
    written = {blank(line) for line in made["scheduler.ndjson"].read_bytes().splitlines()}
    assert set() == written - recorded


def blank(line: bytes) -> bytes:
    line = re.sub(rb'"time":\d+', b"", re.sub(rb"job-[0-9a-f]+", b"", line))
    return re.sub(rb"[0-9a-f]{8}-", b"", line)


def test_times_go_forward_and_end_with_the_recording(made):
    times = [int(time) for time in corpus.EPOCH.findall(made["scheduler.ndjson"].read_bytes())]
    last_recorded = max(map(int, corpus.EPOCH.findall((corpus.RUN / "scheduler.log").read_bytes())))
    assert times == sorted(times)
    assert times[-1] <= last_recorded < times[-1] + 2 * corpus.ROUND_MS


def test_each_round_has_job_ids_of_its_own(made):
    accepted = [
        record["jobId"]
        for line in made["scheduler.ndjson"].read_bytes().splitlines()
        if b'"job accepted"' in line and (record := json.loads(line))
    ]
    assert len(accepted) > 1_000
    assert len(accepted) == len(set(accepted))


def test_a_job_is_found_in_the_scheduler_and_in_the_optimizer(made):
    dispatched = set(re.findall(rb'"jobId":"(job-[0-9a-f]{8})","stop_count"', made["scheduler.ndjson"].read_bytes()))
    requested = set(re.findall(rb"job=(job-[0-9a-f]{8}): solve requested", made["optimizer.log"].read_bytes()))
    # Both files have the same number of lines, not of rounds: the shorter span decides.
    assert len(dispatched & requested) > 0.5 * min(len(dispatched), len(requested))


def test_one_or_two_records_in_a_hundred_break_the_standard(made):
    records = corpus.records(made["scheduler.ndjson"].read_bytes())
    assert 0.005 < sum(map(corpus.is_odd, records)) / len(records) < 0.03


def test_files_that_are_there_are_kept(made, capsys):
    before = {name: path.stat().st_mtime_ns for name, path in made.items()}
    corpus.make(made["scheduler.ndjson"].parent, LINES)
    assert before == {name: path.stat().st_mtime_ns for name, path in made.items()}
    assert capsys.readouterr().out == ""
