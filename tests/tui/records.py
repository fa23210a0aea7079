"""A small story in records: one job through scheduler and optimizer, with what goes wrong on the way."""

from __future__ import annotations

from typing import Any

from logview.record import Fault, Level, Record, Time, TimeKind

from .fake_engine import FakeEngine, violation

START = 1_795_424_047_410_000_000
"""2026-11-23T08:54:07.410Z"""

TRACEBACK = """Traceback (most recent call last):
  File "optimizer/worker.py", line 88, in run
    plan = solve(problem)
  File "optimizer/solver.py", line 41, in solve
    raise ValueError("no route between Bergen and Bodø")
ValueError: no route between Bergen and Bodø"""


def record(ms: int, level: Level | None, message: str | None, service: str = "scheduler", **more: Any) -> Record:
    """A record `ms` after the start."""
    time = Time(START + ms * 1_000_000, TimeKind.EPOCH_MS)
    first = more.pop("first", f"{service} {message}")
    return Record(time=time, level=level, message=message, service=service, first=first, **more)


def story() -> FakeEngine:
    """Twelve records of two services; five violations of three rules."""
    engine = FakeEngine()
    missing = violation("LV303", "job-id-missing", want="logger.child({ job_id }).info(...)", found="")
    level = violation("LV205", "failure-at-info", "warn", want='logger.error({ err }, "solve failed")', found="info")
    naive = violation("LV103", "time-naive", "info", want="log UTC with Z", found="2026-11-23 08:54:08,101")
    rows: list[tuple[str, Record, tuple[Any, ...]]] = [
        ("scheduler", record(0, Level.INFO, "job accepted", logger="queue", function="accept", job_id="job-7f3a",
                             fields={"priority": 3, "route": {"from": "Bergen", "to": "Bodø"}}), ()),
        ("scheduler", record(12, Level.DEBUG, "posting to optimizer", logger="dispatch", function="post",
                             job_id="job-7f3a", request_id="req-1"), ()),
        ("optimizer", record(40, Level.INFO, "solve requested", "optimizer", logger="optimizer.worker", function="run",
                             job_id="job-7f3a", request_id="req-1"), (naive,)),
        ("scheduler", record(75, Level.INFO, "job accepted", logger="queue", function="accept", job_id="job-7f3b"), ()),
        ("optimizer", record(130, Level.WARN, "no improvement in 200 rounds", "optimizer", logger="optimizer.solver",
                             function="solve", job_id="job-7f3a", fields={"rounds": 200}), (naive,)),
        ("scheduler", record(180, Level.INFO, "queue length 2", logger="queue", function="tick"), (missing,)),
        ("optimizer", record(420, Level.ERROR, "solve failed", "optimizer", logger="optimizer.worker", function="run",
                             job_id="job-7f3a",
                             error=Fault("ValueError", "no route between Bergen and Bodø", TRACEBACK),
                             rest=TRACEBACK, lines=8), (naive,)),
        ("scheduler", record(440, Level.INFO, "job failed: [red]no route[/red]", logger="queue", function="settle",
                             job_id="job-7f3a"), (level, missing)),
        ("scheduler", record(500, Level.TRACE, "heartbeat", logger="main"), ()),
        ("optimizer", record(520, Level.INFO, "solved", "optimizer", logger="optimizer.worker", function="run",
                             job_id="job-7f3b", fields={"cost": 41.5, "tour": [3, 1, 2]}), ()),
        ("scheduler", record(540, Level.INFO, "job done", logger="queue", function="settle", job_id="job-7f3b"), ()),
        ("scheduler", record(900, None, None, first="npm WARN deprecated \x1b]0;title\x07 left-pad"), ()),
    ]  # fmt: skip
    for service, one, violations in rows:
        engine.append(one, service, violations)
    return engine
