"""Which key of a JSON object says what. Planned once per set of keys, then applied to every record that has it.

A stream's records share few key sets, so the work of choosing (which of `timestamp` and `ts` is the time, whether
`name` is a service or a logger) is done once; a Shape is that choice. Knows keys, never values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logview.decode.ways import Ways, ways_for

if TYPE_CHECKING:
    from logview.decode.hints import IdAliases

TIME_KEYS = (
    "time", "timestamp", "@timestamp", "ts", "asctime", "datetime", "date", "Timestamp", "t", "@t", "eventTime",
    "created_at", "created", "logged_at", "timeUnixNano",
)  # fmt: skip
LEVEL_KEYS = (
    "level", "levelname", "severity", "log.level", "lvl", "loglevel", "log_level", "logLevel", "level_name",
    "severity_text", "severityText", "@level", "@l", "LogLevel", "levelno", "severity_number", "severityNumber",
)  # fmt: skip
MESSAGE_KEYS = (
    "msg", "message", "@message", "event", "body", "@m", "@mt", "Message", "short_message", "text", "log",
)  # fmt: skip
SERVICE_KEYS = (
    "service",
    "service.name",
    "service_name",
    "serviceName",
    "app",
    "application",
    "app_name",
    "dd.service",
)
LOGGER_KEYS = (
    "logger",
    "log.logger",
    "logger_name",
    "loggerName",
    "name",
    "component",
    "module",
    "target",
    "category",
    "Category",
)
FUNCTION_KEYS = (
    "function", "fn", "func", "funcName", "func_name", "functionName", "code.function.name", "code.function",
    "log.origin.function", "caller", "location",
)  # fmt: skip
FILE_KEYS = ("pathname", "code.file.path", "code.filepath", "log.origin.file.name", "filename", "file")
LINE_KEYS = ("lineno", "code.line.number", "code.lineno", "log.origin.file.line", "line")
PID_KEYS = ("pid", "process.pid", "process", "process_id", "processId")
HOST_KEYS = ("hostname", "host.hostname", "host", "host.name")
ERROR_KEYS = (
    "err",
    "error",
    "exception",
    "exc_info",
    "exc",
    "stack_trace",
    "stacktrace",
    "stack",
    "exc_text",
    "traceback",
    "@x",
)
SOURCE_KEYS = ("source", "logging.googleapis.com/sourceLocation", "sourceLocation")
"""Objects with function, file and line in them: slog's and Google's."""

CONTAINERS = (
    "payload",
    "labels",
    "context",
    "ctx",
    "extra",
    "attributes",
    "data",
    "meta",
    "metadata",
    "fields",
    "@fields",
)
"""Objects whose members count as the record's own for ids and errors (pino's nestedKey, ECS labels)."""

PYTHON_KEYS = frozenset(
    ("asctime", "levelname", "levelno", "funcName", "lineno", "processName", "threadName", "exc_info", "taskName",
     "msecs", "relativeCreated", "func_name", "python_logger")
)  # fmt: skip


FAMILY_KEYS = PYTHON_KEYS | frozenset(
    ("level", "log.level", "ecs.version", "location", "caller", "event", "func_name", "hostname", "pid", "msg",
     "message", "name", "timestamp", "ts", "fields", "target", "stack_info")
)  # fmt: skip
"""Keys whose mere presence has a say in the dialect of an object that is not unfolded (see `_family`, and
`jsonrecord` for what values add), and with it in what a level number and `name` mean. So has every key of Google's,
which begin with `logging.googleapis.com/`."""
UNFOLDED_KEYS = frozenset(("record", "@fields", "short_message", "body", "v"))
"""Keys without which nothing is unfolded but tracing's `fields`, nor taken for bunyan's: their values have a say."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The candidates of each part among one set of keys, best first."""

    time: tuple[str, ...]
    level: tuple[str, ...]
    message: tuple[str, ...]
    service: tuple[str, ...]
    logger: tuple[str, ...]
    function: tuple[str, ...]
    file: tuple[str, ...]
    line: tuple[str, ...]
    pid: tuple[str, ...]
    host: tuple[str, ...]
    error: tuple[str, ...]
    job: tuple[str, ...]
    request: tuple[str, ...]
    trace: tuple[str, ...]
    span: tuple[str, ...]
    source: tuple[str, ...]
    containers: tuple[str, ...]
    nested_ids: tuple[tuple[str, str, str], ...]
    """(id, object key, member): ("request_id", "req", "id")."""
    flat_error: bool
    """ECS's dotted error.type, error.message, error.stack_trace stand at the top level."""
    family: str | None
    """The dialect the keys alone decide; None when values do."""
    python: bool
    """Numbers under the level key are Python's."""
    plans: Plans
    """Where the shapes of nested objects come from."""
    has_log: bool
    """An object under `log` or Google's labels: ECS keeps level, logger and origin there."""
    has_site: bool
    """Some key may tell the call site."""
    ids_only: bool = False
    """Nothing but ids can be taken out of the object, when none of its values is an object."""
    ways: Ways | None = None
    """How records of these keys were read before (ways.py); None where keys and types do not decide."""


