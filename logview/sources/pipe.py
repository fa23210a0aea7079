"""Standard input, a FIFO, a child's output: bytes that come once, spooled so that they can be read by position.

Reading never starts before it is asked for: `read` waits for bytes when nobody follows the pipe (`logview cat -`),
a thread pumps it when somebody does (`start`).
"""

from __future__ import annotations

import errno
import os
import select
import stat
import threading
from typing import TYPE_CHECKING

from logview.errors import SourceError
from logview.sources.events import Notice
from logview.sources.file import READ_FLAGS, FileSource, refusal
from logview.sources.spool import Spool, spool_budget

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 20
AHEAD = 64 << 20
"""Bytes the pump may be ahead of the consumer; beyond it the writer waits, as it would with any pipe."""


class PipeSource:
    """A stream of unknown length as a Source.

    fd        read end; taken over and closed at the end of the stream; None: `path` names a FIFO, opened when needed
    budget    bytes kept; the oldest go beyond it, and a notice says so
    is_own    this program started what writes into it: all that comes is written now; of others it may be an old log
    """

    def __init__(
        self, fd: int | None, *, name: str, path: str | None = None, budget: int | None = None, is_own: bool = False
    ) -> None:
        self.name = name
        self.path = path
        self.is_own = is_own
        self.notices: list[Notice] = []
        self.ended = False
        """The last writer has closed, and all its bytes are in the spool."""
        self._fd = fd
        self._spool = Spool(spool_budget() if budget is None else budget)
        self._lock = threading.Lock()
        self._room = threading.Condition()
        self._taken = 0
        self._closed = False
        self._pump: threading.Thread | None = None
        self._pushed_back = b""

    @property
    def first(self) -> int:
        """Offset of the oldest byte that is still kept."""
        return self._spool.first

    def size(self) -> int:
        """Bytes that have come so far."""
        return self._spool.size

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`. Without a pump it waits for one byte at least, and b"" is the end."""
        if self._pump is None:
            with self._lock:
                while not self._closed and self._spool.size < offset + 1 and self._fetch():
                    pass
        return self._spool.read(offset, size)

    def push_back(self, data: bytes) -> None:
        """Bytes that were read from the descriptor to look at them; they come first."""
        self._pushed_back = data

    def start(self, wake: Callable[[], None]) -> None:
        """Read from now on in a thread; `wake` is called from it after each read, and at the end."""

        def pump() -> None:
            while not self._closed and self._fetch():
                wake()
                with self._room:
                    self._room.wait_for(lambda: self._closed or self._spool.size - self._taken < AHEAD)
            self._finish()
            wake()

        self._pump = threading.Thread(target=pump, name=f"pipe {self.name!r}", daemon=True)
        self._pump.start()

    def taken(self, offset: int) -> None:
        """Everything before `offset` has been announced to the consumer; the pump may go on."""
        with self._room:
            self._taken = offset
            self._room.notify()

    def close(self) -> None:
        """Stop reading and give the spool back."""
        self._closed = True
        self.taken(self._spool.size)
        if self._pump is None:
            self._finish()
        else:
            self._pump.join(timeout=1.0)
        self._spool.close()

    def _fetch(self) -> bool:
        """Read once into the spool, waiting for bytes; False at the end of the stream."""
        if self.ended:
            return False
        try:
            data = self._pushed_back or self._receive()
        except OSError as error:
            self._tell("error", f"read failed: {error.strerror}")
            data = b""
        self._pushed_back = b""
        if not data:
            self._finish()
            return False
        gone = self._spool.append(data)
        if gone:
            self._tell_dropped(gone)
        return True

    def _receive(self) -> bytes:
        """Bytes as soon as there are some; b"" at the end or once closed."""
        if self._fd is None:
            if self.path is None:
                return b""
            self._fd = os.open(self.path, READ_FLAGS)
        while not self._closed:
            # poll, not a plain read: a FIFO opened without waiting reads as ended until its first writer comes.
            if hasattr(select, "poll"):
                waiter = select.poll()
                waiter.register(self._fd, select.POLLIN)
                if not waiter.poll(200):
                    continue
            try:
                return os.read(self._fd, CHUNK)
            except OSError as error:
                if error.errno == errno.EIO:  # the other side of a pseudo-terminal has gone
                    return b""
                if error.errno not in {errno.EAGAIN, errno.EINTR}:
                    raise
        return b""

    def _finish(self) -> None:
        self.ended = True
        fd, self._fd = self._fd, None
        if fd is not None and fd > 2:
            os.close(fd)

    def _tell(self, kind: str, text: str, size: int = 0) -> None:
        self.notices.append(Notice(0, kind, text, self._spool.size, size))

    def _tell_dropped(self, gone: int) -> None:
        dropped = self.first
        text = f"only the newest {self._spool.size - dropped:,} bytes are kept; {dropped:,} bytes have gone"
        if self.notices and self.notices[-1].kind == "dropped":
            self.notices[-1] = Notice(0, "dropped", text, 0, dropped)
        else:
            self.notices.append(Notice(0, "dropped", text, 0, gone))


def open_stdin() -> PipeSource | FileSource:
    """Standard input: by position where it is a file (`< app.log`), spooled otherwise."""
    try:
        found = os.fstat(0)
    except OSError:
        raise SourceError("-: standard input is closed") from None
    if stat.S_ISREG(found.st_mode):
        return FileSource(None, name="-", fd=os.dup(0), base=os.lseek(0, 0, os.SEEK_CUR))
    if stat.S_ISDIR(found.st_mode):
        raise SourceError("-: standard input is a directory")
    return PipeSource(os.dup(0), name="-")


def open_fifo(path: str) -> PipeSource:
    """A named pipe; never waits for its writer here."""
    try:
        return PipeSource(os.open(path, READ_FLAGS), name=path, path=path)
    except OSError as error:
        raise refusal(path, error) from None
