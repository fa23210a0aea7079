"""LV705, LV706, LV716: repetitions, floods, and messages the source code does not know."""

from __future__ import annotations

from collections import OrderedDict, deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar

from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import CrossTracker, Hit, Late, Line, Mode, Tracker, record_of, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.rules.registry import Made
    from logview.standard.rules.seen import Place, Seen

RING = 64
MAX_TEMPLATES = 4_096
MINUTE_NS = 60 * 10**9
SAME_NS = 2 * 10**6


class Repeat(Options, frozen=True):
    """Options of LV705."""

    window: Duration = "50ms"


@rule("LV705", "duplicate-record", Severity.WARN, scope="W", options=Repeat)
class DuplicateRecord(Tracker):
    r"""A record that was written twice.

    Why: Two handlers or transports for one destination, or `propagate` left on: all counts are double.

    Bad:
        {"level":30,"time":1748938500000,"pid":4711,"n":1,"msg":"tick done"}
        {"level":30,"time":1748938500000,"pid":4711,"n":1,"msg":"tick done"}

    Good:
        {"level":30,"time":1748938500000,"pid":4711,"n":1,"msg":"tick done"}
        {"level":30,"time":1748938500000,"pid":4711,"n":2,"msg":"tick done"}

    Options:
        window  how far back, by time, neighbors are compared

    Pino: give each destination one transport
    Python: set `propagate = False`, or keep a single handler on the root logger
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._window_ns = duration_ns(options.window)
        self._recent: deque[tuple[int, Made]] = deque(maxlen=RING)
        self._newest = 0

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Compare with the last 64 records: the same text but for the time, and times ≤ 2 ms apart."""
        record = seen.record
        ns = record.time.ns
        if ns is None or record.time_from_wrapper or seen.is_plain:
            return ()
        return self._again(ns, seen)

    def tick(self, ns: int, pid: int | None, line: Line) -> Iterable[Hit]:  # noqa: ARG002
        """The same; most records come later than all before them, and are only kept."""
        if ns - self._newest > SAME_NS:
            self._newest = ns
            self._recent.append((ns, line.mark()))
            return ()
        return self._again(ns, line.mark())

    def _again(self, ns: int, made: Made) -> tuple[Hit, ...]:
        hits: tuple[Hit, ...] = ()
        if ns - self._newest <= SAME_NS:
            text = None
            for earlier, other in reversed(self._recent):
                if abs(ns - earlier) <= SAME_NS:
                    text = text if text is not None else same_but_for_time(made)
                    if same_but_for_time(other) == text:
                        hits = (Hit(f"written again {abs(ns - earlier) / 1e6:.0f} ms later", found="the same record"),)
                        break
                elif ns - earlier > self._window_ns:
                    break
        self._newest = max(self._newest, ns)
        self._recent.append((ns, made))
        return hits


def same_but_for_time(made: Made) -> str:
    """The record's text without its own time: equal for two writings of one record."""
    if isinstance(made, tuple):
        text, written = made[1].decode(), made[4]
    else:
        text, written = made.record.text, made.record.time.written
    return text if written is None else text.replace(str(written), "", 1)


class Flood(Options, frozen=True):
    """Options of LV706."""

    rate: int = 100
    window: Duration = "10s"
    share: float = 0.30
    min_records: int = 200


