"""Records against the standard, in stream order, with bounded state: the same code for the screen and for CI.

`Checker` holds what spans streams, `StreamChecker` one stream; `check_paths` drives both over files. Rules live in
`rules/`, what is on and how hard in `program`.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING

from logview.standard.model import Finding
from logview.standard.program import Settings, is_cross, masked
from logview.standard.rules import RULES  # noqa: F401  importing it registers every rule
from logview.standard.rules.ids import IdKeys
from logview.standard.rules.seen import Place, Seen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.model import Rule, SourceIndex, Standard, Violation
    from logview.standard.rules.registry import Hit, Tracker

BLOCK = 1 << 20
MAX_SUBSTREAMS = 1_024
MAX_ONCE = 65_536


class Checker:
    """One standard, many streams.

    index   call sites of the services whose source was read
    today   the day that decides which waivers hold; None: today, UTC
    """

    def __init__(self, standard: Standard, *, index: SourceIndex | None = None, today: dt.date | None = None) -> None:
        self.standard = standard
        self.index = index
        self.settings = Settings(standard, today=today)
        self.ids = IdKeys(standard.ids)
        self._late: list[tuple[Place, Rule, Hit]] = []
        self._cross = [
            (entry.rule, kind(options, self._later(entry.rule, self._late)))
            for entry, kind, options in self.settings.trackers
            if is_cross(kind)
        ]

    @property
    def waived(self) -> dict[int, int]:
        """Position of a waiver in the standard → violations it allowed."""
        return self.settings.waived

    def stream(self, file: str, *, service: str | None = None) -> StreamChecker:
        """A checker for one stream.

        file     the name findings carry
        service  what configuration calls it; None: a service is made of the file's stem where records name none
        """
        return StreamChecker(self, file, service or stem(file))

    def explain(self, record: Record, *, file: str, service: str | None = None) -> tuple[Violation, ...]:
        """The violations of one record by itself: the rules that need no other record. Changes no state."""
        seen = self._seen(record, file, service or stem(file))
        return tuple(violation for _, violation in self._judge(seen, seen.place()))

    def finish(self) -> list[Finding]:
        """What concerns several streams, by all that was seen so far. May be asked again at any time."""
        self._late.clear()
        for _, tracker in self._cross:
            tracker.finish()
        findings = [f for place, rule, hit in self._late if (f := self.finding(place, rule, hit)) is not None]
        self._late.clear()
        return findings

    def finding(self, place: Place, rule: Rule, hit: Hit) -> Finding | None:
        """A hit at a place; None where the rule is off or waived there."""
        violation = self.settings.violation(rule, hit, place)
        if violation is None:
            return None
        return Finding(
            violation, place.file, place.line, place.service, masked(place.template), place.offset, place.size
        )

    def _seen(self, record: Record, file: str, service: str, observed_ns: int | None = None) -> Seen:
        return Seen(
            record, file=file, service=record.service or service, standard=self.standard, ids=self.ids,
            index=self.index, observed_ns=observed_ns,
        )  # fmt: skip

    def _judge(self, seen: Seen, place: Place) -> Iterator[tuple[Hit, Violation]]:
        for entry, options in self.settings.program(place).checks:
            check = entry.check
            if check is None:
                continue
            for hit in check(seen, options):
                violation = self.settings.violation(entry.rule, hit, place)
                if violation is not None:
                    yield hit, violation

    @staticmethod
    def _later(rule: Rule, into: list[tuple[Place, Rule, Hit]]) -> Callable[[Place, Hit], None]:
        return lambda place, hit: into.append((place, rule, hit))


class _Substream:
    """One service of a multiplexed file (docker compose, concurrently …), or the whole of any other."""

    def __init__(self, checker: Checker, late: list[tuple[Place, Rule, Hit]]) -> None:
        self.once: set[tuple[str, str | None]] = set()
        self.trackers: list[tuple[Rule, Tracker]] = [
            (entry.rule, kind(options, checker._later(entry.rule, late)))  # noqa: SLF001  one module
            for entry, kind, options in checker.settings.trackers
            if not is_cross(kind)
        ]


class StreamChecker:
    """One stream, record by record, in the stream's order."""

    def __init__(self, checker: Checker, file: str, service: str) -> None:
        self.checker = checker
        self.file = file
        self.service = service
        self._late: list[tuple[Place, Rule, Hit]] = []
        self._substreams: OrderedDict[str, _Substream] = OrderedDict()

    def check(self, record: Record, *, observed_ns: int | None = None) -> tuple[Violation, ...]:
        """The record's violations; what it shows about earlier records comes out of `drain`.

        observed_ns  when the line was read, while following live; None when a file is checked
        """
        checker = self.checker
        seen = checker._seen(record, self.file, self.service, observed_ns)  # noqa: SLF001
        place = seen.place()
        sub = self._substream(record)
        violations: list[Violation] = []
        for hit, violation in checker._judge(seen, place):  # noqa: SLF001
            if RULES[violation.rule].once and not self._first(sub, violation.rule, hit):
                continue
            violations.append(violation)
        for rule, tracker in (*sub.trackers, *checker._cross):  # noqa: SLF001
            for hit in tracker.see(seen):
                found = checker.settings.violation(rule, hit, place)
                if found is not None:
                    violations.append(found)
        return tuple(violations)

    def drain(self) -> list[Finding]:
        """Findings about records before the last one, found since the last call."""
        if not self._late:
            return []
        late, self._late[:] = self._late[:], []
        return [f for place, rule, hit in late if (f := self.checker.finding(place, rule, hit)) is not None]

    def finish(self) -> list[Finding]:
        """The stream ended: what waited is decided."""
        for sub in self._substreams.values():
            for _, tracker in sub.trackers:
                tracker.finish()
        return self.drain()

    def _substream(self, record: Record) -> _Substream:
        wrapper = record.wrapper
        name = "" if wrapper is None else wrapper.instance or wrapper.service or ""
        sub = self._substreams.get(name)
        if sub is None:
            if len(self._substreams) >= MAX_SUBSTREAMS:
                _, oldest = self._substreams.popitem(last=False)
                for _, tracker in oldest.trackers:
                    tracker.finish()
            sub = self._substreams[name] = _Substream(self.checker, self._late)
        return sub

    @staticmethod
    def _first(sub: _Substream, code: str, hit: Hit) -> bool:
        key = (code, hit.key if hit.key is not None else hit.field)
        if key in sub.once or len(sub.once) >= MAX_ONCE:
            return False
        sub.once.add(key)
        return True


