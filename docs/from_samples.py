"""The pages that are made by running logview on samples/: inventories, comparison, standard, decisions.

`pages()` gives their text; `docs/generate.py` writes them and tests/inventory/test_docs_pages.py holds them current.
Everything comes from the recorded logs, so the text is the same on every machine and every day.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from logview.config import Config, load
from logview.inventory import take
from logview.inventory.compare import Asked, Comparison, gather
from logview.inventory.comparison import document, question_table
from logview.inventory.document import Document, Heading, Table, Text, to_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.decisions import Decision
    from logview.standard.review import Export, Row

ROOT = Path(__file__).parent.parent
HOW = "Made by running logview on `samples/`; `make docs` makes it again."


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for a while: paths on the pages are relative to it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def pages() -> dict[str, str]:
    """Path below docs/ → text."""
    with inside(ROOT / "samples"):
        config = load("logview.toml")
        made = {f"inventory-{name}.md": inventory_page(config, name) for name in config.services}
        compared = comparison(config)
        made["comparison.md"] = comparison_page(compared)
        made["logging-standard.md"] = standard_page(config)
        made["decisions.md"] = decisions_page(config, compared)
    return made


def inventory_page(config: Config, service: str) -> str:
    from logview.cli.inventory import described, observed, roots

    inventory = take(list(config.services[service].source), roots(config))
    seen = observed(config, inventory, config.services[service].logs)
    page = described(config, inventory, seen)
    page.title = f"Logging inventory: {service}"
    page.parts.insert(0, Text(f"`logview inventory {config.services[service].source[0]} --logs logs`. {HOW}"))
    return to_markdown(page)


def comparison(config: Config) -> Comparison:
    asked = [Asked(name, service.logs, service.source) for name, service in config.services.items()]
    return gather(config.standard, asked[0], asked[1], service_of=config.service_of, hints_of=config.hints_of)


def comparison_page(compared: Comparison) -> str:
    page = document(compared)
    page.parts.insert(0, Text(f"`logview compare {compared.a.name} {compared.b.name}`. {HOW}"))
    return to_markdown(page)


def standard_page(config: Config) -> str:
    from logview.cli import watching
    from logview.standard.examples import Examples
    from logview.standard.render import document as rendered
    from logview.standard.tally import Tally

    examples = Examples(config.standard)
    for logs in ("logs", "logs-json"):
        watching.watch(config, [logs], Tally(), examples.observe)
    examples.settle()
    return rendered(config.standard, examples)


def evidence(config: Config, decisions: tuple[Decision, ...]) -> Export:
    from logview.cli import watching
    from logview.standard.review import export
    from logview.standard.tally import Tally

    tally, span = Tally(), watching.Span()
    watching.watch(config, ["logs"], tally, span.observe)
    watching.read_source(config, config.source_paths(), tally)
    written = span.written()
    day = dt.date.fromisoformat((written[1] or "2026-01-01")[:10])
    return export(config.standard, tally, span=written, decisions=decisions, today=day, source=True)


def decisions_page(config: Config, compared: Comparison) -> str:
    from logview.standard.decisions import in_force, read

    decisions = read("decisions.toml")
    review = evidence(config, decisions)
    decided = in_force(decisions)
    records = sum(review.records.values())
    page = Document("Decisions about the logging standard")
    page.parts += [
        Text(
            f"The review of {review.standard} on {review.date}: {records:,} records from {review.first} to "
            f"{review.last}, "
            f"{review.conforming:.0f} % of them without a finding, score {review.score:.0f} of 100. {HOW}"
        ),
        Heading("Decided"),
        Table(
            "",
            ("Rule", "Decision", "Severity", "By", "Date", "Reason", "Evidence", "Reference", "Review by"),
            tuple(decision_row(one, review) for one in decided.values()),
            prose=frozenset({5}),
        ),
        Heading("Open"),
        question_table(compared),
        Table(
            "Rules with findings and no decision",
            ("Rule", "Proposed", "Findings", "Places to edit", "Fix", "Example"),
            tuple(open_row(row) for row in review.rows if row.total and row.rule not in decided),
            empty="none",
        ),
        Heading("Sign-off"),
        Table(
            "",
            ("Rule", "Proposal", *config.services, "Cost", "Decision", "By", "Date", "Revisit on"),
            tuple(
                sign_row(row, decided, list(config.services)) for row in review.rows if row.total or row.rule in decided
            ),
        ),
    ]
    return to_markdown(page)


def decision_row(one: Decision, review: Export) -> tuple[str, ...]:
    row = next((row for row in review.rows if row.rule == one.rule), None)
    hits = ", ".join(f"{service} {count}" for service, count in row.hits.items()) if row is not None else ""
    return (
        f"{one.rule} {row.name}" if row is not None else one.rule,
        one.status,
        one.severity or "as it comes",
        one.by,
        str(one.date),
        one.reason,
        hits or "no finding in these logs",
        one.ref or "",
        str(one.review_by or ""),
    )


def open_row(row: Row) -> tuple[str, ...]:
    example = row.examples[0] if row.examples else None
    return (
        f"{row.rule} {row.name}",
        row.severity,
        ", ".join(f"{s} {n}" for s, n in row.hits.items()),
        str(row.sites),
        "automatic" if row.autofix else "by hand",
        f"{example.file}:{example.line} {example.message}" if example else "",
    )


def sign_row(row: Row, decided: dict[str, Decision], services: list[str]) -> tuple[str, ...]:
    one = decided.get(row.rule)
    cost = f"{row.sites} places" if row.sites != 1 else "1 place"
    signed = (one.status, one.by, str(one.date), str(one.review_by or "")) if one else ("", "", "", "")
    counts = (str(row.hits.get(name, 0)) for name in services)
    return (f"{row.rule} {row.name}", row.severity, *counts, cost, *signed)


def main() -> None:
    for name, text in pages().items():
        page = Path(__file__).parent / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
