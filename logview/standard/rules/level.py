"""LV2xx: does the level say how bad it is?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar

from logview.record import Level
from logview.standard.keys import STATUS_KEYS, STATUS_VALUES
from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import CrossTracker, Hit, Late, Mode, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

MAX_TEMPLATES = 20_000
MAX_FATAL = 1_000

VOCABULARY = frozenset({"trace", "debug", "info", "warn", "warning", "error", "fatal", "critical"})
UNDECIDED = frozenset({"notice", "verbose", "err", "emerg", "alert", "crit", "emergency", "severe"})
"""Names of syslog and of other loggers: known, mapped, and left to the team."""
STANDARD_NAMES = frozenset({"trace", "debug", "info", "warn", "error", "fatal"})


@rule("LV201", "level-missing", Severity.ERROR, needs="message")
def level_missing(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A record without a level, and nothing to derive it from.

    Why: It cannot be filtered or alerted on (OpenTelemetry logs data model "SeverityNumber"; ECS logging spec:
    `log.level`
    is required).

    Bad:
        {"time":1748938500700,"msg":"no level"}

    Bad:
        2025-06-03 08:20:22,700 - optimizer.solver - cost model loaded

    Good:
        {"severity":"INFO","time":1748938824100,"msg":"model loaded"}

    Pino: log through a level method, and keep `level` in `formatters.level`
    Python: add `%(levelname)s` to the format
    """
    if seen.is_plain or seen.level is not None or seen.status is not None:
        return
    if seen.record.level_written in (None, ""):
        yield Hit("the record has no level", field=seen.record.level_key or "level")


class Vocabulary(Options, frozen=True):
    """Options of LV202."""

    allowed: tuple[str, ...] = ()


@rule("LV202", "level-unknown", Severity.WARN, needs="head", options=Vocabulary)
def level_unknown(seen: Seen, options: Vocabulary) -> Iterator[Hit]:
    r"""A level outside the vocabulary of pino and Python logging.

    Why: Every reader must guess how bad it is (OpenTelemetry logs data model, "Mapping of SeverityNumber").

    Bad:
        {"level":35,"time":1748938829700,"msg":"user deleted job"}

    Bad:
        2025-06-03 08:58:46.617 | SUCCESS  | planner:plan:25 - solved

    Good:
        {"level":"Warn","time":1748938500700,"msg":"case does not matter here"}

    Options:
        allowed  further level names or numbers the team declared

    Pino: use one of the six levels, or declare the custom level in `allowed`
    Python: use one of the five levels, or declare the `addLevelName` name in `allowed`
    """
    written = seen.record.level_written
    if seen.is_plain or written is None or written == "" or isinstance(written, bool | dict | list):
        return
    if isinstance(written, int | float):
        known = written in (10, 20, 30, 40, 50, 60)
    else:
        name = str(written).strip().lower()
        known = name in VOCABULARY or name in UNDECIDED or name in {"10", "20", "30", "40", "50", "60"}
    if not known and str(written).strip().lower() not in {name.lower() for name in options.allowed}:
        yield Hit(f"{written!r} is no known level", field=seen.record.level_key, found=str(written))


class Spelling(Options, frozen=True):
    """Options of LV203."""

    style: str = "lower-name"
    accept_numbers: bool = True


@rule("LV203", "level-spelling", Severity.INFO, needs="head", options=Spelling, once=True)
def level_spelling(seen: Seen, options: Spelling) -> Iterator[Hit]:
    r"""A level that is not written as one of trace, debug, info, warn, error, fatal.

    Why: `40`, `WARNING` and `warn` are three values to a dashboard (even the two ECS libraries differ).

    Bad:
        {"time": "2025-06-03T08:20:44.400Z", "level": "WARNING", "message": "time limit close"}

    Good:
        {"level":30,"time":1748938849300,"msg":"numbers are accepted"}

    Options:
        style  "lower-name"
        accept_numbers  pino's numbers do not fire

    Pino: set `formatters: { level: (label) => ({ level: label }) }` (not together with `transport.targets`)
    Python: write lower-case names, WARNING as warn and CRITICAL as fatal, in the formatter
    """
    written = seen.record.level_written
    if not seen.is_json or written is None or written == "" or isinstance(written, bool | dict | list):
        return
    if isinstance(written, int | float):
        if not options.accept_numbers:
            yield Hit(f"the level is the number {written}", field=seen.record.level_key, found=str(written))
    elif written not in STANDARD_NAMES:
        name = seen.level.text if seen.level is not None else "a standard name"
        yield Hit(
            f"the level is spelled {written!r} instead of {name!r}",
            field=seen.record.level_key,
            found=str(written),
        )


