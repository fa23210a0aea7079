"""What a decoder of text found: the parts of a Record in the making. Mutable until it becomes the Record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from logview.record import Fault, Level, Time, TimeKind

NO_TIME = Time(None, TimeKind.NONE)

PLACEHOLDERS = frozenset(("", "-", "None", "N/A", "n/a", "<none>"))
"""What layouts write where an id is absent."""


@dataclass(slots=True)
class Parts:
    """The parts of one text record; names as in Record."""

    format: str
    layout: str = field(default="", kw_only=True)
    message: str | None = None
    time: Time = NO_TIME
    level: Level | None = None
    level_written: Any = None
    level_key: str | None = None
    service: str | None = None
    service_from: str | None = None
    logger: str | None = None
    function: str | None = None
    file: str | None = None
    line: int | None = None
    pid: int | None = None
    host: str | None = None
    job_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    error: Fault | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
