"""The quick road and the road through all rules give the same findings."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.standard.model import Severity

from .support import Case, cases, findings, standard_from

CASES = [case for case in cases() if "LV716" not in case.judged]
STRICT = standard_from('standard = "strict@1"\n')

MESSAGES = st.sampled_from(
    [
        "job scheduled", "solve finished", "failed to reach optimizer", "0 failed", "attempt 3 to reach optimizer",
        "job job-7f3a took 12 ms", "route 17 checked", "Job scheduled.", "[sched] tick", "done", "{'a': 1}",
        "user ann@example.com logged in", "card 4111111111111111 charged", "tenant undefined admitted", "job %s", "",
        "line\nbreak", "job completed", "dsn postgres://svc:s3cret@db/x", "Server listening", "x" * 201,
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.just(4111111111111111), st.floats(0, 9, width=16),
    st.sampled_from(["", "true", "12", "job-7f3a", "undefined", "None", "a@b.example", "[Redacted]", "AKIAIOSFODNN7EXAMPLE",
                     "production", "1.25s", "4bf92f3577b34da6a3ce929d0e0e4736", "4111 1111 1111 1111", "Bearer 9f3ab2c77d01e45a88b2"]),
    st.just({"a": 1}), st.just([1, "2"]), st.just({}), st.deferred(lambda: OBJECTS),
)  # fmt: skip
OBJECTS = st.dictionaries(
    st.sampled_from(
        ["id", "method", "url", "headers", "statusCode", "job_id", "trace_id", "password", "body", "a", "err"]
    ),
    VALUES | st.sampled_from([200, 404, 500, "GET", "/jobs/1", "12.5 s"]),
    max_size=3,
)
KEYS = st.sampled_from(
    [
        "job_id", "jobId", "request_id", "trace_id", "span_id", "attempt", "max_attempts", "retry_count", "duration",
        "tenantId", "cached", "password", "token", "env", "err", "error", "exc_info", "status_code", "method", "path",
        "body", "data", "note", "card", "pid", "hostname", "logger", "function", "service", "level", "time", "elapsed_s",
        "req", "req", "res", "res", "payload", "http", "labels", "context", "record",
    ]
)  # fmt: skip


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """Some records of few kinds, many of them alike."""
    now = 1_748_938_500_000
    shapes = draw(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=3))
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        now += draw(st.integers(-40, 2_000))
        shape = dict(draw(st.sampled_from(shapes)))
        for key in draw(st.lists(st.sampled_from(sorted(shape)), max_size=2)) if shape else []:
            shape[key] = draw(VALUES)
        level = draw(st.sampled_from([20, 30, 40, 50]))
        record = {"level": level, "time": now, **shape, "msg": draw(MESSAGES)}
        lines.append(json.dumps(record, separators=(",", ":"), ensure_ascii=False))
        if draw(st.integers(0, 9)) == 0:
            lines.append(
                draw(
                    st.sampled_from(
                        ["printed", "2025-06-03 08:15:10,500 INFO a b c", "Traceback (most recent call last):"]
                    )
                )
            )
    return ("\n".join(lines) + "\n").encode()


@given(logs())
def test_the_quick_road_finds_what_the_slow_one_finds(data: bytes) -> None:
    files = [("scheduler.ndjson", data)]
    assert sorted(findings(STRICT, files)) == sorted(findings(STRICT, files, quick=False))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_roads_agree_on_real_lines(case: Case) -> None:
    standard = standard_from(case.config)
    assert sorted(findings(standard, case.files)) == sorted(findings(standard, case.files, quick=False))


def test_a_team_s_own_secrets_are_looked_for_in_every_record() -> None:
    standard = standard_from("[rules]\nLV602 = { extra_patterns = ['tok-[a-z]{6}'] }\n")
    lines = [
        {"level": 30, "time": 1_748_938_500_000 + 1_000 * at, "service": "scheduler", "note": note, "msg": "tick done"}
        for at, note in enumerate(["calm", "calm", "calm", "tok-abcdef", "calm"])
    ]
    data = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
    assert ("LV602", "scheduler.ndjson", 4) in findings(standard, [("scheduler.ndjson", data)])


def test_when_a_record_came_is_looked_at_however_many_like_it_were_found():
    from logview.decode import decode_bytes
    from logview.standard.check import Checker

    line = b'{"level":30,"time":1748938500000,"service":"a","logger":"l","msg":"tick"}\n'
    records = list(decode_bytes(line * 8))
    stream = Checker(standard_from("")).stream("a.log")
    found = [
        any(one.rule == "LV107" for one in stream.check(record, observed_ns=observed_ns))
        for record, observed_ns in zip(
            records, [None] * 3 + [1748938500_000_000_000 + s * 1_000_000_000 for s in (0, 60, 1, -60, 4)], strict=True
        )
    ]
    assert found == [False] * 4 + [True, False, True, False]
    assert ["LV107"] == [one.rule for one in stream.arrived(records[0], 1748938560_000_000_000)]


def test_how_bad_a_rule_is_everywhere_is_known_unless_a_record_may_change_it():
    from logview.standard.program import Settings

    skew = 'LV107 = { severity = "error", max_skew = "2s" }'
    waiver = '[[waivers]]\nrule = "LV107"\nmatch = { service = "a" }\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
    override = '[[overrides]]\nmatch = { service = "a" }\nrules = { LV107 = { max_skew = "1s" } }\n'
    plain, waived, overridden, off = (
        Settings(standard_from(text))
        for text in (f"[rules]\n{skew}\n", waiver, f"[rules]\n{skew}\n{override}", '[rules]\nLV107 = "off"\n')
    )
    assert [Severity.ERROR, None, None, None] == [
        one.severity_everywhere("LV107") for one in (plain, waived, overridden, off)
    ]
    assert [2_000_000_000, 5_000_000_000, 1_000_000_000, None] == [
        one.least_skew_ns() for one in (plain, waived, overridden, off)
    ]
