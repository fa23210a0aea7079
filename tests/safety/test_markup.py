"""C5 at the source: no text of a log can become markup, because no widget parses any.

Textual parses markup in Static, Label, Button, OptionList, notify, border titles and tooltips unless told not to
(measured: `[/]` ends the app, `[@click=…]` runs an action). So each such call says `markup=False`, or has a literal.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TUI = Path(__file__).resolve().parents[2] / "logview" / "tui"
PARSING = {"Static", "Label", "Button", "OptionList", "Option", "notify", "Tree", "Link", "Tooltip", "Toast"}
NEVER = {"RichLog", "Log", "DataTable", "Markdown", "MarkdownViewer", "Input", "MaskedInput", "TextArea"}
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip"}
FILES = sorted(TUI.rglob("*.py"))


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def faults(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = name_of(node)
            says = {keyword.arg: keyword.value for keyword in node.keywords}
            is_off = isinstance(says.get("markup"), ast.Constant) and says["markup"].value is False
            texts = [*node.args, *(says[k] for k in ("title", "label", "prompt") if k in says)]
            if name in PARSING and not is_off and not all(map(is_literal, texts)):
                found.append(f"{node.lineno}: {name}(…) without markup=False")
            if name in NEVER:
                found.append(f"{node.lineno}: {name} lets control characters through")
            if name in {"from_markup", "render_markup"}:
                found.append(f"{node.lineno}: {name} parses markup")
            tooltip = says.get("tooltip")
            if tooltip is not None and name != "Binding" and not is_literal(tooltip):
                found.append(f"{node.lineno}: tooltip from a variable")
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = [target.attr for target in targets if isinstance(target, ast.Attribute) and target.attr in ATTRIBUTES]
        found += [f"{node.lineno}: {name} from a variable" for name in names if not is_literal(node.value)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TUI).as_posix())
def test_b9_no_widget_parses_markup_of_text_it_is_given(path):
    assert [] == faults(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "Static(text)",
        "Label(f'{x}')",
        "self.notify(message, severity='warning')",
        "self.notify('x', title=name)",
        "w.border_title = name",
        "w.tooltip = name",
        "RichLog()",
        "Text.from_markup(x)",
        "OptionList(*names)",
        "Input(name)",
    ],
)
def test_the_search_finds_what_it_is_for(source):
    assert faults(source)


def test_the_search_lets_pass_what_is_safe():
    assert [] == faults(
        "Static(text, markup=False)\nLabel('fixed')\nself.notify(x, markup=False)\nw.tooltip = 'fixed'\n"
    )
    assert FILES
