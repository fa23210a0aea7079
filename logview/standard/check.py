"""Records against the standard, in stream order, with bounded state: the same code for the screen and for CI.

`Checker` holds what spans streams, `StreamChecker` one stream; `files` drives both over files. Rules live in `rules/`,
what is on and how hard in `program`.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakSet

from logview.standard.kinds import SAMPLE, Heads, max_bytes_of
from logview.standard.model import Finding
from logview.standard.program import Settings, is_cross, masked
from logview.standard.rules.ids import IdKeys
from logview.standard.rules.seen import Place, Seen
from logview.standard.rules.timestamp import DAY_NS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from logview.record import Record
    from logview.standard.kinds import Checks, Kind, Told
    from logview.standard.model import Rule, SourceIndex, Standard, Violation
    from logview.standard.program import Program
    from logview.standard.rules.registry import Hit, Mode, Tracker
    from logview.standard.rules.rows import Rows

MAX_SUBSTREAMS = 1_024
MAX_ONCE = 65_536


class Checker:
    """One standard, many streams.

    index   call sites of the services whose source was read
    today   the day that decides which waivers hold; None: today, UTC
    quick   False: every record takes the road through all rules (what the tests compare with)
    """

    def __init__(
        self, standard: Standard, *, index: SourceIndex | None = None, today: dt.date | None = None, quick: bool = True
    ) -> None:
        self.standard = standard
        self.index = index
        self.settings = Settings(standard, today=today)
        self.ids = IdKeys(standard.ids)
        self.quick = quick and not self.settings.looks_at_text
        self.latest_ns = time.time_ns() + DAY_NS
        """Times after this lie in the future."""
        self._late: list[tuple[Place, Rule, Hit]] = []
        self.cross = [
            (entry.rule, kind(options, later(entry.rule, self._late)))
            for entry, kind, options in self.settings.trackers
            if is_cross(kind) and kind.concerns(standard)
        ]
        self._streams: WeakSet[StreamChecker] = WeakSet()

    @property
    def waived(self) -> dict[int, int]:
        """Position of a waiver in the standard → violations it allowed."""
        return self.settings.waived

    def stream(self, file: str, *, service: str | None = None) -> StreamChecker:
        """A checker for one stream.

        file     the name findings carry
        service  what configuration calls it; None: a service is made of the file's stem where records name none
        """
        for _, tracker in self.cross:
            tracker.settle()
        made = StreamChecker(self, file, service or stem(file))
        self._streams.add(made)
        return made

    def explain(
        self, record: Record, *, file: str, service: str | None = None, observed_ns: int | None = None
    ) -> tuple[Violation, ...]:
        """The violations of one record by itself: the rules that need no other record. Changes no state."""
        seen = self.seen(record, file, service or stem(file), observed_ns)
        return tuple(violation for _, violation in self.judge(seen, self.settings.program(seen.place()).checks))

    def finish(self) -> list[Finding]:
        """What concerns several streams, by all that was seen so far. May be asked again at any time."""
        for stream in list(self._streams):
            stream.count()
        self._late.clear()
        for _, tracker in self.cross:
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

    def seen(self, record: Record, file: str, service: str, observed_ns: int | None = None) -> Seen:
        """The record as the rules see it."""
        return Seen(record, file, record.service or service, self.standard, self.ids, self.index, observed_ns)

    def judge(self, seen: Seen, checks: Checks) -> Iterator[tuple[Hit, Violation]]:
        """Hits and violations of some record rules."""
        for entry, options in checks:
            if entry.check is not None:
                for hit in entry.check(seen, options):
                    violation = self.settings.violation(entry.rule, hit, seen.place())
                    if violation is not None:
                        yield hit, violation


def later(rule: Rule, into: list[tuple[Place, Rule, Hit]]) -> Callable[[Place, Hit], None]:
    """Takes a tracker's late hits into a list."""
    return lambda place, hit: into.append((place, rule, hit))


