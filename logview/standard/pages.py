"""A rule's page, for the terminal and as Markdown. `docs/rules/` is what `write_all` makes of all rules.

Everything on a page comes from the rule's docstring and its registration, so that page, check and screen cannot differ.
"""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import msgspec

from logview.standard.load import preset_names
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.model import Rule

SCOPES = {
    "R": "each record",
    "W": "a window of records",
    "S": "a whole stream",
    "X": "all services together",
    "C": "source code",
}
WIDTH = 96


def text(rule: Rule) -> str:
    """The page as plain text."""
    parts = [f"{rule.code} {rule.name} ({rule.severity.value})", _wrapped(rule.doc.what)]
    if rule.doc.why:
        parts.append(_wrapped(f"Why: {rule.doc.why}"))
    for heading, examples in (("Bad", rule.doc.bad), ("Good", rule.doc.good)):
        parts += [f"{heading}:\n" + textwrap.indent(example, "    ") for example in examples]
    if rule.doc.config:
        parts.append("With:\n" + textwrap.indent(rule.doc.config, "    "))
    rows = list(options(rule))
    if rows:
        width = max(len(name) for name, _, _ in rows)
        lines = [f"    {name:<{width}}  {_joined(described, default)}" for name, default, described in rows]
        parts.append("Options:\n" + "\n".join(lines))
    for library, fix in (("pino", rule.doc.pino), ("Python", rule.doc.python)):
        if fix:
            parts.append(_wrapped(f"{library}: {fix}"))
    parts.append(f'Looks at {SCOPES[rule.scope]}. {turned_on(rule)} Turn it off: {rule.code} = "off" under [rules].')
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown(rule: Rule) -> str:
    """The page as Markdown."""
    lines = [f"# {rule.code} {rule.name}", "", rule.doc.what, ""]
    once = "; reported once per stream and key" if rule.once else ""
    lines += [f"**{rule.severity.value}**, looks at {SCOPES[rule.scope]}{once}. {turned_on(rule)}", ""]
    if rule.doc.why:
        lines += ["## Why", "", rule.doc.why, ""]
    language = "text" if rule.scope != "C" else ""
    for heading, examples in (("Bad", rule.doc.bad), ("Good", rule.doc.good)):
        if examples:
            lines += [f"## {heading}", ""]
            for example in examples:
                lines += [_fenced(example, language), ""]
    if rule.doc.config:
        lines += ["The examples are checked with", "", _fenced(rule.doc.config, "toml"), ""]
    rows = list(options(rule))
    if rows:
        lines += ["## Options", "", "| option | default | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | `{_cell(default)}` | {_cell(described)} |" for name, default, described in rows]
        lines.append("")
    if rule.doc.pino or rule.doc.python:
        lines += ["## Fix", ""]
        lines += [f"- pino: {rule.doc.pino}"] if rule.doc.pino else []
        lines += [f"- Python: {rule.doc.python}"] if rule.doc.python else []
        lines.append("")
    return "\n".join(lines)


def index() -> str:
    """The list of all rules as Markdown."""
    lines = [
        "# Rules",
        "",
        "Generated from the rules' docstrings by `logview standard explain --write docs/rules`.",
        "",
        "| rule | finds | severity | looks at | standards |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| [{rule.code} {rule.name}]({rule.code}.md) | {_cell(rule.doc.what)} | {rule.severity.value} "
        f"| {SCOPES[rule.scope]} | {', '.join(rule.presets) or 'none'} |"
        for rule in RULES.values()
    ]
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """File name → text of everything under docs/rules/."""
    return {"README.md": index()} | {f"{code}.md": markdown(rule) for code, rule in RULES.items()}


def write_all(directory: str) -> int:
    """Write all pages, drop pages of rules that are gone; how many there are."""
    os.makedirs(directory, exist_ok=True)
    made = files()
    for name in os.listdir(directory):
        if name.startswith("LV") and name.endswith(".md") and name not in made:
            os.unlink(os.path.join(directory, name))
    for name, page in made.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8", newline="\n") as stream:
            stream.write(page)
    return len(made)


def options(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """(name, default as TOML, meaning) of each option."""
    for field in msgspec.structs.fields(rule.options):
        default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        yield field.encode_name, toml_value(default), rule.doc.options.get(field.encode_name, "")


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    import tomlkit

    if value is None:
        return ""
    return str(tomlkit.item(msgspec.to_builtins(value)).as_string())


def turned_on(rule: Rule) -> str:
    """Which standards have the rule on."""
    known = {name.split("@")[0] for name in preset_names()}
    on = [name for name in ("minimal", "default", "strict") if name in rule.presets and name in known]
    if not on:
        return "Off in every standard."
    return f"On in {', '.join(on)} (since {rule.since})."


def _joined(described: str, default: str) -> str:
    return f"{described} (default {default})" if default else described


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _fenced(text: str, language: str) -> str:
    ticks = "````" if "```" in text else "```"
    return f"{ticks}{language}\n{text}\n{ticks}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
