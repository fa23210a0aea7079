"""Prefixes that other programs put in front of a service's lines: what they say, and what is left without them.

Each wrapper is a row of a table: a name, the pattern of its prefix, what the pattern's groups mean. Prefixes nest
(docker compose in front of concurrently in front of pino) and are taken off one by one, outermost first.

A *sure* prefix is taken off wherever it stands. An *unsure* one (`[name] `, `name | `, a bare time) could as well be
the text of a message: it is taken off when what follows is a record by itself, or when the stream has shown such a
record before (`Seen`). ANSI colors of a prefix go with it; those of the line stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from logview.decode import clock, levels, pretty
from logview.decode.clean import ANSI, strip_ansi
from logview.decode.slots import LETTERS
from logview.record import Level, Time, TimeKind, Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.decode.clock import Near

DEEPEST = 4
"""Prefixes on one line; more than that is a message that looks like prefixes."""

_LONGEST = 256
"""Characters a prefix may have."""


class Stripped(NamedTuple):
    """A line without one prefix."""

    wrapper: Wrapper
    rest: str
    partial: bool = False
    """The line goes on in the next one of this stream (CRI `P`)."""
    sure: bool = True
    """The prefix can be nothing else."""


@dataclass(slots=True)
class Seen:
    """What a stream has shown so far: unsure wrappers it certainly uses, by the offset from which that is known."""

    since: dict[str, int] = field(default_factory=dict)

    def knows(self, name: str, offset: int | None) -> bool:
        """Whether `name` was certain at `offset`; None asks for now."""
        known = self.since.get(name)
        return known is not None and (offset is None or known <= offset)


class _Kind(NamedTuple):
    name: str
    pattern: re.Pattern[str]
    sure: Callable[[re.Match[str]], bool] | None
    """None: always sure. Else whether this match is."""
    fits: Callable[[re.Match[str]], bool] | None = None
    """Whether the match can be this wrapper at all."""


_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
_ZONED = _ISO + r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
_YEARLESS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?"
_NAME = r"[A-Za-z0-9][\w.@/-]{0,80}"

_RESET = re.compile(r"\x1b\[(?:0|39|22|49|27)?m")
_LEVEL_OR_THREAD = re.compile(
    r"(?i)(?:main|trace|debug|info|notice|success|warn|warning|error|err|critical|crit|fatal|none|null|verbose)|"
    r"(?:MainThread|MainProcess|Dummy-\d+|asyncio_\d+|(?:Thread|ThreadPoolExecutor|ForkPoolWorker|SpawnPoolWorker|"
    r"Process|SpawnProcess|ForkProcess|uWSGI\w*|AnyIO worker thread)\b.*)"
)
_LEVEL_COLON = re.compile(
    r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|trace|debug|verbose|info|http|warn|warning|error|fatal):"
    r"(?: |$)"
)
_TIMED_INSIDE = re.compile(
    r"\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\]? +(?=\[?\d{4}-)|(?:time|ts|timestamp)=\"?"
)
"""What may stand between a bare time in front and the line's own: a level, a key."""
_HALF_OR_ZONE = re.compile(r"[AaPp]\.?[Mm]\.?|[A-Z]{3,4}|[+-]\d\d:?\d\d|(?:UTC|GMT)[+-].*")
_POD = r"(?P<pod>[a-z0-9][a-z0-9.-]*) (?:› )?(?P<name>[a-z0-9][a-z0-9-]*) "
_ANY_TIME = rf"{_YEARLESS}|{_ZONED}|{_ISO}(?:\.\d+)?|\d\d:\d\d:\d\d(?:\.\d+)?|\d{{10}}\.\d{{6}}"
_TASKS = r"(?:dev|start|serve|server|build|test|watch|lint|preview|debug|worker|run|prod|api|web)"


def _numbered(match: re.Match[str]) -> bool:
    return bool(re.search(r"[-_.]\d+$", match["name"])) or "@" in match["name"]


def _is_dated_name(match: re.Match[str]) -> bool:
    """Not the half of the day or the zone behind a time in brackets."""
    return _HALF_OR_ZONE.fullmatch(match["name"]) is None and _is_name(match)


def _never(match: re.Match[str]) -> bool:  # noqa: ARG001
    return False


def _is_name(match: re.Match[str]) -> bool:
    """Not a level, a thread, a pid, a key=value pair or a time: those stand in brackets in many layouts."""
    return _may_name(match["name"])


