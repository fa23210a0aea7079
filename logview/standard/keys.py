"""Which keys belong to the logger, which to the user; how a key is spelled.

The names are those the libraries write: pino 10, pino-http 11, bunyan, winston; LogRecord attributes (Python 3.13,
"LogRecord attributes"), python-json-logger 4, structlog, loguru, ecs-logging, aws-lambda-powertools,
google-cloud-logging, the OpenTelemetry console exporter.
"""

from __future__ import annotations

import re
from functools import lru_cache

TIME_KEYS = frozenset({"time", "timestamp", "@timestamp", "ts", "asctime", "datetime", "date", "created"})
LEVEL_KEYS = frozenset(
    {"level", "levelname", "levelno", "severity", "log.level", "lvl", "loglevel", "severity_text", "severity_number"}
)
MESSAGE_KEYS = frozenset({"msg", "message", "@message", "event", "body", "text"})
SERVICE_KEYS = frozenset({"service", "service.name", "app"})
LOGGER_KEYS = frozenset({"logger", "log.logger", "module", "component", "name"})
FUNCTION_KEYS = frozenset({"function", "fn", "func", "funcName", "func_name", "caller", "location"})
PROCESS_KEYS = frozenset(
    {"pid", "process", "process.pid", "processName", "process.name", "thread", "threadName", "process_thread_name",
     "hostname", "host", "host.hostname", "host.name", "taskName"}
)  # fmt: skip
CORE_KEYS = TIME_KEYS | LEVEL_KEYS | MESSAGE_KEYS | SERVICE_KEYS | LOGGER_KEYS
"""Keys other rules judge; LV708 and LV709 leave them alone."""
ERROR_KEYS = ("err", "error", "exc_info", "exception", "stack_trace", "exc_text", "stack")
"""Where libraries put errors, in the order they are looked up."""
ERROR_PREFIXES = ("error.", "exception.")
"""A key with one of these tells a part of an error."""

LIBRARY_KEYS = (
    CORE_KEYS | FUNCTION_KEYS | PROCESS_KEYS
    | {"args", "pathname", "filename", "lineno", "line", "file", "exc_info", "exc_text", "stack_info", "stack",
       "msecs", "relativeCreated", "color_message", "v", "src", "stack_trace", "exception", "exception_name",
       "err", "error", "error.type", "error.message", "error.stack_trace", "req", "res", "request", "response",
       "responseTime", "func_lineno", "record", "@fields", "@version", "tags", "log", "ecs.version", "ecs", "labels",
       "event.dataset", "event.module", "url", "http", "httpRequest", "trace_flags", "trace_sampled", "resource",
       "attributes", "dropped_attributes", "observed_timestamp", "logging.googleapis.com/labels",
       "logging.googleapis.com/trace", "logging.googleapis.com/spanId", "logging.googleapis.com/trace_sampled",
       "logging.googleapis.com/sourceLocation", "logging.googleapis.com/insertId", "sourceLocation", "serviceContext",
       "cold_start", "function_name", "function_memory_size", "function_arn", "function_request_id", "xray_trace_id",
       "sampling_rate", "log.original", "log.origin"}
)  # fmt: skip
"""Top-level keys the logger or its middleware writes; never judged as names the user chose."""

STATUS_KEYS = frozenset(
    {"res", "statusCode", "status_code", "http.status_code", "http.response.status_code", "http", "status"}
)
"""Where an HTTP status stands."""
STATUS_VALUES = frozenset({"statusCode", "status_code", "http.status_code", "http.response.status_code"})
"""The innermost keys of a status."""
RESERVED_KEYS = frozenset({"level", "time", "pid", "hostname", "msg", "message", "levelname", "asctime", "timestamp"})
"""Keys the logger owns: user data under them overwrites its own (pino issue 673; `extra` raises KeyError in Python)."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SNAKE = re.compile(r"_?[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def is_error_key(key: str) -> bool:
    """Whether a key of a record tells of an error."""
    return key in ERROR_KEYS or key.startswith(ERROR_PREFIXES)


@lru_cache(maxsize=8192)
def snake(key: str) -> str:
    """`key` in snake case: "jobId", "job-id" and "JobID" → "job_id"."""
    return _CAMEL.sub("_", key).replace("-", "_").replace(" ", "_").lower()


@lru_cache(maxsize=8192)
def is_snake(key: str) -> bool:
    """Whether `key` is snake case, or a dotted name of snake-case parts."""
    return all(_SNAKE.fullmatch(part) for part in key.split("."))


@lru_cache(maxsize=8192)
def bare(key: str) -> str:
    """`key` without case, underscores, hyphens and dots: what two spellings of one name share."""
    return key.replace("_", "").replace("-", "").replace(".", "").lower()


@lru_cache(maxsize=8192)
def names_an_id(key: str) -> bool:
    """Whether the key ends in "id": tenantId, order_id, uuid."""
    last = snake(key.rpartition(".")[2]).rpartition("_")[2]
    return last in {"id", "ids", "uuid", "guid", "pid"}
