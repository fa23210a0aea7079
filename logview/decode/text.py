"""One text line → Parts: the decoders of text, in the order they are asked, and why each refuses a line.

A decoder looks at the first line of a record, colors and wrapper removed, and returns None when the line is not
its own. The order is from the most telling shape to the least; the last one, `plain`, takes everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from logview.decode import access, clock, header, levels, logfmt, marks, neighbors, pretty
from logview.decode.parts import NO_TIME, PLACEHOLDERS, Parts
from logview.record import Level, TimeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.decode.clock import Near
    from logview.decode.slots import Head

_BASIC = re.compile(
    r"(?P<level>[A-Z][A-Z]{2,9}|Level \d+):(?P<logger>[A-Za-z_][\w.\-/]*):(?P<message>.*)", re.DOTALL
)  # logging.BASIC_FORMAT "%(levelname)s:%(name)s:%(message)s"
_NPM = re.compile(
    r"(?P<level>error|warn|info|http|verbose|debug|silly|emerg|alert|crit|warning|notice|trace|fatal): (?P<message>.*)",
    re.DOTALL,
)
_PADDED = re.compile(
    r"(?P<level>TRACE|DEBUG|INFO|NOTICE|SUCCESS|WARN|WARNING|ERROR|CRITICAL|FATAL):\s+(?P<message>.*)", re.DOTALL
)
_NEST = re.compile(
    r"\[\w+\] (?P<pid>\d+)  - (?P<time>\d[^A-Z]*(?:[AP]M)?) +(?P<level>LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL) "
    r"(?:\[(?P<context>[^\]]+)\] )?(?P<message>.*?)(?: \+\d+ms)?",
    re.DOTALL,
)
_PLACE_BEHIND = re.compile(
    r"(?P<message>.*\S) (?:\[in (?P<path>[^\s:\]]+):(?P<path_line>\d+)\]|\((?P<file>[\w./-]+\.py):(?P<line>\d+)\))",
    re.DOTALL,
)
"""`%(message)s [in %(pathname)s:%(lineno)d]` (Flask) and `%(message)s (%(filename)s:%(lineno)d)`."""
_LEVEL_PAIR = re.compile(r"(?:[\w.]+=\S* )*(?:level|levelname|lvl|severity)=[\w\"']+(?: |$)")
_EVENT_END = re.compile(r"\s{2,}|\s+(?=\[[\w.]+\])|\s+(?=[A-Za-z_][\w.]*=)")
_PLACE = re.compile(r"(?P<file>[\w./<>-]+\.\w+|<\w+>):(?P<line>\d+)")
_KLOG = re.compile(
    r"(?P<level>[IWEF])(?P<month>\d\d)(?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d\.\d{6}) +(?P<pid>\d+) "
    r"(?P<file>[^:\]\s]+):(?P<line>\d+)\] ?(?P<message>.*)",
    re.DOTALL,
)
_KLOG_LEVELS = {"I": Level.INFO, "W": Level.WARN, "E": Level.ERROR, "F": Level.FATAL}

_WARNING = re.compile(
    r"(?P<file>[^\s:][^:]*|<\w+>):(?P<line>\d+): (?P<category>\w*Warning): (?P<message>.*)", re.DOTALL
)
_INSPECT = re.compile(r"(?:\{|\[|Map\(|Set\(|\[\w+: null prototype\]).*(?:\}|\]|\{|\[)\Z", re.DOTALL)
_INSPECT_KEY = re.compile(r"\{ (?:\[?[\w$]+\]?|'[^']*'): ")
_REPR = re.compile(r"(?:\{['\"\w].*\}|<[\w.]+ .*>)\Z", re.DOTALL)
_NODE_ERROR = re.compile(r"(?:Uncaught )?(?:[A-Z]\w*)?(?:Error|Exception)(?: \[[\w.]+\])?(?:: .*)?\Z", re.DOTALL)
_BANNER = re.compile(
    r"(?:[-=*#_~+|/\\ ]{5,}|> .+|\s*[╭│╰┌└▲➜].*|Listening (?:on|at) .*|Server (?:running|listening) .*|"
    r"Watching for file changes.*|(?:Starting|Started) \S+ .*(?:\.\.\.|server).*|"
    r" \* (?:Serving|Running|Debug|Restarting|Debugger).*|Press CTRL\+C to quit)\Z"
)
_THREAD_CRASH = re.compile(
    r"(?:Exception in thread |Exception ignored in|Fatal Python error: |Unhandled exception in )"
)


class Decoder(NamedTuple):
    """name   as `Record.format` and `--format` have it
    read   the decoder
    wants  what it asks of a line, for `logview formats test`
    """

    name: str
    read: Callable[[str, Near], Parts | None]
    wants: str


def pino_pretty(text: str, near: Near) -> Parts | None:
    found = pretty.read(text)
    if found is None:
        return None
    parts = Parts("pino-pretty", found.message, level=levels.of_word(found.level), level_written=found.level)
    parts.service, parts.service_from = found.name, "name" if found.name else None
    parts.pid, parts.host, parts.fields = found.pid, found.host, dict(found.fields)
    if found.time is not None:
        time = clock.scan(found.time, 0, near)
        if time is not None and time[1] == len(found.time):
            parts.time = time[0]
        else:
            parts.time = clock.read(found.time, near)
            parts.marks = (marks.TIME_RANGE,)
    return parts


def access_line(text: str, near: Near) -> Parts | None:
    found = access.read(text, near)
    if found is None:
        return None
    return Parts("access", text, time=found[0], fields=found[1], marks=(marks.ACCESS,))


def basic(text: str, near: Near) -> Parts | None:  # noqa: ARG001
    found = _BASIC.fullmatch(text)
    if found is None or levels.of_word(found["level"]) is None:
        return None
    level = levels.of_word(found["level"])
    return _with_request(
        Parts("basic", found["message"] or None, level=level, level_written=found["level"], logger=found["logger"])
    )


def winston_simple(text: str, near: Near) -> Parts | None:
    found = _NPM.fullmatch(text)
    if found is None:
        return None
    message, fields = pretty.trailing_object(found["message"])
    time = clock.read(fields["timestamp"], near, "timestamp") if "timestamp" in fields else NO_TIME
    if time.ns is not None:
        fields = {key: value for key, value in fields.items() if key != "timestamp"}
    return Parts(
        "winston-simple",
        message.strip() or None,
        level=levels.of_word(found["level"]),
        level_written=found["level"],
        fields=fields,
        time=time if time.ns is not None else NO_TIME,
    )


def nest(text: str, near: Near) -> Parts | None:
    """NestJS's ConsoleLogger: `[Nest] 4711  - 11/23/2026, 8:54:07 AM     LOG [Context] message +5ms`."""
    found = _NEST.fullmatch(text)
    time = clock.scan(found["time"], 0, near) if found is not None else None
    if found is None or time is None:
        return None
    written = found["level"]
    level = Level.INFO if written == "LOG" else levels.of_word(written)
    parts = Parts("nest", found["message"] or None, time[0], level, written, logger=found["context"])
    parts.pid = int(found["pid"])
    return parts


