"""Engine: owns the threads that read, index, filter and judge, and answers the screen from columns."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from logview.engine.bell import GAP_S, LAZY_S, Bell
from logview.engine.discover import common_values
from logview.engine.facts import NoticeRow, RowKey, ServiceStats, SourceState
from logview.engine.feed import Feed, notice_record
from logview.engine.judge import Judge
from logview.engine.live import SETTLE_S, Live
from logview.engine.pace import Pace
from logview.engine.reading import Reader
from logview.engine.recent import Recent
from logview.engine.services import Services
from logview.engine.sift import Sieve
from logview.engine.sites import Sites
from logview.engine.verdicts import Verdicts
from logview.engine.view import WORKERS, View
from logview.engine.views import Views
from logview.index.store import DEAD, HAS_TIME, NOTICE, Store
from logview.index.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from logview.config import Config
    from logview.inventory.model import LogCall
    from logview.query import Query
    from logview.record import Record
    from logview.sources import Source
    from logview.sources.child import Child
    from logview.standard.model import Standard, Violation

Part = TypeVar("Part")
Result = TypeVar("Result")


class Engine:
    """Everything the viewer knows.

    config     services, standard, zones, formats
    paths      what to open and follow: files, directories, globs, "-"; None: the logs that `config` names, unless
               `sources` or `children` are given
    sources    further sources that are open already: standard input under another descriptor
    children   running commands whose output is to be shown; `close` ends them
    format     decoder or formatter string for all sources, before what `config` says
    cache      the folder in which indexes of large files are kept; None: none are
    on_change  called from one of the engine's threads, as often as `Bell` allows, whenever an answer may have changed
    """

    def __init__(
        self,
        config: Config,
        paths: Sequence[str] | None = None,
        *,
        sources: Sequence[Source] = (),
        children: Sequence[Child] = (),
        format: str | None = None,  # noqa: A002  the command line's word
        on_change: Callable[[], None] | None = None,
        cache: str | None = None,
    ) -> None:
        from logview.sources.follow import Follower

        if paths is None:
            paths = () if sources or children else config.log_paths()
        self.config = config
        self.store = Store()
        self.timeline = Timeline(self.store)
        self.verdicts = Verdicts()
        self.feeds: dict[int, Feed] = {}
        self.writing = threading.RLock()
        """Held by whoever changes the store; readers never take it."""
        self.changes = 0
        """Counts changes of records already there."""
        self.in_sight: NDArray[np.uint32] = np.empty(0, np.uint32)
        """The records on the screen."""
        self.is_indexed = False
        """True once everything that was there at the start is in the columns."""
        self._format = format
        self.bell = Bell(on_change, self._wake)
        self._services = Services()
        self._notices: list[NoticeRow] = []
        self.views = Views(self.writing)
        self._recent = Recent()
        self._stop = threading.Event()
        self._filter_work = threading.Event()
        self._judge_work = threading.Event()
        self._scan_work = threading.Event()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._pool = ThreadPoolExecutor(WORKERS, "logview-sift")
        self._failure: BaseException | None = None
        self.sites = Sites(config)
        self._judge = Judge(self, config.standard)
        self._next_standard: tuple[Standard, int | None] | None = None
        self._follower = Follower(paths, sources=sources, children=children)
        self._reader = Reader(self, cache)
        self._live = Live(self, self._follower)

    # -- life

    def start(self) -> None:
        """Show the end of every source, then index, follow, filter and judge in the background."""
        self.look()
        self._scan_work.set()

    def look(self) -> None:
        """Only show the end of every source, of small ones all, until `start`: the screen is still being made.

        A scan beside it would have to wait for the interpreter, and make the screen wait, at each of its steps.
        """
        if self._threads:
            return
        self._reader.prepare(self._follower.sources)
        # Threads that decode hold the interpreter for 5 ms at a time by default; the screen should not wait so long.
        sys.setswitchinterval(0.001)
        works = [("read", self._read), ("filter", self._filter), ("judge", self._judge_all)]
        if not self.sites.is_ready:
            works.append(("sites", self._read_sites))
        for name, work in works:
            thread = threading.Thread(target=self._guarded, args=(work,), name=f"logview-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop all threads and close the sources; once."""
        if self._is_closed:
            return
        self._is_closed = True
        self._stop.set()
        self._filter_work.set()
        self._judge_work.set()
        self._scan_work.set()
        self._follower.wake()
        self._wake()
        for thread in self._threads:
            thread.join(timeout=5)
        self._reader.close()
        self._pool.shutdown(cancel_futures=True)
        self._follower.close()

    def failure(self) -> BaseException | None:
        """What ended one of the engine's threads, if anything did: a fault of logview, to be reported."""
        return self._failure

    def _wake(self) -> None:
        """Whoever takes lines in has something else to do."""
        self._live.wake()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  the edge of the thread: kept for the screen to report
            self._failure = error
            self._stop.set()
            self._filter_work.set()
            self._judge_work.set()
            self.bell.ring()

    def _read(self) -> None:
        self._reader.run(self._stop.is_set, self._scan_work.wait)
        self._live.run(self._stop.is_set)

    def _read_sites(self) -> None:
        self.sites.read()
        self._judge_work.set()
        self.bell.ring()

    def _filter(self) -> None:
        while not self._stop.is_set():
            self._filter_work.wait()
            self._filter_work.clear()
            for view in sorted(self.views, key=lambda one: -one.serial):
                if view.advance(self._stop.is_set):
                    self.bell.ring()
            # Numbers beside the rows wait until every view has its rows; the next round looks at the views first.
            counted = [view.look_for_lacking(self._stop.is_set) for view in self.views]
            if any(counted):
                self._filter_work.set()
                self.bell.ring()

    def _judge_all(self) -> None:
        pace = Pace(self._live, self.bell, self._stop)
        while not self._stop.is_set():
            if self._next_standard is not None:
                (standard, first), self._next_standard = self._next_standard, None
                self._judge = Judge(self, standard, before=self._judge)
                if first is not None:
                    self._judge.again(first)
            if self._judge.slice(pace.begin()):
                pace.rest()
            else:
                self._judge_work.wait(SETTLE_S if self._judge.is_waiting else None)
                self._judge_work.clear()

    # -- what there is

    def progress(self) -> float:
        """Part of the bytes that are indexed, 0 to 1."""
        feeds = list(self.feeds.values())
        total = sum(max(feed.source.size(), feed.taken) for feed in feeds)
        return 1.0 if self.is_indexed else min(sum(feed.taken for feed in feeds) / max(total, 1), 1.0)

    def judged_part(self) -> float:
        """Part of the records that were held against the standard, 0 to 1."""
        return self._judge.progress()

    @property
    def is_judged(self) -> bool:
        """True while every record has its final verdict, what only whole streams can tell included."""
        return self.is_indexed and self.sites.is_ready and self._judge.is_through

    def sources(self) -> list[SourceState]:
        """The sources in the order they joined."""
        return [
            SourceState(
                name=feed.source.name,
                path=feed.source.path,
                size_bytes=feed.source.size(),
                indexed_bytes=feed.taken,
                records=feed.records,
                state=self._state(number),
            )
            for number, feed in list(self.feeds.items())
        ]

    def _state(self, number: int) -> str:
        feed = self.feeds[number]
        if not self.is_indexed and feed.taken < feed.source.size():
            return "indexing"
        return "ended" if feed.ended else self._follower.state(number)

    def services(self) -> list[ServiceStats]:
        """Services by first appearance, with counts and rates."""
        return self._services.stats(self._judge.violations_by_service())

    def service_name(self, number: int) -> str:
        """The name behind a service number."""
        return self._services.names[number]

    def service_number(self, name: str) -> int:
        """The number of a service, a new one if it has none."""
        return self._services.number(name)

    def service_numbers(self, names: Collection[str]) -> NDArray[np.uint16]:
        """The numbers behind service names."""
        return self._services.numbers_of(names)

    def rule_counts(self) -> dict[str, dict[str, int]]:
        """rule → service → records that break it; most broken first."""
        return self._judge.rule_counts()

    def notices(self) -> list[NoticeRow]:
        """What the follower said, oldest first."""
        return list(self._notices)

    def fields(self, limit: int = 2000) -> dict[str, list[tuple[str, int]]]:
        """Field → its commonest values and how many have each, 0: nobody knows; from about `limit` records."""
        order, everything = self.timeline.order, self.view()
        step = max(order.rows // limit, 1)
        gids = (order.gid(row) for row in range(order.rows - 1, -1, -step))
        pairs = ((self.record_of(gid), self.service_name(int(self.store.service[gid]))) for gid in gids)
        found = common_values(pairs, everything.counts(), is_whole=step == 1)
        everything.close()
        return found

    # -- records

    def view(self, query: Query | None = None, *, muted: Collection[str] = ()) -> View:
        """The rows of `query` without muted services; filled in the background, following from then on."""
        view = self.views.add(lambda place: View(self, query, muted, seen=place))
        self._filter_work.set()
        return view

    def key_of(self, gid: int) -> RowKey:
        """The identity of a record."""
        store = self.store
        notice = int(store.size[gid]) if store.flags[gid] & NOTICE else -1
        return RowKey(int(store.source[gid]), int(store.start[gid]), notice, int(store.time[gid]))

    def gid_of(self, key: RowKey) -> int | None:
        """The number of a record in the store; None when it is not there (yet, or any more)."""
        store, order = self.store, self.timeline.order
        row = order.row_of(store, (key.time_ns, key.source, key.offset, 0))
        for near in range(row, min(row + 4, order.rows)):
            gid = order.gid(near)
            if not store.flags[gid] & DEAD and self.key_of(gid) == key:
                return gid
        return self.store.find(key.source, key.offset) if key.notice < 0 else None

    def show(self, gids: NDArray[np.uint32]) -> None:
        """These records stand on the screen now: they are judged ahead of the others."""
        self.in_sight = gids
        self._judge_work.set()

    def record_of(self, gid: int, *, remember: bool = True, raw: bytes | None = None) -> Record:
        """The record, read and decoded unless it is remembered; raw: its bytes, when they are at hand."""
        store = self.store
        if store.flags[gid] & NOTICE:
            notice = self._notices[int(store.size[gid])]
            return notice_record(
                kind=notice.kind,
                text=notice.text,
                time_ns=notice.time_ns,
                is_loss=notice.is_loss,
                offset=notice.offset,
            )
        runs = store.runs(gid)
        if (recent := self._recent.get(gid, runs)) is not None:
            return recent
        record = self.feeds[int(store.source[gid])].record(gid, raw=raw)
        if remember:
            self._recent.put(gid, runs, record)
        return record

    def raw(self, gid: int) -> bytes:
        """The record's bytes exactly as they stand in its source; b"" for a notice."""
        if self.store.flags[gid] & NOTICE:
            return b""
        return self.feeds[int(self.store.source[gid])].raw(gid)

    def violations(self, record_key: RowKey) -> tuple[Violation, ...]:
        """What is wrong with a record, in words; the same code as `logview check`."""
        gid = self.gid_of(record_key)
        if gid is None or self.store.flags[gid] & NOTICE:
            return ()
        return self._judge.explain(gid)

    def hold_against(self, standard: Standard, first: RowKey) -> None:
        """Judge every record anew, by another standard, the record `first` at once; old verdicts stand until then."""
        self._next_standard = (standard, self.gid_of(first))
        self._judge_work.set()

    def call_sites(self, record_key: RowKey) -> tuple[LogCall, ...]:
        """The calls in the source code that may have written a record, likeliest first; () until that is read."""
        gid = self.gid_of(record_key)
        if gid is None or self.store.flags[gid] & NOTICE:
            return ()
        return self.sites.calls(self.service_name(int(self.store.service[gid])), self.record_of(gid))

    def sieve(self, query: Query) -> Sieve:
        """The query, ready to be asked of many records."""
        return Sieve(self, query)

    def each(self, work: Callable[[Part], Result], parts: list[Part]) -> Iterator[Result]:
        """`work` on every part, several at a time, results in order."""
        return iter([work(parts[0])]) if len(parts) == 1 else self._pool.map(work, parts)

    @property
    def is_growing(self) -> bool:
        """Whether lines have come just now."""
        return self._live.is_growing

    @property
    def is_pouring(self) -> bool:
        """Whether far more lines come than can be read."""
        return self._live.is_pouring

    @property
    def is_stopped(self) -> bool:
        """Whether the engine is closing."""
        return self._stop.is_set()

    @property
    def service_names(self) -> list[str]:
        """Names by service number."""
        return self._services.names

    # -- what the threads tell each other

    def join_sources(self) -> None:
        """Meet the sources that have joined."""
        for number, source in enumerate(self._follower.sources[len(self.feeds) :], len(self.feeds)):
            self.join(number, source)

    def join(self, number: int, source: Source) -> None:
        """A source has joined."""
        hints = self.config.hints_of(source.path or "")
        if self._format is not None:
            hints = replace(hints, format=self._format)
        feed = Feed(number, source, hints, store=self.store, service_number=self._services.number)
        self._services.number(feed.default_service)
        if source.path is None:
            # A pipe or a child: nothing of it was there before anyone looked.
            feed.watch()
            feed.look()
        self.feeds[number] = feed

    def arrived_ns(self, gid: int) -> int | None:
        """When a record without a time of its own was seen arriving, ns since the epoch, about; None for all others."""
        store = self.store
        if store.flags[gid] & HAS_TIME or not self.feeds[int(store.source[gid])].arrivals.has(int(store.start[gid])):
            return None
        return int(store.time[gid])

    def count(self, first: int, end: int, *, live: bool) -> None:
        """Count the new records [first, end)."""
        self._services.count(self.store.service[first:end], self.store.level[first:end], live=live)

    def take_back(self, gids: Sequence[int]) -> None:
        """Records that were counted are none: unfinished lines whose ends have come."""
        for gid in gids:
            self._services.take_back(int(self.store.service[gid]), int(self.store.level[gid]))
            self._judge.take_back(gid)

    def add_notice(self, notice: NoticeRow) -> int:
        """Keep a notice; returns its number."""
        self._notices.append(notice)
        return len(self._notices) - 1

    def rebuild(self) -> None:
        """Times have changed or records died: sort everything anew."""
        self.timeline.rebuild()
        for view in self.views:
            view.restart()

    def grown(self, *, live: bool = False) -> None:
        """The store has gained records; `live`: a few, just written."""
        self._filter_work.set()
        self._judge_work.set()
        # A filtered view has its new rows a moment later, and tells of them then.
        self.bell.ring(GAP_S if not live else LAZY_S if self.views.all_filtered else 0.0)

    def changed(self, gids: Sequence[int]) -> None:
        """Records have gained lines."""
        if not gids:
            return
        for gid in gids:
            self._judge.again(gid)
        self.changes += 1
        self._note(np.array(gids, np.uint32))

    def judged(self, gids: Sequence[int]) -> None:
        """Verdicts have changed."""
        self.changes += 1
        if any(view.needs_verdicts for view in self.views):
            self._note(np.array(gids, np.uint32))
        self.bell.ring(LAZY_S if self._live.is_growing else GAP_S)

    def correct(self, gid: int, record: Record) -> None:
        """The record decoded in full says otherwise than its head did: the columns follow the record."""
        store = self.store
        feed = self.feeds[int(store.source[gid])]
        level, service = int(record.level or 0), self._services.number(feed.service_of(record))
        time_ns = record.time.ns
        is_timed = time_ns is not None and -(2**63) <= time_ns < 2**63
        if (
            level == int(store.level[gid])
            and service == int(store.service[gid])
            and is_timed == bool(store.flags[gid] & HAS_TIME)
            and (not is_timed or time_ns == int(store.time[gid]))
        ):
            return
        with self.writing:
            if store.flags[gid] & DEAD:
                return
            self._services.move((int(store.service[gid]), int(store.level[gid])), (service, level))
            store.level[gid], store.service[gid] = level, service
            if is_timed and time_ns is not None:
                moved = time_ns != int(store.time[gid])
                store.time[gid] = time_ns
                store.flags[gid] |= HAS_TIME
                if moved:
                    self.rebuild()
            self.changes += 1
        self._note(np.array([gid], np.uint32))

    def _note(self, gids: NDArray[np.uint32]) -> None:
        if self.views.note(gids):
            self._filter_work.set()

    def settled(self, source: int) -> bool:
        """Whether the source's last record is whole, as far as anyone can tell."""
        return self.feeds[source].ended or self._live.is_settled(source)
