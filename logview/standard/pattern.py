"""Regular expressions that a standard configures: no pattern and no text can hold up the checker or the screen.

A pattern that can only take a time in proportion to the text runs under `re`. Any other runs under `regex`, which
speaks the same language, lets go of the interpreter's lock and ends after a time limit; what it did not finish counts
as no match, and is told (`query.slow`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.query.slow import LIMIT_S, slow
from logview.query.weight import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

LARGE = 16
"""A repetition with a bound above this counts as one without; so many choices are too many to try all of them."""


class Pattern:
    """One configured pattern.

    text    as it was written, for messages
    source  what is matched, if that is more
    """

    def __init__(self, text: str, source: str | None = None, *, flags: int = 0) -> None:
        self._source = text if source is None else source
        self._count = slow(text)
        self._plain: re.Pattern[str] | None = None
        self._whole: re.Pattern[str] | None = None
        self._timed: regex.Pattern[str] | None = None
        loops = repetitions(self._source)
        if loops <= 1:
            self._whole = re.compile(self._source, flags)
        if loops == 0:
            self._plain = self._whole
        else:
            import regex

            self._timed = regex.compile(self._source, flags & re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | regex.Match[str] | None:
        """The first match."""
        timed = self._timed
        if timed is None:
            return self._plain.search(text) if self._plain is not None else None
        return self._count.attempt(lambda: timed.search(text, timeout=LIMIT_S, concurrent=True))

    def match(self, text: str) -> re.Match[str] | regex.Match[str] | None:
        """The match at the beginning."""
        if self._whole is not None:
            return self._whole.match(text)
        timed = self._timed
        return timed and self._count.attempt(lambda: timed.match(text, timeout=LIMIT_S, concurrent=True))

    def refuses(self, text: str) -> bool:
        """Whether the whole text surely does not match: not when nobody had the time to see."""
        if self._whole is not None:
            return self._whole.fullmatch(text) is None
        timed = self._timed
        if timed is None:
            return False
        return self._count.attempt(lambda: not timed.fullmatch(text, timeout=LIMIT_S, concurrent=True)) or False

    def all(self, text: str) -> Iterator[re.Match[str] | regex.Match[str]]:
        """Every match."""
        timed = self._timed
        if timed is None:
            return iter(()) if self._plain is None else self._plain.finditer(text)
        return iter(self._count.attempt(lambda: list(timed.finditer(text, timeout=LIMIT_S, concurrent=True))) or [])


@lru_cache(maxsize=256)
def pattern(text: str, *, flags: int = 0) -> Pattern:
    """The pattern; re.error when it is none."""
    return Pattern(text, flags=flags)


def repetitions(source: str) -> int:
    """How many parts may be repeated without a bound; 2 at least where the ways to match may multiply otherwise."""
    count = choices = 0
    last = ""
    for token in TOKEN.finditer(source):
        kind = token.lastgroup or ""
        if kind == "few" and last in {"few", "repeat"}:
            continue  # lazy, or possessive
        is_loop = token[0] in {"*", "+"} if kind == "few" else kind == "repeat" and _most(token) > LARGE
        if is_loop or (kind == "repeat" and last == "close" and _most(token) > 1):
            count += 2 if last == "close" else 1
        choices += token[0] in {"?", "|"}
        if (kind == "escaped" and token[0][1].isdigit()) or token[0].startswith(("(?P=", "(?(")):
            count += 2
        last = kind
    return max(count, 2) if choices > LARGE else count


def _most(token: re.Match[str]) -> float:
    most = token["least"] if token["most"] is None else token["most"]
    return int(most) if most else float("inf")
