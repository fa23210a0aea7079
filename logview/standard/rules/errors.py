"""LV5xx: does the error arrive, whole, once, and through the logger?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

import re
from collections import OrderedDict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar

from logview.decode import marks
from logview.record import Level
from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import Hit, Late, Mode, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.record import Fault
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Seen

MAX_REMEMBERED = 50_000
STACK_KEYS = ("stack", "stack_trace", "stackTrace", "stacktrace", "frames", "traceback")


class Exempt(Options, frozen=True):
    """Options of LV501."""

    exempt_events: tuple[str, ...] = ()


@rule("LV501", "error-without-cause", Severity.WARN, options=Exempt, needs="message")
def error_without_cause(seen: Seen, options: Exempt) -> Iterator[Hit]:
    r"""An error record without the error.

    Why: The stack is the only way back to the cause (OpenTelemetry semantic conventions, "Exceptions in logs").

    Bad:
        {"level":50,"time":1748939835600,"msg":"solve failed"}

    Good:
        {"level":50,"time":1748939839100,"err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/app/client.js:41:11)"},"msg":"solve failed"}

    Good:
        2025-06-03 08:37:19,800 ERROR optimizer.solver solve failed
        Traceback (most recent call last):
          File "/srv/app/optimizer/solve.py", line 2, in solve
        KeyError: 'cost'

    Options:
        exempt_events  messages (globs) of declared business errors that have no exception

    Pino: pass the error under `err`: `log.error({ err }, 'solve failed')`
    Python: use `log.exception("solve failed")`, or pass `exc_info=True`
    """
    if seen.level is None or seen.level < Level.ERROR or seen.is_plain or seen.has_error or seen.status is not None:
        return
    if any(fnmatchcase(seen.message, glob) for glob in options.exempt_events) or _lost(seen) is not None:
        return
    yield Hit(
        f"{'an error' if seen.level is Level.ERROR else 'a fatal'} record without the error",
        field="err",
        found=seen.message,
    )


class LostKeys(Options, frozen=True):
    """Options of LV502."""

    keys: tuple[str, ...] = ("err", "error", "e", "ex", "exc", "exception", "reason", "cause")


def _lost(seen: Seen, keys: tuple[str, ...] = LostKeys().keys) -> str | None:
    for prefix, place in (("", seen.data), ("payload.", seen.data.get("payload"))):
        if isinstance(place, dict):
            for key in keys:
                if place.get(key) == {}:
                    return prefix + key
    return None


@rule("LV502", "error-lost", Severity.ERROR, needs="head", options=LostKeys)
def error_lost(seen: Seen, options: LostKeys) -> Iterator[Hit]:
    r"""An empty object where the error should be.

    Why: An Error has no enumerable properties; only `err` has a serializer. Type, message and stack are gone
    (measured with
    pino 10: `log.error({ error: e }, …)` writes `"error":{}`).

    Bad:
        {"level":50,"time":1748939855200,"error":{},"msg":"job failed"}

    Good:
        {"level":50,"time":1748939858700,"error":null,"meta":{},"msg":"job failed"}

    Options:
        keys  keys under which an error is expected

    Pino: pass the error as `err`, or set `serializers: { error: pino.stdSerializers.err }`
    Python: pass the exception as `exc_info`, not its `__dict__`
    """
    key = _lost(seen, options.keys)
    if key is not None:
        yield Hit(f'the error under "{key}" was lost: it is an empty object', field=key, found="{}")


_IN_MESSAGE = re.compile(r":\s+(?:[A-Za-z_][\w.]*)?Error: \S")


@rule("LV503", "error-stringified", Severity.WARN, needs="message")
def error_stringified(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""The error as text: under its key, or joined to the message.

    Why: The stack and the type are lost (ruff TRY401).

    Bad:
        {"level":50,"time":1748939870600,"err":"ECONNREFUSED","msg":"job failed"}

    Bad:
        2025-06-03 08:37:52,700 ERROR optimizer.solver solve failed: ValueError: lower bound above upper bound

    Good:
        {"level":40,"time":1748939876900,"reason":"timeout","msg":"job late"}

    Pino: pass the error itself: `{ err }`, not `err.message` or `String(err)`
    Python: pass `exc_info=True`; do not format the exception into the message
    """
    if seen.is_plain:
        return
    if seen.is_json:
        for path, value in seen.errors:
            if path.rpartition(".")[2] in ("err", "error") and isinstance(value, str) and value.strip():
                yield Hit(f'the error under "{path}" is a text', field=path, found=value)
                return
    if "Error: " in seen.message and not seen.has_error:
        found = _IN_MESSAGE.search(seen.message.partition("\n")[0])
        if found:
            yield Hit(
                "the error is joined to the message", field=seen.record.message_key or "message", found=seen.message
            )


class StackLevel(Options, frozen=True):
    """Options of LV504."""

    min_level: str = "error"


