"""The options every command shares: which records, and how the logs are to be read.

`@filter_options` adds them; `query_text` joins them into the one query language, so that `--job X` and the filter
bar's `job=X` can never differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = click.Path(readable=False)
"""A path as typed: globs, `-` and files that are not there are the command's to judge; shells complete it."""


def level_names(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """The levels that begin so, for a shell."""
    from logview.record import Level

    return [level.text for level in Level if level.text.startswith(typed.lower())]


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --filter, --job, --level, --service, --since, --until, --config and --format to a command."""
    for option in reversed(
        (
            click.option("--filter", "-f", "filters", multiple=True, metavar="QUERY", help="only records that match"),
            click.option("--job", "-j", metavar="ID", help="only this job, under any spelling of the key"),
            click.option("--level", "-l", metavar="LEVEL", help="this level and above", shell_complete=level_names),
            click.option("--service", "-s", "services", multiple=True, metavar="NAME", help="only this service"),
            click.option("--since", metavar="TIME", help="from this time: 2026-11-23T08:00, 08:15 or -15m"),
            click.option("--until", metavar="TIME", help="up to this time"),
            click.option("--config", "config_path", metavar="FILE", help="logview.toml; found by walking up otherwise"),
            click.option("--format", "format_text", metavar="FORMAT", help="a format's name or a formatter string"),
        )
    ):
        command = option(command)
    return command


def query_text(
    *,
    filters: tuple[str, ...] = (),
    job: str | None = None,
    level: str | None = None,
    services: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
) -> str:
    """The options as one filter in the query language; "" when none was given."""
    parts = [f"({text})" if len(filters) > 1 else text for text in filters if text.strip()]
    if job:
        parts.append(f"job={quoted(job)}")
    if level:
        parts.append(f"level>={quoted(level)}")
    if services:
        parts.append("service=" + ",".join(quoted(name) for name in services))
    if since:
        parts.append(f"time>={quoted(since)}")
    if until:
        parts.append(f"time<={quoted(until)}")
    if len(parts) > 1 and len(filters) == 1 and filters[0].strip():
        parts[0] = f"({parts[0]})"
    return " ".join(parts)


def quoted(value: str) -> str:
    """The value as the query language takes it whole: in quotes where a blank or an operator would end it."""
    if value and all(c.isalnum() or c in "-_.:/+@" for c in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
