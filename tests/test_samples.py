"""The sample services log what samples/README.md says: all of it, and nothing else that breaks the standard."""

from __future__ import annotations

import fnmatch
import importlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
TEXT_LAYOUT = re.compile(r"^\S+Z \[\w+\] \S+ \S+ job=\S+: (.*)")
REPORT_LAYOUT = re.compile(r"^\S+ \S+ INFO optimizer\.report (.*)")
BETWEEN = re.compile(r"LV7(08|09|1[0-6])$")
"""Rules on both services together; they may be reported at any record."""

TIMED = {"LV108", "LV402", "LV705"}
"""Rules that fire by which records happen to fall together."""


def table(title: str) -> list[list[str]]:
    """The rows of the table under a heading of samples/README.md, each a list of cells."""
    section = re.split(r"^#{2,3} ", README, flags=re.MULTILINE)
    body = next(part for part in section if part.split("\n", 1)[0] == title)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines() if line[:1] == "|"]
    return rows[2:]


def listed(title: str) -> set[tuple[str, str]]:
    """(rule, message pattern) pairs of a service's table."""
    return {(rule, row[0].strip("`")) for row in table(title) for rule in row[2].split(", ")}


def message_of(line: str) -> str:
    if line.startswith("{"):
        record = json.loads(line)
        return str(record.get("msg", record.get("message")))
    found = TEXT_LAYOUT.match(line) or REPORT_LAYOUT.match(line)
    return found[1] if found else line


def check(*paths: Path) -> list[dict[str, object]]:
    """What `logview check` finds; the exit status only says that something was found."""
    command = [sys.executable, "-m", "logview", "check", "--config", str(SAMPLES / "logview.toml"), "--output", "json"]
    done = subprocess.run(
        [*command, *map(str, paths)], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def found(findings: list[dict[str, object]], file: Path, patterns: set[str]) -> set[tuple[str, str]]:
    """(rule, pattern that takes the record's message, else the message) of the findings in one file."""
    lines = file.read_text(encoding="utf-8").split("\n")
    pairs: set[tuple[str, str]] = set()
    for finding in findings:
        if Path(str(finding["file"])).resolve() != file.resolve() or BETWEEN.match(str(finding["rule"])):
            continue
        message = message_of(lines[int(str(finding["line"])) - 1])
        pairs.add((str(finding["rule"]), next((p for p in patterns if matches(message, p)), message)))
    return pairs


def matches(message: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(message, pattern.replace("[", "[[]"))


@pytest.fixture(scope="module", params=["logs", "logs-json"])
def run(request) -> tuple[Path, list[dict[str, object]]]:
    """A recorded run's folder and what `check` finds in it."""
    folder = SAMPLES / request.param
    return folder, check(folder)


def titles(folder: Path) -> dict[str, str]:
    return {
        "scheduler.log": "scheduler",
        "optimizer.log": "optimizer" if folder.name == "logs" else "optimizer, in JSON",
    }


@pytest.mark.slow
def test_check_finds_in_the_recorded_runs_what_the_readme_lists_and_nothing_else(run):
    folder, findings = run
    for name, title in titles(folder).items():
        expected = listed(title)
        there = found(findings, folder / name, {pattern for _, pattern in expected})
        if (folder.name, name) == ("logs-json", "scheduler.log"):
            assert there <= expected
        else:
            assert expected == there


@pytest.mark.slow
def test_check_finds_between_the_recorded_services_what_the_readme_lists(run):
    folder, findings = run
    which = "text" if folder.name == "logs" else "JSON"
    expected = {row[0] for row in table("Between the two") if row[1] in ("both", which)}
    assert expected == {str(finding["rule"]) for finding in findings if BETWEEN.match(str(finding["rule"]))}


@pytest.mark.slow
def test_check_finds_in_the_source_code_what_the_readme_lists():
    expected = {(row[0].split("`")[1], rule) for row in table("In the source code") for rule in row[1].split(", ")}
    findings = check(SAMPLES / "scheduler" / "src", SAMPLES / "optimizer")
    folder = SAMPLES.resolve()
    assert expected == {
        (Path(str(finding["file"])).resolve().relative_to(folder).as_posix(), str(finding["rule"]))
        for finding in findings
    }


@pytest.mark.parametrize("name", ["logs/scheduler.log", "logs/optimizer.log", "logs-json/optimizer.log"])
def test_a_recording_has_at_least_two_thousand_records(name):
    starts = re.compile(r'^(\{"|\d{4}-\d\d-\d\d)')
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    assert sum(1 for line in lines if starts.match(line)) >= 2_000


def test_the_recordings_are_of_modest_size_and_name_no_machine():
    recordings = sorted(SAMPLES.glob("logs*/*.log"))
    assert sum(path.stat().st_size for path in recordings) < 3_000_000
    for path in recordings:
        text = path.read_text(encoding="utf-8")
        assert set() == set(re.findall(r'File "(?!/srv/|/usr/lib/)[^"]+"|file:///(?!srv/)\S+', text))


@pytest.fixture
def replay(monkeypatch):
    """samples/replay.py as a module."""
    monkeypatch.syspath_prepend(str(SAMPLES))
    return importlib.import_module("replay")


def test_a_replayed_round_has_job_ids_of_its_own(replay):
    line = b'{"level":30,"time":1,"jobId":"job-7f3a","msg":"requeued job-7f3a"}'
    assert line == replay.with_ids(line, 0)
    assert line.replace(b"7f3a", b"27f3a") == replay.with_ids(line, 2)


def test_a_replayed_line_without_a_time_comes_with_the_one_before(replay):
    lines = [b'{"level":30,"time":1000}', b"queue drained", b'{"level":30,"time":1250}']
    assert [0, 0, 250] == [after_ms for after_ms, _ in replay.timed(lines)]


def test_a_replayed_job_that_failed_is_one_that_fails(replay):
    kinds = replay.order_kinds((SAMPLES / "logs" / "scheduler.log").read_bytes().splitlines())
    assert {"overloaded", "broken"} == set(kinds.values())
    body = replay.load.order("broken", random.Random(1))
    assert 1 == sum("y" not in stop for stop in body["stops"])


def test_the_same_seed_gives_the_same_load(replay):
    def first(seed: int) -> list[object]:
        rng = random.Random(seed)
        return [replay.load.order(kind, rng) for kind, _ in zip(replay.load.kinds(rng), range(300), strict=False)]

    assert first(7) == first(7)
    assert first(7) != first(8)


# ---------------------------------------------------------------------------------------------------- live


class Services:
    """samples/run.py, running; what it said so far is in `said`."""

    def __init__(self, into: Path, *options: str, path: str | None = None) -> None:
        self.into = into
        self.out = into / "run.out"
        environment = os.environ | ({"PATH": path} if path is not None else {})
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(SAMPLES / "run.py"), "--into", str(into), *options], stdout=out, env=environment
            )

    @property
    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def log(self, service: str) -> str:
        path = self.into / f"{service}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, what: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Services]]:
    started: list[Services] = []

    def starter(*options: str, path: str | None = None) -> Services:
        started.append(Services(tmp_path, *options, path=path))
        return started[-1]

    yield starter
    for services in started:
        if services.process.poll() is None:
            services.stop()


