"""A finding's record as a report shows it: read again, masked, cleaned, cut around the field, with a caret under it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.decode.clean import clean
from logview.errors import SourceError
from logview.sources import Source, open_source
from logview.standard.mask import mask_text

if TYPE_CHECKING:
    from logview.standard.model import Finding

WIDTH = 100
MAX_LINES = 6
"""Lines shown of one record."""
MAX_BYTES = 64 << 10
"""Bytes read of one record."""


class Excerpts:
    """Reads records of findings; standard input is gone by then and shows nothing."""

    def __init__(self) -> None:
        self._open = lru_cache(maxsize=16)(_opened)

    def of(self, finding: Finding) -> list[str]:
        """The record's lines and, where the field is found, a line with carets; [] when it cannot be read again."""
        if finding.violation.rule.startswith("LV8"):
            return _code(finding)
        if finding.file == "-" or not finding.size:
            return []
        source = self._open(finding.file)
        if source is None:
            return []
        data = source.read(finding.offset, min(finding.size, MAX_BYTES))
        return excerpt(data.decode("utf-8", "replace").rstrip("\r\n"), finding)


def excerpt(text: str, finding: Finding) -> list[str]:
    """The lines of a record's text, one with carets below the field at fault."""
    masked = mask_text(text).split("\n")
    shown: list[str] = []
    pending = True
    for line in masked[:MAX_LINES]:
        where = span_of(line, finding) if pending else None
        if where is None:
            shown.append(_cut(clean(line), 0)[0])
        else:
            shown += _marked(line, *where)
            pending = False
    if len(masked) > MAX_LINES:
        shown.append(f"… {len(masked) - MAX_LINES} more lines")
    return shown


def span_of(line: str, finding: Finding) -> tuple[int, int] | None:
    """First and last character (exclusive) of what is at fault in a line; None when that cannot be told."""
    field, what = finding.violation.field, finding.violation.found.strip()
    if field:
        for name in dict.fromkeys((field, field.rsplit(".", 1)[-1])):
            found = re.search(rf'"{re.escape(name)}"\s*:\s*|(?<![\w.]){re.escape(name)}=', line)
            if found is None:
                continue
            if what == name:
                start = found.start() + (line[found.start()] == '"')
                return start, start + len(name)
            return _narrowed(line, found.end(), _value_end(line, found.end()), what)
    if what and (at := line.find(what)) >= 0:
        return at, at + len(what)
    return None


def _value_end(line: str, start: int) -> int:
    """Where the JSON value, or the value of a key=value pair, that begins at `start` ends."""
    if line[start - 1] != "=":
        try:
            return json.JSONDecoder(strict=False).raw_decode(line, start)[1]
        except (ValueError, RecursionError):
            pass
    found = re.compile(r'"(?:[^"\\]|\\.)*"|[^,}\s]*').match(line, start)
    return found.end() if found else start


def _narrowed(line: str, start: int, end: int, what: str) -> tuple[int, int]:
    """Of a long value (a message), only the part that was found."""
    at = line.find(what, start, end) if what and end - start > len(what) + 2 else -1
    return (at, at + len(what)) if at >= 0 else (start, end)


def _marked(line: str, start: int, end: int) -> list[str]:
    head, part = clean(line[:start]), clean(line[start:end])
    text = head + part + clean(line[end:])
    shown, left = _cut(text, len(head))
    length = max(1, min(len(part), len(shown) - (len(head) - left)))
    return [shown, " " * (len(head) - left) + "^" * length]


def _cut(text: str, at: int) -> tuple[str, int]:
    """WIDTH characters of a text with position `at` in view, and how far the text moved left."""
    if len(text) <= WIDTH:
        return text, 0
    start = max(0, min(at - WIDTH // 3, len(text) - WIDTH))
    cut = text[start : start + WIDTH]
    if start:
        cut = "…" + cut[1:]
    if start + WIDTH < len(text):
        cut = cut[:-1] + "…"
    return cut, start


def _code(finding: Finding) -> list[str]:
    try:
        with open(finding.file, encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                if number == finding.line:
                    return [_cut(clean(mask_text(line.rstrip())), 0)[0]]
    except OSError:
        return []
    return []


def _opened(path: str) -> Source | None:
    try:
        return open_source(path)
    except SourceError:
        return None