@lru_cache(maxsize=1024)
def _may_name(name: str) -> bool:
    if _LEVEL_OR_THREAD.fullmatch(name) or "=" in name or (not name[0].isalnum() and name[0] not in "@._"):
        return False
    if name in LETTERS:
        return False
    if name.isdecimal():
        return len(name) < 3
    return clock.scan(name) is None and levels.of_word(name) is None


def _is_host(match: re.Match[str]) -> bool:
    """A syslog line's host is no level word; and an ident without pid is believed only behind a syslog time."""
    if levels.of_word(match["host"]) is not None or match["host"] in "-|":
        return False
    return match["pid"] is not None or match["time"][:1].isalpha() or match["pri"] is not None


def _is_pod(match: re.Match[str]) -> bool:
    pod, container = match["pod"], match["name"]
    if re.search(r"-[a-f0-9]{6,10}-[a-z0-9]{5}$", pod):
        return True
    tail = pod[len(container) + 1 :]
    return pod.startswith(container + "-") and bool(re.fullmatch(r"\d+|(?=.*\d)[a-z0-9]{5}", tail))


_KINDS: tuple[_Kind, ...] = (
    _Kind("gh-run-view", re.compile(rf"(?P<job>[^\t]+)\t(?P<step>[^\t]+)\t\ufeff?(?P<time>{_ZONED}) ?"), None),
    _Kind("kubectl", re.compile(r"\[pod/(?P<pod>[^/\]]+)/(?P<name>[^/\]]+)\] ?"), None),
    _Kind("cri", re.compile(rf"(?P<time>{_ZONED}) (?P<stream>stdout|stderr) (?P<flag>[FP])(?::\w+)?(?: |$)"), None),
    _Kind(
        "syslog-5424",
        re.compile(
            rf"<(?P<pri>\d{{1,3}})>1 (?P<time>{_ZONED}|-) (?P<host>\S+) (?P<name>\S+) (?P<pid>\S+) \S+ "
            r'(?:-|(?:\[[^\]"]*(?:"(?:[^"\\]|\\.)*"[^\]"]*)*\])+)(?: |$)\ufeff?'
        ),
        None,
    ),
    _Kind("heroku", re.compile(rf"(?P<time>{_ZONED}) (?P<app>app|heroku)\[(?P<name>[\w.-]+)\]: ?"), None),
    _Kind(
        "syslog",
        re.compile(
            r"(?:<(?P<pri>\d{1,3})>)?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?"
            rf"(?P<time>{_YEARLESS}|{_ZONED}|{_ISO} UTC|\d{{10}}\.\d{{6}}|\[ *\d+\.\d{{6}}\]) "
            r"(?P<host>(?!\d{4}[: ])[\w.-]+|[0-9a-fA-F]*:[0-9a-fA-F:]+) "
            r"(?P<name>[\w./@-]+)(?:\[(?P<pid>\d+)\])?:(?: |$)"
        ),
        None,
        _is_host,
    ),
    _Kind(
        "syslog",
        re.compile(rf"<(?P<pri>\d{{1,3}})>(?P<time>{_YEARLESS}) (?P<name>[\w./@-]+)(?:\[(?P<pid>\d+)\])?:(?: |$)"),
        None,
    ),
    _Kind(
        "concurrently",
        re.compile(rf"\[(?P<time>(?:{_ISO}|\d\d:\d\d:\d\d)(?:\.\d+)?) (?P<name>[^\]\s]{{1,60}})\](?: |$)"),
        None,
        _is_dated_name,
    ),
    _Kind("honcho", re.compile(rf"(?P<time>\d\d:\d\d:\d\d(?:\.\d+)?) (?P<name>{_NAME}) *\|(?: |$)"), None),
    _Kind("pm2", re.compile(r"(?:PM2|\d+\|(?P<name>[\w.@/-]+)) *\|(?: |$)"), None),
    _Kind("compose", re.compile(rf"(?P<name>{_NAME})[ \t]+[|│](?: |$)"), _numbered, _is_name),
    _Kind("turbo", re.compile(rf"(?P<name>(?:@[\w.-]+/)?[\w./-]+[:#]{_TASKS}(?::[\w-]+)*): "), None),
    _Kind("turbo", re.compile(r"(?P<name>@[\w.-]+/[\w.-]+[:#][\w:.-]+): "), None),
    _Kind("pnpm", re.compile(rf"(?P<name>(?:[\w@.-]+/)*[\w@.-]+) {_TASKS}(?::[\w-]+)*(?::|\$) "), _never, _is_name),
    _Kind("stern", re.compile(_POD), None, _is_pod),
    _Kind("stern", re.compile(r"[a-z0-9-]+ " + _POD), None, _is_pod),
    _Kind("concurrently", re.compile(r"\[(?P<name>[^\[\]\t]{1,60}?)[ \t]*\]:?(?:  (?=\{)| |$)"), _never, _is_name),
    _Kind("concurrently-pid", re.compile(r"\[(?P<pid>\d{3,7})\](?: |$)"), _never),
    _Kind("lerna", re.compile(r"(?P<name>@[\w.-]+/[\w.-]+): "), None),
    _Kind("lerna", re.compile(rf"(?P<name>@?{_NAME}): (?=\{{)"), _never, _is_name),
    _Kind("timestamps", re.compile(rf"\ufeff?(?P<time>{_ISO}\.(?:\d{{9}}|\d{{7}})(?:Z|[+-]\d\d:\d\d))(?: |$)"), None),
    _Kind("cloudwatch", re.compile(rf"(?P<time>{_ISO}\.\d{{6}}\+00:00) (?P<name>[\w.-]+/[\w$./\[\]-]+) "), _never),
    _Kind("pm2-time", re.compile(rf"(?P<time>{_ISO}(?:\.\d+)?(?: ?[+-]\d\d:\d\d)?): "), None),
    _Kind("ts", re.compile(rf"(?P<time>{_ANY_TIME}) "), _never),
    _Kind("ts", re.compile(rf"\[(?P<time>{_YEARLESS}|{_ISO}(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)\] "), _never),
)  # fmt: skip

