"""What is done with the record under the cursor: copy, export, open its source, explain, waive; and the pages.

Functions of the main screen; each says in the footer what it did, or why it could not.
"""

from __future__ import annotations

import datetime as dt
import getpass
import subprocess
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from logview import present
from logview.errors import LogviewError
from logview.standard.model import Match
from logview.standard.template import template_of
from logview.tui import clipboard, editor
from logview.tui.pages import help_lines, notice_lines
from logview.tui.rows import key_at
from logview.tui.screens.form import Answers, Form, Question
from logview.tui.screens.page import Page
from logview.tui.screens.rules import RulesPage, explain_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.engine import RowKey
    from logview.record import Record
    from logview.standard.model import Violation
    from logview.tui.screens.timeline import TimelineScreen

P = ParamSpec("P")
WAIVER_DAYS = 90
"""How long a waiver holds unless something else is written."""


def is_refused(screen: TimelineScreen, what: str) -> bool:
    """Whether LOGVIEW_SECURE forbids it; then the footer says so."""
    if screen.session.secure:
        screen.say(f"{what} is switched off by LOGVIEW_SECURE")
    return screen.session.secure


def on_record(act: Callable[P, None]) -> Callable[P, None]:
    """An act on the record under the cursor that says so when that record has just moved away under it."""

    @wraps(act)
    def acted(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except IndexError:
            screen: Any = args[0]
            screen.say("the rows moved just now; press again")

    return acted


def put_on_clipboard(screen: TimelineScreen, text: str, what: str) -> None:
    """Copy cleaned text through the terminal (OSC 52)."""
    screen.app.copy_to_clipboard(clipboard.safe_text(text))
    screen.say(f"copied {what}")


@on_record
def copy(screen: TimelineScreen, *, raw: bool) -> None:
    """Copy the selected text, else the value under the panel's cursor, else the record's line (or it as written)."""
    if is_refused(screen, "copying"):
        return
    selected = screen.get_selected_text()
    if selected:
        put_on_clipboard(screen, selected, "the selection")
        return
    row, view = screen.lines.cursor, screen.view
    if row >= view.rows:
        screen.say("nothing to copy")
        return
    line = screen.panel.line if screen.panel.has_focus and not raw else None
    if line is not None and line.value is not None:
        value = line.value
        text = value if isinstance(value, str) else present.json_text(value)
        put_on_clipboard(screen, text, line.field or "the text")
        return
    record = screen.session.shown_record(view, row)
    if raw:
        put_on_clipboard(screen, record.text, "the record as written")
        return
    parts = [
        present.moment(record.time_ns, screen.session.zone),
        present.level_word(record.level),
        view.service(row),
        present.origin(record),
        record.job_id or "",
        present.message(record),
        present.fault(record.error),
    ]
    put_on_clipboard(screen, " ".join(part for part in parts if part), "the line")


def copy_command(screen: TimelineScreen) -> None:
    """Copy the command line that shows this view."""
    if not is_refused(screen, "copying"):
        command = clipboard.command_line(screen.state, screen.session.paths)
        put_on_clipboard(screen, command, f"the command: {command}")


def ask_export(screen: TimelineScreen) -> None:
    """Ask for a file and write the records shown, or those marked, into it, off the event loop."""
    if is_refused(screen, "export"):
        return
    rows, marked = range(screen.view.rows), screen.lines.rows.marked(screen.view)
    title = f"Write {len(rows):,} records to a file"
    forms = "shown.log as written · .jsonl normalized · .txt, .md to be read"
    questions = [Question("path", "File", placeholder=forms)]
    if marked:
        title = "Write records to a file"
        about = f"Which? marked: {len(marked):,}, shown: {len(rows):,}"
        questions.insert(0, Question("which", about, value="marked", placeholder="marked or shown"))

    def fault(answers: Answers) -> str | None:
        if answers.get("which", "shown") not in {"marked", "shown"}:
            return 'write "marked" or "shown"'
        return None if answers["path"] else "a file name is needed"

    def write(answers: Answers | None) -> None:
        if answers is not None:
            view, path = screen.view, answers["path"]
            chosen = marked if answers.get("which") == "marked" else rows
            screen.busy = "writing …"
            screen.run_worker(lambda: export(screen, view, path, chosen), thread=True, group="export")

    screen.app.push_screen(Form(title, questions, fault), write)


def export(screen: TimelineScreen, view: Any, path: str, rows: Sequence[int]) -> None:
    """Write the file and say how it went; runs in a thread."""
    try:
        note = f"wrote {clipboard.export(view, path, rows):,} records to {path}"
    except OSError as error:
        note = f"not written: {error.strerror or error}: {path}"
    screen.app.call_from_thread(done, screen, note)


def done(screen: TimelineScreen, note: str) -> None:
    """Say how something in the background ended."""
    screen.busy = ""
    screen.say(note)


@on_record
def open_source(screen: TimelineScreen) -> None:
    """Open the record's logging call in the user's editor; the screen comes back when it closes."""
    if is_refused(screen, "the editor"):
        return
    session = screen.session
    line = screen.panel.line if screen.panel.has_focus else None
    record = screen.lines.current()
    sites = [line.site] if line is not None and line.site else list(session.sites(screen.view, screen.lines.cursor))
    if not sites and record is not None and record.file and record.line:
        from logview.standard.model import Site

        sites = [Site(record.file, record.line, record.function)]
    site = next((site for site in sites if site.file), None)
    if site is None:
        screen.say("no call site is known; [services.NAME] source in logview.toml names the source code")
        return
    path, command = editor.source_path(site, session.source_roots()), editor.editor_command()
    if path is None:
        screen.say(f"{site.file}:{site.line} is not on this machine")
    elif command is None:
        screen.say("no editor: set VISUAL or EDITOR")
    else:
        run_editor(screen, [*command, *editor.position_arguments(command[0], path, site.line)])


def run_editor(screen: TimelineScreen, command: list[str]) -> None:
    """Give the terminal to a program until it ends."""
    try:
        with screen.app.suspend():
            status = subprocess.run(command, check=False).returncode
        screen.say("" if status == 0 else f"{command[0]} ended with status {status}")
    except OSError as error:
        screen.say(f"{command[0]}: {error.strerror}")
    screen.app.refresh(layout=True)


def job_in_text(screen: TimelineScreen, record: Record) -> str | None:
    """The job a record names in its text alone, in its message or in the URL of a request; None for none."""
    from logview.standard.rules.correlation import id_in_text

    ids = screen.session.config.standard.ids
    urls = (str(value) for _, field, value in present.exchange(record) if field == "req.url")
    return next((found for text in (record.message or record.first, *urls) if (found := id_in_text(ids, text))), None)


def violation_at(screen: TimelineScreen) -> Violation | None:
    """The violation under the panel's cursor, else the record's worst."""
    row = screen.lines.cursor
    if row >= screen.view.rows:
        return None
    found = screen.session.explained(screen.view, row)
    line = screen.panel.line if screen.panel.has_focus else None
    if line is not None and line.rule is not None:
        return next((violation for violation in found if violation.rule == line.rule), None)
    return max(found, key=lambda violation: violation.severity.rank, default=None)


@on_record
def explain(screen: TimelineScreen) -> None:
    """Show the page of the rule that the record breaks."""
    violation = violation_at(screen)
    if violation is None:
        screen.say("this record breaks no rule; v goes to the next that does")
    elif violation.rule in screen.session.rules:
        screen.app.push_screen(explain_page(screen.session, violation.rule))


@on_record
def waive(screen: TimelineScreen) -> None:
    """Ask why and until when the violation is allowed, and write it into logview.toml."""
    if is_refused(screen, "writing waivers"):
        return
    violation = violation_at(screen)
    if violation is None:
        screen.say("this record breaks no rule; there is nothing to waive")
        return
    row = screen.lines.cursor
    record, service, key = screen.session.shown_record(screen.view, row), screen.view.service(row), screen.view.key(row)
    match = Match(service=service, template=escaped(template_of(record.message or "")) if record.message else None)
    about = f"{violation.rule} {violation.name} in {service}"
    if match.template:
        about += f'\nfor the message "{present.one_line(match.template, 60)}"'
    until = dt.date.today() + dt.timedelta(days=WAIVER_DAYS)

    def write(answers: Answers | None) -> None:
        if answers is not None:
            write_waiver(screen, violation, match, answers, key)

    questions = [
        Question("reason", "Why is it allowed?", placeholder="one sentence a reviewer can judge"),
        Question("owner", "Who answers for it?", value=user_name()),
        Question("expires", "Until (YYYY-MM-DD)", value=until.isoformat()),
    ]
    screen.app.push_screen(Form("Allow this violation", questions, waiver_fault, about=about), write)


def escaped(template: str) -> str:
    """A template as a glob that means only itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in template)


def user_name() -> str:
    """The login name; "" where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def waiver_fault(answers: Answers) -> str | None:
    """What is wrong with a waiver's answers; None when they hold."""
    if not answers["reason"]:
        return "a reason is needed: a waiver nobody can judge is a hole"
    if not answers["owner"]:
        return "an owner is needed"
    try:
        until = dt.date.fromisoformat(answers["expires"])
    except ValueError:
        return f"{answers['expires'] or 'nothing'} is no date; write YYYY-MM-DD"
    return None if until >= dt.date.today() else f"{until} is past"


def write_waiver(screen: TimelineScreen, violation: Violation, match: Match, answers: Answers, key: RowKey) -> None:
    """Append the waiver to logview.toml (made where there is none), and hold all records against that file anew."""
    from logview.standard.waivers import add_waiver

    path = screen.session.config.file or "logview.toml"
    try:
        add_waiver(
            path,
            violation.rule,
            reason=answers["reason"],
            owner=answers["owner"],
            expires=dt.date.fromisoformat(answers["expires"]),
            match=match,
        )
        screen.session.reread_standard(path, key)
    except LogviewError as error:
        screen.say(str(error).split("\n", 1)[0])
    else:
        until = answers["expires"]
        screen.say(f"{violation.rule} is allowed until {until}: written to {path}")


def show_rules(screen: TimelineScreen) -> None:
    """Violations by rule; what is chosen there is shown in the timeline."""

    def chosen(answer: Any) -> None:
        if isinstance(answer, str):
            screen.filter_by(answer)
        elif answer is not None:
            row = screen.view.row_of(answer)
            if key_at(screen.view, row) != answer:
                screen.say("the record is hidden by a filter; Esc takes filters back")
            screen.lines.go_to(row, center=True)

    screen.app.push_screen(RulesPage(screen.session), chosen)


def show_fields(screen: TimelineScreen) -> None:
    """The fields of the records shown and their values; what is chosen there becomes a filter."""
    from logview.tui.screens.fields import FieldsPage

    def chosen(text: str | None) -> None:
        if text is not None:
            screen.filter_by(text)

    screen.app.push_screen(FieldsPage(screen.session, screen.view), chosen)


def show_notices(screen: TimelineScreen) -> None:
    """The sources, and what happened to them."""
    session = screen.session
    screen.app.push_screen(
        Page(
            "Sources and notices",
            session.palette,
            lambda width: notice_lines(
                session.engine.sources(), session.engine.notices(), session.palette, session.zone, width
            ),
        )
    )


def show_help(screen: TimelineScreen) -> None:
    """All keys and the query language."""
    session = screen.session
    keys = dict(getattr(session.config, "keys", {}))
    screen.app.push_screen(Page("Help", session.palette, lambda width: help_lines(keys, session.palette, width)))


@on_record
def show_compare(screen: TimelineScreen) -> None:
    """Two services' logging side by side."""
    from logview.tui.screens.compare import open_compare

    open_compare(screen)
