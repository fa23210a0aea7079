"""Filters as values: every change is a new state, and the keymap and completion tables hold together."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from logview.errors import QueryError, UsageError
from logview.query.model import OPERATOR
from logview.tui import keymap
from logview.tui import state as states
from logview.tui.app import LogviewApp, checked_keymap
from logview.tui.complete import Candidate, candidates, term_start
from logview.tui.screens.timeline import TimelineScreen
from logview.tui.state import VIOLATIONS, History, State
from logview.tui.widgets.chip_line import ChipLine
from logview.tui.widgets.log_lines import LogLines
from logview.tui.widgets.outline import Outline
from logview.tui.widgets.prompt import PromptInput
from logview.tui.widgets.record_panel import RecordPanel

FIELDS = {"service": [("scheduler", 8), ("optimizer", 4)], "job_id": [("job-7f3a", 6)], "err.type": [("ValueError", 1)]}


def texts(state: State) -> list[str]:
    return [chip.text for chip in state.chips]


def test_a_typed_filter_becomes_one_chip_a_term():
    state = states.add(State(), "level>=warn job=job-7f3a (a or b)")

    assert texts(state) == ["level>=warn", "job_id=job-7f3a", "a or b"]


def test_chips_join_to_the_filter_they_came_from():
    typed = "level>=warn -service=optimizer (solve or route)"

    assert states.add(State(), typed).text() == typed


def test_a_chip_that_is_off_filters_nothing_and_stays():
    state = states.switch(states.add(State(), "level>=warn error"), 0)

    assert texts(state) == ["level>=warn", "error"]
    assert state.text() == "error"


def test_a_negated_chip_twice_is_the_chip():
    state = states.add(State(), "service=optimizer")

    assert texts(states.negate(state, 0)) == ["-service=optimizer"]
    assert states.negate(states.negate(state, 0), 0) == state


def test_editing_a_chip_may_make_it_several_and_keeps_its_place():
    state = states.edit(states.add(State(), "a b c"), 1, "x y")

    assert texts(state) == ["a", "x", "y", "c"]


def test_editing_to_nothing_removes_the_chip():
    assert texts(states.edit(states.add(State(), "a b"), 0, "")) == ["b"]


def test_a_filter_that_does_not_parse_changes_nothing():
    with pytest.raises(QueryError):
        states.add(State(), "level>=")


def test_only_violations_goes_on_and_off():
    on = states.toggle(State(), VIOLATIONS)

    assert texts(on) == [VIOLATIONS]
    assert states.toggle(on, VIOLATIONS) == State()
    assert texts(states.toggle(states.switch(on, 0), VIOLATIONS)) == [VIOLATIONS]


def test_another_job_replaces_the_one_before():
    first = states.with_only(states.add(State(), "level>=warn"), "job_id", states.term("job_id", "job-1"))

    assert texts(states.with_only(first, "job_id", 'job_id="job 2"')) == ["level>=warn", 'job_id="job 2"']


def test_levels_go_round():
    state, seen = State(), []
    for _ in range(4):
        state = states.with_level(state)
        seen.append(state.text())

    assert seen == ["level>=info", "level>=warn", "level>=error", ""]


def test_solo_mutes_the_others_and_again_none():
    services = frozenset({"a", "b", "c"})

    alone = states.solo(State(), "b", services)

    assert alone.muted == {"a", "c"}
    assert states.solo(alone, "b", services).muted == frozenset()


@pytest.mark.parametrize(
    ("field", "value", "term"),
    [
        ("service", "optimizer", "service=optimizer"),
        ("message", 'he said "no"', 'message="he said \\"no\\""'),
        ("route", {"from": "Bergen"}, "has:route"),
        ("tags", [1], "has:tags"),
        ("owner", None, "missing:owner"),
        ("ok", True, "ok=true"),
        ("cost", 41.5, "cost=41.5"),
        ("odd key", "x", '"odd key"=x'),
    ],
)
def test_a_value_becomes_the_filter_that_finds_it(field, value, term):
    assert states.term(field, value) == term
    assert states.add(State(), term).chips


def test_history_walks_back_newest_first_and_is_bounded():
    history = History([], limit=3)
    for number in range(5):
        history.push(replace(State(), search=str(number)), None)

    assert [history.pop()[0].search for _ in range(3)] == ["4", "3", "2"]  # type: ignore[index]
    assert history.pop() is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lev", Candidate("level=", 0)),
        ("a -serv", Candidate("service=", 3)),
        ("service=o", Candidate("optimizer", 8, "4")),
        ("service=scheduler,o", Candidate("optimizer", 18, "4")),
        ("job=", Candidate("job-7f3a", 4, "6")),
        ("level>=w", Candidate("warn", 7)),
        ("err", Candidate("error.type=", 0)),
        ("err.t", Candidate("err.type=", 0)),
        ("has:err", Candidate("error.type", 4)),
        ("rule:LV3", Candidate("LV303", 5)),
        ("is", Candidate("is:violation", 0)),
        ('service="sch', Candidate("scheduler", 8, "8")),
    ],
)
def test_completion_offers_what_was_logged(typed, first):
    assert candidates(typed, len(typed), FIELDS, ["LV303"])[0] == first


@pytest.mark.parametrize(("before", "start"), [("", 0), ("a b", 2), ('x="a b', 0), ('"a b" c', 6), ("a ", 2)])
def test_the_term_under_the_cursor_begins_after_the_last_blank_outside_quotes(before, start):
    assert term_start(before) == start


def test_what_is_written_whole_completes_to_nothing_of_itself():
    assert all(found.text != "scheduler" for found in candidates("service=scheduler", 17, FIELDS))


# The keymap.


def test_every_key_has_an_id_of_its_own_and_a_sentence():
    ids = [key.id for key in keymap.KEYS]

    assert len(ids) == len(set(ids))
    assert all(key.help.endswith(".") and key.label for key in keymap.KEYS)


@pytest.mark.parametrize(
    "places",
    [
        ("main", "lines", "app"),
        ("main", "outline", "panel", "app"),
        ("chips", "app"),
        ("page", "outline", "rules", "app"),
    ],
)
def test_no_key_means_two_things_in_one_place(places):
    seen: dict[str, str] = {}
    for key in keymap.KEYS:
        if key.where in places:
            for name in key.keys.split(","):
                # The panel's Esc, Enter and y stand before the main screen's, "q" of a page before quit.
                near = {"panel", "outline", "chips", "page", "rules"}
                if name in seen and (key.where in near or keymap.BY_ID[seen[name]].where in near):
                    continue
                assert name not in seen, f"{name}: {seen[name]} and {key.id}"
                seen[name] = key.id


@pytest.mark.parametrize(
    ("where", "owner"),
    [("lines", LogLines), ("main", TimelineScreen), ("chips", ChipLine), ("outline", Outline), ("panel", RecordPanel),
     ("app", LogviewApp), ("prompt", PromptInput)],
)  # fmt: skip
def test_every_key_has_an_action(where, owner):
    for key in keymap.KEYS:
        if key.where == where:
            name = re.match(r"\w+", key.action)
            assert name is not None
            known = hasattr(owner, f"action_{name[0]}") or name[0] == "submit"
            assert known, key.id


def test_a_users_keymap_is_held_against_the_ids():
    assert checked_keymap({"find.search": "ctrl+f"}) == {"find.search": "ctrl+f"}
    with pytest.raises(UsageError, match=r'did you mean "find\.search"'):
        checked_keymap({"find.serch": "ctrl+f"})


def test_the_page_of_keys_is_the_keymap():
    path = Path(__file__).parents[2] / "docs" / "keys.md"

    assert path.read_text("utf-8") == keymap.page(), "run: make docs"


def test_operators_of_the_language_are_those_that_completion_knows():
    assert set(OPERATOR.split("|")) == {">=", "<=", "!=", "!~", "=", "~", ":", ">", "<"}
