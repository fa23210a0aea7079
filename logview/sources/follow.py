"""Follows any number of paths: files through rotation, globs and directories as they fill, pipes, children.

Correct by polling alone. For the usual few files a poll every 50 ms costs less than a watcher and is surer; a watcher
only wakes the follower where there are so many files that it polls less often.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from logview.sources import checked_mode, open_regular
from logview.sources.events import Event, Joined, Notice
from logview.sources.feeds import PackedFeed, PipeFeed
from logview.sources.file import Descriptors, FileSource, descriptor_limit
from logview.sources.paths import is_pattern, is_rotated_copy, matching
from logview.sources.rotation import FollowedFile
from logview.sources.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from logview.sources import Source
    from logview.sources.child import Child

POLL_S = 0.05
"""Between two looks at a file, while there are few."""
FEW = 50
"""So many files are polled at the full rate; more, in proportion less often."""
SLOWEST_S = 0.25
BUSY = 8
"""While something grows, it is polled so many times as often: what is truncated away unread is that much less."""
BUSY_S = 0.5
SEARCH_S = 1.0
"""How often globs and directories are searched for new files."""
SEARCH_SHARE = 20
"""A search may take one part in so many of the time."""


class Feed(Protocol):
    """One source as the follower drives it."""

    def tick(self) -> bool:
        """Read a bounded amount; True when there is more to read at once."""

    def drain(self) -> list[Event]: ...
    def close(self) -> None: ...


class Follower:
    """Sources that grow, and what happens to them.

    paths     files that exist or not yet, directories, globs, FIFOs, "-"
    poll_s    seconds between two looks at a file, while there are few
    watch     whether the operating system may wake it between the polls
    clock     seconds, monotonic; tests bring their own
    children  running commands; their stdout and stderr are sources too, and `close` ends them
    sources   opened elsewhere (standard input whose descriptor was moved away): pipes, packed files

    What the sources hold when the follower is made is there from the start (`source.size()`); what comes later is told
    as Grew events. Polled by one thread; `wake`, `state`, `has_ended` and reading the sources are for any.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        poll_s: float = POLL_S,
        watch: bool = True,
        clock: Callable[[], float] = time.monotonic,
        children: Sequence[Child] = (),
        sources: Sequence[Source] = (),
    ) -> None:
        self.sources: list[Source] = []
        self._feeds: list[Feed] = []
        self._poll_s = poll_s
        self._clock = clock
        # An Event would make a lock for each wait: a sixth of what a look costs that finds nothing.
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._shared = Shared(clock, descriptors=Descriptors(descriptor_limit()))
        self._patterns = [path for path in paths if path != "-" and (os.path.isdir(path) or is_unmatched(path))]
        self._search_at = clock() + SEARCH_S
        self._polled_at = float("-inf")
        self.looked_ns = 0
        """When the last look began, ns since the epoch; 0: there was none."""
        self.looked_before_ns = 0
        """The same for the look before it: what the last one found was written after that."""
        self.ended = 0
        """Sources that had ended at the last look."""
        self._endless = 0
        """Followed files: they never end."""
        self._grown_at = float("-inf")
        self._has_more = False
        self._told_short = False
        self._events: list[Event] = []
        self._children = list(children)
        self._watch_wanted = watch
        self._watch: object | None = None
        for path in self._initial(paths):
            self._add(path, at_end=True)
        for source in sources:
            self._add_pipe(source)
        for child in children:
            self._add_pipe(child.stdout)
            self._add_pipe(child.stderr)

    @property
    def interval_s(self) -> float:
        """Seconds between two polls."""
        idle_s = min(max(self._poll_s, self._poll_s * len(self._feeds) / FEW), max(SLOWEST_S, self._poll_s))
        is_busy = time.monotonic() - self._grown_at < BUSY_S
        return idle_s / BUSY if is_busy else idle_s

    @property
    def has_ended(self) -> bool:
        """Nothing more can come: every source is a pipe or a packed file, and has been read to its end."""
        return bool(self._feeds) and not self._patterns and all(map(_has_ended, self._feeds))

    def state(self, source: int) -> str:
        """What a source is doing: "following", "gone" or "ended"."""
        feed = self._feeds[source]
        if isinstance(feed, FollowedFile):
            return "gone" if feed.is_missing else "following"
        return "ended" if _has_ended(feed) else "following"

    def poll(self) -> list[Event]:
        """Look at every source once, read a bounded amount of each, and tell what is new. Never waits."""
        while not self._woken.empty():
            self._woken.get_nowait()
        self._polled_at = time.monotonic()
        self.looked_before_ns, self.looked_ns = self.looked_ns, time.time_ns()
        self._shared.directories.tick += 1
        now = self._clock()
        if self._patterns and now >= self._search_at:
            self._search(now)
        self._has_more = False
        events, self._events = self._events, []
        for feed in self._feeds:
            self._has_more |= feed.tick()
            events += feed.drain()
        if events:
            self._grown_at = self._polled_at
        if self._endless < len(self._feeds):
            self.ended = sum(map(_has_ended, self._feeds))
        self._bury(events)
        self._tell_short(events)
        return events

    def wait(self, timeout_s: float) -> None:
        """Until the next poll is due, something is known to have happened, or the time is up."""
        if self._has_more:
            return
        if self._watch_wanted and self._watch is None and len(self._feeds) > FEW:
            self._start_watch()
        due_s = self._polled_at + self.interval_s - time.monotonic()
        with suppress(Empty):
            self._woken.get(timeout=max(0.0, min(timeout_s, due_s)))

    def wake(self) -> None:
        """End a `wait`; from any thread."""
        if self._woken.empty():
            self._woken.put(None)

    def close(self) -> None:
        """Stop the threads, end the children, close the files."""
        from logview.sources.watch import Watch

        if isinstance(self._watch, Watch):
            self._watch.close()
        for child in self._children:
            child.terminate()
        for feed in self._feeds:
            feed.close()

    def _initial(self, paths: Sequence[str]) -> list[str]:
        """The files behind the paths now; a path that names nothing yet stands for itself."""
        found: dict[str, None] = {}
        for path in paths:
            if (path != "-" and os.path.isdir(path)) or is_unmatched(path):
                found.update(dict.fromkeys(self._without_twins(matching(path))))
            else:
                found[path] = None
        return list(found)

    def _without_twins(self, paths: Iterable[str]) -> list[str]:
        """Paths of different files: a link beside its target is left out."""
        by_target: dict[str, str] = {}
        for path in paths:
            target = os.path.realpath(path)
            if target not in by_target or not os.path.islink(path):
                by_target[target] = path
        return list(by_target.values())

    def _add(self, path: str, *, at_end: bool) -> int:
        """Follow one path; the number of its source. SourceError when it is nothing that can be read."""
        if path == "-":
            from logview.sources.pipe import open_stdin

            return self._add_pipe(open_stdin())
        mode = checked_mode(path) if os.path.exists(path) else stat.S_IFREG
        if stat.S_ISFIFO(mode):
            from logview.sources.pipe import open_fifo

            return self._add_pipe(open_fifo(path))
        opened = open_readable(path)
        if opened is not None and not isinstance(opened, FileSource):
            return self._add_pipe(opened)
        if opened is not None:
            opened.close()
        index = len(self.sources)
        followed = FollowedFile(path, index, self._shared)
        followed.begin(at_end=at_end)
        self._endless += 1
        return self._append(followed.stream, followed)

    def _add_pipe(self, source: Source) -> int:
        from logview.sources.packed import PackedSource
        from logview.sources.pipe import PipeSource

        index = len(self.sources)
        if isinstance(source, PipeSource):
            return self._append(source, PipeFeed(source, index, self._clock, self.wake))
        if isinstance(source, PackedSource):
            return self._append(source, PackedFeed(source, index, self._clock))
        return self._append(source, Still(source))

    def _append(self, source: Source, feed: Feed) -> int:
        # A thread that finds the source may ask for its state at once.
        self._feeds.append(feed)
        self.sources.append(source)
        return len(self.sources) - 1

    def _search(self, now: float) -> None:
        """Find files that are new in the directories and under the globs."""
        began = time.monotonic()
        known = {source.path for source in self.sources}
        for pattern in self._patterns:
            for path in matching(pattern):
                if path not in known and not self._is_known_otherwise(path, known):
                    known.add(path)
                    self._events.append(Joined(self._add(path, at_end=False)))
        took_s = time.monotonic() - began
        self._search_at = now + max(SEARCH_S, SEARCH_SHARE * took_s)

    def _is_known_otherwise(self, path: str, known: set[str | None]) -> bool:
        """Whether the file is a followed one's past (app.log.1), or a followed one under another name."""
        folder, name = os.path.split(path)
        beside = {os.path.basename(p) for p in known if p is not None and os.path.dirname(p) == folder}
        if is_rotated_copy(name, beside):
            return True
        try:
            checked_mode(path)
            file = FileSource(path)
        except Exception:  # noqa: BLE001 - gone again, or nothing that can be read: not a source
            return True
        try:
            return self._shared.claimant(file) is not None
        finally:
            file.close()

    def _bury(self, events: list[Event]) -> None:
        """Tell of children that have ended, once all their output is told."""
        for number, child in enumerate(self._children):
            index = self.sources.index(child.stdout)
            if child.poll() is not None and _has_ended(self._feeds[index]) and _has_ended(self._feeds[index + 1]):
                events.append(Notice(index, "exit", child.obituary(), child.stdout.size()))
                del self._children[number]
                return

    def _tell_short(self, events: list[Event]) -> None:
        if self._shared.descriptors.was_short and not self._told_short and self.sources:
            self._told_short = True
            text = f"{len(self.sources)} files share {self._shared.descriptors.limit} file descriptors"
            events.append(Notice(0, "fds", text))

    def _start_watch(self) -> None:
        from logview.sources.watch import Watch

        folders = {os.path.dirname(os.path.realpath(s.path)) for s in self.sources if s.path is not None}
        self._watch = Watch(sorted(folders), self.wake)


class Still:
    """A source that does not grow."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.has_ended = True

    def tick(self) -> bool:
        """Nothing."""
        return False

    def drain(self) -> list[Event]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Close it."""
        self._source.close()


def is_unmatched(path: str) -> bool:
    """Whether the path is a glob: it names nothing itself, and holds glob characters."""
    return path != "-" and not os.path.lexists(path) and is_pattern(path)


def open_readable(path: str) -> Source | None:
    """The source as it is now; None when it is not there, or not to be opened, yet."""
    from logview.errors import SourceError

    try:
        return open_regular(path)
    except SourceError:
        return None


def _has_ended(feed: Feed) -> bool:
    return bool(getattr(feed, "has_ended", False))
