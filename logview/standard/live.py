"""Findings as records are appended: what `logview check --follow` prints.

A record is judged when the next one of its stream begins, or when nothing has come for a moment: until then a
traceback may still belong to it. The files are looked at in a thread of their own: judging what a large log holds takes
as long as a thousand looks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logview.decode import Hints, StreamDecoder
from logview.sources import Grew, Joined
from logview.sources.polling import Polling
from logview.standard.lines import finding_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logview.decode import Frame
    from logview.record import Record
    from logview.sources import Event, Notice, Source
    from logview.sources.follow import Follower
    from logview.standard.check import Checker, StreamChecker
    from logview.standard.chosen import Chosen
    from logview.standard.model import Finding, Violation

QUIET_S = 0.25
"""Without new bytes for this long, the last record is taken as complete."""
BLOCK = 1 << 20


class _Stream:
    """One source: its bytes to records, its records to findings."""

    def __init__(self, source: Source, checker: StreamChecker, hints: Hints) -> None:
        self.source = source
        self.checker = checker
        self.decoder = StreamDecoder(hints)
        self.near_ns = hints.reference_ns
        self.runs: dict[int, list[tuple[int, int]]] = {}
        self.lineno: dict[int, int] = {}
        self.read_to = 0
        self.grew_at = 0.0

    def grow(self, end: int, now: float) -> Iterator[Record]:
        """The records that are complete with the bytes up to `end`."""
        self.grew_at = now
        while self.read_to < end:
            data = self.source.read(self.read_to, min(BLOCK, end - self.read_to))
            if not data:
                return
            self._take(self.decoder.feed(data, self.read_to))
            self.read_to += len(data)
            open_starts = self.decoder.open_starts()
            for start in [start for start in self.runs if start not in open_starts]:
                yield self._record(start)

    def settle(self) -> Iterator[Record]:
        """The records that were waiting for more."""
        self._take(self.decoder.settle())
        for start in list(self.runs):
            yield self._record(start)

    def end(self) -> Iterator[Record]:
        """Everything that is left."""
        self._take(self.decoder.finish())
        for start in list(self.runs):
            yield self._record(start)

    def _take(self, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.of == frame.start:
                self.runs[frame.start] = [(frame.start, frame.size)]
                self.lineno[frame.start] = frame.lineno
            elif frame.of in self.runs:
                self.runs[frame.of].append((frame.start, frame.size))

    def _record(self, start: int) -> Record:
        chunks = [self.source.read(offset, size) for offset, size in self.runs.pop(start)]
        record = self.decoder.decode(chunks, near_ns=self.near_ns, offset=start, lineno=self.lineno.pop(start))
        self.near_ns = record.time.ns or self.near_ns
        return record


class Live:
    """Follows sources and judges what they say, from `existing` to `finish`; to be closed before its follower.

    service_of, hints_of  as for `check_paths`
    chosen                whose findings are given out; None: all
    observe               told of every record with its violations
    notice                told what must be known about a source: (name, notice)
    """

    def __init__(
        self,
        follower: Follower,
        checker: Checker,
        *,
        service_of: Callable[[str], str | None],
        hints_of: Callable[[str], Hints],
        chosen: Chosen | None,
        observe: Callable[[Record, str, tuple[Violation, ...]], None],
        notice: Callable[[str, Notice], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.follower = follower
        self.checker = checker
        self._polling = Polling(follower)
        self._service_of = service_of
        self._hints_of = hints_of
        self._chosen = chosen
        self._observe = observe
        self._notice = notice
        self._clock = clock
        self._streams: list[_Stream] = []
        self._join()

    def existing(self) -> Iterator[Finding]:
        """Findings in what the sources held at the beginning; what is appended meanwhile waits for `tick`."""
        ends = [stream.source.size() for stream in self._streams]
        self._polling.start()
        for stream, end in zip(tuple(self._streams), ends, strict=True):
            yield from self._judge(stream, stream.grow(end, self._clock()), is_live=False)

    def wait(self, timeout_s: float) -> None:
        """Until something has come, or the time is up."""
        self._polling.wait(timeout_s)

    def tick(self) -> Iterator[Finding]:
        """Findings in what has come since; does not wait."""
        yield from self._take(self._polling.events())

    def _take(self, events: Iterable[Event]) -> Iterator[Finding]:
        now = self._clock()
        for event in events:
            if isinstance(event, Grew):
                stream = self._streams[event.source]
                yield from self._judge(stream, stream.grow(event.end, now))
            elif isinstance(event, Joined):
                self._join()
            else:
                self._notice(self._streams[event.source].source.name, event)
        for stream in self._streams:
            if stream.runs and now - stream.grew_at >= QUIET_S:
                yield from self._judge(stream, stream.settle())

    def finish(self) -> Iterator[Finding]:
        """Findings in what stands there now, and those that waited for the end."""
        self.close()
        yield from self._take([*self._polling.events(), *self.follower.poll()])
        for stream in self._streams:
            yield from self._judge(stream, stream.end())
            yield from self._shown(stream.checker.finish())
        yield from self._shown(self.checker.finish())

    def close(self) -> None:
        """Look at the files no more."""
        self._polling.stop()

    def _join(self) -> None:
        for source in self.follower.sources[len(self._streams) :]:
            checker = self.checker.stream(source.name, service=self._service_of(source.name))
            self._streams.append(_Stream(source, checker, self._hints_of(source.name)))

    def _judge(self, stream: _Stream, records: Iterator[Record], *, is_live: bool = True) -> Iterator[Finding]:
        for record in records:
            violations = stream.checker.check(record, observed_ns=time.time_ns() if is_live else None)
            service = record.service or stream.checker.service
            self._observe(record, service, violations)
            if self._chosen is None or self._chosen.has(stream.source.name, record, service, violations):
                for violation in violations:
                    yield finding_at(violation, record, stream.source.name, service)
            yield from self._shown(stream.checker.drain())

    def _shown(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        return findings if self._chosen is None else self._chosen.shown(findings)
