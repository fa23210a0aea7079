"""LV701–LV703: does what was started end, once?"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from logview.standard.model import Severity, duration_ns
from logview.standard.rules.registry import Hit, Late, Tracker, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.model import Lifecycle, Standard
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

MAX_OPEN = 50_000


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
        """ "start" or "end" when the record is one, with the run's key kept in `key`; None otherwise."""
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
    @staticmethod
    def concerns(standard: Standard) -> bool:
        """Only where lifecycles are configured."""
        return bool(standard.lifecycle)

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._runs: list[_Runs] | None = None

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The records only whose message is a start or an end; for the others time goes on."""
        if self._runs is None:
            self.runs(rows.seen(0))
        texts = {text for run in self._runs or () for text in (run.lifecycle.start, *run.lifecycle.end)}
        steps = rows.where(lambda one: one.message in texts).nonzero()[0].tolist()
        done = 0
        for row in steps:
            self._pass(rows, done, row)
            for hit in self.see(rows.seen(row)):
                yield row, hit
            done = row + 1
        self._pass(rows, done, len(rows))

    def _pass(self, rows: Rows, begin: int, end: int) -> None:
        if begin < end and (rows.timed[begin:end]).any():
            self.pass_by(int(rows.ns[begin:end][rows.timed[begin:end]].max()))

    def pass_by(self, ns: int) -> None:
        """Time goes on."""

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

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
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

    def pass_by(self, ns: int) -> None:
        """Report what has been open for too long."""
        for runs in self._runs or ():
            self._expire(runs, ns)

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

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
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
                    hits.append(
                        Hit(f'"{seen.message}" without "{life.start}" before it', field=life.key, found=runs.key)
                    )
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

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
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
                    hits.append(
                        Hit(f'"{seen.message}" after the job had ended', field=runs.lifecycle.key, found=runs.key)
                    )
        return hits
