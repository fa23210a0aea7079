"""A bar on standard error, when somebody waits at a terminal for a large input."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.record import Record


class Progress:
    """Bytes checked of all that are to be checked."""

    MIN_BYTES = 16 << 20
    EVERY = 2048

    def __init__(self, paths: Sequence[str]) -> None:
        import click

        total = sum(os.path.getsize(path) for path in paths if path != "-" and os.path.isfile(path))
        shown = total >= self.MIN_BYTES and sys.stderr.isatty()
        self._bar = click.progressbar(length=total, file=sys.stderr, label="checking") if shown else None
        self._seen = self._bytes = 0

    def advance(self, record: Record) -> None:
        """A record was checked."""
        if self._bar is None:
            return
        self._seen += 1
        self._bytes += record.size
        if self._seen % self.EVERY == 0:
            self._bar.update(self._bytes)
            self._bytes = 0

    def file_done(self, path: str) -> None:
        """A whole file was checked."""
        if self._bar is not None:
            self._bar.update(os.path.getsize(path))

    def done(self) -> None:
        """Everything was checked."""
        if self._bar is not None:
            self._bar.update(self._bytes)
            self._bar.render_finish()
