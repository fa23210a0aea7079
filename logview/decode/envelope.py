"""JSON objects that other programs put around a service's lines: docker, journald, pm2, process-compose, FireLens,
Vector, CloudWatch.

The inner text may itself be JSON, text, several lines, or a part of a line that goes on in the next object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logview.decode import clock, levels
from logview.record import Wrapper

if TYPE_CHECKING:
    from logview.decode.clock import Near

_STREAMS = {"out": "stdout", "err": "stderr", "stdout": "stdout", "stderr": "stderr"}


KEYS = frozenset(("log", "__REALTIME_TIMESTAMP", "app_name", "replica", "source_type", "ingestionTime"))
"""An object with none of these keys is no envelope."""


class Opened(NamedTuple):
    """What an envelope holds."""

    wrapper: Wrapper
    text: str
    """The inner text without its last line end; bytes that are no UTF-8 as lone surrogates."""
    partial: bool = False
    """The line goes on in the next envelope of this stream."""


def may_be(line: bytes) -> bool:
    """Whether a JSON line could be an envelope; a few byte searches, true for nearly no other line."""
    return (
        (b'"log":' in line[:512] and (b'"stream"' in line or b'"container_' in line))
        or b'"__REALTIME_TIMESTAMP"' in line
        or b'"app_name"' in line
        or b'"replica"' in line
        or b'"source_type":' in line
        or b'"ingestionTime":' in line
        or (b'"log":' in line and b'"kubernetes"' in line)
    )


def open_envelope(line: bytes, near: Near) -> Opened | None:
    """The envelope in a JSON line; None for an ordinary record."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("log"), str) and ("stream" in data or "container_name" in data or "kubernetes" in data):
        return _docker(data, near)
    if "MESSAGE" in data and "__REALTIME_TIMESTAMP" in data:
        return _journald(data)
    message = data.get("message")
    if isinstance(message, str):
        if "app_name" in data and "process_id" in data and data.get("type") in _STREAMS:
            return _pm2(data, message, near)
        if "replica" in data and isinstance(data.get("process"), str):
            name = data["process"]
            return Opened(Wrapper("process-compose", service=name, instance=f"{name}-{data['replica']}"), _cut(message))
        if "timestamp" in data and isinstance(data.get("source_type"), str) and ("file" in data or "host" in data):
            return _shipped("vector", data, message, near)
        if "timestamp" in data and "ingestionTime" in data:
            return _shipped("cloudwatch", data, message, near)
    return None


def _shipped(name: str, data: dict[str, Any], message: str, near: Near) -> Opened:
    """Vector's `file` source (`source_type`, `file`, `host`) and CloudWatch's get-log-events (`ingestionTime`)."""
    host, stream = data.get("host"), data.get("logStreamName", data.get("file"))
    wrapper = Wrapper(
        name,
        instance=stream if isinstance(stream, str) else None,
        time=clock.read(data["timestamp"], near),
        host=host if isinstance(host, str) else None,
    )
    return Opened(wrapper, _cut(message))


def _cut(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _docker(data: dict[str, Any], near: Near) -> Opened:
    """moby's json-file driver; a line over 16 KiB comes in parts, all but the last without a line end."""
    text = data["log"]
    source = data.get("stream", data.get("source"))
    kubernetes = data.get("kubernetes")
    name = data.get("container_name")
    if isinstance(kubernetes, dict):
        name = kubernetes.get("container_name", name)
    time = data.get("time")
    instance = str(name).lstrip("/") if isinstance(name, str) else None
    wrapper = Wrapper(
        "docker-json",
        service=instance,
        instance=instance,
        time=clock.read(time, near) if isinstance(time, str) else None,
        stream=_STREAMS.get(source) if isinstance(source, str) else None,
    )
    # Only json-file cuts lines and keeps their ends; shippers that add names drop the line end.
    return Opened(wrapper, _cut(text), "time" in data and instance is None and not text.endswith("\n"))


def _journald(data: dict[str, Any]) -> Opened:
    """`journalctl -o json`: every value a string; a MESSAGE that is no UTF-8 a list of byte values, a huge one null."""
    message = data["MESSAGE"]
    if isinstance(message, list):
        octets = bytes(code for code in message if isinstance(code, int) and 0 <= code < 256)
        message = octets.decode("utf-8", "surrogateescape")
    stamp = data["__REALTIME_TIMESTAMP"]
    unit = data.get("_SYSTEMD_UNIT")
    name = (
        data.get("SYSLOG_IDENTIFIER")
        or data.get("_COMM")
        or (unit.removesuffix(".service") if isinstance(unit, str) else None)
    )
    pid, priority = data.get("_PID") or data.get("SYSLOG_PID"), data.get("PRIORITY")
    wrapper = Wrapper(
        "journald-json",
        service=name if isinstance(name, str) else None,
        instance=name if isinstance(name, str) else None,
        time=clock.epoch(int(stamp)) if isinstance(stamp, str) and stamp.isdecimal() and len(stamp) < 20 else None,
        host=data["_HOSTNAME"] if isinstance(data.get("_HOSTNAME"), str) else None,
        pid=int(pid) if isinstance(pid, str) and pid.isdecimal() and len(pid) < 10 else None,
        level=levels.SYSLOG[int(priority)]
        if isinstance(priority, str) and priority in "01234567" and priority
        else None,
    )
    return Opened(wrapper, _cut(message) if isinstance(message, str) else "")


def _pm2(data: dict[str, Any], message: str, near: Near) -> Opened:
    name = data["app_name"]
    wrapper = Wrapper(
        "pm2-json",
        service=name if isinstance(name, str) else None,
        instance=f"{name}-{data['process_id']}",
        time=clock.read(data.get("timestamp"), near) if isinstance(data.get("timestamp"), str) else None,
        stream=_STREAMS[data["type"]],
    )
    return Opened(wrapper, _cut(message))