@rule("LV504", "stack-missing", Severity.WARN, options=StackLevel, needs="head")
def stack_missing(seen: Seen, options: StackLevel) -> Iterator[Hit]:
    r"""An error object without a stack.

    Why: A thrown plain object, or a serializer that drops the stack; the cause cannot be found (OpenTelemetry:
    `exception.stacktrace` is recommended).

    Bad:
        {"level":50,"time":1748939887400,"err":{"type":"Object","message":"m","stack":""},"msg":"job failed"}

    Good:
        {"level":40,"time":1748939890200,"err":{"type":"Object","message":"m","stack":""},"msg":"job late"}

    Options:
        min_level  the level from which a stack is asked for

    Pino: throw an Error, not an object, and keep `pino.stdSerializers.err`
    Python: log inside `except` with `exc_info=True`
    """
    least = Level.__members__.get(options.min_level.upper(), Level.ERROR)
    if seen.level is None or seen.level < least or not seen.is_json:
        return
    stacked = any(
        path.rpartition(".")[2] in (*STACK_KEYS, "exc_info", "exc_text") and value for path, value in seen.errors
    )
    for path, value in seen.errors:
        if not isinstance(value, dict | list) or not value or stacked or path == "record.exception":
            continue
        objects = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else [value]
        if objects and not any(_has_stack(item) for item in objects):
            yield Hit(f'the error under "{path}" has no stack', field=f"{path}.stack", found=_summary(objects[0]))
            return
    dotted = {path: value for path, value in seen.errors if path.startswith("error.")}
    if dotted and "error.stack_trace" not in dotted and not isinstance(seen.data.get("error"), dict):
        yield Hit("the error has no stack", field="error.stack_trace", found=str(dotted.get("error.message", "")))


def _has_stack(error: dict[str, Any]) -> bool:
    return any(error.get(key) for key in STACK_KEYS)


def _summary(error: dict[str, Any]) -> str:
    kind = error.get("type") or error.get("name") or error.get("exc_type") or error.get("code") or "object"
    text = error.get("message") or error.get("exc_value") or ""
    return f"{kind}: {text}" if text else str(kind)


_FRAME_LINE = re.compile(r"^\s+at .*:\d+:\d+\)?\s*$", re.MULTILINE)


