"""LV0xx: is one record one line of strict JSON?"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from logview.decode import marks
from logview.standard.model import Options, Regex, Severity
from logview.standard.pattern import pattern
from logview.standard.rules.registry import Hit, Late, Mode, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

MAX_WAITING = 10_000
DECIDE_AFTER = 1_000

_ACCESS = re.compile(r'"[A-Z]+ \S+(?: HTTP/[\d.]+)?"\s+\d{3}\b')
_LOOKS_LIKE = {
    "console.log": "an object printed with console.log",
    "value": "a bare value, printed",
    "warning": "a warning of the Python warnings module",
    "repr": "a Python object, printed",
    "banner": "a start-up banner of a tool or server",
    "error": "an error object, printed",
}


class Unstructured(Options, frozen=True):
    """Options of LV001."""

    ignore: tuple[Regex, ...] = ()


def is_block(seen: Seen) -> bool:
    """Whether the record is a crash, a bare traceback or a logging fault rather than a line somebody wrote."""
    own = seen.record.marks
    return bool(own) and any(marks.has(own, name) for name in (marks.BARE_TRACEBACK, marks.CRASH, marks.LOGGING_FAULT))


def is_broken_json(seen: Seen) -> bool:
    """Whether the record starts like JSON and is not strict JSON."""
    return marks.has(seen.record.marks, marks.NOT_JSON)


def _reason(seen: Seen) -> str:
    text = seen.record.first
    looks = marks.details(seen.record.marks, marks.PLAIN)
    if looks and looks[0] in _LOOKS_LIKE:
        return _LOOKS_LIKE[looks[0]]
    if marks.has(seen.record.marks, marks.ACCESS) or _ACCESS.search(text):
        return "an access line of the server, written past the logger"
    if seen.is_text:
        return "written by another logger or formatter than the rest"
    if seen.stream_family == "python":
        return "looks like print, or like logging.lastResort: no handler on the root logger"
    return "looks like console.log or print"


@rule("LV001", "unstructured-line", Severity.WARN, scope="S", options=Unstructured)
class UnstructuredLine(Tracker):
    r"""A line of plain text, or a text line in a stream of JSON records.

    Why: Nothing can filter, correlate or count a line that has no fields; a bare line of a Python service usually means
    that no handler is configured and every record below WARNING is lost (GitLab "Logging development guidelines": use
    structured logging; measured: uvicorn without log config writes `log.warning` through logging.lastResort).

    Bad:
        {"level":30,"time":1748938500700,"service":"scheduler","msg":"job scheduled"}
        plain console.log from the scheduler
        {"level":30,"time":1748938501400,"service":"scheduler","msg":"queue depth sampled"}

    Bad:
        {"time": "2025-06-03T08:15:34.300Z", "level": "info", "service": "optimizer", "message": "solve requested"}
        INFO:     127.0.0.1:57868 - "GET /solve/job-7f3a HTTP/1.1" 200 OK
        {"time": "2025-06-03T08:15:35.700Z", "level": "info", "service": "optimizer", "message": "solve finished"}

    Good:
        {"level":30,"time":1748938500700,"service":"scheduler","msg":"job scheduled"}

    Good:
        2025-06-03 08:15:10,500 INFO optimizer.solver plan
          line two of the same record

    Options:
        ignore  regular expressions; a line that one of them finds is left alone

    Pino: write through the logger instead of `console.log`; give middleware the same logger
    Python: add a handler with the JSON formatter to the root logger, pass `log_config` to uvicorn, and call
    `logging.captureWarnings(True)`
    """

    mode: ClassVar[Mode] = "text"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._ignore = [pattern(text) for text in options.ignore]
        self._json = 0
        self._all = 0
        self._waiting: list[tuple[Place, Hit]] = []

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """A plain line at once; a text-layout line once it is known whether the stream is mostly JSON."""
        if seen.is_json or is_broken_json(seen):
            self._json += times
            self._all += times
            return ()
        if is_block(seen) or not seen.record.first.strip():
            return ()
        self._all += 1
        if not seen.is_text:
            return () if self._ignored(seen) else (self._hit(seen),)
        if self._all >= DECIDE_AFTER or len(self._waiting) >= MAX_WAITING:
            self._decide()
            return (self._hit(seen),) if self._is_mostly_json and not self._ignored(seen) else ()
        if not self._ignored(seen):
            self._waiting.append((seen.place(), self._hit(seen)))
        return ()

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same; of the text lines only those are looked at that may be hits."""
        is_json = rows.where(lambda one: one.seen.is_json or is_broken_json(one.seen))
        counted = is_json | rows.where(lambda one: not is_block(one.seen) and bool(one.seen.record.first.strip()))
        json, all_of = self._json + is_json.cumsum(), self._all + counted.cumsum()
        others = counted & ~is_json
        if self._all >= DECIDE_AFTER and not self._waiting:
            others &= ~rows.where(lambda one: one.seen.is_text) | ((json * 2 >= all_of) & (json > 0))
        for row in others.nonzero()[0].tolist():
            # `see` counts the record itself.
            self._json, self._all = int(json[row]), int(all_of[row]) - 1
            for hit in self.see(rows.seen(row)):
                yield row, hit
        self._json, self._all = int(json[-1]), int(all_of[-1])

    def finish(self) -> None:
        """Decide about the text lines that waited."""
        self._decide()

    @property
    def _is_mostly_json(self) -> bool:
        return self._json * 2 >= self._all > 0 and self._json > 0

    def _decide(self) -> None:
        if self._is_mostly_json:
            for place, hit in self._waiting:
                self.late(place, hit)
        self._waiting.clear()

    def _ignored(self, seen: Seen) -> bool:
        return any(one.search(seen.record.first) for one in self._ignore)

    def _hit(self, seen: Seen) -> Hit:
        where = "a text line among JSON records" if seen.is_text else "a line without any structure"
        return Hit(f"{where}: {_reason(seen)}", found=seen.record.first)


