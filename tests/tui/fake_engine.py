"""An engine over records in memory: the methods of `logview.engine` that the viewer uses, with nothing behind them.

Filters with the naive oracle, so that a screen test never depends on indexing, threads or files.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logview.engine.facts import EMPTY_HISTOGRAM, Histogram, NoticeRow, RowFacts, ServiceStats, SourceState
from logview.query import matches
from logview.query.model import And, Query
from logview.record import Level, Record
from logview.standard.model import Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


@dataclass
class Entry:
    record: Record
    service: str
    violations: tuple[Violation, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(violation.rule for violation in self.violations)


@dataclass
class FakeEngine:
    """Records are added with `append`; `on_change` is called as the engine would."""

    entries: list[Entry] = field(default_factory=list)
    on_change: Callable[[], None] | None = None
    version: int = 0
    closed: bool = False
    notice_list: list[NoticeRow] = field(default_factory=list)
    standard: Any = None
    held_first: Any = None

    def start(self) -> None:
        self.changed()

    def close(self) -> None:
        self.closed = True

    def changed(self) -> None:
        self.version += 1
        if self.on_change is not None:
            self.on_change()

    def append(self, record: Record, service: str, violations: tuple[Violation, ...] = ()) -> None:
        self.entries.append(Entry(record, service, violations))
        self.entries.sort(key=lambda entry: entry.record.time_ns or 0)
        self.changed()

    def failure(self) -> BaseException | None:
        return None

    def progress(self) -> float:
        return 1.0

    def sources(self) -> list[SourceState]:
        return [SourceState(f"{name}.log", f"logs/{name}.log", 0, 0, 0, "following") for name in self._names()]

    def services(self) -> list[ServiceStats]:
        return [self._service(name) for name in self._names()]

    def _names(self) -> list[str]:
        return list(dict.fromkeys(entry.service for entry in self.entries))

    def _service(self, name: str) -> ServiceStats:
        mine = [entry for entry in self.entries if entry.service == name]
        errors = sum(1 for entry in mine if (entry.record.level or 0) >= Level.ERROR)
        return ServiceStats(name, len(mine), 0.0, errors, sum(1 for entry in mine if entry.violations))

    def rule_counts(self) -> dict[str, dict[str, int]]:
        counts: dict[str, Counter[str]] = {}
        for entry in self.entries:
            for rule in set(entry.rules):
                counts.setdefault(rule, Counter())[entry.service] += 1
        return {rule: dict(services) for rule, services in sorted(counts.items())}

    def notices(self) -> list[NoticeRow]:
        return self.notice_list

    def fields(self) -> dict[str, list[tuple[str, int]]]:
        values: dict[str, Counter[str]] = {}
        for entry in self.entries:
            values.setdefault("service", Counter())[entry.service] += 1
            if entry.record.job_id:
                values.setdefault("job_id", Counter())[entry.record.job_id] += 1
            for key, value in entry.record.fields.items():
                values.setdefault(key, Counter())[str(value)] += 1
        return {name: counter.most_common() for name, counter in values.items()}

    def violations(self, key: Any) -> tuple[Violation, ...]:
        return next((entry.violations for entry in self.entries if id(entry) == key), ())

    def hold_against(self, standard: Any, first: Any) -> None:
        self.standard, self.held_first = standard, first

    def view(self, query: Query | None = None, *, muted: Collection[str] = ()) -> FakeView:
        return FakeView(self, query or Query(And(())), frozenset(muted))


class FakeView:
    """The rows that pass; looked up anew on every call, so that it grows with the engine."""

    complete = True
    hidden_without_field = 0

    def __init__(self, engine: FakeEngine, query: Query, muted: frozenset[str]) -> None:
        self.engine, self.query, self.muted = engine, query, muted
        self._kept: list[Entry] = []
        self._kept_version = -1

    def close(self) -> None:
        pass

    @property
    def version(self) -> int:
        return self.engine.version

    @property
    def kept(self) -> list[Entry]:
        if self._kept_version != self.engine.version:
            self._kept = [entry for entry in self.engine.entries if self.keeps(entry)]
            self._kept_version = self.engine.version
        return self._kept

    def keeps(self, entry: Entry) -> bool:
        return entry.service not in self.muted and matches(
            self.query, entry.record, service=entry.service, rules=entry.rules
        )

    @property
    def rows(self) -> int:
        return len(self.kept)

    def key(self, row: int) -> int:
        return id(self.kept[row])

    def row_of(self, key: Any) -> int:
        order = [id(entry) for entry in self.engine.entries]
        if key not in order:
            return self.rows
        mine = {id(entry) for entry in self.kept}
        return sum(1 for entry in order[: order.index(key)] if entry in mine)

    def record(self, row: int) -> Record:
        return self.kept[row].record

    def facts(self, row: int) -> RowFacts:
        entry = self.kept[row]
        return RowFacts(
            entry.record, entry.service, entry.record.time_ns, severity=self.severity(row), rules=entry.rules
        )

    def runs(self, row: int) -> tuple[tuple[int, int], ...]:
        return ((0, len(self.kept[row].record.text)),)

    def looks(self, low: int, high: int) -> list[tuple[object, ...]]:
        rows = range(max(low, 0), min(high, len(self.kept)))
        return [(self.key(row), self.runs(row), self.severity(row)) for row in rows]

    def show(self, low: int, high: int) -> None:
        self.shown = (low, high)

    def verdict(self, row: int) -> tuple[str, ...]:
        return self.kept[row].rules

    def severity(self, row: int) -> str | None:
        found = [violation.severity for violation in self.kept[row].violations]
        return max(found, key=lambda one: one.rank).value if found else None

    def time_ns(self, row: int) -> int | None:
        return self.kept[row].record.time_ns

    def arrived_ns(self, row: int) -> int | None:
        return None

    def level(self, row: int) -> Level | None:
        return self.kept[row].record.level

    def service(self, row: int) -> str:
        return self.kept[row].service

    def find(self, row: int, step: int, what: Any, *, cancelled: Callable[[], bool] = lambda: False) -> int | None:
        at = row + step
        while 0 <= at < len(self.kept) and not cancelled():
            if self._is(self.kept[at], what):
                return at
            at += step
        return None

    def _is(self, entry: Entry, what: Any) -> bool:
        level = entry.record.level or 0
        if what == "error":
            return level >= Level.ERROR
        if what == "warning":
            return level >= Level.WARN
        if what == "violation":
            return bool(entry.violations)
        return bool(matches(what, entry.record, service=entry.service, rules=entry.rules))

    def span_ns(self) -> tuple[int, int] | None:
        times = [entry.record.time_ns for entry in self.kept if entry.record.time_ns is not None]
        return (min(times), max(times)) if times else None

    def counts(self) -> dict[str, dict[Level | None, int]]:
        found: dict[str, dict[Level | None, int]] = {}
        for entry in self.kept:
            by_level = found.setdefault(entry.service, {})
            by_level[entry.record.level] = by_level.get(entry.record.level, 0) + 1
        return found

    def histogram(self, buckets: int) -> Histogram:
        span = self.span_ns()
        if span is None or buckets < 1:
            return EMPTY_HISTOGRAM
        width = (span[1] - span[0]) // buckets + 1
        table: list[dict[Level | None, int]] = [{} for _ in range(buckets)]
        for entry in self.kept:
            if entry.record.time_ns is not None:
                bucket = table[(entry.record.time_ns - span[0]) // width]
                bucket[entry.record.level] = bucket.get(entry.record.level, 0) + 1
        return Histogram(span[0], width, tuple(table))

    def is_notice(self, row: int) -> bool:
        return False

    def raw(self, row: int) -> bytes:
        return self.kept[row].record.text.encode() + b"\n"


def violation(rule: str, name: str, severity: str = "error", *, want: str = "", found: str = "") -> Violation:
    """A violation as the checker would return it."""
    return Violation(rule, name, Severity(severity), None, found, want or "write it otherwise", f"{name} found")