class _Substream:
    """One service of a multiplexed file (docker compose, concurrently …), or the whole of any other."""

    def __init__(self, checker: Checker, late: list[tuple[Place, Rule, Hit]]) -> None:
        self.once: set[tuple[str, str | None]] = set()
        self.heads: dict[int, Heads] = {}
        """By program."""
        self.own = [
            (entry.rule, kind(options, later(entry.rule, late)))
            for entry, kind, options in checker.settings.trackers
            if not is_cross(kind) and kind.concerns(checker.standard)
        ]
        self.all = (*self.own, *checker.cross)
        self.each = self._fed("each")
        self.each_text = self.each + self._fed("text")
        self.counting = self._fed("count") + self._fed("text")
        self.swept = self.each_text + self._fed("hole") + self._fed("error")
        """The rules that can look at many records at once; `unswept`: those that can not, but for `sampling`."""
        self.sampling = self._fed("sample")
        self.unswept = tuple(one for one in self.all if one not in self.swept and one not in self.sampling)
        self.by_kind = self._fed("kind")
        self.by_hole = self._fed("hole")
        self.by_error = self._fed("error")

    def _fed(self, mode: Mode) -> tuple[tuple[Rule, Tracker], ...]:
        return tuple(one for one in self.all if one[1].mode == mode)

    def count(self) -> None:
        """Tell the counting rules what has come since they were told last."""
        for heads in self.heads.values():
            for kind in heads.pending():
                for _, tracker in self.counting:
                    if tracker.mode == "count" or kind.seen.is_json:
                        tracker.see(kind.seen, kind.pending)
                kind.pending = 0


