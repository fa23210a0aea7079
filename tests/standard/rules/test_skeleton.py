"""What a skeleton keeps, what it leaves out, and what it does not vouch for."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import datetime
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import Hints, decode_bytes
from logview.standard.block import Block
from logview.standard.kinds import is_suspicious
from logview.standard.mask import find_cards, find_emails, find_secrets
from logview.standard.prefilter import Prefilter
from logview.standard.skeleton import Anatomy, Telling, anatomy
from logview.standard.stamps import Notation

TELLING = Telling(["level", "pid", "statusCode"], ["msg", "message"])
PREFILTER = Prefilter()


def of(*lines: str) -> Anatomy:
    data = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
    return anatomy(Block(data), TELLING, np.array(PREFILTER.search(data)[1], np.int64))


@pytest.mark.parametrize(
    ("line", "skeleton"),
    [
        ('{"level":30,"time":1795424047000,"job_id":"job-7f3a","msg":"job done"}', '{"level":30,"time":2,"job_id":"","msg":"job done"}'),
        ('{"level": 30, "msg": "took 950 ms, 0 failed, 1 left"}', '{"level": 30, "msg": "took 2 ms, 0 failed, 1 left"}'),
        ('{"res":{"statusCode":404},"took":-1.25,"ok":true}', '{"res":{"statusCode":404},"took":-2.2,"ok":true}'),
        ('{"msg":"job job-7f3a","n":[1,22]}', '{"msg":"job job-hhhh","n":[2,2]}'),
        ("2026-11-23 08:57:32,311 INFO a.b job=job-00ff: read 17 rows", "2-22-22 2:2:2,2 INFO a.b job=job-hhhh: read 2 rows"),
        ('10.0.0.1 - "GET /x HTTP/1.1" 404 12', '2.0.0.1 - "GET /x HTTP/1.1" 404 2'),
        ("attempt 3 of 5 failed", "attempt 3 of 5 failed"),
        ("room 3 of 5 failed", "room 2 of 2 failed"),
    ],
)  # fmt: skip
def test_words_stay_and_values_go(line: str, skeleton: str) -> None:
    assert [one.decode() for one in of(line).skeletons] == [skeleton]


@pytest.mark.parametrize(
    "line",
    [
        '{"msg":"a\\nb"}', '{"msg":"cut', '{"msg":"a" ', '{"n":007}', '{"a" :1}', '{"msg":"tab\there"}', "", "esc \x1b[0m",
        '{"n":"\udcff"}', "number " + "1" * 21,
    ],
)  # fmt: skip
def test_what_bytes_alone_do_not_tell_is_odd(line: str) -> None:
    assert of("plain", line, "plain").lines.odd.tolist() == [False, True, False]


def test_every_byte_of_a_skeleton_knows_where_it_stood() -> None:
    block = of('{"level":30,"id":"abc","msg":"read 17 rows"}', "read 9 rows", '{"level":30,"msg":"x"}')
    for row, skeleton in enumerate(block.skeletons):
        first = int(block.firsts[row])
        for number, byte in enumerate(skeleton):
            stood = block.lines.data[int(block.kept[first + number])]
            assert stood == byte or (chr(stood).isalnum() and chr(byte) in "2h")


SECRETS = st.sampled_from(
    [
        "ann@example.com", "AKIAIOSFODNN7EXAMPLE", "Bearer 9f3ab2c77d01e45a88b2", "4111111111111111", "4111 1111 1111 1111",
        "3782 822463 10005", "https://u:pw@host/x", "/a?api_key=abcdef", "ghp_" + "a1" * 18, "eyJhbGciOi.eyJzdWIi.sig",
        "-----BEGIN PRIVATE KEY-----", "xoxb-123456789012", "sk_live_" + "a" * 12, "plain words", "12", "é@x.io", "npm_" + "a" * 36,
    ]
)  # fmt: skip


@given(st.lists(st.one_of(SECRETS, st.text(alphabet="ab 01-.:/@?&=", max_size=12)), max_size=4).map(" ".join))
def test_the_search_finds_what_the_rules_find(text: str) -> None:
    is_found = any(True for _ in (*find_secrets(text), *find_emails(text), *find_cards(text)))
    data = (json.dumps({"note": text}, ensure_ascii=False) + "\n").encode()
    assert PREFILTER.search(data)[0] or not is_found
    assert is_suspicious(text) or not is_found


@pytest.mark.parametrize("value", ["", "undefined", "None", "true", "-1.5e3", "nan", "12"])
def test_values_that_only_look_like_one_are_found(value: str) -> None:
    for line in (f'{{"job_id":"{value}"}}\n', f'{{"job_id": "{value}"}}\n'):
        assert PREFILTER.search(line.encode())[0]


@given(st.datetimes(min_value=datetime.datetime(1970, 1, 1)), st.integers(0, 999))
def test_times_are_read_as_the_decoder_reads_them(moment: datetime.datetime, milliseconds: int) -> None:
    form = '{{"level":30,"time":"{0:%Y-%m-%dT%H:%M:%S}.{1:03}Z","msg":"tick"}}\n'
    first = form.format(datetime.datetime(2026, 11, 23), 1).encode()
    line = form.format(moment, milliseconds).encode()
    if not re.search(rb'"time":"\d{4}-', line):
        return
    notation = Notation(first[:-1], decode_bytes(first, Hints())[0], None, 2**62)
    ns, fits = notation.read(line + bytes(64), np.array([notation.at]))
    if fits[0]:
        assert int(ns[0]) == decode_bytes(line, Hints())[0].time.ns
    else:
        assert moment.year >= 2200


def test_a_day_that_is_none_is_not_read() -> None:
    first = b'{"level":30,"time":"2026-11-23T08:00:00.000Z","msg":"tick"}'
    notation = Notation(first, decode_bytes(first + b"\n", Hints())[0], None, 2**62)
    for stamp in (
        b"2026-02-29T08:00:00.000Z",
        b"2026-13-01T08:00:00.000Z",
        b"2026-11-23T24:00:00.000Z",
        b"2026-11-23 08:00:00.000Z",
    ):
        line = first.replace(b"2026-11-23T08:00:00.000Z", stamp)
        assert not notation.read(line + bytes(64), np.array([notation.at]))[1][0]
