"""What `logview check` does between its options and its report."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import msgspec

from logview.config import Config, load
from logview.errors import UsageError
from logview.standard import baseline as baselines
from logview.standard.gate import Gate, severity_floor
from logview.standard.load import rule_codes, unknown_rule
from logview.standard.model import Setting, Standard
from logview.standard.report import KEEP, form
from logview.standard.report.jsonlines import line as json_line
from logview.standard.rules import RULES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.model import Finding, SourceIndex, Violation
    from logview.standard.tally import Tally

    Observe = Callable[[Record, str, tuple[Violation, ...]], None]

SOURCE_SUFFIXES = (".py", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
MACHINE_KEEP = 100
"""Findings kept of each fault for the machine-readable forms, where --limit does not say."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is checked."""

    logs: list[str]
    sources: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run, as asked for."""

    config: Config
    standard: Standard
    inputs: Inputs
    form: str
    fail_on: str
    limit: int | None
    keep: Callable[[Record, str], bool] | None
    format_text: str | None
    baseline: str | None
    write_baseline: bool
    prune: bool
    compare: str | None
    today: dt.date


def configured(path: str | None, *, no_config: bool) -> Config:
    """The configuration that --config and --no-config mean."""
    if no_config and path is not None:
        raise UsageError("--no-config and --config cannot both be meant")
    return Config() if no_config else load(path)


def narrowed(standard: Standard, rules: str | None) -> Standard:
    """The standard with only the rules of --rules; one that is named by itself is on even where the standard has it off.

    raises UsageError  a code, name or glob that means nothing
    """
    if rules is None:
        return standard
    chosen: dict[str, Setting] = {}
    for text in (part.strip() for part in rules.split(",")):
        codes = rule_codes(text)
        if not codes:
            raise UsageError(unknown_rule(text))
        for code in codes:
            if code in standard.rules:
                chosen[code] = standard.rules[code]
            elif len(codes) == 1:
                chosen[code] = Setting(options=RULES[code].options())
    overrides = tuple(
        msgspec.structs.replace(one, rules={code: setting for code, setting in one.rules.items() if code in chosen})
        for one in standard.overrides
    )
    check = msgspec.structs.replace(
        standard.check, budget={code: count for code, count in standard.check.budget.items() if code in chosen}
    )
    return msgspec.structs.replace(standard, rules=chosen, overrides=overrides, check=check)


def inputs(paths: Sequence[str], config: Config) -> Inputs:
    """The logs and the source code that paths mean; without paths, those of the configuration's services.

    A directory that holds source code is source; any other is searched for logs.
    """
    from logview.sources import expand

    if not paths:
        logs = [path for path in config.log_paths() if _exists(path)]
        sources = [path for path in config.source_paths() if os.path.isdir(path)]
        if not logs and not sources:
            raise UsageError("nothing to check: name logs or source code, or list them under [services] in logview.toml")
        return Inputs(expand(logs) if logs else [], sources)
    sources = [path for path in paths if is_source(path)]
    logs = [path for path in paths if path not in sources]
    return Inputs(expand(logs) if logs else [], sources)


def is_source(path: str) -> bool:
    """Whether a path names source code: a file by its suffix, a directory by what it holds."""
    if not os.path.isdir(path):
        return path.endswith(SOURCE_SUFFIXES) and os.path.exists(path)
    for _, folders, names in os.walk(path):
        if any(name.endswith(SOURCE_SUFFIXES) for name in names):
            return True
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
    return False


def record_filter(text: str) -> Callable[[Record, str], bool] | None:
    """The test that a filter makes of a record and its service; None for no filter."""
    if not text:
        return None
    from logview.query import matches, parse

    query = parse(text)
    return lambda record, service: matches(query, record, service=service, rules=())


def run(job: Job) -> int:
    """Check everything once and write the report; the exit status."""
    known, target = _baseline(job)
    gate = Gate(
        job.standard,
        keep=_kept(job),
        fail_on=severity_floor(job.fail_on),
        baseline=None if job.write_baseline else known,
        compare=job.compare,
    )
    out = _stdout()
    waived: dict[int, int] = {}
    clean = Cleared(known) if job.prune and known else None
    for finding in found(job, gate, waived, clean):
        if gate.take(finding) and job.form == "json":
            out.write(json_line(finding) + "\n")
    if target is not None:
        _write_baseline(job, gate, known, clean, target)
        return 0
    report = gate.report(
        waived=waived,
        today=job.today,
        source=bool(job.inputs.sources),
        color=colored(out),
        excerpt=excerpts(job) if job.form in {"full", "html", "markdown"} else None,
    )
    if job.form != "json":
        form(job.form).write(report, out)
    return 1 if report.failed else 0


@dataclass(slots=True)
class Cleared:
    """Which messages of a baseline were logged in this run, so that their absence from the findings means something."""

    baseline: baselines.Baseline
    places: set[tuple[str, str]] = field(default_factory=set)
    _wanted: set[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._wanted = {(entry.service, entry.place) for entry in self.baseline.entries}

    def observe(self, record: Record, service: str) -> None:
        """Note a record's message."""
        from logview.standard.mask import mask_text
        from logview.standard.template import template_of

        key = (service, mask_text(template_of(record.message or "")))
        if key in self._wanted:
            self.places.add(key)


