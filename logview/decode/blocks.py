"""What stands below a record's first line: tracebacks, stacks, fields, and blocks that are a record of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from logview.decode import faults, literals, marks, neighbors, pretty
from logview.decode.clean import strip_ansi
from logview.decode.frame import TRACEBACK
from logview.decode.jsonrecord import take_ids, to_record
from logview.record import Fault, Level, Record

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.decode.parts import Parts
    from logview.decode.shape import Plans

_CRASH_SITE = re.compile(
    r"(?:file://)?(?P<file>(?:/|[A-Za-z]:[\\/]|node:|internal/|\[eval\]|\[stdin\]|evalmachine)\S*):(?P<line>\d+)$"
)
_FAULT_MESSAGE = re.compile(r"Message: (?P<message>.*)")
_NOT_LIFTED = frozenset(("time", "level", "message"))


_ERROR_AT_END = re.compile(r"((?:[A-Z]\w*)?(?:Error|Exception)\b(?: \[[\w.]+\])?: .*)$")


class Place(NamedTuple):
    """What is known of a record before it is decoded: marks of its bytes, text, offset, lines …"""

    marks: tuple[str, ...]
    values: dict[str, Any]


def finished(parts: Parts, visible: str, rest: list[str], *, plans: Plans, near: Near, place: Place) -> Record:
    """The Record of a text line and the lines below it (wrapper removed, colors kept)."""
    below = [strip_ansi(line) for line in rest]
    # pino-pretty prints stacks deeper than their key, so a traceback at the left edge is another logger's.
    if (
        below
        and not (TRACEBACK.match(below[0]) and below[0][0] == "T")
        and (parts.format == "pino-pretty" or (parts.format == "uvicorn" and pretty.are_fields(below)))
    ):
        parts.fields = {**parts.fields, **pretty.read_fields(below)}
    elif parts.format == "plain":
        _special(parts, visible, below)
    else:
        neighbors.message_below(parts, below)
    if parts.error is None and below and not (parts.format in ("pino-pretty", "uvicorn") and parts.fields):
        parts.error = _trace(visible, below, parts.message)
    if parts.fields:
        _lift(parts, plans, near)
    return _record(parts, place)


def with_trace(made: Record, rest: list[str]) -> Record:
    """A JSON or key=value record with the traceback that follows it as its error."""
    if made.error is not None or not rest:
        return made
    fault = _trace("", [strip_ansi(line) for line in rest])
    return made if fault is None else msgspec.structs.replace(made, error=fault)


def _trace(visible: str, below: list[str], message: str | None = None) -> Fault | None:
    """The error in the lines below a first line (and its message): a Python traceback or a V8 stack."""
    start = next(
        (at for at, line in enumerate(below) if TRACEBACK.match(line) or "Traceback (most recent" in line), None
    )
    if start is None:
        start = next(
            (at for at, line in enumerate(below) if line.lstrip().startswith('File "') and '", line ' in line), None
        )
    if start is not None:
        body = _dedented(below[start:])
        kind, message = faults.of_traceback(body)
        if kind is None and TRACEBACK.match(below[start]) is None:
            return None  # `stack_info`, faulthandler: where, not what went wrong
        return Fault(kind, message, body)
    if any(faults.STACK_FRAME.fullmatch(line) for line in below):
        return _stack(visible, below, message)
    return None


def _stack(visible: str, below: list[str], message: str | None) -> Fault:
    """A V8 stack: its error stands above the first frame, in the lines below or at the end of the first line.

    message  what a logger's head left of the first line: where that names no class, all of it is the error's text
    """
    frames_at = next(at for at, line in enumerate(below) if faults.STACK_FRAME.fullmatch(line))
    heads = [line for line in below[:frames_at] if line.strip()]
    at_end = None if heads else _ERROR_AT_END.search(visible)
    head = heads[0].strip() if heads else at_end[1] if at_end is not None else (message or visible).strip()
    lines = [head, *(below[frames_at:] if not heads else below[below.index(heads[0]) + 1 :])]
    stack = "\n".join(lines)
    if not heads and at_end is None and message is not None and message.strip() != visible.strip():
        return Fault(None, head, stack.rstrip())
    return Fault(*faults.of_stack(stack), stack.rstrip())


def _dedented(lines: list[str]) -> str:
    """The lines without the indentation they share (rich pads all of them) and without blanks at their ends."""
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:].rstrip() for line in lines).strip("\n")


def _special(parts: Parts, visible: str, below: list[str]) -> None:
    """Blocks that begin like plain text: logging faults, bare tracebacks, crashes."""
    if visible.startswith("--- Logging error"):
        _logging_fault(parts, below)
    elif TRACEBACK.match(visible):
        body = _dedented([visible, *below])
        kind, message = faults.of_traceback(body)
        parts.error, parts.message = Fault(kind, message, body), visible.strip()
        parts.marks = (marks.BARE_TRACEBACK,)
    elif (site := _CRASH_SITE.fullmatch(visible)) is not None and any(
        faults.STACK_FRAME.fullmatch(line) or line.startswith("Node.js v") for line in below
    ):
        parts.file, parts.line = site["file"], int(site["line"])
        _crash(parts, below)
    elif marks.CRASH in parts.marks and below:
        parts.marks = (marks.CRASH, marks.BARE_TRACEBACK)


def _logging_fault(parts: Parts, below: list[str]) -> None:
    """`--- Logging error ---`: the exception of the formatting, the template as message."""
    kind, message = faults.of_traceback("\n".join(_until(below, "Call stack:")))
    parts.error = Fault(kind, message, "\n".join(below))
    parts.marks = (marks.LOGGING_FAULT,)
    parts.level = Level.ERROR
    for line in below:
        found = _FAULT_MESSAGE.match(line)
        if found is not None:
            parts.message = _literal(found["message"])


def _until(lines: list[str], end: str) -> list[str]:
    return lines[: next((at for at, line in enumerate(lines) if line.startswith(end)), len(lines))]


def _literal(text: str) -> str:
    try:
        value = literals.literal(text)
    except literals.BAD_LITERAL:
        return text
    return value if isinstance(value, str) else text


def _crash(parts: Parts, below: list[str]) -> None:
    """Node's report: place, source line, carets, then the error with its stack."""
    carets = next((at for at, line in enumerate(below[:4]) if line.strip() and set(line.strip()) == {"^"}), -1)
    body = [line for line in below[carets + 1 :] if not line.startswith("Node.js v")]
    while body and not body[0].strip():
        body.pop(0)
    kind, message = faults.of_stack("\n".join(body))
    parts.error = Fault(kind, message, "\n".join(body).rstrip())
    parts.message = body[0].strip() if body else parts.message
    parts.marks = (marks.CRASH,)


