"""Records as lines for people, where there is no viewer: `logview cat`, and `logview` when stdout is no terminal.

Colors only on a terminal and without NO_COLOR; loads neither Rich nor Textual. Text has passed the same gate as the
viewer's (`present`), so a hostile log cannot reach the terminal here either.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, replace
from datetime import UTC
from functools import lru_cache
from typing import IO, TYPE_CHECKING

from logview import present
from logview.record import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from logview.cli.printing import Wording
    from logview.record import Record

LEVEL_COLORS = {
    Level.TRACE: "90", Level.DEBUG: "90", Level.INFO: "32", Level.WARN: "33", Level.ERROR: "1;31",
    Level.FATAL: "1;7;31",
}  # fmt: skip
SERVICE_COLORS = ("36", "32", "35", "34", "96", "92", "95", "94")
SEVERITY_COLORS = {"error": "1;31", "warn": "33", "info": "34"}
DIM, BOLD, YELLOW = "90", "1", "33"
KEY_LIMIT = 64
SHORT = 64
"""Characters that every place on the line has room for."""
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
        """The record's line, its traceback under it, over it the date where that changes; no line end."""
        line = "".join(self.head(record, service or record.service or "", severity)).rstrip()
        below = [self.ink(f"    {text}", DIM) for text in self.below(record)]
        day = present.day(record.time_ns, self.zone)
        if day and day != self.last_day:
            if self.last_day:
                line = self.ink(f"── {day} ──", DIM) + "\n" + line
            self.last_day = day
        return "\n".join([line, *below]) if below else line

    def line(self, record: Record, service: str) -> bytes:
        """`paint` as bytes, with a line end."""
        return (self.paint(record, service) + "\n").encode("utf-8", "backslashreplace")

    def sketch(self, record: Record, service: str) -> bytes:
        """The record's line in its own day, by today's width; changes nothing."""
        return replace(self, last_day=self.day(record.time_ns)).line(record, service)

    def resume(self, time_ns: int | None, services: Iterable[str]) -> None:
        """Go on behind records that others have painted: the last time among them, their services."""
        self.last_day = self.day(time_ns) or self.last_day
        self.service_width = max(map(self.width_with, services), default=self.service_width)

    @property
    def width(self) -> int:
        """Cells of the service's column."""
        return self.service_width

    def width_with(self, service: str) -> int:
        """The column's width once a record of this service is painted."""
        return max(self.service_width, min(len(_service(service)[0]), 16))

    def day(self, time_ns: int | None) -> str:
        """The day of an instant; "" for none."""
        return present.day(time_ns, self.zone)

    def wording(self) -> Wording:
        """How values stand on the line, for lines that are printed without their records; see `stencil`."""
        from logview.cli.printing import Wording

        return Wording(
            clock=lambda ns: present.clock(ns, self.zone),
            message=present.one_line,
            alone=present.value_text,
            joined=lambda text: text if len(text) <= SHORT and text.isascii() and text.isprintable() else None,
            within=lambda _: None,
            value=present.value_text,
            encode=lambda text: text.encode("utf-8", "backslashreplace"),
            message_limit=present.TEXT_LIMIT,
            alone_limit=present.VALUE_LIMIT,
            joined_limit=SHORT,
            container_limit=present.VALUE_LIMIT,
            inside=frozenset(("req", "res")),
            computed={"responseTime": present.took_text},
            is_stripped=True,
            is_fine=False,
        )

    def head(self, record: Record, service: str, severity: str | None) -> list[str]:
        """The columns and the message."""
        parts: list[str] = []
        if severity is not None:
            parts.append(self.ink(present.SEVERITY_GLYPHS.get(severity, " ") + " ", SEVERITY_COLORS.get(severity, DIM)))
        parts += (
            self.ink(present.clock(record.time_ns, self.zone).ljust(12), DIM),
            " ",
            _level(record.level, self.color),
        )
        if service:
            name, code = _service(service)
            self.service_width = max(self.service_width, min(len(name), 16))
            parts += self.ink(name.ljust(self.service_width), code), " "
        if origin := present.origin(record):
            parts += self.ink(origin, DIM), " "
        if record.job_id:
            parts += self.ink(present.one_line(record.job_id, 64), YELLOW), " "
        message = present.message(record)
        is_bold = record.level is not None and record.level >= Level.ERROR
        parts.append(self.ink(message, BOLD) if is_bold else message)
        if record.error is not None and (error := present.fault(record.error)) and error not in message:
            parts += "  ", self.ink(error, LEVEL_COLORS[Level.ERROR])
        for text, _, _ in present.exchange(record):
            parts += "  ", text
        color = self.color
        for key, value in present.extras(record, 40):
            parts += _key(key[: KEY_LIMIT + 1], color), present.value_text(value)
        return parts

    def below(self, record: Record) -> Iterator[str]:
        """The traceback, else the further lines of the record."""
        if not record.rest and record.error is None:
            return
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


@lru_cache(maxsize=64)
def _level(level: Level | None, color: bool) -> str:
    """The level's column and the blank behind it."""
    word = (present.level_word(level) or "-").ljust(5)
    return f"\x1b[{LEVEL_COLORS.get(level, DIM) if level else DIM}m{word}\x1b[0m " if color else f"{word} "


@lru_cache(maxsize=256)
def _service(service: str) -> tuple[str, str]:
    """A service's name as it is shown, and its color."""
    place = zlib.crc32(service.encode("utf-8", "surrogatepass")) % len(SERVICE_COLORS)
    return present.one_line(service, 40), SERVICE_COLORS[place]


@lru_cache(maxsize=4096)
def _key(key: str, color: bool) -> str:
    """A field's name and its sign, with the blanks before it."""
    text = present.one_line(key, KEY_LIMIT) + "="
    return f"  \x1b[{DIM}m{text}\x1b[0m" if color else f"  {text}"
