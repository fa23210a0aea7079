"""Level words and numbers of every family → Level. A number means nothing without its family."""

from __future__ import annotations

from typing import Any

from logview.record import Level

WORDS: dict[str, Level] = {
    "trace": Level.TRACE,
    "silly": Level.TRACE,
    "finest": Level.TRACE,
    "finer": Level.TRACE,
    "trc": Level.TRACE,
    "vrb": Level.TRACE,
    "debug": Level.DEBUG,
    "verbose": Level.DEBUG,
    "fine": Level.DEBUG,
    "dbg": Level.DEBUG,
    "info": Level.INFO,
    "information": Level.INFO,
    "informational": Level.INFO,
    "notice": Level.INFO,
    "success": Level.INFO,
    "inf": Level.INFO,
    "warn": Level.WARN,
    "warning": Level.WARN,
    "wrn": Level.WARN,
    "error": Level.ERROR,
    "err": Level.ERROR,
    "erro": Level.ERROR,
    "exception": Level.ERROR,
    "severe": Level.ERROR,
    "critical": Level.FATAL,
    "crit": Level.FATAL,
    "fatal": Level.FATAL,
    "ftl": Level.FATAL,
    "alert": Level.FATAL,
    "emerg": Level.FATAL,
    "emergency": Level.FATAL,
    "panic": Level.FATAL,
    "dpanic": Level.FATAL,
    "warni": Level.WARN,
    "criti": Level.FATAL,
}
"""Lower-case level word → Level. `silly` and `verbose` are winston's, `notice` … `emerg` syslog's; `WARNI` and `CRITI`
are what `%(levelname)-5.5s` leaves, `ERRO` what logrus does, the words of three letters are serilog's and zerolog's."""

_BANDS = (Level.TRACE, Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)

SYSLOG = (
    Level.FATAL, Level.FATAL, Level.FATAL, Level.ERROR, Level.WARN, Level.INFO, Level.INFO, Level.DEBUG,
)  # fmt: skip
"""RFC 5424 severity 0–7 (table 2) → Level; journald's PRIORITY is the same number."""

PINO = {10: Level.TRACE, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARN, 50: Level.ERROR, 60: Level.FATAL}
"""pino's own numbers."""


def of_word(word: str) -> Level | None:
    """The level a word names, in any case: "WARNING" → WARN; None for "http", "high" and every other word.

    `Level 25`, Python's name for a number without one, is read as that number.
    """
    found = WORDS.get(word) or WORDS.get(word.strip().lower())
    if found is None and word[:6] == "Level " and word[6:].isdecimal():
        return of_python(int(word[6:]))
    return found


def of_pino(number: float) -> Level | None:
    """pino's and bunyan's numbers: 10 trace … 60 fatal; others by band (35 is info)."""
    known = PINO.get(number)  # type: ignore[call-overload]
    if known is not None:
        return known  # type: ignore[no-any-return]
    if not 0 < number < 1000:
        return None
    return _BANDS[min(int(number) // 10, 6)]


def of_python(number: float) -> Level | None:
    """Python's numbers: 10 debug … 50 critical; loguru's 5 trace and 25 success by band."""
    if not 0 < number < 1000:
        return None
    return _BANDS[min(int(number) // 10 + 1, 6)]


def of_severity(number: float) -> Level | None:
    """OpenTelemetry's SeverityNumber 1–24, four to a level (logs data model)."""
    if not 1 <= number <= 24:
        return None
    return Level(1 + 4 * ((int(number) - 1) // 4))


def of_value(value: Any, *, python: bool) -> Level | None:
    """The level a JSON value names: a word, a number of the family, a number in a string, or {"name", "no"}."""
    if type(value) is int:
        return of_python(value) if python else of_pino(value)
    if isinstance(value, str):
        found = of_word(value)
        if found is None and value.isdecimal() and len(value) < 4:
            return of_value(int(value), python=python)
        return found
    if isinstance(value, float):
        return of_python(value) if python else of_pino(value)
    if isinstance(value, dict):
        name = value.get("name")
        named = of_word(name) if isinstance(name, str) else None
        number = value.get("no")
        return named or (of_python(number) if type(number) is int else None)
    return None
