"""The verdict pass: every record held against the standard, in the background, what is on the screen first."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

import numpy as np

from logview.engine import bulk
from logview.engine.bulk import Bulk, rows_from, sweep_of
from logview.engine.skew import Skew
from logview.engine.verdicts import CLEAN
from logview.engine.words import Words, in_general
from logview.index.store import DEAD, EARLY, NOTICE, PENDING
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.engine.core import Engine
    from logview.record import Record
    from logview.standard.check import Checker, StreamChecker
    from logview.standard.model import Finding, Standard, Violation
    from logview.standard.sweep import Sweep

REVOCABLE = "LV7"
"""Rules about work that goes on: what an end of stream says of it may change when more comes."""
SLICE = 256
"""Records judged between two looks at what the screen wants."""
PASSED = 1 << 16
"""Records that were judged by blocks and are passed over at one stroke."""
MANY = 4096
"""Records that wait for their verdicts from which on they are judged by blocks."""
VERY_MANY = 64 * MANY
"""The same while lines pour in and none is known yet: to load and learn takes a fourth of a second, which is seen."""
STAY_S = 0.1
"""While lines come, a record must stand on the screen so long to be judged ahead of its turn."""


class Judge:
    """Gives every record its verdict, source by source in order, so that rules over neighboring records hold.

    before  the judge whose verdicts stand until this one comes to them
    """

    def __init__(self, engine: Engine, standard: Standard, *, before: Judge | None = None) -> None:
        from logview.standard.check import Checker

        self._engine = engine
        self._checker: Checker = Checker(standard)
        beyond = {code for code, rule in RULES.items() if rule.scope != "R"}
        # Some rules look at a record and at its neighbors.
        beyond.update(entry.rule.code for entry, _, _ in self._checker.settings.trackers)
        self._beyond = frozenset(beyond)
        """Rules that look at more than one record."""
        self._streams: dict[int, StreamChecker] = {}
        self._skew = Skew(engine.store, engine.verdicts, self._checker.settings)
        self._bulk: Bulk | None = None
        """The source that is judged by blocks now."""
        self._sweeps: dict[int, Sweep] = {}
        """source → what judges it by blocks."""
        self._singly_to: dict[int, int] = {}
        """source → rows below this are judged record by record: it was tried."""
        self._swept: dict[int, int] = {}
        """source → offset up to which its records were judged by blocks."""
        self._swept_count = 0
        """So many records were."""
        self._behind: list[Finding] = []
        """Findings about records of it that have no verdict yet."""
        self._next = 0
        """Records below this have their verdict, unless they are held."""
        self._held: dict[int, int] = {}
        """source → its last record, which may still gain lines."""
        self._words = Words()
        self._lineno: dict[int, int] = {}
        """source → line number of its next record."""
        self._unfinished: set[int] = set()
        """Sources with records judged since their streams were last concluded."""
        self._is_concluded = False
        self._concluded: set[tuple[int, int, str]] = set()
        """(source, offset, rule) of what the end of the streams told."""
        self._seen_at: dict[int, float] = {}
        """Records in sight that have no verdict → when they were first found there."""
        self._again: deque[int] = deque()
        self._lock = threading.Lock()
        self.counts: Counter[tuple[int, int]] = Counter(before.counts if before is not None else ())
        """(verdict, service) → records."""

    # -- what others ask

    def again(self, gid: int) -> None:
        """The record has gained lines."""
        self._again.append(gid)

    def take_back(self, gid: int) -> None:
        """The record is none any more; by whoever changes the store."""
        verdict = int(self._engine.store.verdict[gid])
        self._engine.store.verdict[gid] = CLEAN
        self._words.drop(gid)
        if verdict not in {CLEAN, PENDING}:
            with self._lock:
                self.counts[verdict, int(self._engine.store.service[gid])] -= 1

    def rule_counts(self) -> dict[str, dict[str, int]]:
        """rule → service → records that break it, most broken first."""
        engine, found = self._engine, dict[str, Counter[str]]()
        with self._lock:
            counts = dict(self.counts)
        for (verdict, service), count in counts.items():
            for code in engine.verdicts.codes_of(verdict):
                if count > 0:
                    found.setdefault(code, Counter())[engine.service_name(service)] += count
        ranked = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))
        return {code: dict(services) for code, services in ranked}

    def violations_by_service(self) -> dict[int, int]:
        """Service number → records with at least one violation."""
        found: Counter[int] = Counter()
        with self._lock:
            for (_, service), count in self.counts.items():
                found[service] += count
        return dict(found)

    def explain(self, gid: int) -> tuple[Violation, ...]:
        """The violations of one record in words.

        The record is judged anew by itself, and what the neighbors showed is added. A rule that is told once per stream
        holds only where it was told.
        """
        alone, late = self._alone(gid), self._words.of(gid)
        verdict = int(self._engine.store.verdict[gid])
        if verdict == PENDING:
            return alone
        codes = set(self._engine.verdicts.codes_of(verdict)) - {one.rule for one in late}
        known = tuple(one for one in alone if one.rule in codes) + late
        told = {one.rule for one in known}
        return known + tuple(in_general(*pair) for pair in self._forgotten(gid) if pair[0] not in told)

    def _forgotten(self, gid: int) -> list[tuple[str, str]]:
        """(rule, severity) in the record's verdict that need more than the record, and whose words were forgotten."""
        if not self._words.is_forgotten(gid):
            return []
        key = self._engine.verdicts.key_of(int(self._engine.store.verdict[gid]))
        return [pair for pair in key if pair[0] in self._beyond]

    # -- the pass

    def slice(self, cancelled: Callable[[], bool]) -> bool:
        """Judge some records; False when there is nothing to do."""
        worked = False
        for gid in self._in_sight():
            if cancelled():
                break
            self._judge_alone(gid)
            worked = True
        while self._again and not cancelled():
            self._judge_alone(self._again.popleft())
            worked = True
        if not self._engine.is_indexed or not self._engine.sites.is_ready:
            # Indexing has the processor, and some rules ask the source code; what is on the screen is judged meanwhile.
            return worked
        self._checker.index = self._engine.sites.index
        return self._advance(cancelled) or self._settle() or worked

    def _in_sight(self) -> list[int]:
        """Records on the screen without a verdict; of those that pour over it, only what stays for a moment."""
        engine, now = self._engine, time.monotonic()
        gids = engine.in_sight
        store = engine.store
        pending = gids[(store.verdict[gids] == PENDING) & (store.flags[gids] & (NOTICE | DEAD) == 0)].tolist()
        self._seen_at = {gid: self._seen_at.get(gid, now) for gid in pending}
        stay_s = STAY_S if engine.is_growing else 0.0
        return [gid for gid, seen_at in self._seen_at.items() if now - seen_at >= stay_s]

    def progress(self) -> float:
        """Part of the records that were judged."""
        return max(self._next, self._swept_count) / max(self._engine.store.count, 1)

    @property
    def is_through(self) -> bool:
        """Whether all is judged, and what only the end of the streams tells is told."""
        return self._is_concluded and self._next >= self._engine.store.count

    @property
    def is_waiting(self) -> bool:
        """Whether time alone may bring something to judge: a record is whole, a stream is concluded."""
        return bool(self._seen_at) or not self.is_through

    def _advance(self, cancelled: Callable[[], bool]) -> bool:
        """The next records, each source's in order, each when it is sure to be whole."""
        engine, store = self._engine, self._engine.store
        if self._bulk is not None:
            return self._sweep(self._bulk)
        first = self._next
        if self._swept:
            self._pass_swept()
        is_behind = store.count - self._next >= MANY
        changed: list[int] = []
        for gid in range(self._next, min(store.count, self._next + SLICE)):
            if cancelled():
                break
            self._is_concluded = False
            self._next = gid + 1
            if store.flags[gid] & (NOTICE | DEAD | EARLY):
                continue
            source = int(store.source[gid])
            if int(store.start[gid]) < self._swept.get(source, 0):
                continue
            if (is_behind or source not in self._streams) and self._begins_bulk(source, gid):
                self._next = gid
                break
            held = self._held.pop(source, None)
            if held is not None:
                changed += self._judge_in_order(held, source)
            if gid == engine.feeds[source].last_gid and not engine.settled(source):
                self._held[source] = gid
            else:
                changed += self._judge_in_order(gid, source)
        if changed:
            engine.judged(changed)
        return self._next > first or self._bulk is not None

    def _begins_bulk(self, source: int, gid: int) -> bool:
        """Whether a source's rows from this one on are judged by blocks."""
        if not self._checker.quick or gid < self._singly_to.get(source, 0):
            return False
        feed, sweep = self._engine.feeds[source], self._sweeps.get(source)
        if sweep is None and self._engine.is_pouring and self._engine.store.count - self._next < VERY_MANY:
            return False
        # Wrappers split the stream: what comes later is judged record by record.
        is_split = sweep is not None and sweep.plainly
        least_bytes = bulk.MIN_BYTES if sweep is None else 0
        rows = None if is_split else rows_from(self._engine.store, feed, self._held.get(source, gid), least_bytes)
        if rows is None:
            self._singly_to[source] = self._engine.store.count
            return False
        self._held.pop(source, None)
        sweep = self._sweeps[source] = sweep or sweep_of(self._stream(source), feed)
        self._bulk = Bulk(feed, sweep, rows, self._lineno.get(source, 1))
        self._swept_count = max(self._swept_count, self._next)
        return True

    def _pass_swept(self) -> None:
        """Go on to the next record that was not judged by blocks, or some way towards it."""
        store, first = self._engine.store, self._next
        end = min(store.count, first + PASSED)
        swept_to = np.zeros(int(store.source[first:end].max(initial=0)) + 1, np.int64)
        for source, offset in self._swept.items():
            if source < len(swept_to):
                swept_to[source] = offset
        left = np.flatnonzero(store.start[first:end] >= swept_to[store.source[first:end]])
        self._next = first + int(left[0]) if len(left) else end

    def _sweep(self, bulk: Bulk) -> bool:
        """One block of a source; its rows get their verdicts together."""
        engine = self._engine
        swept = bulk.step()
        if swept is None:
            self._lineno[bulk.source] = bulk.lineno
            self._swept[bulk.source] = bulk.end_offset
            self._bulk = None
            return True
        numbers = np.full(len(swept.gids), CLEAN, np.uint16)
        for place, judged in swept.found:
            gid = int(swept.gids[place])
            if judged.is_made:
                self._correct(gid, judged.record)
            beyond = [one for one in judged.violations if one.rule in self._beyond]
            if beyond:
                self._words.add(gid, beyond)
            numbers[place] = engine.verdicts.number(judged.violations)
        feed, stream = engine.feeds[bulk.source], self._streams[bulk.source]
        self._skew.add(feed, stream, swept.gids, numbers, is_split=self._sweeps[bulk.source].plainly)
        self._unfinished.add(bulk.source)
        self._swept_count += len(swept.gids)
        changed = self._number_all(swept.gids, numbers)
        findings = self._behind + stream.drain()
        self._behind = [one for one in findings if one.offset >= bulk.next_offset]
        for finding in findings:
            if finding.offset < bulk.next_offset:
                changed += self._add(bulk.source, finding)
        if changed:
            engine.judged(changed)
        return True

    def _correct(self, gid: int, record: Record) -> None:
        """The columns follow the record; a verdict that is counted already counts for the record's service."""
        store, before = self._engine.store, int(self._engine.store.service[gid])
        self._engine.correct(gid, record)
        verdict, service = int(store.verdict[gid]), int(store.service[gid])
        if service != before and verdict not in {CLEAN, PENDING}:
            with self._lock:
                self.counts[verdict, before] -= 1
                self.counts[verdict, service] += 1

    def _number_all(self, gids: NDArray[np.int64], numbers: NDArray[np.uint16]) -> list[int]:
        """Keep the verdicts of several rows; returns those that are others than before."""
        store = self._engine.store
        with self._engine.writing:
            before, services = store.verdict[gids], store.service[gids].astype(np.int64)
            store.verdict[gids] = numbers
        changed = np.flatnonzero(before != numbers)
        with self._lock:
            for verdicts, sign in ((before[changed], -1), (numbers[changed], 1)):
                keys, counts = np.unique(verdicts.astype(np.int64) << 16 | services[changed], return_counts=True)
                for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
                    if key >> 16 not in {CLEAN, PENDING}:
                        self.counts[key >> 16, key & 0xFFFF] += sign * count
        out: list[int] = gids[changed].tolist()
        return out

    def _stream(self, source: int) -> StreamChecker:
        stream = self._streams.get(source)
        if stream is None:
            feed = self._engine.feeds[source]
            stream = self._streams[source] = self._checker.stream(feed.source.name, service=feed.hints.service)
        return stream

    def _settle(self) -> bool:
        whole = [source for source in self._held if self._engine.settled(source)]
        changed = [gid for source in whole for gid in self._judge_in_order(self._held.pop(source), source)]
        is_quiet = not self._held and all(self._engine.settled(source) for source in self._engine.feeds)
        if self._unfinished and is_quiet and self._next >= self._engine.store.count:
            changed += self._conclude()
        if changed:
            self._engine.judged(changed)
        self._is_concluded = is_quiet and not self._unfinished
        return bool(whole)

    def _judge_in_order(self, gid: int, source: int) -> list[int]:
        feed = self._engine.feeds[source]
        stream = self._stream(source)
        lineno = self._lineno.get(source, 1)
        record = feed.record(gid, lineno)
        self._lineno[source] = lineno + record.lines
        self._correct(gid, record)
        violations = stream.check(record, observed_ns=feed.arrivals.at(record.offset))
        self._unfinished.add(source)
        beyond = [one for one in violations if one.rule in self._beyond]
        if beyond:
            self._words.add(gid, beyond)
        changed = self._set(gid, violations)
        for finding in stream.drain():
            changed += self._add(source, finding)
        return changed

    def _add(self, source: int, finding: Finding) -> list[int]:
        """A finding about an earlier record of the stream."""
        gid = self._engine.store.find(source, finding.offset)
        if gid is None:
            return []
        if self._words.has(gid, finding):
            return []
        self._words.add(gid, [finding.violation])
        key = self._engine.verdicts.key_of(int(self._engine.store.verdict[gid]))
        return self._number(gid, self._engine.verdicts.number_of(_with(key, finding.violation)))

    def _conclude(self) -> list[int]:
        """Everything is judged and quiet: what only the end of a stream, or all streams together, can tell.

        More may come all the same: what concerned an unfinished job is taken back when it no longer holds.
        """
        engine = self._engine
        numbers = {feed.source.name: number for number, feed in engine.feeds.items()}
        findings = [finding for source in self._unfinished for finding in self._streams[source].finish()]
        findings += self._checker.finish()
        self._unfinished.clear()
        now = {
            (numbers[finding.file], finding.offset, finding.violation.rule): finding
            for finding in findings
            if finding.file in numbers
        }
        changed: list[int] = []
        for source, offset, rule in self._concluded - now.keys():
            if rule.startswith(REVOCABLE):
                changed += self._take_back(source, offset, rule)
        for (source, _, _), finding in now.items():
            changed += self._add(source, finding)
        self._concluded = set(now) | {known for known in self._concluded if not known[2].startswith(REVOCABLE)}
        return changed

    def _take_back(self, source: int, offset: int, rule: str) -> list[int]:
        gid = self._engine.store.find(source, offset)
        if gid is None:
            return []
        self._words.take_back(gid, rule)
        key = self._engine.verdicts.key_of(int(self._engine.store.verdict[gid]))
        return self._number(gid, self._engine.verdicts.number_of(tuple(pair for pair in key if pair[0] != rule)))

    def _judge_alone(self, gid: int) -> None:
        """A verdict from the record alone; the pass over the whole stream may add to it."""
        if not self._engine.store.flags[gid] & (NOTICE | DEAD):
            kept = [in_general(*pair) for pair in self._forgotten(gid)]
            self._engine.judged(self._set(gid, (*self._alone(gid), *self._words.of(gid), *kept)))

    def _alone(self, gid: int) -> tuple[Violation, ...]:
        feed = self._engine.feeds[int(self._engine.store.source[gid])]
        record = self._engine.record_of(gid)
        came_ns = feed.arrivals.at(record.offset)
        found = self._checker.explain(record, file=feed.source.name, service=feed.hints.service, observed_ns=came_ns)
        # Which record of the stream a "once" rule is told at, only the pass over all of it knows.
        told = self._engine.verdicts.codes_of(int(self._engine.store.verdict[gid]))
        return tuple(one for one in found if not RULES[one.rule].once or one.rule in told)

    def _set(self, gid: int, violations: tuple[Violation, ...]) -> list[int]:
        """Keep a verdict; returns the gid when it is another than before."""
        return self._number(gid, self._engine.verdicts.number(violations))

    def _number(self, gid: int, number: int) -> list[int]:
        engine, store = self._engine, self._engine.store
        with engine.writing:
            if store.flags[gid] & DEAD:
                return []
            before, service = int(store.verdict[gid]), int(store.service[gid])
            store.verdict[gid] = number
        if before == number:
            return []
        if not store.flags[gid] & EARLY:
            with self._lock:
                if before not in {CLEAN, PENDING}:
                    self.counts[before, service] -= 1
                if number != CLEAN:
                    self.counts[number, service] += 1
        return [gid]


def _with(key: tuple[tuple[str, str], ...], violation: Violation) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({*key, (violation.rule, violation.severity.value)}))
