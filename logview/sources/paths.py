"""What the user's paths mean: files, directories and globs to a list of files, and which names are rotated copies."""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING

from logview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)$", re.IGNORECASE)
LOG_SUFFIX = re.compile(r"\.(?:log|logs|jsonl|ndjson|out|err|stdout|stderr)$", re.IGNORECASE)
LOG_WORD = re.compile(r"(?:^|[._-])logs?(?:[._-]|$)", re.IGNORECASE)
DATA_SUFFIX = re.compile(r"(?:^[^.]*|\.(?:txt|json))$", re.IGNORECASE)
SYSTEM_LOG = frozenset({"syslog", "messages", "dmesg", "stdout", "stderr"})
SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})

_MARK = r"(?:\d[\dT:._-]*|old|bak|prev|orig|save|saved|copy|rotated)"
AFTER = re.compile(rf"[._-]{_MARK}(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
"""What rotation puts behind a name: app.log.1, app.log-20261123.gz, app.log.old."""
BETWEEN = re.compile(rf"^(?P<stem>.+?)[._-]{_MARK}(?P<end>\.[A-Za-z]+)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
"""What it puts before the extension: app-2026-11-23.log, app.1.log."""


def expand(paths: Sequence[str]) -> list[str]:
    """The files behind paths, directories (recursively, log-like files) and globs, in order, each once.

    "-" stays as it is; so does a single name that exists and holds glob characters. In a directory, rotated copies
    (app.log.1 beside app.log) are left out: they are the past of a file that is already there.

    raises  UsageError  when a path names nothing, with the nearest name that exists
    """
    found: dict[str, None] = {}
    for path in paths:
        matches = list(matching(path))
        if not matches:
            raise UsageError(nothing_at(path))
        found.update(dict.fromkeys(matches))
    return list(found)


def matching(path: str) -> Iterator[str]:
    """The files one typed path stands for now; none when it names nothing."""
    if path == "-":
        yield path
    elif os.path.isdir(path):
        yield from log_files(path)
    elif os.path.lexists(path):
        yield path
    elif is_pattern(path):
        for match in sorted(glob.glob(path, recursive=True), key=natural):
            # Regular files only: reading a FIFO that happens to match would take its bytes from whom they are for.
            if os.path.isfile(match):
                yield match


def is_pattern(path: str) -> bool:
    """Whether a path that does not exist as such is a glob."""
    return glob.has_magic(path)


def log_files(directory: str) -> Iterator[str]:
    """Log-like files under a directory, in natural order; hidden and package directories are not entered."""
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted((f for f in folders if not f.startswith(".") and f not in SKIPPED), key=natural)
        present = set(names)
        for name in sorted(names, key=natural):
            if is_log_like(name) and not is_rotated_copy(name, present):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    yield path


def is_log_like(name: str) -> bool:
    """Whether a file in a directory is taken for a log by its name: app.log, out.jsonl, server.log.1, app.log.gz."""
    if name.startswith("."):
        return False
    base = AFTER.sub("", PACKED.sub("", name))
    if LOG_SUFFIX.search(base) or base in SYSTEM_LOG:
        return True
    return bool(LOG_WORD.search(base) and DATA_SUFFIX.search(base))


def is_rotated_copy(name: str, present: Collection[str]) -> bool:
    """Whether the name is that of another name in `present` plus what rotation puts behind it.

    worker-1.log beside worker.log is not: it may as well be a second worker.
    """
    base = AFTER.sub("", name)
    return base != name and base in present


def rotation_bases(name: str) -> list[str]:
    """The names from which rotation may have made this one: app.log from app.log.2.gz and from app-2026-11-23.log."""
    base = AFTER.sub("", name)
    if base != name:
        return [base] if base else []
    between = BETWEEN.match(name)
    return [between["stem"] + between["end"]] if between else []


def natural(path: str) -> list[tuple[int, str]]:
    """Sort key: app-2.log before app-10.log."""
    return [(int(part), "") if part.isdigit() and part.isascii() else (-1, part) for part in re.split(r"(\d+)", path)]


def nothing_at(path: str) -> str:
    """What to say about a path that names nothing."""
    if is_pattern(path):
        return f'no file matches "{path}"'
    if os.path.isdir(path):
        return f'"{path}" holds no file that looks like a log; name the files themselves: "{os.path.join(path, "*")}"'
    near = nearest(path)
    return f'"{path}" does not exist' + (f'; did you mean "{near}"?' if near else "")


def nearest(path: str) -> str | None:
    """The name most like the path's own in its directory."""
    import difflib

    folder, name = os.path.split(path)
    try:
        present = os.listdir(folder or ".")
    except OSError:
        return None
    close = difflib.get_close_matches(name, present, n=1, cutoff=0.6)
    return os.path.join(folder, close[0]) if close else None
