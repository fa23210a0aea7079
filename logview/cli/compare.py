"""`logview compare A B`: two services' logging side by side, as configured and as observed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logview.cli.options import PATH

if TYPE_CHECKING:
    from logview.config import Config

FORMS = ("terminal", "markdown", "json", "html")


@click.command(name="compare")
@click.argument("a", metavar="A", type=PATH)
@click.argument("b", metavar="B", type=PATH)
@click.option("--output", "-o", "form", type=click.Choice(FORMS), default="terminal", show_default=True)
@click.option("--source-a", multiple=True, metavar="DIR", help="source code of A; default: what logview.toml names")
@click.option("--source-b", multiple=True, metavar="DIR", help="source code of B")
@click.option("--config", "config_path", metavar="FILE", help="logview.toml; found by walking up otherwise")
def command(
    *, a: str, b: str, form: str, source_a: tuple[str, ...], source_b: tuple[str, ...], config_path: str | None
) -> int:
    """Compare two services' logging: formats, fields, levels, errors, clocks, jobs.

    A and B are services of logview.toml, or log files.
    """
    from logview.config import load
    from logview.inventory.compare import asked, gather
    from logview.inventory.comparison import as_json, document

    config = load(config_path)
    known = services(config)
    left, right = asked(a, services=known, source=source_a), asked(b, services=known, source=source_b)
    comparison = gather(config.standard, left, right, service_of=config.service_of, hints_of=config.hints_of)
    if form == "json":
        from logview.standard.report.jsonlines import dumps

        sys.stdout.write(dumps(as_json(comparison), indent=True) + "\n")
        return 0
    made = document(comparison)
    if form == "terminal":
        from logview.cli.tables import show

        show(made)
        return 0
    from logview.inventory.document import to_html, to_markdown

    sys.stdout.write(to_markdown(made) if form == "markdown" else to_html(made))
    return 0


def services(config: Config) -> dict[str, tuple[list[str], list[str]]]:
    """Configured services: name → (logs, source folders), relative to the working directory."""
    import os

    def here(path: str) -> str:
        return os.path.relpath(config.absolute(path))

    return {
        name: ([here(path) for path in service.logs], [here(path) for path in service.source])
        for name, service in config.services.items()
    }
