"""The services in one line: name in its color, records per second, errors, violations; muted ones struck out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview import present
from logview.tui.paint import Piece, spread, width_of
from logview.tui.widgets.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.engine import ServiceStats
    from logview.tui.theme import Palette, ServiceColors


@dataclass(frozen=True, slots=True)
class Sources:
    """What the bar shows."""

    services: Sequence[ServiceStats] = ()
    muted: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    """Services whose source or process has ended."""
    progress: float = 1.0


def count(number: int) -> str:
    """A count in at most five characters: 981, 12.4k, 3.1M."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.3g}k"
    return f"{number / 1_000_000:.3g}M"


def service_pieces(
    number: int, stats: ServiceStats, palette: Palette, colors: ServiceColors, *, muted: bool, gone: bool, brief: bool
) -> list[Piece]:
    """One service: ` 1 ● scheduler 12/s ✗3 ▲12`."""
    action = f"mute({number})" if number <= 9 else None
    name_style = palette.chip_off if muted else colors.style(stats.name, palette)
    glyph = "○" if muted else "✕" if gone else "●"
    pieces = [
        Piece(f" {number} " if number <= 9 else "   ", palette.faint, action),
        Piece(glyph + " ", palette.error if gone else colors.style(stats.name, palette), action),
        Piece(present.one_line(stats.name, 24), name_style, action),
    ]
    if not brief:
        rate = stats.rate_per_s
        rate_text = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s" if rate >= 0.05 else count(stats.records)
        pieces.append(Piece(f" {rate_text}", palette.dim, action))
    if stats.errors:
        pieces.append(Piece(f" E{count(stats.errors)}", palette.error, action))
    if stats.violations:
        pieces.append(Piece(f" ▲{count(stats.violations)}", palette.warn, action))
    pieces.append(Piece("  ", palette.dim))
    return pieces


def source_pieces(sources: Sources, palette: Palette, colors: ServiceColors, width: int) -> list[Piece]:
    """The whole bar; where it does not fit, without rates, then as many services as fit."""
    right = [] if sources.progress >= 1 else [Piece(f" indexing {sources.progress:.0%} ", palette.dim)]
    groups: list[list[Piece]] = []
    for brief in (False, True):
        groups = [
            service_pieces(
                number, stats, palette, colors, muted=stats.name in sources.muted, gone=stats.name in sources.gone,
                brief=brief,
            )
            for number, stats in enumerate(sources.services, 1)
        ]  # fmt: skip
        if sum(width_of(group) for group in groups) + width_of(right) <= width:
            break
    left: list[Piece] = []
    for shown, group in enumerate(groups):
        more = len(groups) - shown
        if width_of(left) + width_of(group) > width - (10 if more > 1 else 0):
            left.append(Piece(f" +{more} more", palette.dim, "rules"))
            break
        left += group
    if not sources.services:
        left = [Piece(" waiting for records …" if sources.progress >= 1 else " reading …", palette.faint)]
    return spread(left, right, width, palette.dim)


class SourceBar(Line):
    """The bar; a click on a service mutes it."""

    def __init__(self, palette: Palette, colors: ServiceColors, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette, self.service_colors = palette, colors
        self.sources = Sources()

    def show(self, sources: Sources) -> None:
        """Show other figures."""
        if sources != self.sources:
            self.sources = sources
            self.refresh()

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        return source_pieces(self.sources, self.palette, self.service_colors, width)
