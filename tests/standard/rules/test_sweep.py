"""Lines that never become records are judged as if they did."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logview.standard import ahead, check, files, sweep
from logview.standard.check import Checker
from logview.standard.chosen import chosen
from logview.standard.files import check_paths
from logview.standard.layouts import Shelf
from logview.work.helper import Helper

from .support import cases, standard_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources import Notice
    from logview.standard.model import Finding

CASES = [case for case in cases() if "LV716" not in case.judged]
VECTORS = sorted((Path(__file__).parents[2] / "vectors" / "formats").glob("*.log"))
CONFIG = (
    '[[lifecycle]]\nname = "run"\nkey = "job_id"\nstart = "solve started"\nend = ["solve finished"]\ntimeout = "2s"\n'
    '[rules]\nLV706 = { rate = 5 }\nLV212 = { min_records = 5 }\nLV707 = { idle = "1s" }\nLV007 = { max_bytes = 400 }\n'
)

OTHERS = (
    "printed", '{"level":30,', "2025-06-03 08:15:10,500 INFO a b c", "08:15:10 INFO a b c", "", "    indented", "}",
    'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run\n    go()\nValueError: no route',
    'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run', '{\n  "level": 30,\n  "msg": "solved"\n}',
    "{", "Error: no route\n    at run (/srv/a.js:7:3)", '--- Logging error ---\nTraceback (most recent call last):',
    '{"log":"Traceback (most recent call last):\\n","stream":"stderr","time":"2025-06-03T08:15:10.5Z"}\n'
    '{"log":"ValueError: no route\\n","stream":"stderr","time":"2025-06-03T08:15:10.5Z"}',
    "scheduler-1  | printed", '[0] {"level":30,"msg":"solved"}', "During handling of the above exception, another",
)  # fmt: skip


ERROR = {"type": "Error", "message": "no route", "stack": "Error: no route\n    at run (/srv/a.js:7:3)"}


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the third record of a kind on, lines go the quick way, and in the next block by their layout."""
    monkeypatch.setattr(ahead, "AHEAD", 0)
    monkeypatch.setattr(Shelf, "wants", lambda shelf, signature, code: True)
    monkeypatch.setattr(check, "SAMPLE", 2)
    monkeypatch.setattr(files, "QUIET_BYTES", 0)
    monkeypatch.setattr(sweep, "FIRST_BYTES", 512)


