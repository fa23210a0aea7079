"""Any bytes: no exception, every byte in one record, and neither chunking nor decoding again changes a record."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logview.decode import StreamDecoder, decode_blocks, decode_bytes
from logview.decode.normal import dumps

_SAMPLES = [
    line
    for log in sorted((Path(__file__).parent.parent / "vectors" / "formats").glob("*.log"))
    for line in log.read_bytes()[:4000].split(b"\n")[:12]
]
_NASTY = [
    b"",
    b"\r",
    b"\0",
    b"\x1b[31m",
    b"{",
    b"}",
    b'{"',
    b'{"a":',
    b"[",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x80",
    b"Traceback (most recent call last):",
    b"KeyError: 'a'",
    b'  File "x", line 1, in y',
    b"    at x (y:1:2)",
    b"--- Logging error ---",
    b"/a/b.js:1",
    b"<13>1 - h a p m - ",
    b"[a] ",
    b"a | ",
    b"a-1  | ",
    b"Nov 23 08:54:07 ",
    b"2026-11-23T08:54:07.411000000Z stdout P x",
    b'{"log":"x","stream":"stdout","time":"x"}',
    b"2026-13-45 99:99:99,999 INFO x",
    b'{"time":1e400,"level":"x"}',
    b'{"time":99999999999999999999999}',
    b'{"level":{}}',
    b'{"err":[{}]}',
    b'{"msg":"\\ud800"}',
    b'{"record":{},"text":""}',
    b'{"record":1,"text":2}',
    b'{"@fields":1}',
    b'{"body":1,"severity_number":99}',
    b'{"logging.googleapis.com/x":1,"logging.googleapis.com/sourceLocation":{"function":1}}',
]

line = st.one_of(
    st.sampled_from(_SAMPLES),
    st.sampled_from(_NASTY),
    st.binary(max_size=80),
    st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace")),
)
prefixed = st.builds(lambda prefix, text: prefix + text, st.sampled_from([*_NASTY[22:31], b""]), line)
logs = st.builds(
    lambda lines, end: b"\n".join(lines) + end, st.lists(prefixed, max_size=25), st.sampled_from([b"", b"\n", b"\r\n"])
)
cuts = st.lists(st.integers(0, 4000), max_size=6)


def _chunks(data: bytes, at: list[int]) -> list[bytes]:
    marks = [0, *sorted(position % (len(data) + 1) for position in at), len(data)]
    return [data[start:end] for start, end in pairwise(marks)]


@given(logs)
def test_any_bytes_decode_and_every_byte_belongs_to_one_record(data: bytes) -> None:
    records = decode_bytes(data)
    runs = sorted((start, size) for record in records for start, size in [(record.offset, record.size), *record.more])
    at = 0
    for start, size in runs:
        assert at == start
        at += size
    assert len(data) == at
    for record in records:
        assert isinstance(json.loads(dumps(record)), dict)


@given(st.binary(max_size=400))
def test_raw_bytes_of_any_kind_decode(data: bytes) -> None:
    records = decode_bytes(data)
    assert len(data) == sum(size for record in records for _, size in [(record.offset, record.size), *record.more])


@given(logs)
def test_lines_in_are_lines_out(data: bytes) -> None:
    records = decode_bytes(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<13>1 " in data or data[:64].count(0) > 8:
        return
    wanted = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert wanted == sum(record.lines for record in records)


@given(logs, cuts)
def test_chunking_changes_no_record(data: bytes, at: list[int]) -> None:
    assert decode_bytes(data) == list(decode_blocks(_chunks(data, at)))


@given(logs)
@settings(max_examples=50)
def test_a_record_decoded_again_is_the_same(data: bytes) -> None:
    decoder = StreamDecoder()
    decoder.feed(data, 0)
    decoder.finish()
    near = None
    for record in decode_bytes(data):
        chunks = [data[start : start + size] for start, size in [(record.offset, record.size), *record.more]]
        first = decoder.decode(chunks, offset=record.offset, lineno=record.lineno, near_ns=near)
        assert first == decoder.decode(chunks, offset=record.offset, lineno=record.lineno, near_ns=near)
        assert (record.format, record.message, record.marks) == (first.format, first.message, first.marks)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("bom", [True, False])
def test_utf16_reads_as_its_utf8_twin(encoding: str, bom: bool) -> None:
    text = (
        '{"level":30,"time":1795424047410,"msg":"Übergröße \u0a0d"}\n'
        "2026-11-23 08:57:32,311 - optimizer.solver - ERROR - solve failed\nTraceback (most recent call last):\n"
        "  File \"/x.py\", line 1, in y\nKeyError: 'cost'\n"
    )
    data = (("\ufeff" if bom else "") + text).encode(encoding)
    plain, wide = decode_bytes(text.encode()), decode_bytes(data)
    assert [(r.message, r.level, r.time.ns) for r in plain] == [(r.message, r.level, r.time.ns) for r in wide]
    assert len(data) == sum(r.size for r in wide)
    assert wide[1].error is not None
    assert wide[1].error.type == "KeyError"
