"""Log files against the standard: opened, read, decoded or swept, judged, one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from logview.sources import Notice, blocks, open_source
from logview.standard.check import Checker
from logview.standard.judged import judged_by_itself
from logview.standard.model import Finding
from logview.standard.program import masked

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logview.decode import Hints
    from logview.record import Record
    from logview.sources import Source
    from logview.standard.chosen import Chosen
    from logview.standard.judged import Judged
    from logview.standard.model import SourceIndex, Standard, Violation
    from logview.standard.rules.seen import Seen

QUIET_BYTES = 1 << 16
"""A log of at most so many bytes is judged record by record."""
BULK_BYTES = 2 << 20
"""Bytes that are judged at once where lines are recognized without being decoded."""


def check_paths(
    standard: Standard,
    paths: Sequence[str],
    *,
    chosen: Chosen | None = None,
    observe: Callable[[Record, str, tuple[Violation, ...]], None] | None = None,
    index: SourceIndex | None = None,
    service_of: Callable[[str], str | None] | None = None,
    hints_of: Callable[[str], Hints] | None = None,
    waived: dict[int, int] | None = None,
    today: dt.date | None = None,
    notice: Callable[[str, Notice], None] | None = None,
    passed: Callable[[int], None] | None = None,
    checker: Checker | None = None,
    across: bool = True,
    alike: Callable[[Record, str, int], None] | None = None,
    may_fork: bool = False,
) -> Iterator[Finding]:
    """The findings of files, one after the other: of each record as read, then of the stream, then across streams.

    chosen      whose findings are reported; None: all. Every record counts for the state
    observe     told of every record with its violations
    service_of  the configured service of a path; hints_of what is known of its format
    waived      filled: position of a waiver → violations it allowed
    notice      told what must be known about a file: (path, notice), when it was read
    passed      told how many more bytes were dealt with
    checker     the one to use; None: a new one
    alike       told once of records that broke nothing and were not made: (one of their kind, service, how many more);
                without it `observe` is told of each, and each is made
    across      False: what concerns several streams stays in the checker, for who puts several together
    may_fork    whether a second process may help with what is large
    """
    from logview.decode import Hints, decode_blocks

    if checker is None:
        checker = Checker(standard, index=index, today=today)
    shown = iter if chosen is None else chosen.shown
    for path in paths:
        stream = checker.stream(path, service=service_of(path) if service_of else None)
        with _opened(path, notice) as source:
            hints = hints_of(path) if hints_of else Hints()
            sweep = None
            in_bulk = (
                checker.quick
                and (chosen is None or not chosen.asks_verdicts)
                and (observe is None or alike is not None)
                and source.size() > QUIET_BYTES
            )
            data = blocks(source, BULK_BYTES) if in_bulk else blocks(source)
            if passed is not None:
                data = _told(data, passed)
            if in_bulk:
                # Only where it is worth it: its libraries take longer to load than a small log to be judged.
                from logview.standard.ahead import LARGE_BYTES
                from logview.standard.sweep import Sweep

                sweep = Sweep(stream, hints, made=None if chosen is None else _asked(chosen, path))
                itself = chosen is not None and not chosen.asks_kinds
                is_large = source.size() >= LARGE_BYTES
                helped_from = None if not may_fork else 0 if is_large else LARGE_BYTES
                judged = sweep.run(data, itself=itself, helped_from=helped_from)
            else:
                judged = (judged_by_itself(one, stream) for one in decode_blocks(data, hints))
            for one in judged:
                if one.is_made and observe is not None:
                    observe(one.record, one.service, one.violations)
                if chosen is None or chosen.has(path, one.record, one.service, one.violations, one.offset):
                    for violation in one.violations:
                        yield _finding(violation, one, path, index)
                if late := stream.drain():
                    yield from shown(late)
            yield from shown(stream.finish())
            if sweep is not None and sweep.has_lost_helper and notice is not None:
                notice(
                    path, Notice(0, "helper", "a second process ended early; its part was done again, all is checked")
                )
            if sweep is not None and alike is not None:
                for record, service, times in sweep.alike():
                    alike(record, service, times)
    if across:
        yield from shown(checker.finish())
    if waived is not None:
        waived.update(checker.waived)


def _asked(chosen: Chosen, path: str) -> Callable[[Seen], None]:
    """Asks for records as they are made: what is found later is told of such records only."""

    def ask(seen: Seen) -> None:
        chosen.has(path, seen.record, seen.service, ())

    return ask


def _told(data: Iterable[bytes], passed: Callable[[int], None]) -> Iterator[bytes]:
    for block in data:
        yield block
        passed(len(block))


def _finding(violation: Violation, judged: Judged, path: str, index: SourceIndex | None) -> Finding:
    from logview.standard.template import template_of

    record, service = judged.record, judged.service
    site = None
    if index is not None and index.covers(service):
        site = next((one for one in index.sites(service, record) if one.file), None)
    template = judged.template
    if not template:
        template = masked(template_of(record.message if record.message is not None else record.first))
    return Finding(violation, path, judged.lineno, service, template, judged.offset, judged.size, site)


@contextmanager
def _opened(path: str, notice: Callable[[str, Notice], None] | None) -> Iterator[Source]:
    source = open_source(path)
    try:
        yield source
        if notice is not None:
            for one in source.notices:
                notice(path, one)
    finally:
        source.close()
