"""logview's commands beside `wc`, `grep` and the peers that are installed: whole processes, on the corpus.

    python tests/perf/bench.py [--runs 5] [--size small] [--large] [--only WORD] [--write docs/benchmarks.md]

Each command's output goes to /dev/null; runs of a group are interleaved; the page cache is warm. Wall and CPU time are
medians, memory is the highest peak. Read the ratios: each group has its own yardstick, measured in the same minutes.

Imports nothing large: a child's peak memory cannot read below this process's own.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "var" / "corpus"
LOGVIEW = [sys.executable, "-m", "logview"]
PYTHON = [sys.executable, "-c"]


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: seconds of wall and CPU time, peak memory in MB, exit status."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A command of a group; `good` are the exit statuses of a run that did its work."""

    name: str
    command: list[str]
    good: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that do the same work; the first is the yardstick."""

    title: str
    contenders: list[Contender]
    runs: dict[str, list[Run]] = field(default_factory=dict)


def measure(command: list[str]) -> Run:
    """Run `command` once with its output thrown away."""
    quiet = os.open(os.devnull, os.O_RDWR)
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, quiet, standard) for standard in (0, 1, 2)]
    pid = os.posix_spawnp(command[0], command, os.environ | {"TZ": "UTC", "NO_COLOR": ""}, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.perf_counter() - started
    os.close(quiet)
    kilobytes = usage.ru_maxrss if platform.system() != "Darwin" else usage.ru_maxrss / 1024
    return Run(wall_s, usage.ru_utime + usage.ru_stime, kilobytes / 1024, os.waitstatus_to_exitcode(status))


def groups(scheduler: Path, optimizer: Path | None) -> list[Group]:
    """Everything that is measured, on one pino log and, for merging, a Python text log."""
    log, job = str(scheduler), middle_job(scheduler)
    found = [
        Group("count lines", [Contender("wc -l", ["wc", "-l", log])]),
        Group(
            f"one job out of all ({job})",
            [
                Contender("grep -F", ["grep", "-F", job, log]),
                *peer("rg", ["-F", "--no-mmap", job, log]),
                Contender("logview cat --job", [*LOGVIEW, "cat", log, "--job", job]),
                *peer("hl", ["-P", "-f", f"jobId={job}", log]),
                *peer("jq", ["-cR", f'fromjson? | select(.jobId=="{job}")', log]),
                *peer("agrind", [f"{job} | json", "-f", log]),
            ],
        ),
        Group(
            "errors and worse",
            [
                Contender("grep -E", ["grep", "-E", '"level":(50|60),', log]),
                *peer("rg", ["--no-mmap", '"level":(50|60),', log]),
                Contender("logview cat --level error", [*LOGVIEW, "cat", log, "--level", "error"]),
                *peer("hl", ["-P", "-l", "error", log]),
            ],
        ),
        Group(
            "a comparison on any field",
            [
                Contender("grep -c (the field's name)", ["grep", "-c", "duration_ms", log]),
                Contender("logview cat --filter", [*LOGVIEW, "cat", log, "--filter", "duration_ms>1500"]),
                *peer("hl", ["-P", "-q", "duration_ms > 1500", log]),
                *peer("jq", ["-cR", "fromjson? | select(.duration_ms > 1500)", log]),
            ],
        ),
        Group(
            "everything, pretty",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview cat", [*LOGVIEW, "cat", log]),
                *peer("hl", ["-c", "-P", log]),
                *peer("jq", ["-C", "-R", "fromjson?", log]),
                *peer("lnav", ["-n", log]),
            ],
        ),
        Group(
            "everything, normalized JSON",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview cat --output json", [*LOGVIEW, "cat", log, "--output", "json"]),
            ],
        ),
        Group(
            "hold against the standard",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview check", [*LOGVIEW, "check", "--no-config", "--output", "json", log], (0, 1)),
            ],
        ),
    ]
    if optimizer:
        both = [log, str(optimizer)]
        found.append(
            Group(
                "two services in time order",
                [
                    Contender("sort -m (as lines)", ["sort", "-m", *both]),
                    Contender("logview cat", [*LOGVIEW, "cat", *both]),
                    *peer("hl", ["-c", "-P", "-s", *both]),
                    *peer("lnav", ["-n", *both]),
                ],
            )
        )
    return found


def start_up() -> Group:
    small = str(ROOT / "samples" / "logs" / "scheduler.log")
    return Group(
        "start-up",
        [
            Contender("import orjson, msgspec, click", [*PYTHON, "import orjson, msgspec, click"]),
            Contender("logview --help", [*LOGVIEW, "--help"]),
            Contender("logview cat --help", [*LOGVIEW, "cat", "--help"]),
            Contender("logview cat --job, 0.5 MB", [*LOGVIEW, "cat", small, "--job", "job-7f3a"]),
            Contender("import textual.app", [*PYTHON, "import textual.app"]),
        ],
    )


ORJSON = """
import sys, orjson
for line in open(sys.argv[1], "rb"):
    try: orjson.loads(line)
    except ValueError: pass
