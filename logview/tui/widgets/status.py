"""The last line: the keys that work now, and where in the log the cursor is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview import present
from logview.tui import keymap
from logview.tui.paint import Piece, width_of
from logview.tui.widgets.line import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import ActiveBinding

    from logview.tui.theme import Palette


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor is and what the engine is doing."""

    row: int = 0
    rows: int = 0
    following: bool = True
    new_rows: int = 0
    busy: str = ""
    """"filtering …", "searching …"; "" when nothing is under way."""
    note: str = ""
    """What the last key did or could not do."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does now; a click presses it."""

    key: str
    label: str
    press: str


HELP = keymap.BY_ID["app.help"].label
DEPTH = {
    "prompt": 0,
    "chips": 0,
    "panel": 0,
    "fields": 0,
    "rules": 0,
    "outline": 0,
    "page": 1,
    "lines": 1,
    "main": 1,
    "app": 2,
}
"""What is nearer to the cursor comes first."""


def hints(active: Mapping[str, ActiveBinding]) -> list[Hint]:
    """The keys of the focused widget and its screen that the footer has a place for, in the keymap's order."""
    pressed: dict[str, list[str]] = {}
    for name, binding in active.items():
        known = keymap.BY_ID.get(binding.binding.id or "")
        if known is not None and known.footer and binding.enabled:
            pressed.setdefault(known.id, []).append(name)
    found = []
    for name, keys in pressed.items():
        known = keymap.BY_ID[name]
        key = next((key for key in known.keys.split(",") if key in keys), keys[0])
        found.append((DEPTH[known.where], known.footer, Hint(keymap.shown(key), known.label, f"key:{key}")))
    typing = any(name.startswith("prompt.") for name in pressed)
    return [
        hint
        for depth, _, hint in sorted(found, key=lambda entry: entry[:2])
        if depth == 0 or not typing  # letters are typed, not pressed
    ]


def place_pieces(place: Place, palette: Palette) -> list[Piece]:
    """The right end: `1,204 of 12,000  +128 new`."""
    pieces = []
    if place.busy:
        pieces.append(Piece(f"{place.busy}  ", palette.warn))
    if place.rows:
        pieces.append(Piece(f"{place.row + 1:,} of {place.rows:,}  ", palette.dim))
    else:
        pieces.append(Piece("no records  ", palette.dim))
    if place.following:
        pieces.append(Piece("● following ", palette.good, "follow"))
    elif place.new_rows:
        pieces.append(Piece(f"‖ +{place.new_rows:,} new · End ", palette.warn, "follow"))
    else:
        pieces.append(Piece("‖ held ", palette.dim, "follow"))
    return pieces


def hint_pieces(hint: Hint, palette: Palette) -> list[Piece]:
    """A key and its label."""
    return [Piece(hint.key, palette.key, hint.press), Piece(f" {hint.label}  ", palette.dim, hint.press)]


def status_pieces(place: Place, shown: Sequence[Hint], palette: Palette, width: int) -> list[Piece]:
    """The line: a note takes the keys' place; keys that do not fit are left out whole, the one for help last of all."""
    right = place_pieces(place, palette)
    while len(right) > 1 and width_of(right) > width:
        right.pop(0)
    room = width - width_of(right)
    left = [Piece(" ", palette.dim)]
    if place.note:
        left.append(Piece(present.one_line(place.note, max(room - 2, 0)), palette.warn))
    else:
        groups = [(hint.label == HELP, hint_pieces(hint, palette)) for hint in shown]
        kept, is_full = sum(width_of(group) for is_help, group in groups if is_help), False
        for is_help, group in groups:
            is_full |= not is_help and width_of(left) + width_of(group) + kept > room
            if width_of(left) + width_of(group) <= room and (is_help or not is_full):
                left += group
    gap = max(room - width_of(left), 0)
    return [*left, Piece(" " * gap, palette.dim), *right]


class Status(Line):
    """The footer; a click on a key does what the key does."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette = palette
        self.place = Place()
        self.hints: list[Hint] = []

    def show(self, place: Place) -> None:
        """Show another place."""
        if place != self.place:
            self.place = place
            self.refresh()

    def show_keys(self, active: Mapping[str, ActiveBinding]) -> None:
        """Show the keys that work now."""
        self.hints = hints(active)
        self.refresh()

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        return status_pieces(self.place, self.hints, self.palette, width)
