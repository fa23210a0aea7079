"""logview beside `wc`, `rg` and the peers that are installed: commands, the viewer, the engine, following.

    python tests/perf/bench.py [--runs 3] [--size small] [--large] [--only WORD] [--write docs/benchmarks.md]

Output goes to /dev/null; runs of a group are interleaved; the page cache is warm. Wall and CPU time are medians, memory
is the highest peak. A run of more than its limit is stopped and said so; a peer that fails costs nothing else.
Read the ratios: each group has its own yardstick, measured in the same minutes.

Imports nothing large: a child's peak memory cannot read below this process's own.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import bench_screen
import bench_targets

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "var" / "corpus"
LOGVIEW = [sys.executable, "-m", "logview"]
PYTHON = [sys.executable, "-c"]
LIMIT_S, OWN_LIMIT_S = 30.0, 600.0
"""Seconds that a peer may take, and that logview may: its own figures are wanted however bad they are."""
LONG_S = 4.0
"""What takes longer is run once."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "TZ": "UTC",
    "NO_COLOR": "",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: seconds of wall and CPU time, peak memory in MB, exit status (negative: a signal)."""

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

    @property
    def is_ours(self) -> bool:
        """Whether a failure is a fault to stop at."""
        return self.command[:3] == LOGVIEW


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that do the same work; the first is the yardstick."""

    title: str
    contenders: list[Contender]
    runs: dict[str, list[Run]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def wall_s(self, name: str) -> float | None:
        """Median wall time; None when it was not measured."""
        runs = self.runs.get(name)
        return statistics.median(run.wall_s for run in runs) if runs else None


def limit_of(command: list[str]) -> float:
    """Seconds that a command may take."""
    return OWN_LIMIT_S if command[: len(LOGVIEW)] == LOGVIEW else LIMIT_S


def measure(command: list[str]) -> Run:
    """Run `command` once with its output thrown away; at most for its limit."""
    quiet = os.open(os.devnull, os.O_RDWR)
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, quiet, standard) for standard in (0, 1, 2)]
    # A group of its own: a shell's children end with it.
    pid = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=actions, setpgroup=0)
    limit = threading.Timer(limit_of(command), os.killpg, (pid, signal.SIGKILL))
    limit.start()
    _, status, usage = os.wait4(pid, 0)
    limit.cancel()
    wall_s = time.perf_counter() - started
    os.close(quiet)
    kilobytes = usage.ru_maxrss if platform.system() != "Darwin" else usage.ru_maxrss / 1024
    return Run(wall_s, usage.ru_utime + usage.ru_stime, kilobytes / 1024, os.waitstatus_to_exitcode(status))


def groups(scheduler: Path, optimizer: Path) -> list[Group]:
    """Everything that is measured as a command, on one pino log and, for merging, a Python text log."""
    log, job = str(scheduler), middle_job(scheduler)
    both = [log, str(optimizer)]
    return [
        Group("count lines", [Contender("wc -l", ["wc", "-l", log])]),
        *(
            Group(f"count a {what}", peer("rg", ["-c", "--no-mmap", text, log], "rg -c"))
            for what, text in TEXTS.items()
        ),
        Group(
            f"one job out of all ({job})",
            [
                Contender("grep -F", ["grep", "-F", job, log]),
                *peer("rg", ["-F", "--no-mmap", job, log], "rg -F --no-mmap"),
                Contender("logview cat --job", [*LOGVIEW, "cat", log, "--job", job]),
                *peer("hl", ["-P", "-f", f"jobId={job}", log]),
                *peer("agrind", [f"{job} | json", "-f", log]),
                *peer("duckdb", ["-c", sql(log, f"jobId = '{job}'")]),
                *peer("jq", ["-cR", f'fromjson? | select(.jobId=="{job}")', log]),
                *peer("fblog", ["-f", f'jobId == "{job}"', log]),
            ],
        ),
        Group(
            "errors and worse",
            [
                Contender("wc -l", ["wc", "-l", log]),
                *peer("rg", ["--no-mmap", '"level":(50|60),', log]),
                Contender("logview cat --level error", [*LOGVIEW, "cat", log, "--level", "error"]),
                *peer("hl", ["-P", "-l", "error", log], "hl -l"),
                *peer("duckdb", ["-c", sql(log, "level >= 50")]),
            ],
        ),
        Group(
            "a comparison on any field",
            [
                Contender("wc -l", ["wc", "-l", log]),
                Contender("logview cat --filter", [*LOGVIEW, "cat", log, "--filter", "duration_ms>1500"]),
                *peer("hl", ["-P", "-q", "duration_ms > 1500", log], "hl -q"),
                *peer("duckdb", ["-c", sql(log, "duration_ms > 1500")]),
                *peer("jq", ["-cR", "fromjson? | select(.duration_ms > 1500)", log]),
            ],
        ),
        Group(
            "everything, pretty",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview cat", [*LOGVIEW, "cat", log]),
                *peer("hl", ["-c", "-P", log], "hl -c"),
                *piped("pino-pretty", f"pino-pretty --colorize < {log}"),
                *peer("fblog", [log]),
                *peer("jq", ["-C", "-R", "fromjson?", log]),
                *peer("lnav", ["-n", log]),
            ],
        ),
        Group(
            "everything, normalized JSON",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview cat --output json", [*LOGVIEW, "cat", log, "--output", "json"]),
                *peer("hl", ["-c", "-P", log], "hl -c"),
            ],
        ),
        Group(
            "hold against the standard",
            [
                Contender("orjson.loads of each line", [*PYTHON, ORJSON, log]),
                Contender("logview check", [*LOGVIEW, "check", "--no-config", "--output", "json", log], (0, 1)),
            ],
        ),
        Group(
            "two services in time order",
            [
                Contender("sort -m (as lines)", ["sort", "-m", *both]),
                Contender("logview cat", [*LOGVIEW, "cat", *both]),
                *peer("hl", ["-c", "-P", "-s", *both], "hl -s"),
                *peer("lnav", ["-n", *both]),
            ],
        ),
    ]


