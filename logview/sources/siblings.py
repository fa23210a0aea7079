"""What stands beside a followed file: rotated generations, and copies made just before a truncation."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.sources.file import READ_FLAGS, Identity, pread
from logview.sources.paths import rotation_bases

if TYPE_CHECKING:
    from collections.abc import Iterator

FINGER = 256
"""Bytes at the beginning that tell a sibling from another file that got its inode."""
UNSURE_NS = 2_500_000_000
"""A directory that changed so short a time before it was listed may change again under the same time stamp: some file
systems count in steps of two seconds."""
MOST = 64
"""Siblings looked at, newest first: a directory of thousands must not stop the tick."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """A file beside a followed one, as it was when the directory was listed."""

    path: str
    identity: Identity
    size: int
    mtime_ns: int
    finger: bytes

    def is_same_file(self, other: Sibling) -> bool:
        """Whether this, seen later, is the file that `other` was, longer perhaps; of an empty one nobody can tell."""
        is_known = bool(other.finger) or not self.finger
        return is_known and self.identity == other.identity and self.finger.startswith(other.finger)


@dataclass(slots=True, eq=False)
class Directory:
    """One directory's names, listed again only when it has changed. Shared by all files followed in it.

    rotations  name → names that rotation may have made from it
    version    grows with every listing
    is_unsure  it is listed again even if its time does not change
    """

    path: str
    names: tuple[str, ...] = ()
    rotations: dict[str, list[str]] = field(default_factory=dict)
    version: int = 0
    _mtime_ns: int = -1
    is_unsure: bool = True
    _tick: int = -1

    def refresh(self, tick: int | None = None) -> None:
        """List again if need be: at most once in one tick; None: at once."""
        if tick is not None and tick == self._tick:
            return
        self._tick = self._tick if tick is None else tick
        try:
            mtime_ns = os.stat(self.path).st_mtime_ns
            if tick is not None and mtime_ns == self._mtime_ns and not self.is_unsure:
                return
            self._mtime_ns = mtime_ns
            self.is_unsure = abs(time.time_ns() - mtime_ns) < UNSURE_NS
            names = tuple(sorted(os.listdir(self.path)))
        except OSError:
            self._mtime_ns, names = -1, ()
        if names != self.names or self.version == 0:
            rotations: dict[str, list[str]] = {}
            for name in names:
                for base in rotation_bases(name):
                    rotations.setdefault(base, []).append(name)
            self.names, self.rotations = names, rotations
        # Also with the same names: files were exchanged for others, or grew while they were looked at.
        self.version += 1


@dataclass(slots=True)
class Directories:
    """Every directory in which something is followed; `tick` counts the follower's ticks."""

    tick: int = 0
    _known: dict[str, Directory] = field(default_factory=dict)

    def at(self, path: str) -> Directory:
        """The directory with this path, made at first use."""
        directory = self._known.get(path)
        if directory is None:
            directory = self._known[path] = Directory(path)
        return directory


