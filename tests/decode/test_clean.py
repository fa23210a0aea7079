"""Nothing that a terminal obeys, hides or reorders leaves `clean`."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode.clean import COMBINING, clean, clean_in_place, strip_ansi


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Übergröße 尺寸 😀", "plain Übergröße 尺寸 😀"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\tb\tc", "a   b   c"),
        ("abcd\te", "abcd    e"),
        ("123\rX", "123␍X"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("a\u202eb\u200bc\u2028d", "a\\u202eb\\u200bc\\u2028d"),
        ("\ud800", "\\ud800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("a\u3164b", "a\\u3164b"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * COMBINING),
        ("a\u00a0b", "a b"),
    ],
)
def test_what_would_act_is_shown_instead(text: str, shown: str) -> None:
    assert shown == clean(text)


@given(st.text(st.characters(), max_size=80))
def test_clean_text_is_printable_and_stays_as_it_is(text: str) -> None:
    shown = clean(text)
    assert shown == clean(shown)
    for char in shown:
        assert char.isprintable() or char in "\u200d\ufe0e\ufe0f" or unicodedata.combining(char)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[1;31mERROR\x1b[0m: x", "ERROR: x"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
        ("\x1bP1$q\x1b\\text", "text"),
        ("\x1b(Btext\x1b[?25l", "text"),
        ("no codes", "no codes"),
    ],
)
def test_escape_sequences_are_taken_out_whole(text: str, plain: str) -> None:
    assert plain == strip_ansi(text)


@given(st.text(max_size=60))
def test_b6_a_line_that_is_edited_is_cleaned_character_by_character(text):
    drawn = clean_in_place(text)
    assert len(text) == len(drawn)
    assert all(char.isprintable() or char == "\u200d" for char in drawn)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "plain"),
        ("\x1b[2J\x9b", "␛[2J\ufffd"),
        ("a\u202eb\u3164", "a\ufffdb\ufffd"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\ufffd\ufffd"),
    ],
)
def test_b6_the_characters_of_an_edited_line(text, drawn):
    assert drawn == clean_in_place(text)
