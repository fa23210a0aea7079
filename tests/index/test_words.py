"""Words, digits and times of many lines at once, against the obvious way for each."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logview.index.stamp import _days
from logview.index.words import EDGE, Words, are_digits, clock, number


@given(st.binary(max_size=600), st.lists(st.integers(-EDGE, 600 + EDGE), max_size=30))
def test_words_are_the_bytes_at_any_place(block: bytes, places: list[int]) -> None:
    places = sorted(place for place in places if place <= len(block) + EDGE)
    found = Words(block).at(np.array(places, np.int64))
    padded = bytes(EDGE) + block + bytes(EDGE + 8)
    assert [padded[place + EDGE : place + EDGE + 8] for place in places] == [
        word.to_bytes(8, "little") for word in found.tolist()
    ]


@given(st.binary(min_size=8, max_size=8), st.integers(0, 255))
def test_digits_are_recognized_under_a_mask(text: bytes, chosen: int) -> None:
    places = [place for place in range(8) if chosen >> place & 1]
    mask = int.from_bytes(bytes(0xFF if place in places else 0 for place in range(8)), "little")
    wanted = all(text[place : place + 1].isdigit() for place in places)
    assert wanted == bool(are_digits(np.frombuffer(text, np.uint64), mask)[0])


@given(st.integers(0, 10**18 - 1), st.integers(0, 40))
def test_numbers_of_any_length(value: int, offset: int) -> None:
    text = str(value).encode()
    words = Words(b"x" * offset + text + b"y")
    numbers, are_numbers = number(words, np.array([offset]), len(text))
    assert (value, True) == (int(numbers[0]), bool(are_numbers[0]))
    assert not number(words, np.array([offset]), len(text) + 1)[1][0]


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_clock_shows_only_times(hour: int, minute: int, second: int) -> None:
    text = f"{hour:02}:{minute:02}:{second:02}".encode()
    seconds, shown = clock(np.frombuffer(text, np.uint64))
    assert bool(shown[0]) == (hour < 24 and minute < 60 and second < 60)
    if shown[0]:
        assert int(seconds[0]) == hour * 3600 + minute * 60 + second


@given(st.lists(st.one_of(st.dates().map(str), st.just("2026-02-30"), st.just("2026-13-01")), max_size=20))
def test_days_count_like_the_calendar(days: list[str]) -> None:
    texts = [day.encode() for day in days]
    years = np.array([int.from_bytes(text[:8], "little") for text in texts], np.uint64)
    numbers, are_days = _days(years, np.array([int.from_bytes(text[8:], "little") for text in texts], np.uint64))
    for day, found, is_day in zip(days, numbers.tolist(), are_days.tolist(), strict=True):
        try:
            wanted = dt.date.fromisoformat(day)
        except ValueError:
            assert not is_day
        else:
            assert is_day
            assert found == (wanted - dt.date(1970, 1, 1)).days
