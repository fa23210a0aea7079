"""LV701–LV704, LV707, LV717: does what was started end, does what was sent arrive, is the service alive?"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.registry import CrossTracker, Hit, Late, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.model import Lifecycle
    from logview.standard.rules.seen import Place, Seen

MAX_OPEN = 50_000
MAX_SENT = 200_000


def value_of(seen: Seen, key: str) -> str | None:
    """The value a lifecycle or hand-off is recognised by: an id under any of its names, or a field."""
    concept = seen.id_keys.concept_of(key)
    if concept is not None:
        known = {"job": seen.record.job_id, "request": seen.record.request_id,
                 "trace": seen.record.trace_id, "span": seen.record.span_id}.get(concept)  # fmt: skip
        return known if known is not None else seen.id_of(concept)
    value: Any = seen.record.data or seen.record.fields
    if isinstance(value, dict) and key in value:
        value = value[key]
    else:
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


class _Runs:
    """Open and ended runs of one lifecycle in one stream; the oldest are forgotten beyond 50,000."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.timeout_ns = duration_ns(lifecycle.timeout)
        self.open: OrderedDict[str, tuple[int | None, Place, bool]] = OrderedDict()
        self.ended: OrderedDict[str, None] = OrderedDict()

    def step(self, seen: Seen) -> str | None:
        """"start" or "end" when the record is one, with the run's key kept in `key`; None otherwise."""
        life = self.lifecycle
        message = seen.record.message
        if message is None or (life.service is not None and seen.service != life.service):
            return None
        step = "start" if message == life.start else "end" if message in life.end else None
        if step is None:
            return None
        key = value_of(seen, life.key)
        if key is None:
            return None
        self.key = key
        return step

    def begin(self, seen: Seen) -> None:
        """Open the run; one that is open already goes on."""
        if self.key not in self.open:
            self.open[self.key] = (seen.record.time.ns, seen.place(), False)
            if len(self.open) > MAX_OPEN:
                self.open.popitem(last=False)
        self.ended.pop(self.key, None)

    def end(self) -> tuple[int | None, Place, bool] | None:
        """Close the run; what was open, None when nothing was."""
        opened = self.open.pop(self.key, None)
        self.ended[self.key] = None
        self.ended.move_to_end(self.key)
        if len(self.ended) > MAX_OPEN:
            self.ended.popitem(last=False)
        return opened


class _LifecycleTracker(Tracker):
    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._runs: list[_Runs] | None = None

    def runs(self, seen: Seen) -> list[_Runs]:
        """The standard's lifecycles, made at the first record."""
        if self._runs is None:
            self._runs = [_Runs(lifecycle) for lifecycle in seen.standard.lifecycle]
        return self._runs


@rule("LV701", "job-not-finished", Severity.WARN, scope="W")
class JobNotFinished(_LifecycleTracker):
    r"""A unit of work that starts and does not end in time, or not before the file ends.

    Why: Stuck and lost jobs look like nothing at all in a log.

    Config:
        [[lifecycle]]
        name = "solve"
        key = "job_id"
        start = "solve started"
        end = ["solve finished", "solve failed"]
        timeout = "10m"

    Bad:
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"solve started"}
        {"level":30,"time":1748939700000,"service":"scheduler","msg":"tick"}

    Good:
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"solve started"}
        {"level":30,"time":1748938500900,"service":"scheduler","job_id":"job-1a2b","msg":"solve finished"}

    Pino: log the end in `finally`, with `outcome` and `duration_ms`
    Python: log the end in `finally`, with `outcome` and `duration_ms`
    """

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Open, close, and report what has been open for too long by the records' own clock."""
        for runs in self.runs(seen):
            step = runs.step(seen)
            ns = seen.record.time.ns
            if step == "end":
                opened = runs.end()
                if opened is not None and _too_late(opened, ns, runs.timeout_ns):
                    self._report(runs, opened[1], "ended after the timeout")
            if ns is not None:
                self._expire(runs, ns)
            if step == "start":
                runs.begin(seen)
        return ()

    def _expire(self, runs: _Runs, ns: int) -> None:
        while runs.open:
            key, (since, place, told) = next(iter(runs.open.items()))
            if told or (since is not None and ns - since <= runs.timeout_ns):
                return
            if since is not None:
                self._report(runs, place, f"no end within {runs.lifecycle.timeout}")
            # Kept at the far end, told: an end that comes later still is an end.
            runs.open[key] = (since, place, True)
            runs.open.move_to_end(key)
            if since is None:
                return

    def finish(self) -> None:
        """The file ends: what is open did not end."""
        for runs in self._runs or ():
            for _, place, told in runs.open.values():
                if not told:
                    self._report(runs, place, "no end before the log ends")
            runs.open.clear()

    def _report(self, runs: _Runs, place: Place, why: str) -> None:
        life = runs.lifecycle
        self.late(place, Hit(f'"{life.start}" without its end: {why}', field=life.key, found=life.name))


