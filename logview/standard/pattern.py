"""Regular expressions that a standard configures: no pattern and no text can hold up the checker or the screen.

A pattern that can only take a time in proportion to the text runs under `re`, and on a short text one that takes its
square. Any other runs under `regex`, which speaks the same language, lets go of the interpreter's lock and ends after a
time limit; what it did not finish counts as no match, and is told (`query.slow`).
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
SHORT = 1000
"""Characters whose square is no more than some milliseconds."""


class Pattern:
    """One configured pattern.

    text    as it was written, for messages
    source  what is matched, if that is more
    """

    def __init__(self, text: str, source: str | None = None, *, flags: int = 0) -> None:
        self._source = text if source is None else source
        self._count = slow(text)
        self._whole: re.Pattern[str] | None = None
        """Where at most one part may be repeated: at one place it takes a time in proportion to the text."""
        self._timed: regex.Pattern[str] | None = None
        """None: at all places together it does, too."""
        loops = repetitions(self._source)
        if loops <= 1:
            self._whole = re.compile(self._source, flags)
        if loops > 0:
            import regex

            self._timed = regex.compile(self._source, flags & re.IGNORECASE)

    def _quick(self, text: str) -> re.Pattern[str] | None:
        """What needs no time limit to look for a match anywhere in a text of this size."""
        return self._whole if self._timed is None or len(text) <= SHORT else None

    def search(self, text: str) -> re.Match[str] | regex.Match[str] | None:
        """The first match."""
        if (quick := self._quick(text)) is not None:
            return quick.search(text)
        timed = self._timed
        if timed is None:
            return None
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
        if (quick := self._quick(text)) is not None:
            return quick.finditer(text)
        timed = self._timed
        if timed is None:
            return iter(())
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
