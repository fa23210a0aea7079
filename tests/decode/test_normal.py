"""The normalised record: key order, absent left out, always valid JSON, nothing in it that acts on a terminal."""

from __future__ import annotations

import json

import pytest

from logview.decode import decode_bytes
from logview.decode.clean import clean
from logview.decode.normal import dumps, normalised


def test_keys_come_in_the_published_order_and_absent_ones_are_left_out() -> None:
    line = (
        '{"level":"error","time":"2026-11-23T08:54:07.417Z","service":"s","logger":"l","function":"f","pid":1,"hostname":"h",'
        '"msg":"m","job_id":"j","request_id":"r","trace_id":"t","span_id":"p","err":{"type":"E","message":"x"},"extra":null}'
    )
    (record,) = decode_bytes(line.encode())
    wanted = [
        "time", "level", "service", "logger", "function", "message", "job_id", "request_id", "trace_id",
        "span_id", "error", "pid", "host", "fields",
    ]  # fmt: skip
    assert wanted == list(normalised(record))
    assert {"extra": None} == normalised(record)["fields"]
    (bare,) = decode_bytes(b"text")
    assert {"message": "text"} == normalised(bare)


def test_provenance_and_a_service_from_configuration_are_added() -> None:
    first, second = decode_bytes(b"one\ntwo\n")
    assert {"service": "s", "message": "two", "source": "a.log", "offset": 4, "lines": 1} == normalised(
        second, service="s", provenance="a.log"
    )
    assert "source" not in normalised(first)


def test_a_clock_time_is_no_time() -> None:
    (record,) = decode_bytes(b"08:57:32.5 INFO solve started")
    assert "08:57:32.5" == normalised(record)["time_of_day"]
    assert "time" not in normalised(record)


@pytest.mark.parametrize("char", "\x7f\x85\x9b\x9d\u061c\u200b\u200e\u2028\u202e\u2066\ufeff\U000e0041")
def test_what_acts_on_a_terminal_is_escaped_and_means_the_same(char: str) -> None:
    (record,) = decode_bytes(
        f'{{"level":30,"time":1795424047410,"msg":"a{char}b","n":12345678901234567890123}}'.encode()
    )
    line = dumps(record).decode()
    assert char not in line
    assert clean(line) == line
    assert f"a{char}b" == json.loads(line)["message"]


def test_other_letters_stay_as_they_are() -> None:
    (record,) = decode_bytes(
        '{"level":30,"time":1795424047410,"msg":"Übergröße 尺寸 \U0001f469\u200d\U0001f4bb"}'.encode()
    )
    assert "Übergröße 尺寸 \U0001f469\u200d\U0001f4bb" in dumps(record).decode()
