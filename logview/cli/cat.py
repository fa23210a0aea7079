"""`logview cat`: records to standard output, filtered as everywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logview.cli.options import filter_options, query_text

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 20


@click.command(name="cat")
@click.argument("paths", nargs=-1)
@click.option("--output", "-o", type=click.Choice(["pretty", "json", "logfmt", "csv", "raw"]), default="pretty")
@click.option("--provenance", is_flag=True, help="with --output json: source, offset and lines of each record")
@click.option("--follow", "-F", is_flag=True, help="go on with what is appended")
@filter_options
def command(
    *,
    paths: tuple[str, ...],
    output: str,
    provenance: bool,
    follow: bool,
    filters: tuple[str, ...],
    job: str | None,
    level: str | None,
    services: tuple[str, ...],
    since: str | None,
    until: str | None,
    config_path: str | None,
    format_text: str | None,
) -> int:
    """Print the records of PATH … (files, directories, globs, - for standard input)."""
    from logview.decode import Hints, decode_blocks
    from logview.decode.normal import dumps
    from logview.sources import expand, open_source

    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    keep = None
    if text:
        from logview.query import matches, parse

        query = parse(text)
        keep = lambda record: matches(query, record, service=record.service, rules=())  # noqa: E731
    out = sys.stdout.buffer
    for path in expand(paths):
        source = open_source(path)
        for record in decode_blocks(blocks(source), Hints(format=format_text)):
            if keep is None or keep(record):
                out.write(dumps(record, provenance=source.name if provenance else None) + b"\n")
    return 0


def blocks(source: object) -> Iterator[bytes]:
    """The source's bytes from start to end, a block at a time."""
    offset = 0
    while block := source.read(offset, BLOCK):  # type: ignore[attr-defined]
        yield block
        offset += len(block)
