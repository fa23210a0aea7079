"""A widget of one line (or a few), drawn from pieces; a click runs the piece's action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.segment import Segment
from textual.geometry import Region
from textual.widget import Widget

from logview.tui.paint import action_at
from logview.tui.strips import lay, tints_of

if TYPE_CHECKING:
    from textual.events import Click
    from textual.geometry import Size
    from textual.strip import Strip

    from logview.tui.paint import Piece
    from logview.tui.strips import Tints
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

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._drawn: tuple[Size, list[Strip]] | None = None
        self._tints: Tints | None = None
        """How its styles look; kept, because working it out costs as much as drawing the line."""

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self.palette = palette
        self._tints = None
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

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self._drawn = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn = self._tints = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget; drawn once until something has changed.

        Textual asks for them whenever anything above and anything below it is drawn. Its own cache makes as much of
        each line as drawing it costs: a border, a padding and links, of which there are none here.
        """
        size = self.size
        if self._drawn is None or self._drawn[0] != size:
            self._drawn = size, self._draw(size)
        strips = self._drawn[1][crop.y : crop.bottom]
        left, right = crop.column_span
        return strips if left == 0 and right >= size.width else [strip.crop(left, right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def _draw(self, size: Size) -> list[Strip]:
        tint = self._tints = self._tints or tints_of(self)
        rows = [[Segment(piece.text, piece.style) for piece in self.pieces(size.width, y)] for y in range(size.height)]
        return [lay(row, size.width, tint) for row in rows]

    async def on_click(self, event: Click) -> None:
        action = action_at(self.pieces(self.size.width, event.y), event.x)
        if action is not None:
            event.stop()
            await self.clicked(action, event)
