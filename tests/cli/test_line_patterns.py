"""One expression for many kinds tells what an expression for each kind tells."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from logview.cli import patterns
from logview.cli.patterns import PLAIN, Gap, Patterns, Token, repeated

TEXTS = st.lists(st.sampled_from([b"a", b"b.", b'","', b"(x", b"%", b"\\", b'"k":', b"|"]), min_size=1, max_size=3)
GAPS = st.builds(
    Gap,
    st.sampled_from([b"[0-9]++", b"[1-9][0-9]*+|0", b"(?!x)" + repeated(b'[^"]', 4), repeated(b"[a-c]", 1 << 40)]),
    st.booleans(),
)
SAMPLES = {b"[0-9]++": b"07", b"[1-9][0-9]*+|0": b"70", repeated(b"[a-c]", 1 << 40): b"abc"}


@st.composite
def kinds(draw: st.DrawFn) -> tuple[Token, ...]:
    """Gaps with text around each."""
    tokens: list[Token] = [*draw(TEXTS)]
    for _ in range(draw(st.integers(0, 3))):
        tokens += (draw(GAPS), *draw(TEXTS))
    return tuple(tokens)


def line_of(tokens: tuple[Token, ...]) -> bytes:
    """A line of the kind."""
    return b"".join(token if isinstance(token, bytes) else SAMPLES.get(token.pattern, b"cd") for token in tokens)


def alone(tokens: tuple[Token, ...]) -> re.Pattern[bytes]:
    """The kind's own expression."""
    return re.compile(
        b"".join(
            re.escape(token) if isinstance(token, bytes) else (b"(%b)" if token.is_kept else b"(?:%b)") % token.pattern
            for token in tokens
        )
    )


def told(known: Patterns, line: bytes) -> tuple[int, tuple[bytes, ...]] | None:
    """(the number of the line's kind, the texts of its gaps)."""
    for expression in known.expressions:
        match = expression.match(b"x" + line + b"y", 1, len(line) + 1)
        if match is not None:
            assert match.lastindex is not None
            kind = expression.kinds[match.lastindex]
            return kind.number, tuple(match.group(group) for group in kind.groups)
    return None


@given(st.lists(kinds(), min_size=1, max_size=12, unique=True), st.lists(kinds(), max_size=3), st.integers(2, 200))
def test_many_kinds_are_told_as_each_is(
    those: list[tuple[Token, ...]], others: list[tuple[Token, ...]], room: int
) -> None:
    known = Patterns()
    before, patterns.GROUPS = patterns.GROUPS, room
    try:
        added = [number for number, tokens in enumerate(those) if known.add(tokens, number)]
        for _ in range(1000):
            known.miss()
        known.renew()
    finally:
        patterns.GROUPS = before
    assert len(known.expressions) <= patterns.MOST
    for tokens in (*those, *others):
        line = line_of(tokens)
        expected = {
            (number, match.groups()) for number in added if (match := alone(those[number]).fullmatch(line)) is not None
        }
        found = told(known, line)
        assert found in expected if expected else found is None


def test_what_is_not_worth_it_is_not_compiled() -> None:
    known = Patterns()
    assert known.add((b"x" * 100, Gap(repeated(PLAIN, 9), is_kept=True)), 0)
    known.miss()
    known.renew()
    assert not known.expressions
    for _ in range(1000):
        known.miss()
    known.renew()
    assert told(known, b"x" * 100 + b"abc") == (0, (b"abc",))
    # What comes later is told too.
    assert known.add((b"y", Gap(repeated(PLAIN, 9), is_kept=True)), 1)
    assert told(known, b"yabc") is None
    for _ in range(1000):
        known.miss()
    known.renew()
    assert told(known, b"yabc") == (1, (b"abc",))


def test_a_kind_of_very_many_values_is_not_taken() -> None:
    assert not Patterns().add((b"x", Gap(PLAIN, is_kept=True)) * patterns.GROUPS, 0)
