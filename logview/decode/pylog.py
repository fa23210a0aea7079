"""A formatter string is a parser: what `logging.Formatter` or loguru writes with it is read back with it.

`%(asctime)s [%(levelname)s] %(name)s job=%(job_id)s: %(message)s` compiles into one anchored pattern; so do the `{`
and `$` styles and loguru's `{time} | {level} | {extra[job_id]} - {message}`. Known attributes become the record's
parts, every other one a field; aliases of ids among them are lifted as everywhere.
Attributes: Python library reference, logging, "LogRecord attributes"; loguru, "The record dict".
"""

from __future__ import annotations

import difflib
import re
import string
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from logview.decode import clock, levels, marks
from logview.decode.parts import PLACEHOLDERS, Parts
from logview.errors import UsageError
from logview.record import Level, Time, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.decode.clock import Near

_PERCENT = re.compile(
    r"%\((?P<name>[^)]+)\)(?P<flags>[#0 +-]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<type>[diouxXeEfFgGcrsa])|%%"
)
_CUT_PERCENT = re.compile(r"%\([^)]*\)")
_DOLLAR = re.compile(r"\$(?:(?P<name>[_a-zA-Z]\w*)|\{(?P<braced>[_a-zA-Z]\w*)\}|\$)")
_MARKUP = re.compile(r"</?(?:[a-z-]+|[A-Z-]+|(?:fg|bg) [\w#,]+)?/?>")
_LOGURU_ONLY = re.compile(r"(?<!\{)\{(?:time|level|extra|elapsed|function|line|file|record|exception)\b")

_NUMBER = r"-?\d+(?:\.\d+)?"
_PATTERNS = {
    "levelname": r"Level -?\d+|[^\s\[\]|]+?",
    "levelno": r"-?\d+",
    "name": r"\S+?",
    "funcName": r"\S+?",
    "module": r"\S+?",
    "filename": r"[^\n:]+?",
    "pathname": r"[^\n]+?",
    "lineno": r"\d+",
    "process": r"\d+|None",
    "thread": r"\d+|None",
    "created": _NUMBER,
    "msecs": _NUMBER,
    "relativeCreated": _NUMBER,
    "asctime": rf"{clock.ANY}|[^\n]+?",
}
_ANY = r"[^\n]*?"

_LOGURU = {
    "time": "asctime",
    "level": "levelname",
    "level.name": "levelname",
    "level.no": "levelno",
    "function": "funcName",
    "line": "lineno",
    "file": "filename",
    "file.name": "filename",
    "file.path": "pathname",
    "process": "process",
    "process.id": "process",
    "process.name": "processName",
    "thread": "thread",
    "thread.id": "thread",
    "thread.name": "threadName",
}
_SHOWN = {
    "funcName": "function",
    "lineno": "line",
    "levelname": "level",
    "asctime": "time",
    "name": "logger",
    "process": "pid",
}


class Piece(NamedTuple):
    """One replacement field of a formatter string, or the text between two."""

    literal: str
    name: str | None = None
    """The LogRecord attribute, as `logging` calls it; None for text."""
    width: int = 0
    left: bool = True
    """Padding stands behind the value."""
    zeros: bool = False
    quoted: bool = False
    """Written with repr()."""
    datefmt: str | None = None
    """loguru's `{time:DD/MM/YYYY}` as a strftime pattern."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format a team has described: `[[formats]]` in logview.toml.

    Exactly one of `formatter` and `pattern` is set.
    formatter  a formatter string; pattern a regular expression with named groups (time, level, message, service,
               logger, function, file, line, pid, host; every other group becomes a field)
    """

    name: str
    formatter: str | None = None
    pattern: str | None = None
    datefmt: str | None = None
    sample: str = ""


def define(
    name: str, *, formatter: str | None = None, pattern: str | None = None, datefmt: str | None = None, sample: str = ""
) -> Format:
    """The Format, proven on its sample line.

    raises  UsageError  a pattern that doesn't compile, a formatter without fields, a sample that isn't read or gives
            neither time nor level nor message; the text says which, and how far the sample was understood
    """
    if (formatter is None) == (pattern is None):
        raise UsageError(f'format "{name}" needs either a formatter string ("format") or a pattern, not both')
    made = Format(name, formatter, pattern, datefmt, sample)
    read = reader(made)
    if not sample:
        raise UsageError(f'format "{name}" needs a sample line: "sample"')
    parts = read(sample.rstrip("\r\n"), clock.HERE)
    if parts is None:
        raise UsageError(f'format "{name}" does not match its sample line\n  {sample}\n  {_how_far(made, sample)}')
    if parts.time.kind is TimeKind.UNREADABLE:
        raise UsageError(f'format "{name}": no known time in "{parts.time.written}" of its sample line; set "datefmt"')
    if parts.message is None and parts.level is None and parts.time.kind is TimeKind.NONE:
        raise UsageError(f'format "{name}" finds neither time, level nor message in its sample line')
    return made


