"""What real logs show, counted record by record: formats, notation of times, spellings of ids, jobs and hand-offs.

Bounded: a few thousand ids, messages and values are kept, whatever the size of the logs.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from logview.record import TimeKind
from logview.standard.template import template_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from logview.record import Record
    from logview.standard.model import Violation

MAX_VALUES = 5_000
MAX_JOBS = 20_000
MAX_MESSAGES = 32
"""Different messages kept of one job in one service."""

_PINO = ("pino", "bunyan", "winston", "fastify")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(slots=True)
class ServiceEvidence:
    """One service's records."""

    records: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Counter[str]] = field(default_factory=dict)
    """Name of an id ("job") → spelling → records."""

    @property
    def dialect(self) -> str:
        """ "pino", "python" or "other", by the format of most records."""
        for name, _ in self.formats.most_common():
            if name.startswith(_PINO):
                return "pino"
            if name not in {"plain", "json", "logfmt", "node-crash"}:
                return "python"
        return "other"

    @property
    def naive(self) -> int:
        """Records whose time has no zone."""
        return self.times[TimeKind.NAIVE.value]


JobTrail = dict[str, dict[str, int]]
"""Service → its messages about one job, each with the time it was first logged (0: no time)."""


class Lifecycle(NamedTuple):
    """A unit of work that one service starts and ends."""

    name: str
    service: str
    start: str
    end: tuple[str, ...]
    started: int
    """Jobs."""
    ended: int


class Handoff(NamedTuple):
    """Work that goes from one service to another."""

    sender: str
    receiver: str
    message: str
    """The sender's, most often the last before the receiver's first."""
    jobs_with_message: int
    jobs: int


class Evidence:
    """Counts records; `observe` fits `check_paths`."""

    def __init__(self, spellings: Mapping[str, Iterable[str]]) -> None:
        self.spellings = {key: name for name, keys in spellings.items() for key in keys}
        self.services: dict[str, ServiceEvidence] = {}
        self.values: dict[str, set[str]] = {name: set() for name in spellings}
        self.jobs: OrderedDict[str, JobTrail] = OrderedDict()
        self._counted: dict[str, int] = {}
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    @property
    def records(self) -> int:
        """All records."""
        return sum(service.records for service in self.services.values())

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...] = ()) -> None:  # noqa: ARG002
        """Count a record."""
        seen = self.services.setdefault(service, ServiceEvidence())
        seen.records += 1
        seen.formats[record.format] += 1
        if not record.time_from_wrapper:
            seen.times[record.time.kind.value] += 1
        if record.time.ns is not None:
            self.first_ns = min(record.time.ns, self.first_ns or record.time.ns)
            self.last_ns = max(record.time.ns, self.last_ns or record.time.ns)
        for key in _keys(record.data):
            name = self.spellings.get(key)
            if name is not None:
                seen.keys.setdefault(name, Counter())[key] += 1
        for name, value in (("job", record.job_id), ("request", record.request_id), ("trace", record.trace_id)):
            if value and name in self.values and len(self.values[name]) < MAX_VALUES:
                self.values[name].add(value)
        if record.job_id and record.message:
            self._follow(record.job_id, service, record)

    def newly_seen(self) -> list[str]:
        """Services with records since the last call."""
        now = {name: seen.records for name, seen in self.services.items()}
        fresh = [name for name, count in now.items() if count > self._counted.get(name, 0)]
        self._counted = now
        return fresh

    def _follow(self, job: str, service: str, record: Record) -> None:
        trail = self.jobs.get(job)
        if trail is None:
            if len(self.jobs) >= MAX_JOBS:
                self.jobs.popitem(last=False)
            trail = self.jobs[job] = {}
        messages = trail.setdefault(service, {})
        if len(messages) < MAX_MESSAGES:
            messages.setdefault(template_of(record.message or ""), record.time.ns or 0)

    def lifecycles(self) -> list[Lifecycle]:
        """Messages such as "solve started" whose jobs also log "solve finished"."""
        starts: Counter[tuple[str, str, str]] = Counter()
        ends: dict[tuple[str, str], Counter[str]] = {}
        closed: Counter[tuple[str, str]] = Counter()
        for trail in self.jobs.values():
            for service, messages in trail.items():
                names = {found[1]: text for text in messages if (found := _START.fullmatch(text))}
                for name, start in names.items():
                    starts[service, name, start] += 1
                    finals = [text for text in messages if (found := _END.fullmatch(text)) and found[1] == name]
                    ends.setdefault((service, name), Counter()).update(finals)
                    closed[service, name] += bool(finals)
        return [
            Lifecycle(
                name,
                service,
                start,
                tuple(text for text, _ in ends[service, name].most_common(4)),
                count,
                closed[service, name],
            )
            for (service, name, start), count in starts.most_common()
            if closed[service, name] and "<*>" not in start
        ]

    def handoffs(self) -> list[Handoff]:
        """Where one service logged a job before another did, and the message that most often came last before that."""
        pairs: dict[tuple[str, str], Counter[str]] = {}
        before: dict[tuple[str, str], Counter[str]] = {}
        for trail in self.jobs.values():
            first = {service: min(messages.values()) for service, messages in trail.items() if min(messages.values())}
            order = sorted(first, key=lambda service: first[service])
            for sender, receiver in itertools.pairwise(order):
                sent = [(ns, text) for text, ns in trail[sender].items() if ns <= first[receiver]]
                pairs.setdefault((sender, receiver), Counter())[max(sent)[1]] += 1
                before.setdefault((sender, receiver), Counter()).update(text for _, text in sent)
        return [
            Handoff(*pair, *_likeliest(counts, before[pair]), counts.total())
            for pair, counts in sorted(pairs.items(), key=lambda item: -item[1].total())
        ]


