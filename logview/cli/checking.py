"""What `logview check` does between its options and its report."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import msgspec

from logview.cli.ending import ending
from logview.cli.output import tell_overtime
from logview.cli.progress import Progress
from logview.config import Config, load
from logview.errors import UsageError
from logview.standard.gate import Gate, severity_floor
from logview.standard.load import rule_codes, unknown_rule
from logview.standard.model import Setting, Standard
from logview.standard.report import KEEP, form
from logview.standard.report.jsonlines import line as json_line
from logview.standard.report.text import finding_line, write_summary
from logview.standard.rules import RULES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from logview.decode import Hints
    from logview.record import Record
    from logview.standard.baseline import Baseline
    from logview.standard.model import Finding, SourceIndex, Violation

SOURCE_SUFFIXES = (".py", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
MACHINE_KEEP = 100
"""Findings kept of each fault for the machine-readable forms, where --limit does not say."""

SWITCH_S = 0.0001
"""Measured on a million records: 7.8 s, with 1 ms and with Python's 5 ms 9.0 s."""
POLL_SWITCH_S = 0.001


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
    query: str
    """The filter that chooses the records whose findings are reported; "": all."""
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
    """The standard with only the rules of --rules; one named by itself is on even where the standard has it off.

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
            raise UsageError(
                "nothing to check: name logs or source code, or list them under [services] in logview.toml"
            )
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


def run(job: Job) -> int:
    """Check everything once and write the report; the exit status."""
    # The thread that takes blocks apart asks for the interpreter between numpy's passes: not to wait 5 ms each time.
    sys.setswitchinterval(SWITCH_S)
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
        excerpt=excerpts() if job.form in {"full", "html", "markdown"} else None,
    )
    if job.form != "json":
        form(job.form).write(report, out)
    tell_overtime()
    return 1 if report.failed else 0


@dataclass(slots=True)
class Cleared:
    """Which messages of a baseline were logged in this run, so that their absence from the findings means something."""

    baseline: Baseline
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
    from logview.standard.check import Checker
    from logview.standard.chosen import chosen
    from logview.standard.files import check_paths

    if len(job.inputs.logs) > 1 and cleared is None and _several_processes(job.inputs.logs):
        yield from _beside(job, gate, waived)
    elif job.inputs.logs:
        bar = Progress(job.inputs.logs)
        index = source_index(job.config)
        checker = Checker(job.standard, index=index, today=job.today)

        def observe(record: Record, service: str, violations: tuple[Violation, ...]) -> None:
            gate.tally.observe(record, service, violations)
            if cleared is not None:
                cleared.observe(record, service)

        def alike(record: Record, service: str, times: int) -> None:
            gate.tally.observe_alike(record, service, times)
            if cleared is not None:
                cleared.observe(record, service)

        yield from check_paths(
            job.standard,
            job.inputs.logs,
            checker=checker,
            chosen=chosen(job.query, checker),
            observe=observe,
            alike=alike,
            passed=bar.advance,
            index=index,
            service_of=job.config.service_of,
            hints_of=hints(job),
            waived=waived,
            today=job.today,
            notice=gate.note,
            may_fork=True,
        )
        bar.done()
    if job.inputs.sources:
        from logview.inventory.rules import check_source

        yield from check_source(job.standard, job.inputs.sources, roots=source_roots(job.config), waived=waived)


def _several_processes(paths: Sequence[str]) -> bool:
    from logview.standard import parallel

    return parallel.is_worth_it(paths)


def _beside(job: Job, gate: Gate, waived: dict[int, int]) -> Iterator[Finding]:
    """The findings of large logs, read by several processes."""
    from logview.standard.parallel import Task, check_files

    hints_of = hints(job)
    tasks = [
        Task(
            standard=job.standard,
            path=path,
            service=job.config.service_of(path),
            hints=hints_of(path),
            today=job.today,
            query=job.query,
            sources=source_roots(job.config),
            read_index=read_index,
        )
        for path in job.inputs.logs
    ]
    bar = Progress(job.inputs.logs)
    yield from check_files(tasks, tally=gate.tally, waived=waived, notice=gate.note, done=bar.file_done)
    bar.done()


def read_index(roots: Mapping[str, Sequence[str]]) -> SourceIndex:
    """The index of services' source folders."""
    from logview.inventory.index import source_index as made_of

    return made_of(roots)


