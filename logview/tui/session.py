"""What the screens share: the engine, the configuration, colors and zone; and small answers made of them.

Holds no widget; a test makes one around a fake engine.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from logview.standard.model import Violation
from logview.tui.clipboard import is_secure
from logview.tui.detail import Subject
from logview.tui.private import without_secrets
from logview.tui.rows import time_at
from logview.tui.theme import DARK, Palette, ServiceColors, make_palette

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logview.config import Config
    from logview.engine import Engine, RowKey, View
    from logview.record import Record
    from logview.standard.model import Rule, Site, SourceIndex


def local_zone(environ: Mapping[str, str] = os.environ) -> tzinfo:
    """The machine's zone: TZ, else /etc/localtime, else the offset that holds now."""
    name = environ.get("TZ", "").lstrip(":")
    try:
        if name:
            return UTC if name in {"UTC", "UTC0"} else ZoneInfo(name)
        with open("/etc/localtime", "rb") as file:
            return ZoneInfo.from_file(file, key="local")
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return datetime.now().astimezone().tzinfo or UTC


def zone_of(name: str | None) -> tzinfo:
    """The zone that `[view] zone` names: "utc", an IANA name, "+02:00"; None: the machine's."""
    if not name:
        return local_zone()
    if name.lower() in {"utc", "z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        sign, digits = name[:1], name[1:].replace(":", "")
        if sign in "+-" and digits.isdigit() and len(digits) == 4:
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            return timezone(-offset if sign == "-" else offset)
        return local_zone()


@dataclass
class Session:
    """One run of the viewer."""

    engine: Engine
    config: Config
    paths: Sequence[str] = ()
    """As typed, for the command line that shows the same view."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    palette: Palette = field(default_factory=lambda: make_palette({}, dark=DARK.dark, ansi=False))
    colors: ServiceColors = field(default_factory=ServiceColors)
    zone: tzinfo = UTC
    secure: bool = field(default_factory=is_secure)
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    index: SourceIndex | None = None
    """Message → call site; made in the background when the configuration names source directories."""

    def __post_init__(self) -> None:
        self._home_zone = self.zone

    def reread_standard(self, path: str, key: RowKey) -> None:
        """Hold everything against the standard in `path` from now on, the record of `key` first."""
        from logview.config import load

        read = load(path)
        self.config = msgspec.structs.replace(self.config, file=read.file, standard=read.standard)
        self.engine.hold_against(read.standard, key)

    def other_zone(self) -> tzinfo:
        """Change between the session's own zone and UTC; returns the new one."""
        self.zone = self._home_zone if self.zone is UTC else UTC
        return self.zone

    @property
    def zone_name(self) -> str:
        """ "UTC", "Europe/Berlin", "local"."""
        return str(self.zone)

    def query_time(self, time_ns: int | None) -> str | None:
        """A time as the query language takes it, to the nanosecond; None for none."""
        if time_ns is None:
            return None
        try:
            whole = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        fraction = f"{time_ns % 1_000_000_000:09}".rstrip("0")
        return f"{whole:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"

    def gone_services(self) -> frozenset[str]:
        """Services all of whose files have vanished, or whose process has ended."""
        has_gone: dict[str, bool] = {}
        for source in self.engine.sources():
            if source.path is not None:
                name, gone = os.path.basename(source.path).partition(".")[0], source.state == "gone"
            else:
                name, gone = source.name.removesuffix(" (stderr)"), source.state == "ended" and source.name != "-"
            has_gone[name] = has_gone.get(name, True) and gone
        return frozenset(name for name, gone in has_gone.items() if gone)

    def subject(self, view: View, row: int) -> Subject | None:
        """The row's record and all that is known about it, secrets masked where the record leaks any."""
        try:
            record, service, key = view.record(row), view.service(row), view.key(row)
            violations, sites = self.explained(view, row), self.sites(view, row)
        except IndexError:
            return None
        if any(violation.rule.startswith("LV6") for violation in violations):
            record = without_secrets(record)
        sources = self.engine.sources()
        number = getattr(key, "source", 0)
        place = sources[number] if number < len(sources) else None
        return Subject(
            record=record,
            service=service,
            source=(place.path or place.name) if place is not None else "",
            violations=violations,
            rules=self.rules,
            sites=sites,
        )

    def explained(self, view: View, row: int) -> Sequence[Violation]:
        """A violation for each rule that the row's mark stands for, worst first.

        What the engine cannot say again for the record alone (rules about many records) the rule's page says.
        """
        found = self.engine.violations(view.key(row))
        verdict = view.verdict(row)
        if verdict:
            found = tuple(violation for violation in found if violation.rule in verdict)
        known = {violation.rule for violation in found}
        record = view.record(row)
        paged = (self.from_page(code, record) for code in verdict if code not in known and code in self.rules)
        return sorted((*found, *paged), key=lambda violation: -violation.severity.rank)

    def from_page(self, code: str, record: Record) -> Violation:
        """What the rule's page says of any record that breaks it."""
        rule = self.rules[code]
        setting = self.config.standard.rules.get(code)
        severity = (setting.severity if setting is not None else None) or rule.severity
        want = rule.doc.pino if record.is_json and record.format.startswith("pino") else rule.doc.python
        what = " ".join(rule.doc.what.split())
        return Violation(code, rule.name, severity, None, "", " ".join(want.split()), what)

    def shown_record(self, view: View, row: int) -> Record:
        """The row's record as it may be shown: secrets masked where it breaks a privacy rule."""
        record = view.record(row)
        return without_secrets(record) if any(rule.startswith("LV6") for rule in view.verdict(row)) else record

    def sites(self, view: View, row: int) -> Sequence[Site]:
        """The calls in the source code that may have written the row's record."""
        if self.index is None:
            return ()
        return self.index.sites(view.service(row), view.record(row))

    def source_folders(self) -> dict[str, list[str]]:
        """Service → its source directories, as the configuration names them, relative to where we are."""
        return {
            name: [os.path.relpath(self.config.absolute(path)) for path in service.source]
            for name, service in self.config.services.items()
            if service.source
        }

    def read_source(self) -> None:
        """Index the source code; raises UsageError for a directory that does not exist."""
        from logview.inventory.index import source_index

        self.index = source_index(self.source_folders())

    def source_roots(self) -> list[str]:
        """Where call sites' files are looked for: the configuration's directory and its source directories."""
        return [self.config.directory, *self.config.source_paths()]

    def row_at(self, view: View, time_ns: int) -> int:
        """The first row at or after a time; rows without a time have their neighbor's place."""
        low, high = 0, view.rows
        while low < high:
            middle = (low + high) // 2
            at = middle
            while at < high and (found := time_at(view, at)) is None:
                at += 1
            if at < high and found is not None and found < time_ns:
                low = at + 1
            else:
                high = middle
        return low
