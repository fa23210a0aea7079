"""A line one types into. What it starts with, or is completed to, may come from a log: it is drawn cleaned."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from logview.decode.clean import clean_in_place


class Typed(Input):
    """Textual's Input draws its value as it is, control sequences and all (8.2.8); this one draws it cleaned.

    The value itself stays what it is: a filter for a value that holds an escape character finds it.
    """

    @property
    def _value(self) -> Text:
        return Text(clean_in_place(self.value), no_wrap=True, overflow="ignore", end="")
