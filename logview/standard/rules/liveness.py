"""LV707, LV717: is the service alive, and does it stay alive?"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from logview.standard.model import Duration, Options, Regex, Severity, duration_ns
from logview.standard.pattern import pattern
from logview.standard.rules.registry import Hit, Late, Tracker, record_of, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logview.standard.rules.registry import Made
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen


class Silence(Options, frozen=True):
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
        self._last: dict[str, tuple[int, Made]] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Compare with the service's newest record."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain:
            return ()
        return self._wake(seen.service, ns, seen)

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same; the record before a gap is made only where there is one."""
        for service, mine in rows.groups(rows.clocked, lambda one: one.service):
            self._wake(service, int(rows.ns[mine[0]]), rows.made(int(mine[0])))
            ns = rows.ns[mine]
            newest = rows.newest(ns, self._last[service][0])
            holders = rows.latest(ns >= newest[:-1])
            for at in (ns[1:] - newest[1:-1] > self._idle_ns).nonzero()[0].tolist():
                held = int(holders[at])
                made = rows.made(int(mine[held])) if held >= 0 else self._last[service][1]
                self._gap(int(ns[at + 1] - newest[at + 1]), made)
            if holders[-1] >= 0:
                self._last[service] = (int(newest[-1]), rows.made(int(mine[holders[-1]])))
        return ()

    def _gap(self, gap_ns: int, made: Made) -> None:
        minutes = gap_ns / 60e9
        text = f"nothing for {minutes:.0f} min after this record"
        self.late(record_of(made).place(), Hit(text, found=f"{minutes:.0f} min"))

    def _wake(self, service: str, ns: int, made: Made) -> Iterable[Hit]:
        last = self._last.get(service)
        if last is not None and ns - last[0] > self._idle_ns:
            self._gap(ns - last[0], last[1])
        if last is None or ns >= last[0]:
            self._last[service] = (ns, made)
            if len(self._last) > 1_000:
                self._last.pop(next(iter(self._last)))
        return ()


_BANNER = re.compile(
    r"\b(?:server|api|app|application|service|worker|process|scheduler|optimizer)\s+(?:is\s+)?"
    r"(?:listening|started|running|ready|up|booted)\b|\blistening (?:on|at)\b|\bstarted server process\b"
    r"|\bstarting (?:gunicorn|server|worker|application|up)\b|\bapplication startup complete\b|\bbooting worker\b"
    r"|\bready to accept connections\b",
    re.IGNORECASE,
)


class Restart(Options, frozen=True):
    """Options of LV717."""

    max_starts: int = 3
    window: Duration = "5m"
    banners: tuple[Regex, ...] = ()


@rule("LV717", "restart-loop", Severity.WARN, scope="W", options=Restart)
class RestartLoop(Tracker):
    r"""A service that starts again and again.

    Why: Each start looks healthy; only the row of them shows the crash (process ids that replace each other, start
    banners).

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
        self._banners = [pattern(text, flags=re.IGNORECASE) for text in options.banners]
        self._services: OrderedDict[str, _Starts] = OrderedDict()
        self._announced: dict[str, bool] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Count starts; a verdict waits until it is sure that the old processes are gone."""
        ns = seen.record.time.ns
        if ns is None or seen.is_plain:
            return ()
        return self._count(seen.service, seen.record.pid, ns, seen.message, lambda: seen)

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same, by process and message; a process that goes on saying other things is no start."""
        announces = rows.where(lambda one: self._announces(one.message))
        for service, mine in rows.groups(rows.clocked, lambda one: one.service):
            starts = self._services.get(service)
            # 0: no process id; it changes nothing.
            pids = rows.each(lambda one: one.pid or 0)[mine]
            named = rows.latest(pids > 0)
            now = (starts.current or 0) if starts is not None else 0
            before = rows.shifted(pids[named], now)
            before[1:][named[:-1] < 0] = now
            counts = announces[mine] | ((pids > 0) & (pids != before))
            counts[0] |= starts is None
            for row in mine[counts].tolist():
                one = rows.facts[rows.kind[row]]
                yield from (
                    (row, hit)
                    for hit in self._count(service, one.pid, int(rows.ns[row]), one.message, lambda: rows.seen(row))  # noqa: B023
                )

    def _count(self, service: str, pid: int | None, ns: int, message: str, record: Callable[[], Seen]) -> Iterable[Hit]:
        starts = self._services.get(service)
        if starts is None:
            starts = self._services[service] = _Starts()
            if len(self._services) > 1_000:
                self._services.popitem(last=False)
        if not starts.count(pid, ns, banner=self._announces(message)):
            return ()
        within = starts.times
        while ns - within[0] > self._window_ns:
            within.popleft()
        if len(within) > self.options.max_starts and starts.suspect is None and not starts.told:
            starts.suspect = (record().place(), len(within))
        return ()

    def _announces(self, message: str) -> bool:
        known = self._announced.get(message)
        if known is None:
            if len(self._announced) >= 4_096:
                self._announced.clear()
            known = self._announced[message] = self._is_banner(message)
        return known

    def _is_banner(self, message: str) -> bool:
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
        self.current: int | None = None
        """The process that wrote last."""

    def count(self, pid: int | None, ns: int, *, banner: bool) -> bool:
        """Whether the record is a start; takes note of processes that come back."""
        is_new = pid is not None and pid not in self._pids
        if pid is not None:
            if not is_new and self.current is not None and pid != self.current:
                self.is_cluster = True
            self._pids[pid] = None
            self.current = pid
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
