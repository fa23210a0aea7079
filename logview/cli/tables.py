"""Report documents on a terminal: tables as wide as it is, everything from logs and source made safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from logview.inventory.document import NOT_FOUND, Chart, Document, Heading, Table, Text, one_line

if TYPE_CHECKING:
    from typing import TextIO


def show(document: Document, *, file: TextIO | None = None, width: int | None = None) -> None:
    """Print a document.

    width  columns; None: the terminal's, and 160 where there is none, so that a pipe gets whole tables
    """
    console = Console(file=file, width=width, highlight=False, markup=False, emoji=False)
    if width is None and not console.is_terminal:
        console.width = 160
    console.print(RichText(one_line(document.title), style="bold"))
    for part in document.parts:
        match part:
            case Heading(text, _):
                console.print()
                console.print(RichText(one_line(text), style="bold underline"))
            case Text(text):
                console.print(RichText(one_line(text)))
            case Chart(title, _, words):
                console.print(RichText(f"{one_line(title)}: {one_line(words)}"))
            case Table():
                show_table(console, part)


WIDEST = 6
"""More columns than this, with long cells among them, are unreadable side by side on any terminal."""
LONG = 60


def show_blocks(console: Console, table: Table) -> None:
    """Each row as a block: its first cell as heading, the others below, named."""
    names = max(len(name) for name in table.columns[1:])
    for row in table.rows:
        console.print(RichText(one_line(row[0]), style="bold"))
        grid = RichTable.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True, min_width=names + 2)
        grid.add_column(overflow="fold")
        for name, cell in zip(table.columns[1:], row[1:], strict=True):
            if cell:
                grid.add_row(RichText(f"  {one_line(name)}"), RichText(one_line(cell)))
        console.print(grid)


def show_table(console: Console, table: Table) -> None:
    """One table, its title and note above it; an empty one says so."""
    console.print()
    if table.title:
        console.print(RichText(one_line(table.title), style="bold"))
    if table.note:
        console.print(RichText(one_line(table.note), style="dim"))
    if not table.rows:
        console.print(RichText(f"  {table.empty}", style="dim"))
        return
    if len(table.columns) > WIDEST and any(len(cell) > LONG for row in table.rows for cell in row):
        show_blocks(console, table)
        return
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in table.columns:
        drawn.add_column(one_line(name), overflow="fold")
    for row in table.rows:
        drawn.add_row(*(RichText(one_line(cell), style="dim" if cell == NOT_FOUND else "") for cell in row))
    console.print(drawn)
