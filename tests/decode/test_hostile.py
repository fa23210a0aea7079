"""Hostile text costs time in proportion to its length: no pattern, loop or recursion runs away."""

from __future__ import annotations

import json
import time

import pytest

from logview.decode import decode_bytes
from logview.decode.clean import clean
from logview.decode.normal import dumps

SIZE = 30_000

HOSTILE = {
    "letters": "a" * SIZE,
    "blanks behind a level": "INFO" + " " * SIZE + "x",
    "rich's right edge": "INFO     msg" + " " * SIZE + "a.py",
    "pairs without values": "ab= " * (SIZE // 4),
    "words behind a pair": "level=info msg=x " + "w " * (SIZE // 2),
    "nested objects": '{"a":' * (SIZE // 5),
    "trailing objects": "INFO (1): x " + ' {"a":1' * (SIZE // 7) + "}",
    "quotes": '{"' + '"' * SIZE,
    "escapes": '{"' + '\\"' * (SIZE // 2),
    "brackets": "[" * SIZE,
    "closed brackets": "[" * SIZE + "]" * SIZE,
    "parentheses": "2026-11-23 08:57:32,311 INFO " + "(" * SIZE,
    "dots": "a." * (SIZE // 2),
    "colons": "a:" * (SIZE // 2),
    "exception of dots": "Traceback (most recent call last):\n" + "a." * (SIZE // 2),
    "escape sequences": "\x1b[" * (SIZE // 2),
    "open commands": "\x1b]" * (SIZE // 2),
    "ids": "2026-11-23 08:57:32,311 INFO " + "job=a " * (SIZE // 6),
    "jobs": "2026-11-23 08:57:32,311 INFO " + "job" * (SIZE // 3),
    "digits": "1" * SIZE,
    "dates": "2026-11-23 " * (SIZE // 11),
    "bars": "a | " * (SIZE // 4),
    "tabs": "a\t" * (SIZE // 2),
    "errors": "E" * SIZE + "Error",
    "crash site": "/" * SIZE + ":1x",
    "warnings": "a:1: " * (SIZE // 5),
    "clients": "1 - - [" * (SIZE // 7),
    "frames": "Traceback (most recent call last):\n" + "  x\n" * (SIZE // 20),
    "NULs": "\0" * SIZE,
    "carriage returns": "\r" * SIZE,
    "inspected": "{ a: " * (SIZE // 5),
    "names in brackets": "[a] " * (SIZE // 4),
    "combining marks": "a" + "\u0301" * SIZE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    before = time.process_time()
    for record in decode_bytes(text.encode()):
        dumps(record)
        clean(record.text)
    assert time.process_time() - before < 5


def test_a_line_over_the_limit_keeps_its_span_and_is_read_from_its_beginning() -> None:
    long = b'{"level":30,"time":1795424047410,"jobId":"job-7f3a","blob":"' + b"x" * (3 << 20) + b'","msg":"late"}\n'
    records = decode_bytes(long + b'{"level":40,"time":1795424047411,"msg":"next"}\n')
    assert [len(long), 47] == [record.size for record in records]
    assert "long" in records[0].marks
    assert "job-7f3a" == records[0].job_id
    assert len(records[0].first) <= 1 << 16
    assert "next" == records[1].message


@pytest.mark.parametrize("end", ["é", "\\u00e9", "\\\\", "\\ud83d\\ude00", "x"])
def test_a_text_that_goes_on_beyond_the_limit_is_read_as_far_as_it_was(end: str) -> None:
    """However it is cut: inside a character, an escape, or a pair of them."""
    begin = '{"level":30,"time":1795424047410,"msg":"'
    for at in range(14):
        text = "x" * ((1 << 16) - len(begin) - at) + end
        (record,) = decode_bytes((begin + text + "y" * (1 << 20) + '"}\n').encode())
        message = json.loads(f'"{text}"') + "y" * 20
        assert record.message is not None
        assert message.startswith(record.message)
        assert (1 << 16) - len(begin) - 12 <= len(record.message)


def test_nesting_beyond_any_parser_is_a_record_with_a_reason() -> None:
    (record,) = decode_bytes(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    assert "plain" == record.format
    assert any(mark.startswith("not-json") for mark in record.marks)
