"""The holes of a line are those that a reader finds who walks through its tokens."""

from __future__ import annotations

import json
import re

import orjson
from hypothesis import given
from hypothesis import strategies as st

from logview.cli.shapes import shape_of
from logview.decode.shape import LEVEL_KEYS

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^"]')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?")
ODD = re.compile(rb":\s?(?:-?[0-9]{19}|-?0[0-9]|-0\b|-?[0-9]*\.(?![0-9])|-(?![0-9])|[0-9]+\.[0-9]+\.)")
LEVELS = {key.encode() for key in LEVEL_KEYS}
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
            is_level = key in LEVELS
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


@given(st.one_of(objects(), st.binary(max_size=40).map(lambda text: text.replace(b"\n", b""))))
def test_holes_are_those_of_the_tokens(text: bytes) -> None:
    shape = shape_of(text + b"\n")
    if shape is not None:
        assert (shape.skeleton[:-1], [(hole.begin, hole.text) for hole in shape.holes]) == naive(text)


@given(objects())
def test_an_object_with_nothing_odd_is_told(text: bytes) -> None:
    """Only numbers that no reader takes for what they seem make a line of JSON odd."""
    if shape_of(text + b"\n") is None and text != b"{}":
        # Too many digits, a leading zero, no digit, an exponent, signs: or no quote behind the brace.
        assert re.search(
            rb":\s?(?:-?[0-9]{19}|-?0[0-9]|-0\b|-?[0-9]*\.(?![0-9])|\.|-(?![0-9])|[-0-9.]*[.0-9][-.eE][-+.0-9]*)", text
        )


@given(values)
def test_an_unmarked_value_is_written_as_it_is_read(text: str) -> None:
    shape = shape_of(b'{"a":%s}\n' % text.encode("utf-8", "surrogatepass"))
    for hole in () if shape is None else shape.holes:
        written = hole.text.decode("utf-8", "surrogatepass")
        if hole.is_marked or (not hole.is_number and text[:1] != '"'):
            continue
        if hole.is_number:
            assert repr(json.loads(written)) == written == orjson.dumps(orjson.loads(written)).decode()
        else:
            assert json.loads(text) == written


def test_what_is_no_object_on_one_line_has_no_shape() -> None:
    for line in (b'{"a":1}', b'["a"]\n', b'{"a":1\n', b'{ "a":1}\n', b'{"a":"\t"}\n', b'{"a":1}\r\n', b"{}\n"):
        assert shape_of(line) is None