def _how_far(made: Format, sample: str) -> str:
    """A caret under the first character of the sample that the format cannot take."""
    return "^" if made.formatter is None else " " * reach(made.formatter, sample) + "^"


def reach(formatter: str, line: str) -> int:
    """How many characters of a line a formatter string can have written: where it stops is what differs."""
    pieces = list(parse(formatter))
    end = 0
    for count in range(len(pieces) + 1):
        found = re.match(_pattern(pieces[:count], open_end=True), line, re.DOTALL)
        if found is None:
            break
        end = max(end, found.end())
    return end


@lru_cache(maxsize=256)
def reader(made: Format) -> Callable[[str, Near], Parts | None]:
    """The decoder of a Format.

    raises  UsageError  the pattern or formatter string can't be compiled
    """
    if made.formatter is not None:
        return _of_formatter(made.formatter, made.datefmt, made.name)
    try:
        pattern = re.compile(made.pattern or "", re.DOTALL)
    except re.error as error:
        caret = f"\n  {made.pattern}\n  {' ' * (error.pos or 0)}^"
        raise UsageError(f'format "{made.name}": {error.msg}{caret}') from None
    if not pattern.groupindex:
        raise UsageError(f'format "{made.name}": the pattern has no named group such as (?P<message>.*)')
    return lambda text, near: _of_match(pattern.fullmatch(text), near, made.datefmt, made.name)


@lru_cache(maxsize=256)
def compiled(text: str, datefmt: str | None = None) -> Callable[[str, Near], Parts | None]:
    """The decoder that `Hints.format` names: a decoder of text lines by name, or a formatter string.

    raises  UsageError  neither; suggests the nearest name
    """
    from logview.decode.text import DECODERS

    named = {decoder.name: decoder.read for decoder in DECODERS}
    if text in named:
        return named[text]
    if any(piece.name for piece in parse(text)):
        return _of_formatter(text, datefmt, "formatter")
    if text in ("json", "logfmt", "plain", "auto"):
        return lambda line, near: None  # noqa: ARG005  these are told by the line itself
    near = difflib.get_close_matches(text, [*named, "json", "logfmt", "auto"], 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"format {text!r} is neither a known format nor a formatter string{hint}")


def parse(text: str) -> Iterator[Piece]:
    """The pieces of a formatter string of any style; text only when it has no replacement field."""
    if _PERCENT.search(text) and "%(" in text:
        broken = _CUT_PERCENT.search(_PERCENT.sub(lambda found: " " * len(found[0]), text))
        if broken is not None:
            caret = f"\n  {text}\n  {' ' * broken.end()}^"
            raise UsageError(f"formatter string: {broken[0]!r} lacks its conversion, such as s in {broken[0]}s{caret}")
        return _percent(text)
    if _LOGURU_ONLY.search(text):
        return _braces(_MARKUP.sub("", text), loguru=True)
    if re.search(r"(?<!\$)(?<!\{)\{[A-Za-z_]", text) and "${" not in text:
        return _braces(text, loguru=False)
    if _DOLLAR.search(text):
        return _dollars(text)
    return iter([Piece(text)])


def _percent(text: str) -> Iterator[Piece]:
    at = 0
    for found in _PERCENT.finditer(text):
        if found.start() > at:
            yield Piece(text[at : found.start()])
        if found["name"] is None:
            yield Piece("%")
        else:
            flags = found["flags"] or ""
            yield Piece("", found["name"], int(found["width"] or 0), "-" in flags, "0" in flags, found["type"] in "ra")
        at = found.end()
    if at < len(text):
        yield Piece(text[at:])


def _braces(text: str, *, loguru: bool) -> Iterator[Piece]:
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError as error:
        raise UsageError(f"formatter string {text!r}: {error}") from None
    for literal, name, spec, conversion in fields:
        if literal:
            yield Piece(literal)
        if name is not None:
            if loguru and name == "exception":
                continue
            attribute = _attribute(name) if loguru else name
            padded = re.match(r"(?:(?P<fill>.)?(?P<align>[<>^=]))?(?P<zero>0?)(?P<width>\d+)", spec or "")
            if attribute == "asctime":
                padded = None  # loguru's {time:YYYY-MM-DD} is a date pattern
            yield Piece(
                "",
                attribute,
                int(padded["width"]) if padded else 0,
                not (padded and padded["align"] in (">", "=", "^")) and not (padded and padded["zero"]),
                bool(padded and (padded["zero"] or padded["fill"] == "0")),
                conversion in ("r", "a"),
                _of_tokens(spec) if loguru and attribute == "asctime" and spec else None,
            )


