"""The engine without a screen: first rows, whole index, filters, following; on its own clock, beside `wc -l`.

    python tests/perf/bench_engine.py LOG [LOG …] [--job ID] [--follow LINES_PER_S]

Every measurement is a process of its own. Prints a Markdown table; `rows` gives the same as data. The verdict pass is
off while filters are measured: it takes the interpreter for itself in between, which is what the delay row shows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logview.engine import Engine

Row = tuple[str, float, str]
"""(what, how much, unit)"""

FILTERS = {
    "level": "level>=error",
    "time range": "time>=2026-11-23T08:00Z time<2026-11-23T09:00Z",
    "service": "service=scheduler",
    "violations": "is:violation",
    "text": "accepted",
    "regex": "/job-[0-9a-f]{4,}9/",
    "any field": "duration_ms>1500",
}
WRITER = """
import sys, time
paths, rate, seconds = sys.argv[1:-2], int(sys.argv[-2]), float(sys.argv[-1])
files = [open(path, "ab", buffering=0) for path in paths]
step, n, begin = max(rate // 200, 1), 0, time.monotonic()
while n < rate * seconds:
    now = time.time()
    for i, file in enumerate(files):
        line = b'{"level":30,"time":%d,"service":"s%d","seq":%d,"msg":"tick"}\\n'
        file.write(b"".join(line % (now * 1000, i, n + k) for k in range(step // len(files) or 1)))
    n += max(step, len(files))
    time.sleep(max(0.0, begin + n / rate - time.monotonic()))
"""


def rows(logs: list[Path], job: str | None = None) -> list[Row]:
    """Index and filters on the logs: each measured in a fresh process."""
    counted = min(_wc(logs) for _ in range(3))
    found: list[Row] = [("wc -l", counted, "s"), *_measured("index", logs), *_measured("again", logs)]
    queries = {"one job": f"job={job}", **FILTERS} if job else FILTERS
    found += _measured("filters", logs, json.dumps(queries))
    return found


def _wc(logs: list[Path]) -> float:
    started = time.perf_counter()
    subprocess.run(["wc", "-l", *map(str, logs)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _measured(what: str, logs: list[Path], *more: str) -> list[Row]:
    command = [sys.executable, __file__, "--inside", what, *more, *map(str, logs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def _engine(logs: list[str], *, judged: bool) -> Engine:
    from logview.config import Config
    from logview.engine import Engine, judge

    if not judged:
        judge.Judge.slice = lambda _self, _cancelled: False  # type: ignore[method-assign]
    return Engine(Config(), logs)


def _index(logs: list[str]) -> list[Row]:
    """First rows and whole index, while this thread asks every 5 ms how late it is, as a screen's loop would be."""
    engine = _engine(logs, judged=True)
    view, begun, cpu, first, late = engine.view(), time.perf_counter(), time.process_time(), 0.0, []
    engine.start()
    while not engine.is_indexed:
        asked = time.perf_counter()
        time.sleep(0.005)
        late.append(time.perf_counter() - asked - 0.005)
        if view.rows and not first:
            first = time.perf_counter() - begun
    done, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.close()
    p99 = sorted(late)[len(late) * 99 // 100]
    return [
        ("first rows", first or done, "s"),
        ("whole index", done, "s"),
        ("whole index, CPU", cpu, "s"),
        ("records", view.rows, ""),
        ("loop delay meanwhile, p99", p99 * 1000, "ms"),
        ("memory", peak, "MB"),
        ("memory a record beyond 80 MB", (peak - 80) * 2**20 / max(view.rows, 1), "bytes"),
    ]


def _again(logs: list[str]) -> list[Row]:
    """The second opening, with the index that the first one kept."""
    from logview.config import Config
    from logview.engine import Engine

    with tempfile.TemporaryDirectory() as folder:
        spent = 0.0
        for _ in range(2):
            begun, engine = time.perf_counter(), Engine(Config(), logs, cache=folder)
            engine.start()
            while not engine.is_indexed:
                time.sleep(0.002)
            spent = time.perf_counter() - begun
            while engine._reader.is_keeping:
                time.sleep(0.002)
            engine.close()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return [("second opening, whole index", spent, "s"), ("its kept index", size / 2**20, "MB")]


def _filters(queries: dict[str, str], logs: list[str]) -> list[Row]:
    from logview.query import parse

    engine = _engine(logs, judged=False)
    engine.start()
    while not engine.is_indexed:
        time.sleep(0.01)
    found: list[Row] = []
    for name, text in queries.items():
        begun, cpu = time.perf_counter(), time.process_time()
        view = engine.view(parse(text))
        while not view.complete:
            time.sleep(0.001)
        spent = time.perf_counter() - begun
        found.append((f"{name}: {text} ({view.rows:,} rows)", spent, "s"))
        found.append((f"{name}, CPU", time.process_time() - cpu, "s"))
        view.close()
    engine.close()
    return found


def following(rate: int, seconds: float = 5.0) -> list[Row]:
    """Two files written at `rate` lines a second in all: how late rows are there, and what it costs."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured("follow", [Path(folder)], str(rate), str(seconds))


def _follow(rate: str, seconds: str, folder: str) -> list[Row]:
    logs = [str(Path(folder) / name) for name in ("left.log", "right.log")]
    for log in logs:
        Path(log).touch()
    engine = _engine(logs, judged=True)
    view, late = engine.view(), []
    engine.start()
    while not engine.is_indexed:
        time.sleep(0.01)
    cpu, seen = time.process_time(), 0
    with subprocess.Popen([sys.executable, "-c", WRITER, *logs, rate, seconds]) as writer:
        while writer.poll() is None or view.rows < seen or engine.progress() < 1:
            time.sleep(0.01)
            rows_now, now = view.rows, time.time()
            if rows_now > seen:
                late.append(now - (view.time_ns(seen) or 0) / 1e9)
                seen = rows_now
        ended = time.time()
    written = sum(Path(log).read_bytes().count(b"\n") for log in logs)
    while view.rows < written and time.time() < ended + 60:
        time.sleep(0.005)
    behind, spent = time.time() - ended, time.process_time() - cpu
    missing = written - view.rows
    engine.close()
    late.sort()
    return [
        (f"{rate} lines/s: rows missing of {written:,}", missing, ""),
        (f"{rate} lines/s: oldest new row seen after, p50", late[len(late) // 2] * 1000, "ms"),
        (f"{rate} lines/s: oldest new row seen after, p99", late[len(late) * 99 // 100] * 1000, "ms"),
        (f"{rate} lines/s: behind when the writer stopped", behind, "s"),
        (f"{rate} lines/s: part of a core", spent / float(seconds), ""),
    ]


STEPS = {
    "reading": ("logview.sources.stream", "LogicalSource.read"),
    "cutting into lines": ("logview.index.survey", "line_ends"),
    "comparing heads, reading times": ("logview.index.mould", "Mould.fit"),
    "searching for what contradicts a head": ("logview.index.doubt", "Search.hits"),
    "framing what has no head": ("logview.index.scan", "Scanner._frames"),
    "decoding what has no head": ("logview.index.scan", "Scanner._row"),
    "appending columns": ("logview.index.store", "Store.append"),
}


def _profile(logs: list[str]) -> list[Row]:
    """CPU time of the index by step, everything in one thread; and of the imports by package."""
    spent: dict[str, float] = {}
    for name, (module, path) in STEPS.items():
        _timed(name, importlib.import_module(module), path, spent)
    engine = _engine(logs, judged=False)
    begun = time.process_time()
    for number, source in enumerate(engine._follower.sources):
        engine.join(number, source)
        feed, size = engine.feeds[number], 8 << 10
        while feed.taken < source.size():
            for piece in feed.cut(source.read(feed.taken, size), feed.taken, is_last=False):
                feed.place(feed.survey(*piece))
            size = min(size * 4, 1 << 20)
    spent["the rest"] = time.process_time() - begun - sum(spent.values())
    engine.close()
    rows = [(f"index, CPU: {name}", amount, "s") for name, amount in spent.items()]
    return [*rows, *((f"import, wall: {name}", amount, "s") for name, amount in _imports().items())]


def _timed(name: str, owner: Any, path: str, spent: dict[str, float]) -> None:
    *outer, last = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    work = getattr(owner, last)

    def timed(*arguments: Any, **named: Any) -> Any:
        begun = time.process_time()
        try:
            return work(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - begun

    setattr(owner, last, timed)


def _imports() -> dict[str, float]:
    """Seconds that the viewer's imports take, by package; `-X importtime` itself costs a part of that."""
    command = [sys.executable, "-X", "importtime", "-c", "import logview.cli.main, logview.cli.view, logview.tui.app"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = {}
    for microseconds, module in re.findall(r"import time: +(\d+) \| +\d+ \| +([\w.]+)", done.stderr):
        package = module.split(".")[0]
        name = package if package in {"logview", "textual", "rich", "numpy", "msgspec", "click", "regex"} else "others"
        found[name] = found.get(name, 0.0) + int(microseconds) / 1e6
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def job_in(log: Path) -> str | None:
    """A job ID from the middle of a log."""
    with log.open("rb") as lines:
        lines.seek(log.stat().st_size // 2)
        found = re.search(rb"\bjob-[0-9a-f]+\b", lines.read(1 << 16))
    return found[0].decode() if found else None


def table(found: list[Row]) -> str:
    """Markdown; times also as a multiple of the first."""
    first = found[0][1]
    lines = ["| | | × wc -l |", "|---|---:|---:|"]
    for name, amount, unit in found:
        ratio = f"{amount / first:.1f}" if unit == "s" and first else ""
        lines.append(f"| {name} | {amount:,.3f} {unit} | {ratio} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the engine without a screen.")
    parser.add_argument("logs", nargs="*")
    parser.add_argument("--job")
    parser.add_argument("--follow", type=int, metavar="LINES_PER_S")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON, and where the time goes")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside == "index":
        print(json.dumps(_index(options.logs)))
    elif options.inside == "again":
        print(json.dumps(_again(options.logs)))
    elif options.inside == "filters":
        print(json.dumps(_filters(json.loads(options.logs[0]), options.logs[1:])))
    elif options.inside == "follow":
        print(json.dumps(_follow(*options.logs)))
    elif options.inside == "profile":
        print(json.dumps(_profile(options.logs)))
    elif options.json:
        logs = [Path(log) for log in options.logs]
        print(json.dumps([*rows(logs, options.job or job_in(logs[0])), *_measured("profile", logs)]))
    else:
        if options.logs:
            logs = [Path(log) for log in options.logs]
            print(table(rows(logs, options.job or job_in(logs[0]))))
        if options.follow:
            print(table([("", 0.0, ""), *following(options.follow)]))


if __name__ == "__main__":
    main()
