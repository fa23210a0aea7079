r"""Regular expressions that cannot hang: hyperscan where it takes the pattern, `regex` with a time limit elsewhere.

Hyperscan (Vectorscan) matches in time linear in the text but knows no look-around and no back references, and takes
seconds to compile what would become a large automaton (`weight`); those patterns run under `regex` with a limit per
record. A record on which the limit passes counts as no match, a pattern that passes it often is given up, and both can
be told (`slow`). Both engines speak PCRE-like syntax: `.` is any character but a line feed, `$` stands at the very end
or before a final line feed, `\w \d \s \b` mean ASCII (hyperscan knows no Unicode `\b`).
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import hyperscan
import regex

from logview.query.slow import LIMIT_S, slow
from logview.query.weight import fits

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_SINGLEMATCH
_local = threading.local()


class PatternError(ValueError):
    """A pattern that no engine takes; `position` is the 0-based character at fault."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def _database(pattern: str) -> hyperscan.Database | None:
    """This thread's database of `pattern`: a scratch space must not be shared by two scans at once."""
    cache: dict[str, hyperscan.Database | None] = _local.__dict__.setdefault("databases", {})
    if pattern not in cache and not fits(pattern):
        cache[pattern] = None
    if pattern not in cache:
        if len(cache) > 64:
            cache.clear()
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        try:
            database.compile(expressions=[_c_string(pattern)], flags=_FLAGS)
            cache[pattern] = database
        except hyperscan.error:
            cache[pattern] = None
    return cache[pattern]


def _c_string(pattern: str) -> bytes:
    # Hyperscan takes patterns as C strings: a NUL would end the pattern early.
    return pattern.replace("\x00", "\\x00").encode("utf-8", "replace")


@lru_cache(maxsize=256)
def searcher(pattern: str) -> Callable[[str], bool]:
    """A test "`pattern` matches somewhere in this text"; raises PatternError."""
    if _database(pattern) is not None:
        return lambda text: _scan(pattern, text)
    try:
        compiled = regex.compile(pattern, regex.ASCII)
    except regex.error as error:
        raise PatternError(error.msg, error.pos or 0) from None
    except (OverflowError, RecursionError, MemoryError) as error:
        raise PatternError(str(error) or "too large", 0) from None

    counted = slow(pattern)
    return lambda text: bool(counted.attempt(lambda: compiled.search(text, timeout=LIMIT_S, concurrent=True)))


def _scan(pattern: str, text: str) -> bool:
    database = _database(pattern)
    if database is None:
        raise AssertionError(f"{pattern!r} compiled in one thread and not in another")
    hits: list[int] = []
    database.scan(text.encode("utf-8", "replace"), match_event_handler=lambda *_: hits.append(1))
    return bool(hits)
