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
from logview.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    import numpy as np
    from numpy.typing import NDArray

    from logview.cli.printing import Printer
    from logview.config import Config
    from logview.decode.hints import Hints
    from logview.engine.collect import Collection
    from logview.engine.feed import Feed
    from logview.query import Query
    from logview.sources import Source

    Part = TypeVar("Part")
    Opened = list[tuple[Source, Hints]]

BLOCK = 1 << 20
FIRST = 1 << 20
SEGMENT = 64 << 20
"""Bytes of one source that are indexed before they are printed: at first, and at most."""
TASK = 2000
"""Records that one process prints at a time."""
SMALL = 8_000
"""So many records are not worth a second process."""
PIECE = 1 << 16
NOTHING = Record()
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
        follow_all(wanted, query, printing, out, config=config, format_text=format_text)
        return 0
    opened = [open_one(path, config, format_text) for path in expanded(wanted)]
    if len(opened) == 1 and output == "raw" and query is None:
        copy(opened[0][0], out)
    elif is_little(opened, query):
        print_plainly(opened, query, printing, out)
    elif len(opened) != 1 or not print_hits(opened[0], query, printing, out):
        print_all(opened, query, printing, out, config)
    return tell_notices(opened)


class Out:
    """Standard output, written in large pieces; a closed pipe ends the program quietly (main)."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._fd = sys.stdout.fileno()
        self._kept: list[bytes] = []
        self._size = 0

    def keep(self, data: bytes) -> None:
        """Write it with what follows, or when there is enough."""
        self._kept.append(data)
        self._size += len(data)
        if self._size >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Write what was kept."""
        data, self._kept, self._size = b"".join(self._kept), [], 0
        self.write(data)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]


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


def open_one(path: str, config: Config | None, format_text: str | None) -> tuple[Source, Hints]:
    """A source and what is known about it."""
    from logview.sources import open_source

    return open_source(path), hints_for(path, config, format_text)


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
    from logview.sources.file import FileSource

    if query is not None and asks_for_rules(query):
        return False
    if len(opened) == 1 and not isinstance(opened[0][0], FileSource):
        return True
    return all(isinstance(source, FileSource) for source, _ in opened) and sum(s.size() for s, _ in opened) < LITTLE


def asks_for_rules(query: Query) -> bool:
    """Whether the standard decides which records pass."""
    from logview.query.model import Breaks, IsViolation, walk

    return any(isinstance(node, Breaks | IsViolation) for node in walk(query.node))


def print_plainly(opened: Opened, query: Query | None, printing: Printer, out: Out) -> None:
    """Decode, ask, print; several sources merged by time."""
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


def raw_of(source: Source, record: Record) -> bytes:
    """The record's bytes as they stand in the source."""
    return b"".join(source.read(start, size) for start, size in ((record.offset, record.size), *record.more))


def print_hits(opened: tuple[Source, Hints], query: Query | None, printing: Printer, out: Out) -> bool:
    """Print what a scan for bytes finds; False when this query or source needs another road."""
    from logview.sources.file import FileSource

    source, hints = opened
    if query is None or not isinstance(source, FileSource) or source.size() < FIRST:
        return False
    from logview.engine.naming import default_service, service_of
    from logview.engine.needle import can_seek, is_rare, needle_of, records_with
    from logview.query.match import compiled

    pattern = needle_of(query)
    if pattern is None or not can_seek(source, hints) or not is_rare(source, pattern):
        return False
    test, default = compiled(query), default_service(source, hints)
    for record in records_with(source, pattern, hints):
        service = service_of(record, hints, default)
        if test(record, service, ()):
            out.keep(printing.line(record, partial(raw_of, source, record), service, hints.service, source.name))
    out.flush()
    return True


def print_all(opened: Opened, query: Query | None, printing: Printer, out: Out, config: Config | None) -> None:
    """Print everything that passes: one source as it is read, several merged by time."""
    from logview.sources.file import FileSource

    collection = collected(opened, query, config)
    merged = len(opened) > 1
    if merged or collection.is_checked:
        for feed in list(collection.feeds.values()):
            while collection.read(feed):
                pass
        collection.judge()
    else:
        (feed,) = collection.feeds.values()
        # A pipe gives what it has; of a file a little at first, then segments that are worth several processes.
        segment = FIRST if isinstance(feed.source, FileSource) else 0
        ahead = Ahead(collection, feed)
        while ahead.read(segment):
            give_out(collection, printing, out, merged=False, meanwhile=ahead.step)
            segment = min(segment * 4, SEGMENT)
    give_out(collection, printing, out, merged=merged)


class Ahead:
    """Reads one source into its columns, also while processes print what was read before."""

    def __init__(self, collection: Collection, feed: Feed) -> None:
        self._collection = collection
        self._feed = feed
        self._taken = 0
        """Bytes read and not given out."""

    def read(self, least: int) -> bool:
        """Read until there is so much to give out; False at the source's end."""
        while more := self.step():
            if self._taken >= least:
                break
        self._taken = 0
        return more

    def step(self) -> bool:
        """Read a block; False at the source's end, or when enough waits."""
        if self._taken >= SEGMENT:
            return False
        taken = self._collection.read(self._feed)
        self._taken += taken
        return taken > 0


