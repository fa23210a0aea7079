"""Two services side by side: the sample pair's divergences are all named, clocks and jobs are read from the logs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from logview.cli.compare import command
from logview.config import load, parse
from logview.errors import UsageError
from logview.inventory.aspects import ASPECTS
from logview.inventory.compare import Asked, Buckets, Offset, asked, gather, sample_jobs
from logview.inventory.comparison import as_json, document
from logview.inventory.document import to_markdown
from logview.standard.rules import RULES

SAMPLES = Path(__file__).parent.parent.parent / "samples"


def compared(logs):
    before = Path.cwd()
    os.chdir(SAMPLES)
    try:
        config = load("logview.toml")
        a, b = (Asked(n, (f"{logs}/{n}.log",), s.source) for n, s in config.services.items())
        return gather(config.standard, a, b, service_of=config.service_of, hints_of=config.hints_of)
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def text():
    return compared("logs")


@pytest.fixture(scope="module")
def in_json():
    return compared("logs-json")


def rules(comparison):
    return {finding.violation.rule for finding in comparison.findings}


def test_a_missing_field_is_told_how_to_be_added_in_that_logger(text):
    told = {f.violation.field: f.violation.want for f in text.findings if f.violation.rule == "LV710"}
    assert "logger.child({ function" in told["function"]
    assert "static_fields" in told["service"]


def test_the_planted_divergences_of_the_text_run_are_named(text):
    assert {"LV710", "LV711", "LV712", "LV701", "LV702", "LV704"} <= rules(text)


def test_the_planted_divergences_of_the_json_run_are_named(in_json):
    assert {"LV708", "LV711", "LV712", "LV714"} <= rules(in_json)
    same = {(row[1], row[2]) for row in as_json(in_json)["same_meaning"]}
    assert ("jobId", "job_id") in same


def test_every_fault_that_is_planted_in_the_samples_is_named_with_its_service(text, in_json):
    named: dict[str, set[str]] = {"scheduler": set(), "optimizer": set()}
    for aspect in (aspect for comparison in (text, in_json) for aspect in as_json(comparison)["aspects"]):
        for code, where in re.findall(r"(LV\d{3}): ([^;]+)", aspect["evidence"]):
            for service, codes in named.items():
                # What happens between the two (a hand-off, a job's end) is counted without a service.
                codes.update({code} if service in where or where.isdigit() else ())
    both = named["scheduler"] | named["optimizer"]
    for part in re.split(r"^### ", (SAMPLES / "README.md").read_text(), flags=re.MULTILINE)[1:]:
        planted = set(re.findall(r"LV\d{3}", part))
        assert planted - named.get(part.split()[0].rstrip(","), both) == set(), part.splitlines()[0]


def test_every_rule_belongs_to_an_aspect():
    assert {code for aspect in ASPECTS for code in aspect.rules} == set(RULES)


def test_every_aspect_has_both_halves_and_what_the_standard_says(text):
    data = as_json(text)
    assert [aspect.name for aspect in ASPECTS] == [aspect["name"] for aspect in data["aspects"]]
    for aspect in data["aspects"]:
        assert all(aspect["observed"])
        assert all(aspect["configured"])
        assert aspect["standard"]
    by_name = {aspect["name"].partition(":")[0]: aspect for aspect in data["aspects"]}
    assert "epoch milliseconds" in by_name["Timestamp"]["observed"][0]
    assert "RFC 3339" in by_name["Timestamp"]["observed"][1]
    assert by_name["Timestamp"]["agree"] is False
    assert "scheduler/src/utils/logger.ts:" in by_name["Timestamp"]["configured"][0]


def test_the_field_matrix_gives_key_type_presence_example_and_verdict(text):
    table = next(t for t in document(text).tables() if t.title == "Field matrix")
    by_concept = {row[0]: row for row in table.rows}
    assert ("jobId", "string") == by_concept["job_id"][1:3]
    assert "only in scheduler" == by_concept["service"][-1]
    assert "only in optimizer" == by_concept["function"][-1]


def test_clocks_are_compared_by_hand_offs(text):
    [offset] = text.offsets
    assert offset.pairs > 200
    assert 0 <= offset.median_s < 1
    assert "clocks agree" == offset.verdict


@pytest.mark.parametrize(
    ("median", "pairs", "verdict"),
    [
        (0.2, 10, "clocks agree"),
        (-5.0, 10, "arrives before it is sent: clocks differ"),
        (18_000.5, 10, "clocks +5 h apart: a local time without zone"),
        (-19_800.0, 10, "clocks -5.5 h apart: a local time without zone"),
        (0.2, 3, "too few pairs to tell"),
    ],
)
def test_an_offset_of_quarter_hours_is_a_missing_zone(median, pairs, verdict):
    assert verdict == Offset("x", pairs, median, median, median).verdict


def test_three_jobs_are_shown_interleaved(text):
    jobs = sample_jobs(text)
    assert 3 == len({job for job, _ in jobs})
    for _, events in jobs:
        assert {"scheduler", "optimizer"} == {event.service for event in events}
        assert [e.time_ns for e in events] == sorted(e.time_ns for e in events)


def test_secrets_of_the_logs_are_masked_everywhere(text):
    shown = to_markdown(document(text)) + json.dumps(as_json(text), default=str)
    assert "Bearer ***" in shown or "Bearer" not in shown
    for line in (SAMPLES / "logs/optimizer.log").read_text().splitlines():
        if "Bearer " in line:
            assert line.split("Bearer ")[1].split()[0] not in shown


def test_log_files_without_configuration_can_be_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = '{"level":%d,"time":%d,"pid":1,"jobId":"job-7f3a","msg":"%s"}\n'
    (tmp_path / "a.log").write_text("".join(line % (30, 1795424047410 + n, "queued") for n in range(12)))
    (tmp_path / "b.log").write_text("".join(line % (40, 1795424047410 + n, "queued") for n in range(12)))
    done = CliRunner().invoke(command, ["a.log", "b.log", "--output", "json"])
    data = json.loads(done.output)
    assert ["a", "b"] == [service["name"] for service in data["services"]]
    assert [["queued", "info ×12", "warn ×12"]] == data["level_drift"]


def test_what_is_neither_service_nor_file_is_bad_use():
    with pytest.raises(UsageError, match='did you mean "scheduler"'):
        asked("schedular", services={"scheduler": ((), ())}, source=())


def test_a_side_without_records_is_bad_use(tmp_path):
    (tmp_path / "a.log").write_text("")
    (tmp_path / "b.log").write_text('{"level":30,"msg":"x"}\n')
    config = parse("", file=str(tmp_path / "logview.toml"))
    a, b = (Asked(n, (str(tmp_path / f"{n}.log"),), ()) for n in "ab")
    with pytest.raises(UsageError, match="no records"):
        gather(config.standard, a, b, hints_of=config.hints_of)


def test_time_buckets_double_when_there_are_too_many():
    buckets = Buckets()
    for second in range(5_000):
        buckets.add("a", second * 10**9)
    assert len(buckets.counts["a"]) <= Buckets.MOST
    assert 5_000 == sum(buckets.counts["a"].values())
    assert buckets.width_s in {16, 8}
