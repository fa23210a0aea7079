"""Two services' logging side by side: the report of `logview compare` as a page that folds.

Reads the logs and the source code anew, in a thread: a comparison is about all records, not about those shown.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from logview import present
from logview.errors import LogviewError
from logview.inventory.document import Chart, Heading, Table
from logview.standard.mask import mask_text
from logview.tui.detail import BLANK, DetailLine, Writer
from logview.tui.paint import Piece
from logview.tui.screens.form import Answers, Form, Question
from logview.tui.screens.page import Page, PageOutline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logview.inventory.document import Document
    from logview.tui.screens.timeline import TimelineScreen
    from logview.tui.session import Session
    from logview.tui.theme import Palette

GAP = "  "
SIGNS = {"yes": "✓", "no": "≠", "n/a": "·"}


def open_compare(screen: TimelineScreen) -> None:
    """Compare the two services there are; with more, ask which."""
    names = [stats.name for stats in screen.session.engine.services()]
    if len(names) < 2:
        screen.say("there is only one service; nothing to compare it with")
    elif len(names) == 2:
        show(screen, names[0], names[1])
    else:
        ask(screen, names)


def ask(screen: TimelineScreen, names: Sequence[str]) -> None:
    """Ask which two services to compare."""

    def fault(answers: Answers) -> str | None:
        unknown = [name for name in answers.values() if name not in names]
        if unknown:
            return f"{unknown[0] or 'nothing'} is no service here; there are {', '.join(names)}"
        return "name two different services" if answers["a"] == answers["b"] else None

    def chosen(answers: Answers | None) -> None:
        if answers is not None:
            show(screen, answers["a"], answers["b"])

    current = screen.view.service(screen.lines.cursor) if screen.view.rows else names[0]
    other = next(name for name in names if name != current)
    questions = [Question("a", "Service", current), Question("b", "and service", other)]
    screen.app.push_screen(Form("Compare two services", questions, fault), chosen)


def show(screen: TimelineScreen, a: str, b: str) -> None:
    """Open the page; it fills when everything is read."""
    page = ComparePage(screen.session, a, b)
    screen.app.push_screen(page)


class ComparePage(Page):
    """The report, its tables' rows folded where they are too wide for the screen."""

    def __init__(self, session: Session, a: str, b: str) -> None:
        self.session, self.names = session, (a, b)
        self.document: Document | None = None
        self.fault = ""
        super().__init__(f"{a} and {b}: logging side by side", session.palette, self.make)

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self.read, thread=True, group="compare", exit_on_error=True)

    def read(self) -> None:
        """Read logs and source; runs in a thread."""
        from logview.inventory.comparison import document

        try:
            made: Document | str = document(compared(self.session, *self.names))
        except LogviewError as error:
            made = str(error)
        self.app.call_from_thread(self.take, made)

    def take(self, made: Document | str) -> None:
        """Show what was read."""
        if isinstance(made, str):
            self.fault = made
        else:
            self.document = made
            self.outline.folded = {name for table in made.tables() for name in row_names(table)}
        self.outline.lay_out()

    def make_outline(self, make: Callable[[int], Iterable[DetailLine]]) -> PageOutline:
        return PageOutline(self.palette, make)

    def make(self, width: int) -> Iterable[DetailLine]:
        """The lines now."""
        palette = self.session.palette
        if self.document is None:
            text = self.fault or "reading logs and source code …"
            return [DetailLine((Piece(present.one_line(text), palette.warn if self.fault else palette.dim),))]
        return document_lines(self.document, Writer(palette, max(width, 8), frozenset(self.outline.folded)))