def uvicorn(text: str, near: Near) -> Parts | None:
    found = _PADDED.fullmatch(text)
    if found is None or clock.scan(found["message"], 0, near) is not None:
        return None
    parts = Parts(
        "uvicorn", found["message"] or None, level=levels.of_word(found["level"]), level_written=found["level"]
    )
    return _with_request(parts)


def klog(text: str, near: Near) -> Parts | None:
    found = _KLOG.fullmatch(text)
    if found is None:
        return None
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[
        int(found["month"]) % 13 - 1
    ]
    time = clock.scan(f"{month} {found['day']} {found['clock']}", 0, near)
    parts = Parts("klog", found["message"] or None, level=_KLOG_LEVELS[found["level"]], level_written=found["level"])
    parts.pid, parts.file, parts.line = int(found["pid"]), found["file"], int(found["line"])
    if time is not None:
        parts.time = time[0]
    return parts


def layout(text: str, near: Near) -> Parts | None:
    """Every text layout with a time or a level in front (header.py)."""
    head = header.read(text, near)
    return None if head is None else of_head(text, head)


def of_head(text: str, head: Head) -> Parts:
    """The Parts of a line whose head is read."""
    message = text[head.message_at :].strip() if head.message_at < len(text) else ""
    parts = Parts(
        "text",
        message or None,
        level=head.level,
        level_written=head.level_written,
        logger=head.logger,
        function=head.function,
        file=head.file,
        line=head.line,
        pid=head.pid,
    )
    parts.layout = header.layout_of(head)
    if head.time is not None:
        parts.time = head.time
    if head.label is not None and head.logger is None:
        parts.logger = head.label
    if head.pairs:
        parts.fields = {key: value for key, value in head.pairs.items() if value not in PLACEHOLDERS}
    if "\t" in head.marks and message.endswith("}"):
        before, _, last = message.rpartition("\t")
        rest, fields = pretty.trailing_object(last)
        if fields and not rest:
            parts.message, parts.fields = before or None, fields
    if head.level_written is None and message and "=" in message and _LEVEL_PAIR.match(message) is not None:
        _of_pairs(parts, message)
    parts.format = _layout_name(text, head, parts)
    return completed(parts)


