"""The numbers around the timeline: rows by service, span, histogram, hits of each filter.

They read every row of a view, so they are counted off the event loop, at most a few times a second.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.engine.facts import EMPTY_HISTOGRAM, Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logview.engine import View

MIN_GAP_S = 0.4
"""At most so often: while lines pour in, a count costs more than a picture of records."""
REST = 40
"""A count is followed by so many times its own length without one: ten million rows take 100 ms, and come all the time
while they are followed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, all at nearly the same moment."""

    rows: int | None = None
    """None: nothing has been counted yet."""
    services: tuple[tuple[str, int], ...] = ()
    span_ns: tuple[int, int] | None = None
    histogram: Histogram = EMPTY_HISTOGRAM
    hits: tuple[tuple[str, int], ...] = ()
    found: int | None = None
    """Rows that match the search; None: nobody knows yet, or nothing is searched."""


def count(view: View, chip_views: Mapping[str, View], search_view: View | None, buckets: int) -> Figures:
    """Count everything about a view; `buckets` cells of histogram, 0 for none."""
    found = search_view.rows if search_view is not None else None
    services = tuple((name, sum(levels.values())) for name, levels in view.counts().items())
    return Figures(
        rows=sum(number for _, number in services),
        services=services,
        span_ns=view.span_ns(),
        histogram=view.histogram(buckets) if buckets else EMPTY_HISTOGRAM,
        hits=tuple((text, chip_view.rows) for text, chip_view in chip_views.items()),
        found=found or (0 if search_view is not None and search_view.complete else None),
    )


def timed_count(
    view: View, chip_views: Mapping[str, View], search_view: View | None, buckets: int
) -> tuple[Figures, float]:
    """The figures, and the processor time that counting took; s."""
    began = time.thread_time()
    counted = count(view, chip_views, search_view, buckets)
    return counted, time.thread_time() - began
