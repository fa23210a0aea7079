"""Text lines of the programs that run beside the services: databases, proxies, loggers of other languages.

Whether a row takes a line that begins with a time depends on the line's shape alone (heads.py): those are remembered.
Only what the head reader (header.py) cannot tell slot by slot: levels it has no word for, a pid glued to a role, a
context behind a comma. Each is a row of a table: a name, the pattern of the whole line, what the groups mean.
Sources: PostgreSQL 16 "Error Reporting and Logging" (log_line_prefix `%m [%p] ` and `%q%u@%d `), redis 7
`serverLogRaw`, nginx 1.26 ngx_log.c, httpd 2.4 ErrorLogFormat, Ruby Logger::Formatter, Monolog LineFormatter,
zerolog ConsoleWriter, logrus TextFormatter, .NET SimpleConsoleFormatter, AWS Lambda's Node.js and Python runtimes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from logview.decode import clock, levels, logfmt, pretty
from logview.decode.parts import Parts

if TYPE_CHECKING:
    from logview.decode.clock import Near


class _Row(NamedTuple):
    """name     `Record.format`
    first    characters the line may begin with
    pattern  groups: time, level, logger, pid, request, file, line, message; `pairs` marks key=value behind the message
    words    what the writer's levels are called elsewhere, where they are no known words
    """

    name: str
    first: str
    pattern: re.Pattern[str]
    words: dict[str, str] = {}  # noqa: RUF012
    pairs: bool = False


_DIGITS = "0123456789"
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UPPER = r"TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL"

_ROWS = tuple(
    _Row(name, first, re.compile(pattern, re.DOTALL), words, pairs)
    for name, first, pattern, words, pairs in (
        (
            "postgres", _DIGITS,
            rf"(?P<time>{_ISO}\.\d{{3}} [A-Z]{{2,5}}) \[(?P<pid>\d+)\](?: [^\s@]*@[^\s:]*)? "
            r"(?P<level>DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC):  (?P<message>.*)",
            {"LOG": "info", **{f"DEBUG{number}": "debug" for number in range(1, 6)}}, False,
        ),
        (
            "redis", _DIGITS,
            r"(?P<pid>\d+):[XCSM] (?P<time>\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}) (?P<level>[.*#-]) "
            r"(?P<message>.*)",
            {".": "debug", "-": "verbose", "*": "notice", "#": "warning"}, False,
        ),
        (
            "nginx", _DIGITS,
            r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] (?P<pid>\d+)#\d+: (?P<message>.*)",
            {}, False,
        ),
        (
            "apache", "[",
            r"\[(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] \[(?:(?P<logger>\w*):)?"
            r"(?P<level>[a-z]+\d?)\](?: \[pid (?P<pid>\d+)(?::tid \d+)?\])?(?: \[client [^\]]*\])? "
            r"(?P<message>.*)",
            {f"trace{number}": "trace" for number in range(1, 9)}, False,
        ),
        (
            "ruby", "DIWEFA",
            r"[DIWEFA], \[(?P<time>[^\] ]+) #(?P<pid>\d+)\] +(?P<level>[A-Z]+) -- (?P<logger>[^:]*): (?P<message>.*)",
            {"ANY": "info"}, False,
        ),
        (
            "monolog", "[",
            rf"\[(?P<time>{_ISO}[^\]]*)\] (?P<logger>[\w-]+)\.(?P<level>[A-Z]+): (?P<message>.*)",
            {}, False,
        ),
        (
            "zerolog-console", _DIGITS + "<",
            rf"(?:(?P<time>\d{{1,2}}:\d\d[AP]M|{_ISO}\S*)|<nil>) (?P<level>TRC|DBG|INF|WRN|ERR|FTL|PNC) "
            r"(?:(?P<file>\S+\.go):(?P<line>\d+) > )?(?P<message>.*)",
            {"PNC": "fatal"}, True,
        ),
        (
            "logrus-text", "TDIWEFP",
            r"(?P<level>TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?:\d{4,}|\d[^\]]*\d)\] ?(?P<message>.*)",
            {"TRAC": "trace", "DEBU": "debug", "FATA": "fatal", "PANI": "fatal"}, True,
        ),
        (
            "dotnet-console", "tdiwfc",
            r"(?P<level>trce|dbug|info|warn|fail|crit): "
            r"(?P<logger>[A-Za-z_][\w.`+<>]*)\[\d+\](?: (?P<message>.*))?",
            {"trce": "trace", "dbug": "debug", "fail": "error"}, False,
        ),
        (
            "lambda", _DIGITS,
            rf"(?P<time>{_ISO}\.\d{{3}}Z)\t(?P<request>{_UUID}|undefined)\t(?P<level>{_UPPER})\t(?P<message>.*)",
            {}, False,
        ),
        (
            "lambda", "[",
            rf"\[(?P<level>{_UPPER})\]\t(?P<time>{_ISO}\.\d{{3}}Z)\t(?P<request>{_UUID})\t(?P<message>.*)",
            {}, False,
        ),
    )
)  # fmt: skip
_BY_FIRST = {char: tuple(row for row in _ROWS if char in row.first) for char in {c for row in _ROWS for c in row.first}}
_KITCHEN = re.compile(r"(\d{1,2}):(\d\d)([AP]M)")
_PAIRS = re.compile(r"(?:^|\s+)(?=[\w.@/-]+=)")


def read(text: str, near: Near) -> Parts | None:
    """The parts of a line that one of the rows takes; None for every other line."""
    for row in _BY_FIRST.get(text[:1], ()):
        found = row.pattern.fullmatch(text)
        if found is not None:
            made = _parts(row, found.groupdict(), near)
            if made is not None:
                return made
    return None


def _parts(row: _Row, part: dict[str, str | None], near: Near) -> Parts | None:
    written = part["level"] or ""
    level = levels.of_word(row.words.get(written, written))
    if level is None:
        return None
    # `*` and `LOG` are levels by another name: what is judged is the name.
    message = (part["message"] or "").strip()
    parts = Parts(row.name, message or None, level=level, level_written=row.words.get(written, written))
    if part.get("time"):
        time = clock.scan(_whole(part["time"] or ""), 0, near)
        if time is None:
            return None
        parts.time = time[0]
    parts.logger = (part.get("logger") or "").strip() or None
    parts.pid = int(part["pid"] or 0) if part.get("pid") else None
    parts.file = part.get("file")
    parts.line = int(part["line"] or 0) if part.get("line") else None
    request = part.get("request")
    parts.request_id = request if request != "undefined" else None
    if row.pairs:
        behind = _PAIRS.search(message)
        if behind is not None:
            parts.message = message[: behind.start()].rstrip() or None
            parts.fields = dict(logfmt.pairs(message[behind.end() :]))
    elif row.name == "monolog":
        # `message {context} {extra}`, empty ones as `[]`.
        body, parts.fields = pretty.trailing_object(re.sub(r"(?: \[\]){1,2}$", "", message))
        parts.message = body.rstrip() or None
    return parts


def _whole(time: str) -> str:
    """`8:15AM` as a clock time with seconds."""
    return _KITCHEN.sub(lambda found: f"{found[1]:0>2}:{found[2]}:00 {found[3]}", time)


def message_below(parts: Parts, below: list[str]) -> None:
    """.NET's console prints the message in the line below its head."""
    if parts.format == "dotnet-console" and parts.message is None and below:
        parts.message = below[0].strip() or None
