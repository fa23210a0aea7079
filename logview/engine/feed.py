"""One source's way into the store: bytes → whole lines → columns, and back from columns to a Record."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from logview.decode.lines import UTF8, encoding_of
from logview.engine.arrivals import NEVER, Arrivals
from logview.engine.cutting import Lines
from logview.engine.naming import default_service, service_of
from logview.index.known import Known
from logview.index.scan import RECORD_LIMIT, Scanner
from logview.index.store import DEAD, EARLY, HAS_TIME, ODD, OPAQUE, PENDING, SCATTERED, Batch
from logview.index.survey import Survey, survey
from logview.record import Level, Record, Time, TimeKind
from logview.sources.pipe import PipeSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logview.decode.assemble import Glance
    from logview.decode.heads import Sight
    from logview.decode.hints import Hints
    from logview.engine.cutting import Piece
    from logview.index.scan import Taken
    from logview.index.store import Store
    from logview.sources import Source

CONTINUES = "continues"
"""Field of lines that are given out apart from their record: the offset of that record in the same source."""
WINDOW = 64 << 10
"""Bytes read at a time to show or judge records."""
_SYSLOG = re.compile(rb"<\d{1,3}>1 ")


class Feed:
    """Takes a source's bytes in order and keeps its part of the store."""

    def __init__(
        self, number: int, source: Source, hints: Hints, *, store: Store, service_number: Callable[[str], int]
    ) -> None:
        self.number = number
        self.source = source
        self.hints = hints
        self.default_service = default_service(source, hints)
        self.taken = 0
        """Bytes handed in so far."""
        self.records = 0
        self.last_gid = -1
        self.ended = False
        self.moved = False
        """Set when times of records already indexed have changed; whoever rebuilds the timeline clears it."""
        self.late: list[tuple[int, list[tuple[int, int]]]] = []
        """(gid, runs) of lines that came to records indexed before; kept while `keeps_late`, whoever asks clears it."""
        self.keeps_late = False
        self.completed: list[int] = []
        """Unfinished lines that were shown and have been finished since; whoever takes them back clears it."""
        self.lines = Lines()
        self._store = store
        self._partial: int | None = None
        self._dated = False
        self._is_quiet = False
        self.arrivals = Arrivals()
        self._early: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._early_bytes: tuple[int, bytes] = 0, b""
        """Offset and bytes of the early look, which the first screen is drawn from."""
        self._windows = threading.local()
        self._service_number = service_number
        self._is_raw: bool | None = None
        """Whether only the decoder knows the lines (UTF-16, syslog without line ends); None: not known yet."""
        self._scanner = self._new_scanner()
        self._early_decoder = self._scanner.decoder

    # -- bytes in

    def take(self, data: bytes, offset: int) -> list[int]:
        """Index `data`, which continues what was taken before; returns gids of older records that have changed."""
        changed: list[int] = []
        for piece in self.cut(data, offset):
            changed += self.place(self.survey(*piece))
        return changed

    def cut(self, data: bytes, offset: int, *, is_last: bool = True) -> list[Piece]:
        """What of the source can be indexed now: whole lines, or anything where only the decoder knows its lines.

        is_last  False: more is to be read, from `taken` on, which may be before the end of `data`
        """
        if self._is_raw is None and (len(self.lines.partial) + len(data) >= 64 or b"\n" in data):
            head = self.lines.partial + data
            self._is_raw = encoding_of(head) != UTF8 or _SYSLOG.match(head) is not None
            if self._is_raw:
                data, offset, self.lines = head, offset + len(data) - len(head), Lines()
        self.taken = offset + len(data)
        self._is_quiet = False
        if self._is_raw or is_last:
            return [(data, offset, len(data))] if self._is_raw else self.lines.whole(data, offset)
        found, done = self.lines.whole_again(data, offset)
        self.taken = offset + done
        return found

    def survey(self, lines: bytes, start: int, size: int) -> Survey | Piece:
        """What a piece says on its own."""
        if self._is_raw:
            return lines, start, size
        found = survey(lines, start, self.known, zone=self.hints.zone, size=size)
        if size > len(lines):
            found.sizes[0] = size
            found.head[:] = -1
        return found

    def place(self, found: Survey | Piece) -> list[int]:
        """Put a surveyed piece into the store, in order; returns gids of older records that have changed."""
        self._drop_partial()
        if isinstance(found, Survey):
            return self._keep(self._scanner.take(found))
        return self._keep(self._scanner.take_raw(found[0], found[1]))

    @property
    def is_raw(self) -> bool:
        """Whether only the decoder knows the lines, so that nothing can be said of a block on its own."""
        return self._is_raw is True

    @property
    def known(self) -> Known:
        """What blocks are surveyed by."""
        return self._scanner.heads.now

    @property
    def last_ns(self) -> int | None:
        """Time of the last record that has one."""
        return self._scanner.last_ns

    @property
    def is_plain(self) -> bool:
        """Whether a reader that begins where any record with a time does reads on as this one; see `begin_at`."""
        return self._is_raw is False and self._scanner.decoder.is_single

    def begin_at(self, offset: int, head: bytes, last_ns: int) -> bool:
        """Take everything before `offset` for known; False, and nothing is changed, where that cannot be done.

        offset   where a record with a time begins
        head     the source's first bytes: what was learned from them is learned again
        last_ns  the time of the record before
        """
        lines = head[: head.rfind(b"\n") + 1]
        if not lines or encoding_of(head) != UTF8 or _SYSLOG.match(head) is not None:
            return False
        scanner = self._new_scanner()
        scanner.take(survey(lines, 0, Known(), zone=self.hints.zone))
        if not scanner.decoder.is_plain:
            return False
        scanner.resume(last_ns)
        self._scanner, self._is_raw, self._dated = scanner, False, True
        self.lines = Lines()
        self.lines.start = self.taken = offset
        return True

    def finish(self) -> list[int]:
        """The stream has ended: what was held back and its unfinished last line count."""
        self.ended = True
        self._drop_partial()
        rest, offset, _ = self.lines.rest() or (b"", 0, 0)
        self.lines = Lines()
        return self._keep(self._scanner.finish(rest, offset))

    def settle(self) -> list[int]:
        """Nothing has come for a while: what waits is shown as it is."""
        changed = self._keep(self._scanner.settle()) if self._scanner.decoder.pending else []
        if self.lines.partial and self._partial is None:
            self._show_partial()
        return changed

    @property
    def has_waiting(self) -> bool:
        """Whether something was taken that is not shown yet."""
        return self._scanner.decoder.pending or (bool(self.lines.partial) and self._partial is None)

    def _keep(self, taken: Taken) -> list[int]:
        batch = taken.batch
        self._date_the_first(batch)
        first = self._store.append(self.number, batch)
        self.records += len(batch)
        self.last_gid = self._store.count - 1 if len(batch) else self.last_gid
        for index, runs in taken.more.items():
            self._store.more[first + index] = tuple(runs)
        return [gid for start, runs in taken.late.items() if (gid := self._extend(start, runs)) is not None]

    def _show_partial(self) -> None:
        """Show the unfinished last line as a record of its own until its end arrives."""
        rest = self.lines.rest()
        if rest is None:
            return
        line, start, size = rest
        record = self._scanner.decoder.decode([line], near_ns=self._near(), offset=start)
        time_ns, flags = self._scanner.standing_ns(), ODD | OPAQUE
        if record.time.ns is not None and -(2**63) <= record.time.ns < 2**63:
            time_ns, flags = record.time.ns, ODD | OPAQUE | HAS_TIME
        service = self._service_number(self.service_of(record))
        row = (start, min(size, 0xFFFFFFFF), time_ns, int(record.level or 0), flags, service, PENDING)
        self._partial = self._store.append(self.number, Batch.of_rows([row]))

    def _new_scanner(self) -> Scanner:
        return Scanner(
            self.hints, read=self.source.read, service_of=self.service_of, service_number=self._service_number
        )

    def _drop_partial(self) -> None:
        if self._partial is not None:
            self._store.flags[self._partial] |= DEAD
            self.completed.append(self._partial)
            self._partial = None
            self.moved = True

    def _near(self) -> int | None:
        return self._scanner.last_ns if self._scanner.last_ns is not None else self.hints.reference_ns

    def _date_the_first(self, batch: Batch) -> None:
        """Records before the first one with a time stand where that one stands, not at the file's own date.

        What was seen arriving keeps its place, unless that is behind the record which follows it.
        """
        timed = batch.flags & HAS_TIME
        if self._dated or not timed.any():
            return
        self._dated = True
        leading = int(np.argmax(timed != 0))
        first_ns = int(batch.time[leading])
        live_from = self.arrivals.since
        batch.time[:leading] = _dated(batch.time[:leading], batch.start[:leading] >= live_from, first_ns)
        store, end = self._store, self._store.count
        mine = np.flatnonzero((store.source[:end] == self.number) & ((store.flags[:end] & (HAS_TIME | EARLY)) == 0))
        times = _dated(store.time[mine], store.start[mine] >= live_from, first_ns)
        if not np.array_equal(times, store.time[mine]):
            store.time[mine] = times
            self.moved = True

    def _extend(self, start: int, runs: list[tuple[int, int]]) -> int | None:
        """Add lines to a record that was indexed earlier; its level or error may be another now."""
        store = self._store
        gid = store.find(self.number, start)
        if gid is None:
            return None
        if self.keeps_late:
            self.late.append((gid, runs))
        all_runs = list(store.runs(gid))
        for run in runs:
            last, size = all_runs[-1]
            if last + size == run[0]:
                all_runs[-1] = (last, size + run[1])
            else:
                all_runs.append(run)
        store.size[gid] = min(all_runs[0][1], 0xFFFFFFFF)
        store.flags[gid] |= ODD | OPAQUE
        if len(all_runs) > 1:
            store.more[gid] = tuple(all_runs[1:])
            store.flags[gid] |= SCATTERED
        record = self.record(gid)
        store.level[gid] = int(record.level or 0)
        if record.time.ns is not None and -(2**63) <= record.time.ns < 2**63:
            # Another time than before: it stands in a later line of an object printed over several.
            store.flags[gid] |= HAS_TIME
            self.moved |= bool(store.time[gid] != record.time.ns)
            store.time[gid] = record.time.ns
        return gid

    def look_early(self, size: int) -> NDArray[np.uint32]:
        """Index the last `size` bytes ahead of the scan; returns the gids, which `end_early` takes back."""
        end = self.source.size()
        data = self.source.read(end - size, size)
        begin = data.find(b"\n") + 1
        lines, start = data[begin : data.rfind(b"\n") + 1], end - size + begin
        if not lines:
            return self._early
        scanner = self._new_scanner()
        batch = scanner.take(survey(lines, start, Known(), zone=self.hints.zone)).batch
        batch.flags |= EARLY
        self._early_decoder, self._early_bytes = scanner.decoder, (start, lines)
        # What the cut tore from its record (the rest of a traceback) is not shown before the scan has seen the whole.
        whole = np.maximum.accumulate(batch.flags & HAS_TIME).astype(np.bool_)
        first = self._store.append(self.number, batch)
        self._early = np.arange(first, self._store.count, dtype=np.uint32)[whole if whole.any() else slice(None)]
        return self._early

    def end_early(self) -> None:
        """The scan has passed what was shown early."""
        self._store.flags[self._early] |= DEAD
        self._early, self._early_bytes = np.empty(0, np.uint32), (0, b"")

    def watch(self) -> None:
        """From here on the source is followed: what comes is read as it is written."""
        is_old = isinstance(self.source, PipeSource) and not self.source.is_own
        self.arrivals.begin(self.taken, live_from=NEVER if is_old else 0)

    def look(self, before_ns: int = 0) -> None:
        """What the source has gained was written after `before_ns`; 0: since the last call."""
        self._scanner.observed_ns = self.arrivals.look(before_ns)

    def open_starts(self) -> set[int]:
        """Offsets of the records that may still gain lines, as far as anyone can tell."""
        return set() if self._is_quiet else self._scanner.open_starts()

    def last_starts(self) -> set[int]:
        """Offsets of the records that the next line continues if it continues any, however long nothing came."""
        return self._scanner.open_starts()

    def settle_whole(self) -> list[int]:
        """Nothing has come for a while: what waits and every open record count as whole."""
        self._is_quiet = True
        return self._keep(self._scanner.settle()) if self._scanner.decoder.pending else []

    # -- records out

    def service_of(self, record: Record) -> str:
        """The service a record counts for: the wrapper's, the configured, its own, else the file's name."""
        return service_of(record, self.hints, self.default_service)

    def record(self, gid: int, lineno: int = 0, raw: bytes | None = None) -> Record:
        """The record, read and decoded again; of a huge one the first MiB.

        raw  its bytes, when they are at hand already
        """
        store = self._store
        if raw is not None:
            chunks = [raw]
        else:
            chunks = [self._run(start, min(size, RECORD_LIMIT)) for start, size in store.runs(gid)]
        near = self.near(gid)
        decoder = self._early_decoder if store.flags[gid] & EARLY else self._scanner.decoder
        start, size = int(store.start[gid]), int(store.size[gid])
        record = decoder.decode(chunks, near_ns=near, offset=start, lineno=lineno)
        lines = sum(chunk.count(b"\n") for chunk in chunks) + (not chunks[-1].endswith(b"\n"))
        if record.size == size and record.lines == lines and len(chunks) == 1:
            return record
        return structs.replace(
            record, offset=start, size=size, more=store.more.get(gid, ()), lines=lines, lineno=lineno
        )

    def _run(self, start: int, size: int) -> bytes:
        """The bytes of a run, out of the window that this thread read last where they stand in it.

        A read of the source is several system calls, since it asks whether the file is still the same, and each makes
        the thread wait for the interpreter: by windows a screen takes one of them, and the judge one in hundreds.
        """
        offset, window = self._early_bytes
        if not offset <= start <= start + size <= offset + len(window):
            offset, window = getattr(self._windows, "last", (0, b""))
        if not offset <= start <= start + size <= offset + len(window):
            offset = start - start % WINDOW
            if start + size > offset + WINDOW:
                return self.source.read(start, size)
            window = self.source.read(offset, WINDOW)
            self._windows.last = offset, window
        return window[start - offset : start - offset + size]

    def near(self, gid: int) -> int | None:
        """An instant close to the record, for times that leave something out."""
        store = self._store
        return int(store.time[gid]) if store.flags[gid] & HAS_TIME else self.hints.reference_ns

    def glance(self, raw: bytes, near_ns: int | None) -> Glance | None:
        """What a record's one line says, as far as no Record has to be made for it; None: ask `record`."""
        return self._scanner.decoder.glance(raw, self.hints.reference_ns if near_ns is None else near_ns)

    @property
    def knows_heads(self) -> bool:
        """Whether text lines may be told by their heads."""
        return self._scanner.decoder.knows_heads

    def sight(self, raw: bytes, near_ns: int | None) -> tuple[str, Sight] | None:
        """(text, what it says) of a record's one text line of a known shape; None: ask `record`."""
        return self._scanner.decoder.sight(raw, self.hints.reference_ns if near_ns is None else near_ns)

    def decoded(self, raw: bytes, near_ns: int | None) -> Record:
        """The record in some bytes, as if they stood in the source."""
        return self._scanner.decoder.decode([raw], near_ns=self.hints.reference_ns if near_ns is None else near_ns)

    def continuation(self, gid: int, runs: list[tuple[int, int]]) -> Record:
        """Lines of record `gid` that came after it was given out, as a record that names it in `continues`."""
        chunks = [self.source.read(start, min(size, RECORD_LIMIT)) for start, size in runs]
        record = self._scanner.decoder.decode(chunks, near_ns=self._near(), offset=runs[0][0])
        return structs.replace(
            record,
            service=record.service or self.record(gid).service,
            fields={**record.fields, CONTINUES: int(self._store.start[gid])},
            offset=runs[0][0],
            size=runs[0][1],
            more=tuple(runs[1:]),
            lines=sum(chunk.count(b"\n") for chunk in chunks),
        )

    def raw(self, gid: int) -> bytes:
        """The record's bytes as they stand in the source, runs joined."""
        return b"".join(self.source.read(start, size) for start, size in self._store.runs(gid))


def _dated(times: NDArray[np.int64], seen: NDArray[np.bool_], first_ns: int) -> NDArray[np.int64]:
    """Places of records without a time before the first that has one; `seen`: they were seen arriving."""
    return np.where(seen, np.minimum(times, first_ns), first_ns)


def notice_record(*, kind: str, text: str, time_ns: int, is_loss: bool, offset: int) -> Record:
    """A notice as a row of the timeline."""
    return Record(
        time=Time(time_ns, TimeKind.EPOCH_NS),
        level=Level.WARN if is_loss else Level.INFO,
        logger="logview",
        message=text,
        format="notice",
        fields={"notice": kind},
        first=text,
        offset=offset,
    )