@rule(
    "LV207",
    "http-status-level",
    Severity.WARN,
    needs="message",
    varies=lambda seen: not STATUS_KEYS.isdisjoint(seen.data),
    reads=STATUS_VALUES,
)
def http_status_level(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""The level does not follow the HTTP status: 5xx is error, 4xx is warn.

    Why: pino-http logs 404 and 500 at info unless told otherwise (measured with pino-http 11).

    Bad:
        {"level":30,"time":1748938957100,"req":{"id":"r-1","method":"GET","url":"/"},"res":{"statusCode":500},"msg":"request completed"}

    Bad:
        INFO:     127.0.0.1:57876 - "GET /boom HTTP/1.1" 500 Internal Server Error

    Good:
        {"level":40,"time":1748938962000,"req":{"id":"r-1","method":"GET","url":"/"},"res":{"statusCode":404},"msg":"request completed"}

    Pino: set `customLogLevel` in pino-http: error from 500, warn from 400
    Python: choose the level by status in the access formatter or middleware
    """
    level, status = seen.level, seen.status
    if level is None or status is None or status < 400:
        return
    if status >= 500 and level < Level.ERROR:
        yield Hit(f"status {status} at {level.text}; 5xx is an error", field=seen.record.level_key, found=str(status))
    elif status < 500 and level is not Level.WARN:
        yield Hit(f"status {status} at {level.text}; 4xx is a warning", field=seen.record.level_key, found=str(status))


@rule("LV208", "exception-below-warn", Severity.WARN, needs="head")
def exception_below_warn(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""An exception attached to a record at info or below.

    Why: Either the exception does not matter, then it is noise, or the level is wrong (OpenTelemetry semantic
    conventions,
    "Exceptions in logs": severity 17 and above).

    Bad:
        {"level":30,"time":1748938973900,"err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/app/client.js:41:11)"},"msg":"call failed"}

    Good:
        {"level":30,"time":1748938978100,"err":null,"errors":0,"error_rate":0.01,"msg":"checked"}

    Pino: log it with `.warn` or `.error`
    Python: log it with `.warning(…, exc_info=True)` or `.exception`
    """
    level = seen.level
    if level is None or level > Level.INFO or seen.is_plain:
        return
    if not seen.is_json:
        if seen.record.error is not None:
            yield Hit(f"a traceback at {level.text}", found=seen.record.error.type or "traceback")
        return
    for path, value in seen.errors:
        texts_count = path.rpartition(".")[2] in {"exc_info", "exception", "stack_trace", "exc_text"}
        texts_count = texts_count or path in _DOTTED
        if (isinstance(value, dict | list) and value) or (texts_count and isinstance(value, str) and value):
            yield Hit(f"an exception at {level.text}", field=path, found=_error_name(value))
            return


_DOTTED = frozenset(
    {"error.type", "error.message", "error.stack_trace", "exception.type", "exception.message", "exception.stacktrace"}
)
"""An error object written as keys of the record (ECS, OpenTelemetry)."""


def _error_name(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("type") or value.get("name") or value.get("message") or "exception")
    if isinstance(value, str):
        return value.strip().rpartition("\n")[2]
    return "exception"


_ENV_KEYS = frozenset({"env", "environment", "deployment.environment"})


class Production(Options, frozen=True):
    """Options of LV209."""

    env: tuple[str, ...] = ("production", "prod")
    grace: str = "14d"


@rule(
    "LV209",
    "debug-in-production",
    Severity.WARN,
    options=Production,
    needs="head",
    varies=lambda seen: not _ENV_KEYS.isdisjoint(seen.data),
    reads=_ENV_KEYS,
)
def debug_in_production(seen: Seen, options: Production) -> Iterator[Hit]:
    r"""A debug or trace record of a process that says it runs in production.

    Why: Cost, and details nobody meant to publish (Instrumentation Score specification, LOG-001).

    Bad:
        {"level":20,"time":1748938989300,"env":"production","msg":"queue depth sampled"}

    Good:
        {"level":20,"time":1748938996300,"env":"preproduction","msg":"queue depth sampled"}

    Options:
        env  values of `env` that mean production
        grace  how long debug may stay on while following live

    Pino: read the level from the environment and set LOG_LEVEL=info there
    Python: read the level from the environment and set LOG_LEVEL=INFO there
    """
    if seen.level is None or seen.level > Level.DEBUG or not seen.is_json:
        return
    data = seen.data
    deployment = data.get("deployment")
    nested = deployment.get("environment") if isinstance(deployment, dict) else None
    for key in ("env", "environment", "deployment.environment"):
        value = data.get(key) if key in data else (nested if key == "deployment.environment" else None)
        if isinstance(value, str) and value.strip().lower() in {name.lower() for name in options.env}:
            yield Hit(f"a {seen.level.text} record in {value}", field=key, found=value)
            return


class AfterFatal(Options, frozen=True):
    """Options of LV210."""

    after: Duration = "10s"


@rule("LV210", "fatal-not-final", Severity.WARN, scope="W", options=AfterFatal)
class FatalNotFinal(Tracker):
    r"""A fatal record, yet the same process goes on logging.

    Why: Fatal means that the process is about to exit; at 3 a.m. somebody believes it.

    Bad:
        {"level":60,"time":1748938501000,"pid":4711,"msg":"queue connection lost"}
        {"level":30,"time":1748938560000,"pid":4711,"msg":"job scheduled"}

    Good:
        {"level":60,"time":1748938501000,"pid":1,"msg":"queue connection lost"}
        {"level":30,"time":1748938560000,"pid":2,"msg":"job scheduled"}

    Options:
        after  how long the process may take to exit

    Pino: use `.error`, or exit after `.fatal`
    Python: use `.error`, or exit after `.critical`
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._after_ns = duration_ns(options.after)
        self._fatal: OrderedDict[int, list[tuple[int, Place]]] = OrderedDict()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Decide the process's earlier fatal records, then keep this one if it is fatal."""
        pid, ns = seen.record.pid, seen.record.time.ns
        if pid is not None and ns is not None:
            self._step(pid, ns, seen.place if seen.level is Level.FATAL else None)
        return ()

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same for the processes of which a fatal record waits or comes."""
        dying = {one.pid for one in rows.facts if one.is_fatal and one.pid is not None} | self._fatal.keys()
        if dying:
            for row in (rows.timed & rows.where(lambda one: one.pid in dying)).nonzero()[0].tolist():
                one = rows.facts[rows.kind[row]]
                place = (lambda row=row: rows.seen(row).place()) if one.is_fatal else None
                self._step(one.pid or 0, int(rows.ns[row]), place)
        return ()

    def _step(self, pid: int, ns: int, place: Callable[[], Place] | None) -> None:
        waiting = self._fatal.get(pid)
        if waiting:
            for at, fatal in waiting:
                if ns - at > self._after_ns:
                    self.late(fatal, Hit("the process goes on logging after this fatal record", found=f"pid {pid}"))
            self._fatal[pid] = [(at, fatal) for at, fatal in waiting if ns - at <= self._after_ns]
            if not self._fatal[pid]:
                del self._fatal[pid]
        if place is not None:
            self._fatal.setdefault(pid, [])[-8:] = [*self._fatal.get(pid, [])[-7:], (ns, place())]
            if len(self._fatal) > MAX_FATAL:
                self._fatal.popitem(last=False)


class Drift(Options, frozen=True):
    """Options of LV211."""

    min_count: int = 5


@rule("LV211", "level-drift", Severity.WARN, scope="X", options=Drift)
class LevelDrift(CrossTracker):
    r"""One message at two levels, in one service or across services.

    Why: A filter or alert on the level sees half of them.

    Config:
        [rules]
        LV211 = { min_count = 2 }

    Bad:
        {"level":40,"time":1748939019400,"msg":"optimizer call failed"}
        {"level":40,"time":1748939020100,"msg":"optimizer call failed"}
        {"level":50,"time":1748939023600,"msg":"optimizer call failed"}
        {"level":50,"time":1748939024300,"msg":"optimizer call failed"}

    Good:
        {"level":40,"time":1748939019400,"msg":"optimizer call failed"}
        {"level":50,"time":1748939023600,"msg":"optimizer call failed"}

    Options:
        min_count  records at each of two levels from which it counts

    Pino: give each outcome one call with one level
    Python: give each outcome one call with one level
    """

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._counts: OrderedDict[str, dict[Level, tuple[int, Place]]] = OrderedDict()
        self._files: dict[str, int] = {}
        """File → its number in the order in which they were read."""

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count only."""
        if seen.level is None or seen.is_plain or not seen.message or seen.status is not None:
            return ()
        self.add(seen.template, seen.level, times, seen.place())
        return ()

    def add(self, template: str, level: Level, times: int, place: Place) -> None:
        """Count `times` records, of which `place` is the first; kinds of records are counted late, in no order."""
        self._files.setdefault(place.file, len(self._files))
        levels = self._counts.get(template)
        if levels is None:
            levels = self._counts[template] = {}
            if len(self._counts) > MAX_TEMPLATES:
                self._counts.popitem(last=False)
        known = levels.get(level)
        if known is None:
            levels[level] = (times, place)
        else:
            levels[level] = (known[0] + times, min(known[1], place, key=self._order))

    def _order(self, place: Place) -> tuple[int, int]:
        return self._files[place.file], place.line

    def merge(self, other: LevelDrift) -> None:
        """Add the counts; the first place stays the first."""
        for template, levels in other._counts.items():
            for level, (count, place) in levels.items():
                self.add(template, level, count, place)

    def finish(self) -> None:
        """Judge every template."""
        for template, levels in self._counts.items():
            often = [(place, level, n) for level, (n, place) in levels.items() if n >= self.options.min_count]
            if len(often) >= 2:
                text = ", ".join(f"{n} × {level.text}" for _, level, n in sorted(often, key=lambda item: item[1]))
                place = max((place for place, _, _ in often), key=self._order)
                self.late(place, Hit(f"one message at several levels: {text}", found=template, key=template))


class Monotone(Options, frozen=True):
    """Options of LV212."""

    min_records: int = 1_000
    one_level_share: float = 0.95
    error_share: float = 0.20


@rule("LV212", "level-monotone", Severity.INFO, scope="S", options=Monotone)
class LevelMonotone(Tracker):
    r"""Nearly all records of a stream at one level, or too many errors.

    Why: A filter by level shows all or nothing.

    Config:
        [rules]
        LV212 = { min_records = 3 }

    Bad:
        {"level":30,"time":1748939019400,"msg":"tick"}
        {"level":30,"time":1748939020100,"msg":"tock"}
        {"level":30,"time":1748939021400,"msg":"tick"}
        {"level":30,"time":1748939022100,"msg":"tock"}

    Good:
        {"level":30,"time":1748939019400,"msg":"tick"}
        {"level":20,"time":1748939020100,"msg":"tock"}
        {"level":30,"time":1748939021400,"msg":"tick"}
        {"level":40,"time":1748939022100,"msg":"tock"}

    Options:
        min_records  streams with no more records than this are not judged
        one_level_share  share of one level from which it counts
        error_share  share of error and fatal above which it counts

    Pino: log loops at debug, state changes at info, what was handled at warn
    Python: log loops at debug, state changes at info, what was handled at warning
    """

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.counts: Counter[Level] = Counter()
        self._first: Place | None = None

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count only."""
        if seen.level is not None and not seen.is_plain:
            self.counts[seen.level] += times
            if self._first is None:
                self._first = seen.place()
        return ()

    def finish(self) -> None:
        """Judge the shares."""
        total = self.counts.total()
        if total <= self.options.min_records or self._first is None:
            return
        level, most = self.counts.most_common(1)[0]
        errors = self.counts[Level.ERROR] + self.counts[Level.FATAL]
        if errors / total > self.options.error_share:
            self.late(
                self._first, Hit(f"{errors / total:.0%} of {total:,} records are errors", found=f"{errors} errors")
            )
        elif most / total >= self.options.one_level_share:
            self.late(
                self._first, Hit(f"{most / total:.0%} of {total:,} records are at {level.text}", found=level.text)
            )
