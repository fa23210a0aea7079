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
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in table.columns:
        drawn.add_column(name, overflow="fold")
    for row in table.rows:
        drawn.add_row(*(RichText(one_line(cell), style="dim" if cell == NOT_FOUND else "") for cell in row))
    console.print(drawn)
