"""Work done by forked processes that see all the parent holds, results in the order of the tasks."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import struct
from typing import TYPE_CHECKING, TypeVar

from logview.work import pipes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Task = TypeVar("Task")
_HEAD = struct.Struct("<q")


def in_order(
    work: Callable[[Task], bytes], tasks: Sequence[Task], meanwhile: Callable[[], bool] | None = None
) -> Iterator[bytes]:
    """`work(task)` for every task; process n of N does every N-th, each at most one pipe's buffer ahead.

    meanwhile  something useful to do while there is nothing to give out, a few milliseconds of it; false: no more
    raises     whatever `work` raised in a process
    """
    count = min(os.cpu_count() or 1, len(tasks))
    readers = [_start(work, tasks, first, count) for first in range(count)]
    try:
        for number in range(len(tasks)):
            fd = readers[number % count][1]
            while meanwhile is not None and not select.select([fd], (), (), 0)[0]:
                meanwhile = meanwhile if meanwhile() else None
            yield _result(fd)
    finally:
        for _, fd in readers:
            os.close(fd)
        for pid, _ in readers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _start(work: Callable[[Task], bytes], tasks: Sequence[Task], first: int, step: int) -> tuple[int, int]:
    """(process id, read end of its pipe)."""
    read_end, write_end = pipes.pipe()
    pid = os.fork()
    if pid:
        os.close(write_end)
        return pid, read_end
    status = 1
    try:
        # What is made here is dropped at once and holds no cycles; looking for some would copy the parent's memory.
        gc.disable()
        os.close(read_end)
        with os.fdopen(write_end, "wb", buffering=0) as out:
            for task in tasks[first::step]:
                pipes.write(out.fileno(), _attempt(work, task))
        status = 0
    except BrokenPipeError:
        # The parent wants no more.
        status = 0
    finally:
        # Not sys.exit: what the parent registered for its own end is not this process's to do.
        os._exit(status)


def _attempt(work: Callable[[Task], bytes], task: Task) -> bytes:
    try:
        done = work(task)
    except Exception as error:  # noqa: BLE001  raised again in the parent
        problem = pickle.dumps(error)
        return _HEAD.pack(-len(problem)) + problem
    return _HEAD.pack(len(done)) + done


def _result(fd: int) -> bytes:
    (size,) = _HEAD.unpack(_read(fd, _HEAD.size))
    data = _read(fd, abs(size))
    if size < 0:
        error: Exception = pickle.loads(data)
        raise error
    return data


def _read(fd: int, size: int) -> bytes:
    pieces, missing = [], size
    while missing:
        piece = os.read(fd, min(missing, 1 << 20))
        if not piece:
            raise ChildProcessError("a printing process ended early")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