def _of_pairs(parts: Parts, message: str) -> None:
    """A time and then key=value: the level and logger are among the pairs, the message too or behind the last."""
    pairs = logfmt.pairs(message)
    for key in ("level", "levelname", "lvl", "severity"):
        if key in pairs and levels.of_word(pairs[key].split(" ")[0]) is not None:
            parts.level_written, _, behind = pairs.pop(key).partition(" ")
            parts.level = levels.of_word(parts.level_written)
            break
    else:
        return
    text = next((pairs.pop(key) for key in ("msg", "message", "event") if key in pairs), behind or None)
    if text is None and pairs:
        last = next(reversed(pairs))
        pairs[last], _, behind = pairs[last].partition(" ")
        text = behind or None
    parts.message = text
    parts.logger = pairs.pop("logger", pairs.pop("name", parts.logger))
    parts.fields = {**parts.fields, **pairs}


def completed(parts: Parts) -> Parts:
    """The Parts with what the layout keeps inside the message: rich's place, structlog's pairs, a request."""
    if parts.format == "rich":
        _rich(parts)
    elif parts.format == "structlog-console":
        _structlog(parts)
    elif parts.message is not None and parts.message[-1] == "}" and str(parts.level_written).islower():
        # winston's printf with `${JSON.stringify(meta)}` behind the message; Python's levels are upper case.
        message, fields = pretty.trailing_object(parts.message)
        if message.strip() and message != parts.message:
            parts.message, parts.fields = message.rstrip(), {**parts.fields, **fields}
    elif parts.line is None and parts.message is not None and parts.message[-1] in "])":
        placed = _PLACE_BEHIND.fullmatch(parts.message)
        if placed is not None:
            parts.message, parts.file = placed["message"], placed["path"] or placed["file"]
            parts.line = int(placed["path_line"] or placed["line"])
    return _with_request(parts)


def _layout_name(text: str, head: Head, parts: Parts) -> str:
    """A name for the layout, for people and for LV008: which library's it looks like, else what it is made of."""
    if head.time is None:
        if head.level_bracketed and head.level_at == 0 and text.find("]") == 10 and text[1:2].islower():
            return "structlog-console"  # `[info     ]`, padded to nine
        if text[:1] == " " or (
            head.level_at == 0 and _right_edge(parts.message or "") is not None and "  " in text[9:]
        ):
            return "rich"
        return "level"
    if head.level_written is None:
        return "timestamped"
    if may_be_rich(head):
        # rich pads the level to eight and a blank, and puts the place at the right edge.
        padded = len(text) > head.level_at + 8 and text[head.level_at + 7 : head.level_at + 9] in ("  ", "L ")
        if padded and (head.bracketed_time or _right_edge(text) is not None):
            return "rich"
    if head.level_bracketed and head.level_written.islower() and head.level_at > 0 and head.slots == 2:
        return "structlog-console"
    if head.bracketed_time and head.level_bracketed and head.thread is not None and head.slots == 1:
        return "celery"
    if " | " in text[: head.message_at] and head.function is not None and head.line is not None:
        return "loguru"
    return "text"


def may_be_rich(head: Head) -> bool:
    """Whether what stands at a line's right edge decides if rich wrote it."""
    bare = head.level_at > 0 and not head.level_bracketed and not head.final
    return bare and head.logger is None and head.label is None


def _right_edge(text: str) -> tuple[str, re.Match[str]] | None:
    """(what stands left of it, file and line) of the place rich puts at the right edge."""
    left, gap, last = text.rstrip().rpartition(" ")
    place = _PLACE.fullmatch(last) if gap else None
    return None if place is None else (left.rstrip(), place)


