"""The engine as the screen uses it: index, filter, follow, judge; answers equal the slow, obvious ones."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logview.config import Config, load
from logview.engine import Engine, RowKey
from logview.engine import live as live_module
from logview.engine.scanning import Scan
from logview.query import parse
from logview.record import Level
from logview.sources.follow import POLL_S
from logview.sources.pipe import PipeSource
from logview.standard.files import check_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLES = Path(__file__).parents[2] / "samples"
LOGS = [SAMPLES / "logs" / "optimizer.log", SAMPLES / "logs" / "scheduler.log"]
PINO = '{"level":%d,"time":%d,"service":"%s","jobId":"%s","msg":"%s"}\n'
T0 = 1_795_424_047_000


def wait(claim: Callable[[], bool], engine: Engine, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        if (failure := engine.failure()) is not None:
            raise failure
        assert time.monotonic() < deadline, "the engine did not get there"
        time.sleep(0.005)


@pytest.fixture
def engines() -> Iterator[Callable[..., Engine]]:
    started: list[Engine] = []

    def start(*paths: Path, config: Config | None = None) -> Engine:
        engine = Engine(config or Config(), [str(path) for path in paths])
        started.append(engine)
        engine.start()
        wait(lambda: engine.is_indexed, engine)
        return engine

    yield start
    for engine in started:
        engine.close()


def pino(n: int, *, level: int = 30, service: str = "a", job: str = "job-1", message: str = "m") -> str:
    return PINO % (level, T0 + n, service, job, message)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The samples' recordings, their first part: decoding all of it again and again takes time."""
    directory = tmp_path_factory.mktemp("logs")
    for log in LOGS:
        (directory / log.name).write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:350]))
    return [directory / log.name for log in LOGS]


def times(engine: Engine) -> list[int | None]:
    view = engine.view()
    return [view.time_ns(row) for row in range(view.rows)]


def test_two_services_stand_on_one_timeline_in_order_of_time(engines: Callable[..., Engine], logs: list[Path]) -> None:
    engine = engines(*logs)
    view = engine.view()
    shown = [(view.time_ns(row) or 0) for row in range(view.rows) if view.time_ns(row) is not None]
    assert sorted(shown) == shown
    assert {"optimizer", "scheduler"} == {view.service(row) for row in range(view.rows)}


@pytest.mark.parametrize("text", ["level>=error", "job=job-7f3a", "-level=debug service:opt*", "failed", "has:err"])
def test_a_view_holds_what_its_query_matches(engines: Callable[..., Engine], logs: list[Path], text: str) -> None:
    from logview.query import matches

    engine = engines(*logs)
    everything, query = engine.view(), parse(text)
    view = engine.view(query)
    wait(lambda: view.complete, engine)
    wanted = [
        everything.key(row)
        for row in range(everything.rows)
        if matches(query, everything.record(row), service=everything.service(row), rules=())
    ]
    assert wanted == [view.key(row) for row in range(view.rows)]
    assert view.rows


def test_muted_services_are_left_out(engines: Callable[..., Engine], logs: list[Path]) -> None:
    engine = engines(*logs)
    view = engine.view(muted={"optimizer"})
    wait(lambda: view.complete, engine)
    assert {"scheduler"} == {view.service(row) for row in range(view.rows)}


def test_counts_and_histogram_are_exact(engines: Callable[..., Engine], logs: list[Path]) -> None:
    engine = engines(*logs)
    view = engine.view()
    counted = Counter((view.service(row), view.level(row)) for row in range(view.rows))
    assert counted == {(name, level): n for name, levels in view.counts().items() for level, n in levels.items()}
    histogram = view.histogram(40)
    assert sum(sum(bucket.values()) for bucket in histogram.counts) == sum(time is not None for time in times(engine))
    assert histogram.start_ns == min(time for time in times(engine) if time is not None)


def test_find_goes_to_the_next_and_the_previous_error(engines: Callable[..., Engine], logs: list[Path]) -> None:
    engine = engines(*logs)
    view = engine.view()
    errors = [row for row in range(view.rows) if (view.level(row) or 0) >= Level.ERROR]
    assert errors[0] == view.find(-1, 1, "error")
    assert errors[1] == view.find(errors[0], 1, "error")
    assert errors[-2] == view.find(errors[-1], -1, "error")
    assert view.find(errors[-1], 1, "error") is None
    assert view.find(0, 1, parse("job=job-7f3a")) is not None


