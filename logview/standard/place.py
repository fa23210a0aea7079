"""A TOML text that knows where its values stand, so that every complaint names a line and points at the character.

Parsing is `tomllib`'s. A place is found by asking it, too: the shortest prefix of the lines in which a path exists ends
where that path is defined. That costs a few parses and happens only when something is wrong.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any

from logview.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]
"""Keys and array positions from the document's root: ("waivers", 0, "rule")."""

_MISSING = object()


class Toml:
    """One parsed TOML document and its text.

    file  the name that errors carry
    raises ConfigError  where the text is no TOML
    """

    def __init__(self, text: str, *, file: str) -> None:
        self.file = file
        self.lines = text.split("\n")
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._syntax_error(error) from None

    def error(self, path: Path, message: str, *, value: bool = False) -> ConfigError:
        """The error to raise about what stands at `path`; the caret points at its key, or at its value."""
        first, last = self._lines_of(path)
        if first is None:
            return ConfigError(message, file=self.file)
        line, column = self._key_place(first, path)
        if value:
            line, column = self._value_place(line, column, last, path) or (line, column)
        return ConfigError(message, file=self.file, line=line, source=self.lines[line - 1].rstrip("\r"), column=column)

    def line_of(self, path: Path) -> int | None:
        """The 1-based line on which `path` is defined; None when it is not there."""
        return self._lines_of(path)[0]

    def _syntax_error(self, error: tomllib.TOMLDecodeError) -> ConfigError:
        # Before Python 3.14 the place is only in the text: "Invalid value (at line 3, column 7)".
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        message = str(error)[: found.start()] if found else str(error)
        if found is None or found[1] is None:
            line = len(self.lines)
            while line > 1 and not self.lines[line - 1].strip():
                line -= 1
            return ConfigError(
                message, file=self.file, line=line, source=self.lines[line - 1], column=len(self.lines[line - 1])
            )
        line, column = int(found[1]), int(found[2]) - 1
        return ConfigError(message, file=self.file, line=line, source=self.lines[line - 1], column=column)

    def _lines_of(self, path: Path) -> tuple[int | None, int]:
        """First and last 1-based line of the statement that defines `path`."""
        low, high = 0, len(self.lines)
        if not _has(self.data, path):
            return None, 0
        # Invariant: the largest parseable prefix ≤ low lacks the path, the prefix high has it.
        while high - low > 1:
            middle = (low + high) // 2
            parsed, size = self._prefix(middle)
            if _has(parsed, path):
                high = max(size, low + 1)
            elif size <= low:
                low = middle
            else:
                low = middle
        return self._prefix(high - 1)[1] + 1, high

    def _prefix(self, size: int) -> tuple[dict[str, Any], int]:
        """What the longest parseable prefix of at most `size` lines says, and how many lines it has."""
        while size > 0:
            try:
                return tomllib.loads("\n".join(self.lines[:size])), size
            except tomllib.TOMLDecodeError:
                size -= 1
        return {}, 0

    def _key_place(self, line: int, path: Path) -> tuple[int, int]:
        """Line and column of the path's last key in the statement that starts at `line`."""
        text = self.lines[line - 1]
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        found = re.search(rf"(?<![\w-])(?P<quote>[\"']?){re.escape(key)}(?P=quote)(?![\w-])", text)
        return line, found.start() if found else len(text) - len(text.lstrip())

    def _value_place(self, line: int, column: int, last: int, path: Path) -> tuple[int, int] | None:
        """Line and column of a scalar value that follows the key at (line, column)."""
        at: Any = self.data
        for part in path:
            at = at[part]
        written = str(at).lower() if isinstance(at, bool) else str(at)
        if isinstance(at, dict | list) or not written:
            return None
        start = column + len(next((part for part in reversed(path) if isinstance(part, str)), ""))
        for number in range(line, last + 1):
            text = self.lines[number - 1]
            found = text.find(written, start if number == line else 0)
            if found >= 0:
                return number, found - 1 if found and text[found - 1] in "\"'" else found
        return None


def _has(data: Any, path: Path) -> bool:
    for part in path:
        if isinstance(data, dict):
            data = data.get(part, _MISSING)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return False
        if data is _MISSING:
            return False
    return True


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest known word, its parts in any order, else ""."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(name.lower(), name)
        by_key.setdefault(_sorted_parts(name), name)
    for key in (word.lower(), _sorted_parts(word)):
        near = difflib.get_close_matches(key, by_key, n=1, cutoff=0.65)
        if near:
            return f'; did you mean "{by_key[near[0]]}"?'
    return ""


def _sorted_parts(word: str) -> str:
    return "-".join(sorted(word.lower().split("-")))
