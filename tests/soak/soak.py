"""`make soak`: does a follower show every line once, in order, through every kind of rotation and fault?

A process writes numbered, checksummed lines to two files while it renames, truncates, deletes and replaces them.
logview follows them (as an object, as `logview cat --follow`, as the app in a terminal), and so do `tail -F` and, where
installed, `hl -F`: the same files, the same run. The table says what each one lost.

Exit status 1 when logview lost a line without a word, showed one twice, torn or out of order, or when `tail -F` lost
nothing in one of the kinds where it must: then the run was not strict enough.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from soak_faults import DIARY, KINDS, MIX  # noqa: E402 - found beside this script
from soak_readers import ObjectReader, Reader, headless, hl, tail  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from soak_ledger import Verdict

STRICT = ("rename, writer keeps the old descriptor", "two to five renames between polls", "truncate and refill")
"""Kinds in which `tail -F` is known to lose lines; each in which it loses nothing shows a run that is too gentle."""
ATTEMPTS = 12
"""Seeds tried in a strict kind until `tail -F` has lost something: it wins a race against the writer now and then, on a
busy machine four times in a row."""
LEVELS = ("object", "headless", "app")


@dataclass
class Outcome:
    """One run of one kind."""

    kind: str
    written: int
    verdicts: dict[str, Verdict]
    diary: list[str] = field(default_factory=list)


def soak(
    kind: str,
    *,
    lines: int = 3000,
    seed: int = 1,
    longest: int = 4096,
    every: int = 150,
    make: Callable[[list[Path], Path], list[Reader]],
) -> Outcome:
    """One kind of fault, with the readers that `make` gives, all at the same files.

    lines  per source; longest bytes of a line's text; `every` so many lines a fault
    """
    with tempfile.TemporaryDirectory(prefix="logview-soak-") as name:
        folder = Path(name)
        paths = []
        for src in "ab":
            (folder / src).mkdir()
            paths.append(folder / src / f"{src}.log")
            paths[-1].touch()
        readers = make(paths, folder)
        deadline = time.monotonic() + 30
        while not all(reader.is_ready(paths) for reader in readers) and time.monotonic() < deadline:
            time.sleep(0.02)
        script = str(Path(__file__).with_name("soak_faults.py"))
        options = ["--lines", str(lines), "--seed", str(seed), "--longest", str(longest), "--every", str(every)]
        subprocess.run([sys.executable, script, str(folder), kind, *options], check=True)
        ledger = dict(entry.split() for entry in (folder / "ledger").read_text().splitlines())
        written_at = float(ledger.pop("at"))
        written = {src: int(count) for src, count in ledger.items()}
        verdicts = {reader.name: reader.finish(written, written_at) for reader in readers}
        return Outcome(kind, sum(written.values()), verdicts, (folder / DIARY).read_text().splitlines())


def readers_for(levels: list[str], *, controls: bool, stall: float) -> Callable[[list[Path], Path], list[Reader]]:
    """Makes the readers of the wanted levels."""

    def make(paths: list[Path], folder: Path) -> list[Reader]:
        readers: list[Reader] = []
        if "object" in levels:
            readers.append(ObjectReader(paths, stall=stall))
        if "headless" in levels:
            readers.append(headless(paths, folder, stopped_s=stall))
        if "app" in levels:
            from soak_app import AppReader

            readers.append(AppReader(paths, folder))
        if controls:
            readers.append(tail(paths, folder))
            control = hl(paths, folder)
            if control is not None:
                readers.append(control)
        return readers

    return make


def table(outcomes: list[Outcome]) -> str:
    """Markdown: what each reader is missing, kind by kind."""
    names = list(outcomes[0].verdicts)
    rows = [
        "| kind of fault | lines | " + " | ".join(names) + " | announced by logview |",
        "|---|---:|" + "---|" * (len(names) + 1),
    ]
    for outcome in outcomes:
        first = next(iter(outcome.verdicts.values()))
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(first.notices.items())) or "–"
        cells = " | ".join(str(verdict) for verdict in outcome.verdicts.values())
        rows.append(f"| {outcome.kind} | {outcome.written:,} | {cells} | {told} |")
    return "\n".join(rows)


def faults_of(outcomes: list[Outcome], *, controls: bool) -> list[str]:
    """Why the soak failed; empty when it passed."""
    faults = []
    for outcome in outcomes:
        for name, verdict in outcome.verdicts.items():
            if name.startswith("logview") and not verdict.is_clean:
                faults.append(f"{name}: {outcome.kind}: {verdict}")
                faults += explained(verdict, outcome.diary)
            may_lose = outcome.kind == MIX or KINDS[outcome.kind].may_lose
            if name.startswith("logview") and verdict.missing and not may_lose:
                faults.append(f"{name}: {outcome.kind}: {verdict.missing} missing though nothing was lost")
    for kind in STRICT if controls else ():
        strict = [outcome for outcome in outcomes if outcome.kind == kind]
        if strict and not any(map(tail_has_lost, strict)):
            faults.append(f"tail -F: {kind}: lost nothing where it must; the run is not strict enough")
    return faults


def tail_has_lost(outcome: Outcome) -> bool:
    """Whether `tail -F` lost a line, or showed one torn."""
    control = outcome.verdicts.get("tail -F")
    return control is not None and bool(control.missing or control.torn)


def explained(verdict: Verdict, diary: list[str]) -> list[str]:
    """The first wrong lines, and what was done to their files just before and after they were written."""
    said = []
    for src, seq, what in verdict.wrong:
        entries = [entry.split(" ", 3) for entry in diary if entry.startswith(f"{src} ")]
        after = next((n for n, entry in enumerate(entries) if int(entry[2]) >= seq), len(entries))
        near = "; ".join(f"{kind} at {first}–{last}" for _, first, last, kind in entries[max(0, after - 2) : after + 2])
        said.append(f"    line {seq} of {src} {what}: {near}")
    return said


@dataclass(frozen=True)
class Plan:
    """What one process is to run."""

    kind: str
    seed: int
    lines: int
    longest: int
    levels: tuple[str, ...]
    controls: bool
    stall: float


def carried_out(plan: Plan) -> list[Outcome]:
    """The kind's run; a strict kind is run with further seeds until `tail -F` has lost something."""
    make = readers_for(list(plan.levels), controls=plan.controls, stall=plan.stall)
    outcomes: list[Outcome] = []
    attempts = ATTEMPTS if plan.controls and plan.kind in STRICT else 1
    while len(outcomes) < attempts and not any(map(tail_has_lost, outcomes)):
        seed = plan.seed + 1000 * len(outcomes)
        outcomes.append(soak(plan.kind, lines=plan.lines, seed=seed, longest=plan.longest, make=make))
        verdicts = {name: str(verdict) for name, verdict in outcomes[-1].verdicts.items()}
        print(plan.kind, f"seed {seed}", verdicts, file=sys.stderr, flush=True)
    return outcomes


