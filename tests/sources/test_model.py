"""The follower against a model: whatever is written, renamed, copied, truncated and deleted between the polls, every
complete line is told once and in order, or lies at an announced gap.

The machine's actions are vector's seven (write, read, pause, rotate, truncate, delete, exit) and those of the fault
matrix that can be done to one path.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from followed import Followed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from logview.sources.events import LOSS


class FollowedPath(RuleBasedStateMachine):
    """One path, one writer. `safe` are lines that must be told; the others may be lost, but only at a notice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="logview-model-")
        self.path = os.path.join(self.folder, "app.log")
        self.written: list[bytes] = []
        self.at_risk: set[int] = set()
        self.traceless: set[int] = set()
        self.was_seen = False
        self.unread: list[int] = []
        self.kept: list[int] = []
        self.part = b""
        self.fd = self.open()
        self.old_fds: list[int] = []

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    @initialize(lines=st.integers(0, 5))
    def begin(self, lines: int) -> None:
        self.before = b"".join(b"before %d %s\n" % (n, b"-" * 40) for n in range(lines))
        os.write(self.fd, self.before)
        self.followed = Followed(self.path)
        self.was_seen = lines > 0

    def teardown(self) -> None:
        try:
            if hasattr(self, "followed"):
                self.finish_line(b"end")
                for _ in range(4):
                    self.followed.tick(1.2)
                self.check(final=True)
                self.followed.follower.close()
        finally:
            for fd in (self.fd, *self.old_fds):
                os.close(fd)
            shutil.rmtree(self.folder)

    @rule(sizes=st.lists(st.integers(0, 300), min_size=1, max_size=6))
    def write(self, sizes: list[int]) -> None:
        for size in sizes:
            self.finish_line(b"z" * size)

    @rule(size=st.integers(1, 100))
    def write_part(self, size: int) -> None:
        if not self.part:
            self.part = b"line %06d %s" % (len(self.written), b"p" * size)
            os.write(self.fd, self.part)

    def finish_line(self, rest: bytes) -> None:
        head = self.part or b"line %06d " % len(self.written)
        os.write(self.fd, (b"" if self.part else head) + rest + b"\n")
        self.unread.append(len(self.written))
        self.written.append(head + rest)
        self.part = b""

    @rule(seconds=st.sampled_from([0.05, 0.05, 0.3, 2.0, 7.0]))
    def tick(self, seconds: float) -> None:
        self.followed.tick(seconds)
        self.poll_done()

    def poll_done(self) -> None:
        self.unread.clear()
        self.was_seen = self.is_current() and os.fstat(self.fd).st_size > 0

    def lose(self) -> None:
        """What was not read is gone. A file that was empty or not there at the last poll leaves no trace of it."""
        self.at_risk |= set(self.unread)
        if not self.was_seen:
            self.traceless |= set(self.unread)
        self.was_seen = False

    def shift(self) -> None:
        for number in range(30, 0, -1):
            if os.path.exists(f"{self.path}.{number}"):
                os.rename(f"{self.path}.{number}", f"{self.path}.{number + 1}")

    @precondition(lambda self: not self.part and os.path.exists(self.path))
    @rule(keeps_old=st.booleans())
    def rename(self, keeps_old: bool) -> None:
        self.shift()
        self.was_seen = False
        os.rename(self.path, self.path + ".1")
        if keeps_old:
            # The path names a new file, and the writer goes on with the old one until it reopens.
            os.close(self.open())
        else:
            self.reopen()

    @rule()
    @precondition(lambda self: not self.part)
    def reopen(self) -> None:
        os.close(self.fd)
        self.fd = self.open()

    @precondition(lambda self: not self.part and self.is_current())
    @rule()
    def copytruncate(self) -> None:
        self.shift()
        shutil.copyfile(self.path, self.path + ".1")
        self.was_seen = False
        os.ftruncate(self.fd, 0)

    @precondition(lambda self: not self.part and self.is_current())
    @rule()
    def truncate(self) -> None:
        self.lose()
        os.ftruncate(self.fd, 0)

    @precondition(lambda self: not self.part and self.is_current())
    @rule()
    def delete_and_recreate(self) -> None:
        # A file that was created after the last poll, and is deleted before the next, was never there to be seen.
        self.lose()
        os.unlink(self.path)
        self.reopen()

    @precondition(lambda self: not self.part and self.is_current())
    @rule()
    def replace_by_copy(self) -> None:
        self.followed.tick(0.05)
        self.poll_done()
        shutil.copyfile(self.path, self.path + "~tmp")
        os.rename(self.path + "~tmp", self.path)
        self.reopen()

    @precondition(lambda self: not self.part and self.is_current())
    @rule(size=st.integers(600, 20_000))
    def nul_block(self, size: int) -> None:
        os.ftruncate(self.fd, os.fstat(self.fd).st_size + size)

    def is_current(self) -> bool:
        try:
            return os.stat(self.path).st_ino == os.fstat(self.fd).st_ino
        except OSError:
            return False

    @invariant()
    def what_was_told_reads_the_same_again(self) -> None:
        if hasattr(self, "followed") and (told := self.followed.told.get(0)):
            start = len(self.before)
            assert told[-2000:] == self.followed.follower.sources[0].read(start + max(0, len(told) - 2000), 2000)

    def check(self, *, final: bool) -> None:
        told = [line for line in self.followed.lines if line.startswith(b"line ")]
        numbers = []
        for line in told:
            number = int(line[5:11])
            if line == self.written[number]:
                numbers.append(number)
            else:
                assert self.written[number].startswith(line), f"altered: {line!r}"
                assert "cut" in self.followed.kinds
        doubled = self.doubled_by_replacement()
        if not doubled:
            assert sorted(set(numbers)) == sorted(numbers), "told twice"
            assert sorted(numbers) == numbers, "out of order"
        lost = set(range(len(self.written))) - set(numbers)
        assert lost <= self.at_risk, f"lost without need: {sorted(lost - self.at_risk)[:5]}"
        if lost - self.traceless:
            assert any(kind in LOSS for kind in self.followed.kinds), "lost without a word"

    def doubled_by_replacement(self) -> bool:
        """A file of less than 256 bytes that a copy takes the place of is told again, and that is announced."""
        return "replaced" in self.followed.kinds


TestFollowedPath = pytest.mark.slow(FollowedPath.TestCase)
DEPTH = settings.default.max_examples if settings.default.max_examples > 1000 else 60
TestFollowedPath.settings = settings(max_examples=DEPTH, stateful_step_count=20)
