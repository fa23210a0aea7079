"""`logview standard`: the standard that holds here, one rule's page, the document, proposals, logger configurations."""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import TYPE_CHECKING

import click

from logview.cli.options import PATH
from logview.errors import UsageError

if TYPE_CHECKING:
    from logview.standard.model import Standard

CONFIG = click.option("--config", "config_path", metavar="FILE", help="logview.toml; found by walking up otherwise")


@click.group(name="standard")
def command() -> None:
    """The logging standard: init, show, explain, render, snippet, schema."""


@command.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--write", is_flag=True, help="write logview.toml here instead of printing")
def init(*, paths: tuple[str, ...], write: bool) -> int:
    """Propose a logview.toml from real logs, with the evidence for each line."""
    from logview.cli import watching
    from logview.config import FILE_NAME, Config, parse
    from logview.standard.evidence import Evidence
    from logview.standard.propose import proposal, spellings
    from logview.standard.tally import Tally

    config = Config()
    if write and os.path.exists(FILE_NAME):
        raise UsageError(f"{FILE_NAME} is already here; print the proposal without --write and compare")
    evidence, tally = Evidence(spellings()), Tally()
    logs: dict[str, list[str]] = {}
    for path in watching.watched(config, paths, tally, evidence.observe):
        for service in evidence.newly_seen():
            logs.setdefault(service, []).append(path)
    text = proposal(evidence, tally, config.standard, logs=logs, today=dt.date.today())
    parse(text)
    if not write:
        sys.stdout.write(text)
        return 0
    with open(FILE_NAME, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    click.echo(f"{FILE_NAME} written; next: logview check --write-baseline", err=True)
    return 0


@command.command()
@CONFIG
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text")
def show(*, config_path: str | None, output: str) -> int:
    """Print the rules that hold here, with their severities and what was changed."""
    from logview.config import load

    config = load(config_path)
    if output == "json":
        import msgspec

        from logview.standard.review import json_text

        sys.stdout.write(json_text(msgspec.to_builtins(config.standard)))
        return 0
    where = os.path.relpath(config.file) if config.file else "no logview.toml: as it comes"
    click.echo(f"{config.standard.name} ({where})\n")
    for line in shown(config.standard):
        click.echo(line)
    return 0


def shown(standard: Standard) -> list[str]:
    """A line for each rule that is on, and for what surrounds them."""
    import msgspec

    from logview.standard.load import preset
    from logview.standard.pages import toml_value
    from logview.standard.rules import RULES

    usual = preset(standard.name)
    lines = []
    for code, setting in sorted(standard.rules.items()):
        rule = RULES[code]
        changed = [
            f"{name} = {toml_value(value)}"
            for name, value in msgspec.to_builtins(setting.options).items()
            if value != msgspec.to_builtins(rule.options()).get(name)
        ]
        before = usual.rules.get(code)
        if before is None or before.severity != setting.severity:
            changed.insert(0, f"was {'off' if before is None else (before.severity or rule.severity).value}")
        note = f"  ({', '.join(changed)})" if changed else ""
        lines.append(f"{code}  {(setting.severity or rule.severity).value:5}  {rule.name}{note}")
    off = [code for code in usual.rules if code not in standard.rules]
    lines += ["", f"off: {', '.join(off)}"] if off else []
    counts = {
        "services": len(standard.services), "overrides": len(standard.overrides), "lifecycles": len(standard.lifecycle),
        "hand-offs": len(standard.handoff), "waivers": len(standard.waivers),
    }  # fmt: skip
    lines += ["", f"{len(standard.rules)} rules; " + ", ".join(f"{count} {name}" for name, count in counts.items())]
    return lines


def codes_like(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """The rules' codes that begin so, for a shell."""
    from logview.standard.rules import RULES

    return [code for code in RULES if code.startswith(typed.upper())]


@command.command()
@click.argument("rules", nargs=-1, shell_complete=codes_like)
@click.option("--all", "every", is_flag=True, help="every rule")
@click.option("--markdown", is_flag=True, help="as the pages in docs/rules")
@click.option("--write", "directory", metavar="DIR", help="write all pages as Markdown into a directory")
def explain(*, rules: tuple[str, ...], every: bool, markdown: bool, directory: str | None) -> int:
    """Print a rule's page: what, why, bad, good, options, fix. RULES: codes, names or globs."""
    from logview.standard import pages
    from logview.standard.load import rule_codes, unknown_rule
    from logview.standard.rules import RULES

    if directory is not None:
        click.echo(f"{directory}: {pages.write_all(directory)} pages", err=True)
        return 0
    codes = list(RULES) if every else []
    for given in rules:
        found = rule_codes(given) or rule_codes(given.upper()) or rule_codes(given.lower())
        if not found:
            raise UsageError(unknown_rule(given))
        codes += found
    if not codes:
        raise UsageError("which rule? logview standard explain LV304, or --all")
    page = pages.markdown if markdown else pages.text
    click.echo("\n".join(page(RULES[code]) for code in codes), nl=False)
    return 0


@command.command()
@click.argument("paths", nargs=-1, type=PATH)
@CONFIG
def render(*, paths: tuple[str, ...], config_path: str | None) -> int:
    """Print the standard as a document; good and bad examples come from PATH … or the configured logs, masked."""
    from logview.cli import watching
    from logview.config import load
    from logview.standard.examples import Examples
    from logview.standard.render import document
    from logview.standard.tally import Tally

    config = load(config_path)
    logs = list(paths) or [path for path in config.log_paths() if os.path.exists(path)]
    examples = None
    if logs:
        examples = Examples(config.standard)
        watching.watch(config, logs, Tally(), examples.observe)
        examples.settle()
    sys.stdout.write(document(config.standard, examples))
    return 0


@command.command()
@click.option("--for", "library", required=True, metavar="LIBRARY", help="pino, python or python-json-logger")
@click.option("--service", metavar="NAME", help="the service's name")
@CONFIG
def snippet(*, library: str, service: str | None, config_path: str | None) -> int:
    """Print a logger configuration whose records conform."""
    from logview.config import load
    from logview.standard.snippet import snippet as text_of

    sys.stdout.write(text_of(library, load(config_path).standard, service=service))
    return 0


@command.command()
@click.option("--decisions", is_flag=True, help="of decisions.toml instead")
def schema(*, decisions: bool) -> int:
    """Print the JSON Schema of logview.toml, for editors."""
    from logview.config import schema as config_schema
    from logview.standard.decisions import schema as decisions_schema
    from logview.standard.review import json_text

    sys.stdout.write(json_text(decisions_schema() if decisions else config_schema()))
    return 0