def hints(job: Job) -> Callable[[str], Hints]:
    """What is known of a log before it is read; --format goes before the configuration's."""
    import dataclasses

    chosen = job.config.format_named(job.format_text)
    if chosen is None:
        return job.config.hints_of
    return lambda path: dataclasses.replace(job.config.hints_of(path), format=chosen)


def source_index(config: Config) -> SourceIndex | None:
    """Where the services' messages come from, where their source code is there."""
    directories = source_roots(config)
    if not directories:
        return None
    return read_index(directories)


def source_roots(config: Config) -> dict[str, list[str]]:
    """Service → its source folders that exist, seen from here."""
    roots = {
        name: [os.path.relpath(path) for path in map(config.absolute, service.source) if os.path.isdir(path)]
        for name, service in config.services.items()
    }
    return {name: paths for name, paths in roots.items() if paths}


def colored(out: TextIO) -> bool:
    """Whether to color: a terminal, and NO_COLOR (no-color.org) is not set."""
    return out.isatty() and not os.environ.get("NO_COLOR")


def excerpts() -> Callable[[Finding], list[str]]:
    """Reads findings' records again, to be shown."""
    from logview.standard.report.excerpt import Excerpts

    return Excerpts().of


def mend(job: Job, *, write: bool) -> int:
    """Print the safe fixes of source findings as a diff, or write them; 0."""
    from logview.inventory import take
    from logview.inventory.fixes import run as mended

    if not job.inputs.sources:
        raise UsageError("--diff and --fix change source code; name its folders or files")
    inventory = take(job.inputs.sources, source_roots(job.config))
    return mended(job.standard, inventory, write=write, rules=None, out=_stdout())


def follow(job: Job) -> int:
    """Check what is there, then what is appended, until interrupted; findings as they come, the summary at the end."""
    from logview.sources.follow import Follower
    from logview.standard.check import Checker
    from logview.standard.chosen import chosen
    from logview.standard.live import Live

    if job.form not in {"text", "json"} or job.inputs.sources or job.write_baseline or job.prune:
        raise UsageError("--follow goes with logs, and with --output text or json")
    known, _ = _baseline(job)
    gate = Gate(job.standard, keep=1, fail_on=severity_floor(job.fail_on), baseline=known, compare=job.compare)
    checker = Checker(job.standard, index=source_index(job.config), today=job.today)
    follower = Follower(job.inputs.logs)
    live = Live(
        follower,
        checker,
        service_of=job.config.service_of,
        hints_of=hints(job),
        chosen=chosen(job.query, checker),
        observe=gate.tally.observe,
        notice=gate.note,
    )
    out = _stdout()
    color = colored(out)

    def show(findings: Iterator[Finding]) -> None:
        for finding in findings:
            if gate.take(finding):
                out.write((json_line(finding) if job.form == "json" else finding_line(finding, color=color)) + "\n")
        out.flush()

    try:
        with ending() as end:
            # The poll waits for the interpreter after each system call, 5 ms by default while records are judged.
            sys.setswitchinterval(POLL_SWITCH_S)
            show(live.existing())
            while not (follower.has_ended or end.asked()):
                live.wait(0.2)
                show(live.tick())
        # The last record is read again: the sources must still be open.
        show(live.finish())
    finally:
        live.close()
        follower.close()
    report = gate.report(waived=checker.waived, today=job.today, color=color)
    if job.form == "text":
        write_summary(report, out)
    return 1 if report.failed else 0


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


def _baseline(job: Job) -> tuple[Baseline | None, str | None]:
    """The known faults, and the file to write them to."""
    path = job.baseline
    if path is None and job.standard.check.baseline is None and not job.write_baseline and not job.prune:
        return None, None
    from logview.standard import baseline as baselines

    if path is None and job.standard.check.baseline is not None:
        path = job.config.absolute(job.standard.check.baseline)
    if not job.write_baseline and not job.prune:
        # A configured baseline that nobody has written yet knows nothing; one asked for by name must be there.
        missing = path is not None and job.baseline is None and not os.path.exists(path)
        return (None if path is None or missing else baselines.read(path)), None
    path = path or "logview-baseline.json"
    return (baselines.read(path) if os.path.exists(path) else None), path


def _write_baseline(job: Job, gate: Gate, known: Baseline | None, cleared: Cleared | None, target: str) -> None:
    from logview.standard import baseline as baselines

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
