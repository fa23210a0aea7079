"""The folder in which indexes of large files are kept: XDG_CACHE_HOME/logview, for its owner's eyes alone.

The oldest are removed when all together grow beyond BUDGET. Knows the files, not what is in them.
"""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

BUDGET = 1 << 30
"""Bytes that all kept indexes may take together."""
SUFFIXES = (".index", ".new")


class Entry(NamedTuple):
    """One kept index: its file, bytes, and when it was last used, seconds since the epoch."""

    path: str
    size: int
    used: float


def folder() -> str:
    """Where indexes are kept; XDG Base Directory Specification 0.8: a relative XDG_CACHE_HOME does not count."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "logview")


def is_allowed() -> bool:
    """Whether anything may be kept: not under LOGVIEW_SECURE."""
    return os.environ.get("LOGVIEW_SECURE", "") in {"", "0"}


def entries(path: str) -> list[Entry]:
    """The kept indexes, the one used last first."""
    found = []
    with contextlib.suppress(OSError), os.scandir(path) as listed:
        for one in listed:
            if one.name.endswith(SUFFIXES) and one.is_file(follow_symlinks=False):
                stat = one.stat(follow_symlinks=False)
                found.append(Entry(one.path, stat.st_size, stat.st_mtime))
    return sorted(found, key=lambda entry: -entry.used)


def clear(path: str) -> tuple[int, int]:
    """Remove every kept index; (how many, bytes)."""
    count = size = 0
    for entry in entries(path):
        with contextlib.suppress(OSError):
            os.unlink(entry.path)
            count, size = count + 1, size + entry.size
    return count, size


def make_room(path: str, size: int, *, but: str) -> None:
    """Remove the oldest until `size` more bytes fit into the budget; `but`: the name that is about to be replaced."""
    left = BUDGET - size
    for entry in entries(path):
        if os.path.basename(entry.path) == but:
            continue
        left -= entry.size
        if left < 0:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)
