"""What widgets tell their screen. Bursts collapse: a newer message of a kind replaces the one that waits."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class EngineChanged(Message):
    """The engine knows more than it did."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, EngineChanged)


@dataclass
class CursorMoved(Message):
    """The cursor stands on another record or field, or following began or ended."""

    row: int

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, CursorMoved)


@dataclass
class Shifted(Message):
    """The messages of the rows were scrolled, so many cells to the left."""

    cells: int


@dataclass
class Found(Message):
    """A search through the rows has ended."""

    row: int | None
    what: str
    step: int
    wrapped: bool
    """It was found only after beginning again at the other end."""


@dataclass
class FilterTyped(Message):
    """A filter was written and holds."""

    text: str
    chip: int | None
    """The chip it replaces; None: a further filter."""


@dataclass
class SearchTyped(Message):
    """A search was written; "" ends searching."""

    text: str


@dataclass
class MomentTyped(Message):
    """A time to go to was written; ns since the epoch."""

    time_ns: int


@dataclass
class ChipsChanged(Message):
    """A chip was switched, turned round or removed; what it means is for the state to know."""

    what: str
    chip: int
