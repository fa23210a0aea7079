"""pino's usual record by the shortest way: numbers, texts and ids at the top level, nothing nested to look into.

Most lines of most streams are such. Whatever differs in any point (an error, a request, a time as text) is left to
jsonrecord.py, which gives the same Record for these lines too (tested).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logview.decode.levels import PINO
from logview.record import Record, Time, TimeKind

if TYPE_CHECKING:
    from logview.decode.shape import Shape

_MIN_MS, _MAX_MS = 100_000_000_000, 4_102_444_800_000  # 1973 to 2100, as in clock.py


def quick_keys(have: tuple[str, ...], shape: Shape) -> tuple[str, ...] | None:
    """The keys that stay in `fields`, when a record of this shape can be read the short way; else None."""
    if shape.time != ("time",) or shape.level != ("level",) or shape.message != ("msg",):
        return None
    if shape.family is not None or shape.python or shape.has_site or shape.has_log or shape.error or shape.flat_error:
        return None
    if shape.nested_ids or shape.containers or shape.trace or shape.span or shape.source:
        return None
    if any(len(keys) > 1 for keys in (shape.job, shape.request, shape.pid, shape.host, shape.service)):
        return None
    if shape.service not in ((), ("service",)) or shape.pid not in ((), ("pid",)) or "v" in have:
        return None
    if shape.logger not in ((), ("logger",), ("module",), ("component",), ("name",)) or (
        "name" in have and shape.service
    ):
        return None
    lifted = {
        "time",
        "level",
        "msg",
        "name",
        *shape.service,
        *shape.logger,
        *shape.job,
        *shape.request,
        *shape.pid,
        *shape.host,
    }
    return tuple(key for key in have if key not in lifted)


def read(
    data: dict[str, Any], shape: Shape, rest: tuple[str, ...], first: str, place: tuple[int, int, int]
) -> Record | None:
    """The Record of an object whose values are what pino writes by default; None when one is not.

    rest   the keys that stay in `fields` (`shape.quick`)
    place  offset, size and line number
    """
    level_written, stamp, message = data["level"], data["time"], data["msg"]
    level = PINO.get(level_written) if type(level_written) is int else None
    if (
        level is None
        or type(stamp) is not int
        or not _MIN_MS <= stamp < _MAX_MS
        or type(message) is not str
        or not message
    ):
        return None
    job = request = service = logger = host = pid = key = None
    if shape.job:
        job = data[shape.job[0]]
        if type(job) is not str or not job:
            return None
    if shape.request:
        request = data[shape.request[0]]
        if type(request) is not str or not request:
            return None
    if shape.pid:
        pid = data["pid"]
        if type(pid) is not int:
            return None
    if shape.host:
        host = data[shape.host[0]]
        if type(host) is not str or not host:
            return None
    if shape.service:
        service, key = data["service"], "service"
        if type(service) is not str or not service:
            return None
    if shape.logger:
        logger = data[shape.logger[0]]
        if type(logger) is not str or not logger:
            return None
        if shape.logger[0] == "name":
            service, key, logger = logger, "name", None
    return Record(
        time=Time(stamp * 1_000_000, TimeKind.EPOCH_MS, stamp, "time"),
        level=level,
        service=service,
        logger=logger,
        message=message,
        job_id=job,
        request_id=request,
        pid=pid,
        host=host,
        fields={name: data[name] for name in rest},
        format="pino",
        is_json=True,
        data=data,
        level_written=level_written,
        level_key="level",
        message_key="msg",
        service_from=key,
        first=first,
        offset=place[0],
        size=place[1],
        lineno=place[2],
    )
