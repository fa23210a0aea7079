"""LV705, LV706, LV716: repetitions, floods, and messages the source code does not know."""

from __future__ import annotations

from collections import OrderedDict, deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar

from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import CrossTracker, Hit, Late, Mode, Tracker, record_of, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.record import Record
    from logview.standard.rules.registry import Made
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

RING = 64
AT_ONCE, STEP = 1_024, 8
"""Records that are compared with so many before them at once."""
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
        self._recent: deque[tuple[int, int, Made]] = deque(maxlen=RING)
        """(time, size without the time, record) of the last records."""
        self._newest = 0

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Compare with the last 64 records: the same text but for the time, and times ≤ 2 ms apart."""
        record = seen.record
        ns = record.time.ns
        if ns is None or record.time_from_wrapper or seen.is_plain:
            return ()
        hits: tuple[Hit, ...] = ()
        size = size_without_time(record)
        if ns - self._newest <= SAME_NS:
            for earlier, other_size, other in reversed(self._recent):
                if abs(ns - earlier) <= SAME_NS:
                    if size == other_size and same_but_for_time(other) == same_but_for_time(seen):
                        hits = (_written_again(ns - earlier),)
                        break
                elif ns - earlier > self._window_ns:
                    break
        self._newest = max(self._newest, ns)
        self._recent.append((ns, size, seen))
        return hits

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same: of records close in time those of one size are compared."""
        mine = (rows.clocked & rows.all_of("has_own_time")).nonzero()[0]
        if not len(mine):
            return
        carried = list(self._recent)
        first = len(carried)
        ns = rows.joined([at for at, _, _ in carried], rows.ns[mine])
        sizes = rows.joined([size for _, size, _ in carried], rows.sizes[mine])
        newest = rows.newest(ns[first:], self._newest)

        def made(at: int) -> Made:
            return carried[at][2] if at < first else rows.made(int(mine[at - first]))

        # What is clearly newer than all before cannot be written again.
        rest = (ns[first:] - newest[:-1] <= SAME_NS).nonzero()[0] + first
        rest = rest[rows.have_twins(sizes, ns, SAME_NS)[rest]]
        for begin in range(0, len(rest), AT_ONCE):
            some = rest[begin : begin + AT_ONCE]
            number, back = self._alike(rows, ns, sizes, some)
            later, earlier = some[number], some[number] - back - 1
            inside = (earlier >= first).nonzero()[0]
            differ = rows.differ(mine[later[inside] - first], mine[earlier[inside] - first])
            ruled_out = set(inside[differ].tolist())
            told = -1
            for pair, (at, before) in enumerate(zip(later.tolist(), earlier.tolist(), strict=True)):
                if at == told or pair in ruled_out:
                    continue
                if same_but_for_time(made(at)) == same_but_for_time(made(before)):
                    told = at
                    yield int(mine[at - first]), _written_again(int(ns[at] - ns[before]))
        self._newest = int(newest[-1])
        for at in range(max(first, len(ns) - RING), len(ns)):
            self._recent.append((int(ns[at]), int(sizes[at]), made(at)))

    def _alike(self, rows: Rows, ns: Any, sizes: Any, some: Any) -> tuple[Any, Any]:
        """(which of `some`, how many rows stand between) of rows of one size with nearly one time, nearest first.

        The search ends at the first row that is too far back in time.
        """
        which = rows.numbers(len(some))
        pairs = [which[:0]]
        for begin in range(0, RING, STEP):
            places, is_there = rows.before(some, begin + 1, STEP)
            between = ns[some][:, None] - ns[places]
            near = abs(between) <= SAME_NS
            ended = rows.ever(~is_there | (~near & (between > self._window_ns)))
            number, back = (near & ~ended & (sizes[places] == sizes[some][:, None])).nonzero()
            pairs.append(which[number] * RING + begin + back)
            goes_on = ~ended[:, -1]
            some, which = some[goes_on], which[goes_on]
            if not len(some):
                break
        return rows.divided(pairs, RING)


def _written_again(by_ns: int) -> Hit:
    return Hit(f"written again {abs(by_ns) / 1e6:.0f} ms later", found="the same record")


def size_without_time(record: Record) -> int:
    """Bytes of the record without those of its own time: equal for two writings of one record."""
    written = record.time.written
    return record.size - (0 if written is None else len(str(written)))