_TOKENS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "DDDD": "%j", "DD": "%d", "D": "%d",
    "dddd": "%A", "ddd": "%a", "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S",
    "s": "%S", "SSSSSS": "%f", "A": "%p", "ZZ": "%z", "Z": "%z", "zz": "%Z",
}  # fmt: skip
_TOKEN = re.compile(
    r"\[(?P<text>[^\]]*)\]|(?P<token>YYYY|YY|M{1,4}|DDDD|DD?|d{3,4}|HH?|hh?|mm?|ss?|S{1,6}|A|ZZ?|zz|X|x)|%"
)


def _of_tokens(spec: str) -> str | None:
    """loguru's date tokens as a strftime pattern; None where strftime has no such token (`SSS`, `X`), which are read
    by their looks. Source: loguru, "The time formatting"."""
    unknown = False

    def directive(found: re.Match[str]) -> str:
        nonlocal unknown
        if found["text"] is not None:
            return found["text"].replace("%", "%%")
        if found["token"] is None:
            return "%%"
        unknown = unknown or found["token"] not in _TOKENS
        return _TOKENS.get(found["token"], "")

    made = _TOKEN.sub(directive, spec.removesuffix("!UTC"))
    return None if unknown else made


def _attribute(name: str) -> str:
    """loguru's record key as `logging` calls it; `extra[job_id]` is job_id."""
    extra = re.fullmatch(r"extra\[['\"]?([^\]'\"]+)['\"]?\]", name)
    return extra[1] if extra else _LOGURU.get(name, name)


def _dollars(text: str) -> Iterator[Piece]:
    at = 0
    for found in _DOLLAR.finditer(text):
        if found.start() > at:
            yield Piece(text[at : found.start()])
        name = found["name"] or found["braced"]
        yield Piece("", name) if name else Piece("$")
        at = found.end()
    if at < len(text):
        yield Piece(text[at:])


_DIRECTIVES = {
    "Y": r"\d{4}", "m": r"\d\d", "d": r"\d\d", "H": r"\d\d", "M": r"\d\d", "S": r"\d\d", "y": r"\d\d", "I": r"\d\d",
    "j": r"\d{3}", "f": r"\d{6}", "z": r"(?:[+-]\d{4}(?:\d\d)?|)", "Z": r"[A-Za-z]*", "p": r"[AaPp]\.?[Mm]\.?",
    "e": r"[ \d]\d",
    "b": r"[^\W\d]+\.?", "B": r"[^\W\d]+", "a": r"[^\W\d]+\.?", "A": r"[^\W\d]+", "%": "%", "s": r"\d+",
    "c": r"[^\W\d]{3} [^\W\d]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "x": r"\d\d/\d\d/\d\d", "X": r"\d\d:\d\d:\d\d",
    "r": r"\d\d:\d\d:\d\d [AP]M", "h": r"[^\W\d]+", "n": r"\n", "t": r"\t", "k": r"[ \d]\d", "l": r"[ \d]\d",
    "F": r"\d{4}-\d\d-\d\d", "T": r"\d\d:\d\d:\d\d", "D": r"\d\d/\d\d/\d\d", "R": r"\d\d:\d\d",
}  # fmt: skip


def _of_datefmt(datefmt: str) -> str:
    """The regular expression of what `time.strftime(datefmt)` writes in the C locale, as a group of its own."""
    parts = re.split(r"%-?(.)", datefmt)
    return "".join(
        re.escape(part) if index % 2 == 0 else _DIRECTIVES.get(part, r"[^\n]+?") for index, part in enumerate(parts)
    )


def _pattern(pieces: list[Piece], *, datefmt: str | None = None, open_end: bool = False) -> str:
    """The regular expression of the pieces; groups are named g0, g1 … in order."""
    out: list[str] = []
    count = 0
    for index, piece in enumerate(pieces):
        if piece.name is None:
            out.append(re.escape(piece.literal))
            continue
        last = index == len(pieces) - 1
        inner = r".*" if piece.name == "message" else _PATTERNS.get(piece.name, _ANY)
        if piece.name == "asctime" and (piece.datefmt or datefmt) is not None:
            inner = f"{_of_datefmt(piece.datefmt or datefmt or '')}|{inner}"
        if piece.name == "name" and index + 1 < len(pieces) and pieces[index + 1].literal.startswith("."):
            inner = r"\S+"  # of `name.function` the last dot parts the two
        if last and piece.name != "message" and not open_end:
            inner = inner.replace("*?", "*").replace("+?", "+")
        if piece.quoted:
            inner = rf"'{_ANY}'|\"{_ANY}\"|{inner}"
        before = " *" if piece.width and not piece.left else ""
        after = " *" if piece.width and piece.left else ""
        out.append(f"{before}(?P<g{count}>{inner}){after}")
        count += 1
    return "".join(out)


