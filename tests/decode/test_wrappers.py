"""Wrappers: whatever stands in front of a service's lines, alone or nested, the records are those of the bare lines."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from logview.decode import decode_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.record import Record

SCHEDULER = [
    '{"level":30,"time":1795424047410,"pid":9290,"hostname":"vm","jobId":"job-7f3a","msg":"job scheduled"}',
    "plain console.log from the scheduler",
    '{"level":50,"time":1795424047412,"pid":9290,"hostname":"vm","err":{"type":"TypeError","message":"no cost",'
    '"stack":"TypeError: no cost\\n    at speak (/srv/app/x.js:7:11)"},"msg":"job failed"}',
]
OPTIMIZER = [
    "2026-11-23 08:57:32,311 - optimizer.solver - INFO - solve started",
    "2026-11-23 08:57:32,312 - optimizer.solver - ERROR - solve failed",
    "Traceback (most recent call last):",
    '  File "/srv/app/optimizer/solve.py", line 9, in solve',
    '    {}["cost"]',
    "    ~~^^^^^^^^",
    "KeyError: 'cost'",
    "2026-11-23 08:57:32,313 - optimizer.solver - WARNING - time limit close",
    "bare text of the optimizer",
]

Line = tuple[str, str]  # (service, text)
LINES: list[Line] = [("scheduler", text) for text in SCHEDULER] + [("optimizer", text) for text in OPTIMIZER]


def compose(lines: list[Line]) -> list[str]:
    return [f"{service}-1  | {text}" for service, text in lines]


def compose_color(lines: list[Line]) -> list[str]:
    return [f"\x1b[36m{service}-1  | \x1b[0m{text}" for service, text in lines]


def compose_named(lines: list[Line]) -> list[str]:
    return [f"{service:<12} | {text}" for service, text in lines]


def compose_v1(lines: list[Line]) -> list[str]:
    return [f"\x1b[33;1m{service + '_1':<14} |\x1b[0m {text}" for service, text in lines]


def swarm(lines: list[Line]) -> list[str]:
    return [f"{service}.1.x8f2m4k1p9qz@node-7    | {text}" for service, text in lines]


def concurrently(lines: list[Line]) -> list[str]:
    return [f"[{service}] {text}" for service, text in lines]


def concurrently_color(lines: list[Line]) -> list[str]:
    return [f"\x1b[36m[{service}]\x1b[39m {text}" for service, text in lines]


def concurrently_time(lines: list[Line]) -> list[str]:
    return [f"[2026-11-23 09:01:12.777 {service}] {text}" for service, text in lines]


def honcho(lines: list[Line]) -> list[str]:
    return [f"09:01:12 {service}.1 | {text}" for service, text in lines]


def turbo(lines: list[Line]) -> list[str]:
    return [f"@app/{service}:dev: {text}" for service, text in lines]


def turbo_bare(lines: list[Line]) -> list[str]:
    return [f"{service}:start: {text}" for service, text in lines]


def pnpm(lines: list[Line]) -> list[str]:
    return [f"apps/{service} dev: {text}" for service, text in lines]


def pm2(lines: list[Line]) -> list[str]:
    return [f"\x1b[32m0|{service} | \x1b[39m{text}" for service, text in lines]


def kubectl(lines: list[Line]) -> list[str]:
    return [f"[pod/{service}-7c9d8b5f4-x2x7p/{service}] {text}" for service, text in lines]


def kubectl_generic(lines: list[Line]) -> list[str]:
    return [f"[pod/{service}-7c9d8b5f4-x2x7p/app] {text}" for service, text in lines]


def stern(lines: list[Line]) -> list[str]:
    return [f"{service}-7c9d8b5f4-x2x7p {service} {text}" for service, text in lines]


def stern_color(lines: list[Line]) -> list[str]:
    return [f"\x1b[36;1m{service}-0\x1b[0m \x1b[36m{service}\x1b[0m {text}" for service, text in lines]


def journald(lines: list[Line]) -> list[str]:
    return [f"Nov 23 08:54:07 vm {service}[9290]: {text}" for service, text in lines]


def journald_iso(lines: list[Line]) -> list[str]:
    return [f"2026-11-23T08:54:07.411000+00:00 vm {service}[9290]: {text}" for service, text in lines]


def syslog_5424(lines: list[Line]) -> list[str]:
    return [f"<134>1 2026-11-23T08:54:07.411Z vm {service} 9290 - - {text}" for service, text in lines]


def heroku(lines: list[Line]) -> list[str]:
    return [f"2026-11-23T08:54:07.411000+00:00 app[{service}.1]: {text}" for service, text in lines]


def journald_json(lines: list[Line]) -> list[str]:
    return [
        json.dumps(
            {"__REALTIME_TIMESTAMP": "1795424047411000", "SYSLOG_IDENTIFIER": service, "_PID": "1", "MESSAGE": text}
        )
        for service, text in lines
    ]


def pm2_json(lines: list[Line]) -> list[str]:
    return [
        json.dumps(
            {
                "message": text + "\n",
                "timestamp": "2026-11-23T09:01:14",
                "type": "out",
                "process_id": 1,
                "app_name": service,
            }
        )
        for service, text in lines
    ]


NAMED: list[Callable[[list[Line]], list[str]]] = [
    compose, compose_color, compose_named, compose_v1, swarm, concurrently, concurrently_color, concurrently_time,
    honcho, turbo, turbo_bare, pnpm, pm2, kubectl, kubectl_generic, stern, stern_color, journald, journald_iso,
    syslog_5424,
    heroku,
    journald_json, pm2_json,
]  # fmt: skip


def docker(lines: list[str]) -> list[str]:
    return [json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-11-23T08:54:07.411Z"}) for line in lines]


def cri(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:54:07.411000000Z stdout F {line}" for line in lines]


def docker_t(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:54:07.411000000Z {line}" for line in lines]


def actions(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:54:07.4110000Z {line}" for line in lines]


def gh_run_view(lines: list[str]) -> list[str]:
    return [f"e2e\tRun services\t2026-11-23T08:54:07.4110000Z {line}" for line in lines]


def ts(lines: list[str]) -> list[str]:
    return [f"Nov 23 08:54:07 {line}" for line in lines]


def ts_iso(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:54:07.411000 {line}" for line in lines]


def pm2_time(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:54:07: {line}" for line in lines]


TIMED: list[Callable[[list[str]], list[str]]] = [docker, cri, docker_t, actions, gh_run_view, ts, ts_iso, pm2_time]


def decoded(lines: list[str]) -> list[Record]:
    return decode_bytes("".join(line + "\n" for line in lines).encode())


def said(record: Record) -> dict[str, object]:
    """What the record itself says, whatever stands around it."""
    time = None if record.time_from_wrapper else record.time.ns
    fault = record.error
    return {
        "time": time,
        "level": None if record.level_written is None else record.level,
        "message": record.message,
        "logger": record.logger,
        "job": record.job_id,
        "error": None if fault is None else (fault.type, fault.message),
        "format": record.format,
    }


BARE = [said(record) for record in decoded(SCHEDULER)] + [said(record) for record in decoded(OPTIMIZER)]


@pytest.mark.parametrize("wrap", NAMED, ids=lambda wrap: wrap.__name__)
def test_a_named_wrapper_changes_no_record_and_names_the_service(wrap: Callable[[list[Line]], list[str]]) -> None:
    records = decoded(wrap(LINES))
    assert BARE == [said(record) for record in records]
    assert ["scheduler"] * 3 + ["optimizer"] * 4 == [record.service for record in records]


@pytest.mark.parametrize("wrap", TIMED, ids=lambda wrap: wrap.__name__)
def test_a_time_in_front_changes_no_record_and_is_the_time_of_those_without(
    wrap: Callable[[list[str]], list[str]],
) -> None:
    records = decoded(wrap(OPTIMIZER))
    assert BARE[3:] == [said(record) for record in records]
    assert records[-1].time_from_wrapper
    assert records[-1].time.ns is not None


@pytest.mark.parametrize(("outer", "inner"), list(itertools.product(TIMED, NAMED)), ids=lambda wrap: wrap.__name__)
def test_a_time_in_front_of_a_named_wrapper_changes_nothing(
    outer: Callable[[list[str]], list[str]], inner: Callable[[list[Line]], list[str]]
) -> None:
    records = decoded(outer(inner(LINES)))
    assert BARE == [said(record) for record in records]
    assert ["scheduler"] * 3 + ["optimizer"] * 4 == [record.service for record in records]


@pytest.mark.parametrize(
    ("outer", "inner"),
    list(itertools.product(NAMED, [wrap for wrap in TIMED if wrap is not gh_run_view])),
    ids=lambda wrap: wrap.__name__,
)
def test_a_named_wrapper_in_front_of_a_time_changes_nothing(
    outer: Callable[[list[Line]], list[str]], inner: Callable[[list[str]], list[str]]
) -> None:
    inside = inner([text for _, text in LINES])
    records = decoded(outer([(service, text) for (service, _), text in zip(LINES, inside, strict=True)]))
    assert BARE == [said(record) for record in records]
    assert ["scheduler"] * 3 + ["optimizer"] * 4 == [record.service for record in records]


@pytest.mark.parametrize("wrap", NAMED, ids=lambda wrap: wrap.__name__)
def test_lines_of_another_service_inside_a_traceback_leave_it_whole(wrap: Callable[[list[Line]], list[str]]) -> None:
    mixed: list[Line] = []
    for index, text in enumerate(OPTIMIZER):
        mixed.append(("optimizer", text))
        if index < len(SCHEDULER):
            mixed.append(("scheduler", SCHEDULER[index]))
        elif index == 4:
            mixed.append(("scheduler", "between the frames"))
    records = decoded(wrap(mixed))
    by_service = [said(record) for record in records if record.service == "optimizer"]
    assert BARE[3:] == by_service
    failed = next(record for record in records if record.level is not None and record.message == "solve failed")
    assert failed.error is not None
    assert failed.error.type == "KeyError"
