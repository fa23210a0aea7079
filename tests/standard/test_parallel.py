"""Several files at once: the findings, figures and waivers of one after the other."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest

from logview.cli.check import FORMS
from logview.config import parse
from logview.decode import Hints
from logview.errors import SourceError
from logview.standard.check import Checker
from logview.standard.chosen import chosen
from logview.standard.files import check_paths
from logview.standard.parallel import MIN_BYTES, Task, check_files, is_worth_it
from logview.standard.report import FORMS as MODULES
from logview.standard.rules.registry import ENTRIES, CrossTracker, Tracker
from logview.standard.tally import Tally

TODAY = dt.date(2026, 11, 23)
CONFIG = """
[ids.job]
key = "job_id"
[[lifecycle]]
name = "solve"
key = "job_id"
start = "solve started"
end = ["solve finished"]
timeout = "1m"
[[handoff]]
name = "dispatch"
from = { service = "scheduler", message = "job dispatched" }
to = { service = "optimizer", message = "solve started" }
key = "job_id"
timeout = "5s"
[[waivers]]
rule = "LV305"
reason = "r"
owner = "o"
expires = 2999-01-01
[rules]
LV710 = { min_records = 2 }
"""


def scheduler(rng, at):
    fields = {
        "jobId": f"job-{rng.randrange(400):04x}",
        "tenantId": f"t-{rng.randrange(30)}",
        "size": rng.choice([1, "1"]),
    }
    if rng.random() < 0.1:
        fields["err"] = rng.choice(["ECONNREFUSED", {"type": "E", "message": "m", "stack": "E: m\n at x"}])
    record = {"level": rng.choice([30, 30, 30, 40, 50]), "time": 1795424047000 + 250 * at, "service": "scheduler"}
    message = rng.choice(["job dispatched", "failed to reach optimizer", "job stored", f"took {at} ms"])
    return json.dumps({**record, **fields, "request_id": f"r-{at}", "elapsed_ms": at, "msg": message})


def optimizer(rng, at):
    moment = dt.datetime(2026, 11, 23, 8, 54, 7, tzinfo=dt.UTC) + dt.timedelta(seconds=at / 4)
    fields = {
        "job_id": f"job-{rng.randrange(400):04x}",
        "tenant": f"t-{rng.randrange(30)}",
        "elapsed_s": at,
        "size": {},
    }
    record = {"time": moment.isoformat().replace("+00:00", "Z"), "level": rng.choice(["INFO", "WARNING"])}
    message = rng.choice(["solve started", "solve finished", "job stored", "token ghp_" + "a1" * 18])
    return json.dumps({**record, "service": "optimizer", "logger": "solver", **fields, "message": message})


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = random.Random(7)
    makers = {"scheduler.log": scheduler, "optimizer.log": optimizer, "more.log": scheduler}
    for name, make in makers.items():
        lines = [make(rng, at) for at in range(400)]
        lines[200] = "plain text 4111 1111 1111 1111"
        Path(name).write_text("\n".join(lines) + "\n")
    Path("empty.log").write_text("")
    return [*makers, "empty.log"]


def sequential(standard, logs, query=""):
    tally, waived, checker = Tally(), {}, Checker(standard, today=TODAY)
    found = check_paths(
        standard, logs, checker=checker, chosen=chosen(query, checker), observe=tally.observe,
        alike=tally.observe_alike, waived=waived, today=TODAY, hints_of=lambda _: Hints(),
    )  # fmt: skip
    return list(found), tally, waived


def parallel(standard, logs, query="", processes=2):
    tally, waived, done = Tally(), {}, []
    tasks = [Task(standard=standard, path=path, service=None, hints=Hints(), today=TODAY, query=query) for path in logs]
    found = check_files(
        tasks, tally=tally, waived=waived, notice=lambda *_: None, done=done.append, processes=processes
    )
    found = list(found)
    assert done == logs
    return found, tally, waived


@pytest.mark.parametrize("query", ["", "level>=error", "service=optimizer", "rule:LV602 or rule:LV7*"])
def test_the_findings_are_those_of_one_file_after_the_other(logs, query):
    standard = parse(CONFIG).standard
    expected, expected_tally, expected_waived = sequential(standard, logs, query)
    found, tally, waived = parallel(standard, logs, query)
    assert found == expected
    assert {one.violation.rule for one in found} >= {"LV602", "LV503"} if not query else found
    assert waived == expected_waived
    assert tally.services == expected_tally.services


def test_rules_across_services_speak_in_both(logs):
    found, _, _ = parallel(parse(CONFIG).standard, logs)
    rules = {one.violation.rule for one in found}
    assert {"LV704", "LV708", "LV709", "LV710", "LV711", "LV712", "LV715"} <= rules


def test_workers_end_when_nobody_reads_on(logs):
    standard = parse(CONFIG).standard
    tasks = [Task(standard=standard, path=path, service=None, hints=Hints(), today=TODAY) for path in logs]
    found = check_files(tasks, tally=Tally(), waived={}, notice=lambda *_: None, processes=2)
    next(found)
    found.close()
    deadline = time.monotonic() + 30
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_is_an_error_and_no_wait(logs, monkeypatch):
    monkeypatch.setattr("logview.standard.parallel.work", killed)
    with pytest.raises(SourceError, match="its process ended"):
        parallel(parse(CONFIG).standard, logs)


def killed(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_rule_across_streams_can_be_put_together():
    for entry in ENTRIES.values():
        for kind in (entry.tracker, entry.second):
            if kind is not None and issubclass(kind, CrossTracker):
                assert kind.merge is not CrossTracker.merge, entry.rule.code
            assert kind is None or issubclass(kind, Tracker)


def test_small_inputs_streams_and_single_files_stay_in_this_process(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    big, small = tmp_path / "big.log", tmp_path / "small.log"
    big.write_bytes(b"x" * (MIN_BYTES + 1))
    small.write_bytes(b"x")
    assert is_worth_it([str(big), str(big)])
    assert not is_worth_it([str(big)])
    assert not is_worth_it([str(big), str(small)])
    assert not is_worth_it([str(big), str(big), "-"])
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert not is_worth_it([str(big), str(big)])


def test_every_form_has_a_module():
    assert set(FORMS) == set(MODULES)


def test_the_command_takes_the_road_of_several_processes(logs, monkeypatch):
    from click.testing import CliRunner

    from logview.cli.main import cli

    Path("logview.toml").write_text(CONFIG)
    arguments = ["check", "-o", "json", *logs]
    one = CliRunner().invoke(cli, arguments, standalone_mode=False)
    monkeypatch.setattr("logview.standard.parallel.is_worth_it", lambda _: True)
    several = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert several.exception is None
    assert several.stdout == one.stdout
    assert several.return_value == one.return_value == 1
