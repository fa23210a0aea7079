"""`logview cache`: the kept indexes of large files, listed with their sizes; `logview cache clear` removes them."""

from __future__ import annotations

import time

import click


@click.command(name="cache")
@click.argument("action", type=click.Choice(["list", "clear"]), default="list")
def command(action: str) -> int:
    """Show (list) or remove (clear) what is kept so that large files open at once the second time.

    Kept are times, levels, services and places of records, never their text; in XDG_CACHE_HOME/logview, readable by you
    alone, at most 1 GiB: the ones used longest ago are removed first. `--no-cache` opens a file without; under
    LOGVIEW_SECURE=1 nothing is used or kept.
    """
    from logview.decode.clean import clean
    from logview.engine import cache

    folder = cache.folder()
    if action == "clear":
        count, size = cache.clear(folder)
        click.echo(f"{count} removed, {_megabytes(size)}")
        return 0
    found = cache.entries(folder)
    for entry in found:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
        click.echo(f"{_megabytes(entry.size):>10}  {used}  {clean(_file_of(entry.path))}")
    click.echo(
        f"{_megabytes(sum(entry.size for entry in found)):>10}  in all, of {_megabytes(cache.BUDGET)}; {clean(folder)}"
    )
    return 0


def _file_of(path: str) -> str:
    from logview.engine.kept import header_of

    header = header_of(path)
    return f"{header.path} ({header.rows:,} records)" if header is not None else "not finished, or of another version"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MB"
