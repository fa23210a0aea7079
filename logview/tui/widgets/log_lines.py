"""The timeline: one row a record, decoded and drawn only while it is seen.

Ten million rows cost what one screen costs: the view is asked for a record when its row is drawn. Where the cursor is
and whether the end is followed is decided here and nowhere else.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from logview.tui import row as drawing
from logview.tui.keymap import bindings
from logview.tui.messages import CursorMoved, Shifted
from logview.tui.paint import matcher
from logview.tui.rows import TIME_COLUMNS, Rows, key_at, time_at
from logview.tui.strips import NOTHING, Marks, Strips, tints_of
from logview.tui.widgets.thumb import move_thumb

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import tzinfo

    from rich.style import Style
    from textual.events import Blur, Click, Focus, Resize
    from textual.selection import Selection

    from logview.engine import RowKey, View
    from logview.record import Record
    from logview.tui.strips import Tints
    from logview.tui.theme import Palette, ServiceColors

COPY_ROWS = 10_000
"""Rows a text selection may copy at once."""


class LogLines(ScrollView, can_focus=True):
    """The rows of a view."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar = bindings("lines")
    DEFAULT_CSS = """
    LogLines {
        background: $background;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: scroll;
    }
    """

    def __init__(self, palette: Palette, colors: ServiceColors, zone: tzinfo, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.rows = Rows(palette, colors, zone)
        self.view: View | None = None
        self.cursor = 0
        self.following = True
        self.field = "level"
        self._key: RowKey | None = None
        self._held_at: RowKey | None = None
        """The newest record when following ended."""
        self._strips = Strips(self.rows)
        self._seen: Hashable = None
        """What was in sight at the last update."""
        self._scrolling = False
        self._tints: Tints | None = None

    # What is shown.

    def show(self, view: View, key: RowKey | None, *, follow: bool) -> None:
        """Show another view, the cursor on the record of `key` or the next one after it."""
        self.view = view
        self._key = key
        self.following = follow
        self._held_at = None if follow or not view.rows else self._held_at or key_at(view, view.rows - 1)
        self._strips.clear()
        self._seen = None
        self._sync_and_tell()

    def _sync_and_tell(self) -> None:
        if self.sync():
            self.post_message(CursorMoved(self.cursor))

    def sync(self) -> bool:
        """Take in what has changed in the view: rows at the end, rows in between; True when the cursor has moved.

        Whoever asks tells the others: what changes with the cursor then changes in the same picture.
        """
        view = self.view
        if view is None:
            return False
        # Asked once: Textual looks it up in the layout of the whole screen each time.
        rows, size = view.rows, self.size
        place = (self.cursor, self._key)
        above = self.cursor - round(self.scroll_offset.y)
        if self.rows.measure(view, size.width - 1):
            self._strips.clear()
            self._seen = None
        self._make_room(Size(size.width, rows))
        if rows == 0:
            self.cursor = 0
        elif self.following:
            self.cursor = rows - 1
            self._key = key_at(view, self.cursor)
            self._show_rows(self.max_scroll_y)
        else:
            self.cursor = self._row_of_key(rows)
            self._show_rows(self.cursor - min(max(above, 0), max(size.height - 1, 0)))
        move_thumb(self, rows, self.scroll_y)
        self._refresh_changed(view, size)
        return place != (self.cursor, self._key)

    def _make_room(self, size: Size) -> None:
        """Scroll over so much."""
        if self.show_vertical_scrollbar and self.virtual_size.width == size.width:
            # More rows move nothing on the screen but the scroll bar's thumb; Textual would lay out all of it anew.
            self.set_reactive(LogLines.virtual_size, size)
        else:
            self.virtual_size = size

    def _refresh_changed(self, view: View, size: Size) -> None:
        """Draw again only when what is in sight is not what was drawn: most changes are elsewhere."""
        top = round(self.scroll_offset.y)
        low, high = top, min(top + size.height, view.rows)
        seen = (top, self.cursor, size, view.looks(low, high))
        if seen != self._seen:
            self._seen = seen
            view.show(low, high)
            self.refresh()

    def _row_of_key(self, rows: int) -> int:
        if self.view is None or self._key is None:
            return min(self.cursor, rows - 1)
        return min(max(self.view.row_of(self._key), 0), rows - 1)

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self._tints = None
        self.rows.palette = palette
        self.redraw()

    def redraw(self) -> None:
        """Forget what was drawn."""
        self._strips.clear()
        self._tints = None
        if self.view is not None:
            self.rows.measure(self.view, self.size.width - 1)
        self.refresh()

    def meet_services(self, names: Sequence[str]) -> None:
        """The services there are, for their colors and the width of their column."""
        new = [name for name in names if name not in self.rows.services]
        if new:
            self.rows.services = (*self.rows.services, *new)
            self.rows.colors.meet(new)
            self.redraw()

    def search_for(self, text: str | None) -> None:
        """Mark this text wherever it stands; None marks nothing."""
        self.rows.matches = matcher(text) if text else None
        self.redraw()

    def show_zone(self, zone: tzinfo) -> None:
        """Draw times in another zone."""
        self.rows.zone = zone
        self.redraw()

    def show_next_time_column(self) -> None:
        """Time of day → since the record above → since the first → time of day."""
        at = TIME_COLUMNS.index(self.rows.time_column)
        self.rows.time_column = TIME_COLUMNS[(at + 1) % len(TIME_COLUMNS)]
        self.redraw()

    # Where the cursor is.

    @property
    def key(self) -> RowKey | None:
        """The record under the cursor, or None."""
        return self._key if self.view is not None and self.view.rows else None

    @property
    def new_rows(self) -> int:
        """Rows after the one that was the newest when following ended."""
        view, held = self.view, self._held_at
        if self.following or view is None or held is None or not view.rows:
            return 0
        row = view.row_of(held)
        # A filter may hide that record; row_of then names the one after it, which is new.
        is_shown = key_at(view, row) == held
        return max(view.rows - row - is_shown, 0)

    def current(self) -> Record | None:
        """The record under the cursor."""
        view = self.view
        if view is None or not 0 <= self.cursor < view.rows:
            return None
        try:
            return view.record(self.cursor)
        except IndexError:
            return None

    def current_field(self) -> drawing.Part | None:
        """The part under the cursor that can be filtered by."""
        parts = self._fields(self.cursor)
        return next((part for part in parts if part.field == self.field), parts[0] if parts else None)

    def go_to(self, row: int, *, center: bool = False) -> None:
        """Put the cursor on a row and end following; the row comes into sight, in the middle with `center`."""
        view = self.view
        if view is None or view.rows == 0:
            return
        row = min(max(row, 0), view.rows - 1)
        if self.following:
            self.hold()
        old, self.cursor = self.cursor, row
        self._key = key_at(view, row)
        top, height = round(self.scroll_offset.y), max(self.size.height, 1)
        if not top <= row < top + height:
            far = center or abs(row - old) > height
            self._show_rows(row - height // 2 if far else row if row < top else row - height + 1)
        self.refresh()
        self.post_message(CursorMoved(row))

    def hold(self) -> None:
        """End following; what comes from now on is counted as new."""
        self.following = False
        view = self.view
        self._held_at = key_at(view, view.rows - 1) if view is not None else None

    def _show_rows(self, y: float) -> None:
        if self.size.height == 0:
            return
        self._scrolling = True
        self.scroll_to(y=max(y, 0), animate=False, force=True)
        self._scrolling = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        move_thumb(self, self.virtual_size.height, new_value)
        if round(old_value) != round(new_value):
            self.refresh()
        if self._scrolling or self.view is None or round(old_value) == round(new_value):
            return
        # The wheel or the scroll bar moved the rows: the cursor stays in sight; following ends unless the end is shown,
        # and goes on when it is reached again (a layout that grows taller moves the rows too, but up).
        is_end = round(new_value) >= round(self.max_scroll_y)
        if is_end and (self.following or new_value > old_value):
            if not self.following:
                self.action_end()
            return
        if self.following:
            self.hold()
        top, height = round(new_value), max(self.size.height, 1)
        row = min(max(self.cursor, top), top + height - 1, max(self.view.rows - 1, 0))
        if row != self.cursor and self.view.rows:
            self.cursor = row
            self._key = key_at(self.view, row)
        self.post_message(CursorMoved(self.cursor))

    # Columns and marks of the reader's.

    def show_columns(self, names: Sequence[str]) -> None:
        """Give these fields columns, or take theirs away."""
        for name in names:
            self.rows.toggle_column(name)
        self.redraw()

    def mark(self) -> bool | None:
        """Mark the record under the cursor, or take its mark away: whether it is marked now; None: there is none."""
        key = self.key
        if key is None or self.view is None:
            return None
        is_marked = self.rows.toggle_mark(key, time_at(self.view, self.cursor))
        self.redraw()
        return is_marked

    # Keys.

    def action_move(self, step: int) -> None:
        self.go_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        page = max(self.size.height - 1, 1)
        self._show_rows(self.scroll_offset.y + step * page)
        self.go_to(self.cursor + step * page)

    def action_home(self) -> None:
        self.go_to(0)

    def action_end(self) -> None:
        self.following = True
        self._sync_and_tell()

    def action_follow(self) -> None:
        if self.following:
            self.hold()
            self._sync_and_tell()
        else:
            self.action_end()

    def action_field(self, step: int) -> None:
        parts = self._fields(self.cursor)
        names = list(dict.fromkeys(part.field for part in parts if part.field))
        if not names:
            return
        at = names.index(self.field) if self.field in names else 0
        self.field = names[min(max(at + step, 0), len(names) - 1)]
        self._show_field()
        self.refresh()
        self.post_message(CursorMoved(self.cursor))

    def _show_field(self) -> None:
        """Scroll the messages so that the field under the cursor is in sight."""
        place = self.rows.place_of(self._parts(self.cursor), self.field)
        if place is None:
            self._shift_to(0)
            return
        position, width = place
        if not self.rows.shift <= position < self.rows.shift + max(self.rows.layout.message - width, 1):
            self._shift_to(max(position - 8, 0))

    def action_shift(self, cells: int) -> None:
        self._shift_to(max(self.rows.shift + cells, 0))

    def _shift_to(self, cells: int) -> None:
        if cells != self.rows.shift:
            self.rows.shift = cells
            self.redraw()
            self.post_message(Shifted(cells))

    # Mouse: a click moves the cursor, a double click opens the record; dragging selects text and does nothing else.

    def on_click(self, event: Click) -> None:
        if self.text_selection is not None:
            return
        at = event.get_content_offset(self)
        if at is None:
            return
        row = at.y + round(self.scroll_offset.y)
        if self.view is None or row >= self.view.rows:
            return
        self.go_to(row)
        self.field = self.rows.field_at(self._parts(row), at.x) or self.field
        if event.chain == 2:
            self.call_later(self.screen.run_action, "details")

    def on_resize(self, _event: Resize) -> None:
        self._strips.clear()
        self._sync_and_tell()

    def on_focus(self, _event: Focus) -> None:
        self.refresh()

    def on_blur(self, _event: Blur) -> None:
        self.refresh()

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget.

        Without the style cache of other widgets, which draws every line anew when the rows have scrolled: there is no
        border or padding here, and each row's strip is remembered by what the row looks like.
        """
        # The cells that the scroll bar leaves: a strip that ends where it begins need not be cut for every picture.
        view, width, tint, marks = self.view, self.scrollable_content_region.width, self._tint(), self._marks()
        first = round(self.scroll_offset.y) + crop.y
        # The row above the first one too: a time that it shows already is drawn faint.
        above = max(first - 1, 0)
        looks = view.looks(above, first + crop.height) if view is not None else []
        strips = []
        for at, pair in enumerate(pairwise((*([None] if first == above else []), *looks))):
            assert view is not None
            strips.append(self._strips.line(view, first + at, pair, width=width, tint=tint, marks=marks))
        strips += [Strip.blank(width, tint(NOTHING))] * (crop.height - len(strips))
        if self._strips.has_grown:
            self._strips.has_grown = False
            self.call_later(self.redraw)
        left, right = crop.column_span
        return strips if left == 0 and right >= width else [strip.crop(left, right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One line, each of its segments with its place: how Textual finds what the mouse selects."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0].apply_offsets(0, y + round(self.scroll_offset.y))

    def _tint(self) -> Tints:
        """The widget's own style; kept, because working it out costs as much as drawing a row."""
        if self._tints is None:
            self._tints = tints_of(self)
        return self._tints

    def _marks(self) -> Marks:
        palette, selection = self.rows.palette, self.text_selection
        return Marks(
            cursor=self.cursor,
            cursor_style=palette.cursor if self.has_focus else palette.cursor_blur,
            field=self.field if self.has_focus else None,
            selection=selection,
            selected_style=NOTHING if selection is None else self._selected_style(),
        )

    def _selected_style(self) -> Style:
        return self.screen.get_component_rich_style("screen--selection")

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tints = None

    def _parts(self, row: int) -> list[drawing.Part]:
        if self.view is None or not 0 <= row < self.view.rows:
            return []
        try:
            return self.rows.parts(self.view, row)
        except IndexError:
            return []

    def _fields(self, row: int) -> list[drawing.Part]:
        return drawing.fields_of(self._parts(row))

    # Text selection.

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        self._strips.clear()
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if self.view is None or not self.view.rows:
            return None
        first = selection.start.y if selection.start else round(self.scroll_offset.y)
        last = selection.end.y if selection.end else round(self.scroll_offset.y) + self.size.height
        lines = []
        for row in range(max(first, 0), min(last + 1, self.view.rows, first + COPY_ROWS)):
            text = "".join(piece.text for piece in self.rows.pieces(self._parts(row)))
            start, end = selection.get_span(row) or (0, 0)
            lines.append((text[start:] if end == -1 else text[start:end]).rstrip())
        return "\n".join(lines), "\n"
