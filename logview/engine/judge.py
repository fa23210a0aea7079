"""The verdict pass: every record held against the standard, in the background, what is on the screen first."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import TYPE_CHECKING

from logview.engine.verdicts import CLEAN
from logview.index.store import DEAD, EARLY, NOTICE, PENDING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.engine.core import Engine
    from logview.standard.check import Checker, StreamChecker
    from logview.standard.model import Standard, Violation

SLICE = 256
"""Records judged between two looks at what the screen wants."""


class Judge:
    """Gives every record its verdict, source by source in order, so that rules over neighboring records hold."""

    def __init__(self, engine: Engine, standard: Standard) -> None:
        from logview.standard.check import Checker

        self._engine = engine
        self._checker: Checker = Checker(standard)
        self._streams: dict[int, StreamChecker] = {}
        self._next = 0
        """Records below this have their verdict, unless they are held."""
        self._held: dict[int, int] = {}
        """source → its last record, which may still gain lines."""
        self._wanted: deque[int] = deque(maxlen=512)
        self._again: deque[int] = deque()
        self._lock = threading.Lock()
        self.counts: Counter[tuple[int, int]] = Counter()
        """(verdict, service) → records."""

    # -- what others ask

    def want(self, gid: int) -> None:
        """The record is on the screen: judge it soon."""
        self._wanted.append(gid)

    def again(self, gid: int) -> None:
        """The record has gained lines."""
        self._again.append(gid)

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

        The record is judged anew on its own; of what comes out, the verdict says what held in its stream (a rule that
        is told once per stream holds only where it was told).
        """
        engine = self._engine
        found = self._stream(gid).check(engine.record_of(gid))
        verdict = int(engine.store.verdict[gid])
        if verdict == PENDING:
            return tuple(found)
        codes = set(engine.verdicts.codes_of(verdict))
        return tuple(one for one in found if one.rule in codes)

    # -- the pass

    def slice(self, cancelled: Callable[[], bool]) -> bool:
        """Judge some records; False when there is nothing to do."""
        worked = False
        while self._wanted and not cancelled():
            gid = self._wanted.pop()
            if int(self._engine.store.verdict[gid]) == PENDING:
                self._judge_alone(gid)
                worked = True
        while self._again and not cancelled():
            self._judge_alone(self._again.popleft())
            worked = True
        return self._advance(cancelled) or self._settle() or worked

    def progress(self) -> float:
        """Part of the records that were judged."""
        return self._next / max(self._engine.store.count, 1)

    def _advance(self, cancelled: Callable[[], bool]) -> bool:
        """The next records, each source's in order, each when it is sure to be whole."""
        engine, store = self._engine, self._engine.store
        first = self._next
        changed: list[int] = []
        for gid in range(first, min(store.count, first + SLICE)):
            if cancelled():
                break
            self._next = gid + 1
            if store.flags[gid] & (NOTICE | DEAD | EARLY):
                continue
            source = int(store.source[gid])
            held = self._held.pop(source, None)
            if held is not None:
                changed += self._judge_in_order(held, source)
            if gid == engine.feeds[source].last_gid and not engine.settled(source):
                self._held[source] = gid
            else:
                changed += self._judge_in_order(gid, source)
        if changed:
            engine.judged(changed)
        return self._next > first

    def _settle(self) -> bool:
        whole = [source for source in self._held if self._engine.settled(source)]
        changed = [gid for source in whole for gid in self._judge_in_order(self._held.pop(source), source)]
        if changed:
            self._engine.judged(changed)
        return bool(whole)

    def _judge_in_order(self, gid: int, source: int) -> list[int]:
        if source not in self._streams:
            self._streams[source] = self._stream(gid)
        return self._set(gid, self._streams[source].check(self._engine.record_of(gid)))

    def _judge_alone(self, gid: int) -> None:
        """A verdict from the record alone; the pass over the whole stream may add to it."""
        if not self._engine.store.flags[gid] & (NOTICE | DEAD):
            self._engine.judged(self._set(gid, self._stream(gid).check(self._engine.record_of(gid))))

    def _stream(self, gid: int) -> StreamChecker:
        feed = self._engine.feeds[int(self._engine.store.source[gid])]
        return self._checker.stream(feed.source.name, service=feed.hints.service)

    def _set(self, gid: int, violations: tuple[Violation, ...]) -> list[int]:
        """Keep a verdict; returns the gid when it is another than before."""
        engine, store = self._engine, self._engine.store
        number = engine.verdicts.number(violations)
        with engine.writing:
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
