"""The line one types into: a filter with completions and a live caret under what does not parse, a search, a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from logview import present
from logview.errors import QueryError
from logview.query import parse
from logview.tui.complete import Candidate, candidates
from logview.tui.keymap import bindings
from logview.tui.messages import FilterTyped, MomentTyped, SearchTyped
from logview.tui.paint import Piece
from logview.tui.widgets.line import Line
from logview.tui.widgets.typed import Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.widgets import Input

    from logview.tui.theme import Palette

PAST = 50
"""Texts of each kind that are kept to be called back."""
LABELS = {"filter": " filter ", "search": " search ", "time": " go to "}
PLACEHOLDERS = {
    "filter": "level>=warn job=job-17 -service:gateway    Tab completes, Enter applies",
    "search": "text or /regex/    Enter finds, n and N go on",
    "time": "17:40 or 2026-11-23 17:40:05, +5m or -30s from this record",
}


class PromptInput(Typed):
    """The input; Tab and the arrows belong to the completions."""

    BINDINGS: ClassVar = bindings("prompt")

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(compact=True, select_on_focus=False, highlighter=None)
        self.prompt = prompt

    def action_cancel(self) -> None:
        self.prompt.close()

    def action_complete(self) -> None:
        self.prompt.complete()

    def action_choose(self, step: int) -> None:
        self.prompt.choose(step)


class HintLine(Line):
    """Under the input: the caret and what is wrong, else the completions."""

    DEFAULT_CSS = """
    HintLine {
        background: $surface;
    }
    """

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt
        self.palette = prompt.palette

    def pieces(self, width: int, y: int) -> list[Piece]:  # noqa: ARG002
        return self.prompt.hint_pieces(width)


class Prompt(Vertical):
    """Hidden until `ask`; posts FilterTyped, SearchTyped or MomentTyped, or nothing when given up."""

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        display: none;
        background: $surface;
        & > Horizontal { height: 1; }
        & Static { width: auto; color: $primary; text-style: bold; }
        & PromptInput { width: 1fr; background: $surface; }
    }
    """

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette = palette
        self.kind = "filter"
        self.chip: int | None = None
        self.fields: Callable[[], Mapping[str, Sequence[tuple[str, int]]]] = dict
        self.rules: Sequence[str] = ()
        self.moment: Callable[[str], tuple[int, str] | None] = lambda _text: None
        """What a written time means: ns since the epoch, and as it is shown; None: it is none."""
        self.error: QueryError | None = None
        self.found: list[Candidate] = []
        self.chosen = 0
        self.label = Static(LABELS["filter"], markup=False)
        self.input = PromptInput(self)
        self.hint = HintLine(self)
        self._known: Mapping[str, Sequence[tuple[str, int]]] = {}
        self._past: dict[str, list[str]] = {}
        """What was typed, by kind, newest last."""
        self._back = 0
        """How far back in it the line shown stands; 0: it is typed anew."""

    def restyle(self, palette: Palette) -> None:
        """Draw in other colors."""
        self.palette = palette

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.label
            yield self.input
        yield self.hint

    def ask(self, kind: str, text: str = "", *, chip: int | None = None) -> None:
        """Open for a filter (`chip`: the one that is edited), a search or a time."""
        self.kind, self.chip = kind, chip
        if kind == "filter":
            self.read_fields()
        self.label.update(LABELS[kind])
        self.input.placeholder = PLACEHOLDERS[kind]
        self.display = True
        self._back = int(self._past.get(kind, [])[-1:] == [text])
        self.input.value = text
        self.input.cursor_position = len(text)
        self.read()
        self.input.focus()

    @work(thread=True, exclusive=True, group="fields", exit_on_error=True)
    def read_fields(self) -> None:
        """Ask for the fields and values there are; a few thousand records are read for it."""
        known = self.fields()
        self.app.call_from_thread(self.know, known)

    def know(self, known: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """Complete with these fields from now on."""
        self._known = known
        self.read()

    def close(self) -> None:
        """Hide; the screen gives the focus back."""
        self.display = False
        self.screen.focus_timeline()  # type: ignore[attr-defined]

    def read(self) -> None:
        """Judge what is typed so far."""
        text = self.input.value
        self.error, self.found, self.chosen = None, [], 0
        if self.kind == "search":
            self.error = search_error(text)
        elif self.kind == "time":
            if text.strip() and self.moment(text.strip()) is None:
                self.error = QueryError(f'"{text}" is no time; write 17:40, 2026-11-23 17:40:05, +5m or -30s', text, 0)
        else:
            try:
                parse(text)
            except QueryError as error:
                self.error = error
            self.found = candidates(text, self.input.cursor_position, self._known, self.rules)
        self.hint.refresh()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        past = self._past.get(self.kind, [])
        if self._back and event.value != past[-self._back]:
            self._back = 0
        self.read()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.error is not None:
            self.app.bell()
            return
        text = event.value.strip()
        if text:
            past = [one for one in self._past.get(self.kind, []) if one != text]
            self._past[self.kind] = [*past, text][-PAST:]
        self.close()
        if self.kind == "time":
            moment = self.moment(text)
            if moment is not None:
                self.post_message(MomentTyped(moment[0]))
        else:
            self.post_message(SearchTyped(text) if self.kind == "search" else FilterTyped(text, self.chip))

    def complete(self) -> None:
        """Put the chosen completion in place of the word under the cursor."""
        if not self.found:
            return
        candidate = self.found[self.chosen]
        text, cursor = self.input.value, self.input.cursor_position
        self.input.value = text[: candidate.start] + candidate.text + text[cursor:]
        self.input.cursor_position = candidate.start + len(candidate.text)
        self.read()

    def choose(self, step: int) -> None:
        """Choose the next or previous completion; from an empty line on, go back in what was typed before."""
        if self._back or (step < 0 and not self.input.value):
            self.recall(self._back - step)
        elif self.found:
            self.chosen = (self.chosen + step) % len(self.found)
            self.hint.refresh()

    def recall(self, back: int) -> None:
        """Show what was typed `back` times ago, as far as there is such; 0: an empty line."""
        past = self._past.get(self.kind, [])
        back = min(max(back, 0), len(past))
        text = past[-back] if back else ""
        self.input.value = text
        self.input.cursor_position = len(text)
        self._back = back
        self.read()

    def hint_pieces(self, width: int) -> list[Piece]:
        """The caret while the cursor stands behind the fault, else completions."""
        if self.error is not None and (not self.found or self.input.value.endswith(" ")):
            return error_pieces(self.error, self.palette, indent=len(LABELS[self.kind]), width=width)
        pieces = [Piece(" " * len(LABELS[self.kind]), self.palette.dim)]
        for number, candidate in enumerate(self.found[self.chosen // 8 * 8 :], self.chosen // 8 * 8):
            chosen = number == self.chosen
            style = self.palette.chip if chosen else self.palette.dim
            pieces.append(Piece(f" {present.one_line(candidate.text, 48).strip()} ", style))
            if candidate.note:
                pieces.append(Piece(candidate.note + " ", self.palette.faint))
        if not self.found and self.kind == "search":
            pieces.append(Piece(" nothing is hidden; n next, N previous", self.palette.faint))
        if self.kind == "time":
            moment = self.moment(self.input.value.strip())
            told = "the first record at that time, or after it" if moment is None else moment[1]
            pieces.append(Piece(f" {told}", self.palette.faint))
        return pieces


def error_pieces(error: QueryError, palette: Palette, *, indent: int, width: int) -> list[Piece]:
    """The caret under the character at fault and the message beside it, whichever side has the room."""
    message = present.one_line(error.message)
    at = indent + len(present.one_line(error.text[: error.position]))
    if at + 2 + len(message) <= width or at < len(message) + 2:
        pad = " " * min(at, max(width - 2, 0))
        return [Piece(pad, palette.dim), Piece("^ ", palette.error), Piece(message, palette.warn)]
    gap = at - len(message) - 1
    return [Piece(" " * gap, palette.dim), Piece(message, palette.warn), Piece(" ^", palette.error)]


def search_error(text: str) -> QueryError | None:
    """What is wrong with a search: only a /regex/ can be."""
    if not (len(text) > 2 and text.startswith("/") and text.endswith("/")):
        return None
    try:
        parse(text)
    except QueryError as error:
        return error
    return None