# Which wrappers a line can have at all, by its first character and the signs their prefixes cannot do without: most
# lines are tried against one or two patterns, or none.
_BY_SIGNS: dict[int, tuple[_Kind, ...]] = {}
_MONTHS = frozenset(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_BRACKET, _ANGLE, _ISO_SIGN, _CLOCK_SIGN, _MONTH_SIGN, _DIGIT, _BAR, _TAB, _COLON, _DASHED, _AT, _MARKED = (
    1 << bit for bit in range(12)
)
_NEEDS: dict[str, tuple[int, ...]] = {
    "gh-run-view": (_TAB,),
    "kubectl": (_BRACKET,),
    "cri": (_ISO_SIGN,),
    "syslog-5424": (_ANGLE,),
    "heroku": (_ISO_SIGN,),
    "syslog": (_ANGLE, _ISO_SIGN, _MONTH_SIGN, _DIGIT, _BRACKET),
    "concurrently": (_BRACKET,),
    "concurrently-pid": (_BRACKET,),
    "honcho": (_CLOCK_SIGN | _BAR,),
    "pm2": (_BAR,),
    "compose": (_BAR,),
    "turbo": (_COLON,),
    "pnpm": (_COLON,),
    "stern": (_DASHED,),
    "lerna": (_COLON,),
    "cloudwatch": (_ISO_SIGN,),
    "timestamps": (_ISO_SIGN, _MARKED),
    "pm2-time": (_ISO_SIGN,),
    "ts": (_ISO_SIGN, _CLOCK_SIGN, _MONTH_SIGN, _DIGIT, _BRACKET),
}
"""Wrapper → the signs it needs, any one of the alternatives in full."""


def _signs(visible: str) -> int:
    first = visible[0]
    signs = 0
    if first == "[":
        signs = _BRACKET
    elif first == "<":
        signs = _ANGLE
    elif first.isdigit():
        if visible[4:5] == "-" and visible[13:14] == ":":
            signs = _ISO_SIGN
        else:
            signs = _CLOCK_SIGN if visible[2:3] == ":" else _DIGIT
    elif first == "\ufeff":
        signs = _MARKED
    elif not (first.isalpha() or first in "@."):
        return 0
    elif visible[:3] in _MONTHS or visible[:4] in ("Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "):
        signs = _MONTH_SIGN
    if "|" in visible or "│" in visible:
        signs |= _BAR
    if "\t" in visible:
        signs |= _TAB
    if signs & (_BRACKET | _ISO_SIGN | _CLOCK_SIGN | _ANGLE) == 0:
        if ": " in visible or "$ " in visible:
            signs |= _COLON
        if "-" in visible:
            signs |= _DASHED
    return signs


def _candidates(visible: str) -> tuple[_Kind, ...]:
    signs = _signs(visible)
    known = _BY_SIGNS.get(signs)
    if known is None:
        known = tuple(kind for kind in _KINDS if any(signs & needed == needed for needed in _NEEDS[kind.name]))
        _BY_SIGNS[signs] = known
    return known


# Heads of bare text records, told apart from every wrapper by one match: asctime's comma, a level or a dash behind the
# time, a level in front. Text logs have hardly any other lines.
_DATED = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
_UPPER = r"(?:TRACE|DEBUG|INFO|SUCCESS|WARN|WARNING|ERROR|CRITICAL|FATAL)"
_HEAD = (
    rf"{_DATED}(?:,\d|(?:\.\d{{1,6}})?(?:Z|[+-]\d\d:?\d\d)?\s+"
    rf"(?:[-|] |\[?(?:{_UPPER}|trace|debug|info|warn|warning|error|critical|fatal)\b))|"
    rf"\[?{_UPPER}\b(?! *\|)|"
    rf"\[{_DATED}(?:,\d|[^ \]]* ?(?:[+-]\d{{4}})?\] (?:\[|{_UPPER}))"
)
_BARE = re.compile(_HEAD + r"|Traceback \(most|[ \t]")
BARE_HEAD = re.compile(_HEAD.encode("ascii"))
"""A line that surely begins a record of text without a wrapper."""


# Behind a wrapper the same, narrower: a level in brackets or before a blank is no name of a process or pod either.
_SURELY_BARE = re.compile(
    rf"{_DATED}(?:,\d|(?:\.\d{{1,6}})?(?:Z|[+-]\d\d:?\d\d)? \[?{_UPPER}(?:\]| (?![|])))[^\t\x1b]*\Z", re.DOTALL
)


def is_bare(text: str) -> bool:
    """Whether a line surely has no wrapper in front; one pattern, true for most lines of text logs."""
    return _BARE.match(text) is not None


def strip(
    text: str,
    near: Near,
    seen: Seen,
    offset: int | None,
    is_record: Callable[[str], bool],
    *,
    depth: int = 0,
    timed: bool = False,
) -> tuple[Stripped | None, str | None]:
    """One prefix taken off `text`.

    is_record  whether a text is a log record by itself: what an unsure prefix needs behind it
    depth      prefixes that stand in front of this one; behind the fourth nothing is looked for
    timed      `ts` was taken off already: a second bare time is the line's own, unless a third follows
    return     (the stripped line or None, the name of an unsure wrapper that this line proves)
    """
    if _SURELY_BARE.match(text) is not None and (timed or not seen.knows("ts", offset)):
        return None, None
    colored = "\x1b" in text[:_LONGEST]
    visible = strip_ansi(text[: _LONGEST * 2]) if colored else text[:_LONGEST]
    if not visible:
        return None, None
    for kind in _candidates(visible):
        match = kind.pattern.match(visible, 0, _LONGEST)
        if match is None or (kind.fits is not None and not kind.fits(match)):
            continue
        rest = text[match.end() :] if not colored else _after(text, match.end())
        proof = None
        if (
            kind.sure is not None
            and not kind.sure(match)
            and not (seen.knows(kind.name, offset) and not (timed and kind.name == "ts"))
        ):
            if not _proves(kind, match, rest, is_record, depth):
                continue
            proof = kind.name
        sure = kind.sure is None or kind.sure(match)
        return Stripped(_wrapper(kind.name, match, near), rest, match.groupdict().get("flag") == "P", sure), proof
    return None, None


def may_be_wrapped(text: str) -> bool:
    """Whether an unsure prefix stands in front, so that later lines may show that it is one."""
    visible = strip_ansi(text[: _LONGEST * 2])
    if not visible:
        return False
    for kind in _candidates(visible):
        if kind.sure is not None and kind.name not in ("ts", "lerna"):
            match = kind.pattern.match(visible, 0, _LONGEST)
            if match is not None and (kind.fits is None or kind.fits(match)):
                return True
    return False


def _proves(kind: _Kind, match: re.Match[str], rest: str, is_record: Callable[[str], bool], depth: int) -> bool:
    """Whether what stands behind an unsure prefix shows that it is one."""
    inner = strip_ansi(rest)
    if inner.startswith("{"):
        return is_record(inner)
    if inner.startswith("Traceback (most recent call last):"):
        return True  # no logger writes its head in front of a traceback's first line
    if kind.name in ("lerna", "concurrently-pid"):
        return False
    if depth < DEEPEST:
        behind = strip(rest, clock.HERE, Seen(), None, is_record, depth=depth + 1)[0]
        # `time [name] LEVEL: message` is one logger's head, and no prefix behind a prefix.
        if behind is not None and not (
            kind.name == "ts" and behind.wrapper.name == "concurrently" and _is_level(behind)
        ):
            return True
    if kind.name == "ts":
        # A time directly behind a time; a level would do in any layout.
        if inner[:1] == "[" and pretty.read(inner) is not None:
            return True
        between = _TIMED_INSIDE.match(inner)
        found = clock.scan(inner[between.end() if between else 0 :].lstrip("["))
        return found is not None and found[0].kind not in (TimeKind.TIME_ONLY, TimeKind.EPOCH_S, TimeKind.EPOCH_MS)
    if "." in match["name"] and not _numbered(match):
        return False
    return is_record(inner)


def _is_level(behind: Stripped) -> bool:
    """Whether a level and a colon stand behind a prefix that names no time of its own."""
    return behind.wrapper.time is None and _LEVEL_COLON.match(strip_ansi(behind.rest)) is not None


def _after(text: str, visible: int) -> str:
    """What stands behind the first `visible` characters that show, and behind a color reset there."""
    at = shown = 0
    while shown < visible and at < len(text):
        code = ANSI.match(text, at) if text[at] == "\x1b" else None
        if code is not None:
            at = code.end()
        else:
            at += 1
            shown += 1
    while (reset := _RESET.match(text, at)) is not None:
        at = reset.end()
    return text[at:]


@lru_cache(maxsize=1024)
def service_of(instance: str) -> str:
    """The service of a numbered name: `scheduler-1`, `scheduler_1`, `optimizer.1`, `web.1.x8f@node` → without."""
    name = instance.split("@", 1)[0] if "@" in instance and not instance.startswith("@") else instance
    name = re.sub(r"\.(\d+)\.[a-z0-9]{10,}$", r".\1", name)
    return re.sub(r"[-_.]\d+$", "", name) or name


_GENERIC = frozenset(("app", "main", "server", "container", "service", "web", "api", "worker"))


def workload_of(pod: str, container: str) -> str:
    """The service of a pod: its container, or where that is called `app` or the like, the pod's owner."""
    if container not in _GENERIC:
        return container
    owner = re.sub(r"(?:-[a-f0-9]{6,10})?-[a-z0-9]{5}$|-\d+$", "", pod)
    return owner or container


def _wrapper(name: str, match: re.Match[str], near: Near) -> Wrapper:
    part = match.groupdict()
    time = _time(part.get("time"), near)
    instance = part.get("name")
    service: str | None
    if instance is None or instance == "-":
        service = instance = None
    elif name in ("kubectl", "stern"):
        service = workload_of(part["pod"] or "", instance)
        instance = f"{part['pod']}/{instance}"
    elif name == "turbo":
        service = re.sub(r"[:#].*$", "", re.sub(r"^@[^/]+/", "", instance))
    elif name in ("pnpm", "lerna"):
        service = instance.rsplit("/", 1)[-1]
    elif name in ("syslog", "syslog-5424"):
        service = instance.removesuffix(".service")
    else:
        service = service_of(instance)
    if name == "gh-run-view":
        instance = f"{part['job']}/{part['step']}"
    pid, pri = part.get("pid"), part.get("pri")
    host = part.get("host")
    level: Level | None = levels.SYSLOG[int(pri) % 8] if pri else None
    return Wrapper(
        name,
        service=service,
        instance=instance,
        time=time,
        stream=part.get("stream"),
        host=host if host not in (None, "-") else None,
        pid=int(pid) if pid and pid.isdecimal() else None,
        level=level,
    )


def _time(text: str | None, near: Near) -> Time | None:
    if not text or text == "-":
        return None
    found = clock.scan(text, 0, near)
    return found[0] if found is not None else None


def joined(layers: list[Wrapper]) -> Wrapper | None:
    """Nested wrappers as one: names from the outside in, of everything else the innermost that is known."""
    if not layers:
        return None
    if len(layers) == 1:
        return layers[0]
    inner = list(reversed(layers))

    def known(name: str) -> object:
        return next((value for layer in inner if (value := getattr(layer, name)) is not None), None)

    return Wrapper(
        "+".join(layer.name for layer in layers),
        **{name: known(name) for name in ("service", "instance", "time", "stream", "host", "pid", "level")},  # type: ignore[arg-type]
    )
