"""The timeline: one row a record, decoded and drawn only while it is seen.

Ten million rows cost what one screen costs: the view is asked for a record when its row is drawn. Where the cursor is
and whether the end is followed is decided here and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from logview import present
from logview.tui import row as drawing
from logview.tui.keymap import bindings
from logview.tui.messages import CursorMoved
from logview.tui.paint import matcher, restyle

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import tzinfo

    from rich.segment import Segment
    from rich.style import Style
    from textual.events import Blur, Click, Focus, Resize
    from textual.selection import Selection

    from logview.engine import RowKey, View
    from logview.record import Record
    from logview.tui.theme import Palette, ServiceColors

CACHED_ROWS = 512
COPY_ROWS = 10_000
"""Rows a text selection may copy at once."""
TIME_COLUMNS = ("clock", "delta", "since")


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
        self.palette, self.service_colors, self.zone = palette, colors, zone
        self.view: View | None = None
        self.cursor = 0
        self.following = True
        self.field = "level"
        self.time_column = TIME_COLUMNS[0]
        self.held_rows = 0
        """Rows there were when following ended."""
        self.matches: Callable[[str], list[tuple[int, int]]] | None = None
        self._key: RowKey | None = None
        self._shift = 0
        self._layout = drawing.Layout()
        self._job_width = 0
        self._seen_origins = False
        self._services: tuple[str, ...] = ()
        self._dated = False
        self._strips: dict[Hashable, Strip] = {}
        self._scrolling = False

    # What is shown.

    def show(self, view: View, key: RowKey | None, *, follow: bool) -> None:
        """Show another view, the cursor on the record of `key` or the next one after it."""
        self.view = view
        self._key = key
        self.following = follow
        self.held_rows = view.rows
        self._strips.clear()
        self.sync()

    def sync(self) -> None:
        """Take in what has changed in the view: rows at the end, rows in between."""
        view = self.view
        if view is None:
            return
        rows = view.rows
        above = self.cursor - round(self.scroll_offset.y)
        self._measure()
        self.virtual_size = Size(self.size.width, rows)
        if rows == 0:
            self.cursor = 0
        elif self.following:
            self.cursor = rows - 1
            self._key = view.key(self.cursor)
            self._show_rows(self.max_scroll_y)
        else:
            self.cursor = self._row_of_key(rows)
            self._show_rows(self.cursor - min(max(above, 0), max(self.size.height - 1, 0)))
        self.refresh()
        self.post_message(CursorMoved(self.cursor))

    def _row_of_key(self, rows: int) -> int:
        if self.view is None or self._key is None:
            return min(self.cursor, rows - 1)
        return min(max(self.view.row_of(self._key), 0), rows - 1)

    def _measure(self) -> None:
        """Choose the columns for the width and the services met."""
        view = self.view
        if view is None:
            return
        span = view.span_ns()
        self._dated = span is not None and present.clock(span[0], self.zone, date=True)[:5] != present.clock(
            span[1], self.zone, date=True
        )[:5]
        time_width = (18 if self._dated else 12) if self.time_column == "clock" else 10
        layout = drawing.make_layout(
            max(self.size.width - 1, 1),
            services=self._services,
            time_width=time_width,
            job_width=self._job_width,
            origins=self._seen_origins,
        )
        if layout != self._layout:
            self._layout = layout
            self._strips.clear()

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self.palette = palette
        self.redraw()

    def redraw(self) -> None:
        """Forget what was drawn."""
        self._strips.clear()
        self._measure()
        self.refresh()

    def meet_services(self, names: tuple[str, ...]) -> None:
        """The services there are, for the width of their column."""
        if names != self._services:
            self._services = names
            self.service_colors.meet(names)
            self._measure()

    def search_for(self, text: str | None) -> None:
        """Mark this text wherever it stands; None marks nothing."""
        self.matches = matcher(text) if text else None
        self.redraw()

    # Where the cursor is.

    @property
    def key(self) -> RowKey | None:
        """The record under the cursor, or None."""
        return self._key if self.view is not None and self.view.rows else None

    @property
    def new_rows(self) -> int:
        """Rows that came since following ended."""
        if self.following or self.view is None:
            return 0
        return max(self.view.rows - self.held_rows, 0)

    def current(self) -> Record | None:
        """The record under the cursor."""
        view = self.view
        if view is None or not 0 <= self.cursor < view.rows:
            return None
        return view.record(self.cursor)

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
        self._key = view.key(row)
        top, height = round(self.scroll_offset.y), max(self.size.height, 1)
        if not top <= row < top + height:
            far = center or abs(row - old) > height
            self._show_rows(row - height // 2 if far else row if row < top else row - height + 1)
        self.refresh()
        self.post_message(CursorMoved(row))

    def hold(self) -> None:
        """End following; what comes from now on is counted as new."""
        self.following = False
        self.held_rows = self.view.rows if self.view is not None else 0

    def _show_rows(self, y: float) -> None:
        if self.size.height == 0:
            return
        self._scrolling = True
        self.scroll_to(y=max(y, 0), animate=False, force=True)
        self._scrolling = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._scrolling or self.view is None or round(old_value) == round(new_value):
            return
        # The wheel or the scroll bar moved the rows: the cursor stays in sight, following ends unless the end is shown
        # (a layout that grows taller moves the rows too).
        if self.following:
            if round(new_value) >= round(self.max_scroll_y):
                return
            self.hold()
        top, height = round(new_value), max(self.size.height, 1)
        row = min(max(self.cursor, top), top + height - 1, max(self.view.rows - 1, 0))
        if row != self.cursor and self.view.rows:
            self.cursor = row
            self._key = self.view.key(row)
        self.post_message(CursorMoved(self.cursor))

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
        self.sync()

    def action_follow(self) -> None:
        if self.following:
            self.hold()
            self.sync()
        else:
            self.action_end()

    def action_field(self, step: int) -> None:
        parts = self._fields(self.cursor)
        names = list(dict.fromkeys(part.field for part in parts if part.field))
        if not names:
            return
        at = names.index(self.field) if self.field in names else 0
        self.field = names[min(max(at + step, 0), len(names) - 1)]
        self._show_field(parts)
        self.refresh()
        self.post_message(CursorMoved(self.cursor))

    def _show_field(self, parts: list[drawing.Part]) -> None:
        """Scroll the messages so that the field under the cursor is in sight."""
        position = -drawing.fixed_width(self._layout)
        for part in self._parts(self.cursor):
            length = len(part.text)
            if part.field == self.field and part in parts:
                if position <= 0:
                    self._shift_to(0)
                elif not self._shift <= position < self._shift + max(self._layout.message - length, 1):
                    self._shift_to(max(position - 8, 0))
                return
            position += length

    def action_shift(self, cells: int) -> None:
        self._shift_to(max(self._shift + cells, 0))

    def _shift_to(self, cells: int) -> None:
        if cells != self._shift:
            self._shift = cells
            self.redraw()

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
        position = at.x + (self._shift if at.x >= drawing.fixed_width(self._layout) else 0)
        for part in self._parts(row):
            position -= len(part.text)
            if position < 0:
                self.field = part.field or self.field
                break
        if event.chain == 2:
            self.call_later(self.screen.run_action, "details")

    def on_resize(self, _event: Resize) -> None:
        self._strips.clear()
        self.sync()

    def on_focus(self, _event: Focus) -> None:
        self.refresh()

    def on_blur(self, _event: Blur) -> None:
        self.refresh()

    # Drawing.

    def render_line(self, y: int) -> Strip:
        width, row = self.size.width, y + round(self.scroll_offset.y)
        if self.view is None or row >= self.view.rows:
            return Strip.blank(width, self.rich_style)
        is_cursor = row == self.cursor
        strip = self._draw(row, marked=is_cursor)
        if is_cursor:
            strip = strip.apply_style(self.palette.cursor if self.has_focus else self.palette.cursor_blur)
        strip = strip.crop_extend(0, width, self._ground(is_cursor=is_cursor)).apply_style(self.rich_style)
        return strip.apply_offsets(0, row)

    def _ground(self, *, is_cursor: bool) -> Style:
        if not is_cursor:
            return self.rich_style
        return self.rich_style + (self.palette.cursor if self.has_focus else self.palette.cursor_blur)

    def _draw(self, row: int, *, marked: bool) -> Strip:
        assert self.view is not None
        same_time = row > 0 and self._time_text(row) == self._time_text(row - 1)
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        cache_key = (self.view.key(row), same_time)
        if not marked and span is None and (known := self._strips.get(cache_key)) is not None:
            return known
        parts = self._parts(row, same_time=same_time)
        made = self._segments(parts, field=self.field if marked and self.has_focus else None)
        if self.matches is not None:
            made = restyle(made, self.matches("".join(text for text, _, _ in made)), self.palette.match)
        if span is not None:
            end = len("".join(text for text, _, _ in made)) if span[1] == -1 else span[1]
            made = restyle(made, [(span[0], end)], self.screen.get_component_rich_style("screen--selection"))
        strip = Strip(made)
        if not marked and span is None:
            if len(self._strips) >= CACHED_ROWS:
                self._strips.clear()
            self._strips[cache_key] = strip
        return strip

    def _segments(self, parts: list[drawing.Part], *, field: str | None) -> list[Segment]:
        """The row's segments; the messages, and only they, scroll sideways."""
        made = drawing.segments(parts, field=field, field_style=self.palette.field)
        fixed = drawing.fixed_width(self._layout)
        if not self._shift:
            return made
        strip = Strip(made)
        shifted = strip.crop(fixed + self._shift, None) if strip.cell_length > fixed + self._shift else Strip([])
        return [*strip.crop(0, fixed), *shifted]

    def _parts(self, row: int, *, same_time: bool = False) -> list[drawing.Part]:
        view = self.view
        if view is None or not 0 <= row < view.rows:
            return []
        record, service = view.record(row), view.service(row)
        if record.job_id is not None and len(record.job_id) > self._job_width < drawing.WIDEST_JOB:
            self._job_width = min(len(record.job_id), drawing.WIDEST_JOB)
            self.call_later(self.redraw)
        if (record.logger or record.function or record.file) and not self._seen_origins:
            self._seen_origins = True
            self.call_later(self.redraw)
        look = drawing.Look(
            palette=self.palette,
            layout=self._layout,
            service=service,
            service_style=self.service_colors.style(service, self.palette),
            severity=view.severity(row),
            time_text=self._time_text(row),
            same_time=same_time,
            private=any(rule.startswith("LV6") for rule in view.verdict(row)),
        )
        return drawing.row_parts(record, look)

    def _fields(self, row: int) -> list[drawing.Part]:
        return drawing.fields_of(self._parts(row))

    def _time_text(self, row: int) -> str:
        assert self.view is not None
        time_ns = self.view.time_ns(row)
        if self.time_column == "clock" or time_ns is None:
            return present.clock(time_ns, self.zone, date=self._dated)
        before = self.view.time_ns(row - 1 if self.time_column == "delta" else 0) if row else time_ns
        return "" if before is None else "+" + present.duration(max(time_ns - before, 0))

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
            text = "".join(segment.text for segment in self._segments(self._parts(row), field=None))
            start, end = selection.get_span(row) or (0, 0)
            lines.append((text[start:] if end == -1 else text[start:end]).rstrip())
        return "\n".join(lines), "\n"
