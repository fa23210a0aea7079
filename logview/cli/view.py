"""`logview [PATH … | -]`: the viewer; pretty lines where standard output is no terminal."""

from __future__ import annotations

import gc
import os
import stat
import sys
from typing import TYPE_CHECKING

import click

from logview.cli.options import PATH, filter_options, query_text
from logview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.config import Config
    from logview.engine import Engine
    from logview.sources.child import Child


@click.command(name="view")
@click.argument("paths", nargs=-1, metavar="[PATH …]", type=PATH)
@click.option("--theme", metavar="NAME", help="dark, light, ansi, or any of Textual's themes")
@click.option("--no-cache", is_flag=True, help="neither use nor keep the indexes of large files (`logview cache`)")
@filter_options
def command(
    *,
    paths: tuple[str, ...],
    theme: str | None,
    no_cache: bool,
    filters: tuple[str, ...],
    job: str | None,
    level: str | None,
    services: tuple[str, ...],
    since: str | None,
    until: str | None,
    config_path: str | None,
    format_text: str | None,
) -> int:
    """Watch PATH … (files, directories, globs, - for standard input) on one timeline.

    Without PATH: standard input when something is piped in, else the logs that logview.toml names.
    """
    if not is_screen():
        from logview.cli import cat

        printed: int = cat.command.callback(  # type: ignore[misc]
            paths=paths or (("-",) if is_data(0) else ()),
            output="pretty",
            provenance=False,
            follow=False,
            filters=filters,
            job=job,
            level=level,
            services=services,
            since=since,
            until=until,
            config_path=config_path,
            format_text=format_text,
        )
        return printed
    from logview.config import load

    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    config = with_format(load(config_path), format_text)
    return watch(config, wanted_paths(paths, config), text, theme=theme, is_kept=not no_cache)


def is_screen() -> bool:
    """Whether the viewer can draw: standard output is a terminal, and not a dumb one."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}


def is_data(descriptor: int) -> bool:
    """Whether something is piped or redirected in: a pipe, a file or a socket; not a terminal, not /dev/null."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def wanted_paths(paths: Sequence[str], config: Config) -> list[str]:
    """What to open: the arguments, else standard input, else the configuration's logs.

    raises UsageError  nothing is named anywhere, or a path matches nothing
    """
    from logview.sources import expand

    if paths:
        expand([path for path in paths if path != "-"] or ["-"])
        return list(paths)
    if is_data(0):
        return ["-"]
    named = config.log_paths()
    if not named:
        raise UsageError(
            "no logs: name files or directories (`logview logs/`), pipe something in (`npm run dev | logview`), or "
            "list them in logview.toml ([services.NAME] logs = [...]); `logview demo` shows what it is like"
        )
    return named


def with_format(config: Config, text: str | None) -> Config:
    """The configuration with one format for every service, where --format names one."""
    if text is None:
        return config
    from logview.cli.formatted import one_format

    return one_format(config, text)


def watch(
    config: Config,
    paths: Sequence[str],
    filter_text: str = "",
    *,
    theme: str | None = None,
    children: Sequence[Child] = (),
    typed: Sequence[str] | None = None,
    is_kept: bool = True,
) -> int:
    """Open the viewer and stay until it ends; its exit status.

    is_kept  whether indexes of large files may be used and kept
    typed    the paths for "copy as command", where they are not those that are opened
    raises UsageError, ConfigError, QueryError, SourceError  before anything is drawn
    """
    # Half the time to the first screen would be garbage collection of what stays; the app switches it on again.
    gc.disable()
    from logview.engine import Engine, cache

    told: list[Callable[[], None]] = []

    def tell() -> None:
        for listener in told:
            listener()

    folder = cache.folder() if is_kept and cache.is_allowed() else None
    engine = Engine(config, list(paths), children=list(children), on_change=tell, cache=folder)
    try:
        # Reads the ends of the logs while Textual is imported.
        engine.look()
        return _show(engine, config, typed if typed is not None else paths, filter_text, theme=theme, told=told)
    finally:
        engine.close()


def _show(
    engine: Engine,
    config: Config,
    typed: Sequence[str],
    filter_text: str,
    *,
    theme: str | None,
    told: list[Callable[[], None]],
) -> int:
    from logview.standard.rules import RULES
    from logview.tui import life
    from logview.tui.app import LogviewApp
    from logview.tui.session import Session, zone_of
    from logview.tui.state import State, chips_of

    first = State(chips=chips_of(filter_text) if filter_text else ())
    session = Session(engine, config, typed, RULES, zone=zone_of(config.view.zone))
    app = LogviewApp(session, first, theme=theme)
    told.append(app.engine_changed)
    if not os.isatty(0):
        # The engine has taken standard input for itself by now.
        life.keys_from_terminal()
    return life.run(app)