def _likeliest(last: Counter[str], before: Counter[str]) -> tuple[str, int]:
    """The message that hands over: one that says so and that nearly every job has, else the one that came last."""
    named = [(text, count) for text, count in before.most_common() if _HANDS_OVER.search(text)]
    enough = [(text, count) for text, count in named if 10 * count >= 9 * last.total()]
    return enough[0] if enough else last.most_common(1)[0]


_HANDS_OVER = re.compile(r"\b(?:dispatch|sen[dt]|post|submit|publish|enqueue|hand(?:ed)? ?(?:off|over)|forward)")
_START = re.compile(r"([\w .-]+?)[ _](?:started|starting|begin|begun)")
_END = re.compile(r"([\w .-]+?)[ _](?:finished|completed|done|ended|failed|aborted|canceled|cancelled)")


def _keys(data: dict[str, Any] | None) -> Iterable[str]:
    if data is None:
        return
    for key, value in data.items():
        yield key
        if isinstance(value, dict):
            for inner in value:
                yield f"{key}.{inner}"


def pattern_of(values: Iterable[str]) -> str | None:
    """A regular expression that all values match and that says something; None where there is none."""
    values = sorted(values)
    if len(values) < 10:
        return None
    if all(_UUID.fullmatch(value) for value in values):
        return f"^{_UUID.pattern}$"
    head = _common_head(values)
    rests = [value[len(head) :] for value in values]
    sizes = {len(rest) for rest in rests}
    for alphabet in ("0-9", "0-9a-f", "0-9a-z", "0-9A-Za-z"):
        if all(re.fullmatch(f"[{alphabet}]+", rest) for rest in rests):
            return f"^{_escaped(head)}[{alphabet}]{{{min(sizes)},}}$"
    return None


def _escaped(text: str) -> str:
    """Escaped as people write it: a hyphen outside brackets means itself."""
    return re.escape(text).replace("\\-", "-")


def _common_head(values: list[str]) -> str:
    """What all values start with, up to the last separator: "job-" of "job-1a", "job-1b"."""
    first, last = values[0], values[-1]
    size = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    found = re.match(r"(.*[-_:/.])", first[:size])
    return found[1] if found else ""