class Siblings:
    """The siblings of one followed path, in its directory and in that of the file it links to."""

    def __init__(self, path: str, directories: Directories) -> None:
        self._path = path
        self._directories = directories
        self._version: tuple[int, ...] = ()
        self.seen: dict[Identity, Sibling] = {}
        """Those that stood there when the path was last found in order; what is not among them is new."""
        self._pending: dict[Identity, Sibling] | None = None
        self._places: list[tuple[Directory, str]] = []
        self.moved()

    def moved(self) -> None:
        """The path may link to another file now; what stands beside that one already is no news."""
        paths = {self._path, os.path.realpath(self._path)}
        places = [(self._directories.at(os.path.dirname(p) or "."), os.path.basename(p)) for p in sorted(paths)]
        if places != self._places:
            self._places = places
            self._refresh()
            self.seen.update((s.identity, s) for s in self._rotations())

    @property
    def is_settled(self) -> bool:
        """Whether the last look found nothing that `settle` has not made known yet, and will find the same again."""
        return self._pending is None and not any(directory.is_unsure for directory, _ in self._places)

    def look(self) -> None:
        """Note what stands there, *before* the path itself is looked at; `settle` makes it the known state."""
        for directory, _ in self._places:
            directory.refresh(self._directories.tick)
        version = tuple(directory.version for directory, _ in self._places)
        if version != self._version:
            self._version = version
            self._pending = {s.identity: s for s in self._rotations()}

    @property
    def has_news(self) -> bool:
        """Whether the last look saw files that were not there before."""
        return self._pending is not None and any(not self._is_seen(s) for s in self._pending.values())

    def settle(self) -> None:
        """The path is in order: what `look` saw is no news any more."""
        if self._pending is not None:
            self.seen = self._pending
            self._pending = None

    def unseen(self) -> list[Sibling]:
        """Files named as rotation names them that were not there at the last settled look."""
        self._refresh()
        return [s for s in self._rotations() if not self._is_seen(s)]

    def layout(self) -> dict[str, Identity | None]:
        """Which file has which name now; two that are equal say that nothing was rotated between them."""
        self._refresh()
        paths = [
            os.path.join(directory.path, name)
            for directory, base in self._places
            for name in (base, *directory.rotations.get(base, []))
        ]
        return {path: _identity(path) for path in paths}

    def copies(self, taken: int) -> Iterator[Sibling]:
        """Files that may be a copy of the one whose first `taken` bytes were read, likeliest first."""
        self._refresh()
        for sibling in sorted(self._near(), key=lambda s: -s.mtime_ns):
            before = self.seen.get(sibling.identity)
            is_old = before is not None and (sibling.size, sibling.mtime_ns) == (before.size, before.mtime_ns)
            # A file that stood there all the time is a copy only if that can't be chance.
            if not is_old or taken >= FINGER or sibling.size == taken:
                yield sibling

    def named(self, wanted: Identity) -> str | None:
        """The path under which a renamed file stands now; safe from any thread."""
        self._refresh()
        for directory, base in self._places:
            likely = directory.rotations.get(base, [])
            for name in (*likely, *directory.names):
                path = os.path.join(directory.path, name)
                if name != base and _identity(path) == wanted:
                    return path
        return None

    def _refresh(self) -> None:
        for directory, _ in self._places:
            directory.refresh()

    def _is_seen(self, sibling: Sibling) -> bool:
        before = self.seen.get(sibling.identity)
        return before is not None and sibling.is_same_file(before)

    def _rotations(self) -> Iterator[Sibling]:
        """Files named as rotation names them."""
        for directory, base in self._places:
            yield from _described(directory.path, directory.rotations.get(base, []))

    def _near(self) -> Iterator[Sibling]:
        """Files whose names begin as the followed one's do."""
        for directory, base in self._places:
            stem = os.path.splitext(base)[0]
            starts = (base, f"{stem}.", f"{stem}-", f"{stem}_")
            names = [name for name in directory.names if name.startswith(starts) and name != base]
            yield from _described(directory.path, names)


def _identity(path: str) -> Identity | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _described(folder: str, names: list[str]) -> list[Sibling]:
    found = []
    for name in names:
        path = os.path.join(folder, name)
        try:
            state = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(state.st_mode):
            found.append((state.st_mtime_ns, path, state))
    found.sort(reverse=True, key=lambda entry: entry[0])
    return [
        Sibling(path, (s.st_dev, s.st_ino), s.st_size, mtime_ns, _finger(path)) for mtime_ns, path, s in found[:MOST]
    ]


def _finger(path: str) -> bytes:
    try:
        fd = os.open(path, READ_FLAGS)
    except OSError:
        return b""
    try:
        return pread(fd, FINGER, 0)
    except OSError:
        return b""
    finally:
        os.close(fd)


def by_age(siblings: list[Sibling], latest: str | None) -> list[Sibling]:
    """The siblings, oldest first.

    latest  where the file that was read before all of them stands now: app.log.3 tells that lower numbers are newer
            (logrotate shifts them), app.log.5 before app.log.6 that they count upwards. Where it does not tell, the
            times of the lowest and the highest number do. Names without numbers, or around different dates: the times
    """
    numbers = {sibling: _number(sibling.path) for sibling in siblings}
    if len({stem for stem, _ in numbers.values()}) > 1 or None in {number for _, number in numbers.values()}:
        # Equal times: a file system may count in ticks of the clock. Dates are written so that names sort as they do.
        return sorted(siblings, key=lambda s: (s.mtime_ns, -(numbers[s][1] or 0), s.path))
    upwards = sorted(siblings, key=lambda s: numbers[s][1] or 0)
    return upwards if _counts_up(upwards, latest) else upwards[::-1]


def _counts_up(siblings: list[Sibling], latest: str | None) -> bool:
    """Whether higher numbers are newer; `siblings` are in the order of their numbers."""
    if len(siblings) < 2:
        return True
    first, last = siblings[0], siblings[-1]
    (stem, lowest), (_, highest) = _number(first.path), _number(last.path)
    before, number = _number(latest or "")
    if before == stem and number is not None and lowest is not None and highest is not None:
        if number < lowest:
            return True
        if number > highest:
            return False
    return first.mtime_ns < last.mtime_ns


def _number(path: str) -> tuple[str, int | None]:
    """The name up to the rotation number at its end, of at most four digits, and the number: 2 of app.log.2.gz."""
    name = os.path.basename(path)
    number = re.search(r"(?<!\d)[._-](\d{1,4})(?:\.[A-Za-z][A-Za-z0-9]*)*$", name)
    return (name[: number.start()], int(number[1])) if number else (name, None)