@rule("LV706", "flood", Severity.WARN, scope="W", options=Flood)
class FloodTracker(Tracker):
    r"""One message that fills the log: more than 100 in 10 s, or over 30 % of a busy minute.

    Why: It costs most of the volume and pushes everything else off the screen (GitLab: new logging must stay below 10
    % of
    the volume).

    Config:
        [rules]
        LV706 = { rate = 2 }

    Bad:
        {"level":20,"time":1748938500000,"depth":0,"msg":"queue depth sampled"}
        {"level":20,"time":1748938500020,"depth":1,"msg":"queue depth sampled"}
        {"level":20,"time":1748938500040,"depth":2,"msg":"queue depth sampled"}

    Good:
        {"level":20,"time":1748938500000,"depth":0,"msg":"queue depth sampled"}
        {"level":20,"time":1748938520000,"depth":1,"msg":"queue depth sampled"}
        {"level":20,"time":1748938540000,"depth":2,"msg":"queue depth sampled"}

    Options:
        rate  records of one message within the window that are fine
        window  the window of the rate
        share  share of a minute's records above which one message floods
        min_records  minutes with fewer records are not judged by share

    Pino: log it at debug, or one in N with `suppressed_count`
    Python: log it at debug, or one in N with `suppressed_count`
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._window_ns = duration_ns(options.window)
        self._rate: int = options.rate
        self._times: OrderedDict[str, deque[int]] = OrderedDict()
        self._told: set[str] = set()
        self._minute = -1
        self._total = 0
        self._counts: dict[str, list[Any]] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Count the record under its template."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain or not seen.message:
            return ()
        return self._count(seen.template, ns, seen)

    def tick(self, ns: int, pid: int | None, line: Line) -> Iterable[Hit]:  # noqa: ARG002
        """The same, by the template; the record only for the first of a minute."""
        template = line.template
        known = self._counts.get(template)
        stamps = self._times.get(template)
        if known is None or ns // MINUTE_NS != self._minute or (stamps is None and template not in self._told):
            return self._count(template, ns, line.mark())
        self._total += 1
        known[0] += 1
        return () if stamps is None else self._stamp(template, stamps, ns)

    def _count(self, template: str, ns: int, made: Made) -> Iterable[Hit]:
        minute = ns // MINUTE_NS
        if minute != self._minute:
            self._judge_minute()
            self._minute = minute
            self._total = 0
            self._counts = {}
        self._total += 1
        known = self._counts.get(template)
        if known is not None:
            known[0] += 1
        elif len(self._counts) < MAX_TEMPLATES:
            self._counts[template] = [1, made]
        if template in self._told:
            return ()
        stamps = self._times.get(template)
        if stamps is None:
            stamps = self._times[template] = deque(maxlen=self.options.rate + 1)
            if len(self._times) > MAX_TEMPLATES:
                self._times.popitem(last=False)
        return self._stamp(template, stamps, ns)

    def _stamp(self, template: str, stamps: deque[int], ns: int) -> Iterable[Hit]:
        stamps.append(ns)
        if len(stamps) <= self._rate or not 0 <= ns - stamps[0] <= self._window_ns:
            return ()
        self._tell(template)
        return (Hit(f"more than {self._rate} of this message within {self.options.window}", found=template),)

    def _judge_minute(self) -> None:
        if self._total < self.options.min_records:
            return
        for template, (n, made) in self._counts.items():
            if n / self._total > self.options.share and template not in self._told:
                self._tell(template)
                text = f"{n / self._total:.0%} of {self._total} records of this minute"
                self.late(record_of(made).place(), Hit(text, found=template))

    def _tell(self, template: str) -> None:
        self._times.pop(template, None)
        if len(self._told) < MAX_TEMPLATES:
            self._told.add(template)

    def finish(self) -> None:
        """Judge the last minute."""
        self._judge_minute()
        self._total = 0
        self._counts = {}


class Unknown(Options, frozen=True):
    """Options of LV716."""

    ignore_loggers: tuple[str, ...] = ()


@rule("LV716", "unknown-template", Severity.INFO, scope="X", options=Unknown)
class UnknownTemplate(CrossTracker):
    r"""A message that no logging call in the source writes. Silent for services whose source was not read.

    Why: The running code is not the code that was read, or something writes past the known calls.

    Pino: refresh `logview inventory`, or write the message as a literal
    Python: refresh `logview inventory`, or write the message as a literal

    Options:
        ignore_loggers  loggers (globs) that are not judged
    """

    mode: ClassVar[Mode] = "kind"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._unknown: dict[tuple[str, str], Place] = {}
        self._known: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Look the message up; each template of a service once."""
        index = seen.index
        if index is None or seen.is_plain or not seen.message or not index.covers(seen.service):
            return ()
        logger = seen.record.logger
        if logger is not None and any(fnmatchcase(logger, glob) for glob in self.options.ignore_loggers):
            return ()
        key = (seen.service, seen.message)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = bool(index.sites(seen.service, seen.record))
            if len(self._known) > MAX_TEMPLATES:
                self._known.popitem(last=False)
        if not known and len(self._unknown) < MAX_TEMPLATES:
            self._unknown.setdefault((seen.service, seen.template), seen.place())
        return ()

    def merge(self, other: UnknownTemplate) -> None:
        """Add the templates; the first place stays the first."""
        for key, place in other._unknown.items():
            if len(self._unknown) < MAX_TEMPLATES:
                self._unknown.setdefault(key, place)

    def finish(self) -> None:
        """Report every unknown template once."""
        for (_, template), place in self._unknown.items():
            self.late(place, Hit("no logging call in the source writes this message", found=template, key=template))
