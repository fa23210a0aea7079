"""What was found about one record, whatever road it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from logview.record import Record
    from logview.standard.check import StreamChecker
    from logview.standard.model import Violation


class Judged(NamedTuple):
    """A record with violations, or one that was made."""

    lineno: int
    offset: int
    size: int
    service: str
    template: str
    """Masked; "" for a record."""
    violations: tuple[Violation, ...]
    record: Record
    """Itself, or one of its kind."""
    is_made: bool


def judged_by_itself(record: Record, stream: StreamChecker) -> Judged:
    """A record that takes the road of all records."""
    return judged_record(record, stream.check(record), stream.service)


def judged_record(record: Record, violations: tuple[Violation, ...], service: str) -> Judged:
    """A record that was made, with its violations; `service` is its stream's."""
    return Judged(
        record.lineno, record.offset, record.size, record.service or service, "", violations, record, is_made=True
    )
