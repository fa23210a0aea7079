"""A bar on standard error, when somebody waits at a terminal for a large input."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Progress:
    """Bytes checked of all that are to be checked."""

    MIN_BYTES = 16 << 20

    def __init__(self, paths: Sequence[str]) -> None:
        import click

        total = sum(os.path.getsize(path) for path in paths if path != "-" and os.path.isfile(path))
        shown = total >= self.MIN_BYTES and sys.stderr.isatty()
        self._bar = click.progressbar(length=total, file=sys.stderr, label="checking") if shown else None

    def advance(self, size: int) -> None:
        """So many more bytes were checked."""
        if self._bar is not None:
            self._bar.update(size)

    def file_done(self, path: str) -> None:
        """A whole file was checked."""
        if self._bar is not None:
            self._bar.update(os.path.getsize(path))

    def done(self) -> None:
        """Everything was checked."""
        if self._bar is not None:
            self._bar.render_finish()