def planned(options: argparse.Namespace, seed: int) -> Iterator[Plan]:
    """Every kind once, then mixes with ever new seeds until the time is up."""
    words = [word for word in options.kinds.split(",") if word]
    levels = tuple(level for level in LEVELS if level in options.levels.split(","))
    for kind in KINDS:
        if not words or any(word in kind for word in words):
            yield Plan(kind, seed, options.lines, options.longest, levels, not options.no_controls, options.stall)
    until = time.monotonic() + options.mix_seconds
    while time.monotonic() < until:
        seed += 1
        yield Plan(MIX, seed, options.lines * 3, options.longest, levels, not options.no_controls, options.stall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=3000, help="lines per source and kind (3000)")
    parser.add_argument("--seed", type=int, default=None, help="the seed to run again; a new one by default")
    parser.add_argument("--kinds", default="", help="kinds whose names contain one of these words, comma-separated")
    parser.add_argument("--levels", default="object,headless,app", help="object, headless, app")
    parser.add_argument("--longest", type=int, default=1 << 14, help="bytes of the longest line (16384)")
    parser.add_argument("--mix-seconds", type=float, default=0, help="go on with random mixes for so long")
    parser.add_argument("--stall", type=float, default=0, help="stop the readers so long, now and then")
    parser.add_argument("--jobs", type=int, default=2, help="kinds side by side (2)")
    parser.add_argument("--no-controls", action="store_true", help="without tail -F and hl -F")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    outcomes = [outcome for done in side_by_side(planned(options, seed), options.jobs) for outcome in done]
    print(table(outcomes))
    faults = faults_of(outcomes, controls=not options.no_controls)
    print("\n".join(["", *faults]) if faults else "\nnothing lost, doubled, torn or out of order without a word")
    sys.exit(bool(faults))


def side_by_side(plans: Iterator[Plan], jobs: int) -> Iterator[list[Outcome]]:
    """Each plan's outcomes, in order; each in a process of its own, since a screen that is read back costs time.

    A plan is only asked for when a process is free for it.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[list[Outcome]]] = deque()
        for plan in plans:
            waiting.append(pool.submit(carried_out, plan))
            while sum(not one.done() for one in waiting) >= jobs:
                time.sleep(0.05)
            while waiting and waiting[0].done():
                yield waiting.popleft().result()
        for one in waiting:
            yield one.result()


if __name__ == "__main__":
    main()
