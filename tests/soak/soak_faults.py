"""What happens to log files: one kind of fault at a time, done by the writer itself, so that no line is lost there.

`python soak_faults.py DIRECTORY KIND --lines N --seed S` writes a.log and b.log under DIRECTORY, a file `diary` that
says which fault came after which line, and a file `ledger` that holds the number of lines of each source once all are
written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soak_ledger import line

if TYPE_CHECKING:
    from collections.abc import Callable

SHIFTED = 80
"""So many old files are kept."""


class Writer:
    """One log file and the process that writes it."""

    def __init__(self, path: Path, src: str, rng: random.Random, *, longest: int) -> None:
        self.path = path
        self.src = src
        self.rng = rng
        self.longest = longest
        self.seq = 0
        self.old: list[int] = []
        self.middle: Callable[[], None] | None = None
        self.fd = self.open()

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def reopen(self) -> None:
        os.close(self.fd)
        self.fd = self.open()

    def line(self) -> bytes:
        """The next line of the ledger, which is to be written now."""
        data = line(self.src, self.seq, self.rng, longest=self.longest)
        self.seq += 1
        return data

    def write(self) -> None:
        """One line; one in twenty in two or three pieces."""
        data = self.line()
        cuts = sorted(self.rng.randrange(len(data)) for _ in range(self.rng.randint(1, 2)))
        pieces = [data]
        if self.middle is not None or self.rng.random() < 0.05:
            pieces = [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        for number, piece in enumerate(pieces):
            os.write(self.fd, piece)
            if number == 0 and self.middle is not None:
                self.middle()
                self.middle = None

    def shift(self) -> None:
        """logrotate's numbers: .1 becomes .2 and so on; the oldest goes."""
        for number in range(SHIFTED, 0, -1):
            for end in ("", ".gz"):
                name = f"{self.path}.{number}{end}"
                if os.path.exists(name):
                    os.rename(name, f"{self.path}.{number + 1}{end}")

    def rename(self) -> None:
        self.shift()
        os.rename(self.path, f"{self.path}.1")

    def copy(self) -> None:
        self.shift()
        shutil.copyfile(self.path, f"{self.path}.1")


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    strike   does it once, after about every 300 lines
    may_lose lines may be gone before any reader that polls can see them; they must be announced
    pause_s  rest before and after, so that readers catch up
    """

    strike: Callable[[Writer], None]
    may_lose: bool = False
    pause_s: float = 0.0


def nothing(_: Writer) -> None:
    return


def renamed(w: Writer) -> None:
    w.rename()
    w.reopen()


def late(w: Writer) -> None:
    """The writer goes on with the old file for up to a second, and often is in the middle of a line."""

    def turn() -> None:
        w.rename()
        os.close(w.open())

    if w.rng.random() < 0.5:
        w.middle = lambda: (turn(), time.sleep(w.rng.uniform(0, 0.12)))[0]
    else:
        turn()
    until = time.monotonic() + w.rng.choice([0.05, 0.1, 0.3])
    while time.monotonic() < until:
        w.write()
        time.sleep(0.003)
    w.reopen()


def renamed_in_a_line(w: Writer) -> None:
    """Renamed in the middle of a line, which is finished in the old file after the new one has lines already."""
    data = w.line()
    cut = w.rng.randrange(1, len(data))
    os.write(w.fd, data[:cut])
    time.sleep(0.08)
    w.rename()
    old, w.fd = w.fd, w.open()
    w.write()
    time.sleep(0.08)
    os.write(old, data[cut:])
    os.close(old)


def renamed_often(w: Writer) -> None:
    for _ in range(w.rng.randint(2, 5)):
        w.write()
        renamed(w)
        w.write()


def renamed_with_gap(w: Writer) -> None:
    w.rename()
    time.sleep(0.15)
    w.reopen()


def copied_truncated(w: Writer) -> None:
    w.copy()
    os.ftruncate(w.fd, 0)


def copied_truncated_often(w: Writer) -> None:
    for _ in range(w.rng.randint(1, 3)):
        w.write()
        copied_truncated(w)
        w.write()


def copied_packed(w: Writer) -> None:
    copied_truncated(w)
    subprocess.run(["gzip", "-f", f"{w.path}.1"], check=True)


def renamed_packed(w: Writer) -> None:
    renamed(w)
    subprocess.run(["gzip", "-f", f"{w.path}.1"], check=True)


def copy_removed(w: Writer) -> None:
    copied_truncated(w)
    os.unlink(f"{w.path}.1")


def refilled(w: Writer) -> None:
    """Truncated, and refilled at once to less, the same or more than before: no reader sees the file while it is empty.

    What is not as large as before, a reader tells by its size alone; the rest not.
    """
    wanted = w.rng.choice([0.5, 1.0, 1.3]) * os.fstat(w.fd).st_size
    fresh = bytearray()
    while len(fresh) < wanted:
        fresh += w.line()
    os.ftruncate(w.fd, 0)
    os.write(w.fd, fresh)


def deleted(w: Writer) -> None:
    os.unlink(w.path)
    w.reopen()


def replaced(w: Writer) -> None:
    """An editor's save: a copy with the same text takes the file's place."""
    temporary = w.path.with_name("tmp-" + w.path.name)
    shutil.copyfile(w.path, temporary)
    os.rename(temporary, w.path)
    w.reopen()


def directory_recreated(w: Writer) -> None:
    shutil.rmtree(w.path.parent)
    w.path.parent.mkdir()
    w.reopen()


def link_switched(w: Writer) -> None:
    """The followed path is a link to app-N; the writer goes on with app-N+1."""
    number = int(os.readlink(w.path).rpartition("-")[2]) if w.path.is_symlink() else 0
    target = w.path.with_name(f"{w.path.stem}-{number + 1}")
    target.touch()
    fresh = w.path.with_name("link-" + w.path.name)
    fresh.symlink_to(target)
    if not w.path.is_symlink():
        os.rename(w.path, w.path.with_name(f"{w.path.stem}-0"))
    os.rename(fresh, w.path)
    w.reopen()


def denied(w: Writer) -> None:
    os.chmod(w.path, 0)
    renamed_fd = w.fd
    w.write()
    os.chmod(w.path, 0o644)
    assert renamed_fd == w.fd


def nul_block(w: Writer) -> None:
    os.ftruncate(w.fd, os.fstat(w.fd).st_size + w.rng.choice([4096, 100_000, 1 << 20]))


KINDS: dict[str, Kind] = {
    "append only, split writes": Kind(nothing),
    "rename + create": Kind(renamed),
    "rename, writer keeps the old descriptor": Kind(late),
    "rename, the line finished in the old file": Kind(renamed_in_a_line),
    "two to five renames between polls": Kind(renamed_often),
    "rename, 0.15 s gap before create": Kind(renamed_with_gap),
    "rename, then gzip": Kind(renamed_packed),
    "copy + truncate, rapid": Kind(copied_truncated_often),
    "copy + truncate, quiet": Kind(copied_truncated, pause_s=0.3),
    "copy + truncate, then gzip": Kind(copied_packed),
    "copy + truncate, copy removed at once": Kind(copy_removed, may_lose=True),
    "truncate and refill": Kind(refilled, may_lose=True),
    "delete + recreate, fast": Kind(deleted, may_lose=True),
    "delete + recreate, quiet": Kind(deleted, pause_s=0.3),
    "replaced by a copy": Kind(replaced, pause_s=0.15),
    "directory removed and recreated": Kind(directory_recreated, may_lose=True, pause_s=0.2),
    "link switched": Kind(link_switched, may_lose=True, pause_s=0.1),
    "permissions 000 and back": Kind(denied),
    "NUL block": Kind(nul_block),
}
LOSSLESS = [name for name, kind in KINDS.items() if not kind.may_lose]
MIX = "random mix"
DIARY = "diary"
"""What was done, and when: source, lines written before and after, kind of fault."""


def run(folder: Path, kind_name: str, *, lines: int, seed: int, longest: int, every: int) -> dict[str, int]:
    """Write until each source has `lines` lines; source → lines written."""
    rng = random.Random(seed)
    writers = []
    for src in "ab":
        place = folder / src
        place.mkdir(exist_ok=True)
        writers.append(Writer(place / f"{src}.log", src, rng, longest=longest))
    for w in writers:
        # A file that is empty when it is first seen leaves no trace of what was written and truncated before the next.
        w.write()
    time.sleep(0.4)
    diary = (folder / DIARY).open("w", buffering=1)
    while min(w.seq for w in writers) < lines:
        name = rng.choice(LOSSLESS) if kind_name == MIX else kind_name
        for w in writers:
            for number in range(rng.randint(every // 2, every * 3 // 2)):
                w.write()
                if number % 15 == 14:
                    time.sleep(0.004)
            kind = KINDS[name]
            time.sleep(kind.pause_s)
            began = w.seq
            kind.strike(w)
            diary.write(f"{w.src} {began} {w.seq} {name}\n")
            time.sleep(kind.pause_s)
    time.sleep(0.3)
    for w in writers:
        w.middle = None
        w.write()
    diary.close()
    return {w.src: w.seq for w in writers}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=[*KINDS, MIX])
    parser.add_argument("--lines", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=int, default=4096)
    parser.add_argument("--every", type=int, default=150)
    options = parser.parse_args()
    written = run(
        options.folder,
        options.kind,
        lines=options.lines,
        seed=options.seed,
        longest=options.longest,
        every=options.every,
    )
    text = "".join(f"{src} {count}\n" for src, count in written.items()) + f"at {time.time()}\n"
    (options.folder / "ledger.part").write_text(text)
    os.rename(options.folder / "ledger.part", options.folder / "ledger")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
