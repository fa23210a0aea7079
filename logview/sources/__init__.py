"""Where bytes come from. Knows no log format.

A source is one append-only logical byte stream: a file, a packed file, a pipe, a child's output, or a followed file
through all its rotations. `open_source` opens one as it is now; `follow.Follower` goes on with what is appended.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from logview.errors import SourceError
from logview.sources.events import Event, Grew, Joined, Notice
from logview.sources.paths import expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.sources.file import Descriptors

__all__ = [
    "Event",
    "Grew",
    "Joined",
    "Notice",
    "Source",
    "blocks",
    "data_from",
    "expand",
    "open_regular",
    "open_source",
]


@runtime_checkable
class Source(Protocol):
    """One append-only logical byte stream.

    name      as typed or found; not cleaned, not always UTF-8 (surrogate escapes); "-" for standard input
    path      where it stands, None for standard input and children
    notices   what had to be said about it so far (offsets are logical); grows
    """

    name: str
    path: str | None
    notices: list[Notice]

    def size(self) -> int:
        """Logical bytes that can be read now."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from logical `offset`; short only at the end. Safe from any thread; never raises for
        bytes that have gone: a line that says so stands in for them."""

    def close(self) -> None:
        """Give descriptors and disk space back."""


def open_source(path: str, *, descriptors: Descriptors | None = None) -> Source:
    """The source behind a path: plain, packed (told by its first bytes), a FIFO, or "-" for standard input.

    Never waits in open(): a FIFO without a writer opens at once, and `read` waits for the writer.

    descriptors  shared with other files, where there may be more of them than descriptors
    raises  SourceError  missing, permission denied, a directory, a device, a socket
    """
    if path == "-":
        from logview.sources.pipe import open_stdin

        return open_stdin()
    mode = checked_mode(path)
    if stat.S_ISFIFO(mode):
        from logview.sources.pipe import open_fifo

        return open_fifo(path)
    return open_regular(path, descriptors=descriptors)


def checked_mode(path: str) -> int:
    """st_mode of what the path names; SourceError where logview does not read from such a thing."""
    from logview.sources.file import refusal

    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise refusal(path, error) from None
    if stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or is_null(path, mode):
        return mode
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a block device"}
    kind = kinds.get(stat.S_IFMT(mode), "a character device")
    raise SourceError(f"{path}: is {kind}; wanted a file, a FIFO or - for standard input")


def is_null(path: str, mode: int) -> bool:
    """Whether the path is the null device: an empty log."""
    return stat.S_ISCHR(mode) and os.path.realpath(path) == os.devnull


def open_regular(path: str, *, name: str | None = None, descriptors: Descriptors | None = None) -> Source:
    """A regular file, plain or packed; SourceError when it cannot be opened or read."""
    from logview.sources.file import FileSource, refusal
    from logview.sources.packed import packing

    try:
        file = FileSource(path, name=name, descriptors=descriptors)
        head = file.read(0, 6)
    except (OSError, ValueError) as error:
        raise refusal(path, error) from None
    packed = packing(head)
    if packed is not None:
        from logview.sources.packed import PackedSource

        return PackedSource(file, packed)
    if head and not file.size():
        # /proc and /sys: files without a size that give bytes all the same.
        from logview.sources.file import READ_FLAGS
        from logview.sources.pipe import PipeSource

        file.close()
        return PipeSource(os.open(path, READ_FLAGS), name=name or path, path=path)
    return file


def blocks(source: Source, size: int = 1 << 20) -> Iterator[bytes]:
    """The source's bytes from start to end as it is now, `size` at a time; waits where a pipe's writer is slow."""
    offset = 0
    while block := source.read(offset, size):
        offset += len(block)
        yield block


def data_from(source: Source, offset: int) -> int:
    """First offset ≥ `offset` that holds data: a scan may jump there over the hole of a sparse file."""
    jump = getattr(source, "data_from", None)
    return offset if jump is None else int(jump(offset))
