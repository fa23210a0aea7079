"""A few questions in a box: a waiver's reason and end, a file's name. Esc gives up, Enter on the last one sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from logview.tui.paint import plain
from logview.tui.widgets.typed import Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

Answers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One line to fill in."""

    name: str
    label: str
    value: str = ""
    placeholder: str = ""


class Form(ModalScreen[Answers | None]):
    """Dismissed with the answers, or None; `fault` says what is wrong with them, or nothing."""

    BINDINGS: ClassVar = [Binding("escape", "give_up", "back", show=False)]
    DEFAULT_CSS = """
    Form {
        align: center middle;
        & > Vertical {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            background: $panel;
            padding: 1 2;
        }
        & Input { margin: 0 0 1 0; }
        & .title { text-style: bold; margin: 0 0 1 0; }
        & .fault { color: $warning; }
        & .keys { color: $text-muted; }
    }
    """

    def __init__(
        self, title: str, questions: Sequence[Question], fault: Callable[[Answers], str | None], *, about: str = ""
    ) -> None:
        super().__init__()
        self.heading, self.about = title, about
        self.questions, self.fault = questions, fault

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain(self.heading), classes="title", markup=False)
            if self.about:
                yield Static(plain(self.about), markup=False)
                yield Static("", markup=False)
            for question in self.questions:
                yield Static(plain(question.label), markup=False)
                yield Typed(question.value, placeholder=question.placeholder, id=question.name, compact=True)
            yield Static("", classes="fault", markup=False)
            yield Static("Enter goes on · Esc gives up", classes="keys", markup=False)

    def answers(self) -> Answers:
        """What stands in the lines now."""
        return {question.name: self.query_one(f"#{question.name}", Input).value.strip() for question in self.questions}

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        names = [question.name for question in self.questions]
        at = names.index(event.input.id or names[-1])
        if at + 1 < len(names):
            self.query_one(f"#{names[at + 1]}", Input).focus()
            return
        answers = self.answers()
        problem = self.fault(answers)
        if problem is None:
            self.dismiss(answers)
        else:
            self.query_one(".fault", Static).update(plain(problem))

    def action_give_up(self) -> None:
        self.dismiss(None)