def _lift(parts: Parts, plans: Plans, near: Near) -> None:
    """Take ids, error, service … out of a text line's key=value or JSON fields, where the line itself has none."""
    shape = plans.leaving(parts.fields, _NOT_LIFTED)
    if shape.ids_only and dict not in map(type, parts.fields.values()):
        parts.fields, (job, request, trace, span) = take_ids(parts.fields, shape)
        parts.job_id = job if parts.job_id is None else parts.job_id
        parts.request_id = request if parts.request_id is None else parts.request_id
        parts.trace_id = trace if parts.trace_id is None else parts.trace_id
        parts.span_id = span if parts.span_id is None else parts.span_id
        return
    lifted = to_record(parts.fields, spaced=True, near=near, plans=plans, leave=_NOT_LIFTED)
    parts.fields = lifted.fields
    if parts.service is None:
        parts.service, parts.service_from = lifted.service, lifted.service_from
    for name in _LIFTED:
        if getattr(parts, name) is None:
            setattr(parts, name, getattr(lifted, name))


_LIFTED = (
    "logger", "function", "file", "line", "pid", "host", "error", "job_id", "request_id", "trace_id", "span_id",
)  # fmt: skip


def _record(parts: Parts, place: Place) -> Record:
    return Record(
        time=parts.time,
        level=parts.level,
        service=parts.service,
        logger=parts.logger,
        function=parts.function,
        file=parts.file,
        line=parts.line,
        message=parts.message,
        job_id=parts.job_id,
        request_id=parts.request_id,
        trace_id=parts.trace_id,
        span_id=parts.span_id,
        error=parts.error,
        pid=parts.pid,
        host=parts.host,
        fields=parts.fields,
        format=parts.format,
        layout=parts.layout,
        level_written=parts.level_written,
        level_key=parts.level_key,
        service_from=parts.service_from,
        marks=(*place.marks, *parts.marks) if place.marks else parts.marks,
        **place.values,
    )
