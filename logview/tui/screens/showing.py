"""The main screen's widgets and state: source bar, filters, histogram, timeline, record panel, footer.

The state (filters, mutes, search, panel) is one value; every change goes through `change`, so Esc can take it back.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container, Vertical
from textual.screen import Screen

from logview import present
from logview.errors import QueryError
from logview.query import parse
from logview.query.fields import canonical
from logview.query.slow import overtime
from logview.query.value import moment_of
from logview.tui import figures, keymap
from logview.tui import state as states
from logview.tui.figures import Figures
from logview.tui.messages import CursorMoved, FilterTyped, Shifted
from logview.tui.rows import time_at
from logview.tui.state import History, State
from logview.tui.timers import surely
from logview.tui.widgets.chip_line import ChipLine, Shown
from logview.tui.widgets.log_lines import LogLines
from logview.tui.widgets.overview import Bars, Overview
from logview.tui.widgets.prompt import Prompt
from logview.tui.widgets.record_panel import RecordPanel
from logview.tui.widgets.source_bar import SourceBar, Sources
from logview.tui.widgets.status import Place, Status

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from logview.engine import RowKey, View
    from logview.tui.session import Session

WIDE = 100
"""Columns from which the record panel stands beside the timeline, not below it."""
NOTE_S = 5.0
SLOW_S = 0.5
"""How long a filter may be incomplete before the screen says so."""


class Body(Container):
    """Timeline and panel cover it; Textual draws it for every picture all the same, at once when it is blank."""

    BLANK = True


class Left(Vertical):
    """The timeline covers it; as for the body."""

    BLANK = True


class Showing(Screen[None]):
    """Shows one State, and keeps it true while the engine learns more."""

    BLANK = True

    def __init__(self, session: Session, first: State) -> None:
        super().__init__(id="timeline")
        self.session = session
        self.state = first
        self.history = History([])
        self.view: View = session.engine.view(first.query(), muted=first.muted)
        self.chip_views: dict[str, View] = {}
        self.search_view: View | None = None
        self.figures = Figures()
        self.note = ""
        self._noted_row = 0
        self._note_timer: Timer | None = None
        self.busy = ""
        self._counted_at = self._sources_at = float("-inf")
        self._count_gap_s = figures.MIN_GAP_S
        self._complete_at = session.clock()
        self._counting = self._recount = False
        self._overtime: list[str] = overtime()

    def compose(self) -> ComposeResult:
        session = self.session
        palette, colors, zone = session.palette, session.colors, session.zone
        yield SourceBar(palette, colors, id="sources")
        yield ChipLine(palette, colors, zone, id="chips")
        yield Prompt(palette, id="prompt")
        yield Overview(palette, id="overview")
        with Body(id="body"):
            with Left(id="left"):
                yield LogLines(palette, colors, zone, id="lines")
            yield RecordPanel(palette, zone, id="panel")
        yield Status(palette, id="status")

    def on_mount(self) -> None:
        self.prompt.fields = self.session.engine.fields
        self.prompt.rules = tuple(self.session.rules)
        self.prompt.moment = self.moment
        self.lines.show_columns([canonical(name) for name in dict.fromkeys(self.session.config.view.columns)])
        self.lines.show(self.view, None, follow=True)
        self.lines.search_for(self.state.search)
        self.count_matches()
        self.lines.focus()
        status = self.query_one(Status)
        self.bindings_updated_signal.subscribe(self, lambda _screen: status.show_keys(self.active_bindings))
        self.on_resize()
        self.engine_changed()

    # The widgets.

    @property
    def lines(self) -> LogLines:
        return self.query_one("#lines", LogLines)

    @property
    def panel(self) -> RecordPanel:
        return self.query_one("#panel", RecordPanel)

    @property
    def chips(self) -> ChipLine:
        return self.query_one("#chips", ChipLine)

    @property
    def prompt(self) -> Prompt:
        return self.query_one("#prompt", Prompt)

    def focus_timeline(self) -> None:
        """Give the keys back to the timeline."""
        self.lines.focus()

    # What the engine and the widgets report.

    def engine_changed(self) -> None:
        """Take in what the engine knows now, all in one picture; called at most twenty times a second."""
        is_moved = self.lines.sync()
        if self.session.clock() - self._sources_at >= figures.MIN_GAP_S:
            self.show_sources()
        self.count()
        if is_moved:
            self.cursor_moved()
        else:
            self.show_place()
            self.show_panel()
            self.show_overview()
        if (told := overtime()) != self._overtime:
            self._overtime = told
            self.say(told[-1])

    def show_sources(self) -> None:
        """Draw the bar of services; a few times a second, since nobody reads rates that change faster."""
        engine, self._sources_at = self.session.engine, self.session.clock()
        services = engine.services()
        self.lines.meet_services(tuple(stats.name for stats in services))
        gone = self.session.gone_services()
        self.query_one(SourceBar).show(Sources(tuple(services), self.state.muted, gone, engine.progress()))

    @on(CursorMoved)
    def cursor_moved(self) -> None:
        if self.lines.cursor != self._noted_row and not self.lines.following:
            self.note = ""
        self.show_place()
        self.show_panel()
        self.show_overview()

    def show_place(self) -> None:
        """Bring the footer and the chips up to date."""
        lines, view = self.lines, self.view
        # Live, a filter is always a moment behind; only what takes a while is worth a word.
        now = self.session.clock()
        if view.complete:
            self._complete_at = now
        complete = now - self._complete_at < SLOW_S
        busy = self.busy or ("" if complete or not self.state.chips else "filtering …")
        self.query_one(Status).show(Place(lines.cursor, view.rows, lines.following, lines.new_rows, busy, self.note))
        chips = self.state.chips
        # Of the same moment as the figures beside it; and drawing the line for each picture of new rows costs as much
        # as three of them.
        rows = view.rows if self.figures.rows is None else self.figures.rows
        hits = self.figures.hits or (((chips[0].text, rows),) if len(chips) == 1 and chips[0].on else ())
        self.chips.show(
            Shown(
                chips,
                hits,
                self.state.search,
                self.figures.found,
                rows,
                complete,
                view.hidden_without_field if chips else 0,
                self.figures.services,
                self.figures.span_ns,
            )
        )

    def show_panel(self) -> None:
        """Show the record under the cursor, when the panel is open."""
        if self.state.panel:
            self.panel.show(self.session.subject(self.view, self.lines.cursor))

    def show_overview(self) -> None:
        """Draw the histogram and where the cursor stands in it."""
        histogram, overview = self.figures.histogram, self.query_one(Overview)
        row, cursor = self.lines.cursor, None
        if histogram.counts and row < self.view.rows:
            time_ns = time_at(self.view, row)
            if time_ns is not None:
                at = (time_ns - histogram.start_ns) // histogram.width_ns
                cursor = min(max(at, 0), len(histogram.counts) - 1)
        overview.show(Bars(histogram.counts, cursor))

    @on(Shifted)
    def shifted(self, message: Shifted) -> None:
        """A row whose message is short looks empty now: say why, and what helps."""
        key = keymap.BY_ID["move.shift-left"]
        back = keymap.shown(self.session.config.keys.get(key.id, key.keys).split(",")[-1])
        self.say(f"messages from column {message.cells + 1:,} on; {back} goes back" if message.cells else "")

    def moment(self, text: str) -> tuple[int, str] | None:
        """The time a text means, ns since the epoch, and as it is shown; seen from the record under the cursor."""
        here_ns = time_at(self.view, self.lines.cursor)
        if here_ns is None:
            here_ns = (self.view.span_ns() or (None, None))[1]
        found = moment_of(text, now_ns=here_ns, zone=self.session.zone)
        return None if found is None else (found.start_ns, present.moment(found.start_ns, self.session.zone) or text)

    def say(self, note: str) -> None:
        """Show a note in the footer, until the next move or for a few seconds."""
        self.note, self._noted_row = note, self.lines.cursor
        self.show_place()
        if self._note_timer is not None:
            self._note_timer.stop()
        self._note_timer = surely(self.set_timer(NOTE_S, self._forget_note))

    def _forget_note(self) -> None:
        self.note = ""
        self.show_place()

    # Counting, off the event loop.

    def count(self) -> None:
        """Count soon: at once when the last time is long enough ago, else when it will be."""
        if self._counting:
            self._recount = True
            return
        self._counting, self._recount = True, False
        wait = max(self._counted_at + self._count_gap_s - self.session.clock(), 0.001)
        surely(self.set_timer(wait, self._start_count))

    def _start_count(self) -> None:
        buckets = self.size.width if self.query_one(Overview).display else 0
        view, chip_views, search_view = self.view, dict(self.chip_views), self.search_view
        # No worker of Textual's: its task, and the three messages that tell of it, cost as much as the count.
        loop = asyncio.get_running_loop()
        counting = loop.run_in_executor(None, figures.timed_count, view, chip_views, search_view, buckets)
        counting.add_done_callback(lambda done: self._counted(done, view, search_view))

    def _counted(self, done: asyncio.Future[tuple[Figures, float]], view: View, search_view: View | None) -> None:
        if done.cancelled() or not self.is_running:
            return
        try:
            counted, took_s = done.result()
        except Exception as error:  # noqa: BLE001  the edge of a thread: a fault of ours, as in any other
            self.app._handle_exception(error)  # noqa: SLF001  what Textual does with those of its own workers
            return
        self._counting = False
        self._counted_at = self.session.clock()
        self._count_gap_s = max(figures.MIN_GAP_S, figures.REST * took_s)
        is_current = view is self.view and search_view is self.search_view
        if is_current:
            self.figures = counted
            # While more comes, they are shown with it: a picture for them alone would cost as much as one of records.
            if not self._recount:
                self.show_sources()
                self.show_place()
                self.show_overview()
        if self._recount or not is_current:
            self.count()

    # Changing what is shown.

    def change(self, new: State) -> None:
        """Show another state, and remember this one for Esc."""
        if new == self.state:
            return
        self.history.push(self.state, None if self.lines.following else self.lines.key)
        self.apply(new, self.lines.key, follow=self.lines.following)

    def apply(self, new: State, key: RowKey | None, *, follow: bool) -> None:
        """Show a state with the cursor on a record."""
        old, self.state = self.state, new
        if (new.chips, new.muted) != (old.chips, old.muted):
            self.view.close()
            self.view = self.session.engine.view(new.query(), muted=new.muted)
            self.figures = Figures(histogram=self.figures.histogram)
            self.lines.show(self.view, key, follow=follow)
            self.count_chips()
        if new.search != old.search:
            self.lines.search_for(new.search)
        if (new.chips, new.muted, new.search) != (old.chips, old.muted, old.search):
            self.count_matches()
        if new.panel != old.panel:
            self.show_panel()
            self.on_resize()
            if not new.panel and self.panel.has_focus:
                self.focus_timeline()
        self.engine_changed()
        self.refresh_bindings()

    def count_chips(self) -> None:
        """Keep one view for each chip while there are several, for its hits."""
        wanted = {chip.text for chip in self.state.chips} if len(self.state.chips) > 1 else set()
        for text, view in list(self.chip_views.items()):
            if text not in wanted or view.muted != self.state.muted:
                self.chip_views.pop(text).close()
        for text in wanted - set(self.chip_views):
            self.chip_views[text] = self.session.engine.view(parse(text), muted=self.state.muted)

    def count_matches(self) -> None:
        """Keep a view of what matches the search among the rows shown, for its number."""
        if self.search_view is not None:
            self.search_view.close()
        searched, engine = self.state.searched(), self.session.engine
        self.search_view = None
        if searched is not None:
            self.search_view = engine.view(self.state.query() & searched, muted=self.state.muted)
        self.figures = replace(self.figures, found=None)

    def filter_by(self, text: str) -> None:
        """Add a filter; what does not parse is said, not raised."""
        try:
            self.change(states.add(self.state, text))
        except QueryError as error:
            self.say(error.message)

    def on_resize(self) -> None:
        """Side panel on wide screens, bottom panel on narrow ones; less chrome on small ones."""
        width, height = self.app.size
        self.set_class(width >= WIDE, "wide")
        self.set_class(self.state.panel, "panel")
        self.set_class(height < 16, "low")
        self.set_class(height < 6, "tiny")
        self.count()

    @on(FilterTyped)
    def filter_typed(self, message: FilterTyped) -> None:
        if message.chip is None:
            if message.text:
                self.filter_by(message.text)
        else:
            self.change(states.edit(self.state, message.chip, message.text))