def _too_late(opened: tuple[int | None, Place, bool], ns: int | None, timeout_ns: int) -> bool:
    since, _, told = opened
    return not told and since is not None and ns is not None and ns - since > timeout_ns


@rule("LV702", "job-end-without-start", Severity.WARN, scope="W")
class JobEndWithoutStart(_LifecycleTracker):
    r"""An end of a unit of work that never started.

    Why: Lines were lost, or the id was bound after the first record.

    Config:
        [[lifecycle]]
        name = "solve"
        key = "job_id"
        start = "solve started"
        end = ["solve finished", "solve failed"]

    Bad:
        {"level":30,"time":1748938500900,"service":"scheduler","job_id":"job-1a2b","msg":"solve finished"}

    Good:
        {"level":30,"time":1748938500000,"service":"scheduler","jobId":"job-1a2b","msg":"solve started"}
        {"level":30,"time":1748938500900,"service":"scheduler","job_id":"job-1a2b","msg":"solve finished"}

    Pino: bind the id before the first record of the job
    Python: bind the id before the first record of the job
    """

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Report an end of nothing; a second end is LV703."""
        hits = []
        for runs in self.runs(seen):
            step = runs.step(seen)
            if step == "start":
                runs.begin(seen)
            elif step == "end":
                known = runs.key in runs.ended
                if runs.end() is None and not known:
                    life = runs.lifecycle
                    hits.append(Hit(f'"{seen.message}" without "{life.start}" before it', field=life.key, found=runs.key))
        return hits


@rule("LV703", "job-ended-twice", Severity.WARN, scope="W")
class JobEndedTwice(_LifecycleTracker):
    r"""A unit of work that ends again without a start in between.

    Why: Counts and durations are wrong; two places believe they end the job.

    Config:
        [[lifecycle]]
        name = "solve"
        key = "job_id"
        start = "solve started"
        end = ["solve finished", "solve failed"]

    Bad:
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"solve started"}
        {"level":40,"time":1748938500100,"service":"scheduler","job_id":"job-1a2b","msg":"solve failed"}
        {"level":30,"time":1748938500200,"service":"scheduler","job_id":"job-1a2b","msg":"solve finished"}

    Good:
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"solve started"}
        {"level":30,"time":1748938500200,"service":"scheduler","job_id":"job-1a2b","msg":"solve finished"}

    Pino: log the end in one place
    Python: log the end in one place
    """

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Report an end after an end."""
        hits = []
        for runs in self.runs(seen):
            step = runs.step(seen)
            if step == "start":
                runs.begin(seen)
            elif step == "end":
                again = runs.key in runs.ended
                runs.end()
                if again:
                    hits.append(Hit(f'"{seen.message}" after the job had ended', field=runs.lifecycle.key, found=runs.key))
        return hits


