"""A parsed JSON object → the parts of a Record, whatever library wrote it.

The dialect decides what `name` and a level number mean; everything else follows from the keys (shape.py). Envelopes
of the library's own (loguru's `record`, logstash's `@fields`, OpenTelemetry's `attributes`) are unfolded first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from logview.decode import callsite, clock, faults, levels, marks
from logview.decode.unfold import UNFOLD
from logview.record import Fault, Level, Record, Time, TimeKind

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.decode.shape import Plans, Shape

NO_TIME = Time(None, TimeKind.NONE)

_ZEROS = re.compile(r"(?:0x)?0+")
_GCP_TRACE = re.compile(r"projects/[^/]+/traces/(.+)")
_LEVEL_NUMBER = frozenset(("severity_number", "severityNumber"))
_LATE_KEYS = frozenset(("v", "ecs.version"))


def to_record(
    data: dict[str, Any],
    *,
    spaced: bool,
    near: Near,
    plans: Plans,
    extra_marks: tuple[str, ...] = (),
    leave: frozenset[str] = frozenset(),
    place: dict[str, Any] | None = None,
) -> Record:
    """The Record of one object.

    data    as parsed; kept, not copied
    spaced  the writer put a blank behind colons, as Python's json does and JavaScript's does not
    leave   parts ("time", "level", "message") that are known already and stay in `fields`
    place   further fields of Record: first, offset, lines …
    """
    shape = plans.leaving(data, leave) if leave else plans.of(data)
    family = shape.family or _family_of_values(data, shape, spaced)
    unfold = UNFOLD.get(family)
    if unfold is None:
        return _build(_Source(data, data, shape, family, spaced, near), extra_marks, place or {})
    flat = unfold(data)
    return _build(_Source(flat, data, plans.of(flat), family, spaced, near), extra_marks, place or {})


class _Source(NamedTuple):
    """flat  the object with the usual keys at the top; data the object as parsed, the same unless unfolded"""

    flat: dict[str, Any]
    data: dict[str, Any]
    shape: Shape
    family: str
    spaced: bool
    near: Near


def _family_of_values(data: dict[str, Any], shape: Shape, spaced: bool) -> str:
    """The dialect where keys alone leave it open."""
    level = data.get("level")
    numeric = type(level) is int
    if numeric and not shape.python and not spaced:
        return "bunyan" if data.get("v") == 0 and "name" in data and isinstance(data.get("time"), str) else "pino"
    if "hostname" in data and "pid" in data and ("msg" in data or not spaced):
        return "pino"
    if numeric and not shape.python:
        # Python's json puts blanks behind colons; a number of its `logging` under "level" is a renamed levelno.
        stamp = data.get("time")
        return "pino" if "msg" in data and type(stamp) is int and stamp > 10**11 else "json"
    if spaced:
        return "json"
    if isinstance(level, str) and level.islower():
        if "msg" in data:
            return "pino"
        if "message" in data:
            stamp = data.get("time")
            if stamp is None:
                return "winston"
            return "pino" if type(stamp) is int and stamp > 10**11 else "zerolog"
    if isinstance(level, str) and level.isupper() and "msg" in data and "time" in data:
        return "slog"
    if "severity" in data and "msg" in data and type(data.get("time")) is int:
        return "pino"
    return "json"


def _build(source: _Source, extra_marks: tuple[str, ...], place: dict[str, Any]) -> Record:
    """The Record; what the keys rule out is not even asked for."""
    flat, data, shape, family, spaced, near = source
    lifted: set[str] = set()
    node = family in NODE
    out: dict[str, Any] = place
    time = _time(flat, shape, near, lifted) if shape.time else NO_TIME
    if shape.level or shape.has_log:
        python = shape.python or (spaced and not node)
        out["level"], out["level_key"], out["level_written"] = _level(flat, shape, lifted, python=python)
    message: str | None = None
    if shape.message:
        message, out["message_key"], out["message_value"] = _message(flat, shape, lifted)
        out["message"] = message
    named = False
    if shape.service or node:
        out["service"], key = _service(flat, shape, lifted, node=node)
        out["service_from"], named = key, key == "name"
    if shape.logger or shape.has_log:
        out["logger"] = _logger(flat, shape, lifted, node=node, named=named)
    if shape.has_site:
        out["function"], out["file"], out["line"] = callsite.read(flat, shape, lifted, node=node)
    error: Fault | None = None
    if shape.error or shape.flat_error or (message is not None and "\n" in message):
        error = _error(flat, shape, lifted, message, out.get("message_key"))
    if shape.job:
        out["job_id"] = _id(flat, shape.job, lifted)
    if shape.request:
        out["request_id"] = _id(flat, shape.request, lifted)
    if shape.trace:
        out["trace_id"] = as_trace(_id(flat, shape.trace, lifted))
    if shape.span:
        out["span_id"] = as_trace(_id(flat, shape.span, lifted))
    if shape.nested_ids or shape.containers:
        _add_nested(out, flat, shape)
        error = error or _nested_error(flat, shape)
    if error is not None:
        out["error"] = error
    if shape.pid:
        out["pid"] = _pid(flat, shape, lifted)
    if shape.host:
        out["host"] = _host(flat, shape, lifted)
    if time.kind is TimeKind.UNREADABLE:
        extra_marks = (*extra_marks, marks.TIME_RANGE)
    if node:
        lifted |= _LATE_KEYS
    fields = {key: value for key, value in flat.items() if key not in lifted}
    return Record(time=time, fields=fields, format=family, is_json=True, data=data, marks=extra_marks, **out)


NODE = frozenset(("pino", "bunyan", "winston", "logstash"))


def _time(flat: dict[str, Any], shape: Shape, near: Near, lifted: set[str]) -> Time:
    """The first readable time; else the first thing that stands where a time belongs."""
    unreadable: Time | None = None
    for key in shape.time:
        value = flat[key]
        if isinstance(value, dict) and type(value.get("seconds")) is int:  # Google's Timestamp message
            value = value["seconds"] * 10**9 + (value["nanos"] if type(value.get("nanos")) is int else 0)
        if value is None or isinstance(value, (dict, list, bool)) or value == "":
            if value is not None and unreadable is None and key in ("time", "timestamp", "@timestamp"):
                kind = TimeKind.NONE if value == "" else TimeKind.UNREADABLE
                unreadable = Time(None, kind, value, key)
            continue
        made = clock.epoch(value, key) if type(value) is int else clock.read(value, near, key)
        if made.kind is not TimeKind.UNREADABLE:
            lifted.add(key)
            return made
        if unreadable is None and key not in ("date", "t", "created", "created_at"):
            unreadable = made
    if unreadable is not None and unreadable.key is not None:
        lifted.add(unreadable.key)
        return unreadable
    return NO_TIME


def _level(
    flat: dict[str, Any], shape: Shape, lifted: set[str], *, python: bool
) -> tuple[Level | None, str | None, Any]:
    key: str | None = None
    written: Any = None
    for candidate in shape.level:
        value = flat[candidate]
        if value is None or value == "":
            continue
        if candidate in _LEVEL_NUMBER and isinstance(value, (int, float)):
            found = levels.of_severity(value)
        else:
            found = levels.of_value(value, python=python or candidate == "levelno")
        if found is not None:
            lifted.add(candidate)
            if candidate == "levelname":
                lifted.add("levelno")
            return found, key or candidate, value if key is None else written
        if key is None:
            key, written = candidate, value
    if key is None:
        log = flat.get("log")
        if isinstance(log, dict) and isinstance(log.get("level"), str):
            return levels.of_word(log["level"]), "log.level", log["level"]
    elif isinstance(written, (str, int, float)):
        lifted.add(key)
    return None, key, written


def _message(flat: dict[str, Any], shape: Shape, lifted: set[str]) -> tuple[str | None, str | None, Any]:
    """(text, key, value when it is no text): msg before message before event."""
    for key in shape.message:
        value = flat[key]
        if isinstance(value, dict) and key in ("event", "log", "text"):
            continue
        lifted.add(key)
        if isinstance(value, str) and value:
            return value, key, None
        return None, key, value
    return None, None, None


def _service(flat: dict[str, Any], shape: Shape, lifted: set[str], *, node: bool) -> tuple[str | None, str | None]:
    for key in shape.service:
        value = flat[key]
        if isinstance(value, dict):
            value = value.get("name")
            if isinstance(value, str) and value:
                return value, f"{key}.name"
        elif isinstance(value, str) and value:
            lifted.add(key)
            return value, key
    if node:
        name = flat.get("name")
        if isinstance(name, str) and name:
            lifted.add("name")
            return name, "name"
    return None, None


def _logger(flat: dict[str, Any], shape: Shape, lifted: set[str], *, node: bool, named: bool) -> str | None:
    for key in shape.logger:
        if key == "name" and (node or named):
            continue
        value = flat[key]
        if isinstance(value, str) and value:
            lifted.add(key)
            return value
        if isinstance(value, dict) and key == "logger" and isinstance(value.get("name"), str):
            return str(value["name"])
    log = flat.get("log")
    if isinstance(log, dict) and isinstance(log.get("logger"), str):
        return str(log["logger"])
    label = flat.get("logging.googleapis.com/labels")
    if isinstance(label, dict) and isinstance(label.get("python_logger"), str):
        return str(label["python_logger"])
    return None


def _error(
    flat: dict[str, Any], shape: Shape, lifted: set[str], message: str | None, message_key: str | None
) -> Fault | None:
    empty: Fault | None = None
    for key in shape.error:
        fault = faults.of_value(flat[key], key)
        if fault is None:
            continue
        if key in ("stack", "traceback") and fault.stack is None:
            continue
        if fault.type is None and fault.message is None and fault.stack is None:
            empty = empty or fault
            continue
        lifted.add(key)
        if fault.type is None and isinstance(flat.get("exception_name"), str):
            fault = Fault(flat["exception_name"], fault.message, fault.stack, key, fault.value)
        return _with_stack(fault, flat, shape, lifted) if fault.stack is None else fault
    if shape.flat_error:
        parts = {name: flat.get(f"error.{name}") for name in ("type", "message", "stack_trace")}
        lifted.update(f"error.{name}" for name, value in parts.items() if value is not None)
        return Fault(
            callsite.as_text(parts["type"]),
            callsite.as_text(parts["message"]),
            callsite.as_text(parts["stack_trace"]),
            "error",
            parts,
        )
    if message is not None and "\n" in message and "Traceback (most recent call last)" in message:
        kind, text = faults.of_traceback(message)
        return Fault(kind, text, message[message.index("Traceback") :], message_key, None)
    return empty


def _with_stack(fault: Fault, flat: dict[str, Any], shape: Shape, lifted: set[str]) -> Fault:
    """The error with a stack that stands under a key of its own (zap's stacktrace, winston's stack)."""
    for key in ("stacktrace", "stack_trace", "stack", "traceback"):
        stack = flat.get(key) if key in shape.error else None
        if isinstance(stack, str) and stack:
            lifted.add(key)
            return Fault(fault.type, fault.message, stack, fault.key, fault.value)
    return fault


def _id(flat: dict[str, Any], keys: tuple[str, ...], lifted: set[str]) -> str | None:
    for key in keys:
        found = as_id(flat[key])
        if found is not None:
            lifted.add(key)
            return found
    return None


_Ids = tuple[str | None, str | None, str | None, str | None]


def take_ids(data: dict[str, Any], shape: Shape) -> tuple[dict[str, Any], _Ids]:
    """(the rest, (job, request, trace and span id)) of an object with nothing else to take out (`Shape.ids_only`)."""
    lifted: set[str] = set()
    job = _id(data, shape.job, lifted) if shape.job else None
    request = _id(data, shape.request, lifted) if shape.request else None
    trace = as_trace(_id(data, shape.trace, lifted)) if shape.trace else None
    span = as_trace(_id(data, shape.span, lifted)) if shape.span else None
    return {key: value for key, value in data.items() if key not in lifted}, (job, request, trace, span)


def as_id(value: Any) -> str | None:
    """An id as text: strings and numbers; None for null, booleans, "", objects and lists."""
    if isinstance(value, str):
        return value or None
    if type(value) is int:
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def as_trace(value: str | None) -> str | None:
    """A trace or span id without its notation (`0x…`, Google's project path); None when it is all zeros."""
    if value is None or _ZEROS.fullmatch(value):
        return None
    if value.startswith("0x"):
        return value[2:]
    path = _GCP_TRACE.fullmatch(value) if value.startswith("projects/") else None
    return path[1] if path is not None else value


def _add_nested(out: dict[str, Any], flat: dict[str, Any], shape: Shape) -> None:
    """Put ids found one level down where the top level had none."""
    for name, value in _nested(flat, shape).items():
        if out.get(name) is None:
            out[name] = as_trace(value) if name in ("trace_id", "span_id") else value


def members(flat: dict[str, Any], wanted: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    """Ids that are members of an object: (id, object key, member), the first of each id."""
    found: dict[str, str] = {}
    for name, head, member in wanted:
        inner = flat[head]
        if isinstance(inner, dict) and name not in found:
            value = as_id(inner.get(member))
            if value is not None:
                found[name] = value
    return found


def _nested(flat: dict[str, Any], shape: Shape) -> dict[str, str]:
    """Ids one level down: `req.id`, `job.id`, and any alias inside `payload`, `labels` …"""
    found = members(flat, shape.nested_ids)
    for key in shape.containers:
        inner = flat[key]
        if isinstance(inner, dict) and inner:
            inside = shape.plans.of(inner)
            for name, keys in (
                ("job_id", inside.job),
                ("request_id", inside.request),
                ("trace_id", inside.trace),
                ("span_id", inside.span),
            ):
                for alias in keys:
                    value = as_id(inner[alias])
                    if value is not None:
                        found.setdefault(name, value)
    return found


def _nested_error(flat: dict[str, Any], shape: Shape) -> Fault | None:
    for key in shape.containers:
        inner = flat[key]
        if isinstance(inner, dict):
            for name in ("err", "error", "exception"):
                if name in inner:
                    fault = faults.of_value(inner[name], f"{key}.{name}")
                    if fault is not None and (fault.type or fault.message or fault.stack):
                        return fault
    return None


def _pid(flat: dict[str, Any], shape: Shape, lifted: set[str]) -> int | None:
    for key in shape.pid:
        value = flat[key]
        if isinstance(value, dict):
            value = value.get("pid")
        elif callsite.as_int(value) is not None:
            lifted.add(key)
        number = callsite.as_int(value)
        if number is not None:
            return number
    return None


def _host(flat: dict[str, Any], shape: Shape, lifted: set[str]) -> str | None:
    for key in shape.host:
        value = flat[key]
        if isinstance(value, dict):
            value = value.get("hostname") or value.get("name")
            if isinstance(value, str) and value:
                return value
        elif isinstance(value, str) and value:
            lifted.add(key)
            return value
    return None
