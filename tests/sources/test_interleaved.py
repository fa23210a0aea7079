"""Stalls between the follower's own system calls: rotations that begin and end inside one look at the path."""

from __future__ import annotations

import pytest
from interleaved import copytruncate, either, numbers_told, rename

FEW, MANY = range(12), range(12, 150)


@pytest.mark.parametrize("rotate", [copytruncate, rename, either])
@pytest.mark.parametrize("seeds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)])
def test_c1_rotated_between_any_two_system_calls_of_the_follower(tmp_path, follow, rotate, seeds):
    for seed in seeds:
        told, written = numbers_told(tmp_path / str(seed), seed, rotate, follow)
        assert list(range(written)) == told, f"seed {seed}"
