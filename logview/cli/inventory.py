"""`logview inventory`: what the source code logs, in tables; joined to logs with --logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from logview.cli.options import PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.config import Config
    from logview.inventory.document import Document
    from logview.inventory.model import Inventory
    from logview.inventory.observe import ServiceSeen

FORMS = ("terminal", "markdown", "json", "html")


@click.command(name="inventory")
@click.argument("paths", nargs=-1, metavar="DIR …", type=PATH)
@click.option("--output", "-o", "form", type=click.Choice(FORMS), default="terminal", show_default=True)
@click.option("--logs", multiple=True, metavar="LOG", help="logs to join: which calls were seen, which never")
@click.option("--service", "-s", "services", multiple=True, metavar="NAME", help="only this service")
@click.option("--config", "config_path", metavar="FILE", help="logview.toml; found by walking up otherwise")
@click.option("--diff", is_flag=True, help="print the safe fixes as a unified diff, and nothing else")
@click.option("--fix", is_flag=True, help="write the safe fixes into the files")
@click.option("--rules", metavar="CODES", help="with --diff and --fix: only these rules: LV804,LV805")
def command(
    *,
    paths: tuple[str, ...],
    form: str,
    logs: tuple[str, ...],
    services: tuple[str, ...],
    config_path: str | None,
    diff: bool,
    fix: bool,
    rules: str | None,
) -> int:
    """List logger set-ups, middleware and logging calls of the TypeScript and Python source code under DIR …

    Without DIR: the sources of the services in logview.toml.
    """
    from logview.config import load
    from logview.inventory import take

    config = load(config_path)
    folders = list(paths) or config.source_paths()
    if not folders:
        from logview.errors import UsageError

        raise UsageError("no source folder given, and logview.toml names none; write: logview inventory src")
    inventory = take(folders, roots(config))
    if services:
        inventory = chosen(inventory, services)
    if diff or fix:
        from logview.inventory.fixes import run

        return run(config.standard, inventory, write=fix, rules=rules, out=sys.stdout)
    seen = observed(config, inventory, logs) if logs else {}
    if form == "json":
        from logview.standard.report.jsonlines import dumps

        sys.stdout.write(dumps(as_json(config, inventory, seen), indent=True) + "\n")
        return 0
    document = described(config, inventory, seen)
    if form == "terminal":
        from logview.cli.tables import show

        show(document)
    else:
        from logview.inventory.document import to_html, to_markdown

        sys.stdout.write(to_markdown(document) if form == "markdown" else to_html(document))
    return 0


def roots(config: Config) -> dict[str, list[str]]:
    """Service → its source folders, absolute."""
    return {
        name: [config.absolute(path) for path in service.source]
        for name, service in config.services.items()
        if service.source
    }


def chosen(inventory: Inventory, services: Sequence[str]) -> Inventory:
    """The part of some services; a name that there is not is bad use."""
    from logview.errors import UsageError
    from logview.inventory.model import Inventory
    from logview.standard.place import suggestion

    known = inventory.services()
    out = Inventory()
    for name in services:
        if name not in known:
            raise UsageError(f'no service "{name}" in this source{suggestion(name, known)}')
        part = inventory.of(name)
        out.calls += part.calls
        out.setups += part.setups
        out.facts += part.facts
        out.problems += part.problems
        out.files |= part.files
    out.sort()
    return out


def observed(config: Config, inventory: Inventory, logs: Sequence[str]) -> dict[str, ServiceSeen]:
    """What the logs show of each service."""
    from logview.decode.clean import clean
    from logview.inventory.index import ServiceIndex
    from logview.inventory.observe import Observer
    from logview.sources import expand
    from logview.standard.files import check_paths

    index = ServiceIndex(inventory)
    observer = Observer(index)
    names = inventory.services()

    def service_of(path: str) -> str | None:
        """A log that no configuration gives a service belongs to the only source there is."""
        configured = config.service_of(path)
        return names[0] if configured is None and len(names) == 1 and not config.services else configured

    for path in expand(list(logs)):
        for _ in check_paths(
            config.standard,
            [path],
            observe=observer.observe,
            index=index,
            service_of=service_of,
            hints_of=config.hints_of,
        ):
            pass
    for name, seen in observer.services.items():
        if name not in names:
            notice = f'logview: {seen.records:,} records of service "{name}", of which no source was read'
            click.echo(clean(f"{notice}; name its folder in logview.toml: [services.{name}] source = […]"), err=True)
    return observer.services


def described(config: Config, inventory: Inventory, seen: dict[str, ServiceSeen]) -> Document:
    """The inventory as a document, service by service."""
    from logview.inventory.document import Document, Heading, Table
    from logview.inventory.joined import joined_tables
    from logview.inventory.tables import tables

    codes = rule_codes(config, inventory)
    names = inventory.services()
    document = Document(f"Logging inventory: {', '.join(names) or 'no source code'}")
    for name in names:
        part = inventory.of(name)
        document.parts.append(Heading(name))
        document.parts += tables(part, codes)
        if name in seen:
            document.parts += joined_tables(part, seen[name])
    if inventory.problems:
        rows = tuple((f"{p.file}:{p.line}" if p.line else p.file, p.text) for p in inventory.problems)
        document.parts.append(Table("Files not read whole", ("File", "Why"), rows))
    return document


def rule_codes(config: Config, inventory: Inventory) -> dict[tuple[str, int], list[str]]:
    """(file, line) → codes of the source rules that fire there."""
    from logview.inventory.rules import findings_of

    found: dict[tuple[str, int], list[str]] = {}
    for finding in findings_of(config.standard, inventory):
        found.setdefault((finding.file, finding.line), []).append(finding.violation.rule)
    return found


def as_json(config: Config, inventory: Inventory, seen: dict[str, ServiceSeen]) -> dict[str, Any]:
    """The machine-readable inventory (docs/guide, "Machine-readable output"); fields may be added, these stay."""
    from logview.inventory.joined import joined_tables
    from logview.inventory.model import SETUP_KINDS
    from logview.inventory.tables import tables

    codes = rule_codes(config, inventory)
    call_keys = (
        "file",
        "line",
        "function",
        "logger",
        "level",
        "template",
        "kind",
        "keys",
        "in_catch",
        "language",
        "library",
    )
    calls = []
    for call in inventory.calls:
        entry: dict[str, Any] = {key: getattr(call, key) for key in call_keys}
        entry |= {
            "service": call.service,
            "method": call.method,
            "has_error": call.has_error,
            "bound": call.bound,
            "ids_in_scope": call.ids,
            "rules": codes.get((call.file, call.line), []),
        }
        if call.service in seen:
            entry["seen"] = seen[call.service].seen_at[(call.file, call.line)]
        calls.append(entry)
    setups = [
        {
            "file": s.file,
            "line": s.line,
            "kind": s.kind,
            "options": s.options,
            "service": s.service,
            "settings": s.settings,
        }
        for s in inventory.setups
    ]
    sections: dict[str, Any] = {}
    for name in inventory.services():
        part = inventory.of(name)
        found = tables(part, codes) + (joined_tables(part, seen[name]) if name in seen else [])
        sections[name] = [
            {"title": t.title, "columns": t.columns, "rows": t.rows} for t in found if not t.title.startswith("L.")
        ]
    return {
        "call_sites": calls,
        "setups": [s for s in setups if s["kind"] in SETUP_KINDS],
        "middleware": [s for s in setups if s["kind"] not in SETUP_KINDS],
        "facts": [
            {"section": f.section, "kind": f.kind, "text": f.text, "file": f.file, "line": f.line, "service": f.service}
            for f in inventory.facts
        ],
        "tables": sections,
        "problems": [{"file": p.file, "line": p.line, "text": p.text} for p in inventory.problems],
    }
