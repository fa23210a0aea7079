"""Times printed many at once are those printed one by one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.cli.clocks import clocks
from logview.cli.pretty import Painter
from logview.cli.printing import Wording, printer

INSTANTS = st.one_of(
    st.integers(-(2**62), 2**62),
    st.integers(1_795_000_000, 1_796_000_000).map(lambda second: second * 1_000_000_000),
    st.integers(1_795_000_000_000, 1_796_000_000_000).map(lambda milli: milli * 1_000_000),
    st.integers(1_795_000_000_000_000, 1_796_000_000_000_000).map(lambda micro: micro * 1_000),
)


def wordings() -> list[Wording]:
    json = printer("json").wording
    assert json is not None
    painter = Painter(color=False)
    painter.zone = ZoneInfo("Asia/Kathmandu")
    return [json, painter.wording()]


@pytest.mark.parametrize("number", range(2))
@given(instants=st.lists(INSTANTS, max_size=20))
def test_clocks_are_those_of_each_instant(number: int, instants: list[int]) -> None:
    wording = wordings()[number]
    for ns, text in zip(instants, clocks(np.array(instants, np.int64), wording), strict=True):
        if text is not None:
            assert text == wording.clock(ns).encode()
        else:
            assert not wording.clock(ns) or not 0 <= ns < 2**62