@rule("LV505", "stack-in-message", Severity.WARN, needs="message")
def stack_in_message(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A stack in the text of the message.

    Why: Every occurrence is another message, and the error's type and text cannot be counted.

    Bad:
        {"level":50,"time":1748939904200,"msg":"Error: boom\n    at dispatchJob (/srv/app/dist/dispatch.js:52:5)"}

    Good:
        {"level":30,"time":1748939907700,"msg":"traceback captured"}

    Pino: pass the error under `err`; do not log `err.stack`
    Python: pass `exc_info=True`; do not log `traceback.format_exc()`
    """
    message = seen.message
    if not seen.is_json or not message:
        return
    if "Traceback (most recent call last):" in message or (" at " in message and _FRAME_LINE.search(message)):
        yield Hit(
            "a stack in the message", field=seen.record.message_key or "message", found=message.partition("\n")[0]
        )


class Shape(Options, frozen=True):
    """Options of LV506."""

    key: str = "err"


@rule("LV506", "error-shape", Severity.INFO, options=Shape, once=True, needs="head")
def error_shape(seen: Seen, _options: Shape) -> Iterator[Hit]:
    r"""An error that is not `err: {type, message, stack}`.

    Why: One shape in all services lets one query count errors by type (OpenTelemetry `exception.*`; pino's `err`
    serializer).

    Bad:
        {"time":"2025-06-03T08:38:38.200Z","level":"error","message":"solve failed","exc_info":"Traceback (most recent call last):\n  File \"/srv/app/solve.py\", line 2, in solve\nKeyError: 'cost'"}

    Good:
        {"level":50,"time":1748939921000,"err":{"type":"Error","message":"m","stack":"Error: m\n    at x (/srv/a.js:1:2)","code":"E1"},"msg":"solve failed"}

    Options:
        key  the key asked for

    Pino: keep `pino.stdSerializers.err` and its key `err`
    Python: build `err` with type, message and stack in the formatter, and drop `exc_info` from the output
    """
    if not seen.is_json:
        return
    for path, value in seen.errors:
        key = path.rpartition(".")[2]
        if key in ("exc_info", "exception") and isinstance(value, str | dict | list) and value:
            yield Hit(f'the error stands under "{path}"', field=path, found=_first_text(value))
        elif key == "stack_trace" and isinstance(value, str) and value:
            yield Hit(f'the stack stands under "{path}"', field=path, found=_first_text(value))
        elif isinstance(value, dict) and value.get("stack_trace"):
            yield Hit(f'the stack stands under "{path}.stack_trace"', field=f"{path}.stack_trace",
                      found=_first_text(value["stack_trace"]))  # fmt: skip


def _first_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip().rpartition("\n")[2]
    return _summary(value[0]) if isinstance(value, list) and isinstance(value[0], dict) else str(value)


class Window(Options, frozen=True):
    """Options of LV507."""

    window: Duration = "1s"


@rule("LV507", "error-repeated", Severity.WARN, scope="W", options=Window)
class ErrorRepeated(Tracker):
    r"""One error of one job, logged again within a second.

    Why: Log-and-rethrow counts every error twice and hides where it was handled (ruff TRY family).

    Bad:
        {"level":50,"time":1748938500000,"job_id":"job-1a2b","err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/a.js:1:2)"},"msg":"solve failed"}
        {"level":50,"time":1748938500040,"job_id":"job-1a2b","err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/a.js:1:2)"},"msg":"dispatch failed"}

    Good:
        {"level":50,"time":1748938500000,"job_id":"job-1a2b","err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/a.js:1:2)"},"msg":"solve failed"}
        {"level":50,"time":1748938500040,"job_id":"job-2222","err":{"type":"Error","message":"refused","stack":"Error: refused\n    at call (/srv/a.js:1:2)"},"msg":"solve failed"}

    Options:
        window  how soon the same error counts as a repetition

    Pino: log at the boundary, and rethrow without logging
    Python: log at the boundary, and re-raise without logging
    """

    mode: ClassVar[Mode] = "error"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._window_ns = duration_ns(options.window)
        self._last: OrderedDict[tuple[str | None, ...], int] = OrderedDict()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Compare with the last time this job logged this error."""
        fault = seen.record.error
        if seen.is_plain or not _says_something(fault):
            return ()
        return self._compare(fault, seen.record.time.ns, seen.record.job_id or seen.id_of("job"))

    def _compare(self, fault: Fault | None, ns: int | None, job: str | None) -> Iterable[Hit]:
        if fault is None or ns is None or job is None:
            return ()
        key = (job, fault.type, fault.message, top_frame(fault))
        last = self._last.get(key)
        self._last[key] = ns
        self._last.move_to_end(key)
        if len(self._last) > MAX_REMEMBERED:
            self._last.popitem(last=False)
        if last is None or not 0 <= ns - last <= self._window_ns:
            return ()
        what = f"{fault.type}: {fault.message}" if fault.type else str(fault.message)
        return (Hit(f"the same error of this job {(ns - last) / 1e6:.0f} ms ago", field=fault.key, found=what),)

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same: of records with an error that says anything; all of a kind have the same."""
        for row in rows.where(lambda one: _says_something(one.seen.record.error)).nonzero()[0].tolist():
            job = rows.job(row)
            if job is None:
                continue
            if isinstance(job, str):
                ns = int(rows.ns[row]) if rows.timed[row] else None
                hits = self._compare(rows.facts[int(rows.kind[row])].seen.record.error, ns, job)
            else:
                hits = self.see(job)
            for hit in hits:
                yield row, hit


def _says_something(fault: Fault | None) -> bool:
    return fault is not None and (fault.type is not None or fault.message is not None)


def top_frame(fault: Fault) -> str | None:
    """The frame that raised: the last `File` line of a Python traceback, the first `at` of a V8 stack."""
    if fault.stack is None:
        return None
    lines = fault.stack.split("\n")
    python = [line.strip() for line in lines if line.lstrip().startswith('File "')]
    if python:
        return python[-1]
    return next((line.strip() for line in lines if line.lstrip().startswith("at ")), None)


@rule("LV508", "uncaught-outside-logger", Severity.ERROR, needs="head")
def uncaught_outside_logger(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A traceback or crash that never went through the logger.

    Why: It has no time, no level and no job: alerts do not see the worst record of all (OWASP ASVS 5.0, 16.5.4: a last
    resort error handler).

    Bad:
        Traceback (most recent call last):
          File "/srv/app/optimizer/main.py", line 15, in <module>
            main()
        RuntimeError: uncaught

    Bad:
        {"level":30,"time":1748939937100,"msg":"ready"}
        Exception in thread Thread-1 (poll):
        Traceback (most recent call last):
          File "/usr/local/lib/python3.11/threading.py", line 1045, in _bootstrap_inner
            self.run()
        ZeroDivisionError: division by zero

    Good:
        2025-06-03 08:39:01,300 ERROR optimizer.solver solve failed
        Traceback (most recent call last):
          File "/srv/app/optimizer/solve.py", line 2, in solve
        KeyError: 'cost'

    Pino: log in `process.on('uncaughtException')` at fatal, flush, and exit
    Python: log in `sys.excepthook` and `threading.excepthook`
    """
    own = seen.record.marks
    if marks.has(own, marks.BARE_TRACEBACK) or marks.has(own, marks.CRASH):
        fault = seen.record.error
        found = seen.record.first if fault is None or fault.type is None else f"{fault.type}: {fault.message or ''}"
        yield Hit("a crash past the logger", found=found)
