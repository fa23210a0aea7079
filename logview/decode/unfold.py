"""Dialects that put the record's parts inside an object of their own, made flat: one function per dialect.

What comes out has the usual keys (time, level, message …) and the user's own at the top level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def loguru(data: dict[str, Any]) -> dict[str, Any]:
    """loguru `serialize=True`: everything under `record`, the user's keys in `record.extra`."""
    record = data["record"]
    if not isinstance(record, dict):
        return data
    flat: dict[str, Any] = {}
    time, level, file, process = (record.get(name) for name in ("time", "level", "file", "process"))
    if isinstance(time, dict):
        flat["time"] = time.get("repr") or time.get("timestamp")
    if isinstance(level, dict):
        flat["level"] = level
    flat["function"] = record.get("function")
    flat["lineno"] = record.get("line")
    if isinstance(file, dict):
        flat["pathname"] = file.get("path") or file.get("name")
    flat["logger"] = record.get("name")
    flat["message"] = record.get("message")
    if isinstance(process, dict):
        flat["pid"] = process.get("id")
    exception = record.get("exception")
    if isinstance(exception, dict):
        text = data.get("text")
        stack = text[text.index("Traceback") :].rstrip("\n") if isinstance(text, str) and "Traceback" in text else None
        flat["exception"] = {"type": exception.get("type"), "message": exception.get("value"), "stack": stack}
    extra = record.get("extra")
    if isinstance(extra, dict):
        flat |= {key: value for key, value in extra.items() if key not in flat}
    return flat


def logstash(data: dict[str, Any]) -> dict[str, Any]:
    """winston's logstash format: `@fields`, `@message`, `@timestamp`."""
    fields = data["@fields"]
    rest = {key: value for key, value in data.items() if key != "@fields"}
    return {**fields, **rest} if isinstance(fields, dict) else data


def otel(data: dict[str, Any]) -> dict[str, Any]:
    """OpenTelemetry's console exporter: the user's keys in `attributes`, the service in `resource.attributes`."""
    attributes, resource = data.get("attributes"), data.get("resource")
    flat = {key: value for key, value in data.items() if key not in ("attributes", "resource")}
    if isinstance(attributes, dict):
        flat |= {key: value for key, value in attributes.items() if key not in flat}
        if "exception.type" in attributes:
            flat["exception"] = {
                "type": flat.pop("exception.type"),
                "message": flat.pop("exception.message", None),
                "stack": flat.pop("exception.stacktrace", None),
            }
    inner = resource.get("attributes") if isinstance(resource, dict) else None
    if isinstance(inner, dict):
        name = inner.get("service.name")
        # The SDK's stand-in where no name was configured (resource semantic conventions, "service").
        if isinstance(name, str) and not name.startswith("unknown_service"):
            flat["service.name"] = name
    return flat


def tracing(data: dict[str, Any]) -> dict[str, Any]:
    """tracing-subscriber's JSON: `fields.message` and the user's keys beside it."""
    fields = data.get("fields")
    rest = {key: value for key, value in data.items() if key != "fields"}
    return {**rest, **{k: v for k, v in fields.items() if k not in rest}} if isinstance(fields, dict) else data


def gelf(data: dict[str, Any]) -> dict[str, Any]:
    """GELF 1.1: syslog's numbers as level, the user's keys with a leading underscore."""
    flat = {key.removeprefix("_"): value for key, value in data.items() if key != "version"}
    level = data.get("level")
    if type(level) is int and 0 <= level < 8:
        flat["level"] = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")[level]
    return flat


UNFOLD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "loguru-json": loguru,
    "logstash": logstash,
    "otel": otel,
    "tracing": tracing,
    "gelf": gelf,
}
