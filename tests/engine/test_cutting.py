"""Blocks of a stream cut into whole lines: the same lines however the blocks fall, read once or in part again."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from logview.engine import cutting
from logview.engine.cutting import Lines, Piece

TEXT = st.lists(st.sampled_from([b"\n", b"a", b"bcd", b"e" * 40]), max_size=60).map(b"".join)
SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=20)


def blocks(data: bytes, sizes: list[int], *, again: bool) -> tuple[list[Piece], Piece | None]:
    lines, found, at, number = Lines(), [], 0, 0
    while at < len(data):
        block = data[at : at + sizes[number % len(sizes)]]
        number += 1
        pieces, done = lines.whole_again(block, at) if again else (lines.whole(block, at), len(block))
        found += pieces
        at += done
    return found, lines.rest()


def joined(pieces: list[Piece]) -> bytes:
    return b"".join(data[:size] for data, _, size in pieces)


@given(TEXT, SIZES, st.booleans())
def test_pieces_are_all_whole_lines_in_their_places(data: bytes, sizes: list[int], again: bool) -> None:
    pieces, rest = blocks(data, sizes, again=again)
    cut = data.rfind(b"\n") + 1
    assert data[:cut] == joined(pieces)
    assert all(data.startswith(lines[:size], offset) for lines, offset, size in pieces)
    assert ((data[cut:], cut, len(data) - cut) if cut < len(data) else None) == rest


@given(TEXT, SIZES, st.booleans())
def test_a_line_beyond_the_limit_keeps_its_size(data: bytes, sizes: list[int], again: bool) -> None:
    with mock.patch.object(cutting, "RECORD_LIMIT", 60):
        pieces, rest = blocks(data, sizes, again=again)
    cut = data.rfind(b"\n") + 1
    assert cut == sum(size for *_, size in pieces)
    assert (rest[2] if rest else 0) == len(data) - cut
