"""Holes found for many lines at once are those that a reader of one line finds."""

from __future__ import annotations

import json
import re

import orjson
from hypothesis import given
from hypothesis import strategies as st

from logview.cli.holes import Holes, holes
from logview.decode.shape import LEVEL_KEYS

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^"]')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?")
ODD = re.compile(rb":\s?(?:-?[0-9]{19}|-?0[0-9]|-0\b|-?[0-9]*\.(?![0-9])|-(?![0-9])|[0-9]+\.[0-9]+\.)")
LEVELS = {key.encode()[:8] for key in LEVEL_KEYS}
KEYS = ("level", "levels", "severity_number", "time", "msg", "a", "é", "k: v", "x" * 12, "@l")
LITERALS = (
    *("0", "-0", "7", "-7", "30", "1795399872215", "1" * 18, "1" * 19, "1" * 25, "0.5", "-0.0", "10.0", "1.50"),
    *(
        "0.00001",
        "0.0001",
        "123456.789012345",
        "1234567.890123456",
        "1e5",
        "1E5",
        "1.5e3",
        "01",
        "1.",
        ".5",
        "-",
        "1-2",
    ),
    *("1.2.3", "00.5", "true", "null", "[1,2.5]", '["a",""]', "{}", '{"id":7,"level":"x"}', "[]", '""'),
)


def naive(line: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """(skeleton, (offset, text) of each hole) by walking through one line's tokens."""
    skeleton, found = b"", []
    at, key = 0, None
    while at < len(line):
        token = TOKEN.match(line, at)
        assert token is not None
        end = token.end()
        if token[0][:1] == b'"' and line[end : end + 1] == b":":
            key, skeleton, at = token[0][1:-1], skeleton + token[0] + b":", end + 1
            if line[at : at + 1] == b" ":
                skeleton, at = skeleton + b" ", at + 1
            is_level = key[:8] in LEVELS
            number = NUMBER.match(line, at)
            if is_level and line[at : at + 1] == b'"':
                string = TOKEN.match(line, at)
                assert string is not None
                skeleton, at = skeleton + string[0], string.end()
            elif number is not None and not is_level:
                found.append((at, number[0]))
                skeleton, at = skeleton + (b"2" if number["fraction"] else b"1"), number.end()
            continue
        if token[0][:1] == b'"' and len(token[0]) > 2:
            found.append((at + 1, token[0][1:-1]))
            skeleton, at = skeleton + b'"s"', end
            continue
        skeleton, at = skeleton + token[0], end
    return skeleton, found


def found_in(lines: Holes, line: int) -> list[tuple[int, bytes]]:
    """(offset, text) of each hole of a line."""
    found = []
    for firsts in (lines.texts, lines.numbers):
        for hole in range(*firsts[line : line + 2].tolist()):
            begin, size = int(lines.begins[hole]), int(lines.sizes[hole])
            found.append((begin - int(lines.starts[line]), lines.data[begin : begin + size].tobytes()))
    return sorted(found)


values = st.one_of(
    st.sampled_from(LITERALS),
    st.text(max_size=12).map(json.dumps),
    st.text(max_size=12).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers(-(10**19), 10**19).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str),
)


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    members = draw(st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=6))
    comma, colon = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    return ("{" + comma.join(f"{json.dumps(key)}{colon}{value}" for key, value in members) + "}").encode(
        "utf-8", "surrogatepass"
    )


@given(st.lists(st.one_of(objects(), st.binary(max_size=40).map(lambda text: text.replace(b"\n", b""))), min_size=1))
def test_holes_of_a_block_are_those_of_each_line(texts: list[bytes]) -> None:
    lines = holes(b"".join(text + b"\n" for text in texts))
    assert len(lines.skeletons) == len(texts)
    for number, text in enumerate(texts):
        if lines.odd[number]:
            continue
        skeleton, found = naive(text)
        assert (lines.skeletons[number], found_in(lines, number)) == (skeleton, sorted(found))


@given(st.lists(objects(), min_size=1))
def test_an_object_with_nothing_odd_is_told(texts: list[bytes]) -> None:
    """Only numbers that no reader takes for what they seem make a line of JSON odd."""
    lines = holes(b"".join(text + b"\n" for text in texts))
    for number, text in enumerate(texts):
        if lines.odd[number] and text != b"{}":
            # Too many digits, a leading zero, no digit: or no quote behind the brace.
            assert re.search(
                rb":\s?(?:-?[0-9]{19}|-?0[0-9]|-0\b|-?[0-9]*\.(?![0-9])|\.|-(?![0-9])|[0-9.]*\.[0-9]*\.)", text
            )


@given(st.lists(values, min_size=1))
def test_an_unmarked_value_is_written_as_it_is_read(texts: list[str]) -> None:
    block = b"".join(b'{"a":%s}\n' % text.encode("utf-8", "surrogatepass") for text in texts)
    lines = holes(block)
    for number, text in enumerate(texts):
        for hole in range(int(lines.texts[number]), int(lines.texts[number + 1])):
            if not lines.odd[number] and not lines.marked[hole] and text[:1] == '"':
                assert json.loads(text) == text[1:-1]
        for hole in range(int(lines.numbers[number]), int(lines.numbers[number + 1])):
            begin, size = int(lines.begins[hole]), int(lines.sizes[hole])
            if not lines.odd[number] and not lines.marked[hole]:
                written = block[begin : begin + size].decode()
                assert repr(json.loads(written)) == written == orjson.dumps(orjson.loads(written)).decode()
