"""A followed path with a clock of its own: write, rotate, `tick`, and look at what was told."""

from __future__ import annotations

import gzip
import os
import shutil
from typing import TYPE_CHECKING

from logview.sources import Grew, Joined, Notice
from logview.sources.follow import Follower

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Followed:
    """A follower of one or more paths; `told[i]` is what has come of source i as Grew, in order."""

    def __init__(self, *paths: str, **options: object) -> None:
        self.clock = Clock()
        self.follower = Follower([str(p) for p in paths], watch=False, clock=self.clock, **options)
        self.told: dict[int, bytes] = {}
        self.notices: list[Notice] = []
        self.joined: list[int] = []
        self._ends = {i: s.size() if self._is_file(i) else 0 for i, s in enumerate(self.follower.sources)}

    def _is_file(self, index: int) -> bool:
        return type(self.follower.sources[index]).__name__ == "LogicalSource"

    def tick(self, seconds: float = 0.05) -> None:
        """One poll, `seconds` later; every Grew must go on where the last one ended."""
        self.clock.now += seconds
        for event in self.follower.poll():
            match event:
                case Grew(source, start, end):
                    assert start == self._ends.get(source, 0)
                    self._ends[source] = end
                    data = self.follower.sources[source].read(start, end - start)
                    assert len(data) == end - start
                    self.told[source] = self.told.get(source, b"") + data
                case Joined(source):
                    self.joined.append(source)
                case Notice():
                    self.notices.append(event)

    def settle(self) -> None:
        """Polls until an unfinished line would have been told too."""
        for seconds in (0.05, 0.05, 1.1, 0.05):
            self.tick(seconds)

    @property
    def lines(self) -> list[bytes]:
        """The whole lines of the first source that were told."""
        return self.told.get(0, b"").split(b"\n")[:-1]

    @property
    def kinds(self) -> list[str]:
        """Kinds of the notices, in order."""
        return [notice.kind for notice in self.notices]


class Log:
    """app.log in a temporary directory, and what happens to log files."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def write(self, data: bytes, path: str | None = None) -> None:
        with open(path or self.path, "ab", buffering=0) as file:
            file.write(data)

    def shift(self) -> None:
        """app.log.1 → app.log.2 and so on, as logrotate does before it rotates."""
        for number in range(40, 0, -1):
            for end in ("", ".gz"):
                if os.path.exists(f"{self.path}.{number}{end}"):
                    os.rename(f"{self.path}.{number}{end}", f"{self.path}.{number + 1}{end}")

    def rename(self) -> None:
        self.shift()
        os.rename(self.path, f"{self.path}.1")
        self.write(b"")

    def pack(self) -> None:
        """Renamed, and packed at once; the path names nothing then."""
        self.shift()
        os.rename(self.path, f"{self.path}.1")
        with open(f"{self.path}.1", "rb") as file, gzip.open(f"{self.path}.1.gz", "wb") as packed:
            packed.write(file.read())
        os.unlink(f"{self.path}.1")

    def copytruncate(self) -> None:
        self.shift()
        shutil.copyfile(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)
