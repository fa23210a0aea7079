"""The filters as chips, each with its hits; at the right, what they leave: how many records, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from logview import present
from logview.tui.keymap import bindings
from logview.tui.messages import ChipsChanged
from logview.tui.paint import Piece, spread, width_of
from logview.tui.widgets.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual.events import Click

    from logview.tui.state import Chip
    from logview.tui.theme import Palette, ServiceColors


@dataclass(frozen=True, slots=True)
class Shown:
    """What the line shows."""

    chips: Sequence[Chip] = ()
    hits: tuple[tuple[str, int], ...] = ()
    """Chip text → records it would leave on its own."""
    search: str | None = None
    found: int | None = None
    """Records that match the search; None: not known yet."""
    rows: int = 0
    complete: bool = True
    hidden_without_field: int = 0
    services: tuple[tuple[str, int], ...] = ()
    """Service → records shown."""
    span_ns: tuple[int, int] | None = None


def chip_pieces(shown: Shown, palette: Palette, *, selected: int | None) -> list[Piece]:
    """The chips, left to right."""
    hits = dict(shown.hits)
    pieces = [Piece(" ", palette.dim)]
    for number, chip in enumerate(shown.chips):
        style = palette.chip if chip.on else palette.chip_off
        if number == selected:
            style = style + palette.field
        action = f"chip:{number}"
        text = present.one_line(chip.text, 60)
        pieces.append(Piece(f" {text}", style, action))
        if chip.text in hits:
            pieces.append(Piece(f" {hits[chip.text]:,}", style + palette.dim, action))
        pieces += [Piece(" ×", style + palette.dim, f"remove:{number}"), Piece(" ", style), Piece(" ", palette.dim)]
    if shown.search:
        found = "" if shown.found is None else f" · {shown.found:,}"
        pieces.append(Piece(f" / {present.one_line(shown.search, 40)}{found} ", palette.match, "search"))
    if not shown.chips and not shown.search:
        pieces.append(Piece("all records", palette.faint, "filter"))
    return pieces


def result_pieces(shown: Shown, palette: Palette, colors: ServiceColors, zone: tzinfo, width: int) -> list[Piece]:
    """What is left: per service, how many, first to last and how long that is; of it what `width` cells have room for.

    Part by part: one service's number without the other's would be read as that of all.
    """
    lacking: list[Piece] = []
    if shown.hidden_without_field:
        lacking = [Piece(f"{shown.hidden_without_field:,} have no such field  ", palette.faint)]
    records = [Piece(f"{shown.rows:,} records  ", palette.dim)] if shown.rows else []
    services = records
    if shown.chips and len(shown.services) <= 4:
        services = []
        for name, number in shown.services:
            services.append(Piece(present.one_line(name, 24), colors.style(name, palette)))
            services.append(Piece(f" {number:,}  ", palette.dim))
    span, length = span_pieces(shown.span_ns, palette, zone)
    end = [*([] if shown.complete else [Piece(" …", palette.warn)]), Piece(" ", palette.dim)]
    for parts in ((lacking, services, span), (services, span), (records, span), (span,), (records,), ()):
        pieces = [*(piece for part in parts for piece in part), *length, *end]
        if width_of(pieces) <= width:
            return pieces
    return []


def span_pieces(span_ns: tuple[int, int] | None, palette: Palette, zone: tzinfo) -> tuple[list[Piece], list[Piece]]:
    """From when to when; and how long that is."""
    if span_ns is None:
        return [], []
    first, last = span_ns
    dated = present.clock(first, zone, date=True)[:5] != present.clock(last, zone, date=True)[:5]
    span = f"{present.clock(first, zone, date=dated)} → {present.clock(last, zone, date=dated)}"
    return [Piece(span, palette.dim)], [Piece(f"  {present.duration(last - first)}", palette.strong)]


class ChipLine(Line, can_focus=True):
    """The chips; with the focus, arrows walk them and keys change them. A click switches a chip, × removes it."""

    BINDINGS: ClassVar = bindings("chips")
    DEFAULT_CSS = """
    ChipLine {
        background: $background;
    }
    """

    def __init__(
        self,
        palette: Palette,
        colors: ServiceColors,
        zone: tzinfo,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.palette, self.service_colors, self.zone = palette, colors, zone
        self.shown = Shown()
        self.selected = 0

    def show(self, shown: Shown) -> None:
        """Show other chips or counts."""
        if shown != self.shown:
            self.shown = shown
            self.selected = min(self.selected, max(len(shown.chips) - 1, 0))
            self.refresh()

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        left = chip_pieces(self.shown, self.palette, selected=self.selected if self.has_focus else None)
        room = width - width_of(left) - 2
        right = result_pieces(self.shown, self.palette, self.service_colors, self.zone, room)
        return spread(left, right, width, self.palette.dim)

    def action_chip(self, step: int) -> None:
        self.selected = min(max(self.selected + step, 0), max(len(self.shown.chips) - 1, 0))
        self.refresh()

    def action_toggle_chip(self) -> None:
        self._tell("toggle", self.selected)

    def action_negate_chip(self) -> None:
        self._tell("negate", self.selected)

    def action_remove_chip(self) -> None:
        self._tell("remove", self.selected)

    def action_edit_chip(self) -> None:
        self._tell("edit", self.selected)

    def action_leave_chips(self) -> None:
        self._tell("leave", self.selected)

    def _tell(self, what: str, chip: int) -> None:
        if chip < len(self.shown.chips) or what == "leave":
            self.post_message(ChipsChanged(what, chip))

    async def clicked(self, action: str, event: Click) -> None:
        what, _, number = action.partition(":")
        if what == "chip":
            self.selected = int(number)
            self._tell("edit" if event.chain == 2 else "toggle", self.selected)
        elif what == "remove":
            self._tell("remove", int(number))
        else:
            await self.screen.run_action(what)

    def on_blur(self) -> None:
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()