def test_a_key_finds_its_record_in_every_view(engines: Callable[..., Engine], logs: list[Path]) -> None:
    engine = engines(*logs)
    view = engine.view()
    errors = engine.view(parse("level>=error"))
    wait(lambda: errors.complete, engine)
    for row in range(errors.rows):
        assert errors.key(row) == view.key(view.row_of(errors.key(row)))
    # A record that a view hides: the nearest one after it.
    hidden = view.key(0)
    assert errors.row_of(hidden) == 0
    assert view.row_of(RowKey(0, 10**12, time_ns=10**19)) == view.rows


def test_lines_written_while_following_appear_once_and_in_order(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    left, right = tmp_path / "left.log", tmp_path / "right.log"
    left.write_text(pino(0))
    right.write_text(pino(1, service="b"))
    engine = engines(left, right)
    errors = engine.view(parse("level>=error"))
    with left.open("a") as one, right.open("a") as other:
        for n in range(2, 400):
            (one if n % 2 else other).write(pino(n, level=50 if n % 10 == 0 else 30))
            if n % 50 == 0:
                one.flush()
                other.flush()
                wait(lambda n=n: engine.view().rows > n - 50, engine)
    wait(lambda: engine.view().rows == 400, engine)
    assert [(T0 + n) * 10**6 for n in range(400)] == times(engine)
    wait(lambda: errors.rows == 39, engine)


def test_a_view_knows_how_many_records_have_no_such_field(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    other = '{"level":30,"time":%d,"msg":"attempt","attempt":%d}\n'
    log.write_text("".join(pino(n) + other % (T0 + n, n) for n in range(200)) + "attempt in text\n")
    engine = engines(log)
    view, warned = engine.view(parse("attempt>=100")), engine.view(parse("level>=warn attempt>=100"))
    wait(lambda: view.complete and view.hidden_without_field == 201, engine)
    assert (view.rows, warned.hidden_without_field) == (100, 0)
    with log.open("a") as file:
        file.write(pino(500, level=40))
    wait(lambda: (view.hidden_without_field, warned.hidden_without_field) == (202, 1), engine)
    assert engine.view(parse("attempt")).hidden_without_field == 0


def test_a_late_record_is_put_where_its_time_belongs(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    left, right = tmp_path / "left.log", tmp_path / "right.log"
    left.write_text(pino(0) + pino(100))
    right.write_text(pino(50, service="b"))
    engine = engines(left, right)
    view = engine.view()
    last = view.key(2)
    with right.open("a") as file:
        file.write(pino(60, service="b"))
    wait(lambda: view.rows == 4, engine)
    assert [(T0 + n) * 10**6 for n in (0, 50, 60, 100)] == times(engine)
    assert view.row_of(last) == 3


def test_lines_without_a_time_stand_where_they_arrived(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    timed, plain = tmp_path / "timed.log", tmp_path / "plain.log"
    timed.write_text(pino(0))
    plain.write_text("INFO:root:there before\n")
    engine = engines(timed, plain)
    view = engine.view()

    def append(log: Path, text: str) -> None:
        rows = view.rows
        with log.open("a") as file:
            file.write(text)
        wait(lambda: view.rows == rows + 1, engine)

    for n in range(3):
        append(timed, json.dumps({"level": 30, "time": time.time_ns() // 10**6, "msg": f"timed {n}"}) + "\n")
        append(plain, f"INFO:root:plain {n}\n")
        append(timed, f"INFO:root:mixed {n}\n")
        # What comes within one look at the sources counts as simultaneous.
        until = time.monotonic() + 3 * POLL_S
        wait(lambda until=until: time.monotonic() > until, engine)
    shown = [view.record(row).message for row in range(view.rows)]
    parts = [shown.index(f"{word} {n}") for n in range(3) for word in ("timed", "plain")]
    assert sorted(parts) == parts
    assert all(shown.index(f"mixed {n}") > shown.index(f"timed {n}") for n in range(3))
    assert shown.index("mixed 0") < shown.index("timed 1")
    assert shown.index("there before") < shown.index("timed 0")


def test_changes_are_kept_only_until_the_filtered_views_have_seen_them(
    tmp_path: Path, engines: Callable[..., Engine]
) -> None:
    log = tmp_path / "app.log"
    log.write_text(pino(0))
    engine = engines(log)
    engine.view()
    for _ in range(100):
        engine.changed([0])
    assert not engine.views._changes
    errors = engine.view(parse("level>=error"))
    wait(lambda: errors.complete, engine)
    for _ in range(100):
        engine.changed([0])
    wait(lambda: errors.seen == engine.views.place, engine)
    engine.changed([0])
    assert len(engine.views._changes) == 1


def test_what_a_pipe_says_without_a_time_has_the_time_it_arrived() -> None:
    began = time.time_ns()
    out, into = os.pipe()
    timed = {"level": 30, "time": began // 10**6 + 1, "msg": "m"}
    os.write(into, b"INFO:x.y:hello\n" + json.dumps(timed).encode() + b"\n")
    engine = Engine(Config(), [], sources=[PipeSource(out, name="web")])
    try:
        engine.start()
        view = engine.view()
        wait(lambda: view.rows == 2, engine)
        rows = {view.record(row).message: row for row in range(2)}
        arrived_ns = view.arrived_ns(rows["hello"])
        assert view.time_ns(rows["hello"]) is None
        assert arrived_ns is not None
        assert began - 10**9 <= arrived_ns <= time.time_ns()
        assert view.arrived_ns(rows["m"]) is None
    finally:
        os.close(into)
        engine.close()


def test_an_old_log_that_is_piped_in_has_no_wrong_clock() -> None:
    """What stands in a pipe may be old; what comes after it was silent is written now."""
    out, into = os.pipe()
    line = b'{"level":30,"time":1795399872215,"service":"web","pid":1,"msg":"request handled"}\n'
    os.write(into, line * 3)
    engine = Engine(Config(), [], sources=[PipeSource(out, name="-")])
    try:
        engine.start()
        view = engine.view()
        wait(lambda: view.rows == 3, engine)
        time.sleep(1.3 * live_module.REST_S)
        os.write(into, line)
        wait(lambda: view.rows == 4 and "LV107" in view.verdict(3), engine)
        assert not any("LV107" in view.verdict(row) for row in range(3))
    finally:
        os.close(into)
        engine.close()


def test_what_a_file_held_before_has_no_time_of_arrival(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    path = tmp_path / "a.log"
    path.write_text("INFO:x.y:hello\n")
    view = engines(path).view()
    assert (view.time_ns(0), view.arrived_ns(0)) == (None, None)


def test_the_facts_of_a_row_are_what_is_told_one_by_one(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    path = tmp_path / "a.log"
    path.write_text(
        pino(0) + "INFO:x.y:without a time\n" + '{"level":50,"msg":"password=hunter2","password":"hunter2"}\n'
    )
    engine = engines(path)
    view = engine.view()
    wait(lambda: "LV601" in view.verdict(2), engine)
    for row in range(view.rows):
        facts = view.facts(row)
        assert (facts.record, facts.service) == (view.record(row), view.service(row))
        assert (facts.time_ns, facts.arrived_ns) == (view.time_ns(row), view.arrived_ns(row))
        assert facts.rules == view.verdict(row)
        ranks = {found.severity.value: found.severity.rank for found in engine.violations(view.key(row))}
        assert facts.severity == max(ranks, key=lambda name: ranks[name], default=None)
    with pytest.raises(IndexError):
        view.facts(view.rows)


def test_a_replayed_source_keeps_its_lines_together(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    log.write_text(pino(0))
    engine = engines(log)
    view = engine.view()
    for text in ("no time\n", pino(5), "nor this\n", pino(9)):
        rows = view.rows
        with log.open("a") as file:
            file.write(text)
        wait(lambda rows=rows: view.rows == rows + 1, engine)
    assert sorted(offsets := [view.key(row).offset for row in range(view.rows)]) == offsets


def test_a_traceback_that_comes_later_joins_its_record(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    head = "2026-11-23 08:57:32,311 - app - ERROR - solve failed\n"
    log.write_text("2026-11-23 08:57:32,310 - app - INFO - started\n" + head)
    engine = engines(log)
    view = engine.view(parse("KeyError"))
    with log.open("a") as file:
        file.write('Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x\n')
    with log.open("a") as file:
        file.write("KeyError: 'cost'\n2026-11-23 08:57:33,000 - app - INFO - went on\n")
    wait(lambda: engine.view().rows == 3 and view.rows == 1, engine)
    assert "KeyError: 'cost'" in view.record(0).text
    assert view.record(0).error is not None


def test_a_record_that_grew_before_a_view_looked_is_one_row(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    head = b"2026-11-23 08:57:32,311 - app - ERROR - solve failed\n"
    below = b"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'cost'\n"
    log.write_bytes(head * 2 + below)
    engine = Engine(Config(), [str(log)])
    engine.join(0, engine._follower.sources[0])
    feed = engine.feeds[0]
    feed.take(head * 2, 0)
    engine.timeline.update()
    view = engine.view(parse("KeyError"))
    engine.changed(feed.take(below + head, 2 * len(head)))
    engine.timeline.update()
    view.advance(lambda: False)
    assert [1] == view.order.slice(0, view.rows).tolist()
    engine.close()


def test_an_unfinished_line_is_shown_and_then_completed(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    line = pino(1, message="whole")
    log.write_text(pino(0) + line[:-20])
    engine = engines(log)
    view = engine.view()
    wait(lambda: view.rows == 2, engine)
    with log.open("a") as file:
        file.write(line[-20:] + pino(2))
    wait(lambda: view.rows == 3, engine)
    assert ["m", "whole", "m"] == [view.record(row).message for row in range(3)]


def test_an_unfinished_line_is_counted_once(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    whole = pino(0) + pino(1, level=50, message="whole")
    log.write_text(whole[:-20])
    engine = engines(log)
    wait(lambda: engine.store.count == 2 and engine.is_judged, engine)
    half = engine.rule_counts()
    with log.open("a") as file:
        file.write(whole[-20:])
    wait(lambda: engine.store.count == 3 and engine.is_judged, engine)
    other = tmp_path / "other" / "app.log"
    other.parent.mkdir()
    other.write_text(whole)
    found = engines(other)
    wait(lambda: found.is_judged, found)
    assert half != found.rule_counts() == engine.rule_counts()
    assert [(one.records, one.errors, one.violations) for one in found.services()] == [
        (one.records, one.errors, one.violations) for one in engine.services()
    ]


def test_truncation_is_a_notice_in_the_timeline(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    log = tmp_path / "app.log"
    log.write_text(pino(0) * 3)
    engine = engines(log)
    log.write_text(pino(9))
    wait(lambda: bool(engine.notices()), engine)
    view = engine.view()
    wait(lambda: any(view.is_notice(row) for row in range(view.rows)), engine)
    row = next(row for row in range(view.rows) if view.is_notice(row))
    assert view.record(row).message == engine.notices()[0].text
    assert view.key(view.row_of(view.key(row))) == view.key(row)


def test_the_end_of_a_large_file_is_shown_before_it_is_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "large.log"
    log.write_text("".join(pino(n, job=f"job-{n}") for n in range(20_000)))
    gate = [True]
    scan = Scan.run

    def held(self: Scan) -> None:
        while gate[0]:
            time.sleep(0.005)
        scan(self)

    monkeypatch.setattr(Scan, "run", held)
    engine = Engine(Config(), [str(log)])
    view, jobs = engine.view(), engine.view(parse("job=job-19990,job-3"))
    jobs.advance(lambda: False)  # a view may have looked before anything was there
    engine.start()
    try:
        wait(lambda: view.rows > 0, engine)
        last = view.key(view.rows - 1)
        assert view.record(view.rows - 1).job_id == "job-19999"
        wait(lambda: jobs.rows == 1, engine)
        assert not view.complete
        gate[0] = False
        wait(lambda: view.complete and jobs.complete, engine)
        assert (20_000, 2) == (view.rows, jobs.rows)
        assert view.row_of(last) == 19_999
    finally:
        gate[0] = False
        engine.close()


@pytest.mark.slow
def test_check_and_the_screen_agree(engines: Callable[..., Engine]) -> None:
    config = load(str(SAMPLES / "logview.toml"))
    engine = engines(*LOGS, config=config)
    paths = [str(path) for path in LOGS]
    wait(lambda: engine.sites.is_ready, engine)
    findings = check_paths(
        config.standard,
        paths,
        index=engine.sites.index,
        service_of=config.service_of,
        hints_of=config.hints_of,
    )
    wanted = {(finding.file, finding.offset, finding.violation.rule) for finding in findings}

    def shown() -> set[tuple[str, int, str]]:
        view, names = engine.view(), [state.name for state in engine.sources()]
        keys = ((view.key(row), row) for row in range(view.rows))
        return {(names[key.source], key.offset, code) for key, row in keys for code in view.verdict(row)}

    wait(lambda: engine.judged_part() == 1.0, engine)
    deadline = time.monotonic() + 30
    while shown() != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert wanted == shown()
    view = engine.view()
    for row in range(0, view.rows, 97):
        explained = {violation.rule for violation in engine.violations(view.key(row))}
        assert set(view.verdict(row)) == explained


def test_another_standard_is_held_against_everything_that_was_judged(
    engines: Callable[..., Engine], logs: list[Path], tmp_path: Path
) -> None:
    toml = tmp_path / "logview.toml"
    toml.write_text('standard = "default@1"\n[rules]\nLV204 = "off"\nLV303 = "off"\n')
    other = load(str(toml))
    engine, fresh = engines(*logs), engines(*logs, config=other)
    for one in (engine, fresh):
        wait(lambda one=one: one.is_judged, one)
    assert "LV303" in engine.rule_counts()
    view = engine.view(parse("rule:LV303"))
    wait(lambda: view.complete and view.rows > 0, engine)

    engine.hold_against(other.standard, view.key(0))

    wait(lambda: engine.rule_counts() == fresh.rule_counts() and engine.is_judged, engine)
    wait(lambda: view.complete and view.rows == 0, engine)
