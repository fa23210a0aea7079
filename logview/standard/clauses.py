"""The default standard in prose: one sentence a clause, with the rules that hold it. The document is made of these."""

from __future__ import annotations

from typing import NamedTuple


class Clause(NamedTuple):
    """One sentence of the standard."""

    section: str
    text: str
    rules: tuple[str, ...]
    """The rules that check it; the clause is left out when all of them are off."""


def codes(text: str) -> tuple[str, ...]:
    """ "LV101 LV104-LV106" → every code in it."""
    found: list[str] = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += [f"LV{number:03}" for number in range(int(first[2:]), int((last or first)[2:]) + 1)]
    return tuple(found)


CLAUSES = (
    Clause(
        "Format",
        "One record is one line of strict UTF-8 JSON that ends in a line feed, at most {max_bytes:,} bytes, "
        "without ANSI codes.",
        codes("LV001-LV008"),
    ),
    Clause("Format", "Every record has `time`, `level`, `{service}` and `message`.", codes("LV101 LV201 LV301 LV401")),
    Clause(
        "Time",
        "`{time}` is RFC 3339 in UTC with milliseconds and `Z`; {epoch}.",
        codes("LV102 LV104-LV106 LV711"),
    ),
    Clause("Time", "Local time without a zone is never written, nor are seconds.", codes("LV103 LV104")),
    Clause("Time", "Clocks are synchronized; a process writes its records in order.", codes("LV107 LV108 LV713")),
    Clause(
        "Levels",
        "`level` is one of trace, debug, info, warn, error, fatal, in lower case{numbers}; Python's WARNING is "
        "warn, CRITICAL is fatal.",
        codes("LV202 LV203 LV712"),
    ),
    Clause("Levels", "**trace** and **debug** are for the author and off in production.", codes("LV209")),
    Clause(
        "Levels",
        "**info** is a change of state that someone will look for: job scheduled, solve started, job finished. "
        'Not a loop, not "here".',
        codes("LV408 LV706"),
    ),
    Clause(
        "Levels",
        "**warn** is unexpected and handled, and wakes no one: a retry, a fallback, something slow, a 4xx.",
        codes("LV205-LV207"),
    ),
    Clause(
        "Levels",
        "**error** is an operation that failed for good for whoever asked; it has an error object and is logged "
        "once, at the boundary.",
        codes("LV204 LV208 LV501 LV507"),
    ),
    Clause("Levels", "**fatal** means that the process is about to exit.", codes("LV210")),
    Clause("Levels", "One event has one level, whichever service logs it.", codes("LV211 LV212")),
    Clause(
        "Context",
        "A record about a job carries `{job}`, a record in a request carries `{request}`, both as text; with "
        "tracing on, `{trace}` and `{span}` are there in the form of W3C Trace Context.",
        codes("LV303 LV306 LV307 LV309 LV310"),
    ),
    Clause(
        "Context",
        "Ids are fields, bound once (child logger, contextvars), never only in the message and never a placeholder.",
        codes("LV304 LV308 LV409"),
    ),
    Clause(
        "Context",
        "One name for one thing in all services, in snake_case; the table of aliases is the way there.",
        codes("LV305 LV314 LV708"),
    ),
    Clause("Context", "A field has one type in all services.", codes("LV709 LV411 LV413")),
    Clause(
        "Context",
        "`logger` names the module. The function is a field (Python's `funcName`) or follows from the source "
        "code (pino).",
        codes("LV311 LV312"),
    ),
    Clause(
        "Message",
        "`message` is a constant phrase in lower case, verb and object, without punctuation at the end, at most "
        "{max_chars} characters; what varies is in fields.",
        codes("LV402-LV408"),
    ),
    Clause(
        "Message",
        "A quantity carries its unit in its name: `_ms`, `_s`, `_bytes`, `_pct`, `_count`.",
        codes("LV410 LV715"),
    ),
    Clause(
        "Errors",
        "An error is `err: {{type, message, stack}}`, pino's serializer's shape; Python writes the same.",
        codes("LV502-LV506 LV714"),
    ),
    Clause("Errors", "Nothing crashes outside the logger.", codes("LV508")),
    Clause(
        "Privacy",
        "Never logged: passwords, tokens, cookies, authorization headers, connection strings with credentials, "
        "card numbers; e-mail addresses are hashed. Both loggers redact.",
        codes("LV601-LV609 LV814"),
    ),
    Clause(
        "Code",
        "Application code uses neither `console.*` nor `print`, nor the root logger.",
        codes("LV801 LV802"),
    ),
    Clause("Code", "In pino the object comes first, the error under `err`.", codes("LV804-LV806")),
    Clause(
        "Jobs",
        "A job logs exactly one start and one end (`outcome`, `duration_ms`); a hand-off is logged on both sides.",
        codes("LV701-LV704"),
    ),
    Clause(
        "HTTP",
        "Access records are error for 5xx, warn for 4xx, else info; health checks are debug.",
        codes("LV207 LV818"),
    ),
)
"""In the order of the document."""
