"""What is shown, as one immutable value: filter chips, muted services, search, panel; and the steps between values.

Esc walks back through earlier states, so every change of what is shown must be one. Knows no widget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from logview.query import parse
from logview.query.model import And, Not, Query, field_text, quoted, value_text

if TYPE_CHECKING:
    from logview.engine import RowKey

VIOLATIONS = "is:violation"
LEVELS = ("info", "warn", "error")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter of those that must all hold."""

    text: str
    """Canonical text in the query language."""
    on: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """What is shown."""

    chips: tuple[Chip, ...] = ()
    muted: frozenset[str] = frozenset()
    search: str | None = None
    panel: bool = False
    lifted: tuple[tuple[Chip, ...], frozenset[str]] | None = None
    """Chips and muted services as they were before all were lifted."""

    def query(self) -> Query:
        """All chips that are on, joined by "and"."""
        query = Query(And(()))
        for chip in self.chips:
            if chip.on:
                query = query & parse(chip.text)
        return query

    def searched(self) -> Query | None:
        """The search as a query: `/regex/`, else the text as a phrase; None: nothing is searched."""
        text = self.search
        if not text:
            return None
        is_regex = len(text) > 2 and text.startswith("/") and text.endswith("/")
        return parse(text if is_regex else quoted(text))

    def text(self) -> str:
        """The whole filter as typed into the filter bar."""
        return self.query().text

    def has(self, text: str) -> bool:
        """Whether a chip with this text is there and on."""
        return Chip(text) in self.chips


def chips_of(text: str) -> tuple[Chip, ...]:
    """The terms of a filter as chips, each once; raises QueryError."""
    node = parse(text).node
    parts = node.parts if isinstance(node, And) else (node,)
    return tuple(dict.fromkeys(Chip(Query(part).text) for part in parts))


def add(state: State, text: str) -> State:
    """With the terms of `text` as further chips; one that was off is switched on."""
    new = chips_of(text)
    texts = {chip.text for chip in new}
    return replace(state, chips=(*(chip for chip in state.chips if chip.text not in texts), *new))


def remove(state: State, text: str) -> State:
    """Without the chip of this text."""
    return replace(state, chips=tuple(chip for chip in state.chips if chip.text != text))


def toggle(state: State, text: str) -> State:
    """With the chip when it is absent or off, else without it."""
    canonical = parse(text).text
    return remove(state, canonical) if state.has(canonical) else add(state, canonical)


def switch(state: State, index: int) -> State:
    """With one chip switched on or off."""
    chip = state.chips[index]
    return put(state, index, replace(chip, on=not chip.on))


def negate(state: State, index: int) -> State:
    """With one chip turned round."""
    chip = state.chips[index]
    node = parse(chip.text).node
    turned = node.part if isinstance(node, Not) else Not(node)
    return put(state, index, Chip(Query(turned).text, chip.on))


def put(state: State, index: int, *chips: Chip) -> State:
    """With these chips in place of one."""
    kept = [*state.chips[:index], *chips, *state.chips[index + 1 :]]
    return replace(state, chips=tuple(dict.fromkeys(kept)))


def edit(state: State, index: int, text: str) -> State:
    """With one chip replaced by the terms of `text`; raises QueryError."""
    return put(state, index, *chips_of(text))


def with_level(state: State) -> State:
    """With the next lowest level: all → info → warn → error → all."""
    current = next((name for name in LEVELS if state.has(f"level>={name}")), None)
    bare = state
    for name in LEVELS:
        bare = remove(bare, f"level>={name}")
    following = {None: "info", "info": "warn", "warn": "error", "error": None}[current]
    return bare if following is None else add(bare, f"level>={following}")


def with_only(state: State, field: str, text: str) -> State:
    """With `text` as the only chip that begins with `field=`: another job replaces the one before."""
    prefix = field_text(field) + "="
    kept = tuple(chip for chip in state.chips if not chip.text.startswith(prefix))
    return add(replace(state, chips=kept), text)


def muted(state: State, service: str) -> State:
    """With one service muted, or heard again."""
    return replace(state, muted=state.muted ^ {service})


def solo(state: State, service: str, services: frozenset[str]) -> State:
    """With all other services muted; with none muted when they already are."""
    others = services - {service}
    return replace(state, muted=frozenset() if state.muted == others else others)


def lift(state: State) -> State:
    """With nothing hidden, every chip there but off; where nothing is, with everything as it was before."""
    if state.muted or any(chip.on for chip in state.chips):
        off = tuple(replace(chip, on=False) for chip in state.chips)
        return replace(state, chips=off, muted=frozenset(), lifted=(state.chips, state.muted))
    chips, quiet = state.lifted or (state.chips, state.muted)
    before = {chip.text: chip for chip in chips}
    # What was written or removed meanwhile stays so.
    back = tuple(before.get(chip.text, replace(chip, on=True)) for chip in state.chips)
    return replace(state, chips=back, muted=quiet, lifted=None)


def term(field: str, value: Any) -> str:
    """The filter for exactly this value; an object or a list has none but its presence."""
    name = field_text(field)
    if value is None:
        return f"missing:{name}"
    if isinstance(value, (dict, list, tuple)):
        return f"has:{name}"
    if isinstance(value, bool):
        return f"{name}={'true' if value else 'false'}"
    return f"{name}={value_text(str(value))}"


@dataclass(slots=True)
class History:
    """Earlier states, newest last, each with the record the cursor stood on."""

    states: list[tuple[State, RowKey | None]]
    limit: int = 200

    def push(self, state: State, place: RowKey | None) -> None:
        """Remember a state before it is left."""
        self.states.append((state, place))
        del self.states[: -self.limit]

    def pop(self) -> tuple[State, RowKey | None] | None:
        """The state before this one, or None."""
        return self.states.pop() if self.states else None
