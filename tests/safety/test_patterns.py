"""S10: no pattern that a person or a configuration brings can stop the screen, the checker or the process."""

from __future__ import annotations

import asyncio
import json
import re
import time
from unittest import mock

import pytest
from gaps import gaps
from hostile import run
from hypothesis import given
from hypothesis import strategies as st

from logview.query.match import compiled
from logview.query.parse import parse
from logview.query.regexp import _database, searcher
from logview.query.slow import Slow
from logview.query.weight import MOST, fits, weight
from logview.standard.pattern import Pattern, repetitions
from logview.tui.paint import matcher

HOSTILE = "a" * 60_000 + "!"
SLOW = ["(a|aa)+$", "(?:(?=a)a|aa)+c", "(a|a)*b\\1", "(?=(a+))*c", "(a+)+$"]
LARGE = [".{1000}", "(.{1,500}a){5}", "(a.{0,300}b){20}", "a{1,30000}b.*c", "(?i)" + "é" * 800, r"\p{L}+x", "x." * 100]


@pytest.mark.parametrize("pattern", [*SLOW, *LARGE])
def test_s10_no_pattern_takes_long_to_compile_or_to_match(pattern):
    began = time.process_time()
    search = searcher(pattern)
    for text in ("a" * 60 + "!", HOSTILE, "ab c" * 15_000):
        search(text)
    assert time.process_time() - began < 2  # 50 ms a text, and the time to import


@pytest.mark.parametrize("pattern", LARGE)
def test_s10_hyperscan_never_sees_what_it_would_compile_for_seconds_or_die_of(pattern):
    assert not fits(pattern)
    assert _database(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [r"job-[0-9a-f]{4,}", r"\b(GET|POST) /\S+ [45]\d\d", "(a+)+$", ".*error.*timeout.*", "(?i)warn|error|fatal"],
)
def test_ordinary_patterns_stay_with_hyperscan(pattern):
    assert weight(pattern) < MOST / 4
    assert _database(pattern) is not None


@given(st.text(alphabet="ab.*+?{}()[]^$|\\,0123456789pPLi:é-", max_size=40))
def test_the_weight_of_any_text_is_a_number_and_repeating_weighs_more(text):
    one = weight(text)
    assert one >= 0
    assert weight(f"(?:{re.escape(text)}){{30}}") >= weight(re.escape(text))


def test_s10_a_glob_does_not_backtrack():
    glob = compiled(parse("text:" + "*a" * 30 + "*b"))
    record = _record({"text": "a" * 5000})
    began = time.process_time()
    assert not glob(record, "", ())
    assert time.process_time() - began < 2


def _record(fields):
    from logview.decode.stream import decode_blocks

    (record,) = decode_blocks([json.dumps({"level": 30, "msg": "m", **fields}).encode() + b"\n"])
    return record


@given(st.text(alphabet="ab*?", min_size=1, max_size=8), st.text(alphabet="abc", max_size=10))
def test_a_glob_means_what_it_meant(glob, text):
    """Beside the slow one: every star any text, every question mark one character."""
    from logview.query.match import _glob

    slow = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in glob)
    assert bool(re.fullmatch(slow, text)) == bool(re.fullmatch(_glob(glob), text))


@pytest.mark.parametrize("source", ["(a|aa)+$", "(a?){40}a{40}", "((a|aa){15}){15}c", "a?" * 30 + "a" * 30, r"(a+)\1c"])
def test_s10_a_pattern_of_a_standard_ends(source):
    pattern = Pattern(source)
    began = time.process_time()
    for _ in range(100):
        for ask in (pattern.search, pattern.match, pattern.refuses, lambda text: list(pattern.all(text))):
            ask("a" * 45 + "!")
    assert time.process_time() - began < 4  # it is given up after 20 times 50 ms


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("^job-[0-9a-f]{4,}$", 1),
        (r"\bjob\b", 0),
        (r"\d{3}-\d{2}", 0),
        ("a+?b", 1),
        ("a*b*", 2),
        ("(ab){2}", 2),
        ("(ab)+", 2),
    ],
)
def test_how_many_parts_of_a_pattern_repeat(source, expected):
    assert expected == repetitions(source)


