"""A wrapper in front of every line changes nothing of what the lines say: every logger in every wrapper, and two deep.

The oracle is the decoder itself on the bare lines, which the vectors hold to what the libraries wrote.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from logview.decode import decode_bytes
from logview.decode.normal import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/quote.py", line 2, in quote\n    rate = tariff["cost"]\nKeyError: \'cost\''
)
CHAIN = f"{TRACE}\n\nThe above exception was the direct cause of the following exception:\n\n" + (
    'Traceback (most recent call last):\n  File "/srv/app/quote.py", line 5, in run\n    quote()\n'
    "RuntimeError: no tariff"
)
STACK = "Error: no route\n    at run (/srv/app/a.js:3:5)\n    at Object.<anonymous> (/srv/app/a.js:9:1)"
PINO = '{"level":30,"time":1748938500100,"pid":4711,"hostname":"h","jobId":"J-7","msg":"quote requested"}'

LOGGERS = {
    "pino": [PINO, PINO.replace("30", "40").replace("quote requested", "| [x] odd: text")],
    "pino-and-plain": [PINO, "plain line", PINO],
    "asctime": [
        "2025-06-03 08:15:00,123 - pricing.quote - INFO - quote started",
        f"2025-06-03 08:15:00,124 - pricing.quote - ERROR - quote failed\n{TRACE}",
        "2025-06-03 08:15:00,125 - pricing.quote - WARNING - tariff old",
    ],
    "chain": [
        f"2025-06-03 08:15:00,124 ERROR pricing.quote quote failed\n{CHAIN}",
        "2025-06-03 08:15:00,125 INFO pricing.quote next",
    ],
    "brackets": [f"[2025-06-03 08:15:00,124] [ERROR] pricing.quote: quote failed\n{TRACE}"],
    "structlog-console": [
        "2025-06-03 08:15:00 [info     ] quote_started                  job_id=J-7 routes=3",
        f"2025-06-03T08:15:00.124Z [error    ] quote_failed                   job_id=J-7\n{TRACE}",
    ],
    "loguru": [f"2025-06-03 08:15:00.618 | ERROR    | app.q:run:26 - quote failed\n{TRACE}"],
    "basic": ["INFO:pricing.quote:quote started", f"ERROR:pricing.quote:quote failed\n{TRACE}"],
    "uvicorn": [
        'INFO:     127.0.0.1:57868 - "GET /q HTTP/1.1" 200 OK',
        f"\x1b[31mERROR\x1b[0m:    Exception in ASGI application\n{TRACE}",
    ],
    "gunicorn": [
        "[2025-06-03 08:15:00 +0000] [12] [INFO] Booting worker with pid: 12",
        '127.0.0.1 - - [03/Jun/2025:08:15:01 +0000] "GET /q HTTP/1.1" 200 2 "-" "curl/7"',
    ],
    "celery": [f"[2025-06-03 08:15:00,757: ERROR/ForkPoolWorker-1] Task t.quote raised unexpected\n{TRACE}"],
    "pino-pretty": ['[08:15:00.411] ERROR (4711): quote failed\n    jobId: "J-7"', "[08:15:00.412] WARN (4711): slow"],
    "winston-simple": ['info: quote requested {"jobId":"J-7"}', "error: quote failed"],
    "winston-label": [
        "2025-06-03T08:15:00.239Z [quotes] info: requested",
        "2025-06-03T08:15:00.240Z [quotes] warn: slow",
    ],
    "flask": ["[2025-06-03 08:15:00,978] WARNING in app: quote requested"],
    "logfmt": ['time=2025-06-03T08:15:00.123Z level=INFO msg="quote requested" job_id=J-7'],
    "slog": ["2025/06/03 08:15:00 INFO quote requested", "2025/06/03 08:15:01 ERROR quote failed"],
    "node-stack": [f"2025-06-03T08:15:00.239Z ERROR quotes quote failed\n{STACK}"],
    "django": ["INFO 2025-06-03 08:15:00,824 solve 24298 140130375715712 quote started"],
    "postgres": ['2025-06-03 08:15:01.123 UTC [40] app@q ERROR:  relation "x" does not exist'],
    "crash": [PINO, f"/srv/app/a.js:3\n    throw new Error('no route')\n    ^\n\n{STACK}\n\nNode.js v20.20.2"],
}


def _json(line: str, **more: str) -> str:
    return json.dumps({"log": f"{line}\n", **more}, separators=(",", ":"))


WRAPPERS: dict[str, Callable[[str, int], str]] = {
    "compose": lambda line, _: f"gateway-1  | {line}",
    "compose-times": lambda line, at: f"gateway-1  | 2025-06-03T08:15:02.{at:09d}Z {line}",
    "compose-color": lambda line, _: f"\x1b[36mgateway-1  | \x1b[0m{line}",
    "compose-unnumbered": lambda line, _: f"gateway     | {line}",
    "cri": lambda line, at: f"2025-06-03T08:15:02.{at:09d}Z stdout F {line}",
    "docker-json": lambda line, at: _json(line, stream="stdout", time=f"2025-06-03T08:15:02.{at:09d}Z"),
    "kubectl": lambda line, _: f"[pod/gateway-7c9d8b5f4-x2x7p/gateway] {line}",
    "stern": lambda line, _: f"gateway-7c9d8b5f4-x2x7p gateway {line}",
    "journald": lambda line, _: f"Jun 03 08:15:02 vm gateway[4711]: {line}",
    "syslog": lambda line, _: f"<134>Jun  3 08:15:02 vm gateway[4711]: {line}",
    "syslog-5424": lambda line, at: f"<134>1 2025-06-03T08:15:02.{at:06d}Z vm gateway 4711 - - {line}",
    "github-actions": lambda line, at: f"2025-06-03T08:15:02.{at:07d}Z {line}",
    "gh-run-view": lambda line, at: f"e2e\tRun services\t2025-06-03T08:15:02.{at:07d}Z {line}",
    "concurrently": lambda line, _: f"[gateway] {line}",
    "concurrently-time": lambda line, at: f"[2025-06-03 08:15:02.{at:03d} gateway] {line}",
    "turbo": lambda line, _: f"@app/gateway:dev: {line}",
    "pnpm": lambda line, _: f"apps/gateway dev: {line}",
    "pm2": lambda line, _: f"0|gateway  | {line}",
    "honcho": lambda line, _: f"08:15:02 gateway.1 | {line}",
    "ts": lambda line, _: f"Jun 03 08:15:02 {line}",
    "heroku": lambda line, at: f"2025-06-03T08:15:02.{at:06d}+00:00 app[web.1]: {line}",
}
NESTED = (("github-actions", "compose"), ("journald", "compose"), ("compose", "concurrently"), ("cri", "concurrently"))


def _decoded(text: str) -> list[dict[str, Any]]:
    return [json.loads(dumps(record)) for record in decode_bytes(text.encode())]


def _told(record: dict[str, Any]) -> tuple[Any, ...]:
    error = record.get("error") or {}
    return (record.get("message"), record.get("logger"), record.get("job_id"), error.get("type"), error.get("message"))


@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize("layers", [(name,) for name in WRAPPERS] + list(NESTED), ids="+".join)
def test_a_wrapped_line_says_what_the_bare_line_says(logger: str, layers: tuple[str, ...]) -> None:
    lines = "\n".join(LOGGERS[logger]).split("\n")
    bare = _decoded("".join(f"{line}\n" for line in lines))
    for name in reversed(layers):
        lines = [WRAPPERS[name](line, at) for at, line in enumerate(lines)]
    wrapped = _decoded("".join(f"{line}\n" for line in lines))
    assert len(bare) == len(LOGGERS[logger])
    assert [_told(record) for record in wrapped] == [_told(record) for record in bare]
    for record, same in zip(wrapped, bare, strict=True):
        assert same.get("level") in (None, record.get("level"))
        assert "time" not in same or record["time"] == same["time"]
