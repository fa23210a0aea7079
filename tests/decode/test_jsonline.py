"""What is not JSON says why, and keeps what can be read; what JSON parsers change silently is kept exactly."""

from __future__ import annotations

import json

import pytest

from logview.decode import decode_bytes
from logview.decode.marks import details
from logview.decode.normal import dumps


@pytest.mark.parametrize(
    ("line", "reason", "whole"),
    [
        (b'{"levelname": "INFO", "message": "m", "cost": NaN}', "NaN", True),
        (b'{"levelname": "INFO", "message": "m", "cost": -Infinity}', "Infinity", True),
        (b'{"level":30,"msg":"m","x":"\\ud800"}', "lone surrogate", True),
        (b'{"level":30,"msg":"m","x":"a\x01b"}', "control character", True),
        (b'{"level":30,"msg":"m","x":"a\tb"}', "control character", True),
        (b'{"level":30,"msg":"m","x":"caf\xe9"}', "bad UTF-8", True),
        (b'{"level":30,"msg":"m","x":1e400}', "number", True),
        (b'{"level":30,"msg":"m","time":1795424047', "truncated", False),
        (b'{"level":30,"msg":"m","ti', "truncated", False),
        (b'{"level":30,"msg":"m"}{"level":40,"msg":"n"}', "two objects", False),
        (b'{"level":30,"msg":"m",}', "trailing comma", False),
        (b'{"level":30,"msg":"m","ok":True}', "Python literal", False),
        (b'{"level":30,"msg":"m","n":007}', "leading zero", False),
        (b'{"level":30,"msg":"m","n":.5}', "bare fraction", False),
    ],
)
def test_a_line_that_is_not_json_says_why(line: bytes, reason: str, whole: bool) -> None:
    (record,) = decode_bytes(line + b"\n")
    assert [reason] == details(record.marks, "not-json")
    assert whole == record.is_json
    assert "m" == record.message
    assert isinstance(json.loads(dumps(record)), dict)


@pytest.mark.parametrize(
    "line",
    [
        b'\xef\xbb\xbf{"level":30,"msg":"m"}',
        b'  {"level":30,"msg":"m"}',
        b'{"level":30,"msg":"m","x":"\xe2\x80\xa8\xc2\x85"}',
        b'{"level":30,"msg":"m","x":"\\u0000"}',
        b'{"level":30,"msg":"m","n":123456789012345678901234567890}',
        b'{"level":30,"msg":"m"}\r',
    ],
)
def test_fine_json_is_not_marked(line: bytes) -> None:
    (record,) = decode_bytes(line + b"\n")
    assert [] == details(record.marks, "not-json")
    assert record.is_json
    assert "m" == record.message


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, 10**20, -(2**63) - 1, 10**60])
def test_integers_keep_all_their_digits(number: int) -> None:
    (record,) = decode_bytes(
        f'{{"level":30,"time":1795424047410,"msg":"m","n":{number},"o":{{"n":[{number}]}}}}\n'.encode()
    )
    assert number == record.fields["n"]
    assert str(number).encode() in dumps(record)
    assert {"n": [number]} == record.fields["o"]


def test_repeated_keys_are_named_and_all_their_values_kept() -> None:
    (record,) = decode_bytes(
        b'{"level":30,"time":1795424047410,"jobId":"a","level":99,"msg":"in","msg":"out","o":{"x":1,"x":2}}\n'
    )
    assert ["level", "msg"] == details(record.marks, "duplicate-key")
    assert [30, 99] == [value for key, value in record.pairs if key == "level"]
    assert "out" == record.message


def test_a_text_that_holds_a_key_like_piece_is_no_duplicate() -> None:
    (record,) = decode_bytes(b'{"level":30,"time":1795424047410,"msg":"{\\"a\\": 1, \\"a\\": 2}"}\n')
    assert () == record.marks
    assert () == record.pairs


def test_numbers_json_cannot_say_become_words_in_the_output() -> None:
    (record,) = decode_bytes(b'{"levelname": "INFO", "message": "m", "a": NaN, "b": [Infinity, -Infinity]}\n')
    assert {"a": "NaN", "b": ["Infinity", "-Infinity"]} == json.loads(dumps(record))["fields"]