@given(
    st.sampled_from([r"^job-[0-9a-f]{4,}$", r"a+b", r"(a|b)*c", r"\bjob\b", r"(\d+)-(\d+)", r"[ab]{2,}x?"]),
    st.text(alphabet="abcjo-01 x", max_size=20),
)
def test_a_pattern_of_a_standard_finds_what_re_finds(source, text):
    mine, slow = Pattern(source), re.compile(source)
    assert [m and m.span() for m in (slow.search(text), slow.match(text))] == [
        m and m.span() for m in (mine.search(text), mine.match(text))
    ]
    assert mine.refuses(text) == (slow.fullmatch(text) is None)
    assert [m.span() for m in slow.finditer(text)] == [m.span() for m in mine.all(text)]


@pytest.mark.parametrize(("late", "found", "counted"), [(0, "match", 0), (1, "match", 0), (2, None, 1)])
def test_a_match_that_was_held_up_once_is_tried_again(late, found, counted):
    left = [late]

    def match():
        left[0] -= 1
        if left[0] >= 0:
            raise TimeoutError
        return "match"

    one = Slow()
    assert one.attempt(match) == found
    assert one.count == counted


def test_an_ordinary_text_never_waits_for_the_pattern_with_a_time_limit():
    pattern = Pattern("^job-[0-9a-f]{4,}$", r"(?<![\w-])(?:job-[0-9a-f]{4,})(?![\w-])")
    with mock.patch.object(pattern, "_count", None):
        assert [found[0] for found in pattern.all("turned job-8028 away")] == ["job-8028"]
        assert pattern.search("turned job-8028 away")


def test_s10_painting_a_search_gives_up_a_slow_pattern():
    spans = matcher("/(?:(?=a)a|aa)+c|(a|aa)+$/")
    began = time.process_time()
    for _ in range(200):
        spans("a" * 4000 + "!")
    assert time.process_time() - began < 1


@pytest.mark.slow
def test_s10_what_took_too_long_is_told(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("".join(json.dumps({"level": 30, "msg": "a" * 60 + "!"}) + "\n" for _ in range(5000)))
    # The group keeps `regex` from seeing that both ways are one, the look-around keeps hyperscan from taking it.
    done = run("cat", "--output", "json", "--filter", "/(?:(?=a)(a|aa))+c(?<!x)$/", str(path))
    assert 0 == done.returncode
    assert b"given up" in done.stderr or b"took longer" in done.stderr


@pytest.mark.slow
def test_s10_a_pattern_of_a_standard_ends_and_a_broken_one_is_bad_use_with_its_place(tmp_path):
    log = tmp_path / "a.log"
    log.write_text(json.dumps({"level": 30, "time": 1795424047000, "msg": "x", "job_id": "a" * 60 + "!"}) + "\n")
    config = tmp_path / "logview.toml"
    config.write_text('standard = "default@1"\n[ids.job]\npattern = "(a|aa)+$"\n')
    assert run("check", "--config", str(config), str(log)).returncode in {0, 1}
    config.write_text('standard = "default@1"\n[rules.LV403]\npatterns = ["("]\n')
    done = run("check", "--config", str(config), str(log))
    assert 2 == done.returncode
    assert b"patterns is no regular expression" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_s10_the_screen_answers_within_100_ms_whatever_is_searched(tmp_path):
    """The time that the screen's own thread computes without a pause: a loaded machine adds to the time that passes."""
    path = tmp_path / "hostile.log"
    with path.open("w") as file:
        for n in range(20_000):
            text = "a" * (4000 if n % 10 == 1 else 200) + "!" if n % 2 else f"tick {n}"
            file.write(json.dumps({"level": 30, "time": 1_795_424_047_000 + n, "name": "svc", "msg": text}) + "\n")
    patterns = ["(a+)+$", "(a|aa)+$", "(a|a)*b\\1", "(?:(?=a)a|aa)+$", ".{1000}"]
    found = asyncio.run(gaps(str(path), patterns, watched_s=0.7))
    slow = {key: gap for key, gap in found.items() if gap.own > 0.1}
    assert {} == slow
