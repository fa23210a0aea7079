"""What was aimed at and what was measured: each target met or missed, with the reason; and the page around it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench_screen import Shown

Row = tuple[str, float, str]
"""(what, how much, unit)"""


class Medians(Protocol):
    """A group of commands that were measured."""

    def wall_s(self, name: str) -> float | None:
        """Median wall time of a command; None when it was not measured."""


@dataclass(slots=True)
class Part:
    """All measurements on logs of one size."""

    heading: str
    records: int
    groups: Mapping[str, Medians]
    screens: dict[str, dict[str, list[Shown]]] = field(default_factory=dict)
    engine: dict[str, list[Row]] = field(default_factory=dict)
    following: dict[int, dict[str, float]] = field(default_factory=dict)

    def wall_s(self, group: str, name: str) -> float | None:
        """Median wall time of a command."""
        return self.groups[group].wall_s(name) if group in self.groups else None

    def amount(self, logs: str, beginning: str) -> float | None:
        """What the engine's row with this beginning says."""
        found = (amount for name, amount, _ in self.engine.get(logs, []) if name.startswith(beginning))
        return next(found, None)

    def first_s(self, logs: str) -> float | None:
        """Median time to logview's first screen."""
        seen = sorted(run.first_s or float("inf") for run in self.screens.get(logs, {}).get("logview", []))
        return seen[len(seen) // 2] if seen else None


MEDIUM = 2_000_000
"""Records up to which a part's logs are of the usual size; following is measured beside these only."""


class Verdict(NamedTuple):
    """What was measured against a target; `is_met` None: the other program is not installed."""

    measured: str
    is_met: bool | None


NOT_MEASURED = Verdict("not measured: a program is missing, failed or was stopped", None)


def ratio(mine: float | None, other: float | None, limit: float) -> Verdict:
    """Mine as a multiple of the other's time."""
    if mine is None or not other:
        return NOT_MEASURED
    return Verdict(f"{mine / other:.2f} × ({mine:.3f} s to {other:.3f} s)", mine / other <= limit)


def below(amount: float | None, limit: float, unit: str, scale: float = 1.0) -> Verdict:
    """An amount of at most `limit` of the unit."""
    if amount is None:
        return NOT_MEASURED
    return Verdict(f"{amount * scale:,.4g} {unit}", amount * scale <= limit)


def _columns(part: Part) -> Verdict:
    names = ("level:", "time range:", "service:", "violations:")
    spent = [amount for name in names if (amount := part.amount("one log", name)) is not None]
    return below(max(spent, default=None), 50, "ms, the slowest of four", 1000)


def _follow(part: Part, rate: int, part_of_core: float, p99_ms: float) -> Verdict:
    found = part.following.get(rate)
    if not found:
        return Verdict("the same for logs of any size", None) if part.records > MEDIUM else NOT_MEASURED
    text = (
        f"p50 {found['p50']:.0f} ms, p99 {found['p99']:.0f} ms, {found['core']:.0%} of a core, last line "
        f"{found['behind']:.2f} s after the writer ended, idle {found['idle']:.1%}"
    )
    fine = found["p99"] <= p99_ms and found["core"] <= part_of_core and found["behind"] < 1 and found["idle"] < 0.01
    return Verdict(text, fine)


def _check(part: Part) -> Verdict:
    spent = part.wall_s("hold against the standard", "logview check")
    if not spent:
        return NOT_MEASURED
    return Verdict(f"{part.records / spent:,.0f} records/s", part.records / spent >= 400_000)


def _starts(part: Part) -> Verdict:
    commands = ("logview --help", "logview cat --help", "logview check --help")
    spent = [wall for name in commands if (wall := part.wall_s("start-up", name)) is not None]
    return ratio(max(spent, default=None), part.wall_s("start-up", "import orjson, msgspec, click"), 2)


def _job_s(part: Part) -> float:
    return 0.25 if part.records <= MEDIUM else 1.2


HL = {"hl": 0.59, "hl -q": 0.58, "hl -l": 0.37, "hl -c": 1.08, "hl -s": 2.57}
"""hl 0.36's wall time on 1 M pino records as a multiple of `orjson.loads` of each line (1.43 s), 2 cores, in one run.

For a machine without hl; `-s` without an index, and with a second log in JSON, since hl drops every line of a text log.
"""


def beside(group: str, mine: str, other: str, limit: Callable[[Part], float]) -> Callable[[Part], Verdict]:
    """Two commands of a group; where hl is missing, what it took elsewhere stands for it, and the verdict says so."""

    def judge(part: Part) -> Verdict:
        there = part.wall_s(group, other)
        if there is not None:
            return ratio(part.wall_s(group, mine), there, limit(part))
        here, yardstick = part.wall_s(group, mine), part.wall_s("everything, pretty", "orjson.loads of each line")
        if here is None or yardstick is None:
            return NOT_MEASURED
        found = ratio(here, yardstick * HL[other], limit(part))
        return found._replace(measured=f"{found.measured}; hl not installed: {HL[other]} × orjson.loads, as elsewhere")

    return judge


TARGETS: list[tuple[str, str, Callable[[Part], Verdict]]] = [
    (
        "first screen of one log",
        "≤ 3 × `import textual.app`, whatever the size",
        lambda part: ratio(part.first_s("one log"), part.wall_s("start-up", "import textual.app"), 3),
    ),
    (
        "first screen of two logs",
        "the same",
        lambda part: ratio(part.first_s("two logs"), part.wall_s("start-up", "import textual.app"), 3),
    ),
    (
        "whole file indexed",
        "≤ 8 × `wc -l`",
        lambda part: ratio(part.amount("one log", "whole index"), part.amount("one log", "wc -l"), 8),
    ),
    (
        "loop delay while indexing, p99",
        "< 16 ms",
        lambda part: below(part.amount("one log", "loop delay"), 16, "ms"),
    ),
    (
        "one job in the viewer, all hits counted",
        "1 M ≤ 0.25 s, 10 M ≤ 1.2 s",
        lambda part: below(part.amount("one log", "one job:"), _job_s(part), "s"),
    ),
    ("level, time, service, violation filters", "< 50 ms on 10 M", _columns),
    (
        "text filter",
        "≤ 5 × `rg -c --no-mmap`",
        lambda part: ratio(part.amount("one log", "text:"), part.wall_s("count a text", "rg -c"), 5),
    ),
    (
        "regex filter",
        "≤ 5 × `rg -c --no-mmap`",
        lambda part: ratio(part.amount("one log", "regex:"), part.wall_s("count a regex", "rg -c"), 5),
    ),
    (
        "two logs merged, complete",
        "≤ 1 s for 2 × 1 M, 10 s for 2 × 10 M",
        lambda part: below(part.amount("two logs", "whole index"), 1 if part.records <= MEDIUM else 10, "s"),
    ),
    (
        "memory, indexed",
        "≤ 32 bytes a record + 80 MB",
        lambda part: below(part.amount("one log", "memory a record"), 32, "bytes a record beyond 80 MB"),
    ),
    *(
        (name, target, beside(group, mine, other, limit))
        for name, target, group, mine, other, limit in (
            (
                "`cat --job`",
                "≤ 0.35 × hl on 1 M, ≤ 0.1 × on 10 M",
                "one job out of all",
                "logview cat --job",
                "hl",
                lambda part: 0.35 if part.records <= MEDIUM else 0.1,
            ),
            (
                "`cat --level error`",
                "≤ 1 × hl -l",
                "errors and worse",
                "logview cat --level error",
                "hl -l",
                lambda _: 1,
            ),
            (
                "comparison on any field",
                "≤ 1 × hl -q",
                "a comparison on any field",
                "logview cat --filter",
                "hl -q",
                lambda _: 1,
            ),
            (
                "`cat`, everything, pretty",
                "≤ 2 × hl -c",
                "everything, pretty",
                "logview cat",
                "hl -c",
                lambda _: 2,
            ),
            (
                "`cat`, everything, JSON",
                "≤ 2 × hl -c",
                "everything, normalized JSON",
                "logview cat --output json",
                "hl -c",
                lambda _: 2,
            ),
            (
                "two services in time order",
                "≤ 0.5 × hl -s",
                "two services in time order",
                "logview cat",
                "hl -s",
                lambda _: 0.5,
            ),
        )
    ),
    (
        "following 10,000 lines/s",
        "p99 < 150 ms, < 25 % of a core, idle < 1 %",
        lambda part: _follow(part, 10_000, 0.25, 150),
    ),
    ("following 50,000 lines/s", "never behind, ≤ 1 core", lambda part: _follow(part, 50_000, 1.0, 1000)),
    ("`check`", "≥ 400,000 records/s", _check),
    ("start-up of `--help`, `cat`, `check`", "< 2 × `import orjson, msgspec, click`", _starts),
]

LIMITS = {
    "first screen of one log": "imports are most of it: Textual, numpy and the decoders; only one thread can import",
    "whole file indexed": "of the CPU time an eighth is finding line ends, a fifth comparing heads and reading times, "
    "a sixth the search for what contradicts a head, a fifteenth reading; the rest copies blocks and makes columns: "
    "some fifty passes over words of each line, since numpy has no loop over lines, where `wc` looks once at "
    "each byte. Two processes share it, the second one two thirds of the surveying; at once each takes a third longer "
    "than alone. Other threads instead brought nothing: numpy leaves them the interpreter too briefly. Blocks of other "
    "sizes and line ends by words of 64 bytes brought nothing more; the search is one automaton for forty keys, at a "
    "third of the rate of a single literal, and its pieces by themselves take as long",
    "first screen of two logs": "as for one log",
    "loop delay while indexing, p99": "columns and lines without a head are work in Python between the surveys, "
    "and two cores carry the surveys, the reader and the loop",
    "two logs merged, complete": "of 2.2 s of CPU time of both processes half is surveying, mostly the second one's, "
    "and half placing what was surveyed, which is the first one's, with a tenth to bring both in order. The text log "
    "costs as much as JSON of twice its size: a third is comparing heads and reading dates, a fifth framing each "
    "eleventh line, which has no head: most are in seven thousand tracebacks seen before, some 40 µs each in Python. "
    "Blocks of 2 MiB instead of 1 took a tenth of the CPU time off",
    "one job in the viewer, all hits counted": "hyperscan finds the ID at 6 GB/s and letters spelled by their numbers "
    "at the same rate, by themselves (as one pattern both at 2); reading is as fast; a fifth is columns and Python",
    "level, time, service, violation filters": "a dozen passes over columns of bytes; what passes whole is a range",
    "following 50,000 lines/s": "idle: each file is looked at 20 times a second, so that none is truncated away "
    "unread; a look is a stat of its folder and one of it, and waking up for them costs more than they do",
    "following 10,000 lines/s": "half is pictures: 35 new rows, each decoded, laid out in columns and made escape "
    "sequences in Python, 9 times a second; fewer would cost less, but a line waits for the next one already for most "
    "of its time. Of a picture two fifths are the rows (half of that decoding), a fifth is what the view asks about "
    "them, the rest Textual's messages and placing. A quarter is looking at the files 160 times a second, eleven "
    "system calls where both have grown: what was read is compared before it is believed, and fewer looks lose more "
    "of what is truncated away. The rest is taking in, some fifty calls of numpy each time, verdicts and counts",
    "`cat`, everything, pretty": "a sixth is the index; a line costs one match of a regular expression, as much as "
    "`orjson.loads`, nearly as much again to fill a format, and half of that for its time, its place and what does not "
    "fit; two processes print, and hl is Rust. Tried: a record for each line (12 ×), all values of a batch found by "
    "numpy and gathered at once (3.1 ×), lists joined instead of formats, more lines at a time (no gain)",
    "`cat`, everything, JSON": "as for pretty",
    "text filter": "hyperscan reads at 6 GB/s; copying blocks out of the page cache, which `rg` does too, and hits of "
    "each block brought into rows are the rest",
    "`cat --job`": "of a million lines' third of a second two thirds is starting Python and importing, of ten million "
    "lines' time nearly all the scan, at the rate of `rg --no-mmap`, and decoding around the hits",
    "`cat --level error`": "every line is brought into columns first, more than half of the time, by two processes: no "
    "bytes stand for a level in all formats; a tenth is decoding and printing the errors, most of which come again, "
    "the rest start-up",
    "two services in time order": "both are indexed before the first line, since the last of one may be the oldest; "
    "then as for pretty, for both, the rows of two files in turn",
    "comparison on any field": "only lines with a large enough number are looked at, but each of them is decoded and "
    "printed in Python: that is nine tenths of it, the scan one",
    "`check`": "no line that is like one before is decoded; a second process takes blocks apart, and the first where "
    "it would wait, so that both are busy: numpy and hyperscan over every byte, two fifths of the processor time, a "
    "third of that for what makes a value worth a look. Left to the first, in the stream's order: imports, a sixth of "
    "a million lines' time, which nothing hides; records, a quarter, most of them lines with secrets, which all rules "
    "look at, 0.5 ms each in Python; a fifth rules that count and keep clocks; the rest framing, columns and findings. "
    "Tried: one regular expression over all kinds, as for `cat` (a match alone takes 1.4 times as long as lines, "
    "layouts and times in numpy); blocks of 4 MiB (a fifth of the rules' time, and as much lost in the processor's "
    "cache)",
}


def verdicts(part: Part) -> list[str]:
    """The targets as a Markdown table."""
    lines = [f"## Targets, {part.heading}", "", "| work | target | measured | |", "|---|---|---|---|"]
    for name, target, judge in TARGETS:
        measured, is_met = judge(part)
        if is_met is None:
            word = ""
        else:
            word = "met" if is_met else f"**missed**: {LIMITS[name]}" if name in LIMITS else "**missed**"
        lines.append(f"| {name} | {target} | {measured} | {word} |")
    return [*lines, ""]


def engine_table(rows: list[Row]) -> list[str]:
    """The engine's measurements; times also as multiples of the first."""
    first = rows[0][1] if rows else 0.0
    lines = ["| | | × the first |", "|---|---:|---:|"]
    for name, amount, unit in rows:
        times = f"{amount / first:.1f}" if unit == "s" and first else ""
        lines.append(f"| {name} | {amount:,.3f} {unit} | {times} |")
    return [*lines, ""]


def loads(data: bytes) -> list[Row]:
    """The rows that `bench_engine.py --json` prints."""
    return [(str(name), float(amount), str(unit)) for name, amount, unit in json.loads(data)]


def introduction(machine: str, runs: int) -> list[str]:
    """How the page came to be."""
    return [
        "# Benchmarks",
        "",
        f"Made by `make bench` on {machine}; page cache warm, output to /dev/null, medians of {runs} interleaved runs "
        "of whole processes (one run of what takes longer than 4 s; a peer's run of 30 s is stopped). Read the ratios: "
        "absolute times move with the machine. The logs are the samples' recorded output, "
        "multiplied by `tests/perf/corpus.py`.",
        "",
        "Peers appear where they are on the PATH: `rg`, `jq` and `lnav` from the system's packages; `hl` from its "
        "repository (pamburus/hl, `cargo install --git`; the crate of that name is another program); `logana`, "
        "`agrind` (angle-grinder) and `fblog` with `cargo install logana ag fblog`; `pino-pretty` with `npm install "
        "-g`; `tl` (toolong) with `pipx install toolong`; `duckdb` from its release page.",
        "",
    ]
