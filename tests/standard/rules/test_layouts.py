"""A line that fits a layout has the skeleton of the line that the layout was made of."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logview.standard.block import Block
from logview.standard.figures import figures
from logview.standard.layouts import MAX_ALIKE, Layout, Layouts, Shelf, holes_of, signatures
from logview.standard.prefilter import Prefilter
from logview.standard.skeleton import Anatomy, Telling, anatomy

TELLING = Telling(["level", "pid", "statusCode"], ["msg", "message"])
PREFILTER = Prefilter()
LINES = (
    '{"level":30,"time":1795424047000,"job_id":"job-7f3a","depth":17,"msg":"job done"}',
    '{"level":40,"time":1795424047000,"job_id":"job-7f3a","depth":17,"msg":"job lost"}',
    '{"level":30,"time":1795424047000,"res":{"statusCode":404},"took":-1.25e+07,"ok":true,"msg":"took 950 ms, 0 failed, 2 left"}',
    '{"level": 30, "msg": "requeued job-00ff4a at x86 22", "n": [1, 22, 0.05], "who": "ann b"}',
    '{"level":20,"user":"Zoë","msg":"größe 17"}',
    "2026-11-23 08:57:32,311 INFO a.b job=job-00ff: read 17 rows",
    "2026-11-23 08:57:32,311 INFO a.b job=job-00ff: read 2 of 5 rows at 10.0.0.1",
    'attempt 3 of 15 failed, status 503 "GET /x HTTP/1.1" 404 12',
    "windows\\path\tand tab 7",
    "carried 17 \r",
    "attempt 3 of 2 failed",
    "day 22 took 2 s",
)  # fmt: skip


def taken(*lines: str) -> Anatomy:
    data = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
    return anatomy(Block(data), TELLING, np.array(PREFILTER.search(data)[1], np.int64))


def layouts_of(*lines: str) -> Layouts:
    block = taken(*lines)
    shelf = Shelf()
    for row, mark in enumerate(signatures(block.lines).tolist()):
        if not block.lines.odd[row]:
            assert not shelf.wants(mark, row)
            assert shelf.wants(mark, row)
            low, reach, ids = holes_of(block, row)
            assert shelf.add(mark, Layout(row, low, reach, ids, -1, 0, (0, 0), ()))
    shelf.renew(())
    return shelf.now


KNOWN = layouts_of(*LINES)


def found(*lines: str) -> list[int]:
    """The number of the line in LINES that each line is like; -1: of none."""
    block = Block("".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"))
    numbers = KNOWN.find(block, signatures(block))
    return [int(KNOWN.codes[number]) if number >= 0 else -1 for number in numbers.tolist()]


def test_a_line_has_its_own_layout() -> None:
    assert found(*LINES) == list(range(len(LINES)))


@pytest.mark.parametrize(
    ("line", "like"),
    [
        ('{"level":30,"time":1795424049999,"job_id":"job-0001","depth":90,"msg":"job done"}', 0),
        ('{"level":30,"time":1795424049999,"job_id":"any text","depth":90,"msg":"job done"}', 0),
        ('{"level":30,"time":1795424049999,"job_id":"job-0001","depth":09,"msg":"job done"}', -1),
        ('{"level":30,"time":1795424049999,"job_id":"job-0001","depth":9,"msg":"job done"}', -1),
        ('{"level":30,"time":1795424049999,"job_id":"a","b":"c","depth":90,"msg":"job done"}', -1),
        ('{"level":30,"time":1795424049999,"job_id":"job\\0001","depth":90,"msg":"job done"}', -1),
        ('{"level":30,"time":1795424049999,"job_id":"job-0001","depth":90,"msg":"job gone"}', -1),
        ('{"level":20,"time":1795424049999,"job_id":"job-0001","depth":90,"msg":"job done"}', -1),
        ('{"level": 30, "msg": "requeued job-0123ab at x86 41", "n": [7, 10, 9.99], "who": "bob c"}', 3),
        ('{"level": 30, "msg": "requeued job-012345 at x86 41", "n": [7, 10, 9.99], "who": "bob c"}', -1),
        ('{"level": 30, "msg": "requeued job-abcdef at x86 41", "n": [7, 10, 9.99], "who": "bob c"}', -1),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1a2b: read 99 rows", 5),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1234: read 99 rows", -1),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1a2b: read 9x rows", -1),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1a2b: read 1 of 5 rows at 10.0.0.1", -1),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1a2b: read 9 of 7 rows at 10.0.0.1", 6),
        ("2026-12-24 18:00:00,000 INFO a.b job=job-1a2b: read 1 of 7 rows at 10.0.0.1", -1),
        ("attempt 3 of 2 failed", 10),
        ("attempt 2 of 3 failed", -1),
        ("day 11 took 7 s", 11),
        ('attempt 4 of 15 failed, status 503 "GET /x HTTP/1.1" 404 12', -1),
        ('{"level":20,"user":"Zoe!","msg":"größe 18"}', 4),
        ('{"level":20,"user":"Zo\udcffe","msg":"größe 18"}', -1),
        ("carried 18 \r", 9),
    ],
)
def test_what_may_differ_does_and_nothing_else(line: str, like: int) -> None:
    assert found(line) == [like]


def mutated(line: str, chance: random.Random) -> str:
    """The line with a few other characters."""
    chars = list(line)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(chars))
        chars[at] = chance.choice('0123456789abcdefghxyz "\\:,{}-.\t')
    if chance.random() < 0.5:
        chars = [chance.choice("0123456789") if char.isdigit() and chance.random() < 0.5 else char for char in chars]
    return "".join(chars)


@given(st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_what_fits_has_the_same_skeleton(seed: int) -> None:
    chance = random.Random(seed)
    lines = [mutated(chance.choice(LINES), chance) for _ in range(40)]
    taken_apart, models = taken(*lines), taken(*LINES)
    for row, like in enumerate(found(*lines)):
        if like >= 0:
            assert not taken_apart.lines.odd[row] or '" :' in lines[row]
            if not taken_apart.lines.odd[row]:
                assert taken_apart.skeletons[row] == models.skeletons[like]


def test_many_layouts_with_one_signature_are_told_apart() -> None:
    words = [f"{chr(97 + n % 26)}o{chr(97 + n // 26 % 26)}o" for n in range(MAX_ALIKE)]
    shelf = Shelf()
    block = taken(*(f'{{"level":30,"msg":"{word}"}}' for word in words))
    added = []
    for row, mark in enumerate(signatures(block.lines).tolist()):
        added.append(shelf.add(mark, Layout(row, *holes_of(block, row), -1, 0, (0, 0), ())))
    shelf.renew(())
    numbers = shelf.now.find(block.lines, signatures(block.lines))
    assert all(added)
    assert shelf.now.codes[numbers].tolist() == list(range(MAX_ALIKE))
    assert not shelf.add(mark, Layout(99, *holes_of(block, 0), -1, 0, (0, 0), ()))


def test_layouts_that_only_their_holes_tell_apart_are_tried_in_turn() -> None:
    lines = ("job-1a2b holds 2 of 30", "job-1a2b holds 0 of 30", "job-1234 holds 0 of 30", "job-1a2b holds 1 of 30")
    known = layouts_of(*lines)
    more = (
        "job-9f9f holds 7 of 11",
        *lines,
        "job-9f9f holds 0 of 11",
        "job-9999 holds 0 of 11",
        "job-9999 holds 7 of 11",
    )
    block = taken(*more)
    numbers = known.find(block.lines, signatures(block.lines)).tolist()
    assert [known.codes[number] if number >= 0 else -1 for number in numbers] == [0, 0, 1, 2, 3, 1, 2, -1]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("4111111111111111", True), ("1111111111111", False), ("3111111111111", True), ("11111111111111", True), ("x4111111111111", False),
        ("1.4111111111111", False), (',"7"', False), ('{"a":"7"}', True), ('{"a": "-7.5e+3"}', True), ('{"a":"7.5.1"}', False),
        ('{"a":"' + "7" * 200 + '"}', True), ('{"version":"7"}', False), ('{"a":"7.5e10"}', True), ('{"a":"2025-06-03 08"}', False),
        ("-.4111111111111", False), ("127.0.0.1/4111111111111", True), ('{"a":"123456789.0123456"}', True), ('"7"', False), ('["7"]', False), ('{"a":"7e"}', False), ('{"a":"7f"}', False), ('{"a":"-"}', False),
    ],
)  # fmt: skip
def test_figures_are_found_wherever_they_stand_in_a_word(text: str, is_found: bool) -> None:
    """64 bytes are looked at as one word: a number may begin in one and end in the next."""
    for before in range(130):
        assert bool(figures((" " * before + text + " \n").encode())) == is_found, before