def found(job: Job, gate: Gate, waived: dict[int, int], cleared: Cleared | None = None) -> Iterator[Finding]:
    """All findings: of the logs in order, then of what concerns several, then of the source code."""
    from logview.standard.check import check_paths

    index = source_index(job.config)
    if job.inputs.logs:
        bar = Progress(job.inputs.logs)

        def observe(record: Record, service: str, violations: tuple[Violation, ...]) -> None:
            gate.tally.observe(record, service, violations)
            bar.advance(record)
            if cleared is not None:
                cleared.observe(record, service)

        yield from check_paths(
            job.standard,
            job.inputs.logs,
            keep=job.keep,
            observe=observe,
            index=index,
            service_of=job.config.service_of,
            hints_of=hints(job),
            waived=waived,
        )
        bar.done()
    if job.inputs.sources:
        from logview.inventory.rules import check_source

        yield from check_source(job.standard, job.inputs.sources)


def watch(config: Config, paths: Sequence[str], tally: Tally, observe: Observe) -> None:
    """Check logs with the configuration's standard: findings and records into `tally`, records to `observe` too."""
    from logview.sources import expand
    from logview.standard.check import check_paths

    def both(record: Record, service: str, violations: tuple[Violation, ...]) -> None:
        tally.observe(record, service, violations)
        observe(record, service, violations)

    for finding in check_paths(
        config.standard,
        expand(paths),
        observe=both,
        index=source_index(config),
        service_of=config.service_of,
        hints_of=config.hints_of,
    ):
        tally.add(finding)


def watched(config: Config, paths: Sequence[str], tally: Tally, observe: Observe) -> Iterator[str]:
    """Check logs one by one; each path when it is through. Rules that compare services do not see several."""
    from logview.sources import expand

    for path in expand(paths):
        watch(config, [path], tally, observe)
        yield path