@pytest.mark.slow
@pytest.mark.node
def test_a_job_goes_through_both_live_services_under_one_id(start):
    services = start("--rate", "8")
    services.wait_for(lambda: '"msg":"job finished"' in services.log("scheduler"))
    assert services.stop() == 0
    records = [json.loads(line) for line in services.log("scheduler").splitlines() if line.startswith("{")]
    of_job = [record["msg"] for record in records if record.get("jobId") == "job-7f3a"]
    assert of_job[:2] == ["job accepted", "job stored"]
    assert of_job[-1] == "job finished"
    assert "job=job-7f3a: solve finished" in services.log("optimizer")


@pytest.mark.slow
@pytest.mark.node
def test_live_services_break_the_standard_only_as_the_readme_says(start):
    services = start("--rate", "3", "--jobs", "90")
    assert services.process.wait(180) == 0
    findings = check(services.into / "scheduler.log", services.into / "optimizer.log")
    for title in ("scheduler", "optimizer"):
        expected = listed(title)
        live = found(findings, services.into / f"{title}.log", {pattern for _, pattern in expected})
        assert set() == {(rule, message) for rule, message in live - expected if rule not in TIMED}
        assert len(live) > 0.5 * len(expected)


@pytest.mark.slow
@pytest.mark.node
def test_a_service_that_is_killed_is_started_again_and_jobs_go_on(start):
    services = start("--rate", "8")
    services.wait_for(lambda: "solve finished" in services.log("optimizer"))
    os.kill(int(re.findall(r"optimizer started, pid (\d+)", services.said)[-1]), signal.SIGKILL)
    services.wait_for(lambda: services.said.count("optimizer started") == 2)
    services.wait_for(lambda: "solve finished" in services.log("optimizer").rpartition("optimizer started")[2])
    assert services.stop() == 0
    assert "optimizer ended with status -9" in services.said


@pytest.mark.slow
def test_without_node_the_recording_is_replayed_now_and_the_optimizer_gets_its_jobs(start):
    began_ms = time.time() * 1000
    services = start(path=os.devnull)
    services.wait_for(lambda: "job=job-7f3a: solve finished" in services.log("optimizer"))
    services.wait_for(lambda: len(services.log("scheduler").splitlines()) > 20)
    assert services.stop() == 0
    assert "Node.js with npm is not installed" in services.said
    assert "replaying the scheduler's recording" in services.said
    first = json.loads(services.log("scheduler").splitlines()[0])
    assert first["msg"] == "store opened"
    assert began_ms <= first["time"] <= time.time() * 1000


@pytest.mark.slow
def test_the_services_end_with_whoever_started_them(tmp_path):
    """`run.py` is a grandchild whose parent is killed; nothing may be left behind."""
    command = f"{sys.executable!r}, {str(SAMPLES / 'run.py')!r}, '--replay', '--into', {str(tmp_path)!r}"
    code = f"import subprocess, time; print(subprocess.Popen([{command}]).pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        run_pid = int(parent.stdout.readline())
        optimizer = next(found for line in parent.stdout if (found := re.search(r"optimizer started, pid (\d+)", line)))
        parent.kill()
    pids = [run_pid, int(optimizer[1])]
    deadline = time.monotonic() + 60
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == [pid for pid in pids if is_running(pid)]


def is_running(pid: int) -> bool:
    """Whether the process is there and, where that can be told, no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
