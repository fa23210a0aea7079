"""key=value lines: logfmt (quotes, escapes), structlog's Python-repr quoting, hand-made ones with blanks in values."""

from __future__ import annotations

import re
from typing import Any

from logview.decode import literals
from logview.decode.levels import of_word

_PAIR_START = re.compile(r"[A-Za-z_@][\w.@/-]*=")
_KEY = re.compile(r"([A-Za-z_@][\w.@/-]*)=")
_FLAG = re.compile(r"[A-Za-z_][\w.-]*")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)', re.DOTALL)
_SINGLE = re.compile(r"[bru]?'((?:[^'\\]|\\.)*)'(?=\s|$)", re.DOTALL)
_NESTED = re.compile(r"[\[{(]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_PADDED = re.compile(r"(?:^|(?<=[\s,;]))([A-Za-z_@][\w.@/-]*) = ")
_LEVELS = ("level", "lvl", "severity", "levelname")
_TELLING = frozenset(
    ("level", "lvl", "severity", "levelname", "msg", "message", "event", "time", "ts", "timestamp", "asctime", "t")
)


def looks_like(text: str) -> bool:
    """Whether a line starts with a pair and has another; cheap, decides nothing."""
    found = _PAIR_START.match(text) or _PADDED.match(text)
    return found is not None and "=" in text[found.end() :]


def read(text: str) -> dict[str, str] | None:
    """The pairs of a line that is nothing but pairs, at least two and one of them a level, message or time.

    Values are text as written, quotes and escapes undone; of a key twice the last counts. A word without `=` belongs
    to the value before it (`ts=2026-11-23 08:57:32,316`).
    """
    is_padded = _PADDED.match(text) is not None
    found = _padded(text) if is_padded else pairs(text)
    if len(found) < 2 or not any(key in _TELLING for key in found):
        return None
    # `x = 3 and message = 4` is prose, or code: a level that is one makes it a record's.
    if is_padded and not any(of_word(found[key]) for key in _LEVELS if key in found):
        return None
    return _renamed(found)


def _padded(text: str) -> dict[str, str]:
    """The pairs of `level = info, message = solve started`: a value ends at the next key, without the comma there."""
    starts = list(_PADDED.finditer(text))
    ends = [found.start() for found in starts[1:]] + [len(text)]
    out = {}
    for start, end in zip(starts, ends, strict=True):
        value = text[start.end() : end].rstrip().removesuffix("," if end < len(text) else "").rstrip("; ")
        quoted = _DOUBLE.fullmatch(value) or _SINGLE.fullmatch(value)
        out[start[1]] = _unescaped(quoted[1]) if quoted is not None else value
    return out


def _renamed(found: dict[str, str]) -> dict[str, str]:
    """`at=INFO when=… msg=…`: logfmter's keys and Heroku's, whose `at` is a level only when it names one."""
    if "at" not in found or "level" in found or of_word(found["at"]) is None:
        return found
    names = {"at": "level"} if "time" in found else {"at": "level", "when": "time"}
    return {names.get(key, key): value for key, value in found.items()}


def pairs(text: str) -> dict[str, str]:
    """The pairs of a text, from its first one on; a bare word behind a quoted value is a flag, and "true"."""
    out: dict[str, str] = {}
    words: dict[str, list[str]] = {}
    at, key, closed = 0, None, False
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = _KEY.match(text, at)
        if start is not None:
            key = start[1]
            out[key], at = _value(text, start.end())
            closed = text[at - 1] in "\"'"
            words.pop(key, None)
            continue
        end = _word_end(text, at)
        if closed and _FLAG.fullmatch(text, at, end) is not None:
            out[text[at:end]] = "true"
        elif key is not None:
            words.setdefault(key, [out[key]]).append(text[at:end])
        at = end
    return {key: " ".join(words[key]) if key in words else value for key, value in out.items()}


def _word_end(text: str, at: int) -> int:
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return end


def _value(text: str, at: int) -> tuple[str, int]:
    """(value, where it ends) of what stands behind `key=`."""
    quote = text[at : at + 1]
    if quote == '"':
        found = _DOUBLE.match(text, at)
        if found is not None:
            return _unescaped(found[1]), found.end()
    elif quote == "'" or (quote in "bru" and text[at + 1 : at + 2] == "'"):
        found = _SINGLE.match(text, at)
        if found is not None:
            return _unescaped(found[1]), found.end()
    elif quote and _NESTED.match(quote):
        end = _closing(text, at)
        if end is not None:
            return text[at:end], end
    end = _word_end(text, at)
    return _unescaped(text[at:end]) if "\\" in text[at:end] and "\\n" in text[at:end] else text[at:end], end


def _closing(text: str, at: int) -> int | None:
    """Where the bracket opened at `at` is closed, quotes skipped; None when it is not."""
    depth, quote = 0, ""
    for index in range(at, min(len(text), at + 65536)):
        char = text[index]
        if quote:
            if char == quote and text[index - 1] != "\\":
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "[{(":
            depth += 1
        elif char in "]})":
            depth -= 1
            if depth == 0:
                return index + 1
    return None


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def undo(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "ux" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(undo, text)


def literal(text: str) -> Any:
    """A value written as a Python literal (`12`, `None`, `['a']`); the text itself where it is none."""
    if text[:1] in "[{(-0123456789" or text in ("True", "False", "None"):
        try:
            return literals.literal(text)
        except literals.BAD_LITERAL:
            return text
    return text
