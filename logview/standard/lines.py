"""A text checked as one stream: for tests, examples and pages, where there is no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.standard.check import Checker
from logview.standard.mask import mask_text
from logview.standard.model import Finding
from logview.standard.template import template_of

if TYPE_CHECKING:
    import datetime as dt

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.model import Standard, Violation


def check_lines(
    standard: Standard,
    text: str,
    *,
    name: str = "-",
    service: str | None = None,
    hints: Hints | None = None,
    today: dt.date | None = None,
) -> list[Finding]:
    """The findings of a log given as text, in order of line and rule.

    name     the file that findings carry
    service  what the stream's service is called where records name none
    """
    from logview.decode import Hints, decode_bytes

    checker = Checker(standard, today=today)
    stream = checker.stream(name, service=service)
    found: list[Finding] = []
    for record in decode_bytes(text.encode("utf-8", "surrogateescape"), hints or Hints()):
        found += [finding_at(one, record, name, record.service or stream.service) for one in stream.check(record)]
        found += stream.drain()
    found += stream.finish()
    found += checker.finish()
    return sorted(found, key=lambda one: (one.line, one.violation.rule))


def finding_at(violation: Violation, record: Record, file: str, service: str) -> Finding:
    """A record's violation with its place."""
    text = record.message if record.message is not None else record.first
    return Finding(violation, file, record.lineno, service, mask_text(template_of(text)), record.offset, record.size)
