"""A page over the timeline: a title, lines that fold, the footer. Esc or q goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from logview.tui.keymap import bindings
from logview.tui.paint import Piece
from logview.tui.widgets.line import Line
from logview.tui.widgets.outline import Outline
from logview.tui.widgets.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult

    from logview.tui.detail import DetailLine
    from logview.tui.theme import Palette


class Title(Line):
    """The page's name."""

    def __init__(self, text: str, palette: Palette) -> None:
        super().__init__(id="title")
        self.text, self.palette = text, palette

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        return [Piece(f" {self.text}", self.palette.strong)]


class PageOutline(Outline):
    """The page's lines, made by a function of the width."""

    def __init__(self, palette: Palette, make: Callable[[int], Iterable[DetailLine]]) -> None:
        super().__init__(palette, id="page")
        self.make = make

    def make_lines(self, width: int) -> Sequence[DetailLine]:
        return list(self.make(width))


class PageStatus(Status):
    """The page's footer: the keys only."""

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        made = [Piece(" ", self.palette.dim)]
        for hint in self.hints:
            made += [
                Piece(hint.key, self.palette.key, hint.press),
                Piece(f" {hint.label}  ", self.palette.dim, hint.press),
            ]
        return made


class Page(Screen[Any]):
    """Shows what `make(width)` returns."""

    BINDINGS: ClassVar = bindings("page")

    def __init__(self, title: str, palette: Palette, make: Callable[[int], Iterable[DetailLine]]) -> None:
        super().__init__()
        self.palette = palette
        self.title_line = Title(title, palette)
        self.outline = self.make_outline(make)
        self.status = PageStatus(palette, id="status")

    def make_outline(self, make: Callable[[int], Iterable[DetailLine]]) -> PageOutline:
        """The widget of the lines; a page with keys of its own has its own."""
        return PageOutline(self.palette, make)

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.outline
        yield self.status

    def on_mount(self) -> None:
        self.outline.focus()
        self.bindings_updated_signal.subscribe(self, lambda _screen: self.status.show_keys(self.active_bindings))

    def action_close(self) -> None:
        self.dismiss()