class _HandoffTracker(CrossTracker):
    """Sends and arrivals of every configured hand-off, whatever the order of the files."""

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.sent: list[dict[str, list[tuple[int | None, Place]]]] = []
        self.arrived: list[dict[str, list[tuple[int | None, Place]]]] = []
        self.newest: dict[str, int] = {}
        self.handoffs: tuple[Any, ...] = ()

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Keep what is sent and what arrives."""
        if not seen.standard.handoff or seen.is_plain:
            return ()
        if not self.handoffs:
            self.handoffs = seen.standard.handoff
            self.sent = [{} for _ in self.handoffs]
            self.arrived = [{} for _ in self.handoffs]
        ns = seen.record.time.ns
        if ns is not None:
            self.newest[seen.service] = max(ns, self.newest.get(seen.service, ns))
        else:
            self.newest.setdefault(seen.service, 0)
        for handoff, sent, arrived in zip(self.handoffs, self.sent, self.arrived, strict=True):
            if seen.service == handoff.sender.service and seen.record.message == handoff.sender.message:
                self._keep(sent, seen, handoff.key)
            if seen.service == handoff.receiver.service and handoff.receiver.message in (None, seen.record.message):
                self._keep(arrived, seen, handoff.key)
        return ()

    @staticmethod
    def _keep(places: dict[str, list[tuple[int | None, Place]]], seen: Seen, key: str) -> None:
        value = value_of(seen, key)
        if value is None or (value not in places and len(places) >= MAX_SENT):
            return
        known = places.setdefault(value, [])
        if len(known) < 16:
            known.append((seen.record.time.ns, seen.place()))


@rule("LV704", "handoff-lost", Severity.WARN, scope="X")
class HandoffLost(_HandoffTracker):
    r"""Work that one service sent and the other never saw, or saw too late.

    Why: The one question that no single service's log can answer.

    Config:
        [[handoff]]
        name = "solve"
        from = { service = "scheduler", message = "job dispatched" }
        to = { service = "optimizer" }
        key = "job_id"
        timeout = "30s"

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"job dispatched"}
        {"level":30,"time":1748938600000,"service":"scheduler","msg":"tick"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:16:40.000Z", "level": "info", "service": "optimizer", "message": "idle"}

    Good:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"job dispatched"}
        {"level":30,"time":1748938600000,"service":"scheduler","msg":"tick"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.200Z", "level": "info", "service": "optimizer", "job_id": "job-1a2b", "message": "solve requested"}

    Pino: log the hand-off with the id once the other side has answered
    Python: log the receipt with the id as the first line of the handler
    """

    def finish(self) -> None:
        """Report what did not arrive; silent while the receiver is not among the streams, or time was too short to tell."""
        for handoff, sent, arrived in zip(self.handoffs, self.sent, self.arrived, strict=True):
            timeout = duration_ns(handoff.timeout)
            if handoff.receiver.service not in self.newest:
                continue
            newest = max(self.newest.get(handoff.sender.service, 0), self.newest[handoff.receiver.service])
            for key, sends in sent.items():
                times = [ns for ns, _ in arrived.get(key, ())]
                for ns, place in sends:
                    if not _arrives(ns, times, timeout) and (ns is None or newest >= ns + timeout):
                        late = f"not within {handoff.timeout}" if times else "never"
                        text = f"handed to {handoff.receiver.service} and {late} seen there"
                        self.late(place, Hit(text, field=handoff.key, found=key))


def _arrives(sent_ns: int | None, times: list[int | None], timeout_ns: int) -> bool:
    for ns in times:
        if ns is None or sent_ns is None or -timeout_ns <= ns - sent_ns <= timeout_ns:
            return True
    return False


class Offset(Options):
    """Options of LV713."""

    min_pairs: int = 5
    tolerance: Duration = "1s"


@rule("LV713", "clock-offset", Severity.ERROR, scope="X", options=Offset)
class ClockOffset(_HandoffTracker):
    r"""Work that arrives before it was sent, or a constant number of quarter hours away.

    Why: One of the clocks is wrong, or one service writes local time as if it were UTC; merged by time, effects come before
    causes.

    Config:
        [rules]
        LV713 = { min_pairs = 2 }
        [[handoff]]
        name = "solve"
        from = { service = "scheduler", message = "job dispatched" }
        to = { service = "optimizer" }
        key = "job_id"

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"job dispatched"}
        {"level":30,"time":1748938501000,"service":"scheduler","job_id":"job-77f0","msg":"job dispatched"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T03:15:00.200Z", "level": "info", "service": "optimizer", "job_id": "job-1a2b", "message": "solve requested"}
        {"time": "2025-06-03T03:15:01.200Z", "level": "info", "service": "optimizer", "job_id": "job-77f0", "message": "solve requested"}

    Good:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","job_id":"job-1a2b","msg":"job dispatched"}
        {"level":30,"time":1748938501000,"service":"scheduler","job_id":"job-77f0","msg":"job dispatched"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.200Z", "level": "info", "service": "optimizer", "job_id": "job-1a2b", "message": "solve requested"}
        {"time": "2025-06-03T08:15:01.200Z", "level": "info", "service": "optimizer", "job_id": "job-77f0", "message": "solve requested"}

    Options:
        min_pairs  hand-offs seen on both sides from which it is judged
        tolerance  how far in front of the send an arrival may be

    Pino: use `isoTime`, and synchronise the clock
    Python: use a formatter that writes UTC, and synchronise the clock
    """

    def finish(self) -> None:
        """Judge the median of all pairs."""
        quarter, near = 900 * 10**9, 2 * 10**9
        for handoff, sent, arrived in zip(self.handoffs, self.sent, self.arrived, strict=True):
            pairs = []
            for key, sends in sent.items():
                ns, _ = sends[0]
                first = next(((at, place) for at, place in arrived.get(key, ()) if at is not None), None)
                if ns is not None and first is not None and first[0] is not None:
                    pairs.append((first[0] - ns, first[1]))
            if len(pairs) < self.options.min_pairs:
                continue
            offsets = sorted(offset for offset, _ in pairs)
            median = offsets[len(offsets) // 2]
            quarters = round(median / quarter)
            if quarters and abs(median - quarters * quarter) <= near:
                what = f"{quarters * 15 / 60:+g} h: one side writes local time as UTC"
            elif median < -duration_ns(self.options.tolerance):
                what = f"{median / 1e9:+.1f} s: work arrives before it was sent"
            else:
                continue
            text = f"{handoff.receiver.service} is off {handoff.sender.service} by {what}"
            self.late(pairs[0][1], Hit(text, field="time", found=f"{median / 1e9:+.1f} s in {len(pairs)} hand-offs"))


class Silence(Options):
    """Options of LV707."""

    idle: Duration = "15m"


@rule("LV707", "silence", Severity.INFO, scope="W", options=Silence)
class SilenceTracker(Tracker):
    r"""A service that lives and writes nothing for a long time; reported at the record before the gap.

    Why: A hung worker and an idle one look the same.

    Bad:
        {"level":30,"time":1748938560000,"service":"scheduler","msg":"tick done"}
        {"level":30,"time":1748939580000,"service":"scheduler","msg":"tick done"}

    Good:
        {"level":30,"time":1748938560000,"service":"scheduler","msg":"tick done"}
        {"level":30,"time":1748938620000,"service":"scheduler","msg":"tick done"}

    Options:
        idle  how long a service may be silent

    Pino: log a heartbeat at info, with counters
    Python: log a heartbeat at info, with counters
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._idle_ns = duration_ns(options.idle)
        self._last: OrderedDict[str, tuple[int, Seen]] = OrderedDict()

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Compare with the service's newest record."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain:
            return ()
        last = self._last.get(seen.service)
        if last is not None and ns - last[0] > self._idle_ns:
            minutes = (ns - last[0]) / 60e9
            self.late(last[1].place(), Hit(f"nothing for {minutes:.0f} min after this record", found=f"{minutes:.0f} min"))
        if last is None or ns >= last[0]:
            self._last[seen.service] = (ns, seen)
            if len(self._last) > 1_000:
                self._last.popitem(last=False)
        return ()


_BANNER = re.compile(
    r"\b(?:server|api|app|application|service|worker|process|scheduler|optimizer)\s+(?:is\s+)?"
    r"(?:listening|started|running|ready|up|booted)\b|\blistening (?:on|at)\b|\bstarted server process\b"
    r"|\bstarting (?:gunicorn|server|worker|application|up)\b|\bapplication startup complete\b|\bbooting worker\b"
    r"|\bready to accept connections\b",
    re.IGNORECASE,
)


class Restart(Options):
    """Options of LV717."""

    max_starts: int = 3
    window: Duration = "5m"
    banners: tuple[str, ...] = ()


@rule("LV717", "restart-loop", Severity.WARN, scope="W", options=Restart)
class RestartLoop(Tracker):
    r"""A service that starts again and again.

    Why: Each start looks healthy; only the row of them shows the crash (process ids that replace each other, start banners).

    Bad:
        {"level":30,"time":1748938500000,"pid":100,"service":"scheduler","msg":"Server listening"}
        {"level":30,"time":1748938540000,"pid":101,"service":"scheduler","msg":"Server listening"}
        {"level":30,"time":1748938580000,"pid":102,"service":"scheduler","msg":"Server listening"}
        {"level":30,"time":1748938620000,"pid":103,"service":"scheduler","msg":"Server listening"}

    Good:
        {"level":30,"time":1748938500000,"pid":100,"service":"scheduler","msg":"Server listening"}
        {"level":30,"time":1748939700000,"pid":101,"service":"scheduler","msg":"Server listening"}

    Options:
        max_starts  starts within the window that are fine
        window  time in which starts are counted
        banners  further messages (regular expressions) that announce a start

    Pino: log the reason at fatal before the process exits
    Python: log the reason at critical before the process exits
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._window_ns = duration_ns(options.window)
        self._banners = [re.compile(pattern, re.IGNORECASE) for pattern in options.banners]
        self._services: OrderedDict[str, _Starts] = OrderedDict()

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Count starts; a verdict waits until it is sure that the old processes are gone."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain:
            return ()
        starts = self._services.get(seen.service)
        if starts is None:
            starts = self._services[seen.service] = _Starts()
            if len(self._services) > 1_000:
                self._services.popitem(last=False)
        banner = self._announces(seen.message)
        if not starts.count(seen.record.pid, ns, banner=banner):
            return ()
        times = starts.times
        while ns - times[0] > self._window_ns:
            times.popleft()
        if len(times) > self.options.max_starts and starts.suspect is None and not starts.told:
            starts.suspect = (seen.place(), len(times))
        return ()

    def _announces(self, message: str) -> bool:
        return _BANNER.search(message) is not None or any(banner.search(message) for banner in self._banners)

    def finish(self) -> None:
        """Report the loops that were no clusters."""
        for starts in self._services.values():
            if starts.suspect is not None and not starts.is_cluster:
                place, _ = starts.suspect
                text = f"more than {self.options.max_starts} starts within {self.options.window}"
                self.late(place, Hit(text, found=f"{starts.total} starts"))
                starts.told = True
            starts.suspect = None


class _Starts:
    """The starts of one service: new process ids and start banners, each process once."""

    def __init__(self) -> None:
        self.times: deque[int] = deque(maxlen=64)
        self.suspect: tuple[Place, int] | None = None
        self.is_cluster = False
        self.told = False
        self.total = 0
        self._pids: OrderedDict[int, None] = OrderedDict()
        self._announced: int | None = None
        self._current: int | None = None

    def count(self, pid: int | None, ns: int, *, banner: bool) -> bool:
        """Whether the record is a start; takes note of processes that come back."""
        is_new = pid is not None and pid not in self._pids
        if pid is not None:
            if not is_new and self._current is not None and pid != self._current:
                self.is_cluster = True
            self._pids[pid] = None
            self._current = pid
            if len(self._pids) > 4_096:
                self._pids.popitem(last=False)
        started = (is_new and len(self._pids) > 1) or (banner and (pid is None or self._announced != pid or not is_new))
        if banner:
            if pid is not None and not is_new and self._announced != pid and len(self._pids) > 1:
                # The banner of a process whose first record was counted already.
                started = False
            self._announced = pid
        if started:
            self.total += 1
            self.times.append(ns)
        return started