class InvalidJson(Options, frozen=True):
    """Options of LV002."""

    allow_nonfinite: bool = False


@rule("LV002", "invalid-json", Severity.ERROR, needs="head", options=InvalidJson)
def invalid_json(seen: Seen, options: InvalidJson) -> Iterator[Hit]:
    r"""A line that starts like a JSON record and is not strict JSON.

    Why: Strict parsers drop the line. Python's json writes `NaN` and `Infinity` unless told not to (RFC 8259 section 6:
    "Numeric values that cannot be represented in the grammar … are not permitted").

    Bad:
        {"level":"info","time":"2025-06-03T08:15:41.300Z","cost": Infinity,"message":"solution found"}
        {"level":30,"time":1748938500700,"msg":"job sched

    Bad:
        {"level":30,"time":1748938500700,"msg":"a job"}{"level":30,"time":1748938500701,"msg":"b job"}

    Good:
        {"level":30,"time":1748938500700,"id":18446744073709551617,"note":"NaN","msg":"large number"}

    Options:
        allow_nonfinite  accept NaN, Infinity and -Infinity

    Pino: write one object and one line end per record, and never build the line by hand
    Python: replace non-finite numbers before logging and pass `allow_nan=False` to `json.dumps`
    """
    if not is_broken_json(seen):
        return
    reasons = marks.details(seen.record.marks, marks.NOT_JSON)
    if options.allow_nonfinite and reasons and set(reasons) <= {"NaN", "Infinity"}:
        return
    yield Hit(f"starts like a JSON record and is none: {', '.join(reasons) or 'syntax'}", found=seen.record.first)


CORE_DUPLICATES = frozenset(
    {"time", "timestamp", "@timestamp", "ts", "asctime", "level", "levelname", "severity", "log.level", "service",
     "logger", "function", "funcName", "message", "msg", "err", "error", "pid", "hostname", "name"}
)  # fmt: skip


