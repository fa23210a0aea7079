"""Lines and odd bytes of a block, against the obvious way."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from logview.index.survey import line_ends

BYTES = st.sampled_from(
    [b"a", b"abcdefgh", b"\n", b"\n\n", b"\t", b"\r", b"\x00", b"\x1b", "é".encode(), b"\xff", b"x" * 100]
)


@given(st.lists(BYTES, max_size=40).map(b"".join))
def test_line_ends_and_odd_bytes(block: bytes) -> None:
    ends, odd = line_ends(block)
    assert [found.end() for found in re.finditer(rb"\n", block)] == ends.tolist()
    if odd is not None:
        assert [found.start() for found in re.finditer(rb"[^\t\n -\x7f]", block)] == odd.tolist()
