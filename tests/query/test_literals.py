"""What a scan looks for on behalf of a term: found wherever the term may hold, and of numbers nowhere else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.query import matches, parse
from logview.query.literals import byte_term
from logview.query.model import Compare
from logview.record import Record

LEAST = st.integers(0, 10**6) | st.floats(0, 1e6, allow_nan=False)
NUMBERS = st.integers(-(10**7), 10**7) | st.floats(allow_nan=False, allow_infinity=False)


def is_found(query: str, text: str) -> bool:
    node = parse(query).node
    assert isinstance(node, Compare)
    term = byte_term(node)
    return term is None or re.search(term.pattern, text.encode()) is not None


@given(LEAST, st.sampled_from([">", ">="]), NUMBERS, st.sampled_from(['{"took":%s}', '{"took": "%s"}', "x took=%s y"]))
def test_a_number_that_is_large_enough_is_found(least: float, op: str, number: float, form: str) -> None:
    query = f"took{op}{least!r}"
    written = json.dumps(number)
    if matches(parse(query), Record(fields={"took": number}), service="", rules=()):
        assert is_found(query, form % written)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_of_whole_numbers_only_those_large_enough_are_found(least: int, number: int) -> None:
    assert (number >= least) == is_found(f"took>={least}", f'{{"took":{number},"other":99999999}}')


def test_a_colored_key_is_found() -> None:
    assert is_found("took>7", "    \x1b[35mtook\x1b[39m: 8")


@pytest.mark.parametrize("written", ["007", "1e3", "1.5E3", "-3", "+9", ".5", "[20]", "NaN", '"7"', r'"\u0037"', "7.5"])
def test_what_is_no_plain_number_is_left_to_the_decoder(written: str) -> None:
    assert is_found("took>7", f'{{"took": {written}}}')
