"""A writer that goes on between the system calls of the follower: a stalled reader, made deterministic.

Every os function that the follower uses first lets the writer take some of its own steps, chosen by a seeded generator.
So names and contents change between any two things that the follower learns, which on a loaded machine happens once in
thousands of rotations.
"""

from __future__ import annotations

import gzip
import itertools
import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest
    from followed import Followed

CALLS = ("stat", "lstat", "fstat", "open", "pread", "listdir", "lseek", "close")
KEPT = 40
"""Old files that are shifted."""


class Interleaved:
    """Calls `step` before a system call of the follower, as often as the generator says; `is_on` while it polls."""

    def __init__(self, patch: pytest.MonkeyPatch, rng: random.Random, step: Callable[[], None]) -> None:
        self.is_on = False
        self._rng = rng
        self._step = step
        self._rate = rng.choice([0.005, 0.02, 0.05, 0.1, 0.3])
        self._burst = rng.choice([1, 3, 10, 30])
        for name in CALLS:
            patch.setattr(os, name, self._interrupted(getattr(os, name)))

    def _interrupted(self, call: Callable[..., object]) -> Callable[..., object]:
        def interrupted(*args: object, **options: object) -> object:
            if self.is_on and self._rng.random() < self._rate:
                self.is_on = False
                for _ in range(self._rng.randint(1, self._burst)):
                    self._step()
                self.is_on = True
            return call(*args, **options)

        return interrupted


class Writer:
    """Writes numbered lines and rotates up to three times in a row; one system call a step."""

    def __init__(self, path: str, rng: random.Random, rotate: Callable[[Writer], Iterator[None]]) -> None:
        self.path = path
        self.rng = rng
        self.written = 0
        self.is_done = False
        self.fd = self.open()
        self._steps = self._run(rotate)

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def step(self) -> None:
        if not self.is_done:
            self.is_done = next(self._steps, "done") == "done"

    def write(self) -> None:
        os.write(self.fd, b"%06d %s\n" % (self.written, b"x" * self.rng.choice([90, 90, 300, 1500])))
        self.written += 1

    def shift(self) -> Iterator[None]:
        for number in range(KEPT, 0, -1):
            for end in ("", ".gz"):
                if os.path.exists(f"{self.path}.{number}{end}"):
                    os.rename(f"{self.path}.{number}{end}", f"{self.path}.{number + 1}{end}")
                    yield

    def _run(self, rotate: Callable[[Writer], Iterator[None]]) -> Iterator[None]:
        # A file that is empty when it is first seen leaves no trace of what was written and truncated before the next.
        self.write()
        yield
        for _ in range(self.rng.randint(1, 4)):
            for _ in range(self.rng.choice([0, 1, 1, 2, 5])):
                self.write()
                yield
            for _ in range(self.rng.randint(1, 3)):
                self.write()
                yield
                yield from rotate(self)
                self.write()
                yield
        os.close(self.fd)


def copytruncate(writer: Writer) -> Iterator[None]:
    """logrotate's: the old ones shifted, the file copied in one or two pieces, then truncated."""
    yield from writer.shift()
    copy = os.open(f"{writer.path}.1", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    yield
    with open(writer.path, "rb") as file:
        data = file.read()
    cut = writer.rng.choice([len(data), len(data) // 2])
    os.write(copy, data[:cut])
    yield
    if cut < len(data):
        os.write(copy, data[cut:])
        yield
    os.close(copy)
    os.ftruncate(writer.fd, 0)
    yield


def rename(writer: Writer) -> Iterator[None]:
    """Renamed and created; half of the time the writer goes on with the old file for a line before it creates."""
    yield from writer.shift()
    os.rename(writer.path, f"{writer.path}.1")
    yield
    if writer.rng.random() < 0.5:
        writer.write()
        yield
    fresh = writer.open()
    yield
    if writer.rng.random() < 0.5:
        # Into the old file still, with the new one there and empty.
        writer.write()
        yield
    os.close(writer.fd)
    writer.fd = fresh


def packed(writer: Writer) -> Iterator[None]:
    """gzip of the newest old file: written in two pieces beside it, then the original goes."""
    original = f"{writer.path}.1"
    with open(original, "rb") as file:
        data = gzip.compress(file.read())
    made = os.open(f"{original}.gz", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    yield
    for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
        os.write(made, piece)
        yield
    os.close(made)
    found = os.stat(original)
    os.utime(f"{original}.gz", ns=(found.st_atime_ns, found.st_mtime_ns))
    yield
    os.unlink(original)
    yield


def renamed_packed(writer: Writer) -> Iterator[None]:
    """Renamed and created, the old one packed: what is read of it late stands in a file that came after it."""
    yield from writer.shift()
    os.rename(writer.path, f"{writer.path}.1")
    yield
    os.close(writer.fd)
    writer.fd = writer.open()
    yield
    yield from packed(writer)


def replaced(writer: Writer) -> Iterator[None]:
    """A copy takes the file's place, and the writer goes on in it."""
    made = os.open(writer.path + "~tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    yield
    with open(writer.path, "rb") as file:
        os.write(made, file.read())
    os.close(made)
    yield
    os.rename(writer.path + "~tmp", writer.path)
    yield
    os.close(writer.fd)
    writer.fd = writer.open()
    yield


def either(writer: Writer) -> Iterator[None]:
    """Now this, now that: one path renamed, and copied away, and packed within one look."""
    yield from writer.rng.choice([copytruncate, rename])(writer)
    if writer.rng.random() < 0.4:
        yield from packed(writer)


def anything(writer: Writer) -> Iterator[None]:
    """The same, and replaced by a copy."""
    yield from writer.rng.choice([either, replaced])(writer)


def numbers_told(
    folder: Path, seed: int, rotate: Callable[[Writer], Iterator[None]], followed: Callable[[str], Followed]
) -> tuple[list[int], int, list[str]]:
    """Follow a whole run.

    return  the numbers of the lines in the order in which they were told; how many were written; kinds of the notices
    """
    import pytest

    rng = random.Random(seed)
    folder.mkdir()
    path = str(folder / "app.log")
    writer = Writer(path, rng, rotate)
    log = followed(path)
    writer.step()
    log.tick()
    with pytest.MonkeyPatch.context() as patch:
        interleaved = Interleaved(patch, rng, writer.step)
        for _ in itertools.takewhile(lambda _: not writer.is_done, range(2000)):
            interleaved.is_on = True
            log.tick()
            interleaved.is_on = False
            if rng.random() < 0.2:
                writer.step()
    assert writer.is_done
    log.settle()
    assert all(len(line) >= 97 for line in log.lines), "torn"
    return [int(line[:6]) for line in log.lines], writer.written, log.kinds
