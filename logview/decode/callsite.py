"""Where in the source a JSON record was logged: function, file and line from whatever keys a library uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logview.decode.shape import Shape

_CALLER = re.compile(r"(?P<function>.+?) \((?:file://)?(?P<file>.+?):(?P<line>\d+)(?::\d+)?\)")
_CALLER_FILE = re.compile(
    r"(?:at )?(?:file://)?(?P<file>\S+?\.(?:go|py|[cm]?[jt]sx?|rs|java|kt|rb|php|c|cc|cpp|cs|ex|scala)):(?P<line>\d+)(?::\d+)?"
)
_LOCATION = re.compile(r"(?P<function>[\w.<>]+):(?P<line>\d+)")


def read(
    flat: dict[str, Any], shape: Shape, lifted: set[str], *, node: bool
) -> tuple[str | None, str | None, int | None]:
    """(function, file, line) of the logging call.

    A bare `file` or `line` is user data in pino, and counts elsewhere only beside a function or a line.
    """
    for key in shape.source:
        value = flat[key]
        if isinstance(value, dict) and ("function" in value or "line" in value):
            lifted.add(key)
            return as_text(value.get("function")), as_text(value.get("file")), as_int(value.get("line"))
    function = file = None
    line: int | None = None
    for key in shape.function:
        value = flat[key]
        if not isinstance(value, str) or not value:
            continue
        if key in ("caller", "location"):
            found = _CALLER.fullmatch(value) or _CALLER_FILE.fullmatch(value) or _LOCATION.fullmatch(value)
            if found is None:
                continue
            part = found.groupdict()
            lifted.add(key)
            return part.get("function"), part.get("file"), int(part["line"])
        function = value
        lifted.add(key)
        break
    if function is None:
        log = flat.get("log")
        origin = log.get("origin") if isinstance(log, dict) else None
        if isinstance(origin, dict):
            place = origin.get("file")
            place = place if isinstance(place, dict) else {}
            return as_text(origin.get("function")), as_text(place.get("name")), as_int(place.get("line"))
    if node and function is None:
        return None, None, None
    for key in shape.line:
        value = flat[key]
        if type(value) is int and (key != "line" or function is not None):
            line = value
            lifted.add(key)
            break
    for key in shape.file:
        value = flat[key]
        if isinstance(value, str) and value and (key != "file" or line is not None):
            file = value
            lifted.add(key)
            break
    return function, file, line


def as_text(value: Any) -> str | None:
    """A text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def as_int(value: Any) -> int | None:
    """An integer, also one written as a text of digits; else None."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else None
