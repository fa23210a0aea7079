"""The main screen's keys: filters from what is under the cursor, jobs, jumps, panels, pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.worker import get_current_worker

from logview.query import parse
from logview.query.fields import canonical
from logview.query.model import quoted
from logview.tui import acts
from logview.tui import state as states
from logview.tui.keymap import bindings
from logview.tui.messages import ChipsChanged, Found, MomentTyped, SearchTyped
from logview.tui.paint import get_ready
from logview.tui.screens.showing import Showing
from logview.tui.state import VIOLATIONS
from logview.tui.widgets.overview import Overview

if TYPE_CHECKING:
    from logview.engine import View

PLACED = frozenset({"time", "level", "service", "logger", "function", "job_id", "message"})
"""Fields that the timeline shows in any case."""


class TimelineScreen(Showing):
    """What each key of the keymap's "main" entries does."""

    BINDINGS: ClassVar = bindings("main")

    @on(SearchTyped)
    def search_typed(self, message: SearchTyped) -> None:
        self.change(replace(self.state, search=message.text or None))
        if message.text:
            self.action_find_next(1, here=True)

    @on(MomentTyped)
    def moment_typed(self, message: MomentTyped) -> None:
        row = self.session.row_at(self.view, message.time_ns)
        self.lines.go_to(row, center=True)
        if row >= self.view.rows:
            self.say("nothing is as late as that: this is the last record" if self.view.rows else "no records")

    @on(ChipsChanged)
    def chips_changed(self, message: ChipsChanged) -> None:
        if message.what == "leave":
            self.focus_timeline()
        elif message.what == "edit":
            self.prompt.ask("filter", self.state.chips[message.chip].text, chip=message.chip)
        elif message.what == "remove":
            self.change(states.remove(self.state, self.state.chips[message.chip].text))
            if not self.state.chips:
                self.focus_timeline()
        else:
            step = states.switch if message.what == "toggle" else states.negate
            self.change(step(self.state, message.chip))

    def action_filter(self) -> None:
        self.prompt.ask("filter")

    def action_chips(self) -> None:
        if self.state.chips:
            self.chips.focus()
        else:
            self.say("no filters yet: f writes one, + and - take the value under the cursor")

    def field_at(self) -> tuple[str, Any] | None:
        """The field under the cursor of the panel or the timeline, and its value."""
        if self.panel.has_focus:
            line = self.panel.line
            return (line.field, line.value) if line is not None and line.field is not None else None
        part = self.lines.current_field()
        return (part.field, part.value) if part is not None and part.field is not None else None

    def action_include(self) -> None:
        self._by_field(negate=False)

    def action_exclude(self) -> None:
        self._by_field(negate=True)

    def _by_field(self, *, negate: bool) -> None:
        found = self.field_at()
        if found is None:
            self.say("no field under the cursor; ← and → choose one")
            return
        field, value = found
        if field == "time":
            moment = self.session.query_time(value)
            self.filter_by(f"time{'<' if negate else '>='}{moment}" if moment else "missing:time")
            return
        text = quoted(str(value)[:200]) if field == "message" and value else states.term(field, value)
        self.filter_by(f"-{text}" if negate else text)

    def action_level(self) -> None:
        self.change(states.with_level(self.state))

    def action_clear_above(self) -> None:
        span = self.view.span_ns()
        moment = self.session.query_time(span[1]) if span else None
        if moment:
            self.filter_by(f"time>{moment}")

    def action_lift(self) -> None:
        lifted = states.lift(self.state)
        if lifted == self.state:
            self.say("nothing is hidden: there are no filters")
        else:
            self.change(lifted)

    def action_only_violations(self) -> None:
        self.change(states.toggle(self.state, VIOLATIONS))

    def action_job(self) -> None:
        record = self.lines.current()
        if record is not None and record.job_id:
            self._only("job_id", states.term("job_id", record.job_id))
        elif record is not None and (named := acts.job_in_text(self, record)):
            # The record itself stays in view: it names its job in its text alone, as an URL or a message does.
            self._only("job_id", f"{states.term('job_id', named)} or {quoted(named)}")
        else:
            self.say("this record names no job")

    def action_request(self) -> None:
        record = self.lines.current()
        found = record and (("request_id", record.request_id) if record.request_id else ("trace_id", record.trace_id))
        if not found or not found[1]:
            self.say("this record names no request and no trace")
        else:
            self._only(found[0], states.term(found[0], found[1]))

    def _only(self, field: str, text: str) -> None:
        text = parse(text).text
        same = self.state.has(text)
        self.change(states.remove(self.state, text) if same else states.with_only(self.state, field, text))

    def action_mute(self, number: int) -> None:
        services = self.session.engine.services()
        if number <= len(services):
            self.change(states.muted(self.state, services[number - 1].name))

    def action_unmute(self) -> None:
        self.change(replace(self.state, muted=frozenset()))

    def action_solo(self) -> None:
        if self.lines.current() is not None:
            names = frozenset(stats.name for stats in self.session.engine.services())
            self.change(states.solo(self.state, self.view.service(self.lines.cursor), names))

    def action_back(self) -> None:
        earlier = self.history.pop()
        if self.lines.text_selection is not None or self.panel.text_selection is not None:
            self.clear_selection()
        elif earlier is None:
            self.say("nothing to take back; q quits")
        else:
            state, key = earlier
            self.apply(state, key, follow=key is None)

    # Jumping.

    def action_search(self) -> None:
        get_ready()
        self.prompt.ask("search", self.state.search or "")

    def action_find_next(self, step: int, *, here: bool = False) -> None:
        query = self.state.searched()
        if query is None:
            self.action_search()
        else:
            self.jump(query, step, "match", start=self.lines.cursor - step if here else None)

    def action_find_error(self, step: int) -> None:
        self.jump("error", step, "error")

    def action_find_warning(self, step: int) -> None:
        self.jump("warning", step, "warning")

    def action_find_violation(self, step: int) -> None:
        self.jump("violation", step, "violation")

    def action_moment(self) -> None:
        self.prompt.ask("time")

    def action_mark(self) -> None:
        is_marked = self.lines.mark()
        if is_marked is None:
            self.say("no record to mark")
        else:
            self.say("marked; u and U go from mark to mark, ctrl+t counts from it" if is_marked else "no mark any more")

    def action_find_mark(self, step: int) -> None:
        lines, rows = self.lines, self.lines.rows.marked(self.view)
        if not rows:
            self.say("no marked record in what is shown" if lines.rows.marks else "no marks yet: m marks a record")
            return
        step = -1 if lines.following else step
        ahead = [row for row in rows if (row - lines.cursor) * step > 0]
        lines.go_to((ahead or rows)[0 if step > 0 else -1], center=True)
        if not ahead:
            self.say("from the top" if step > 0 else "from the end")

    def jump(self, what: Any, step: int, name: str, *, start: int | None = None) -> None:
        """Look for the next row that is `what`; the cursor moves when it is found."""
        self.busy = "searching …"
        row = self.lines.cursor if start is None else start
        # Ahead of the newest record there is nothing: while following, the newest that is `what` is meant.
        step = -1 if self.lines.following else step
        self.find(self.view, row + (1 if self.lines.following else 0), step, what, name)

    @work(thread=True, exclusive=True, group="find", exit_on_error=True)
    def find(self, view: View, row: int, step: int, what: Any, name: str) -> None:
        """Look ahead to the end, then from the other end on."""
        worker = get_current_worker()
        found = view.find(row, step, what, cancelled=lambda: worker.is_cancelled)
        wrapped = found is None
        if found is None:
            found = view.find(-1 if step > 0 else view.rows, step, what, cancelled=lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(Found(found, name, step, wrapped))

    @on(Found)
    def found(self, message: Found) -> None:
        self.busy = ""
        if message.row is None:
            self.say(f"no {message.what} in what is shown")
            return
        self.lines.go_to(message.row, center=True)
        if message.wrapped:
            self.say("from the top" if message.step > 0 else "from the end")
        self.show_place()

    def action_go_to_time(self, bucket: int, _buckets: int) -> None:
        histogram = self.figures.histogram
        wanted = histogram.start_ns + bucket * histogram.width_ns
        self.lines.go_to(self.session.row_at(self.view, wanted), center=True)

    # Panels and columns.

    def action_details(self) -> None:
        if not self.state.panel:
            self.change(replace(self.state, panel=True))
        else:
            self.panel.focus()

    def action_other_pane(self) -> None:
        if self.lines.has_focus and self.state.panel:
            self.panel.focus()
        elif self.lines.has_focus and self.state.chips:
            self.chips.focus()
        else:
            self.focus_timeline()

    def action_overview(self) -> None:
        overview = self.query_one(Overview)
        overview.display = not overview.display
        self.count()

    def action_time_column(self) -> None:
        self.lines.show_next_time_column()
        since = "marked" if self.lines.rows.marks else "first"
        told = {
            "clock": "time of day",
            "delta": "time since the record above",
            "since": f"time since the {since} record",
        }
        self.say(told[self.lines.rows.time_column])

    def action_column(self) -> None:
        found = self.field_at()
        name = canonical(found[0]) if found is not None else None
        if name is None:
            self.say("no field under the cursor; ← and → choose one")
        elif name in PLACED:
            self.say(f"{name} has its place already; ← and → choose another field")
        else:
            self.lines.show_columns([name])
            told = f'a column shows {name}; columns = ["{name}"] under [view] in logview.toml keeps it'
            self.say(told if name in self.lines.rows.columns else f"no column for {name} any more")

    def action_zone(self) -> None:
        zone = self.session.other_zone()
        self.lines.show_zone(zone)
        self.chips.zone = self.panel.zone = zone
        self.chips.refresh()
        self.panel.lay_out()
        self.say(f"times in {self.session.zone_name}")

    # The record under the cursor; pages.

    def action_copy(self) -> None:
        acts.copy(self, raw=False)

    def action_copy_raw(self) -> None:
        acts.copy(self, raw=True)

    def action_copy_command(self) -> None:
        acts.copy_command(self)

    def action_open_source(self) -> None:
        acts.open_source(self)

    def action_export(self) -> None:
        acts.ask_export(self)

    def action_explain(self) -> None:
        acts.explain(self)

    def action_waive(self) -> None:
        acts.waive(self)

    def action_fields(self) -> None:
        acts.show_fields(self)

    def action_rules(self) -> None:
        acts.show_rules(self)

    def action_notices(self) -> None:
        acts.show_notices(self)

    def action_compare(self) -> None:
        acts.show_compare(self)

    def action_help(self) -> None:
        acts.show_help(self)
