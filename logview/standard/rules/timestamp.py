"""LV1xx: can the record be placed in time?"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from logview.record import TimeKind
from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import Hit, Late, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Seen

MAX_PROCESSES = 4_096
YEAR_2001_NS = 978_307_200 * 10**9
DAY_NS = 86_400 * 10**9

_EPOCH_WRONG = {
    TimeKind.EPOCH_S: "seconds",
    TimeKind.EPOCH_US: "microseconds",
    TimeKind.EPOCH_NS: "nanoseconds",
}
_NOT_ACCEPTED = {
    TimeKind.LOCALE: "a date in the words of a locale",
    TimeKind.UNREADABLE: "no time that can be read",
    TimeKind.CLF: "the date of an access log",
    TimeKind.TIME_ONLY: "a time without a date",
}


def is_number(value: object) -> bool:
    """Whether a time was written as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class MissingTime(Options, frozen=True):
    """Options of LV101."""

    accept_wrapper_time: bool = True


@rule("LV101", "timestamp-missing", Severity.ERROR, needs="head", options=MissingTime)
def timestamp_missing(seen: Seen, options: MissingTime) -> Iterator[Hit]:
    r"""A record without a time, neither its own nor one from docker, CRI, journald or another wrapper.

    Why: It cannot be placed among the records of other streams (ECS logging spec: `@timestamp` is required; OWASP ASVS
    5.0, 16.2.1 "when"). python-json-logger without a format string writes the message and nothing else.

    Bad:
        {"level":30,"pid":4711,"hostname":"devbox","msg":"no clock"}

    Bad:
        WARNING:optimizer.solver:time limit close

    Good:
        {"level":30,"time":"2025-06-03T08:19:02.900Z","msg":"job scheduled"}

    Options:
        accept_wrapper_time  a time that the wrapper adds is enough

    Pino: remove `timestamp: false` from the options
    Python: pass `timestamp=True` to the JSON formatter, or add `%(asctime)s` to the format
    """
    if seen.is_plain:
        return
    kind = seen.record.time.kind
    if kind is TimeKind.NONE or (seen.record.time_from_wrapper and not options.accept_wrapper_time):
        yield Hit("the record has no time", field="time")


class TimeFormat(Options, frozen=True):
    """Options of LV102."""

    preferred: tuple[str, ...] = ("rfc3339-utc-ms",)
    accepted: tuple[str, ...] = ("epoch-ms", "rfc3339")


@rule("LV102", "timestamp-format", Severity.ERROR, options=TimeFormat, once=True, needs="head")
def timestamp_format(seen: Seen, options: TimeFormat) -> Iterator[Hit]:
    r"""A time in a notation that is accepted but not preferred (info) or not accepted at all (error).

    Why: RFC 3339 in UTC sorts as text, needs no zone table and reads the same to everybody (RFC 3339 section 5.1; OWASP
    Logging Cheat Sheet "international format"). `isoTime` costs pino 24 % of its throughput, so epoch ms is accepted.

    Bad:
        {"level":30,"time":"6/3/2025, 8:19:16 AM","msg":"job scheduled"}

    Bad:
        {"level":30,"time":1748938754800,"msg":"job scheduled"}

    Good:
        {"level":30,"time":"2025-06-03T08:19:19.000Z","msg":"job scheduled"}

    Options:
        preferred  notations that never fire: "rfc3339-utc-ms", "rfc3339", "epoch-ms"
        accepted  notations that are info instead of error

    Pino: set `timestamp: pino.stdTimeFunctions.isoTime`
    Python: write the time as RFC 3339 in UTC, with `datetime.fromtimestamp(record.created, timezone.utc)`
    """
    kind, written = seen.own_time, seen.record.time.written
    names: tuple[str, ...] = ()
    if kind is TimeKind.EPOCH_MS:
        names, what = ("epoch-ms",), "epoch milliseconds"
    elif kind is TimeKind.RFC3339:
        utc = seen.record.time.offset_s == 0
        names, what = (("rfc3339-utc-ms", "rfc3339") if utc else ("rfc3339",)), "RFC 3339 with another zone than UTC"
        what = "RFC 3339" if utc else what
    elif kind in _NOT_ACCEPTED and not (kind is TimeKind.CLF and seen.record.time.offset_s is None):
        if kind is TimeKind.UNREADABLE and is_number(written):
            return
        what = _NOT_ACCEPTED[kind]
    else:
        return
    if any(name in options.preferred for name in names):
        return
    accepted = any(name in options.accepted for name in names)
    severity = Severity.INFO if accepted else Severity.ERROR
    preferred = " or ".join(options.preferred)
    yield Hit(
        f"the time is {what}; {preferred} is {'preferred' if accepted else 'required'}",
        field=seen.record.time.key, found=str(written), severity=severity,
        key=f"{kind.value}{'' if names[:1] == ('rfc3339-utc-ms',) else '+offset'}",
    )  # fmt: skip


