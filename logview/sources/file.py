"""One regular file, read by position. Never mapped, never written, never locked, never waited for.

A file is known by its device and inode, and only while it is open is that identity sure: a file system hands the inode
of a deleted file to the next one at once.
"""

from __future__ import annotations

import errno
import os
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

from logview.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources.events import Notice

# O_NONBLOCK: a FIFO that replaced the file must not stop the tick. O_NOCTTY: nor may a terminal become ours.
READ_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)

Identity = tuple[int, int]
"""Device and inode."""


class FileSource:
    """A regular file as a Source; logical offset = file offset.

    path        reopened when the descriptor was given back (see Descriptors), if it still names the same file
    name        what the user typed; the path by default
    fd          an open descriptor to take over, when the file came without a path (standard input)
    base        file offset that logical offset 0 stands for
    raises      OSError as the operating system gave it; `open_source` turns it into a SourceError
    """

    def __init__(
        self,
        path: str | None,
        *,
        name: str | None = None,
        fd: int | None = None,
        base: int = 0,
        descriptors: Descriptors | None = None,
    ) -> None:
        self.name = name if name is not None else (path or "-")
        self.path = path
        self.notices: list[Notice] = []
        self._base = base
        self._lock = threading.Lock()
        self._descriptors = descriptors
        self._fd = fd
        self._closed = False
        self.relocate: Callable[[Identity], str | None] | None = None
        """Finds the path a renamed file has now, when it must be reopened."""
        self.identity: Identity = (0, 0)
        with self._lock:
            self.identity = identity(os.fstat(self._open()))

    def size(self) -> int:
        """Bytes in the file now; 0 once it cannot be asked any more."""
        try:
            return max(0, self.stat().st_size - self._base)
        except OSError:
            return 0

    def stat(self) -> os.stat_result:
        """fstat of the open file; OSError when it had to be reopened and could not."""
        with self._lock:
            fd = self._open()
            try:
                return os.fstat(fd)
            except OSError as error:
                return os.fstat(self._reopened(error))

    def links(self) -> int:
        """Names the file still has; 1 when that cannot be asked."""
        try:
            return self.stat().st_nlink
        except OSError:
            return 1

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; short only at the end of the file, b"" beyond it."""
        with self._lock:
            if self._closed:
                return b""
            fd = self._open()
            try:
                return pread(fd, size, offset + self._base)
            except OSError as error:
                return pread(self._reopened(error), size, offset + self._base)

    def data_from(self, offset: int) -> int:
        """First offset ≥ `offset` that is not in a hole of a sparse file; the file's size when there is none."""
        if not hasattr(os, "SEEK_DATA"):
            return offset
        with self._lock:
            fd = self._open()
            try:
                return os.lseek(fd, offset + self._base, os.SEEK_DATA) - self._base
            except OSError as error:
                return os.fstat(fd).st_size - self._base if error.errno == errno.ENXIO else offset

    @property
    def is_open(self) -> bool:
        """Whether a descriptor is held, and with it the identity."""
        return self._fd is not None

    def release(self) -> bool:
        """Give the descriptor back; False when another thread is reading, or when nothing could reopen the file."""
        if self.path is None or not self._lock.acquire(blocking=False):
            return False
        try:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None
            return True
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close for good; later reads give b""."""
        with self._lock:
            self._closed = True
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None
        if self._descriptors is not None:
            self._descriptors.forget(self)

    def _open(self) -> int:
        """The descriptor, reopened if need be; the caller holds the lock."""
        if self._fd is None:
            if self._closed or self.path is None:
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            self._fd = self._reopen(self.path)
        if self._descriptors is not None:
            self._descriptors.used(self)
        return self._fd

    def _reopened(self, error: OSError) -> int:
        """A new descriptor in place of one that a file server has forgotten; any other `error` is raised again.

        The caller holds the lock.
        """
        if error.errno != errno.ESTALE or self._fd is None or self.path is None:
            raise error
        with suppress(OSError):
            os.close(self._fd)
        self._fd = None
        return self._open()

    def _reopen(self, path: str) -> int:
        try:
            return self._open_same(path)
        except OSError:
            moved = self.relocate(self.identity) if self.relocate is not None else None
            if moved is None:
                raise
        self.path = moved
        return self._open_same(moved)

    def _open_same(self, path: str) -> int:
        fd = os.open(path, READ_FLAGS) if self._descriptors is None else self._descriptors.open(path)
        if self.identity not in {(0, 0), identity(os.fstat(fd))}:
            os.close(fd)
            raise OSError(errno.ESTALE, "another file has this name now", path)
        return fd


class Descriptors:
    """Keeps at most `limit` files open: the one read longest ago gives its descriptor back until it is needed."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.was_short = False
        """Set once files had to share descriptors."""
        self._open: OrderedDict[FileSource, None] = OrderedDict()
        self._lock = threading.Lock()

    def used(self, file: FileSource) -> None:
        """Note that `file` is open and was just read; may close another one."""
        if len(self._open) < self.limit and file in self._open:
            # Who was read last matters only where files share descriptors.
            return
        with self._lock:
            self._open[file] = None
            self._open.move_to_end(file)
            self._shrink(self.limit, spare=file)

    def forget(self, file: FileSource) -> None:
        """`file` was closed."""
        with self._lock:
            self._open.pop(file, None)

    def open(self, path: str) -> int:
        """os.open for reading; when the process has no descriptor left, other files give theirs."""
        try:
            return os.open(path, READ_FLAGS)
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
        with self._lock:
            self.limit = max(4, min(self.limit, len(self._open)) * 3 // 4)
            self._shrink(self.limit - 1, spare=None)
        return os.open(path, READ_FLAGS)

    def _shrink(self, limit: int, *, spare: FileSource | None) -> None:
        for file in list(self._open):
            if len(self._open) <= limit:
                return
            if file is not spare and file.release():
                self.was_short = True
                del self._open[file]


def descriptor_limit() -> int:
    """How many followed files may be open at once: half of what the process may have, at most 512."""
    try:
        import resource
    except ImportError:  # Windows has no such limit to ask for
        return 512
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 512 if soft == resource.RLIM_INFINITY else max(8, min(512, soft // 2))


def identity(found: os.stat_result) -> Identity:
    """Device and inode of a stat."""
    return found.st_dev, found.st_ino


# pread, not mmap: a log truncated under a map kills the process with SIGBUS; pread returns b"".
def _pread(fd: int, size: int, offset: int) -> bytes:
    first = os.pread(fd, size, offset)
    if len(first) in {0, size}:
        return first
    # A read may be cut short by a signal or a file system's own block; only b"" is the end.
    parts, have = [first], len(first)
    while have < size and (part := os.pread(fd, size - have, offset + have)):
        parts.append(part)
        have += len(part)
    return b"".join(parts)


def _seek_and_read(fd: int, size: int, offset: int) -> bytes:
    os.lseek(fd, offset, os.SEEK_SET)
    return os.read(fd, size)


pread = _pread if hasattr(os, "pread") else _seek_and_read
"""`size` bytes of `fd` from `offset`, short only at the end. Without a pread the caller's lock keeps it atomic."""


def refusal(path: str, error: OSError | ValueError) -> SourceError:
    """The SourceError for an open or a read that failed: "app.log: permission denied"."""
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"{path}: {error.strerror[0].lower()}{error.strerror[1:]}")
    return SourceError(f"{path}: {error}")