class Span:
    """The earliest and the latest time among records; `observe` fits `watch`."""

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...]) -> None:  # noqa: ARG002
        """Look at a record's time."""
        moment = record.time.ns
        if moment is not None:
            self.first_ns = moment if self.first_ns is None else min(moment, self.first_ns)
            self.last_ns = moment if self.last_ns is None else max(moment, self.last_ns)

    def written(self) -> tuple[str | None, str | None]:
        """Both as RFC 3339 to the second."""
        import datetime as dt

        return tuple(  # type: ignore[return-value]
            None if ns is None else dt.datetime.fromtimestamp(ns // 10**9, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for ns in (self.first_ns, self.last_ns)
        )


def hints(job: Job) -> Callable[[str], Hints]:
    """What is known of a log before it is read; --format goes before the configuration's."""
    import dataclasses

    chosen = job.config.format_named(job.format_text)
    if chosen is None:
        return job.config.hints_of
    return lambda path: dataclasses.replace(job.config.hints_of(path), format=chosen)


def source_index(config: Config) -> SourceIndex | None:
    """Where the services' messages come from, where their source code is there."""
    directories = {
        name: [path for path in map(config.absolute, service.source) if os.path.isdir(path)]
        for name, service in config.services.items()
        if service.source
    }
    directories = {name: paths for name, paths in directories.items() if paths}
    if not directories:
        return None
    from logview.inventory.index import source_index as read_index

    return read_index(directories)


def colored(out: TextIO) -> bool:
    """Whether to color: a terminal, and NO_COLOR (no-color.org) is not set."""
    return out.isatty() and not os.environ.get("NO_COLOR")


class Progress:
    """A bar on standard error, when somebody waits at a terminal for a large input."""

    MIN_BYTES = 16 << 20
    EVERY = 2048

    def __init__(self, paths: Sequence[str]) -> None:
        import click

        total = sum(os.path.getsize(path) for path in paths if path != "-" and os.path.isfile(path))
        shown = total >= self.MIN_BYTES and sys.stderr.isatty()
        self._bar = click.progressbar(length=total, file=sys.stderr, label="checking") if shown else None
        self._seen = self._bytes = 0

    def advance(self, record: Record) -> None:
        """A record was checked."""
        if self._bar is None:
            return
        self._seen += 1
        self._bytes += record.size
        if self._seen % self.EVERY == 0:
            self._bar.update(self._bytes)
            self._bytes = 0

    def done(self) -> None:
        """Everything was checked."""
        if self._bar is not None:
            self._bar.update(self._bytes)
            self._bar.render_finish()


def excerpts(job: Job) -> Callable[[Finding], list[str]]:
    """Reads findings' records again, to be shown."""
    from logview.standard.report.excerpt import Excerpts

    return Excerpts().of


def _kept(job: Job) -> int:
    if job.limit is not None:
        return job.limit
    return KEEP.get(job.form, MACHINE_KEEP)


def _stdout() -> TextIO:
    # What a log says need not fit the terminal's encoding, and must not end the run.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


def _exists(path: str) -> bool:
    import glob

    return os.path.exists(path) or bool(glob.glob(path, recursive=True))


def _baseline(job: Job) -> tuple[baselines.Baseline | None, str | None]:
    """The known faults, and the file to write them to."""
    path = job.baseline
    if path is None and job.standard.check.baseline is not None:
        path = job.config.absolute(job.standard.check.baseline)
    if not job.write_baseline and not job.prune:
        # A configured baseline that nobody has written yet knows nothing; one asked for by name must be there.
        missing = path is not None and job.baseline is None and not os.path.exists(path)
        return (None if path is None or missing else baselines.read(path)), None
    path = path or "logview-baseline.json"
    return (baselines.read(path) if os.path.exists(path) else None), path


def _write_baseline(
    job: Job, gate: Gate, known: baselines.Baseline | None, cleared: Cleared | None, target: str
) -> None:
    made = known or baselines.Baseline()
    notes = []
    if job.prune and cleared is not None:
        made, dropped, unproven = baselines.pruned(made, gate.tally, cleared.places)
        notes.append(f"{dropped} dropped")
        if unproven:
            notes.append(f"{unproven} kept that were not seen, nor their messages")
    if job.write_baseline:
        made = baselines.updated(
            made, gate.tally, standard=job.standard.name, budget=job.standard.check.budget, today=job.today
        )
    baselines.write(target, made)
    said = f" ({', '.join(notes)})" if notes else ""
    print(f"{os.path.relpath(target)}: {len(made.entries)} known faults{said}", file=sys.stderr)  # noqa: T201