def start_up() -> Group:
    small = str(ROOT / "samples" / "logs" / "scheduler.log")
    return Group(
        "start-up",
        [
            Contender("import orjson, msgspec, click", [*PYTHON, "import orjson, msgspec, click"]),
            Contender("logview --help", [*LOGVIEW, "--help"]),
            Contender("logview cat --help", [*LOGVIEW, "cat", "--help"]),
            Contender("logview check --help", [*LOGVIEW, "check", "--help"]),
            Contender("logview cat --job, 0.5 MB", [*LOGVIEW, "cat", small, "--job", "job-7f3a"]),
            Contender("import textual.app", [*PYTHON, "import textual.app"]),
        ],
    )


TEXTS = {"text": "accepted", "regex": "job-[0-9a-f]{4,}9"}
"""What the engine's text and regular expression filters look for, see bench_engine.py."""
ORJSON = """
import sys, orjson
for line in open(sys.argv[1], "rb"):
    try: orjson.loads(line)
    except ValueError: pass
"""


def sql(log: str, condition: str) -> str:
    """DuckDB's command for the records of a JSON log that fulfil a condition."""
    return f"select * from read_json('{log}', format='newline_delimited', ignore_errors=true) where {condition}"


def peer(program: str, arguments: list[str], name: str = "") -> list[Contender]:
    """The peer's command where it is installed."""
    return [Contender(name or program, [program, *arguments])] if shutil.which(program) else []


def piped(program: str, line: str) -> list[Contender]:
    """The same for a program that reads standard input."""
    return [Contender(program, ["sh", "-c", line])] if shutil.which(program) else []


def made(size: str) -> dict[str, Path]:
    """The corpus of that size, name → file; made if need be."""
    subprocess.run([sys.executable, str(Path(__file__).with_name("corpus.py")), "--size", size], check=True)
    folder = CORPUS if size == "medium" else CORPUS / size
    return {path.name: path for path in folder.iterdir() if path.is_file()}