def _present(keys: frozenset[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in wanted if key in keys)


class Plans:
    """The Shapes seen so far, for one set of id aliases. Bounded: keys that never repeat are user data."""

    def __init__(self, ids: IdAliases) -> None:
        self.ids = ids
        self._known: dict[tuple[str, ...], Shape] = {}
        self._leaving: dict[tuple[tuple[str, ...], frozenset[str]], Shape] = {}

    def of(self, data: dict[str, Any]) -> Shape:
        """The Shape of an object."""
        keys = tuple(data)
        shape = self._known.get(keys)
        if shape is None:
            shape = _plan(keys, self, _NOTHING)
            shape = replace(shape, ways=ways_for(keys, shape))
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[keys] = shape
        return shape

    def leaving(self, data: dict[str, Any], leave: frozenset[str]) -> Shape:
        """The same, with parts ("time", "level", "message") that are not looked for."""
        keys = (tuple(data), leave)
        shape = self._leaving.get(keys)
        if shape is None:
            shape = _plan(keys[0], self, leave)
            shape = replace(shape, ids_only=_has_ids_only(keys[0], shape))
            if len(self._leaving) >= _MOST:
                self._leaving.clear()
            self._leaving[keys] = shape
        return shape


def _has_ids_only(have: tuple[str, ...], shape: Shape) -> bool:
    parts = (
        *(shape.time, shape.level, shape.message, shape.service, shape.logger, shape.function, shape.file, shape.line),
        *(shape.pid, shape.host, shape.error, shape.source),
    )
    return not (any(parts) or shape.flat_error or shape.has_log or shape.family is not None or "level" in have)


@lru_cache(maxsize=64)
def plans_for(ids: IdAliases) -> Plans:
    """The Plans of a set of aliases, shared by all sources that use it."""
    return Plans(ids)


_MOST = 4096
_NOTHING: frozenset[str] = frozenset()


def _plan(keys: tuple[str, ...], plans: Plans, leave: frozenset[str]) -> Shape:
    have, ids = frozenset(keys), plans.ids
    has_log = "log" in have or "logging.googleapis.com/labels" in have
    family = _family(have)
    nested = []
    for name, aliases in (
        ("job_id", ids.job),
        ("request_id", ids.request),
        ("trace_id", ids.trace),
        ("span_id", ids.span),
    ):
        for alias in aliases:
            head, dot, member = alias.partition(".")
            if dot and head in have:
                nested.append((name, head, member))
    return Shape(
        time=() if "time" in leave else _present(have, TIME_KEYS),
        level=() if "level" in leave else _present(have, LEVEL_KEYS),
        message=() if "message" in leave else _present(have, MESSAGE_KEYS),
        service=_present(have, SERVICE_KEYS),
        logger=_present(have, LOGGER_KEYS),
        function=_present(have, FUNCTION_KEYS),
        file=_present(have, FILE_KEYS),
        line=_present(have, LINE_KEYS),
        pid=_present(have, PID_KEYS),
        host=_present(have, HOST_KEYS),
        error=_present(have, ERROR_KEYS),
        job=_present(have, ids.job),
        request=_present(have, ids.request),
        trace=_present(have, ids.trace),
        span=_present(have, ids.span),
        source=_present(have, SOURCE_KEYS),
        containers=_present(have, CONTAINERS),
        nested_ids=tuple(nested),
        flat_error="error.type" in have or "error.message" in have or "error.stack_trace" in have,
        family=family,
        python=bool(have & PYTHON_KEYS) or family in {"powertools", "json-log-formatter"},
        plans=plans,
        has_log=has_log,
        has_site=has_log or not have.isdisjoint((*FUNCTION_KEYS, *FILE_KEYS, *LINE_KEYS, *SOURCE_KEYS)),
    )


def _family(have: frozenset[str]) -> str | None:
    """The dialect that a set of keys alone gives away, the most telling first."""
    if "record" in have and "text" in have:
        return "loguru-json"
    if "@fields" in have:
        return "logstash"
    if "body" in have and have & {"severity_number", "severity_text", "severityNumber"}:
        return "otel"
    if any(key.startswith("logging.googleapis.com/") for key in have):
        return "gcp"
    if "log.level" in have or "ecs.version" in have or ("log" in have and have & {"ecs", "@timestamp"}):
        return "ecs"
    if {"levelname", "processName", "threadName", "stack_info"} <= have:
        return "json-log-formatter"
    if have & {"levelname", "asctime", "levelno", "exc_info"}:
        return "python-json-logger"
    if {"location", "service", "timestamp", "level"} <= have:
        return "powertools"
    if {"name", "hostname", "pid", "level", "v", "time"} <= have:
        return None  # bunyan writes v 0, pino before 6 v 1: the value decides
    if {"version", "host", "short_message"} <= have:
        return "gelf"
    if {"target", "fields", "level", "timestamp"} <= have:
        return "tracing"
    if {"ts", "caller", "level", "msg"} <= have:
        return "zap"
    if "event" in have and not have & {"msg", "message"} and have & {"level", "timestamp"}:
        return "structlog"
    if "func_name" in have:
        return "structlog"
    return None
