"""`logview review`: the evidence for each rule, what another standard would change, what was decided and came of it."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

import click

from logview.cli.options import PATH
from logview.errors import UsageError

if TYPE_CHECKING:
    from logview.cli.watching import Span
    from logview.config import Config
    from logview.standard.model import Standard
    from logview.standard.review import Export
    from logview.standard.tally import Tally

CONFIG = click.option("--config", "config_path", metavar="FILE", help="logview.toml; found by walking up otherwise")
DECISIONS = click.option(
    "--decisions",
    "decisions_path",
    metavar="FILE",
    default="decisions.toml",
    show_default=True,
    help="what was decided",
)


@click.group(name="review")
def command() -> None:
    """Agree on the standard: export, sheet, simulate, decide, diff."""


@command.command()
@click.argument("paths", nargs=-1, type=PATH)
@CONFIG
@DECISIONS
@click.option("--output", "-o", type=click.Choice(["markdown", "csv", "json"]), default="markdown", show_default=True)
def export(*, paths: tuple[str, ...], config_path: str | None, decisions_path: str, output: str) -> int:
    """Print the evidence for each rule: findings, rates, places to edit, examples, open questions."""
    from logview.standard.report import sheet
    from logview.standard.review import json_text

    made = _evidence(paths, config_path, decisions_path)
    write = {"markdown": sheet.evidence_markdown, "csv": sheet.evidence_csv, "json": json_text}[output]
    sys.stdout.write(write(made))
    return 0


@command.command()
@click.argument("paths", nargs=-1, type=PATH)
@CONFIG
@DECISIONS
@click.option("--stakeholder", "stakeholders", multiple=True, metavar="NAME", help="a column for this vote")
@click.option("--output", "-o", type=click.Choice(["markdown", "csv"]), default="markdown", show_default=True)
def sheet(
    *, paths: tuple[str, ...], config_path: str | None, decisions_path: str, stakeholders: tuple[str, ...], output: str
) -> int:
    """Print the sign-off sheet."""
    from logview.standard.report.sheet import sign_off

    made = _evidence(paths, config_path, decisions_path)
    sys.stdout.write(sign_off(made, stakeholders=stakeholders, as_csv=output == "csv"))
    return 0


@command.command()
@click.argument("paths", nargs=-1, type=PATH)
@CONFIG
@click.option("--set", "settings", multiple=True, metavar="LV304=error", help="a rule's severity, or off")
@click.option("--standard", "other", metavar="NAME", help="another preset: strict@1")
@click.option("--key", "keys", multiple=True, metavar="job_id=jobId", help="another name for an id")
@click.option("--fail-on", type=click.Choice(["error", "warn", "info"]), help="lowest severity that fails")
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", show_default=True)
def simulate(
    *,
    paths: tuple[str, ...],
    config_path: str | None,
    settings: tuple[str, ...],
    other: str | None,
    keys: tuple[str, ...],
    fail_on: str | None,
    output: str,
) -> int:
    """Check the same logs and source code with the standard as it is and as it would be, and print the difference."""
    from logview.cli import watching
    from logview.config import load
    from logview.standard import whatif
    from logview.standard.gate import severity_floor
    from logview.standard.report.sheet import simulation_text
    from logview.standard.review import json_text, simulate

    config = load(config_path)
    if not (settings or other or keys):
        raise UsageError("what if what? --set LV304=error, --standard strict@1 or --key job_id=jobId")
    after = whatif.changed(config.standard, settings=settings, preset_name=other, keys=keys)
    span = watching.Span()
    then, now = (_tally(config, paths, standard, span) for standard in (config.standard, after))
    result = simulate(
        config.standard, after, (then[0], now[0]), source=now[1],
        floor=severity_floor(fail_on or config.standard.check.fail_on), span=span.written(),
    )  # fmt: skip
    sys.stdout.write(simulation_text(result) if output == "text" else json_text(result))
    return 0


@command.command()
@click.argument("rule")
@click.argument("status", type=click.Choice(["accepted", "rejected", "waived", "deferred"]))
@click.option("--by", required=True, metavar="NAME", help="who decided")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--severity", type=click.Choice(["error", "warn", "info", "off"]))
@click.option("--ref", metavar="TEXT", help="where it was discussed")
@click.option("--review-by", metavar="DATE", help="when it is looked at again: 2027-03-31")
@click.option("--evidence", "evidence_path", metavar="REVIEW.json", help="a review export, for the figures")
@click.option("--commit", metavar="ID", help="what the logs were made with")
@DECISIONS
def decide(
    *,
    rule: str,
    status: str,
    by: str,
    reason: str,
    severity: str | None,
    ref: str | None,
    review_by: str | None,
    evidence_path: str | None,
    commit: str | None,
    decisions_path: str,
) -> int:
    """Add a decision about RULE to decisions.toml."""
    import msgspec

    from logview.standard.decisions import Basis, Decision, append
    from logview.standard.load import rule_codes, unknown_rule
    from logview.standard.review import read

    codes = rule_codes(rule)
    if len(codes) != 1:
        raise UsageError(
            unknown_rule(rule) if not codes else f'"{rule}" means {len(codes)} rules; decide one at a time'
        )
    basis = None
    if evidence_path is not None:
        seen = read(evidence_path)
        hits = sum(row.total for row in seen.rows if row.rule == codes[0])
        basis = Basis(records=sum(seen.records.values()), hits=hits, commit=commit)
    shape = {
        "rule": codes[0], "status": status, "by": by, "reason": reason, "severity": severity, "ref": ref,
        "date": dt.date.today(), "evidence": basis and msgspec.structs.asdict(basis),
        "review_by": None if review_by is None else _day(review_by),
    }  # fmt: skip
    append(decisions_path, msgspec.convert(shape, Decision))
    click.echo(f"{decisions_path}: {codes[0]} {status}", err=True)
    return 0


@command.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@CONFIG
@DECISIONS
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(*, old: str, new: str, config_path: str | None, decisions_path: str, output: str) -> int:
    """Print what happened to the decisions between two reviews (written by export --output json)."""
    from logview.config import load
    from logview.standard.decisions import read as read_decisions
    from logview.standard.report.sheet import drift_text
    from logview.standard.review import diff as compare
    from logview.standard.review import json_text, read

    drift = compare(
        read(old), read(new), load(config_path).standard, read_decisions(decisions_path), today=dt.date.today()
    )
    sys.stdout.write(drift_text(drift) if output == "text" else json_text(drift))
    return 0


def _evidence(paths: tuple[str, ...], config_path: str | None, decisions_path: str) -> Export:
    from logview.cli import watching
    from logview.config import load
    from logview.standard.decisions import read
    from logview.standard.review import export as evidence

    config = load(config_path)
    span = watching.Span()
    tally, source = _tally(config, paths, config.standard, span)
    return evidence(
        config.standard, tally, span=span.written(), decisions=read(decisions_path), today=dt.date.today(),
        source=source,
    )  # fmt: skip


def _tally(config: Config, paths: tuple[str, ...], standard: Standard, span: Span) -> tuple[Tally, bool]:
    """What the logs and the source code show under a standard; whether there was source code."""
    import msgspec

    from logview.cli import watching
    from logview.cli.checking import inputs
    from logview.standard.tally import Tally

    found = inputs(paths, config)
    if not found.logs:
        raise UsageError("no logs: name them, or list them under [services] in logview.toml")
    judged = msgspec.structs.replace(config, standard=standard)
    tally = Tally()
    watching.watch(judged, found.logs, tally, span.observe)
    if found.sources:
        watching.read_source(judged, found.sources, tally)
    return tally, bool(found.sources)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'"{text}" is no date; write 2027-03-31') from None
