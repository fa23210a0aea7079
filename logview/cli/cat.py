"""`logview cat`: records to standard output, filtered as everywhere else.

Three roads, one result. One file as it is: copied. A file and a filter that some bytes must stand for: scanned, decoded
around the hits. All else: indexed in columns, decoded where the columns cannot tell, printed by all cores in order.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from logview.cli.options import PATH, filter_options, query_text
from logview.cli.output import Out, tell, tell_overtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logview.cli.printing import Printer
    from logview.config import Config
    from logview.decode.hints import Hints
    from logview.query import Query
    from logview.record import Record
    from logview.sources import Source

    Opened = list[tuple[Source, Hints]]

BLOCK = 1 << 20
LARGE = 1 << 20
"""So many bytes are worth a scan for a few of them."""
LITTLE = 4 << 20
"""So few bytes are decoded as they come, without columns."""


@click.command(name="cat")
@click.argument("paths", nargs=-1, type=PATH)
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
    from logview.cli.printing import heading, printer
    from logview.query import parse

    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    query = parse(text) if text else None
    out = Out()
    color = output == "pretty" and wants_color()
    printing = printer(output, provenance=provenance, color=color)
    config = settings(config_path)
    wanted = list(paths) or (config.log_paths() if config else [])
    if not wanted:
        raise click.UsageError("no PATH given, and no logview.toml names any logs")
    out.write(heading(output))
    if follow:
        from logview.cli.printout import collected, follow_all

        collection = collected([], query, config)
        follow_all(wanted, collection, printing, out, lambda path: hints_for(path, config, format_text))
        return 0
    opened = open_all(expanded(wanted), config, format_text)
    if len(opened) == 1 and output == "raw" and query is None:
        copy(opened[0][0], out)
    elif is_little(opened, query):
        print_plainly(opened, query, printing, out)
    elif len(opened) != 1 or not print_hits(opened[0], query, printing, out):
        from logview.cli.printout import collected, print_all

        print_all(collected(opened, query, config), printing, out)
    return tell_notices(opened)


def wants_color() -> bool:
    """Whether standard output takes colors."""
    from logview.cli.pretty import wants_color

    return wants_color(sys.stdout)


def settings(config_path: str | None) -> Config | None:
    """The configuration; None where there is none, so that nothing has to be loaded for it."""
    if config_path is None and not _has_file("logview.toml"):
        return None
    from logview.config import load

    return load(config_path)


def _has_file(name: str) -> bool:
    directory = os.getcwd()
    while not os.path.isfile(os.path.join(directory, name)):
        parent = os.path.dirname(directory)
        if parent == directory:
            return False
        directory = parent
    return True


def expanded(paths: Sequence[str]) -> list[str]:
    """The files behind the paths."""
    from logview.sources import expand

    return expand(paths)


def open_all(paths: Sequence[str], config: Config | None, format_text: str | None) -> Opened:
    """The sources and what is known about them; however many there are, they share what descriptors there are."""
    from logview.sources import open_source
    from logview.sources.file import Descriptors, descriptor_limit

    shared = Descriptors(descriptor_limit())
    return [(open_source(path, descriptors=shared), hints_for(path, config, format_text)) for path in paths]


def hints_for(path: str, config: Config | None, format_text: str | None) -> Hints:
    """What the configuration, the command line and the file's date say."""
    from dataclasses import replace

    from logview.decode.hints import Hints

    if config is not None:
        hints = config.hints_of(path)
        return hints if format_text is None else replace(hints, format=config.format_named(format_text))
    try:
        modified_ns: int | None = os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        modified_ns = None
    return Hints(format=format_text, reference_ns=modified_ns)


def copy(source: Source, out: Out) -> None:
    """The source byte for byte."""
    from logview.sources import blocks

    for block in blocks(source, BLOCK):
        out.write(block)


def is_little(opened: Opened, query: Query | None) -> bool:
    """Whether decoding everything in this process is the quickest: little to read, or a pipe that must not wait."""
    from logview.query.model import asks_for_rules
    from logview.sources.file import FileSource

    if query is not None and asks_for_rules(query):
        return False
    if len(opened) == 1 and not isinstance(opened[0][0], FileSource):
        return True
    return all(isinstance(source, FileSource) for source, _ in opened) and sum(s.size() for s, _ in opened) < LITTLE


def print_plainly(opened: Opened, query: Query | None, printing: Printer, out: Out) -> None:
    """Decode, ask, print; several sources merged by time."""
    from logview.cli.printing import raw_of
    from logview.query.match import compiled

    test = compiled(query) if query is not None else None
    for source, hints, service, record in merged_by_time(opened) if len(opened) > 1 else decoded(*opened[0], 0):
        if test is None or test(record, service, ()):
            out.keep(printing.line(record, partial(raw_of, source, record), service, hints.service, source.name))
    out.flush()


def decoded(source: Source, hints: Hints, _number: int) -> Iterator[tuple[Source, Hints, str, Record]]:
    """A source's records with the service each counts for."""
    from logview.decode.stream import decode_blocks
    from logview.engine.naming import default_service, service_of
    from logview.sources import blocks

    default = default_service(source, hints)
    for record in decode_blocks(blocks(source, BLOCK), hints):
        yield source, hints, service_of(record, hints, default), record


def merged_by_time(opened: Opened) -> list[tuple[Source, Hints, str, Record]]:
    """All records by time, source and place; one without a time stands with the one before it."""
    found: list[tuple[int, int, int, tuple[Source, Hints, str, Record]]] = []
    for number, (source, hints) in enumerate(opened):
        one = list(decoded(source, hints, number))
        times = [item[3].time.ns for item in one]
        last = next((ns for ns in times if ns is not None), hints.reference_ns or 0)
        for item, ns in zip(one, times, strict=True):
            last = last if ns is None else ns
            found.append((last, number, item[3].offset, item))
    return [item for *_, item in sorted(found, key=lambda entry: entry[:3])]


def print_hits(opened: tuple[Source, Hints], query: Query | None, printing: Printer, out: Out) -> bool:
    """Print what a scan for bytes finds; False when this query or source needs another road."""
    from logview.cli.printing import raw_of
    from logview.sources.file import FileSource

    source, hints = opened
    if query is None or not isinstance(source, FileSource) or source.size() < LARGE:
        return False
    from logview.engine.naming import default_service, service_of
    from logview.engine.needle import can_seek, is_rare, needle_of, records_with
    from logview.query.match import compiled

    needle = needle_of(query)
    if needle is None or not can_seek(source, hints) or not is_rare(source, needle):
        return False
    test, default = compiled(query), default_service(source, hints)
    for record in records_with(source, needle, hints):
        service = service_of(record, hints, default)
        if test(record, service, ()):
            out.keep(printing.line(record, partial(raw_of, source, record), service, hints.service, source.name))
    out.flush()
    return True


def tell_notices(opened: Opened) -> int:
    """What had to be said about the sources and the filter, on standard error."""
    tell_overtime()
    for source, _ in opened:
        for notice in source.notices:
            tell(f"{source.name}: {notice.text}")
    return 0