@rule("LV103", "timestamp-no-zone", Severity.ERROR, needs="head")
def timestamp_no_zone(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A date and time without a zone.

    Why: Python's asctime is the local time of the machine: the same instant reads 03:57 on one host and 08:57 on the
    next (OWASP ASVS 5.0, 16.2.2: synchronised time sources, UTC or with an offset).

    Bad:
        2025-06-03 08:19:31,600 INFO optimizer.solver solve started

    Bad:
        {"asctime": "2025-06-03 08:19:32,300", "levelname": "INFO", "message": "solve started"}

    Good:
        {"level":"info","time":"2025-06-03T10:15:00.000+02:00","message":"solve started"}

    Pino: use `isoTime` or epoch milliseconds, never `toLocaleString`
    Python: set `formatter.converter = time.gmtime` and end `datefmt` with a literal Z, or pass `utc=True` to
    structlog's TimeStamper
    """
    kind = seen.own_time
    zoneless = kind in (TimeKind.NAIVE, TimeKind.YEARLESS) or (
        kind is TimeKind.CLF and seen.record.time.offset_s is None
    )
    if zoneless:
        yield Hit("the time has no zone", field=seen.record.time.key, found=str(seen.record.time.written))


class TimeUnit(Options, frozen=True):
    """Options of LV104."""

    unit: str = "auto"


@rule("LV104", "timestamp-unit", Severity.WARN, options=TimeUnit, needs="head")
def timestamp_unit(seen: Seen, _options: TimeUnit) -> Iterator[Hit]:
    r"""A numeric time that is not milliseconds, or that lies before 2001 or after tomorrow.

    Why: A reader that expects milliseconds puts the record a thousand times too early or too late, silently.
    `pino.stdTimeFunctions.unixTime` writes seconds under the same key as `epochTime`.

    Bad:
        {"level":30,"time":1748938781,"msg":"seconds"}

    Bad:
        {"level":30,"time":86400000,"msg":"1970"}

    Good:
        {"level":30,"time":1748938782100,"msg":"milliseconds"}

    Options:
        unit  "auto": the unit is recognised by the number's size

    Pino: use `pino.stdTimeFunctions.epochTime` or `isoTime`, not `unixTime`
    Python: write `int(record.created * 1000)`, or RFC 3339
    """
    kind, stamp = seen.own_time, seen.record.time
    if seen.is_json and not is_number(stamp.written):
        return
    if stamp.key is not None and stamp.key.startswith("record."):
        return
    if kind is TimeKind.UNREADABLE and is_number(stamp.written):
        yield Hit("the number is no time between 2001 and tomorrow", field=stamp.key, found=str(stamp.written))
    elif kind in _EPOCH_WRONG:
        message = f"the time is in {_EPOCH_WRONG[kind]}; numbers are read as milliseconds"
        yield Hit(message, field=stamp.key, found=str(stamp.written))
    elif kind is TimeKind.EPOCH_MS and stamp.ns is not None:
        if stamp.ns < YEAR_2001_NS:
            yield Hit("the time lies before 2001", field=stamp.key, found=str(stamp.written))
        elif stamp.ns > time.time_ns() + DAY_NS:
            yield Hit("the time lies in the future", field=stamp.key, found=str(stamp.written))


class Resolution(Options, frozen=True):
    """Options of LV105."""

    min_digits: int = 3


_WITH_FRACTION = frozenset(
    {TimeKind.RFC3339, TimeKind.NAIVE, TimeKind.CLF, TimeKind.TIME_ONLY, TimeKind.YEARLESS, TimeKind.LOCALE}
)


@rule("LV105", "timestamp-resolution", Severity.WARN, needs="head", options=Resolution, once=True)
def timestamp_resolution(seen: Seen, options: Resolution) -> Iterator[Hit]:
    r"""A time without milliseconds.

    Why: Records of two services within one second cannot be put in order.

    Bad:
        {"level":"info","time":"2025-06-03T08:15:00Z","message":"solve started"}

    Good:
        {"level":"info","time":"2025-06-03T08:15:00.000Z","message":"solve started"}

    Options:
        min_digits  digits of the fraction of a second

    Pino: use `isoTime` or `epochTime`
    Python: add `.%(msecs)03d` after `%(asctime)s`
    """
    stamp = seen.record.time
    if seen.own_time in _WITH_FRACTION and stamp.digits < options.min_digits:
        digits = f"{stamp.digits} digits" if stamp.digits else "no digits"
        message = f"the time has {digits} after the second; {options.min_digits} are asked for"
        yield Hit(message, field=stamp.key, found=str(stamp.written), key="")


class TimeKey(Options, frozen=True):
    """Options of LV106."""

    key: str = "time"


@rule("LV106", "timestamp-key", Severity.INFO, needs="head", options=TimeKey, once=True)
def timestamp_key(seen: Seen, options: TimeKey) -> Iterator[Hit]:
    r"""The time stands under another key than `time`.

    Why: One name per concept in all services; every other name is a rule in somebody's collector.

    Bad:
        {"level":30,"@timestamp":"2025-06-03T08:19:54.000Z","msg":"solve started"}

    Good:
        {"level":30,"time":"2025-06-03T08:19:54.000Z","msg":"solve started"}

    Options:
        key  the key asked for

    Pino: keep the default key, or return `,"time":"…"` from the `timestamp` function
    Python: rename the field with `rename_fields={"asctime": "time"}`
    """
    key = seen.record.time.key
    if not seen.is_json or key is None or seen.own_time is TimeKind.NONE:
        return
    data = seen.data
    if key != options.key and key in data and options.key not in data:
        yield Hit(f'the time stands under "{key}" instead of "{options.key}"', field=key, found=key)


class Skew(Options, frozen=True):
    """Options of LV107."""

    max_skew: Duration = "5s"


@rule(
    "LV107",
    "timestamp-skewed",
    Severity.WARN,
    needs="arrival",
    options=Skew,
)
def timestamp_skewed(seen: Seen, options: Skew) -> Iterator[Hit]:
    r"""A record that arrives with a time far from now. Judged only while following live, never in `check`.

    Why: The clock of the host is wrong, or the time is stamped long after the call (OWASP ASVS 5.0, 16.2.2).

    Good:
        {"level":30,"time":1262304000000,"msg":"2010"}

    Options:
        max_skew  how far the time may be from the moment the line was read

    Pino: synchronise the host's clock, and stamp in the call, not in a worker
    Python: synchronise the host's clock; QueueHandler keeps the time of the call
    """
    ns = seen.record.time.ns
    if seen.observed_ns is None or ns is None or seen.record.time_from_wrapper:
        return
    skew = abs(seen.observed_ns - ns)
    if skew > duration_ns(options.max_skew):
        message = f"the time is {skew / 1e9:.1f} s away from the moment the line arrived"
        yield Hit(message, field=seen.record.time.key, found=str(seen.record.time.written))


class Backwards(Options, frozen=True):
    """Options of LV108."""

    tolerance: Duration = "50ms"


@rule("LV108", "timestamp-backwards", Severity.INFO, scope="W", options=Backwards)
class TimestampBackwards(Tracker):
    r"""A record that is earlier than the one before it of the same process.

    Why: Merging streams by time puts it in another place than the file does.

    Bad:
        {"level":30,"time":1748938500900,"pid":4711,"msg":"solve started"}
        {"level":30,"time":1748938500100,"pid":4711,"msg":"solve finished"}

    Good:
        {"level":30,"time":1748938505000,"pid":1,"msg":"solve started"}
        {"level":30,"time":1748938501000,"pid":2,"msg":"solve started"}

    Options:
        tolerance  steps back up to this are fine

    Pino: stamp in the call, and do not step the clock back
    Python: keep the time that QueueHandler stamped when the record was made
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._tolerance_ns = duration_ns(options.tolerance)
        self._last: OrderedDict[int | None, int] = OrderedDict()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Compare with the process's previous record that has a time."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain:
            return ()
        pid = seen.record.pid
        last = self._last.get(pid)
        self._last[pid] = ns
        if last is None:
            if len(self._last) > MAX_PROCESSES:
                self._last.popitem(last=False)
            return ()
        return () if ns >= last - self._tolerance_ns else self._judge(seen, ns, last)

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same for each process's records, the record made only where it goes back."""
        for pid, mine in rows.groups(rows.clocked, lambda one: one.pid):
            ns = rows.ns[mine]
            before = rows.shifted(ns, self._last.get(pid, int(ns[0])))
            for at in (ns < before - self._tolerance_ns).nonzero()[0].tolist():
                for hit in self._judge(rows.seen(int(mine[at])), int(ns[at]), int(before[at])):
                    yield int(mine[at]), hit
            self._last[pid] = int(ns[-1])
            if len(self._last) > MAX_PROCESSES:
                self._last.popitem(last=False)

    def _judge(self, seen: Seen, ns: int, last: int) -> Iterable[Hit]:
        """An access line that writes whole seconds is not earlier than the record 0.9 s into the same second."""
        time = seen.record.time
        unit = 10**6 if time.kind is TimeKind.EPOCH_MS else 10 ** max(0, 9 - time.digits)
        if time.kind not in (TimeKind.EPOCH_US, TimeKind.EPOCH_NS) and ns >= last - last % unit - self._tolerance_ns:
            return ()
        message = f"{(last - ns) / 1e6:.0f} ms earlier than the record before it"
        return (Hit(message, field=time.key, found=str(time.written)),)
