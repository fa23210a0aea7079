"""The ledger: lines that carry their own number and checksum, and the verdict on what a reader showed of them."""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

HOSTILE = (
    b"\x1b]52;c;b3duZWQ=\x07",
    b"\x1b[31mred\x1b[0m",
    b"[/red][@click=app.quit]x[/]",
    b"\xff\xfe\xc3\x28",
    b"\xe2\x80\xae",
    b"\xc2\x9b2J",
)
LINE = re.compile(
    rb'\{"level":30,"time":\d+,"src":"(?P<src>\w)","seq":(?P<seq>\d+),"crc":"(?P<crc>[0-9a-f]{8})","msg":"(?P<text>.*)"\}'
    rb"|[-\d]+ [:\d]+,\d+ \[INFO\] soak: src=(?P<src2>\w) seq=(?P<seq2>\d+) crc=(?P<crc2>[0-9a-f]{8}) (?P<text2>.*)",
    re.DOTALL,
)
MOST_WRONG = 3
BASE_MS = 1_795_000_000_000


def checksum(src: str, seq: int, text: bytes) -> int:
    return zlib.crc32(b"%s %d " % (src.encode(), seq) + text)


def line(src: str, seq: int, rng: random.Random, *, longest: int) -> bytes:
    """One line with its newline: pino-like for source "a", Python-like for others; ten lines share one millisecond."""
    size = int(2 ** rng.uniform(0, longest.bit_length() - 1))
    text = b"x" * size
    if rng.random() < 0.01:
        text = rng.choice(HOSTILE) + text
    crc, stamp = checksum(src, seq, text), BASE_MS + seq // 10
    if src == "a":
        head = b'{"level":30,"time":%d,"src":"a","seq":%d,"crc":"%08x","msg":"' % (stamp, seq, crc)
        return head + text + b'"}\n'
    clock = b"2026-11-18 %02d:%02d:%02d,%03d" % (
        stamp // 3_600_000 % 24,
        stamp // 60_000 % 60,
        stamp // 1000 % 60,
        stamp % 1000,
    )
    return clock + b" [INFO] soak: src=%s seq=%d crc=%08x " % (src.encode(), seq, crc) + text + b"\n"


def parse(data: bytes) -> tuple[str, int] | None:
    """Source and number of a whole line; None when it is torn, merged or altered."""
    match = LINE.fullmatch(data)
    if match is None:
        return None
    src, seq, crc, text = (match[n] if match[n] is not None else match[n + "2"] for n in ("src", "seq", "crc", "text"))
    good = checksum(src.decode(), int(seq), text) == int(crc, 16)
    return (src.decode(), int(seq)) if good else None


@dataclass
class Verdict:
    """What a reader made of one run; everything but `notices`, `announced` and `late_s` should be 0."""

    missing: int = 0
    unannounced: int = 0
    """Missing lines that no notice stands for."""
    duplicate: int = 0
    torn: int = 0
    disordered: int = 0
    notices: dict[str, int] = field(default_factory=dict)
    wrong: list[tuple[str, int, str]] = field(default_factory=list)
    """The first lines that are wrong: source, number, what is wrong with them."""
    late_s: float | None = None
    """Seconds from the last line's write until it was shown."""

    @property
    def is_clean(self) -> bool:
        """Nothing lost without a word, nothing doubled, torn or out of order."""
        return not (self.unannounced or self.duplicate or self.torn or self.disordered)

    def __str__(self) -> str:
        parts = [f"{self.missing}"]
        if self.missing and self.unannounced < self.missing:
            parts = [f"{self.missing} ({self.unannounced} untold)"]
        for name in ("duplicate", "torn", "disordered"):
            if count := getattr(self, name):
                parts.append(f"{count} {name}")
        return ", ".join(parts)


def judge(
    shown: list[tuple[int, bytes]], written: dict[str, int], gaps: list[int] | None, announced_torn: int = 0
) -> Verdict:
    """The verdict on what was shown of one or more sources.

    shown    (place, line without newline) in the order of showing; place is the logical offset, or the line's number
    written  source → how many lines were written, numbered from 0
    gaps     places of notices that announce a loss; None: this reader has none to give
    """
    verdict = Verdict()
    places: dict[str, list[tuple[int, int, int]]] = {src: [] for src in written}
    torn: list[tuple[int, int]] = []
    for place, data in shown:
        found = parse(data)
        if found is None:
            torn.append((place, place + len(data) + 1))
        else:
            places[found[0]].append((found[1], place, place + len(data) + 1))
    for src, count in written.items():
        seqs = [seq for seq, _, _ in places[src]]
        verdict.duplicate += len(seqs) - len(set(seqs))
        verdict.disordered += sum(later < earlier for earlier, later in itertools.pairwise(seqs))
        lost = sorted(set(range(count)) - set(seqs))
        verdict.missing += len(lost)
        untold = lost if gaps is None else _untold(lost, places[src], gaps)
        verdict.unannounced += len(untold)
        verdict.wrong += [(src, seq, "missing") for seq in untold[:MOST_WRONG]]
        twice = [seq for seq, count in Counter(seqs).items() if count > 1]
        verdict.wrong += [(src, seq, "shown twice") for seq in twice[:MOST_WRONG]]
        back = [(src, b, f"shown after {a}") for a, b in itertools.pairwise(seqs) if b < a]
        verdict.wrong += back[:MOST_WRONG]
    near = [] if gaps is None else gaps
    verdict.torn = sum(not any(start <= gap <= end for gap in near) for start, end in torn)
    return verdict


def _untold(lost: list[int], places: list[tuple[int, int, int]], gaps: list[int]) -> list[int]:
    """The lost lines that do not lie where a notice stands: between the lines shown before and after them."""
    import bisect

    ordered = sorted(places)
    seqs = [seq for seq, _, _ in ordered]
    untold = []
    for seq in lost:
        at = bisect.bisect(seqs, seq)
        start = ordered[at - 1][2] if at else 0
        end = ordered[at][1] if at < len(ordered) else 1 << 62
        if not any(start <= gap <= end for gap in gaps):
            untold.append(seq)
    return untold
