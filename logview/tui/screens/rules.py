"""Violations by rule, template and record, live."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from logview import present
from logview.query import parse
from logview.standard.template import template_of
from logview.tui.keymap import bindings
from logview.tui.pages import Group, explain_lines, rules_lines
from logview.tui.screens.page import Page, PageOutline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from logview.tui.detail import DetailLine
    from logview.tui.session import Session

READ_ROWS = 3000
"""Newest records of a rule that are read to group them; the count beside the rule is of all."""
SHOWN_ROWS = 30
WAIT_S = 2.0


class RulesOutline(PageOutline):
    """Lines where Enter opens a rule or a template, or goes to a record."""

    BINDINGS: ClassVar = bindings("rules")

    def fold_at(self, line: int) -> None:
        super().fold_at(line)
        name = self.lines[self.cursor].fold if self.cursor < len(self.lines) else None
        if name is not None and "\0" not in name and name in self.folded:
            self.screen.read(name)  # type: ignore[attr-defined]

    async def action_choose(self) -> None:
        line = self.line
        if line is None:
            return
        if line.target is not None:
            self.screen.dismiss(line.target)
        else:
            self.fold_at(self.cursor)

    def action_explain(self) -> None:
        line = self.line
        if line is not None and line.rule is not None:
            self.screen.explain(line.rule)  # type: ignore[attr-defined]

    def action_filter(self) -> None:
        line = self.line
        if line is not None and line.rule is not None:
            self.screen.dismiss(f"rule:{line.rule}")


class RulesPage(Page):
    """Dismissed with a row key to go to, a filter text, or None."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.groups: dict[str, Sequence[Group]] = {}
        super().__init__("Violations by rule", session.palette, self.make)

    def make_outline(self, make: Callable[[int], Iterable[DetailLine]]) -> PageOutline:
        return RulesOutline(self.palette, make)

    def make(self, width: int) -> Iterable[DetailLine]:
        """The lines now; for this page "folded" holds what is open."""
        counts = self.session.engine.rule_counts()
        return rules_lines(
            counts, self.session.rules, self.groups, palette=self.palette, width=width, opened=self.outline.folded
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1.0, self.outline.lay_out)

    def explain(self, code: str) -> None:
        """Show a rule's page over this one."""
        rule = self.session.rules.get(code)
        if rule is not None:
            self.app.push_screen(explain_page(self.session, code))

    @work(thread=True, group="groups", exit_on_error=True)
    def read(self, code: str) -> None:
        """Group the rule's newest records by service and template."""
        groups = grouped(self.session, code)
        self.app.call_from_thread(self.show, code, groups)

    def show(self, code: str, groups: Sequence[Group]) -> None:
        """Show a rule's groups."""
        self.groups[code] = groups
        self.outline.lay_out()


def explain_page(session: Session, code: str) -> Page:
    """The page of one rule."""
    rule = session.rules[code]
    setting = session.config.standard.rules.get(code)
    severity = (setting.severity or rule.severity).value if setting is not None else "off"
    counts = session.engine.rule_counts().get(code, {})
    return Page(
        "Rule",
        session.palette,
        lambda width: explain_lines(rule, counts, severity, session.palette, width),
    )


def grouped(session: Session, code: str) -> list[Group]:
    """The newest records that break a rule, grouped by service and template, largest group first."""
    view = session.engine.view(parse(f"rule:{code}"))
    deadline = session.clock() + WAIT_S
    while not view.complete and view.rows < READ_ROWS and session.clock() < deadline:
        session.pause(0.02)
    totals: Counter[tuple[str, str]] = Counter()
    newest: dict[tuple[str, str], list[tuple[Any, str]]] = {}
    for row in range(view.rows - 1, max(view.rows - READ_ROWS, 0) - 1, -1):
        try:
            record, service, key = session.shown_record(view, row), view.service(row), view.key(row)
        except IndexError:
            continue
        message = present.message(record)
        group = (service, template_of(message))
        totals[group] += 1
        rows = newest.setdefault(group, [])
        if len(rows) < SHOWN_ROWS:
            rows.append((key, f"{present.clock(record.time_ns, session.zone)}  {message}"))
    view.close()
    return [Group(template, service, tuple(newest[service, template]), total)
            for (service, template), total in totals.most_common()]  # fmt: skip
