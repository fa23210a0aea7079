"""`make soak`: does a follower show every line once, in order, through every kind of rotation and fault?

A process writes numbered, checksummed lines to two files while it renames, truncates, deletes and replaces them.
logview follows them (as an object, as `logview cat --follow`, as the app in a terminal), and so do `tail -F` and, where
installed, `hl -F`: the same files, the same run. The table says what each one lost.

Exit status 1 when logview lost a line without a word, showed one twice, torn or out of order, or when `tail -F` lost
nothing in the kinds where it must: then the run was not strict enough.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from soak_faults import DIARY, KINDS, MIX  # noqa: E402 - found beside this script
from soak_readers import ObjectReader, Reader, headless, hl, tail  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from soak_ledger import Verdict

STRICT = ("rename, writer keeps the old descriptor", "two to five renames between polls", "truncate and refill")
"""Kinds in which `tail -F` is known to lose lines; one that loses nothing shows a run that is too gentle."""
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
    strict = [o.verdicts["tail -F"] for o in outcomes if o.kind in STRICT and "tail -F" in o.verdicts]
    if controls and strict and not any(control.missing or control.torn for control in strict):
        faults.append("tail -F lost nothing where it must; the run is not strict enough")
    return faults


def explained(verdict: Verdict, diary: list[str]) -> list[str]:
    """The first wrong lines, and what was done to their files just before and after they were written."""
    said = []
    for src, seq, what in verdict.wrong:
        entries = [entry.split(" ", 3) for entry in diary if entry.startswith(f"{src} ")]
        after = next((n for n, entry in enumerate(entries) if int(entry[2]) >= seq), len(entries))
        near = "; ".join(f"{kind} at {first}–{last}" for _, first, last, kind in entries[max(0, after - 2) : after + 2])
        said.append(f"    line {seq} of {src} {what}: {near}")
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=3000, help="lines per source and kind (3000)")
    parser.add_argument("--seed", type=int, default=None, help="the seed to run again; a new one by default")
    parser.add_argument("--kinds", default="", help="kinds whose names contain one of these words, comma-separated")
    parser.add_argument("--levels", default="object,headless,app", help="object, headless, app")
    parser.add_argument("--longest", type=int, default=1 << 14, help="bytes of the longest line (16384)")
    parser.add_argument("--mix-seconds", type=float, default=0, help="go on with random mixes for so long")
    parser.add_argument("--stall", type=float, default=0, help="stop the readers so long, now and then")
    parser.add_argument("--no-controls", action="store_true", help="without tail -F and hl -F")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    words = [word for word in options.kinds.split(",") if word]
    kinds = [kind for kind in KINDS if not words or any(word in kind for word in words)]
    levels = [level for level in LEVELS if level in options.levels.split(",")]
    make = readers_for(levels, controls=not options.no_controls, stall=options.stall)
    print(f"seed {seed}", flush=True)
    outcomes = []
    for kind in kinds:
        outcomes.append(soak(kind, lines=options.lines, seed=seed, longest=options.longest, make=make))
        print(kind, {name: str(v) for name, v in outcomes[-1].verdicts.items()}, file=sys.stderr, flush=True)
    until = time.monotonic() + options.mix_seconds
    while time.monotonic() < until:
        seed += 1
        outcomes.append(soak(MIX, lines=options.lines * 3, seed=seed, longest=options.longest, make=make))
        print(MIX, seed, {name: str(v) for name, v in outcomes[-1].verdicts.items()}, file=sys.stderr, flush=True)
    print(table(outcomes))
    faults = faults_of(outcomes, controls=not options.no_controls)
    print("\n".join(["", *faults]) if faults else "\nnothing lost, doubled, torn or out of order without a word")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
