"""`logview check`: the standard as a linter over logs and source code."""

from __future__ import annotations

import datetime as dt

import click

from logview.cli.options import PATH, filter_options, query_text

FORMS = ("text", "full", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")


@click.command(name="check")
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--output", "-o", "form_name", type=click.Choice(FORMS), default="text", show_default=True)
@click.option("--rules", metavar="CODES", help="only these rules: LV304,LV3*,secret-value")
@click.option("--fail-on", type=click.Choice(["error", "warn", "info", "never"]), help="lowest severity that fails")
@click.option("--limit", type=click.IntRange(min=0), help="findings shown of each fault; 0: all")
@click.option("--stdin", "from_stdin", is_flag=True, help="check what comes on standard input")
@click.option("--follow", "-F", is_flag=True, help="go on with what is appended; findings as they come")
@click.option("--no-config", is_flag=True, help="the default standard, whatever logview.toml says")
@click.option("--baseline", "baseline_path", metavar="FILE", help="known faults; they are not reported")
@click.option("--write-baseline", is_flag=True, help="make what is found now the known faults")
@click.option("--prune", is_flag=True, help="drop known faults whose message came without the fault")
@click.option("--compare", metavar="OLD.json", help="report what changed since a run of --output json, or a baseline")
@click.option("--diff", is_flag=True, help="print the safe fixes of source findings as a patch; check nothing")
@click.option("--fix", is_flag=True, help="write the safe fixes of source findings into the files")
@filter_options
def command(
    *,
    paths: tuple[str, ...],
    form_name: str,
    rules: str | None,
    fail_on: str | None,
    limit: int | None,
    from_stdin: bool,
    follow: bool,
    no_config: bool,
    baseline_path: str | None,
    write_baseline: bool,
    prune: bool,
    compare: str | None,
    diff: bool,
    fix: bool,
    filters: tuple[str, ...],
    job: str | None,
    level: str | None,
    services: tuple[str, ...],
    since: str | None,
    until: str | None,
    config_path: str | None,
    format_text: str | None,
) -> int:
    """Hold logs and source code against the logging standard.

    PATH … are logs (files, directories, globs, - for standard input) or source code; without any, what logview.toml
    names. Exit status: 0 nothing at or above --fail-on, 1 findings, 2 bad use.
    """
    from logview.cli import checking

    config = checking.configured(config_path, no_config=no_config)
    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    job_ = checking.Job(
        config=config,
        standard=checking.narrowed(config.standard, rules),
        inputs=checking.inputs(("-", *paths) if from_stdin else paths, config),
        form=form_name,
        fail_on=fail_on or config.standard.check.fail_on,
        limit=limit,
        query=text,
        format_text=format_text,
        baseline=baseline_path,
        write_baseline=write_baseline,
        prune=prune,
        compare=compare,
        today=dt.date.today(),
    )
    if diff or fix:
        return checking.mend(job_, write=fix)
    return checking.follow(job_) if follow else checking.run(job_)
