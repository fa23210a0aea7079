"""`logview run 'npm run dev' 'python -m optimizer'`: start services and watch what they log."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import click

from logview.cli.options import filter_options, query_text
from logview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun", "npx", "uv", "poetry", "pipenv", "hatch", "make", "just", "docker"})
"""Programs that start another: what they start gives the name."""


@click.command(name="run")
@click.argument("commands", nargs=-1, required=True, metavar="COMMAND …")
@click.option("--name", "-n", "names", multiple=True, metavar="NAME", help="a service's name, in the commands' order")
@click.option("--theme", metavar="NAME", help="dark, light, ansi, or any of Textual's themes")
@filter_options
def command(
    *,
    commands: tuple[str, ...],
    names: tuple[str, ...],
    theme: str | None,
    filters: tuple[str, ...],
    job: str | None,
    level: str | None,
    services: tuple[str, ...],
    since: str | None,
    until: str | None,
    config_path: str | None,
    format_text: str | None,
) -> int:
    """Start each COMMAND in a shell; show stdout and stderr as they come, and the exit as a record.

    Leaving the viewer ends the commands, whatever they have started included.
    """
    from logview.cli.view import is_screen, watch, with_format
    from logview.config import load
    from logview.sources.child import Child

    if os.environ.get("LOGVIEW_SECURE", "") not in {"", "0"}:
        raise UsageError("LOGVIEW_SECURE is set: no commands are run")
    if not is_screen():
        raise UsageError("`logview run` needs a terminal; without one, start the services and use `logview cat -`")
    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    config = with_format(load(config_path), format_text)
    called = service_names(commands, names)
    children: list[Child] = []
    try:
        children += [Child(line, name=name) for line, name in zip(commands, called, strict=True)]
        return watch(config, [], text, theme=theme, children=children, typed=["run", *commands])
    finally:
        for child in children:
            child.close()


def service_names(commands: Sequence[str], names: Sequence[str]) -> list[str]:
    """A name for each command: the one given, else what the command starts, made different with a number.

    raises UsageError  more names than commands
    """
    if len(names) > len(commands):
        raise UsageError(f"{len(names)} names for {len(commands)} commands")
    found: list[str] = []
    for at, line in enumerate(commands):
        name = names[at] if at < len(names) else started_by(line)
        number, unique = 2, name
        while unique in found:
            unique, number = f"{name}-{number}", number + 1
        found.append(unique)
    return found


def started_by(line: str) -> str:
    """What a command line starts: `python -m optimizer` → optimizer, `npm run dev` → dev, `./bin/api -v` → api."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    while words and re.fullmatch(r"[A-Za-z_]\w*=.*", words[0], re.DOTALL):
        words = words[1:]
    if not words:
        return "command"
    program = os.path.basename(words[0])
    rest = words[1:]
    if re.fullmatch(r"python[\d.]*", program) and len(rest) >= 2 and rest[0] == "-m":
        return rest[1].split(".")[0]
    if rest[:1] in (["-c"], ["-e"]):
        return program
    if program in RUNNERS or re.fullmatch(r"(python[\d.]*|node|tsx|ts-node|deno|ruby|bash|sh)", program):
        named = [word for word in rest if not word.startswith("-") and word not in {"run", "exec", "compose", "up"}]
        if named:
            return os.path.splitext(os.path.basename(named[0]))[0] or program
    return program
