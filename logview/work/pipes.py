"""Pipes between processes that work together."""

from __future__ import annotations

import contextlib
import os

try:
    import fcntl
except ImportError:  # Windows, which cannot fork either
    fcntl = None  # type: ignore[assignment]

BUFFER = 1 << 20
"""Bytes that may wait in a pipe, where the system lets it hold so many; beyond them the writer waits."""


def pipe() -> tuple[int, int]:
    """(read end, write end) of a pipe that holds BUFFER bytes where it may."""
    read_end, write_end = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # more than this user may have
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, BUFFER)
    return read_end, write_end


def write(fd: int, data: bytes) -> None:
    """All of the bytes, however often the pipe is full."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
