"""What is asked of many rows at once is what would be asked of each."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logview.standard.rules.rows import Rows


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30)), min_size=1, max_size=30), st.integers(0, 4))
def test_twins_are_of_one_size_and_near_in_time(rows: list[tuple[int, int]], within: int) -> None:
    sizes, ns = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    expected = [
        any(size == other and abs(at - then) <= within for place, (other, then) in enumerate(rows) if place != row)
        for row, (size, at) in enumerate(rows)
    ]
    assert expected == Rows.have_twins(sizes, ns, within).tolist()
