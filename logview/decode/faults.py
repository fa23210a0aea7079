"""Errors in all their shapes → Fault: error objects, Python tracebacks, Node stacks, structured frames.

The type and message are those of the exception that was caught: the last of a chain, the group itself.
"""

from __future__ import annotations

import re
from typing import Any

from logview.decode.clean import strip_ansi
from logview.record import Fault

TRACEBACK = "Traceback (most recent call last):"

_CLASS = r"(?:[A-Za-z_][\w$]*\.|<locals>\.)*[A-Za-z_][\w$]*"
EXCEPTION = re.compile(rf"(?P<type>{_CLASS})(?:\[(?P<code>[A-Z_0-9]+)\])?(?:: (?P<message>.*)|:)?$", re.DOTALL)
"""`KeyError: 'cost'`, `pricing.errors.QuoteError`, `Error [ERR_X]: text`."""

STACK_FRAME = re.compile(r"\s+at (?:async )?(?:new )?\S.*")
"""A frame of a V8 stack: `    at dispatch (/srv/app/x.js:1:2)`."""

_NODE = re.compile(
    rf"(?:Uncaught |Unhandled \w+ )?(?P<type>{_CLASS})(?: \[(?P<code>[\w.]+)\])?(?:: (?P<message>.*))?$", re.DOTALL
)
_GROUP_HEADER = re.compile(r"\s*\+ Exception Group Traceback \(most recent call last\):")
_BOX = re.compile(r"[╭╮╰╯─│├┤┌┐└┘|]")


def of_value(value: Any, key: str) -> Fault | None:
    """The Fault a JSON value describes; None for null, false, numbers and "".

    An object without any known part ({} of an error that was not serialised) is a Fault of nothing but `value`.
    """
    if isinstance(value, dict):
        return _of_object(value, key)
    if isinstance(value, str):
        return of_text(value, key) if value.strip() else None
    if isinstance(value, list) and value:
        return _of_list(value, key)
    return None


def _of_object(value: dict[str, Any], key: str) -> Fault:
    kind = _text(value, "type", "name", "exc_type", "exception_class", "class", "kind", "errorType")
    message = _text(value, "message", "msg", "exc_value", "value", "errorMessage", "exception_message")
    stack = _text(value, "stack", "stack_trace", "stackTrace", "traceback", "stacktrace", "exc_info")
    if stack is None and isinstance(value.get("frames"), list):
        stack = _of_frames(value["frames"], kind, message)
    if stack is not None and (kind is None or message is None):
        found = of_text(stack, key)
        kind = kind or found.type
        message = message if message is not None else found.message
    return Fault(kind, message, stack, key, value)


def _text(value: dict[str, Any], *names: str) -> str | None:
    for name in names:
        item = value.get(name)
        if isinstance(item, str):
            return item
        if isinstance(item, list) and item and all(isinstance(line, str) for line in item):
            return "\n".join(line.rstrip("\n") for line in item)
    return None


def _of_list(value: list[Any], key: str) -> Fault | None:
    """structlog's dict_tracebacks put the caught exception first, then its causes."""
    first = value[0]
    if isinstance(first, dict):
        fault = _of_object(first, key)
        return Fault(fault.type, fault.message, fault.stack, key, value)
    if all(isinstance(item, str) for item in value):
        found = of_text("\n".join(item.rstrip("\n") for item in value), key)
        return Fault(found.type, found.message, found.stack, key, value)
    return None


def _of_frames(frames: list[Any], kind: str | None, message: str | None) -> str | None:
    """Frames of dict_tracebacks as Python prints them."""
    lines = [TRACEBACK]
    for frame in frames:
        if isinstance(frame, dict):
            file, line, name = (frame.get(part) for part in ("filename", "lineno", "name"))
            lines.append(f'  File "{file}", line {line}, in {name}')
    lines.append(f"{kind}: {message}" if message else str(kind))
    return "\n".join(lines)


def of_text(text: str, key: str | None = None) -> Fault:
    """The Fault of a text under an error key: a traceback, a stack, or a bare message."""
    plain = strip_ansi(text)
    if looks_python(plain):
        kind, message = of_traceback(plain)
        return Fault(kind, message, text.rstrip("\n"), key, text if key else None)
    lines = plain.split("\n")
    if any(STACK_FRAME.fullmatch(line) for line in lines[1:]):
        kind, message = of_stack(plain)
        return Fault(kind, message, text.rstrip("\n"), key, text if key else None)
    return Fault(None, plain, None, key, text if key else None)


def looks_python(text: str) -> bool:
    """Whether a text holds a Python traceback, with or without its header line (ECS cuts it)."""
    return "Traceback (most recent call last)" in text or ('File "' in text and '", line ' in text)


def of_traceback(text: str) -> tuple[str | None, str | None]:
    """(type, message) of the exception a traceback ends with; text after it does not count.

    Understands chains (the last one was caught), exception groups (the group), rich's and structlog's boxes,
    a common indentation (rich) and notes behind the exception line.
    """
    lines = text.split("\n")
    if any(_GROUP_HEADER.match(line) for line in lines):
        found = _of_group(lines)
        if found is not None:
            return found
    last: tuple[str | None, str | None] = (None, None)
    base: int | None = None
    frames = False
    for line in lines:
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if "Traceback (most recent call last)" in line:
            base, frames = (0 if _BOX.match(stripped) else indent), True
        elif stripped.startswith('File "') and '", line ' in stripped and base is None:
            base, frames = max(0, indent - 2), True
        elif frames and stripped and base is not None and indent <= base and not _is_scenery(stripped):
            found_exception = EXCEPTION.match(stripped)
            if found_exception is not None:
                last = (found_exception["type"], found_exception["message"] or "")
                frames = False
    kind, message = last
    return kind, (message.rstrip() if message else message)


def _is_scenery(stripped: str) -> bool:
    """A line of a box, or loguru's `> File` frame."""
    return bool(_BOX.match(stripped)) or stripped.startswith('> File "')


def _of_group(lines: list[str]) -> tuple[str, str] | None:
    """(type, message) of an exception group: the first line behind `|` that names an exception at the group's edge."""
    for line in lines:
        inner = re.match(r"\s*\| (\S.*)$", line)
        if inner is not None:
            found = EXCEPTION.match(inner[1].rstrip())
            if found is not None and found["type"].endswith(("Group", "Error", "Exception")):
                return found["type"], found["message"] or ""
    return None


def of_stack(text: str) -> tuple[str | None, str | None]:
    """(type, message) of a V8 stack: `TypeError: text` above its frames; a text may run over several lines."""
    lines = text.split("\n")
    head: list[str] = []
    for line in lines:
        if STACK_FRAME.fullmatch(line):
            break
        head.append(line)
    while head and not head[0].strip():
        head.pop(0)
    found = _NODE.match("\n".join(head).rstrip()) if head else None
    if found is None:
        return None, "\n".join(head).strip() or None
    return found["type"], found["message"] or ""
