"""Errors are found where they stand, however they are written; what only looks like one is not taken for it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.standard.block import Block
from logview.standard.verbatim import errors_in

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("err"), inner, max_size=3)
    ),
    max_leaves=8,
)


def found(line: str) -> list[str]:
    block = Block(line.encode() + b"\n")
    begins, ends = errors_in(block)
    return [block.data[begin:end].decode() for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ('{"a":1,"err":{"type":"E","stack":"\\"}"},"b":"}"}', ['{"type":"E","stack":"\\"}"}']),
        ('{"error" : "no","msg":"x"}', ['"no"']),
        ('{"exc_info": null, "error.type":"E"}', ["null", '"E"']),
        ('{"err":{"error":{"stack":[]}},"stack":[1,{"a":"]"}]}', ['{"error":{"stack":[]}}', '[1,{"a":"]"}]']),
        ('{"error_code":5,"errors":[],"msg":"\\"err\\":{"}', []),
        ('{"exception":-1.5e3}', ["-1.5e3"]),
    ],
)
def test_the_values_of_error_keys_are_found(line: str, spans: list[str]) -> None:
    assert spans == found(line)


@pytest.mark.parametrize(
    "line", ['{"a":1,"err":{"a":"b}', '{"a":1,"err":"x\\"}', '{"a":1,"err":{"a":1', '{"a":1,"err":]}']
)
def test_a_line_that_breaks_off_in_an_error_is_odd(line: str) -> None:
    block = Block(b'{"a":1}\n' + line.encode() + b"\n")
    errors_in(block)
    assert [False, True] == block.odd.tolist()


@given(ANY_JSON, ANY_JSON, st.booleans(), st.booleans())
def test_the_value_is_the_one_that_json_reads(value: object, other: object, spaced: bool, ascii_only: bool) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    line = json.dumps({"a": 1, "err": value, "b": other}, separators=separators, ensure_ascii=ascii_only)
    assert json.dumps(value, separators=separators, ensure_ascii=ascii_only) == found(line)[0]


def test_errors_in_errors_are_read_once() -> None:
    """If each were read to the end of the line, it would be some minutes."""
    begun = time.process_time()
    assert [] == found('{"a":1,' + '"err":{' * 100_000 + "}")
    assert time.process_time() - begun < 5
