"""THE ENGINE: sources, decoders, columns, queries and the standard behind a handful of methods; no UI import."""

from __future__ import annotations

from logview.engine.core import Engine
from logview.engine.facts import Histogram, NoticeRow, RowKey, ServiceStats, SourceState
from logview.engine.view import View

__all__ = ["Engine", "Histogram", "NoticeRow", "RowKey", "ServiceStats", "SourceState", "View"]
