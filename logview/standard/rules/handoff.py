"""LV704, LV713: does what one service sends arrive at the other, and in this order?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logview.standard.model import Duration, Options, Severity, duration_ns
from logview.standard.rules.lifecycle import value_of
from logview.standard.rules.registry import CrossTracker, Hit, Late, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.model import Standard
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

MAX_SENT = 200_000


class _HandoffTracker(CrossTracker):
    """Sends and arrivals of every configured hand-off, whatever the order of the files."""

    @staticmethod
    def concerns(standard: Standard) -> bool:
        """Only where hand-offs are configured."""
        return bool(standard.handoff)

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.sent: list[dict[str, list[tuple[int | None, Place]]]] = []
        self.arrived: list[dict[str, list[tuple[int | None, Place]]]] = []
        self.newest: dict[str, int] = {}
        self.handoffs: tuple[Any, ...] = ()

    def _begin(self, handoffs: tuple[Any, ...]) -> None:
        self.handoffs = handoffs
        self.sent = [{} for _ in handoffs]
        self.arrived = [{} for _ in handoffs]

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Keep what is sent and what arrives."""
        if not seen.standard.handoff or seen.is_plain:
            return ()
        if not self.handoffs:
            self._begin(seen.standard.handoff)
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

    def merge(self, other: _HandoffTracker) -> None:
        """Add what was sent and what arrived."""
        if not other.handoffs:
            return
        if not self.handoffs:
            self._begin(other.handoffs)
        for service, ns in other.newest.items():
            self.newest[service] = max(ns, self.newest.get(service, ns))
        for mine, theirs in zip((*self.sent, *self.arrived), (*other.sent, *other.arrived), strict=True):
            for value, places in theirs.items():
                if value in mine or len(mine) < MAX_SENT:
                    known = mine.setdefault(value, [])
                    known += places[: 16 - len(known)]

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The records only that may be sent or received."""
        if not self.handoffs:
            self._begin(rows.facts[0].seen.standard.handoff)
        parties = [(party.service, party.message) for one in self.handoffs for party in (one.sender, one.receiver)]
        passed = ~rows.all_of("is_plain") & rows.where(
            lambda one: any(one.service == service and text in (None, one.message) for service, text in parties)
        )
        for row in passed.nonzero()[0].tolist():
            self.see(rows.seen(row))
        for service, mine in rows.groups(~rows.all_of("is_plain"), lambda one: one.service):
            ns = int((rows.ns[mine] * rows.timed[mine]).max())
            self.newest[service] = max(ns, self.newest.get(service, 0))
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
    return any(ns is None or sent_ns is None or -timeout_ns <= ns - sent_ns <= timeout_ns for ns in times)


class Offset(Options, frozen=True):
    """Options of LV713."""

    min_pairs: int = 5
    tolerance: Duration = "1s"


@rule("LV713", "clock-offset", Severity.ERROR, scope="X", options=Offset)
class ClockOffset(_HandoffTracker):
    r"""Work that arrives before it was sent, or a constant number of quarter hours away.

    Why: One of the clocks is wrong, or one service writes local time as if it were UTC; merged by time, effects come
    before
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
