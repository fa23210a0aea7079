"""What is left when logview itself fails: a report in a file, and a line that says where.

The report holds the traceback and versions; no environment, and log text only where an exception quotes it, made
printable.
"""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime

from logview import __version__
from logview.decode.clean import clean, clean_lines


@dataclass(frozen=True, slots=True)
class Crash:
    """One failure."""

    where: str
    """"screen", "thread NAME", "task"."""
    summary: str
    """`KeyError: 'x'`"""
    text: str
    """The traceback."""

    @classmethod
    def of(cls, error: BaseException, where: str) -> Crash:
        """The failure behind an exception; Textual's wrapping of a worker's is taken off."""
        inner = getattr(error, "error", None)
        if type(error).__name__ == "WorkerFailed" and isinstance(inner, BaseException):
            error, where = inner, f"{where}'s worker"
        summary = traceback.format_exception_only(error)[-1].strip()
        # An exception may quote what a log holds, and a report is read with `cat`.
        return cls(where, clean(summary), clean_lines("".join(traceback.format_exception(error))))


def write_report(crash: Crash, folder: str | None = None) -> str | None:
    """Write the report, readable by its owner only; its path, or None where it could not be written."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        handle, path = tempfile.mkstemp(prefix=f"logview-crash-{stamp}-", suffix=".txt", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report(crash))
    except OSError:
        return None
    return path


def report(crash: Crash) -> str:
    """The report's text."""
    return "\n".join(
        [
            f"logview {__version__} on Python {platform.python_version()}, {platform.platform()}",
            f"textual {package_version('textual')}, rich {package_version('rich')}",
            f"failed in: {crash.where}",
            "",
            crash.text,
        ]
    )


def package_version(name: str) -> str:
    """The installed version of a package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
