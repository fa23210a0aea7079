"""Which service a record counts for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logview.decode.hints import Hints
    from logview.record import Record
    from logview.sources import Source

_PACKED = (".gz", ".bz2", ".xz", ".zst")
_ENDINGS = (".log", ".ndjson", ".jsonl", ".json", ".txt", ".out", ".err")


def default_service(source: Source, hints: Hints) -> str:
    """The service of records that name none: configured, else the file's name without its ending, else "stdin"."""
    if hints.service:
        return hints.service
    if source.path is None:
        # Python's logging writes to standard error unless told otherwise: a child is one service on both.
        return "stdin" if source.name == "-" else source.name.removesuffix(" (stderr)")
    stem = os.path.basename(source.path)
    for ending in (*_PACKED, *_ENDINGS):
        stem = stem.removesuffix(ending)
    return stem or source.name


def service_of(record: Record, hints: Hints, default: str) -> str:
    """The service a record counts for: the wrapper's, the configured, its own, else `default`."""
    if record.wrapper is not None and record.wrapper.service:
        return record.wrapper.service
    return hints.service or record.service or default