@rule("LV003", "duplicate-key", Severity.WARN, needs="head")
def duplicate_key(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A core key or an id twice in one record.

    Why: Parsers keep the last value, some the first, some refuse: what the record says depends on the reader (RFC 8259
    section 4: names "SHOULD be unique"). pino writes a child's binding and the call's own key one after the other.

    Bad:
        {"level":30,"time":1748938553200,"jobId":"job-7f3a","jobId":"job-9","msg":"job moved"}

    Good:
        {"level":30,"time":1748938556700,"jobId":"job-7f3a","job_id":"job-7f3a","msg":"two spellings are two keys"}

    Pino: do not bind a key in `child()` that a call passes again, and do not pass `msg` in the object
    Python: merge `extra` into one dictionary before it is written
    """
    for key in duplicates(seen):
        if key in CORE_DUPLICATES or seen.id_keys.concept_of(key) is not None:
            yield Hit(f'the key "{key}" stands twice in the record', field=key, found=key)
            return


def duplicates(seen: Seen) -> dict[str, list[Any]]:
    """Top-level keys that stand more than once → all their values, in order."""
    values: dict[str, list[Any]] = {}
    for key, value in seen.record.pairs:
        values.setdefault(key, []).append(value)
    return {key: found for key, found in values.items() if len(found) > 1}


class MultiLine(Options, frozen=True):
    """Options of LV004."""

    max_lines: int = 1


@rule("LV004", "multi-line-record", Severity.WARN, needs="head", options=MultiLine)
def multi_line_record(seen: Seen, options: MultiLine) -> Iterator[Hit]:
    r"""A record over several physical lines. Info instead of warn where the record says that it is a development run.

    Why: Collectors split at the line end, and the rest of the record arrives as records of its own (The Twelve-Factor
    App,
    XI "Logs": one event per line; GitLab: multi-line records are hard to search).

    Bad:
        2025-06-03 08:16:09,300 ERROR optimizer.solver solve failed
        Traceback (most recent call last):
          File "/srv/app/optimizer/solve.py", line 2, in solve
        KeyError: 'cost'

    Good:
        {"level":30,"time":1748938574200,"plan":"a\nb\nc","msg":"escaped newlines"}

    Options:
        max_lines  physical lines a record may have

    Pino: remove pino-pretty from this stream
    Python: use a JSON formatter, so that the traceback becomes a string in `err.stack`
    """
    rest = seen.record.rest.rstrip()
    if not rest or seen.is_plain or is_block(seen):
        return
    lines = 2 + rest.count("\n")
    if lines > options.max_lines:
        env = seen.data.get("env")
        severity = Severity.INFO if env in ("dev", "development", "local", "test") else None
        yield Hit(f"the record is {lines} lines long", found=f"{lines} lines", severity=severity)


@rule("LV005", "ansi-escape", Severity.INFO, needs="head", once=True)
def ansi_escape(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""Color codes in a file or pipe.

    Why: They break searches and hide text from whoever reads the file raw (OWASP ASVS 5.0, 16.4.1: encode log output).

    Bad:
        2025-06-03 08:57:32,311 ␛[32mINFO␛[39m optimizer.solver solve started

    Good:
        {"level":30,"time":1748938583300,"msg":"code \\x1b[32m spelled out"}

    Pino: set `colorize` only when stdout is a terminal
    Python: pass `--no-use-colors` to uvicorn, and use a color formatter only on a terminal
    """
    record = seen.record
    if "\x1b" in record.first or "\x1b" in record.rest:
        yield Hit("color codes are written into the log", found="ESC", key="")


@rule("LV006", "logger-fault", Severity.ERROR, needs="head")
def logger_fault(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""The logging library reports its own failure; the record itself is lost.

    Why: A call with too few arguments prints this block instead of the record (Python "Logging HOWTO", "Exceptions
    raised during logging").

    Bad:
        --- Logging error ---
        Traceback (most recent call last):
          File "/usr/local/lib/python3.11/logging/__init__.py", line 1110, in emit
            msg = self.format(record)
        TypeError: not enough arguments for format string
        Call stack:
          File "/srv/app/optimizer/solve.py", line 4, in <module>
        Message: 'job %s took %d ms'
        Arguments: ('job-7f3a',)

    Good:
        2025-06-03 08:16:31,700 INFO optimizer.solver logging error budget: 3

    Pino: check the transport's destination: the worker reports that it cannot write
    Python: give the call as many arguments as its format has conversions
    """
    if not marks.has(seen.record.marks, marks.LOGGING_FAULT):
        return
    found = re.search(r"^Message: (.*)$", seen.record.rest, re.MULTILINE)
    yield Hit("the logging library failed to write a record", found=found[1] if found else seen.record.first)


class TooLarge(Options, frozen=True):
    """Options of LV007."""

    max_bytes: int = 16_384


@rule(
    "LV007",
    "record-too-large",
    Severity.WARN,
    needs="head",
    options=TooLarge,
    varies=lambda seen: seen.record.wrapper is not None,
)
def record_too_large(seen: Seen, options: TooLarge) -> Iterator[Hit]:
    r"""A line of more bytes than collectors keep in one piece.

    Why: Docker's json-file driver splits lines at 16 KiB (moby issue 34855), journald at 48 KiB; the pieces are no
    JSON.

    Config:
        [rules]
        LV007 = { max_bytes = 80 }

    Bad:
        {"level":30,"time":1748938610600,"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy","msg":"long"}

    Good:
        {"level":30,"time":1748938609900,"msg":"short"}

    Options:
        max_bytes  bytes of one line, without its end

    Pino: truncate the payload in a serializer and log its size
    Python: truncate the payload in a Filter and log its size
    """
    limit = options.max_bytes
    record = seen.record
    if record.size <= limit and not record.more and record.wrapper is None:
        return
    sizes = [len(line.encode("utf-8", "surrogatepass")) for line in record.text.split("\n")]
    size = max(sizes)
    if marks.LONG in record.marks:
        # Only its beginning was kept; what lies behind that shows in the record's own size.
        size += max(record.size + sum(run for _, run in record.more) - sum(sizes) - len(sizes), 0)
    if size > limit:
        yield Hit(f"the line has {size} bytes; {limit} are kept in one piece", found=f"{size} bytes")


class Mixed(Options, frozen=True):
    """Options of LV008."""

    min_share: float = 0.05
    min_records: int = 10


@rule("LV008", "mixed-format", Severity.WARN, scope="S", options=Mixed)
class MixedFormat(Tracker):
    r"""Two or more formats in one stream, each with a real share.

    Why: Every reader of the stream needs a parser per format (OWASP ASVS 5.0, 16.2.4: a common logging format).

    Config:
        [rules]
        LV008 = { min_records = 4 }

    Bad:
        {"level":30,"time":1748938611300,"msg":"solve started"}
        2025-06-03 08:16:52,000 INFO optimizer.solver solve finished
        {"level":30,"time":1748938612700,"msg":"solve started"}
        2025-06-03 08:16:53,400 INFO optimizer.solver solve finished

    Good:
        {"level":30,"time":1748938611300,"msg":"solve started"}
        {"level":30,"time":1748938612000,"msg":"solve finished"}
        {"level":30,"time":1748938612700,"msg":"solve started"}
        {"level":30,"time":1748938613400,"msg":"solve finished"}

    Options:
        min_share  share of records from which a format counts
        min_records  streams with fewer records are not judged

    Pino: send access logs and start-up messages through the same logger
    Python: give the server's own loggers (uvicorn, gunicorn, celery) the same formatter
    """

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._counts: Counter[str] = Counter()
        self._first: dict[str, Place] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count only."""
        if is_block(seen) or not seen.record.first.strip():
            return ()
        kind = layout_of(seen)
        self._counts[kind] += times
        if kind not in self._first:
            self._first[kind] = seen.place()
        return ()

    def finish(self) -> None:
        """Judge the shares."""
        total = self._counts.total()
        if total < self.options.min_records:
            return
        shares = [(n / total, kind) for kind, n in self._counts.most_common() if n / total >= self.options.min_share]
        if len(shares) < 2:
            return
        text = ", ".join(f"{kind} {share:.0%}" for share, kind in shares)
        latest = max((self._first[kind] for _, kind in shares), key=lambda place: place.line)
        self.late(latest, Hit(f"the stream mixes {len(shares)} formats: {text}", found=text))


def layout_of(seen: Seen) -> str:
    """The format as LV008 counts it: all JSON dialects are one, a server's access lines belong to its layout.

    Text layouts of formatter strings have one decoder; they differ by what stands around time and level.
    """
    record = seen.record
    if seen.is_json or is_broken_json(seen):
        return "json"
    if seen.is_plain:
        return "plain"
    return f"text {record.layout}" if record.layout else record.format.removesuffix("-access")
