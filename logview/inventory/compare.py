"""Two services side by side: what is configured, what is observed, where they disagree, and what the standard says.

`gather` reads logs and source once; `document` makes the report of it. Both services are read with the same code and
judged by the same standard.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.errors import UsageError
from logview.inventory import take
from logview.inventory.index import ServiceIndex
from logview.inventory.model import Inventory
from logview.inventory.observe import Observer, ServiceSeen
from logview.standard.place import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logview.decode import Hints
    from logview.inventory.observe import Event
    from logview.standard.model import Finding, Standard


@dataclass(slots=True)
class Side:
    """One of the two services."""

    name: str
    configured: Inventory
    observed: ServiceSeen
    source_rules: Counter[str] = field(default_factory=Counter)
    """Code → findings in its source."""

    @property
    def has_source(self) -> bool:
        return bool(self.configured.files)


@dataclass(slots=True)
class Offset:
    """Delays of a hand-off: time at the receiver minus time at the sender."""

    name: str
    pairs: int
    median_s: float
    least_s: float
    most_s: float

    @property
    def verdict(self) -> str:
        """What the delays say about the clocks; the thresholds are LV713's."""
        quarter = round(self.median_s / 900)
        if self.pairs < 5:
            return "too few pairs to tell"
        if quarter and abs(self.median_s - quarter * 900) <= 2:
            return f"clocks {quarter * 0.25:+g} h apart: a local time without zone"
        if self.median_s < -1:
            return "arrives before it is sent: clocks differ"
        return "clocks agree"


