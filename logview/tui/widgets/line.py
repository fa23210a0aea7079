"""A widget of one line (or a few), drawn from pieces; a click runs the piece's action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from logview.tui.paint import action_at

if TYPE_CHECKING:
    from textual.events import Click

    from logview.tui.paint import Piece
    from logview.tui.theme import Palette


class Line(Widget):
    """Base of the bars: override `pieces`, and `clicked` where a click means more than an action of the screen."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Line {
        height: 1;
        background: $surface;
    }
    """

    palette: Palette

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self.palette = palette
        self.refresh()

    def pieces(self, width: int, y: int) -> list[Piece]:
        """What stands in line `y` of a widget `width` cells wide."""
        raise NotImplementedError

    async def clicked(self, action: str, event: Click) -> None:  # noqa: ARG002
        """Do what was clicked: an action of the screen, or `key:NAME`, which is pressing that key."""
        if action.startswith("key:"):
            self.app.simulate_key(action.removeprefix("key:"))
        else:
            await self.screen.run_action(action)

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        strip = Strip([Segment(piece.text, piece.style) for piece in self.pieces(width, y) if piece.text])
        return strip.crop_extend(0, width, style).apply_style(style)

    async def on_click(self, event: Click) -> None:
        action = action_at(self.pieces(self.size.width, event.y), event.x)
        if action is not None:
            event.stop()
            await self.clicked(action, event)