def compared(session: Session, a: str, b: str) -> Any:
    """The comparison of two services, each with all its sources and the source code that the configuration names."""
    from logview.inventory.compare import Asked, gather

    config = session.config
    logs: dict[str, list[str]] = {a: [], b: []}
    for source in session.engine.sources():
        if source.path is not None:
            stem = os.path.basename(source.path).partition(".")[0]
            logs.setdefault(config.service_of(source.path) or stem, []).append(source.path)

    def side(name: str) -> Asked:
        service = config.services.get(name)
        folders = [os.path.relpath(config.absolute(path)) for path in service.source] if service is not None else []
        return Asked(name, tuple(logs[name]), tuple(folders))

    return gather(config.standard, side(a), side(b), service_of=config.service_of, hints_of=config.hints_of)


def document_lines(document: Document, writer: Writer) -> Iterator[DetailLine]:
    """The document's parts; pictures as the words they stand for."""
    for part in document.parts:
        if isinstance(part, Heading):
            yield BLANK
            yield DetailLine((Piece(shown(part.text), writer.palette.strong),))
        elif isinstance(part, Table):
            yield from table_lines(part, writer)
        elif isinstance(part, Chart):
            yield from writer.wrapped(shown(part.title), style=writer.palette.key, indent=2)
            for line in part.words.split("\n"):
                yield from writer.wrapped(shown(line), style=writer.palette.dim, indent=4)
        else:
            yield from writer.wrapped(shown(part.text), style=writer.palette.text)


def shown(text: str) -> str:
    """A text of the report as it may stand on the screen: one line, cleaned, secrets masked."""
    return present.one_line(mask_text(text))


def row_names(table: Table) -> list[str]:
    """What each row of a table is folded by."""
    return [f"{table.title}\0{number}" for number in range(len(table.rows))]


def table_lines(table: Table, writer: Writer) -> Iterator[DetailLine]:
    """The table in columns where they fit, else each row as a heading that opens."""
    palette = writer.palette
    yield BLANK
    yield DetailLine((Piece(shown(table.title), palette.key),))
    if not table.rows:
        yield DetailLine((Piece(f"  {table.empty}", palette.dim),))
        return
    cells = [[shown(cell) for cell in row] for row in table.rows]
    widths = column_widths(table, cells)
    if sum(widths) + len(GAP) * len(widths) + 2 <= writer.width:
        yield from column_lines(table, cells, widths, palette)
    else:
        yield from folded_lines(table, cells, writer)
    if table.note:
        yield from writer.wrapped(shown(table.note), style=palette.faint, indent=2)


def column_widths(table: Table, cells: list[list[str]]) -> list[int]:
    """Cells each column needs."""
    return [max(cell_len(title), *(cell_len(row[at]) for row in cells)) for at, title in enumerate(table.columns)]


def column_lines(table: Table, cells: list[list[str]], widths: list[int], palette: Palette) -> Iterator[DetailLine]:
    """A line a row."""

    def line(row: Sequence[str], style: Any) -> DetailLine:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        return DetailLine((Piece("  " + GAP.join(padded), style),))

    yield line([shown(title) for title in table.columns], palette.faint)
    for row in cells:
        yield line(row, palette.text)


def folded_lines(table: Table, cells: list[list[str]], writer: Writer) -> Iterator[DetailLine]:
    """A heading a row, with the sign of agreement where the table has one; opened, a line a column."""
    palette = writer.palette
    agree = table.columns.index("Agree") if "Agree" in table.columns else None
    column = min(max(cell_len(title) for title in table.columns), 24)
    for name, row in zip(row_names(table), cells, strict=True):
        closed = name in writer.folded
        sign = SIGNS.get(row[agree], " ") + " " if agree is not None else ""
        style = palette.warn if sign.startswith("≠") else palette.good if sign.startswith("✓") else palette.dim
        summary = "" if not closed else GAP + " │ ".join(cell for cell in row[1:5] if cell)
        head = [Piece("  ▸ " if closed else "  ▾ ", palette.faint), Piece(sign, style), Piece(row[0], palette.strong)]
        yield DetailLine((*head, Piece(summary, palette.dim)), fold=name)
        if closed:
            continue
        for title, cell in zip(table.columns[1:], row[1:], strict=True):
            if cell:
                yield from writer.pair(shown(title), cell, 6, column=column)
