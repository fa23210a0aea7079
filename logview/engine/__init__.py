"""THE ENGINE: sources, decoders, columns, queries and the standard behind a handful of methods; no UI import.

Names are loaded when they are first used: `logview cat --job X` comes here for `needle` and never needs numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logview.engine.core import Engine
    from logview.engine.facts import Histogram, NoticeRow, RowFacts, RowKey, ServiceStats, SourceState
    from logview.engine.view import View

_HOMES = {
    "Engine": "core",
    "Histogram": "facts",
    "NoticeRow": "facts",
    "RowFacts": "facts",
    "RowKey": "facts",
    "ServiceStats": "facts",
    "SourceState": "facts",
    "View": "view",
}

__all__ = ["Engine", "Histogram", "NoticeRow", "RowFacts", "RowKey", "ServiceStats", "SourceState", "View"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