def both(
    config: str, paths: list[str], *, numbered: bool = True, query: str = ""
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """All findings, as they are told, by the quick way and by the slow one."""
    standard = standard_from(config)
    ways = []
    for quick in (True, False):
        checker = Checker(standard, quick=quick)
        found = check_paths(standard, paths, checker=checker, chosen=chosen(query, checker))
        told = ((one.violation.rule, one.file, one.line * numbered, *words(one)) for one in found)
        ways.append(sorted(told, key=repr))
    return ways[0], ways[1]


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process takes blocks apart, however few there are; layouts are told to it while it is at work."""
    monkeypatch.setattr(ahead, "AHEAD", 2)
    monkeypatch.setattr(ahead, "LARGE_BYTES", 0)
    monkeypatch.setattr(ahead, "LARGE_BLOCK", 0)
    # The thread that pytest-xdist talks by holds no lock that the helper asks for.
    monkeypatch.setattr(ahead, "started", Helper)


def told(
    path: Path, *, may_fork: bool, config: str = CONFIG, notice: Callable[[str, Notice], None] | None = None
) -> list[tuple[object, ...]]:
    """All findings by the quick way, in the order in which they are told."""
    found = check_paths(standard_from(config), [str(path)], may_fork=may_fork, notice=notice)
    return [(one.violation.rule, one.line, *words(one)) for one in found]


def plain_log(lines: int) -> str:
    """A stream without anything that would make it two."""
    kinds = ('"jobId":"job-00a{0:x}","msg":"solved"', '"n":{0},"msg":"Solved."', '"msg":"took {0} ms"')
    return "".join(
        f'{{"level":30,"time":{1_748_938_500_000 + at * 40},{kinds[at % 7 % 3].format(at)}}}\n' for at in range(lines)
    )


def words(finding: Finding) -> tuple[object, ...]:
    one = finding.violation
    return one.severity, one.field, one.found, one.want, one.message, finding.service, finding.template, finding.offset


def log(seed: int, lines: int = 120) -> str:
    """A stream of few kinds with faults strewn in: what comes back, repeats, floods, and what is no JSON."""
    chance = random.Random(seed)
    now, written = 1_748_938_500_000, []
    noise = chance.choice([0.01, 0.08, 0.3])
    spaced, iso = chance.random() < 0.5, chance.random() < 0.5
    for number in range(lines):
        now += chance.choice([0, 1, 3, 40, 700, 5_000, -60, -3])
        stamp = (
            f"2025-06-03T{8 + now // 3_600_000 % 12:02}:{now // 60_000 % 60:02}:{now // 1000 % 60:02}.{now % 1000:03}Z"
        )
        record: dict[str, object] = {
            "level": "info" if iso else 30,
            "time": stamp if iso else now,
            "service": "scheduler",
        }
        if chance.random() < 0.8:
            record["job_id"] = f"job-{chance.randrange(6):04x}"
        if chance.random() < 0.1:
            record[chance.choice(["note", "cached", "attempt", "err", "pid"])] = chance.choice(
                ["a@b.example", "true", 7, {"type": "E"}, ERROR, ERROR, "x" * 500, "", None]
            )
        if iso:
            record["function"] = "tick"
        record["pid"] = chance.choice([1, 1, 1, 1, 2])
        record["msg"] = chance.choice(
            [
                "tick done",
                "tick done",
                "plan stored",
                "solve started",
                "solve finished",
                "route 7 read",
                f"requeued job-{chance.randrange(4096):05x}",
                f"failed: Error: {chance.randrange(300)} left",
            ]
        )
        text = json.dumps(record, separators=(", ", ": ") if spaced else (",", ":"))
        written.append(text)
        if chance.random() < 0.05:
            written.append(text)
        if chance.random() < noise and (noise > 0.05 or number > lines // 2):
            written.append(chance.choice(OTHERS))
    return "\n".join(written) + chance.choice(["", "\n"])


@given(seed=st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_the_sweep_finds_what_records_show(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "scheduler.ndjson"
    path.write_text(log(seed), "utf-8")
    quick, slow = both(CONFIG, [str(path)])
    assert quick == slow


FILTERS = (
    "level>=error", "-level=info service=scheduler", "time>=2025-06-03T08:16", "job_id=job-0001 or pid=2", "stored",
    "missing:job_id", "/re[aq]/", "service=nobody", "rule:LV7* or rule:LV402", "-is:violation level=info",
)  # fmt: skip


def test_of_what_a_filter_chooses_only_what_is_wrong_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scheduler.ndjson"
    path.write_text(plain_log(2_000), "utf-8")
    made = []
    weigh = check.StreamChecker.weigh
    monkeypatch.setattr(check.StreamChecker, "weigh", lambda one, record: made.append(record) or weigh(one, record))
    checker = Checker(standard_from(""))
    found = list(check_paths(checker.standard, [str(path)], checker=checker, chosen=chosen("n>1000", checker)))
    assert {one.violation.rule for one in found} >= {"LV407"}
    assert 0 < len(made) < 100


def text_log(seed: int, lines: int = 150) -> str:
    """A stream of Python text records, some with tracebacks, numbers and ids in their messages."""
    chance = random.Random(seed)
    now, written = 1_748_938_500_000, []
    separator = chance.choice([",", "."])
    for _ in range(lines):
        now += chance.choice([0, 1, 3, 40, 700, 5_000, -60])
        stamp = f"2025-06-03 {8 + now // 3_600_000 % 12:02}:{now // 60_000 % 60:02}:{now // 1000 % 60:02}{separator}{now % 1000:03}"
        level = chance.choice(["INFO", "INFO", "INFO", "WARNING", "ERROR"])
        message = chance.choice(
            ["solve started", "solve finished", f"read {chance.randrange(40)} rows", f"job job-{chance.randrange(9):04x} stored",
             f"turned job-{chance.randrange(4096):05x} away, all taken", f"rejected: ValueError: {chance.randrange(300)} stops",
             f"{chance.randrange(3)} failed", f"attempt {chance.randrange(4)} of 3", "job %s lost", "user ann@example.com came",
             f"card {chance.choice([4111111111111111, 4111111111111112])}", f'"GET /x HTTP/1.1" {chance.choice([200, 404, 500])}']
        )  # fmt: skip
        job = chance.choice(["-", f"job-{chance.randrange(5):04x}"])
        written.append(f"{stamp} [{level}] optimizer.solver solve job={job}: {message}")
        if level == "ERROR" and chance.random() < 0.5:
            written.append(
                'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run\nValueError: no route'
            )
        if chance.random() < 0.04:
            written.append(chance.choice(OTHERS))
    return "\n".join(written) + "\n"


@given(seed=st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_the_sweep_finds_what_text_records_show(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "optimizer.log"
    path.write_text(text_log(seed), "utf-8")
    quick, slow = both(CONFIG, [str(path)])
    assert quick == slow


def value_log(seed: int, lines: int = 160) -> str:
    """A stream in which values matter: lists, objects, ids by their form, sizes, numbers that violations quote."""
    chance = random.Random(seed)
    digits = "0123456789abcdef"
    now, written = 1_748_938_500_000, []
    kinds = chance.sample(range(9), 4)
    rare = chance.choice([0.02, 0.2])

    def either(usual: object, other: object) -> object:
        return other if chance.random() < rare else usual

    def word(size: int) -> str:
        return "".join(chance.choice(digits) for _ in range(size))

    for _ in range(lines):
        now += chance.choice([0, 1, 40, 700])
        kind = chance.choice(kinds)
        record: dict[str, object] = {"level": 30, "time": now, "service": "scheduler", "pid": 7, "kind": kind}
        if kind == 0:
            record["stops"] = either([chance.randrange(100) for _ in range(2)], [1, "a"])
            record["tags"] = either(["a", word(3)], ["ann@example.com", "b"])
        elif kind == 1:
            inner = {"jobId": word(4), "note": "n" * chance.randrange(12)}
            record["payload"] = either(inner, inner | {"note": "n" * chance.randrange(200)})
        elif kind == 2:
            size = either(32, chance.choice([31, 16, 8]))
            record["trace_id"] = either(
                word(int(str(size))), chance.choice(["0" * 32, "7" * 32, "7" * 16, word(32).upper(), "x y"])
            )
            if chance.random() < 0.3:
                record["span_id"] = either(word(16), chance.choice(["0" * 16, "1234567890123456", "12"]))
        elif kind == 3:
            record["req"] = {"id": chance.randrange(10 ** chance.randrange(1, 5)), "method": "GET", "url": "/x",
                             "remoteAddress": f"10.0.0.{chance.randrange(256)}"}  # fmt: skip
        elif kind == 4:
            record["timeout"] = either(f"{chance.randrange(30)}s", "never")
            record["version"] = f"1.{chance.randrange(30)}"
            record["dispersion"] = either("none", "1.5")
        elif kind == 5:
            record["data"] = either([chance.randrange(9)] * 3, {"a": 1e9, "b": "x" * 60})
            record["http"] = {"version": "1.1", "request": {"id": word(8)}}
        elif kind == 6:
            record["url"] = either("http://127.0.0.1/x", "http://ann:secret@127.0.0.1/x")
            record["attempt"] = chance.randrange(12)
        elif kind == 7:
            record["service"] = either("scheduler", ["scheduler"])
            record["res"] = {"statusCode": either(200, 503), "codes": [chance.randrange(600)]}
        else:
            record["span"] = {"id": either(word(16), "1234567890123456")}
            record["delay"] = chance.randrange(10 ** chance.randrange(1, 5))
        record["msg"] = chance.choice(["tick done", "plan stored", f"route {chance.randrange(30)} read"])
        written.append(json.dumps(record, separators=(",", ":")))
    return "\n".join(written) + "\n"


FAULTS = (
    ERROR, {}, None, "no route", "", 5, True, [], [ERROR], {"type": "E", "message": 'answered 500: {"error": "no \'y\'"}'},
    {"type": "E", "message": "C:\\", "stack": "E: C:\\\n    at run (/srv/a.js:7:3)"}, {"message": "in\t1 ms", "code": 7},
    {"type": "E", "message": "in\t2 ms", "code": 7}, {"name": "E", "stack": 'E: "x"\n    at a@b (/srv/a.js:1:1)'},
    {"type": "E", "message": "e", "cause": {"err": {}, "error": "\\"}}, {"password": "hunter2", "message": "m"},
    'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run\nKeyError: \'cost\'', "\\\"",
)  # fmt: skip
SAYINGS = (
    'said "no"',
    "said no",
    "C:\\",
    '"err":{}',
    "failed: E: no",
    "failed",
    '\\"err\\":{',
    "took 5 ms",
    "took 12 ms",
)


JOBS = ("job-00a1", "", 7, 8, None, {"id": "job-00a1"}, "7", "\u00e4", "a\\b", True, "null", "0" * 32)


def error_log(seed: int, lines: int = 160) -> str:
    """A stream of few errors that come back, of few jobs, most of them escaped; and of texts that look like them."""
    chance = random.Random(seed)
    faults = chance.sample(FAULTS, 4)
    keys = chance.sample(
        ["err", "error", "exc_info", "exception", "stack", "error.message", "exception.type", "cause"], 2
    )
    sayings = chance.sample(SAYINGS, 3)
    names = chance.choice([["jobId"], ["job_id"], ["jobId", "job"], ["job", "jobID"]])
    tight, spaced = chance.random() < 0.5, chance.random() < 0.5
    now, written = 1_748_938_500_000, []
    for _ in range(lines):
        now += chance.choice([0, 1, 40, 400, 3_000]) if chance.random() < 0.97 else -chance.randrange(2_000)
        record: dict[str, object] = {"level": chance.choice([30, 50, 50, 50]), "time": now, "service": "scheduler"}
        if chance.random() < 0.8:
            job = chance.choice(JOBS) if chance.random() < 0.1 else f"job-00a{chance.randrange(3)}"
            record[chance.choice(names)] = job
        if chance.random() < 0.3:
            record["path"] = chance.choice(["/srv/a", "a\\b", '"', "/srv/b"])
        for key in keys[: chance.choice([0, 1, 1, 1, 2])]:
            record[key] = chance.choice(faults)
        if chance.random() < 0.05:
            record["payload"] = {"err": chance.choice(faults)}
        record["msg"] = chance.choice(sayings)
        line = json.dumps(record, separators=(", ", ": ") if spaced else (",", ":"), ensure_ascii=tight)
        written.append(line if chance.random() < 0.97 else line[: -chance.randrange(1, 40)])
    return "\n".join(written) + "\n"


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("make", [log, text_log, error_log])
def test_a_filter_leaves_the_same_by_either_way(query: str, make: Callable[[int], str], tmp_path: Path) -> None:
    paths = [tmp_path / "scheduler.log", tmp_path / "optimizer.log"]
    for seed, path in enumerate(paths):
        path.write_text(make(seed) + make(seed + 2), "utf-8")
    quick, slow = both(CONFIG, list(map(str, paths)), query=query)
    assert quick == slow
    all_of, _ = both(CONFIG, list(map(str, paths)))
    assert len(quick) < len(all_of)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sweep_finds_what_errors_show(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "scheduler.log"
    path.write_text(error_log(seed), encoding="utf-8")
    quick, slow = both(CONFIG, [str(path)])
    assert slow == quick


def test_errors_that_come_back_are_not_made(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.log"
    fault = {"type": "E", "message": 'answered: {"error": "no"}', "stack": "E: answered\n    at run (/srv/a.js:7:3)"}
    record = {"level": 50, "service": "scheduler", "err": fault, "msg": "solve failed"}
    lines = [json.dumps({"time": 1_748_938_500_000 + 2_000 * at, **record}, separators=(",", ":")) for at in range(500)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = []
    for _ in check_paths(
        standard_from(""), [str(path)], observe=lambda *told: made.append(told), alike=lambda *_: None
    ):
        pass
    assert len(made) < 50


@given(seed=st.integers(0, 10**6), most=st.sampled_from([60, 120, 1_024]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_the_sweep_finds_what_values_show(seed: int, most: int, tmp_path: Path) -> None:
    path = tmp_path / "scheduler.ndjson"
    path.write_text(value_log(seed), "utf-8")
    quick, slow = both(f"[rules]\nLV609 = {{ max_bytes = {most} }}\nLV410 = {{}}\n", [str(path)])
    assert quick == slow


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_sweep_agrees_on_real_lines(case: object, tmp_path: Path) -> None:
    paths = []
    for name, data in case.files:  # type: ignore[attr-defined]
        (tmp_path / name).write_bytes(data)
        paths.append(str(tmp_path / name))
    quick, slow = both(case.config, paths)  # type: ignore[attr-defined]
    assert quick == slow


@pytest.mark.parametrize("vector", VECTORS, ids=[path.stem for path in VECTORS])
def test_the_sweep_agrees_on_every_format(vector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each several times over, so that its lines become known; blocks end inside of them."""
    path = tmp_path / vector.name
    path.write_bytes((vector.read_bytes().rstrip(b"\n") + b"\n") * 6)
    monkeypatch.setattr(files, "BULK_BYTES", 4_000)
    # Of records that no line feed parts, the lines are counted from block to block.
    quick, slow = both("", [str(path)], numbered="nonewline" not in vector.name)
    assert quick == slow


def test_blocks_may_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scheduler.ndjson"
    path.write_text(log(7), "utf-8")
    whole, _ = both(CONFIG, [str(path)])
    for size in (1, 7, 64, 1_000):
        monkeypatch.setattr(files, "BULK_BYTES", size)
        cut, _ = both(CONFIG, [str(path)])
        assert cut == whole


LONG_LINES = {
    "JSON": ('{"level":30,"time":1748938500000,"blob":"', '","msg":"late"}', ""),
    "JSON with CRLF": ('{"level":30,"time":1748938500000,"msg":"', '"}\r', ""),
    "text with a traceback": (
        "2025-06-03 08:15:10,500 ERROR a: ",
        "",
        'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run\nValueError: no route\n',
    ),
    "wrapped": ("scheduler-1  | printed ", "", "scheduler-1  | printed\n"),
}


@pytest.mark.parametrize("line", LONG_LINES.values(), ids=LONG_LINES.keys())
@pytest.mark.parametrize("where", ["first", "amid", "last", "last without its end"])
def test_b1_a_long_line_is_passed_on_in_parts_and_judged_all_the_same(
    line: tuple[str, str, str], where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, end, rest = line
    size = 5 << 20
    long = begin + "x" * (size - len(begin) - len(end)) + end + ("\n" + rest if where != "last without its end" else "")
    before, behind = ("" if where == "first" else log(7)), ("" if where.startswith("last") else log(8))
    path = tmp_path / "scheduler.ndjson"
    path.write_text(before + "\n" * (before != "") + long + behind, "utf-8", newline="")
    monkeypatch.setattr(sweep, "MAX_BLOCK", 2 << 20)
    monkeypatch.setattr(files, "BULK_BYTES", 1 << 20)
    quick, slow = both(CONFIG, [str(path)])
    assert quick == slow
    sizes = {int(found.split()[0]) for rule, _, _, _, _, found, *_ in quick if rule == "LV007"}
    # What a wrapper puts in front of a line is no part of it.
    assert any(size - 16 <= found <= size for found in sizes)


def test_records_that_were_not_made_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.ndjson"
    line = '{"level":30,"time":%d,"service":"scheduler","logger":"a","job_id":"job-7f3a","msg":"tick done"}\n'
    path.write_text("".join(line % (1_748_938_500_000 + 1_000 * i) for i in range(50)), "utf-8")
    made, alike = [], []
    findings = check_paths(
        standard_from(""),
        [str(path)],
        observe=lambda record, service, violations: made.append(record),
        alike=lambda record, service, times: alike.append((record.message, service, times)),
    )
    list(findings)
    assert len(made) + sum(times for _, _, times in alike) == 50
    assert [(message, service) for message, service, _ in alike] == [("tick done", "scheduler")]
    assert len(made) < 10


@pytest.mark.parametrize(
    "fields",
    [
        '"payload":{"jobId":"job-7f3a","depth":%d}', '"stops":[%d,2],"tags":["a","b"]', '"req":{"id":%d,"method":"GET","url":"/x"}',
        '"trace.id":"4bf92f3577b34da6a3ce929d0e0e47%02d"', '"@version":"1","peer":{"address":"10.0.0.%d"}', '"app_version":"1.%d"',
    ],
)  # fmt: skip
def test_lines_with_such_values_are_not_made(fields: str, tmp_path: Path) -> None:
    path = tmp_path / "scheduler.ndjson"
    line = '{"level":30,"time":%d,"service":"scheduler","logger":"a",%s,"msg":"tick done"}\n'
    path.write_text("".join(line % (1_748_938_500_000 + 1_000 * i, fields % (i + 10)) for i in range(80)), "utf-8")
    made: list[object] = []
    findings = check_paths(
        standard_from(""),
        [str(path)],
        observe=lambda record, service, violations: made.append(record),
        alike=lambda record, service, times: None,
    )
    list(findings)
    assert len(made) < 20


def test_lines_after_a_traceback_go_the_quick_way_again(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.ndjson"
    line = '{"level":30,"time":%d,"service":"scheduler","logger":"a","job_id":"job-7f3a","msg":"tick done"}\n'
    ticks = [line % (1_748_938_500_000 + 1_000 * i) for i in range(60)]
    trace = 'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in run\nValueError: no route\n'
    path.write_text("".join((*ticks[:20], trace, *ticks[20:40], "printed\n", *ticks[40:])), "utf-8")
    made = []
    found = check_paths(
        standard_from(""),
        [str(path)],
        observe=lambda record, service, violations: made.append(record.lineno),
        alike=lambda record, service, times: None,
    )
    assert {one.line for one in found if one.violation.rule == "LV508"} == {21}
    assert len(made) < 20
    assert {21, 44} <= set(made)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [log, text_log, error_log])
@pytest.mark.usefixtures("helped")
def test_two_processes_find_what_one_finds(seed: int, make: Callable[[int, int], str], tmp_path: Path) -> None:
    path = tmp_path / "scheduler.log"
    path.write_text(make(seed, 400), encoding="utf-8")
    assert told(path, may_fork=False) == told(path, may_fork=True)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
@pytest.mark.usefixtures("helped")
def test_two_processes_agree_on_every_format(vector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BULK_BYTES", 701)
    assert told(vector, may_fork=False, config="") == told(vector, may_fork=True, config="")


@pytest.mark.parametrize("is_ready", [True, False])
@pytest.mark.usefixtures("helped")
def test_this_process_takes_a_block_apart_where_it_would_wait(
    is_ready: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scheduler.log"
    path.write_text(log(5, 2_000), encoding="utf-8")
    expected = told(path, may_fork=False)
    monkeypatch.setattr(files, "BULK_BYTES", 4_096)
    monkeypatch.setattr(Helper, "has_result", is_ready)
    here, there = [], []
    take, ask = ahead.Ahead._here, Helper.ask
    monkeypatch.setattr(ahead.Ahead, "_here", lambda one, *told: here.append(told) or take(one, *told))
    monkeypatch.setattr(Helper, "ask", lambda one, *told: there.append(told) or ask(one, *told))
    assert expected == told(path, may_fork=True)
    assert bool(here) is not is_ready
    assert there


@pytest.mark.usefixtures("helped")
def test_a_helper_that_is_killed_changes_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scheduler.log"
    path.write_text(plain_log(2_000), encoding="utf-8")
    expected = told(path, may_fork=False)
    killed, answers = [], 0

    def result(helper: Helper) -> bytes:
        nonlocal answers
        answers += 1
        if answers == 4:
            os.kill(helper.pid, signal.SIGKILL)
            os.waitid(os.P_PID, helper.pid, os.WEXITED | os.WNOWAIT)
            killed.append(helper.pid)
        return Helper.result(helper)

    monkeypatch.setattr(ahead, "started", type("Doomed", (Helper,), {"result": result}))
    monkeypatch.setattr(files, "BULK_BYTES", 2_048)
    notices: list[str] = []
    assert expected == told(path, may_fork=True, notice=lambda _, one: notices.append(one.kind))
    assert 1 == len(killed)
    assert ["helper"] == notices
    with pytest.raises(ChildProcessError):
        os.waitpid(killed[0], os.WNOHANG)


@pytest.mark.usefixtures("helped")
def test_nothing_is_left_of_a_check_that_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scheduler.log"
    path.write_text(plain_log(2_000), encoding="utf-8")
    made: list[Helper] = []
    start = Helper.__init__
    monkeypatch.setattr(Helper, "__init__", lambda helper, work: made.append(helper) or start(helper, work))
    findings = check_paths(standard_from(CONFIG), [str(path)], may_fork=True)
    next(findings)
    findings.close()
    (helper,) = made
    with pytest.raises(ChildProcessError):
        os.waitpid(helper.pid, os.WNOHANG)