class StreamChecker:
    """One stream, record by record, in the stream's order."""

    def __init__(self, checker: Checker, file: str, service: str) -> None:
        self.checker = checker
        self.file = file
        self.service = service
        self._late: list[tuple[Place, Rule, Hit]] = []
        self._substreams: OrderedDict[str, _Substream] = OrderedDict()
        self.last_told: Told | None = None
        """What was known of the last record before it came."""

    @property
    def max_bytes(self) -> int:
        """Bytes of a line from which a rule looks at its size."""
        return max_bytes_of(self.checker.settings.base)

    def seen(self, record: Record) -> Seen:
        """The record as the rules see it."""
        return self.checker.seen(record, self.file, self.service)

    def weigh(self, record: Record) -> tuple[Seen, tuple[Violation, ...], Told | None]:
        """The record, its violations but for those that `sweep` finds, and what was known of it before it came."""
        checker = self.checker
        seen = self.seen(record)
        sub = self._bare()
        told = self._told(seen, sub)
        violations: list[Violation] = []
        if told is None:
            self._judge(seen, sub, checker.settings.program(seen.place()).checks, violations)
            self._track(seen, sub.unswept, violations)
            return seen, tuple(violations), None
        kind = told.kind
        seen.__dict__["template"] = kind.template
        if told.checks:
            self._judge(seen, sub, told.checks, violations)
        self._count_kind(seen, kind, sub, violations)
        return seen, tuple(violations), told

    def sweep(self, rows: Rows, tolds: Sequence[Told | None]) -> dict[int, list[Violation]]:
        """What the rules with clocks and counts find in many records at once: row → violations.

        tolds  what was known of each kind of row before it came; None: nothing
        """
        self._sample(rows, tolds)
        found: dict[int, list[Violation]] = {}
        for rule, tracker in self._bare().swept:
            for row, hit in tracker.sweep(rows):
                violation = self.checker.settings.violation(rule, hit, rows.seen(row).place())
                if violation is not None:
                    found.setdefault(row, []).append(violation)
        return found

    def _sample(self, rows: Rows, tolds: Sequence[Told | None]) -> None:
        """Show the first records of each kind to the rules that ask for no more; of JSON, since text has no fields."""
        trackers = self._bare().sampling
        wanted = [told is None or (told.kind.seen.is_json and told.kind.sampled < SAMPLE) for told in tolds]
        if not trackers or not any(wanted):
            return
        for row, number in rows.of_kinds(wanted):
            told = tolds[number]
            if told is not None:
                if told.kind.sampled >= SAMPLE:
                    continue
                told.kind.sampled += 1
            made = rows.made(row)
            for _, tracker in trackers:
                if isinstance(made, tuple):
                    tracker.see_later(made, rows.facts[number].service)
                else:
                    tracker.see(made)

    def allow(self, waivers: Sequence[int], times: int) -> None:
        """Count what waivers allowed in records that were not made."""
        waived = self.checker.settings.waived
        for position in waivers:
            waived[position] = waived.get(position, 0) + times

    def _bare(self) -> _Substream:
        sub = self._substreams.get("")
        if sub is None:
            sub = self._substreams[""] = _Substream(self.checker, self._late)
        return sub

    def check(self, record: Record, *, observed_ns: int | None = None) -> tuple[Violation, ...]:
        """The record's violations; what it shows about earlier records comes out of `drain`.

        observed_ns  when the line was read, while following live; None when a file is checked
        """
        checker = self.checker
        seen = checker.seen(record, self.file, self.service, observed_ns)
        sub = self._substream(record)
        told = self.last_told = self._told(seen, sub) if checker.quick else None
        violations: list[Violation] = []
        if told is None:
            self._judge(seen, sub, checker.settings.program(seen.place()).checks, violations)
            self._track(seen, sub.all, violations)
            return tuple(violations)
        kind = told.kind
        seen.__dict__["template"] = kind.template
        if told.checks:
            self._judge(seen, sub, told.checks, violations)
        if observed_ns is not None:
            self._judge(seen, sub, self._program(seen).on_arrival, violations)
        self._track(seen, sub.each if seen.is_json else sub.each_text, violations)
        if kind.has_hole:
            self._track(seen, sub.by_hole, violations)
        if kind.has_error:
            self._track(seen, sub.by_error, violations)
        self._track_kind(seen, kind, sub, violations)
        return tuple(violations) if violations else ()

    def _track_kind(self, seen: Seen, kind: Kind, sub: _Substream, into: list[Violation]) -> None:
        if kind.sampled < SAMPLE:
            kind.sampled += 1
            self._track(seen, sub.sampling, into)
        self._count_kind(seen, kind, sub, into)

    def _count_kind(self, seen: Seen, kind: Kind, sub: _Substream, into: list[Violation]) -> None:
        if kind.seen is seen:
            self._track(seen, sub.by_kind, into)
        kind.pending += 1

    def arrived(self, record: Record, observed_ns: int) -> tuple[Violation, ...]:
        """What is wrong with when a record came; of one that was judged as if it had been found."""
        seen = self.checker.seen(record, self.file, self.service, observed_ns)
        return tuple(violation for _, violation in self.checker.judge(seen, self._program(seen).on_arrival))

    def drain(self) -> list[Finding]:
        """Findings about records before the last one, found since the last call."""
        if not self._late:
            return []
        late, self._late[:] = self._late[:], []
        return [f for place, rule, hit in late if (f := self.checker.finding(place, rule, hit)) is not None]

    def finish(self) -> list[Finding]:
        """The stream ended: what waited is decided."""
        self.count()
        for sub in self._substreams.values():
            for _, tracker in sub.own:
                tracker.finish()
        return self.drain()

    def count(self) -> None:
        """Bring the counting rules up to date."""
        for sub in self._substreams.values():
            sub.count()

    def _told(self, seen: Seen, sub: _Substream) -> Told | None:
        program = self._program(seen)
        heads = sub.heads.get(id(program))
        if heads is None:
            heads = sub.heads[id(program)] = Heads(program, _broken, self.checker.latest_ns)
        return heads.told(seen)

    def _program(self, seen: Seen) -> Program:
        settings = self.checker.settings
        return settings.base if not settings.has_overrides else settings.program(seen.place())

    def _judge(self, seen: Seen, sub: _Substream, checks: Checks, into: list[Violation]) -> None:
        settings = self.checker.settings
        for entry, options in checks:
            if entry.check is None:
                continue
            once = entry.rule.once
            for hit in entry.check(seen, options):
                # Waivers are counted for all that they allow.
                if once and not settings.has_waivers and self._key(entry.rule.code, hit) in sub.once:
                    continue
                violation = settings.violation(entry.rule, hit, seen.place())
                if violation is not None and (not once or self._first(sub, entry.rule.code, hit)):
                    into.append(violation)

    def _track(self, seen: Seen, trackers: Sequence[tuple[Rule, Tracker]], into: list[Violation]) -> None:
        for rule, tracker in trackers:
            for hit in tracker.see(seen):
                found = self.checker.settings.violation(rule, hit, seen.place())
                if found is not None:
                    into.append(found)

    def _substream(self, record: Record) -> _Substream:
        wrapper = record.wrapper
        name = "" if wrapper is None else wrapper.instance or wrapper.service or ""
        sub = self._substreams.get(name)
        if sub is None:
            if len(self._substreams) >= MAX_SUBSTREAMS:
                _, oldest = self._substreams.popitem(last=False)
                oldest.count()
                for _, tracker in oldest.own:
                    tracker.finish()
            sub = self._substreams[name] = _Substream(self.checker, self._late)
        return sub

    @staticmethod
    def _key(code: str, hit: Hit) -> tuple[str, str | None]:
        return code, hit.key if hit.key is not None else hit.field

    @classmethod
    def _first(cls, sub: _Substream, code: str, hit: Hit) -> bool:
        key = cls._key(code, hit)
        if key in sub.once or len(sub.once) >= MAX_ONCE:
            return False
        sub.once.add(key)
        return True


def _broken(seen: Seen, checks: Checks) -> Checks:
    """Which of the rules a record breaks."""
    return tuple((entry, options) for entry, options in checks if entry.check and any(entry.check(seen, options)))


def stem(file: str) -> str:
    """What a stream without a name is called: "logs/scheduler.log.1" → "scheduler"; standard input is "stdin"."""
    name = os.path.basename(file)
    if name in ("", "-"):
        return "stdin"
    head, _, _ = name.lstrip(".").partition(".")
    return head or name