def collected(opened: Opened, query: Query | None, config: Config | None) -> Collection:
    """The sources, to be read into columns."""
    from logview.engine.collect import Collection

    checker = None
    if query is not None and asks_for_rules(query):
        from logview.config import load
        from logview.engine.sites import Sites
        from logview.standard.check import Checker

        config = config or load()
        sites = Sites(config)
        if not sites.is_ready:
            sites.read()
        checker = Checker(config.standard, index=sites.index)
    return Collection(opened, query, checker)


def give_out(
    collection: Collection, printing: Printer, out: Out, *, merged: bool, meanwhile: Callable[[], bool] | None = None
) -> NDArray[np.uint32]:
    """Print what is whole and passes; returns the records printed."""
    ready = collection.ready(merged=merged)
    several = len(ready) >= SMALL and hasattr(os, "fork")
    gids = collection.passing(ready, by_several if several else None)
    if len(gids) < SMALL or not several:
        for low in range(0, len(gids), TASK):
            out.write(printed(collection, gids[low : low + TASK], printing))
        return gids
    for piece in forked(collection, gids, printing, meanwhile):
        out.write(piece)
    resume(collection, gids, printing)
    return gids


def by_several(work: Callable[[Part], bytes], parts: Sequence[Part]) -> Iterator[bytes]:
    """The work done for all parts, by as many processes as there are cores."""
    from logview.engine.forks import in_order

    return in_order(work, parts)


def printed(collection: Collection, gids: NDArray[np.uint32], printing: Printer) -> bytes:
    """Some records as they are to be printed."""
    store, quick, pieces = collection.store, printing.quick, []
    sources, services = store.source[gids].tolist(), store.service[gids].tolist()
    columns = zip(gids.tolist(), sources, services, collection.raws(gids), collection.times(gids), strict=True)
    for gid, source, service, raw, ns in columns:
        feed = collection.feeds[source]
        glance = feed.glance(raw, ns) if quick is not None and raw is not None else None
        line = quick(glance, feed.hints.service) if quick is not None and glance is not None else None
        if line is None:
            record = feed.record(gid, raw=raw) if printing.needs_record else NOTHING
            raw_of = partial(collection.raw, gid) if raw is None else partial(bytes, raw)
            name = collection.service_names[service]
            line = printing.line(record, raw_of, name, feed.hints.service, feed.source.name)
        pieces.append(line)
    return b"".join(pieces)


def forked(
    collection: Collection, gids: NDArray[np.uint32], printing: Printer, meanwhile: Callable[[], bool] | None
) -> Iterator[bytes]:
    """The records printed by as many processes as there are cores, in order, a bounded number ahead."""
    from logview.engine.forks import in_order

    def work(low: int) -> bytes:
        resume(collection, gids[:low], printing)
        return printed(collection, gids[low : low + TASK], printing)

    return in_order(work, range(0, len(gids), TASK), meanwhile)


def resume(collection: Collection, gids: NDArray[np.uint32], printing: Printer) -> None:
    """Tell the printer that these records were printed elsewhere."""
    if printing.resume is not None:
        printing.resume(*collection.last_of(gids))


def follow_all(
    paths: list[str],
    query: Query | None,
    printing: Printer,
    out: Out,
    *,
    config: Config | None,
    format_text: str | None,
) -> None:
    """Print what is there and then, for ever, what is appended."""
    from logview.engine.following import Following

    collection = collected([], query, config)
    following = Following(collection, paths, lambda path: hints_for(path, config, format_text))
    try:
        while following.wait():
            go_on(collection, printing, out)
            for text in following.notices():
                tell(text)
    except KeyboardInterrupt:
        # What was held back for a traceback that might have followed is not lost.
        following.settle_all()
        go_on(collection, printing, out)
        raise
    finally:
        following.close()


def go_on(collection: Collection, printing: Printer, out: Out) -> None:
    """Print what has come: first lines of records that were printed before, then the records that are whole."""
    import numpy as np

    for feed in list(collection.feeds.values()):
        for gid, runs in collection.late(feed):
            if runs is None:
                out.write(printed(collection, np.array([gid], np.uint32), printing))
                continue
            record = feed.continuation(gid, runs)
            raw = partial(raw_of, feed.source, record)
            out.write(printing.line(record, raw, collection.service_of(gid), feed.hints.service, feed.source.name))
    # One source keeps its own order, whatever its times say; several are merged by time.
    gids = give_out(collection, printing, out, merged=len(collection.feeds) > 1)
    collection.remember(gids)


def tell_notices(opened: Opened) -> int:
    """What had to be said about the sources, on standard error."""
    for source, _ in opened:
        for notice in source.notices:
            tell(f"{source.name}: {notice.text}")
    return 0


def tell(text: str) -> None:
    """One line on standard error; it may hold a file's name."""
    from logview.decode.clean import clean

    click.echo("logview: " + clean(text), err=True)
