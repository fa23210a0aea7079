"""Stalls between the follower's own system calls: rotations that begin and end inside one look at the path."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from interleaved import anything, copytruncate, either, numbers_told, rename, renamed_packed

from logview.sources.events import LOSS

if TYPE_CHECKING:
    from followed import Log

FEW, MANY = range(12), range(12, 150)
SEEDS = pytest.mark.parametrize(
    "seeds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
)


@pytest.mark.parametrize("rotate", [copytruncate, rename, renamed_packed, either])
@SEEDS
def test_c1_rotated_between_any_two_system_calls_of_the_follower(tmp_path, follow, rotate, seeds):
    for seed in seeds:
        told, written, _ = numbers_told(tmp_path / str(seed), seed, rotate, follow)
        assert list(range(written)) == told, f"seed {seed}"


@SEEDS
def test_c2_what_copies_in_the_place_of_files_hide_is_announced(tmp_path, follow, seeds):
    for seed in seeds:
        told, written, kinds = numbers_told(tmp_path / str(seed), seed, anything, follow)
        assert list(range(written)) == told or LOSS & set(kinds), f"seed {seed}"


class Rotator:
    """Rotates and packs `log` twice as soon as the follower has opened it, `times` times."""

    def __init__(self, log: Log, patch: pytest.MonkeyPatch, *, leaves: bool) -> None:
        self.log = log
        self.written = 0
        self.times = 0
        self._leaves = leaves
        self._open = os.open
        patch.setattr(os, "open", self._opened)

    def write(self) -> None:
        self.log.write(b"%06d %s\n" % (self.written, b"x" * 300))
        self.written += 1

    def _opened(self, path: str, *rest: int) -> int:
        fd = self._open(path, *rest)
        if path == self.log.path and self.times:
            self.times -= 1
            self.log.pack()
            self.write()
            self.log.pack()
            if self.times or not self._leaves:
                self.write()
        return fd


@pytest.mark.parametrize("leaves", [False, True], ids=["the path is there", "the path is missing"])
@pytest.mark.parametrize("times", [1, 2, 5, 12])
def test_c1_packed_twice_each_time_its_siblings_are_looked_at(log, follow, monkeypatch, times, leaves):
    rotator = Rotator(log, monkeypatch, leaves=leaves)
    followed = follow(log.path)
    rotator.write()
    followed.tick()
    log.pack()
    rotator.write()
    rotator.times = times
    for _ in range(times + 3):
        followed.tick()
    rotator.write()
    followed.settle()
    assert [b"%06d" % number for number in range(rotator.written)] == [line[:6] for line in followed.lines]
