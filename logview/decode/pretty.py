"""pino-pretty's output read back: the head line, indented fields, errors with their stacks."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import orjson

_WORD = r"(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL|USERLVL|[A-Z][A-Z0-9_]{1,15})"
_SOURCE = r"(?: \((?P<source>[^()]*)\))?(?: ?<(?P<caller>[^<>]+)>)?"
_TIME_FIRST = re.compile(rf"\[(?P<time>[^\]]+)\] (?P<level>{_WORD}){_SOURCE}:(?: (?P<message>.*)|$)", re.DOTALL)
_LEVEL_FIRST = re.compile(rf"(?P<level>{_WORD})(?: \[(?P<time>[^\]]+)\])?{_SOURCE}:(?: (?P<message>.*)|$)", re.DOTALL)
_OWNER = re.compile(r"(?:(?P<name>[^/()]+)/)?(?P<pid>\d+)?(?: ?on (?P<host>\S+))?")
_FIELD = re.compile(r"(?P<indent> {2,8}|\t)(?P<key>[^\s:][^:]*): ?(?P<value>.*)")


class Pretty(NamedTuple):
    """The head line's parts; None where it has none."""

    time: str | None
    level: str
    name: str | None
    pid: int | None
    host: str | None
    message: str | None
    fields: dict[str, Any]


def read(text: str) -> Pretty | None:
    """The parts of a head line; None for every other line.

    `[time] LEVEL (name/pid on host): message {…}`, or with `levelFirst` `LEVEL [time] (…): message`. A bare
    `LEVEL: message` is uvicorn's and everybody's: it needs a time or a source to be pino-pretty's.
    """
    found = _TIME_FIRST.fullmatch(text) if text[:1] == "[" else _LEVEL_FIRST.fullmatch(text)
    if found is None or (found["time"] is None and found["source"] is None):
        return None
    source = found["source"]
    if source is None and not any(map(str.isdecimal, found["time"])):
        return None  # `[name] LEVEL: message`
    owner = _OWNER.fullmatch(source) if source else None
    if source and (owner is None or not (owner["pid"] or owner["name"] or owner["host"])):
        # `ignore: "pid"` leaves the bare name.
        if not re.fullmatch(r"[\w.@/-]+", source):
            return None
        name, pid, host = source, None, None
    else:
        name = owner["name"] if owner else None
        pid = int(owner["pid"]) if owner and owner["pid"] else None
        host = owner["host"] if owner else None
    message, fields = _trailing(found["message"])
    if found["caller"]:
        fields = {"caller": found["caller"], **fields}
    return Pretty(found["time"], found["level"], name, pid, host, message, fields)


def _trailing(message: str | None) -> tuple[str | None, dict[str, Any]]:
    """A message and the object `singleLine` puts behind it."""
    if not message:
        return None, {}
    text, found = trailing_object(message)
    # An object that holds nothing but the error leaves the blank in front of it.
    return (text.removesuffix(" ") or None), found


_ATTEMPTS = 32
"""Places at which a trailing object is looked for; a text with more braces than that is a text."""


def trailing_object(message: str) -> tuple[str, dict[str, Any]]:
    """`job scheduled {"a":1}` → ("job scheduled", {"a": 1}); ({}) where no JSON object ends the text."""
    if not message.endswith("}"):
        return message, {}
    at = 0 if message.startswith("{") else message.find(" {")
    for _ in range(_ATTEMPTS):
        if at < 0:
            break
        start = at if message[at] == "{" else at + 1
        try:
            data = orjson.loads(message[start:])
        except orjson.JSONDecodeError:
            at = message.find(" {", at + 1)
            continue
        return (message[:at], data) if isinstance(data, dict) else (message, {})
    return message, {}


def read_fields(lines: list[str]) -> dict[str, Any]:
    """The fields of the indented lines below a head line; values are JSON, errors come as {type, message, stack …}."""
    fields: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        found = _FIELD.fullmatch(lines[at])
        if found is None:
            at += 1
            continue
        indent = len(found["indent"].expandtabs(4))
        block = [found["value"]]
        at += 1
        while at < len(lines) and _belongs(lines[at], indent):
            block.append(lines[at])
            at += 1
        fields[found["key"]] = _value(block, indent)
    return fields


def are_fields(lines: list[str]) -> bool:
    """Whether lines are the fields below a head whose time and source are ignored (`INFO: message`)."""
    found = _FIELD.fullmatch(lines[0])
    return found is not None and found["indent"] == "    " and not found["key"].startswith(("at ", 'File "'))


def _belongs(line: str, indent: int) -> bool:
    """Whether a line continues the value of a field at this indentation: deeper, blank, or its closing bracket."""
    width = len(line) - len(line.lstrip())
    return not line.strip() or width > indent or (width == indent and line.strip()[0] in "]}")


def _value(block: list[str], indent: int) -> Any:
    text = "\n".join(block).strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if block[0].strip() == "{":
        return _error(block[1:], indent + 2)
    # A stack printed below its key, or text over several lines.
    return "\n".join(line.strip() if index == 0 else line[indent:] for index, line in enumerate(block)).strip()


def _error(lines: list[str], indent: int) -> dict[str, Any]:
    """The members of an error: JSON pairs, but `"stack":` followed by the stack as it is, deeper indented."""
    out: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        found = re.match(r'\s*"(?P<key>(?:[^"\\]|\\.)*)":\s?(?P<value>.*)$', lines[at])
        at += 1
        if found is None:
            continue
        block = [found["value"]]
        while at < len(lines) and _belongs(lines[at], indent) and lines[at].strip() not in ("}", "},"):
            block.append(lines[at])
            at += 1
        if block[0].strip():
            text = "\n".join(block).strip()
            try:
                out[found["key"]] = json.loads(text.rstrip(","))
            except (ValueError, RecursionError):
                out[found["key"]] = text
        else:
            body = [line for line in block[1:] if line.strip()]
            deep = min((len(line) - len(line.lstrip()) for line in body), default=0)
            out[found["key"]] = "\n".join(line[deep:] for line in body)
    return out