"""


def peer(program: str, arguments: list[str]) -> list[Contender]:
    """The peer's command where it is installed."""
    return [Contender(program, [program, *arguments])] if shutil.which(program) else []


def made(size: str) -> dict[str, Path]:
    """The corpus of that size, name → file; made if need be."""
    subprocess.run([sys.executable, str(Path(__file__).with_name("corpus.py")), "--size", size], check=True)
    folder = CORPUS if size == "medium" else CORPUS / size
    return {path.name: path for path in folder.iterdir()}


def middle_job(log: Path) -> str:
    """A job ID from the middle of the log."""
    with log.open("rb") as lines:
        lines.seek(log.stat().st_size // 2)
        found = re.search(rb'"jobId":"(job-[0-9a-f]+)"', lines.read(1 << 16))
    assert found
    return found[1].decode()


def run(group: Group, times: int) -> None:
    for _ in range(times):
        for contender in group.contenders:
            done = measure(contender.command)
            if done.status not in contender.good:
                sys.exit(f"{' '.join(contender.command)} ended with status {done.status}")
            group.runs.setdefault(contender.name, []).append(done)


def table(group: Group) -> list[str]:
    """The group as Markdown."""
    lines = [f"### {group.title}", "", "| | wall s | CPU s | peak MB | × the first |", "|---|---:|---:|---:|---:|"]
    walls = {name: statistics.median(run.wall_s for run in runs) for name, runs in group.runs.items()}
    first = next(iter(walls.values()))
    for name, runs in group.runs.items():
        cpu = statistics.median(run.cpu_s for run in runs)
        peak = max(run.peak_mb for run in runs)
        lines.append(f"| {name} | {walls[name]:.3f} | {cpu:.2f} | {peak:.0f} | {walls[name] / first:.1f} |")
    return [*lines, ""]


def page(measured: dict[str, list[Group]], times: int) -> str:
    """The whole page; `measured`: heading → groups."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        "# Benchmarks",
        "",
        f"`make bench`, {os.cpu_count()} cores, {memory_gb:.0f} GiB, page cache warm, output to /dev/null, medians of "
        f"{times} interleaved runs of whole processes. Peers appear where they are installed (`rg`, `hl`, `lnav`, "
        "`jq`, `agrind`): from the system's packages, or with `cargo install`. The logs are the samples' recorded "
        "output, multiplied by `tests/perf/corpus.py`.",
        "",
    ]
    for heading, found in measured.items():
        lines += [f"## {heading}", ""]
        for group in found:
            lines += table(group)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure logview's commands beside other programs.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", choices=["small", "medium"], default="medium", help="50,000 or 1,000,000 lines a log")
    parser.add_argument("--large", action="store_true", help="also 10,000,000 lines")
    parser.add_argument("--only", default="", metavar="WORD", help="only groups with this word in the title")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page instead of printing it")
    options = parser.parse_args()
    logs = made(options.size)
    lines = {"small": "50,000 lines", "medium": "1,000,000 lines"}[options.size]
    measured = {"Start-up": [start_up()], lines: groups(logs["scheduler.ndjson"], logs["optimizer.log"])}
    if options.large:
        measured["10,000,000 lines"] = groups(made("large")["scheduler.ndjson"], None)
    measured = {
        heading: [group for group in found if options.only in f"{heading} {group.title}"]
        for heading, found in measured.items()
    }
    for found in measured.values():
        for group in found:
            print(f"measuring: {group.title}", file=sys.stderr)
            run(group, options.runs)
    text = page(measured, options.runs)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
