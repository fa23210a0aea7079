"""What the engine tells: small frozen values about sources, services, rows and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from logview.record import Level, Record


@dataclass(frozen=True, slots=True)
class RowKey:
    """A record's identity: survives filtering, growth and re-indexing."""

    source: int
    offset: int
    notice: int = -1
    """Number of the notice when the row is one."""
    time_ns: int = field(default=0, compare=False)
    """Where it stands in the timeline; finds the neighborhood when the record itself is not shown."""


class RowFacts(NamedTuple):
    """A row as it is at one moment: its record, and what the columns say of it.

    time_ns     the row's time, ns since the epoch; None: the record has none
    arrived_ns  about when a row without a time was seen arriving; None for rows that have one or were found
    severity    the worst one of the rules it breaks: "error", "warn", "info"; None: none, or nobody has looked yet
    rules       their codes
    """

    record: Record
    service: str
    time_ns: int | None
    arrived_ns: int | None = None
    severity: str | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source. `state` is "indexing", "following", "ended" or "gone"."""

    name: str
    path: str | None
    size_bytes: int
    indexed_bytes: int
    records: int
    state: str


@dataclass(frozen=True, slots=True)
class ServiceStats:
    """One service: records in all, records a second just now, records at error or above, records with violations."""

    name: str
    records: int
    rate_per_s: float
    errors: int
    violations: int


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What a follower said about a source, and when."""

    source: str
    kind: str
    text: str
    offset: int
    size_bytes: int
    time_ns: int
    is_loss: bool


@dataclass(frozen=True, slots=True)
class Histogram:
    """Records by time and level: bucket n covers [start_ns + n·width_ns, start_ns + (n+1)·width_ns)."""

    start_ns: int
    width_ns: int
    counts: tuple[dict[Level | None, int], ...]


EMPTY_HISTOGRAM = Histogram(0, 1, ())
