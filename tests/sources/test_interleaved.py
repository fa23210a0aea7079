"""Stalls between the follower's own system calls: rotations that begin and end inside one look at the path."""

from __future__ import annotations

import pytest
from interleaved import anything, copytruncate, either, numbers_told, rename

from logview.sources.events import LOSS

FEW, MANY = range(12), range(12, 150)
SEEDS = pytest.mark.parametrize(
    "seeds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
)


@pytest.mark.parametrize("rotate", [copytruncate, rename, either])
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
