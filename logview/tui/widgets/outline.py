"""Lines with a cursor that fold: the record panel and every page are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from logview.tui.keymap import bindings
from logview.tui.paint import restyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Blur, Click, Focus, Resize
    from textual.selection import Selection

    from logview.tui.detail import DetailLine
    from logview.tui.theme import Palette


class Outline(ScrollView, can_focus=True):
    """Override `make_lines`; what is folded is a set of names the lines carry."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar = bindings("outline")
    DEFAULT_CSS = """
    Outline {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        scrollbar-gutter: stable;
    }
    """

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette = palette
        self.folded: set[str] = set()
        self.lines: Sequence[DetailLine] = ()
        self.cursor = 0

    def make_lines(self, width: int) -> Sequence[DetailLine]:  # noqa: ARG002
        """The lines for this width and what is folded now."""
        return self.lines

    def lay_out(self) -> None:
        """Make the lines anew: other content, width, theme or fold."""
        width = self.scrollable_content_region.width
        self.lines = self.make_lines(width) if width else ()
        self.cursor = min(self.cursor, max(len(self.lines) - 1, 0))
        self.virtual_size = Size(width, len(self.lines))
        self.refresh()

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self.palette = palette
        self.lay_out()

    @property
    def line(self) -> DetailLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def go_to(self, line: int) -> None:
        """Put the cursor on a line and bring it into sight."""
        self.cursor = min(max(line, 0), max(len(self.lines) - 1, 0))
        top, height = round(self.scroll_offset.y), max(self.scrollable_content_region.height, 1)
        if not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, force=True)
        self.refresh()

    def fold_at(self, line: int) -> None:
        """Fold or unfold what the line heads."""
        name = self.lines[line].fold if line < len(self.lines) else None
        if name is not None:
            self.folded ^= {name}
            self.lay_out()

    def action_move(self, step: int) -> None:
        self.go_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        self.go_to(self.cursor + step * max(self.size.height - 1, 1))

    def action_edge(self, end: int) -> None:
        self.go_to(0 if end < 0 else len(self.lines) - 1)

    def action_fold(self) -> None:
        line = self.cursor
        while line > 0 and self.lines[line].fold is None:
            line -= 1
        self.go_to(line)
        self.fold_at(line)

    # Mouse: a click moves the cursor; on the sign of a fold it folds.

    def on_click(self, event: Click) -> None:
        at = event.get_content_offset(self)
        if at is None or self.text_selection is not None:
            return
        number = at.y + round(self.scroll_offset.y)
        if number >= len(self.lines):
            return
        self.go_to(number)
        text = "".join(piece.text for piece in self.lines[number].pieces)
        indent = len(text) - len(text.lstrip())
        if self.lines[number].fold is not None and at.x <= indent + 1:
            self.fold_at(number)

    def on_resize(self, _event: Resize) -> None:
        self.lay_out()

    def on_focus(self, _event: Focus) -> None:
        self.refresh()

    def on_blur(self, _event: Blur) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, number = self.scrollable_content_region.width, y + round(self.scroll_offset.y)
        if number >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        made = [Segment(piece.text, piece.style) for piece in self.lines[number].pieces if piece.text]
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is not None:
            end = sum(len(segment.text) for segment in made) if span[1] == -1 else span[1]
            made = restyle(made, [(span[0], end)], self.screen.get_component_rich_style("screen--selection"))
        ground = self.rich_style
        if number == self.cursor and self.has_focus:
            ground = ground + self.palette.cursor
        return Strip(made).crop_extend(0, width, ground).apply_style(ground).apply_offsets(0, number)

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        texts = ("".join(piece.text for piece in line.pieces) for line in self.lines)
        return selection.extract("\n".join(texts)), "\n"
