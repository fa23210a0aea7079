"""Overrides, waivers, streams and state: who is judged by what, once, and within bounds."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import datetime as dt
import json

from logview.decode import decode_bytes
from logview.standard.check import Checker, stem
from logview.standard.rules import across, lifecycle
from logview.standard.template import template_of

from .support import findings, full, standard_from

LOST = b'{"level":30,"time":1748939229400,"service":"scheduler","logger":"web","msg":"job lost"}\n'


def codes(config: str, data: bytes) -> list[str]:
    return [code for code, _, _ in findings(standard_from(config), [("scheduler.ndjson", data)])]


def test_an_override_turns_a_rule_off_where_it_matches() -> None:
    config = '[[overrides]]\nmatch = { service = "scheduler", logger = "w*" }\nrules = { LV303 = "off" }\n'
    other = LOST.replace(b'"web"', b'"dispatcher"')
    assert codes(config, LOST + other).count("LV303") == 1


def test_the_last_override_wins() -> None:
    config = (
        '[[overrides]]\nmatch = { logger = "web" }\nrules = { LV303 = "off" }\n'
        '[[overrides]]\nmatch = { template = "job *" }\nrules = { LV303 = "info" }\n'
    )
    found = full(standard_from(config), [("a.log", LOST)])
    assert [one.violation.severity.value for one in found if one.violation.rule == "LV303"] == ["info"]


def test_an_override_by_field_reaches_one_field() -> None:
    config = '[[overrides]]\nmatch = { field = "tenantId" }\nrules = { LV314 = "off" }\n'
    line = b'{"level":30,"time":1748939229400,"service":"s","tenantId":1,"routeCount":2,"msg":"tick"}\n'
    assert codes(config, line).count("LV314") == 1


def test_a_waiver_allows_until_its_last_day() -> None:
    config = '[[waivers]]\nrule = "LV303"\nreason = "r"\nowner = "o"\nexpires = 2027-03-31\n'
    standard = standard_from(config)
    record = decode_bytes(LOST)[0]
    for day, waived in ((dt.date(2027, 3, 31), {0: 1}), (dt.date(2027, 4, 1), {})):
        checker = Checker(standard, today=day)
        broken = {one.rule for one in checker.stream("a.log").check(record)}
        assert (("LV303" in broken), checker.waived) == (not waived, waived)


def test_a_multiplexed_file_is_one_stream_per_service() -> None:
    line = b'{"level":30,"time":1748939229400,"tenantId":1,"msg":"tick"}\n'
    both = b"scheduler-1  | " + line + b"optimizer-1  | " + line
    assert codes("", both).count("LV314") == 2
    assert codes("", line + line).count("LV314") == 1


def test_explaining_a_record_changes_no_state() -> None:
    checker = Checker(standard_from(""))
    record = decode_bytes(b'{"level":30,"time":1748939229400,"tenantId":1,"msg":"tick"}\n')[0]
    first = checker.explain(record, file="a.log")
    assert {"LV314", "LV301"} <= {one.rule for one in first}
    assert checker.explain(record, file="a.log") == first
    assert "LV314" in {one.rule for one in checker.stream("a.log").check(record)}
    assert checker.finish() == []


def test_what_spans_streams_may_be_asked_again() -> None:
    checker = Checker(standard_from(""))
    for name, key in (("scheduler.ndjson", "tenantId"), ("optimizer.ndjson", "tenant_id")):
        stream = checker.stream(name)
        for record in decode_bytes(json.dumps({"level": 30, "time": 1748939229400, key: "t", "msg": "tick"}).encode()):
            stream.check(record)
    assert [one.violation.rule for one in checker.finish()] == [one.violation.rule for one in checker.finish()]
    assert "LV708" in {one.violation.rule for one in checker.finish()}


def test_a_stream_is_named_after_its_file() -> None:
    assert [stem(name) for name in ("logs/scheduler.log.1", "-", ".hidden.log", "optimizer")] == [
        "scheduler", "stdin", "hidden", "optimizer",
    ]  # fmt: skip


def test_a_template_masks_words_with_digits() -> None:
    assert template_of("job job-7f3a took 12 ms") == "job <*> took <*> ms"
    assert template_of("job scheduled") == "job scheduled"


def test_state_stays_within_its_bounds() -> None:
    config = '[[lifecycle]]\nname = "run"\nkey = "job_id"\nstart = "solve started"\nend = ["solve finished"]\ntimeout = "10d"\n'
    checker = Checker(standard_from(config))
    stream = checker.stream("a.log")
    lines = [
        json.dumps({"level": 30, "time": 1748939229400 + i, "job_id": f"job-{i:06x}", "msg": text})
        for i in range(across.MAX_TEMPLATES + 500)
        for text in ("solve started", f"word{'abcdefghij'[i % 10] * (i // 10 % 40 + 1)} {chr(97 + i % 26)}")
    ]
    for record in decode_bytes("\n".join(lines).encode()):
        stream.check(record)
    trackers = {type(tracker).__name__: tracker for sub in stream._substreams.values() for _, tracker in sub.own}
    assert len(trackers["DuplicateRecord"]._recent) <= across.RING
    assert len(trackers["FloodTracker"]._times) <= across.MAX_TEMPLATES
    assert all(len(runs.open) <= lifecycle.MAX_OPEN for runs in trackers["JobNotFinished"]._runs)