def _rich(parts: Parts) -> None:
    """rich puts the file and line at the right edge of the first line."""
    found = _right_edge(parts.message or "")
    if found is not None:
        parts.message, place = found[0] or None, found[1]
        parts.file, parts.line = place["file"], int(place["line"])


def _structlog(parts: Parts) -> None:
    """structlog's console: the event padded to 30, `[logger]`, then key=value with Python's quoting."""
    text = parts.message or ""
    end = _EVENT_END.search(text)
    if end is None:
        return
    parts.message, rest = text[: end.start()].rstrip() or None, text[end.end() :].lstrip()
    named = re.match(r"\[([\w.]+)\]\s*", rest)
    if named is not None:
        parts.logger, rest = named[1], rest[named.end() :]
    parts.fields = {key: logfmt.literal(value) for key, value in logfmt.pairs(rest).items()}


def _with_request(parts: Parts) -> Parts:
    if parts.message is not None:
        request = access.request(parts.message)
        if request is not None:
            parts.fields = {**parts.fields, **request}
            parts.marks = (*parts.marks, marks.ACCESS)
    return parts


def plain(text: str, near: Near) -> Parts:  # noqa: ARG001
    """What no format explains: the line is the message; a mark says what it looks like."""
    parts = Parts("plain", text or None)
    warned = _WARNING.fullmatch(text)
    if warned is not None:
        parts.file, parts.line = warned["file"], int(warned["line"])
        parts.marks = (marks.mark(marks.PLAIN, "warning"),)
    elif _THREAD_CRASH.match(text):
        parts.marks = (marks.CRASH,)
    else:
        look = _looks_like(text)
        parts.marks = (marks.mark(marks.PLAIN, look),) if look else (marks.PLAIN,)
    return parts


def _looks_like(text: str) -> str | None:
    if not text.strip():
        return "blank"
    if text[0] in "{[" or text[:4] in ("Map(", "Set("):
        if _is_value(text):
            return "value"
        if _INSPECT_KEY.match(text) or (_INSPECT.match(text) and "'" in text and "': " not in text):
            return "console.log"
        return "repr" if _REPR.match(text) else None
    if _is_value(text):
        return "value"
    if _NODE_ERROR.match(text):
        return "error"
    if _BANNER.match(text):
        return "banner"
    return "repr" if text[0] == "<" and _REPR.match(text) else None


def _is_value(text: str) -> bool:
    """A JSON value that is no object."""
    if text in ("null", "true", "false") or re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", text):
        return True
    if text[0] not in '"[':
        return False
    import orjson

    try:
        return not isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


DECODERS: tuple[Decoder, ...] = (
    Decoder("pino-pretty", pino_pretty, "`[time] LEVEL (name/pid): message` or `LEVEL [time]: message`"),
    Decoder("nest", nest, "`[Nest] pid  - date, time LEVEL [Context] message`"),
    Decoder("access", access_line, 'a client, a bracketed time and a quoted "METHOD path HTTP/x" with a status'),
    Decoder(
        "neighbor",
        neighbors.read,
        "a head of PostgreSQL, Redis, nginx, httpd, Ruby, Monolog, zerolog, logrus, .NET, Lambda",
    ),
    Decoder("basic", basic, "`LEVEL:logger:message` without blanks around the colons"),
    Decoder("uvicorn", uvicorn, "an upper-case level, a colon and blanks"),
    Decoder("winston-simple", winston_simple, "a lower-case npm level, a colon and a blank"),
    Decoder("klog", klog, "`I1123 08:54:07.410123 1 file.go:12] message`"),
    Decoder("text", layout, "a time or a level in front, bare or in brackets"),
)
"""The decoders of text lines in the order they are asked; logfmt and plain are asked before and after (record.py)."""


def has_head(text: str, near: Near = clock.HERE) -> bool:
    """Whether a line begins a record by its shape: a time or level in front."""
    first = text[:1]
    if not first or not (first.isalnum() or first in "[(<"):
        return False
    if any(decoder.read(text, near) is not None for decoder in DECODERS[:-1]):
        return True
    found = header.read(text, near)
    return found is not None and (found.time is None or found.time.kind is not TimeKind.UNREADABLE)
