"""Whether a followed path names a file that can be read, and what is told when it does not."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING_S = 1.0
"""A path may be missing so long before it is told: rotation renames first and creates afterwards."""

NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL)
NO_PERMISSION = (errno.EACCES, errno.EPERM)


@dataclass(slots=True)
class Presence:
    """Tells once when the path is gone, denied or failing, and when it is back.

    tell        takes a notice's kind and text
    since       clock at which it was first found missing; None: it is there
    is_missing  that has been told
    """

    tell: Callable[[str, str], None]
    since: float | None = None
    is_missing: bool = False
    _told: str = ""

    def absent(self, error: OSError | ValueError, now: float, *, is_open: bool) -> None:
        """The path cannot be opened. `is_open`: what it named before still is; then it may be on its way."""
        self.since = now if self.since is None else self.since
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        kind = "gone" if number in NO_FILE else "denied" if number in NO_PERMISSION else "error"
        if self._told == kind or (is_open and now - self.since < MISSING_S):
            return
        self._told = kind
        self.is_missing = True
        why = error.strerror if isinstance(error, OSError) else str(error)
        self.tell(kind, f"{why}; " + ("what is open is still read" if is_open else "waiting for it"))

    def present(self) -> None:
        """It is there."""
        if self._told:
            self.tell("back", "it is there again")
        self._told = ""
        self.since = None
        self.is_missing = False
