"""One forked process that does a piece of work for each block it is handed, while this one goes on.

What it promises: results come in the order of the blocks; only so many blocks are in flight as there are slots in the
memory both share, which bounds the memory as well; a helper that ends early is told by `HelperEndedError`, and what was
in flight is the caller's to do again; `close`, or the end of this process however it comes, ends the helper and leaves
no zombie.

It is only forked while this process has a single thread: a lock that another one holds would stay locked in the helper.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import select
import signal
import struct
import threading
from typing import TYPE_CHECKING

from logview.work import pipes

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[bytes, bytes], bytes]

SLOTS = 3
"""Blocks in flight: one that is worked on, one that waits for the helper, one that waits for this process."""
SLOT_BYTES = 4 << 20
"""Bytes of the largest block and its note."""
_ASKED = struct.Struct("<ii")
_DONE = struct.Struct("<q")


class HelperEndedError(Exception):
    """The helper has ended before it was told to: killed, out of memory, or its work raised an error."""


class Helper:
    """A process that answers `work(note, block)` for every block, in order; it sees all that this process holds now.

    work  raises no error that is wanted here: any ends the helper, and who does the work again gets it
    """

    def __init__(self, work: Work) -> None:
        self._shared = mmap.mmap(-1, SLOTS * SLOT_BYTES)
        self._asked = self._told = 0
        """Blocks that were handed over; results that were taken."""
        asked, self._ask = os.pipe()
        self._results, done = pipes.pipe()
        try:
            self.pid = os.fork()
        except OSError:
            for end in (asked, self._ask, self._results, done):
                os.close(end)
            raise
        if not self.pid:
            # Only this process may hold the ends it writes to, or the helper would never see that it has ended.
            os.close(self._ask)
            os.close(self._results)
            self._serve(work, asked, done)
        os.close(asked)
        os.close(done)
        self._is_open = True

    @property
    def waiting(self) -> int:
        """Blocks whose results were not taken yet."""
        return self._asked - self._told

    def takes(self, note: bytes, block: bytes) -> bool:
        """Whether there is a slot, and room in it."""
        return self._is_open and self.waiting < SLOTS and len(note) + len(block) <= SLOT_BYTES

    def ask(self, note: bytes, block: bytes) -> None:
        """Hand over a block that it takes. Never waits.

        raises  HelperEndedError
        """
        at = self._asked % SLOTS * SLOT_BYTES
        self._shared[at : at + len(note)] = note
        self._shared[at + len(note) : at + len(note) + len(block)] = block
        try:
            # A few bytes for each slot: a pipe always has room for them.
            os.write(self._ask, _ASKED.pack(len(note), len(block)))
        except BrokenPipeError:
            raise self._gone() from None
        self._asked += 1

    @property
    def has_result(self) -> bool:
        """Whether the result for the oldest block in flight begins to come, or the helper has ended."""
        return not self._is_open or bool(select.select([self._results], (), (), 0)[0])

    def result(self) -> bytes:
        """The result for the oldest block in flight, waited for.

        raises  HelperEndedError
        """
        if not self._is_open:
            raise self._gone()
        (size,) = _DONE.unpack(self._read(_DONE.size))
        data = self._read(size)
        self._told += 1
        return data

    def close(self) -> None:
        """End the helper, whatever it does."""
        if not self._is_open:
            return
        self._is_open = False
        os.close(self._ask)
        os.close(self._results)
        self._shared.close()
        # It holds nothing that would have to be put in order.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _gone(self) -> HelperEndedError:
        self.close()
        return HelperEndedError("the helper process ended early")

    def _read(self, size: int) -> bytes:
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            read = os.readv(self._results, [view[at:]])
            if not read:
                raise self._gone()
            at += read
        return bytes(data)

    def _serve(self, work: Work, asked: int, done: int) -> None:
        """The helper's life; does not return."""
        status = 1
        try:
            # Ctrl+C reaches it, too; it ends when the process does that it helps.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            # What is made here holds no cycles; looking for some would copy the parent's memory.
            gc.disable()
            number = 0
            while header := _whole(asked, _ASKED.size):
                note_size, size = _ASKED.unpack(header)
                at = number % SLOTS * SLOT_BYTES
                note, block = self._shared[at : at + note_size], self._shared[at + note_size : at + note_size + size]
                number += 1
                answer = work(note, block)
                pipes.write(done, _DONE.pack(len(answer)))
                pipes.write(done, answer)
            status = 0
        except (BrokenPipeError, MemoryError):
            # Nobody wants the result; or this block is too much, which is seen where it is done again.
            pass
        finally:
            # Not sys.exit: what the parent registered for its own end is not this process's to do.
            os._exit(status)


def _whole(fd: int, size: int) -> bytes:
    """So many bytes of a pipe; none at its end."""
    data = b""
    while len(data) < size:
        more = os.read(fd, size - len(data))
        if not more:
            return b""
        data += more
    return data


def started(work: Work) -> Helper | None:
    """A helper; None where there can be none, or no core for it."""
    if not hasattr(os, "fork") or cores() < 2 or threading.active_count() > 1:
        return None
    try:
        return Helper(work)
    except OSError:  # no more processes for this user, or no memory for one
        return None


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
