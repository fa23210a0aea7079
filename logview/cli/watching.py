"""Logs run through the checker for what they show, not for a verdict: for `logview standard` and `logview review`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.cli.checking import source_index, source_roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logview.config import Config
    from logview.record import Record
    from logview.standard.model import Violation
    from logview.standard.tally import Tally

    Observe = Callable[[Record, str, tuple[Violation, ...]], None]


def watch(config: Config, paths: Sequence[str], tally: Tally, observe: Observe) -> None:
    """Check logs with the configuration's standard: findings and records into `tally`, records to `observe` too."""
    from logview.sources import expand
    from logview.standard.files import check_paths

    def both(record: Record, service: str, violations: tuple[Violation, ...]) -> None:
        tally.observe(record, service, violations)
        observe(record, service, violations)

    for finding in check_paths(
        config.standard,
        expand(paths),
        observe=both,
        index=source_index(config),
        service_of=config.service_of,
        hints_of=config.hints_of,
    ):
        tally.add(finding)


def read_source(config: Config, folders: Sequence[str], tally: Tally) -> None:
    """Check source code with the configuration's standard: findings into `tally`."""
    from logview.inventory.rules import check_source

    for finding in check_source(config.standard, folders, roots=source_roots(config)):
        tally.add(finding)


def watched(config: Config, paths: Sequence[str], tally: Tally, observe: Observe) -> Iterator[str]:
    """Check logs one by one; each path when it is through. Rules that compare services do not see several."""
    from logview.sources import expand

    for path in expand(paths):
        watch(config, [path], tally, observe)
        yield path


class Span:
    """The earliest and the latest time among records; `observe` fits `watch`."""

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...]) -> None:  # noqa: ARG002
        """Look at a record's time."""
        moment = record.time.ns
        if moment is not None:
            self.first_ns = moment if self.first_ns is None else min(moment, self.first_ns)
            self.last_ns = moment if self.last_ns is None else max(moment, self.last_ns)

    def written(self) -> tuple[str | None, str | None]:
        """Both as RFC 3339 to the second."""
        import datetime as dt

        return tuple(  # type: ignore[return-value]
            None if ns is None else dt.datetime.fromtimestamp(ns // 10**9, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for ns in (self.first_ns, self.last_ns)
        )