def _of_formatter(text: str, datefmt: str | None, name: str) -> Callable[[str, Near], Parts | None]:
    pieces = [piece for piece in parse(text) if piece.literal or piece.name]
    if pieces and pieces[-1].name is None:
        # An ending newline is the handler's; blanks at the end are often cut by what ships the line.
        pieces[-1] = pieces[-1]._replace(literal=pieces[-1].literal.rstrip("\n"))
    names = [piece.name for piece in pieces if piece.name is not None]
    if not names:
        raise UsageError(f"formatter string {text!r} has no field such as %(message)s")
    pattern = re.compile(_pattern(pieces, datefmt=datefmt), re.DOTALL)
    datefmt = datefmt or next((piece.datefmt for piece in pieces if piece.datefmt is not None), None)
    # `2026-11-23 08:57:32` and `.311`: asctime and msecs are one time when only a dot or comma parts them.
    joined = re.search(r"%\(asctime\)s([.,])%\(msecs\)", text) is not None

    def read(line: str, near: Near) -> Parts | None:
        found = pattern.fullmatch(line)
        if found is None:
            return None
        values: dict[str, str] = {}
        for index, attribute in enumerate(names):
            values.setdefault(attribute, found[f"g{index}"])
        return _parts(values, near, datefmt, name, joined=joined)

    return read


def _of_match(found: re.Match[str] | None, near: Near, datefmt: str | None, name: str) -> Parts | None:
    """The Parts of a pattern's match; its groups have the record's own names."""
    if found is None:
        return None
    inverse = {shown: attribute for attribute, shown in _SHOWN.items()}
    values = {inverse.get(key, key): value for key, value in found.groupdict().items() if value is not None}
    return _parts(values, near, datefmt, name, joined=False)


def _parts(values: dict[str, str], near: Near, datefmt: str | None, name: str, *, joined: bool) -> Parts | None:
    parts = Parts(name)
    fields: dict[str, Any] = {}
    for attribute, value in values.items():
        match attribute:
            case "message":
                parts.message = value.rstrip(" ") or None
            case "asctime":
                parts.time = _time(value, near, datefmt)
                if parts.time.kind is TimeKind.UNREADABLE:
                    parts.marks = (marks.TIME_RANGE,)
            case "created":
                parts.time = parts.time if "asctime" in values else clock.epoch(float(value), None, value)
            case "levelname":
                parts.level, parts.level_written = levels.of_word(value) or _cut_level(value), value
            case "levelno":
                if "levelname" not in values:
                    parts.level, parts.level_written = levels.of_python(int(value)), int(value)
            case "name" | "logger":
                parts.logger = value
            case "funcName":
                parts.function = value
            case "pathname" | "file":
                parts.file = value
            case "filename":
                parts.file = parts.file or value
            case "lineno":
                parts.line = int(value)
            case "process":
                parts.pid = int(value) if value.isdecimal() else None
            case "service" | "host":
                setattr(parts, attribute, None if value in PLACEHOLDERS else value)
                parts.service_from = attribute if attribute == "service" else parts.service_from
            case "msecs" | "relativeCreated" | "exc_text" | "stack_info":
                pass
            case _:
                if value.strip() not in PLACEHOLDERS:
                    fields[attribute] = value.strip()
    if joined and "msecs" in values:
        parts.time = _with_millis(parts.time, values["msecs"])
    parts.fields = fields
    return parts


def _time(value: str, near: Near, datefmt: str | None) -> Time:
    made = clock.read(value, near)
    if datefmt is None or (made.kind not in (TimeKind.UNREADABLE, TimeKind.LOCALE) and "%y" not in datefmt):
        return made
    # `05/11/2026` is the fifth or the eleventh: the pattern knows.
    known = clock.by_pattern(value, datefmt, near)
    if known.kind is TimeKind.UNREADABLE:
        return made
    return msgspec.structs.replace(known, kind=made.kind) if made.kind is TimeKind.LOCALE else known


_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "TRACE", "SUCCESS", "FATAL", "NOTICE")


def _cut_level(value: str) -> Level | None:
    """The level of which `%(levelname).1s` or `.4s` left the beginning."""
    name = next((name for name in _NAMES if value and name.startswith(value)), None)
    return None if name is None else levels.of_word(name)


def _with_millis(time: Time, written: str) -> Time:
    """The time with the milliseconds a formatter writes behind it; `msecs` may carry decimals."""
    if time.digits:
        return time
    whole = int(float(written))
    ns = None if time.ns is None else time.ns + whole * 1_000_000
    of_day = None if time.of_day_ns is None else time.of_day_ns + whole * 1_000_000
    return Time(ns, time.kind, f"{time.written}.{whole:03d}", time.key, 3, time.offset_s, of_day)
