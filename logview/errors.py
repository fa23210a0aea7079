"""Everything logview raises on purpose.

LogviewError
├── UsageError            a flag, path or argument that can't be meant; exit status 2
│   ├── QueryError        a filter that doesn't parse; carries the caret
│   └── ConfigError       logview.toml, a standard or a format that doesn't hold; carries file, line and caret
└── SourceError           a source that can't be opened at all

Bad input is not here: a line no decoder understands is a record with a mark.
"""

from __future__ import annotations


class LogviewError(Exception):
    """Base of all; `str()` is what the user reads after "logview: "."""


class UsageError(LogviewError):
    """Bad use; exit status 2."""


class QueryError(UsageError):
    """A filter that does not parse.

    text      the filter as typed
    position  0-based character the caret stands under
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(f"{message}\n  {text}\n  {' ' * position}^")
        self.message = message
        self.text = text
        self.position = position


class ConfigError(UsageError):
    """A configuration that does not hold.

    file      path as given; line 1-based or None; source the line's text; column 0-based
    """

    def __init__(
        self, message: str, *, file: str, line: int | None = None, source: str | None = None, column: int = 0
    ) -> None:
        place = file if line is None else f"{file}:{line}"
        caret = "" if source is None else f"\n  {source}\n  {' ' * column}^"
        super().__init__(f"{place}: {message}{caret}")
        self.message = message
        self.file = file
        self.line = line


class SourceError(LogviewError):
    """A source that cannot be opened: missing, a device, permission denied."""