def middle_job(log: Path) -> str:
    """A job ID from the middle of the log."""
    with log.open("rb") as lines:
        lines.seek(log.stat().st_size // 2)
        found = re.search(rb'"jobId":"(job-[0-9a-f]+)"', lines.read(1 << 16))
    assert found
    return found[1].decode()


def run(group: Group, times: int) -> None:
    """Interleaved runs; a command that failed or takes long is not run again."""
    for _ in range(times):
        for contender in group.contenders:
            before = group.runs.get(contender.name, [])
            if contender.name in group.failed or (before and before[0].wall_s > LONG_S):
                continue
            done = measure(contender.command)
            if done.status not in contender.good:
                limit_s = limit_of(contender.command)
                stopped = done.status == -signal.SIGKILL and done.wall_s >= limit_s
                why = f"stopped after {limit_s:.0f} s" if stopped else f"ended with status {done.status}"
                group.failed[contender.name] = why
                if contender.is_ours:
                    print(f"{' '.join(contender.command)}: {why}", file=sys.stderr)
                continue
            group.runs.setdefault(contender.name, []).append(done)


def table(group: Group) -> list[str]:
    """The group as Markdown."""
    lines = [f"### {group.title}", "", "| | wall s | CPU s | peak MB | × the first |", "|---|---:|---:|---:|---:|"]
    first = group.wall_s(group.contenders[0].name)
    for contender in group.contenders:
        name = contender.name
        if name in group.failed:
            lines.append(f"| {name} | {group.failed[name]} | | | |")
        elif runs := group.runs.get(name):
            wall, cpu = group.wall_s(name) or 0.0, statistics.median(run.cpu_s for run in runs)
            ratio = f"{wall / first:.1f}" if first else ""
            lines.append(f"| {name} | {wall:.3f} | {cpu:.2f} | {max(run.peak_mb for run in runs):.0f} | {ratio} |")
    return [*lines, ""]


def engine(logs: list[Path]) -> list[bench_targets.Row]:
    """What `bench_engine.py` measures; nothing when it failed, which is said on standard error."""
    command = [sys.executable, str(Path(__file__).with_name("bench_engine.py")), "--json", *map(str, logs)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, env=ENVIRONMENT, timeout=600, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"{' '.join(command)}: {error}", file=sys.stderr)
        return []
    return bench_targets.loads(done.stdout)


def warm(logs: list[Path]) -> None:
    """Compiled modules, as an installation has them, and the logs in the page cache."""
    for folder in {Path(path) for path in sys.path if path.endswith("site-packages")} | {ROOT / "logview"}:
        compileall.compile_dir(str(folder), quiet=2)
    for log in logs:
        subprocess.run(["cat", str(log)], stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure logview beside other programs.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", choices=["small", "medium"], default="medium", help="50,000 or 1,000,000 lines a log")
    parser.add_argument("--large", action="store_true", help="also 10,000,000 lines")
    parser.add_argument("--only", default="", metavar="WORD", help="only groups with this word in the title")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page instead of printing it")
    options = parser.parse_args()
    logs = made(options.size)
    warm(list(logs.values()))
    sizes = {"small": "50,000 lines", "medium": "1,000,000 lines"}[options.size], "10,000,000 lines"
    work = [(sizes[0], logs)]
    if options.large:
        work.append((sizes[1], made("large")))
    parts = [measured(options, size, made["scheduler.ndjson"], made["optimizer.log"]) for size, made in work]
    text = page(parts, options)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)


def measured(options: argparse.Namespace, heading: str, scheduler: Path, optimizer: Path) -> bench_targets.Part:
    """All measurements on logs of one size."""
    begun = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s, {heading}: {what}", file=sys.stderr)

    found = [group for group in [start_up(), *groups(scheduler, optimizer)] if options.only in group.title]
    found = [group for group in found if group.contenders]
    for group in found:
        tell(group.title)
        run(group, options.runs)
    records = int(heading.split(" ", maxsplit=1)[0].replace(",", ""))
    part = bench_targets.Part(heading, records, {group.title.split(" (")[0]: group for group in found})
    if not options.only or options.only == "viewer":
        for title, logs in (("one log", [scheduler]), ("two logs", [scheduler, optimizer])):
            tell(f"viewer on {title}")
            part.screens[title] = bench_screen.first_screens(logs, options.runs, ENVIRONMENT)
            tell(f"engine on {title}")
            part.engine[title] = engine(logs)
        for rate in () if records > bench_targets.MEDIUM else (10_000, 50_000):
            tell(f"following {rate:,} lines/s")
            part.following[rate] = bench_screen.following(rate, 5.0, ENVIRONMENT)
    tell("done")
    return part


def page(parts: list[bench_targets.Part], options: argparse.Namespace) -> str:
    """The whole page."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory_gb:.0f} GiB"
    lines = bench_targets.introduction(machine, options.runs)
    for part in parts:
        lines += bench_targets.verdicts(part)
    for part in parts:
        lines += [f"## {part.heading}", ""]
        for title, found in part.screens.items():
            yardstick = part.wall_s("start-up", "import textual.app") or 1.0
            lines += [f"### first screen of {title}", "", *bench_screen.table(found, ("import textual.app", yardstick))]
        for title, rows in part.engine.items():
            lines += [f"### the engine on {title}", "", *bench_targets.engine_table(rows)]
        for group in part.groups.values():
            lines += table(group)  # type: ignore[arg-type]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