def same_but_for_time(made: Made) -> str:
    """The record's text without its own time: equal for two writings of one record."""
    if isinstance(made, tuple):
        line, (start, end) = made[1].removesuffix(b"\r"), made[4]
        return (line[:start] + line[end:]).decode("utf-8", "surrogateescape")
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

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same, minute by minute where a minute is busy enough to be judged by its share."""
        mine = (rows.clocked & rows.where(lambda one: bool(one.message))).nonzero()[0]
        if not len(mine):
            return
        codes, templates = rows.codes(lambda one: one.template)
        codes = codes[mine]
        minutes = rows.ns[mine] // MINUTE_NS
        cuts = [*(minutes[1:] != minutes[:-1]).nonzero()[0].tolist(), len(mine) - 1]
        if self._may_pass(rows, codes, templates, minutes[cuts].tolist(), cuts):
            yield from self._rates(rows, mine, codes, templates)
            last = cuts[-2] + 1 if len(cuts) > 1 else 0
            self._total += len(mine) - last
            self._share(rows, mine[last:], codes[last:], templates)
            return
        begin = start = 0
        for cut in cuts:
            minute = int(minutes[cut])
            if minute != self._minute:
                self._judge_minute()
                self._minute, self._total, self._counts = minute, 0, {}
            self._total += cut + 1 - start
            if self._total >= self.options.min_records or cut == cuts[-1]:
                # What is judged later must not be told of earlier.
                yield from self._rates(rows, mine[begin : cut + 1], codes[begin : cut + 1], templates)
                begin = cut + 1
                self._share(rows, mine[start : cut + 1], codes[start : cut + 1], templates)
            start = cut + 1

    def _may_pass(self, rows: Rows, codes: Any, templates: list[str], minutes: list[int], cuts: list[int]) -> bool:
        """Begin the last of these minutes, if no template fills one of those before it; else false, and nothing done.

        cuts  where each minute ends
        """
        if len(cuts) > 1:
            # Also of templates that come no more in a minute that has begun.
            names = [*templates, *(self._counts.keys() - set(templates))]
            counts = rows.table(codes, cuts[:-1], len(names))
            totals = counts.sum(axis=1)
            if minutes[0] == self._minute:
                counts[0] += [self._counts.get(name, (0,))[0] for name in names]
                totals[0] += self._total
            busy = (totals >= self.options.min_records)[:, None]
            fills = (busy & (counts / totals[:, None] > self.options.share)).any(axis=0).nonzero()[0]
            if any(names[at] not in self._told for at in fills.tolist()):
                return False
        if minutes[-1] != self._minute or len(cuts) > 1:
            if minutes[0] != self._minute:
                self._judge_minute()
            self._minute, self._total, self._counts = minutes[-1], 0, {}
        return True

    def _share(self, rows: Rows, mine: Any, codes: Any, templates: list[str]) -> None:
        """Count the minute's templates."""
        for code, count, first in rows.counts(codes):
            known = self._counts.get(templates[code])
            if known is not None:
                known[0] += count
            elif len(self._counts) < MAX_TEMPLATES:
                self._counts[templates[code]] = [count, rows.made(int(mine[first]))]

    def _rates(self, rows: Rows, mine: Any, codes: Any, templates: list[str]) -> Iterable[tuple[int, Hit]]:
        """Count the templates' records within the window."""
        order, begins = rows.sorted_by(codes)
        for code, count, _ in rows.counts(codes):
            template = templates[code]
            if template in self._told:
                continue
            its = mine[order[begins[code] : begins[code] + count]]
            stamps = self._stamps_of(template)
            carried = list(stamps)[-self._rate :]
            ns = rows.joined(carried, rows.ns[its])
            if len(ns) > self._rate:
                spans = ns[self._rate :] - ns[: -self._rate]
                fast = ((spans >= 0) & (spans <= self._window_ns)).nonzero()[0]
                if len(fast):
                    self._tell(template)
                    yield int(its[fast[0] + self._rate - len(carried)]), self._hit(template)
                    continue
            stamps.extend(ns[max(len(carried), len(ns) - self._rate - 1) :].tolist())

    def _stamps_of(self, template: str) -> deque[int]:
        stamps = self._times.get(template)
        if stamps is None:
            stamps = self._times[template] = deque(maxlen=self._rate + 1)
            if len(self._times) > MAX_TEMPLATES:
                self._times.popitem(last=False)
        return stamps

    def _count(self, template: str, ns: int, made: Made) -> Iterable[Hit]:
        minute = ns // MINUTE_NS
        if minute != self._minute:
            self._judge_minute()
            self._minute, self._total, self._counts = minute, 0, {}
        self._total += 1
        known = self._counts.get(template)
        if known is not None:
            known[0] += 1
        elif len(self._counts) < MAX_TEMPLATES:
            self._counts[template] = [1, made]
        if template in self._told:
            return ()
        stamps = self._stamps_of(template)
        stamps.append(ns)
        if len(stamps) <= self._rate or not 0 <= ns - stamps[0] <= self._window_ns:
            return ()
        self._tell(template)
        return (self._hit(template),)

    def _hit(self, template: str) -> Hit:
        return Hit(f"more than {self._rate} of this message within {self.options.window}", found=template)

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
