"""`logview formats`: what is understood, and why a line was read as it was."""

from __future__ import annotations

import click

from logview.cli.options import PATH
from logview.decode.clean import clean

WIDTH = 100


@click.group(name="formats", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the log formats that need no configuration, with a line of each."""
    if ctx.invoked_subcommand is not None:
        return
    from logview.decode.catalogue import GROUPS

    for title, formats in GROUPS:
        click.secho(title, bold=True)
        for entry in formats:
            click.echo(f"  {entry.name:<20} {entry.writer}")
            click.secho(f"  {'':<20} {cut(entry.sample)}", dim=True)
        click.echo()


@command.command(name="test")
@click.argument("path", metavar="FILE", type=PATH)
@click.option("--format", "format_text", metavar="FORMAT", help="a format's name or a formatter string to try")
@click.option("--limit", default=20, show_default=True, metavar="N", help="records to explain; 0: all")
def test(path: str, format_text: str | None, limit: int) -> None:
    """For each record of FILE: which decoder took it, what it found, why the others refused."""
    from itertools import islice

    from logview.decode import Hints, decode_blocks
    from logview.decode.explain import explain
    from logview.sources import blocks, open_source

    source = open_source(path)
    records = decode_blocks(blocks(source), Hints(format=format_text))
    for record in islice(records, limit or None):
        told = explain(record, format_text)
        more = f" +{record.lines - 1} lines" if record.lines > 1 else ""
        click.secho(f"{record.lineno}{more}: {told.taken_by}", bold=True)
        click.secho(f"    {cut(record.first)}", dim=True)
        for key, value in told.found:
            click.echo(f"    {key:<11}{cut(value)}")
        for mark in told.marks:
            click.echo(f"    {'mark':<11}{clean(mark)}")
        for name, reason in told.refused:
            click.echo(f"    not {name:<15} {reason}")


def cut(text: str) -> str:
    """One line of the text, safe for a terminal, cut to what fits."""
    first, line_end, _ = text.partition("\n")
    first = clean(first[: 4 * WIDTH])
    return first if len(first) <= WIDTH and not line_end else first[: WIDTH - 1] + "…"
