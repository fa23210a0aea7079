"""Records as lines for people, where there is no viewer: `logview cat`, and `logview` when stdout is no terminal.

Colors only on a terminal and without NO_COLOR; loads neither Rich nor Textual. Text has passed the same gate as the
viewer's (`present`), so a hostile log cannot reach the terminal here either.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from datetime import UTC
from typing import IO, TYPE_CHECKING

from logview import present
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from logview.record import Record

LEVEL_COLORS = {
    Level.TRACE: "90", Level.DEBUG: "90", Level.INFO: "32", Level.WARN: "33", Level.ERROR: "1;31",
    Level.FATAL: "1;7;31",
}  # fmt: skip
SERVICE_COLORS = ("36", "32", "35", "34", "96", "92", "95", "94")
SEVERITY_COLORS = {"error": "1;31", "warn": "33", "info": "34"}
DIM, BOLD, YELLOW = "90", "1", "33"
CONTINUATION_LINES = 200
"""Lines of one traceback that are printed."""


def wants_color(stream: IO[str], environ: os._Environ[str] | dict[str, str] = os.environ) -> bool:
    """Whether colors belong there: a terminal that knows them, NO_COLOR unset (no-color.org); FORCE_COLOR wins."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM", "") not in {"", "dumb"} and stream.isatty()


@dataclass(slots=True)
class Painter:
    """Turns records into printable lines; remembers only the last date, to show it when it changes."""

    color: bool = False
    zone: tzinfo = UTC
    service_width: int = 9
    last_day: str = ""

    def paint(self, record: Record, service: str | None = None, severity: str | None = None) -> str:
        """The record's line, its traceback under it; no line end."""
        lines = list(self.lines(record, service or record.service or "", severity))
        return "\n".join(lines)

    def lines(self, record: Record, service: str, severity: str | None) -> Iterator[str]:
        """A line for the date where it changes, the record, what hangs below it."""
        day = present.moment(record.time_ns, self.zone)[:10]
        if day and day != self.last_day:
            if self.last_day:
                yield self.ink(f"── {day} ──", DIM)
            self.last_day = day
        yield "".join(self.head(record, service, severity)).rstrip()
        for line in self.below(record):
            yield self.ink(f"    {line}", DIM)

    def head(self, record: Record, service: str, severity: str | None) -> Iterator[str]:
        """The columns and the message."""
        if severity is not None:
            yield self.ink(present.SEVERITY_GLYPHS.get(severity, " ") + " ", SEVERITY_COLORS.get(severity, DIM))
        yield self.ink(present.clock(record.time_ns, self.zone).ljust(12), DIM) + " "
        word = present.level_word(record.level)
        yield self.ink((word or "-").ljust(5), LEVEL_COLORS.get(record.level, DIM) if record.level else DIM) + " "
        if service:
            name = present.one_line(service, 40)
            self.service_width = max(self.service_width, min(len(name), 16))
            place = zlib.crc32(service.encode("utf-8", "surrogatepass")) % len(SERVICE_COLORS)
            yield self.ink(name.ljust(self.service_width), SERVICE_COLORS[place]) + " "
        if origin := present.origin(record):
            yield self.ink(origin, DIM) + " "
        if record.job_id:
            yield self.ink(present.one_line(record.job_id, 64), YELLOW) + " "
        message = present.message(record)
        yield self.ink(message, BOLD) if record.level is not None and record.level >= Level.ERROR else message
        error = present.fault(record.error)
        if error and error not in message:
            yield "  " + self.ink(error, LEVEL_COLORS[Level.ERROR])
        for text, _, _ in present.exchange(record):
            yield "  " + text
        for key, value in present.extras(record, 40):
            yield "  " + self.ink(present.one_line(key, 64) + "=", DIM) + present.value_text(value)

    def below(self, record: Record) -> Iterator[str]:
        """The traceback, else the further lines of the record."""
        text = record.error.stack if record.error is not None and record.error.stack else record.rest
        if not text or (record.data is None and record.message and text in record.message):
            return
        lines = text[: CONTINUATION_LINES * 400].split("\n")
        yield from (present.one_line(line.rstrip()) for line in lines[:CONTINUATION_LINES] if line.strip())
        if len(lines) > CONTINUATION_LINES:
            yield f"… {len(lines) - CONTINUATION_LINES} lines more"

    def ink(self, text: str, code: str) -> str:
        """The text in a color, where colors are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text
