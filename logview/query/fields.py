"""Field names: which spellings mean the same, and what a record holds under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from logview.record import Record

Lookup = Callable[[Record, str | None], Any]
"""(record, service as the reader knows it) → the value; None: absent or null."""

NORMALISED: Final = (
    "time",
    "level",
    "service",
    "logger",
    "function",
    "file",
    "line",
    "message",
    "job_id",
    "request_id",
    "trace_id",
    "span_id",
    "pid",
    "host",
)
ALIASES: Final[Mapping[str, str]] = {
    "ts": "time",
    "timestamp": "time",
    "@timestamp": "time",
    "asctime": "time",
    "lvl": "level",
    "levelname": "level",
    "severity": "level",
    "log.level": "level",
    "svc": "service",
    "service.name": "service",
    "logger_name": "logger",
    "log.logger": "logger",
    "fn": "function",
    "func": "function",
    "funcname": "function",
    "func_name": "function",
    "lineno": "line",
    "msg": "message",
    "text": "message",
    "event": "message",
    "job": "job_id",
    "jobid": "job_id",
    "job.id": "job_id",
    "labels.job_id": "job_id",
    "request": "request_id",
    "requestid": "request_id",
    "reqid": "request_id",
    "req.id": "request_id",
    "request.id": "request_id",
    "correlation_id": "request_id",
    "correlationid": "request_id",
    "x_request_id": "request_id",
    "trace": "trace_id",
    "traceid": "trace_id",
    "trace.id": "trace_id",
    "span": "span_id",
    "spanid": "span_id",
    "span.id": "span_id",
    "process.pid": "pid",
    "process": "pid",
    "hostname": "host",
    "host.hostname": "host",
    "host.name": "host",
}
"""Lower-cased spelling → normalised name; `job_id` and `JobId` are covered by folding the case."""

_FAULT_NAMES: Final = {"err", "error", "exception", "exc_info"}
_FAULT_PARTS: Final = {"type": "type", "message": "message", "stack": "stack", "stack_trace": "stack"}


def canonical(name: str) -> str:
    """The name under which `name` is compared: "jobId" → "job_id", "err.type" → "err.type"."""
    lowered = name.lower()
    if lowered in NORMALISED:
        return lowered
    return ALIASES.get(lowered, name)


@lru_cache(maxsize=1024)
def lookup(name: str) -> Lookup:
    """How to find the field `name` (canonical) in a record.

    The normalised value counts first; where a record has none, and for every other name, the original object is
    searched by path. `err.type`, `error.message` … fall back to the error of a traceback in text.
    """
    if name == "service":
        return lambda record, service: service or record.service
    if name == "time":
        return lambda record, _: record.time.ns
    if name == "level":
        return lambda record, _: record.level
    if name == "message":
        return lambda record, _: record.message if record.message is not None else record.message_value
    path = _by_path(name)
    if name in NORMALISED:
        return lambda record, _: _first(getattr(record, name), record, path)
    head, _, part = name.partition(".")
    if head in _FAULT_NAMES and (not part or part in _FAULT_PARTS):
        return lambda record, _: _first(path(record), record, lambda one: _fault(one, part))
    return lambda record, _: path(record)


def _first(value: Any, record: Record, otherwise: Callable[[Record], Any]) -> Any:
    return value if value is not None else otherwise(record)


def _fault(record: Record, part: str) -> Any:
    fault = record.error
    if fault is None:
        return None
    return getattr(fault, _FAULT_PARTS[part]) if part else fault.message or fault.type or fault.stack


def _by_path(name: str) -> Callable[[Record], Any]:
    inner = name.removeprefix("fields.")

    def find(record: Record) -> Any:
        for holder in (record.data, record.fields):
            if holder:
                value = at_path(holder, name)
                if value is None and inner != name:
                    value = at_path(holder, inner)
                if value is not None:
                    return value
        return None

    return find


def at_path(holder: Any, path: str) -> Any:
    """The value under a dotted path: a key with dots in it counts before nesting, numbers index lists."""
    if isinstance(holder, dict):
        if path in holder:
            return holder[path]
        cut = len(path)
        while (cut := path.rfind(".", 0, cut)) > 0:
            if path[:cut] in holder:
                value = at_path(holder[path[:cut]], path[cut + 1 :])
                if value is not None:
                    return value
        return None
    if isinstance(holder, list):
        index, _, rest = path.partition(".")
        if index.isdecimal() and index.isascii() and len(index) < 10 and int(index) < len(holder):
            return at_path(holder[int(index)], rest) if rest else holder[int(index)]
    return None
