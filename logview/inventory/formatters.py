"""The formatter strings that a Python service's lines are written with, found in its source, for decoding its logs.

Only those are given out that decoding needs: a layout that is recognized by itself is read the quick way. Files that
name no formatter are not parsed, so that a log is opened without waiting for the whole source to be read.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.decode.hints import Hints
from logview.decode.pylog import Format, Piece, parse
from logview.errors import UsageError
from logview.inventory import take
from logview.inventory.files import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.record import Record

CONFIGURES = re.compile(rb"basicConfig|dictConfig|fileConfig|Formatter\(|logger\.add\(")
SAMPLE = {
    "asctime": "2026-11-23 08:57:32,311",
    "levelname": "WARNING",
    "levelno": "30",
    "name": "app.sample",
    "funcName": "sampled",
    "lineno": "42",
    "message": "a sample was written",
    "process": "4711",
    "thread": "140213",
    "msecs": "311",
    "created": "1795424252.311",
}
MOMENT = dt.datetime(2026, 11, 23, 8, 57, 32, 311000, tzinfo=dt.UTC)


@lru_cache(maxsize=64)
def formats_of(folders: tuple[str, ...]) -> tuple[Format, ...]:
    """The formats that the source folders write and decoding does not know by itself, the likeliest first."""
    found = (format_of(text, date) for text, date in formatters_of(folders))
    return tuple(made for made in found if made is not None and is_needed(made))


def formatters_of(folders: Iterable[str]) -> list[tuple[str, str | None]]:
    """(formatter string, date format) as the source configures them, the likeliest first; JSON formatters have none.

    basicConfig, dictConfig, fileConfig and loguru's add() go before a `Formatter(…)` of a single handler.
    """
    inventory = take([folder for folder in folders if os.path.exists(folder)], wanted=configures)
    setups = [setup for setup in inventory.setups if setup.file not in inventory.tests]
    out: list[tuple[str, str | None]] = []
    for setup in sorted(setups, key=lambda setup: (setup.kind != "basicConfig", setup.file, setup.line)):
        date = setup.date_formats[0] if len(setup.date_formats) == 1 else None
        out += [(text, date) for text in setup.formats]
    dates = {(fact.file, fact.line): fact.text for fact in inventory.facts if fact.kind == "datefmt"}
    out += [
        (fact.text, dates.get((fact.file, fact.line)))
        for fact in inventory.facts
        if fact.kind == "format string" and fact.file not in inventory.tests
    ]
    return list(dict.fromkeys(out))


def configures(path: str) -> bool:
    """A Python file that may configure logging."""
    if not path.endswith(PYTHON):
        return False
    try:
        with open(path, "rb") as file:
            return CONFIGURES.search(file.read()) is not None
    except OSError:
        return False


def format_of(text: str, date: str | None) -> Format | None:
    """The Format of a formatter string; None when it says too little to tell its lines from others."""
    names = {piece.name for piece in parse(text)}
    if "message" not in names or not names & {"levelname", "levelno"}:
        return None
    return Format("source", formatter=text, datefmt=date)


def is_needed(made: Format) -> bool:
    """Decoding misreads a line of this format when it is not told the format."""
    from logview.decode import decode_bytes

    line = sample_line(made)
    try:
        told, alone = (
            decode_bytes(line.encode(), hints) for hints in (Hints(formats=(made,), zone=dt.UTC), Hints(zone=dt.UTC))
        )
    except UsageError:
        return False
    if len(told) != 1 or told[0].format == "plain":
        return False
    return len(alone) != 1 or said(alone[0]) != said(told[0])


def said(record: Record) -> tuple[object, ...]:
    """What a record says, but for the name of its format and its further fields."""
    return (record.time_ns, record.level, record.logger, record.function, record.line, record.message, record.job_id)


def sample_line(made: Format) -> str:
    """A line as the format writes it."""
    return "".join(written(made, parse(made.formatter or "")))


def written(made: Format, pieces: Iterable[Piece]) -> Iterator[str]:
    for piece in pieces:
        if piece.name is None:
            yield piece.literal
            continue
        value = SAMPLE.get(piece.name, "sample1")
        if piece.name == "asctime" and made.datefmt:
            value = MOMENT.strftime(made.datefmt)
        yield value.ljust(piece.width) if piece.left else value.rjust(piece.width)