def stem(file: str) -> str:
    """What a stream without a name is called: "logs/scheduler.log.1" → "scheduler"; standard input is "stdin"."""
    name = os.path.basename(file)
    if name in ("", "-"):
        return "stdin"
    head, _, _ = name.lstrip(".").partition(".")
    return head or name


def check_paths(
    standard: Standard,
    paths: Sequence[str],
    *,
    keep: Callable[[Record, str], bool] | None = None,
    observe: Callable[[Record, str, tuple[Violation, ...]], None] | None = None,
    index: SourceIndex | None = None,
    service_of: Callable[[str], str | None] | None = None,
    hints_of: Callable[[str], Hints] | None = None,
    waived: dict[int, int] | None = None,
    today: dt.date | None = None,
) -> Iterator[Finding]:
    """The findings of files, one after the other: of each record as it is read, then of the stream, then across streams.

    keep        whether a record's findings are reported (record, service); every record counts for the state
    observe     told of every record with its violations
    service_of  the configured service of a path; hints_of what is known of its format
    waived      filled: position of a waiver → violations it allowed
    """
    checker = Checker(standard, index=index, today=today)
    hidden: set[tuple[str, int]] = set()
    for path in paths:
        stream = checker.stream(path, service=service_of(path) if service_of else None)
        for record in _records(path, hints_of(path) if hints_of else None):
            violations = stream.check(record)
            service = record.service or stream.service
            if observe is not None:
                observe(record, service, violations)
            if keep is None or keep(record, service):
                for violation in violations:
                    yield _finding(violation, record, path, service, index)
            else:
                hidden.add((path, record.offset))
            yield from _shown(stream.drain(), hidden)
        yield from _shown(stream.finish(), hidden)
    yield from _shown(checker.finish(), hidden)
    if waived is not None:
        waived.update(checker.waived)


def _shown(findings: Iterable[Finding], hidden: set[tuple[str, int]]) -> Iterator[Finding]:
    return (f for f in findings if (f.file, f.offset) not in hidden) if hidden else iter(findings)


def _finding(violation: Violation, record: Record, path: str, service: str, index: SourceIndex | None) -> Finding:
    from logview.standard.template import template_of

    site = None
    if index is not None and index.covers(service):
        site = next((one for one in index.sites(service, record) if one.file), None)
    template = template_of(record.message if record.message is not None else record.first)
    return Finding(violation, path, record.lineno, service, masked(template), record.offset, record.size, site)


def _records(path: str, hints: Hints | None) -> Iterator[Record]:
    from logview.decode import Hints, decode_blocks
    from logview.sources import open_source

    source = open_source(path)
    try:
        yield from decode_blocks(_blocks(source), hints if hints is not None else Hints())
    finally:
        source.close()


def _blocks(source: object) -> Iterator[bytes]:
    offset = 0
    while block := source.read(offset, BLOCK):  # type: ignore[attr-defined]
        offset += len(block)
        yield block


