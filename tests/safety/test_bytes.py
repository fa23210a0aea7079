"""Rows B1–B17: whatever bytes a line holds, it is a record, in time, within bounds; and no byte of it is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time

import pytest
from hostile import ROOT
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import Hints, StreamDecoder, decode_bytes
from logview.decode.clean import clean

JSON = b'{"level":30,"time":1795424047000,"msg":"%s"}\n'


def only(data: bytes):
    records = decode_bytes(data)
    assert 1 == len(records)
    return records[0]


@pytest.mark.slow
def test_b1_a_line_of_100_mb_is_one_record_within_bounded_memory(tmp_path):
    path = tmp_path / "long.log"
    with path.open("wb") as file:
        file.write(b"first\n")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"\nlast\n")
    script = textwrap.dedent(
        """
        import sys
        from logview.decode import decode_blocks
        from logview.sources import blocks, open_source
        records = list(decode_blocks(blocks(open_source(sys.argv[1]))))
        print([r.size for r in records], max(len(r.first) for r in records),
              int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) >> 10)
        """
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, cwd=ROOT, check=True)
    sizes, longest, memory_mib = done.stdout.rsplit(" ", 2)
    assert [6, (100 << 20) + 1, 5] == json.loads(sizes)
    assert int(longest) <= 1 << 20
    assert int(memory_mib) < 100


def test_b2_invalid_utf8_is_shown_escaped_and_marked():
    record = only(b"2026-11-23 08:54:07,410 ERROR caf\xe9 \xff\xfe\n")
    assert any("utf" in mark for mark in record.marks)
    assert "\\xe9" in clean(record.text)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_b3_utf16_is_read(encoding):
    text = (JSON % b"hello").decode()
    bom = "\ufeff"
    assert "hello" == only((bom + text).encode(encoding)).message
    # Without the mark the NUL bytes of ASCII tell; where there is no ASCII, the mark alone does.
    assert "hello" == only(text.encode(encoding)).message
    assert "日本語" * 30 == only((bom + "日本語" * 30 + "\n").encode(encoding)).first


def test_b3_a_utf8_bom_at_the_start_is_no_text():
    assert "hello" == only(b"\xef\xbb\xbf" + JSON % b"hello").message


def test_b3_a_bom_in_the_middle_is_shown():
    first, second = decode_bytes((JSON % b"a\xef\xbb\xbfb") + b"2026-11-23 08:54:07,410 INFO x: a\xef\xbb\xbfb\n")
    assert ["a\\ufeffb"] * 2 == [clean(record.message) for record in (first, second)]
    # Where a file with a byte order mark was appended to another one.
    assert "b" == decode_bytes(JSON % b"a" + b"\xef\xbb\xbf" + JSON % b"b")[1].message


def test_b4_lines_end_at_line_feeds_only():
    data = b"".join(JSON % text for text in (b"a\xc2\x85b", b"c\xe2\x80\xa8d", b"e"))
    assert ["a\x85b", "c\u2028d", "e"] == [record.message for record in decode_bytes(data)]
    assert "x" == only((JSON % b"x").replace(b"\n", b"\r\n")).message
    inner = b"a\x0bb\x0cc\x1cd\x1de\x1ef\rg\xc2\x85h"
    head = b"2026-11-23 08:54:07,410 INFO optimizer: "
    records = decode_bytes(b"".join(head + inner + end for end in (b"\n", b"\r\n", b"\n")))
    assert [inner.decode()] * 3 == [record.message for record in records]
    assert "a␋b␌c␜d␝e␞f␍g\\x85h" == clean(records[0].message)


def test_b5_empty_input_only_newlines_and_no_last_newline():
    assert [] == decode_bytes(b"")
    blank = only(b"\n" * 1000)
    assert (1000, ("plain: blank",), "") == (blank.lines, blank.marks, blank.text.strip())
    assert "x" == only((JSON % b"x").rstrip(b"\n")).message


@given(st.text(max_size=60))
def test_b6_b7_clean_text_is_printable_whatever_it_was(text):
    assert clean(text).isprintable()


def test_b8_ten_thousand_combining_marks_are_capped():
    assert len(clean("a" + "\u0301" * 10_000)) < 100


@pytest.mark.parametrize("text", ["[/]", "[@click=app.quit]x[/]", "%s %(name)s", "{0} {x!r}", "$(id) `id`"])
def test_b9_text_that_looks_like_markup_or_a_format_is_text(text):
    assert text == only(JSON % text.encode()).message
    assert text == clean(text)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"[" * 100_000,
        b'{"level":30,"msg":"x",' + b",".join(b'"k%d":%d' % (n, n) for n in range(20_000)) + b"}",
        b'{"' + b"k" * 500_000 + b'":1,"level":30,"msg":"x"}',
    ],
    ids=["2,000 deep", "100,000 brackets", "20,000 keys", "a key of 500 KB"],
)
def test_b10_deep_wide_and_long_records_are_records_in_time(line):
    began = time.process_time()
    assert 1 == len(decode_bytes(line + b"\n"))
    # What takes quadratic time here takes minutes.
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    "number", [b"NaN", b"Infinity", b"1e400", b"9" * 5000, b"18446744073709551617", b"-0", b"1.10"]
)
def test_b11_numbers_that_no_parser_takes_keep_the_line(number):
    line = b'{"level":30,"time":1795424047000,"msg":"x","n":' + number + b"}\n"
    record = only(line)
    assert ("x", line.decode().rstrip("\n")) == (record.message, record.first)
    is_json = number in {b"18446744073709551617", b"-0", b"1.10"}
    assert is_json != any(mark.startswith("not-json: ") for mark in record.marks)
    assert not is_json or json.loads(number) == record.fields["n"]


def test_b11_integers_beyond_64_bits_keep_their_digits():
    record = only(b'{"level":30,"msg":"x","jobId":123456789012345678901}\n')
    assert "123456789012345678901" == str(record.job_id)


def test_b12_repeated_empty_and_hostile_keys():
    record = only(b'{"level":30,"msg":"one","msg":"two","":1,"a.b":2,"__proto__":3,"\\u001b":4}\n')
    assert any("duplicate" in mark for mark in record.marks)
    assert {"", "a.b", "__proto__", "\x1b"} <= set(record.fields)
    assert all(text in record.first for text in ('"one"', '"two"'))


@pytest.mark.parametrize(
    "stamp",
    [
        b"0",
        b"-1",
        b"1e18",
        b"99999999999999999999",
        b'"nonsense"',
        b"null",
        b"[]",
        b"{}",
        b"true",
        b'"9999-99-99T99:99"',
    ],
)
def test_b13_impossible_times_give_a_record(stamp):
    record = only(b'{"level":30,"time":' + stamp + b',"msg":"x"}\n')
    assert "x" == record.message
    if stamp == b"1e18":
        assert 10**18 == record.time_ns  # nanoseconds, in 2001
    else:
        assert record.time_ns is None
        assert stamp == b"null" or "time-range" in record.marks


def test_b13_one_instant_in_four_units():
    stamps = (b"1795424047", b"1795424047000", b"1795424047000000", b"1795424047000000000", b'"1795424047000"')
    times = {only(b'{"level":30,"time":' + stamp + b',"msg":"x"}\n').time_ns for stamp in stamps}
    assert {1_795_424_047_000_000_000} == times


def test_b14_equal_times_and_leap_seconds_stay_in_order():
    data = b"".join(b'{"level":30,"time":1795424047000,"msg":"%d"}\n' % n for n in range(500))
    assert [str(n) for n in range(500)] == [record.message for record in decode_bytes(data)]
    leap = only(b'{"level":30,"time":"2016-12-31T23:59:60Z","msg":"x"}\n')
    assert ("x", 1_483_228_800 * 10**9) == (leap.message, leap.time_ns)


@pytest.mark.parametrize("level", [b"35", b"-1", b"1e9", b'"LOUD"', b"null", b"{}", b"[30]", b"true"])
def test_b15_unknown_levels_are_kept_as_written(level):
    record = only(b'{"level":' + level + b',"time":1795424047000,"msg":"x"}\n')
    assert "x" == record.message
    assert record.level_written == json.loads(level)


TRACEBACK = (
    b"2026-11-23 08:54:07,410 ERROR optimizer: failed\nTraceback (most recent call last):\n"
    b'  File "a.py", line 1, in f\n    g()\nValueError: no\n'
)


@pytest.mark.parametrize("cut", [1, 20, 48, 60, 100, len(TRACEBACK) - 1])
def test_b16_a_traceback_that_comes_in_pieces_is_one_record(cut):
    decoder = StreamDecoder(Hints())
    data = TRACEBACK + b"2026-11-23 08:54:08,000 INFO optimizer: next\n"
    frames = [*decoder.feed(data[:cut], 0), *decoder.feed(data[cut:], cut), *decoder.finish()]
    assert {0, len(TRACEBACK)} == {frame.of for frame in frames}
    assert 6 == sum(frame.lines for frame in frames)


@given(
    st.one_of(
        st.binary(max_size=400), st.text('{}[]":,\\n \t|<134>1 \ufeff\x1bTraceback0123', max_size=300).map(str.encode)
    )
)
def test_b17_any_bytes_are_records_that_hold_every_line(data):
    records = decode_bytes(data)
    held = bytearray(len(data))
    for record in records:
        clean(record.text)
        for start, size in ((record.offset, record.size), *record.more):
            assert not any(held[start : start + size]), "in two records"
            held[start : start + size] = b"\1" * size
    assert len(held) == len(data)
    lost = bytes(byte for byte, is_held in zip(data, held, strict=True) if not is_held)
    # An empty line between records is no record.
    assert b"" == lost.replace(b"\0", b"").strip()


def test_f12_two_objects_in_one_line_and_a_torn_one_are_marked_and_kept():
    two, torn = b'{"level":30,"msg":"a"}{"level":30,"msg":"b"}\n', b'{"level":30,"msg":"a{"level":30,"msg":"b"}\n'
    for line in (two, torn):
        record = only(line)
        assert line.decode().rstrip("\n") == record.first
        assert any(mark in {"not-json: two objects", "not-json: truncated"} for mark in record.marks)


@given(st.integers(0, 400), st.integers(0, 255))
def test_b17_a_flipped_or_cut_record_is_still_a_record(at, byte):
    line = bytearray(JSON % b"hello world" + TRACEBACK)
    decode_bytes(bytes(line[:at]))
    line[at % len(line)] = byte
    assert decode_bytes(bytes(line))