@dataclass(slots=True)
class Comparison:
    """Everything the report is made of."""

    a: Side
    b: Side
    standard: Standard
    findings: list[Finding]
    """Of rules across records and services: LV7xx."""
    jobs: dict[str, list[Event]]
    offsets: list[Offset]
    buckets: dict[str, Counter[int]]
    """Service → count of records by bucket of `bucket_s` seconds."""
    bucket_s: int

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the two arguments, resolved."""

    name: str
    logs: tuple[str, ...]
    source: tuple[str, ...]


def asked(
    argument: str, *, services: Mapping[str, tuple[Sequence[str], Sequence[str]]], source: Sequence[str]
) -> Asked:
    """What `A` or `B` on the command line means: a configured service's name, else a log file or folder.

    services   name → (logs, source folders), as paths that can be opened
    raises     UsageError  neither
    """
    if argument in services:
        logs, folders = services[argument]
        return Asked(argument, tuple(logs), tuple(source or folders))
    if os.path.exists(argument):
        name = os.path.basename(os.path.normpath(argument)).partition(".")[0] or argument
        return Asked(name, (argument,), tuple(source))
    raise UsageError(
        f'"{argument}" is neither a service in logview.toml nor a log file{suggestion(argument, services)}'
    )


def gather(
    standard: Standard,
    a: Asked,
    b: Asked,
    *,
    service_of: Callable[[str], str | None] | None = None,
    hints_of: Callable[[str], Hints],
) -> Comparison:
    """Read both services' source and logs. Rules' findings have the paths as they are given.

    raises   UsageError  a log or folder that does not exist, a service without any record
    """
    from logview.inventory.rules import findings_of
    from logview.sources import expand
    from logview.standard.files import check_paths

    roots = {side.name: list(side.source) for side in (a, b) if side.source}
    folders = [folder for paths in roots.values() for folder in paths]
    inventory = take(folders, roots) if folders else Inventory()
    index = ServiceIndex(inventory)
    observer = Observer(index)
    by_file: dict[str, Counter[str]] = {}
    paths_of = {side.name: expand(list(side.logs)) for side in (a, b)}
    owner = {path: name for name, paths in paths_of.items() for path in paths}
    counter = Buckets()
    current = ""

    def opened(path: str) -> Hints:
        nonlocal current
        current = path
        return hints_of(path)

    def observe(record: object, service: str, violations: object) -> None:
        by_file.setdefault(owner[current], Counter())[service] += 1
        observer.observe(record, service, violations, current)  # type: ignore[arg-type]
        counter.add(service, record.time_ns)  # type: ignore[attr-defined]

    findings = [
        finding
        for finding in check_paths(
            standard,
            list(owner),
            observe=observe,
            index=index,
            hints_of=opened,
            service_of=lambda path: (service_of(path) if service_of else None) or owner.get(path),
        )
        if finding.violation.rule.startswith("LV7")
    ]
    source_rules: dict[str, Counter[str]] = {}
    for finding in findings_of(standard, inventory):
        source_rules.setdefault(finding.service, Counter())[finding.violation.rule] += 1
    made = []
    for side in (a, b):
        counts = by_file.get(side.name)
        if not counts:
            raise UsageError(f"{', '.join(side.logs) or side.name}: no records to compare")
        name = side.name if side.name in counts else counts.most_common(1)[0][0]
        part = inventory.of(side.name)
        made.append(Side(name, part, observer.services[name], source_rules.get(side.name, Counter())))
    return Comparison(
        made[0],
        made[1],
        standard,
        findings,
        observer.jobs,
        offsets(standard, observer.jobs, made[0].name, made[1].name),
        counter.counts,
        counter.width_s,
    )


class Buckets:
    """Records per span of time and service; the span doubles while there are too many."""

    MOST = 600

    def __init__(self) -> None:
        self.counts: dict[str, Counter[int]] = {}
        self.width_s = 1

    def add(self, service: str, time_ns: int | None) -> None:
        if time_ns is None:
            return
        mine = self.counts.setdefault(service, Counter())
        mine[time_ns // 1_000_000_000 // self.width_s] += 1
        while len(mine) > self.MOST:
            self.width_s *= 2
            for name, counts in self.counts.items():
                halved: Counter[int] = Counter()
                for bucket, count in counts.items():
                    halved[bucket // 2] += count
                self.counts[name] = halved
            mine = self.counts[service]


def offsets(standard: Standard, jobs: Mapping[str, list[Event]], a: str, b: str) -> list[Offset]:
    """Delays of each configured hand-off between the two; without any, of each job's first record in either."""
    out = []
    for handoff in standard.handoff:
        sender, receiver = handoff.sender, handoff.receiver
        if {sender.service, receiver.service} != {a, b}:
            continue
        delays = [
            (there.time_ns - here.time_ns) / 1e9
            for events in jobs.values()
            if (here := first(events, sender.service, sender.message))
            and (there := first(events, receiver.service, receiver.message))
        ]
        if delays:
            out.append(offset(handoff.name, delays))
    if not out:
        delays = [
            (there.time_ns - here.time_ns) / 1e9
            for events in jobs.values()
            if (here := first(events, a, None)) and (there := first(events, b, None))
        ]
        if delays:
            out.append(offset(f"first record of a job: {a} to {b}", delays))
    return out


def offset(name: str, delays: list[float]) -> Offset:
    return Offset(name, len(delays), statistics.median(delays), min(delays), max(delays))


def first(events: Sequence[Event], service: str, message: str | None) -> Event | None:
    """The first event of a service, with the message where one is given."""
    return next((e for e in events if e.service == service and (message is None or e.message == message)), None)


def sample_jobs(comparison: Comparison, count: int = 3) -> list[tuple[str, list[Event]]]:
    """Jobs that both services worked on, told apart by how they went: a plain one, one with trouble, the longest."""
    a, b = comparison.a.name, comparison.b.name
    shared = [
        (job, sorted(events, key=lambda event: event.time_ns))
        for job, events in comparison.jobs.items()
        if {a, b} <= {event.service for event in events}
    ]
    if not shared:
        return []
    chosen: dict[str, list[Event]] = {}
    plain = [pair for pair in shared if not any(event.level in {"warn", "error", "fatal"} for event in pair[1])]
    trouble = [pair for pair in shared if any(event.level in {"error", "fatal"} for event in pair[1])]
    longest = max(shared, key=lambda pair: (pair[1][-1].time_ns - pair[1][0].time_ns, pair[0]))
    for pool in (plain, trouble, [longest], shared):
        for job, events in pool:
            if job not in chosen and len(chosen) < count:
                chosen[job] = events
                break
    return list(chosen.items())
