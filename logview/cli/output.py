"""Standard output for records, in large pieces; standard error for what has to be said about them."""

from __future__ import annotations

import os
import sys

import click

PIECE = 1 << 16


class Out:
    """Standard output, written in large pieces; a closed pipe ends the program quietly (main)."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._fd = sys.stdout.fileno()
        self._kept: list[bytes] = []
        self._size = 0

    def keep(self, data: bytes) -> None:
        """Write it with what follows, or when there is enough."""
        self._kept.append(data)
        self._size += len(data)
        if self._size >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Write what was kept."""
        data, self._kept, self._size = b"".join(self._kept), [], 0
        self.write(data)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]


def tell(text: str) -> None:
    """One line on standard error; it may hold a file's name."""
    from logview.decode.clean import clean

    click.echo("logview: " + clean(text), err=True)


def tell_overtime() -> None:
    """Which patterns took too long; where none was used, nothing is loaded."""
    if "logview.query.slow" in sys.modules:
        from logview.query.slow import overtime

        for text in overtime():
            tell(text)
