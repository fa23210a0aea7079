"""The main screens as text dumps, and what keys and mouse do, over an engine in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from logview.config import Config, View
from logview.record import Fault, Level
from logview.tui.clipboard import is_secure
from logview.tui.screens.showing import Showing
from logview.tui.state import State, chips_of
from logview.tui.widgets.log_lines import LogLines

from .records import record, story
from .screen import golden, press, screen_text, settled, viewer

if TYPE_CHECKING:
    from logview.tui.app import LogviewApp


def lines(app: LogviewApp) -> LogLines:
    return app.screen_stack[1].query_one(LogLines)


def state(app: LogviewApp) -> State:
    showing = app.screen_stack[1]
    assert isinstance(showing, Showing)
    return showing.state


def texts(app: LogviewApp) -> list[str]:
    return [chip.text for chip in state(app).chips]


async def test_the_first_screen():
    async with viewer(story(), size=(120, 24)) as (app, _pilot):
        assert golden("first", screen_text(app)) == screen_text(app)


async def test_the_panel_stands_beside_the_timeline_on_a_wide_screen():
    async with viewer(story(), size=(140, 40)) as (app, pilot):
        text = await press(app, pilot, "home", "down", "down", "down", "down", "down", "down", "enter")

        assert golden("wide-panel", text) == text


async def test_the_panel_stands_below_on_a_narrow_screen():
    async with viewer(story(), size=(80, 30)) as (app, pilot):
        text = await press(app, pilot, "e", "home", "e", "enter")

        assert golden("narrow-panel", text) == text


async def test_one_key_shows_the_job_across_both_services_with_its_time():
    async with viewer(story(), size=(120, 16)) as (app, pilot):
        text = await press(app, pilot, "home", "j")

        assert golden("job", text) == text
        assert texts(app) == ["job_id=job-7f3a"]
        assert await press(app, pilot, "j", "home") == await press(app, pilot, "home")
        assert texts(app) == []


async def test_a_record_that_gains_lines_is_drawn_again():
    engine = story()
    async with viewer(engine, size=(120, 16)) as (app, pilot):
        entry = engine.entries[-2]
        entry.record = structs.replace(entry.record, error=Fault("ValueError", "late", "x"), rest="x", lines=2)
        engine.changed()

        await settled(app, pilot, lambda: "job done  ValueError: late  ↳ 1 more" in screen_text(app))


@pytest.mark.parametrize(
    "naming",
    [
        record(30, Level.INFO, "requeued job-7f3a"),
        record(30, Level.INFO, "request completed", fields={"req": {"method": "GET", "url": "/jobs/job-7f3a/plan"}}),
    ],
)
async def test_a_record_that_names_its_job_in_its_text_alone_leads_to_the_job_and_stays_in_view(naming):
    text = f"{naming.message} {naming.fields}"
    engine = story()
    engine.append(structs.replace(naming, first=text), "scheduler")
    async with viewer(engine, size=(120, 16)) as (app, pilot):
        await press(app, pilot, "home")
        lines(app).go_to(2)

        shown = await press(app, pilot, "j")

        assert texts(app) == ["job_id=job-7f3a or job-7f3a"]
        assert naming.message in shown
        assert "solve failed" in shown
        assert "job done" not in shown
        await press(app, pilot, "j")
        assert texts(app) == []


async def test_fields_show_who_has_them_and_a_value_becomes_a_filter():
    async with viewer(story(), size=(110, 24)) as (app, pilot):
        text = await press(app, pilot, "d", "down", "enter")
        assert golden("fields", text) == text

        await press(app, pilot, "down", "minus")
        assert texts(app) == ["-level=info"]

        await press(app, pilot, "d", "down", "plus")
        assert texts(app) == ["-level=info", "has:level"]


async def test_rules_open_to_templates_and_records_and_lead_back_to_one():
    async with viewer(story(), size=(110, 20)) as (app, pilot):
        text = await press(app, pilot, "r", "enter", "down", "enter")
        assert golden("rules", text) == text

        await press(app, pilot, "down", "enter")

        current = lines(app).current()
        assert len(app.screen_stack) == 2
        assert current is not None
        assert current.message == "solve failed"


async def test_a_rule_is_explained():
    async with viewer(story(), size=(100, 30)) as (app, pilot):
        text = await press(app, pilot, "v", "home", "v", "x")

        assert "LV103" in text
        assert "Why" in text
        assert "here: optimizer 3" in text
        assert "Bad" in await press(app, pilot, "end")


async def test_help_lists_every_key_and_the_language():
    async with viewer(story(), size=(110, 200)) as (app, pilot):
        text = await press(app, pilot, "question_mark")

        assert golden("help", text) == text


async def test_a_faulty_filter_shows_its_caret_while_typing_and_is_not_applied():
    async with viewer(story(), size=(100, 16)) as (app, pilot):
        text = await press(app, pilot, "f", *"level>=wran", "enter")

        caret = text.splitlines()[3]
        assert caret.index("^") == text.splitlines()[2].index("wran")
        assert 'did you mean "warn"' in caret
        assert texts(app) == []
        await press(app, pilot, "escape")
        assert app.focused is lines(app)


async def test_completion_is_taken_with_tab():
    async with viewer(story(), size=(100, 16)) as (app, pilot):
        await press(app, pilot, "f", *"serv", "tab", "o", "tab", "enter")

        assert texts(app) == ["service=optimizer"]
        assert lines(app).view is not None
        assert lines(app).view.rows == 4


async def test_letters_typed_into_the_filter_are_text_and_not_keys():
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "f", *"qjvV1", "enter")

        assert texts(app) == ["qjvV1"]


async def test_escape_takes_back_step_by_step_and_returns_to_the_record():
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "home", "down", "down")
        before = lines(app).current()
        await press(app, pilot, "j", "V", "enter", "1")
        assert state(app).panel
        assert state(app).muted == {"scheduler"}

        await press(app, pilot, "escape")
        assert state(app).muted == frozenset()
        await press(app, pilot, "escape")
        assert not state(app).panel
        await press(app, pilot, "escape", "escape")

        assert state(app) == State()
        assert lines(app).current() == before


@pytest.mark.parametrize(
    ("moves", "key", "chip", "rows"),
    [
        (("home", "right"), "plus", "service=scheduler", 8),
        (("home", "right"), "minus", "-service=scheduler", 4),
        (("home",), "plus", "level=info", 7),
        (("home", "right", "right", "right", "right", "right"), "plus", "priority=3", 1),
        (("home", "left"), "minus", "time<2026-11-23T08:54:07.41Z", 0),
    ],
)
async def test_plus_and_minus_filter_by_the_field_under_the_cursor(moves, key, chip, rows):
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, *moves, key)

        assert texts(app) == [chip]
        assert lines(app).view is not None
        assert lines(app).view.rows == rows


async def test_plus_in_the_panel_filters_by_a_nested_field():
    async with viewer(story(), size=(140, 50)) as (app, pilot):
        await press(app, pilot, "home", "enter", "enter")
        panel = app.focused
        assert panel is not None
        where = next(n for n, line in enumerate(panel.lines) if line.field == "route.to")  # type: ignore[attr-defined]
        panel.go_to(where)  # type: ignore[attr-defined]
        await press(app, pilot, "plus")

        assert texts(app) == ["route.to=Bodø"]


async def test_jumps_go_to_errors_and_violations_and_begin_again_at_the_end():
    async with viewer(story()) as (app, pilot):
        rows = []
        for key in ("home", "v", "v", "e", "v", "v"):
            text = await press(app, pilot, key)
            rows.append(lines(app).cursor)

        assert rows == [0, 2, 4, 6, 7, 2]
        assert "from the top" in text
        assert "from the end" in await press(app, pilot, "home", "p")


async def test_from_the_newest_record_jumps_go_back_to_the_newest_error():
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "e")

        assert lines(app).cursor == 6


async def test_what_is_not_there_is_said_to_be_missing():
    async with viewer(story()) as (app, pilot):
        text = await press(app, pilot, "home", "slash", *"zzz", "enter")

        assert "no match in what is shown" in text
        assert lines(app).cursor == 0


async def test_every_rule_of_a_mark_is_explained_even_when_the_engine_cannot_say_it_again(monkeypatch):
    engine = story()
    monkeypatch.setattr(engine, "violations", lambda _key: ())
    async with viewer(engine, size=(140, 40)) as (app, pilot):
        text = await press(app, pilot, "home", "v", "enter")

        assert "LV103 time-naive" in text
        assert "A date and time without a zone." in text


async def test_search_marks_and_walks_without_hiding():
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "home", "slash", *"solve", "enter")
        first = lines(app).cursor
        await press(app, pilot, "n")
        second = lines(app).cursor
        await press(app, pilot, "N")

        assert (first, second, lines(app).cursor) == (2, 6, 2)
        assert lines(app).view is not None
        assert lines(app).view.rows == 12


async def test_new_records_are_counted_while_held_and_followed_at_the_end():
    engine = story()
    async with viewer(engine, size=(100, 12)) as (app, pilot):
        await press(app, pilot, "up", "up")
        held = lines(app).current()
        for number in range(128):
            engine.append(record(1000 + number, Level.INFO, f"tick {number}"), "scheduler")
        await settled(app, pilot, lambda: lines(app).new_rows == 128)
        assert "+128 new" in screen_text(app)
        assert lines(app).current() == held

        text = await press(app, pilot, "end")
        assert "following" in text
        assert "tick 127" in text
        engine.append(record(2000, Level.INFO, "and one more"), "scheduler")
        await settled(app, pilot, lambda: "and one more" in screen_text(app))


async def test_a_late_record_does_not_move_the_cursor_from_its_record():
    engine = story()
    async with viewer(engine) as (app, pilot):
        await press(app, pilot, "up", "up", "up")
        held, row = lines(app).current(), lines(app).cursor

        engine.append(record(5, Level.INFO, "late"), "scheduler")
        await settled(app, pilot, lambda: lines(app).cursor == row + 1)

        assert lines(app).current() == held


async def test_chips_are_switched_negated_edited_and_removed_by_keys():
    async with viewer(story(), State(chips=chips_of("level>=info service=optimizer"))) as (app, pilot):
        await press(app, pilot, "F", "space")
        assert [chip.on for chip in state(app).chips] == [False, True]
        await press(app, pilot, "space", "right", "minus")
        assert texts(app) == ["level>=info", "-service=optimizer"]
        await press(app, pilot, "enter", "end", *([("backspace")] * 9), *"scheduler", "enter")
        assert texts(app) == ["level>=info", "-service=scheduler"]
        await press(app, pilot, "F", "x")
        assert len(texts(app)) == 1


async def test_hits_are_shown_for_each_of_several_chips():
    async with viewer(story(), size=(120, 12)) as (app, pilot):
        text = await press(app, pilot, "f", *"service=optimizer level>=warn", "enter")
        await settled(app, pilot)

        assert " service=optimizer 4 × " in text
        assert " level>=warn 2 × " in text


async def test_clicks_move_the_cursor_mute_services_and_switch_chips_and_nothing_else():
    async with viewer(story(), State(chips=chips_of("level>=debug")), size=(120, 20)) as (app, pilot):
        await pilot.click("#lines", offset=(50, 3))
        await settled(app, pilot)
        assert lines(app).cursor == 3
        assert texts(app) == ["level>=debug"]

        await pilot.click("#sources", offset=(6, 0))
        await settled(app, pilot)
        assert state(app).muted == {"scheduler"}

        await pilot.click("#chips", offset=(4, 0))
        await settled(app, pilot)
        assert [chip.on for chip in state(app).chips] == [False]

        await pilot.double_click("#lines", offset=(50, 1))
        await settled(app, pilot)
        assert state(app).panel


async def test_dragging_selects_text_and_the_copy_is_exactly_that():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        cursor = lines(app).cursor
        await pilot.mouse_down("#lines", offset=(15, 0))
        await pilot.hover("#lines", offset=(19, 2))
        await pilot.mouse_up("#lines", offset=(19, 2))
        await settled(app, pilot)

        selected = app.screen.get_selected_text()
        assert selected is not None
        assert selected.splitlines()[0].startswith("INFO  scheduler")
        assert selected.splitlines()[2].endswith("INFO")
        assert len(selected.splitlines()) == 3
        assert lines(app).cursor == cursor


async def test_the_wheel_ends_following_and_keeps_the_cursor_in_sight():
    engine = story()
    for number in range(100):
        engine.append(record(1000 + number, Level.INFO, f"tick {number}"), "scheduler")
    async with viewer(engine, size=(100, 20)) as (app, pilot):
        assert lines(app).following
        await pilot._post_mouse_events([__import__("textual.events").events.MouseScrollUp], "#lines", offset=(5, 5))
        await settled(app, pilot)

        top = round(lines(app).scroll_offset.y)
        assert not lines(app).following
        assert top <= lines(app).cursor < top + lines(app).size.height


async def test_the_wheel_at_the_end_goes_on_following():
    engine = story()
    for number in range(100):
        engine.append(record(1000 + number, Level.INFO, f"tick {number}"), "scheduler")
    async with viewer(engine, size=(100, 20)) as (app, pilot):
        await press(app, pilot, "pageup", "pageup")
        engine.append(record(2000, Level.INFO, "new"), "scheduler")
        await settled(app, pilot)
        assert not lines(app).following
        events = __import__("textual.events").events
        for _ in range(60):
            await pilot._post_mouse_events([events.MouseScrollDown], "#lines", offset=(5, 5))
            await settled(app, pilot)
        assert lines(app).following
        engine.append(record(3000, Level.INFO, "newer"), "scheduler")
        await settled(app, pilot)
        assert "newer" in screen_text(app)


async def test_s11_text_that_looks_like_markup_stays_text_on_every_screen():
    engine = story()
    hostile = "[/] [red]x[/red] [@click=app.quit]y[/] \x1b]52;c;aGk=\x07 \x9b2J"
    engine.append(record(950, Level.ERROR, hostile, hostile, logger=hostile, job_id=hostile, fields={hostile: hostile},
                         first=hostile), hostile)  # fmt: skip
    async with viewer(engine, size=(140, 40)) as (app, pilot):
        for keys in (
            "enter", "enter end", "escape escape plus", "j", "slash [", "escape i", "escape r", "escape y", "Y",
            "w escape", "f tab tab escape", "ctrl+y", "ctrl+p", "[ /", "escape",
        ):  # fmt: skip
            text = await press(app, pilot, *keys.split())
            assert not any((char < " " and char != "\n") or "\x7f" <= char <= "\x9f" for char in text)
        assert not app.crash


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (5, 3), (10, 5), (20, 10), (40, 12), (79, 24), (500, 200)])
async def test_s4_every_size_of_terminal_is_drawn(size):
    async with viewer(story(), size=size) as (app, pilot):
        await press(app, pilot, "enter", "j", "f", "escape", "question_mark", "escape", "r", "escape")

        assert len(screen_text(app).splitlines()) == size[1]


async def test_rows_that_are_taken_back_between_two_looks_do_no_harm(monkeypatch):
    from .fake_engine import FakeView

    async with viewer(story(), size=(140, 40)) as (app, pilot):
        await press(app, pilot, "enter")
        monkeypatch.setattr(FakeView, "rows", property(lambda view: len(view.kept) + 3))
        for key in ("end", "up", "enter", "y", "Y", "x", "w", "E", "s", "j", "plus", "v", "e", "escape", "home"):
            await press(app, pilot, key)

        assert app.crash is None


async def test_s4_resizing_while_running_keeps_the_record():
    async with viewer(story(), size=(120, 30)) as (app, pilot):
        await press(app, pilot, "home", "down", "down")
        held = lines(app).current()
        for size in ((40, 8), (1, 1), (200, 60), (90, 20)):
            await pilot.resize_terminal(*size)
            await settled(app, pilot)

        assert lines(app).current() == held


@pytest.mark.parametrize("theme", ["logview-light", "ansi-dark", "ansi-light", "textual-light", "gruvbox"])
async def test_every_theme_draws_the_same_text(theme):
    async with viewer(story(), size=(100, 20)) as (app, pilot):
        before = await press(app, pilot, "home", "enter")
        app.theme = theme
        await settled(app, pilot)

        assert screen_text(app) == before


async def test_every_action_is_in_the_palette_and_runs():
    from logview.tui import keymap
    from logview.tui.commands import entries

    async with viewer(story()) as (app, pilot):
        titles = {entry.title for entry in entries(app, app.screen)}
        for key in keymap.KEYS:
            if key.palette:
                assert any(title.startswith(key.label.capitalize()) for title in titles), key.id

        await press(app, pilot, "home", "ctrl+p", *"this job")
        await pilot.pause(0.3)
        await press(app, pilot, "enter")
        await settled(app, pilot, lambda: texts(app) == ["job_id=job-7f3a"])


async def test_a_users_keymap_moves_a_key_everywhere():
    from logview.config import Config

    config = Config(keys={"job.only": "ctrl+j"})
    async with viewer(story(), config=config) as (app, pilot):
        text = await press(app, pilot, "home", "j")
        assert texts(app) == []
        assert "ctrl+j this job" in text

        await press(app, pilot, "ctrl+j")
        assert texts(app) == ["job_id=job-7f3a"]


async def test_s12_secure_mode_refuses_clipboard_export_editor_and_waivers(monkeypatch):
    monkeypatch.setenv("LOGVIEW_SECURE", "1")
    async with viewer(story()) as (app, pilot):
        app.session.secure = is_secure()
        for key in ("y", "Y", "ctrl+y", "ctrl+s", "E", "w"):
            text = await press(app, pilot, "v", key)
            assert "switched off by LOGVIEW_SECURE" in text, key
            assert len(app.screen_stack) == 2
        assert app.clipboard == ""


async def test_an_error_in_the_screen_ends_with_a_report_and_status_70(monkeypatch):
    engine = story()
    apps: list[LogviewApp] = []

    async def fail() -> None:
        async with viewer(engine) as (app, pilot):
            apps.append(app)
            monkeypatch.setattr(engine, "services", lambda: 1 // 0)
            engine.changed()
            for _ in range(3000):
                await pilot.pause(0.02)
                if app.crash is not None:
                    break

    with pytest.raises(ZeroDivisionError):
        await fail()

    (app,) = apps
    assert app.return_code == 70
    assert app.crash is not None
    assert "ZeroDivisionError" in app.crash.text


async def test_times_are_kept_by_the_zone_key():
    async with viewer(story(), size=(120, 16)) as (app, pilot):
        assert "times in" in await press(app, pilot, "Z")


async def test_the_time_column_shows_the_time_since_the_record_above():
    async with viewer(story(), size=(120, 24)) as (app, pilot):
        text = await press(app, pilot, "ctrl+t")
        assert "+12 ms" in text
        assert "+28 ms" in text

        text = await press(app, pilot, "ctrl+t")
        assert "+40 ms" in text


async def test_s15_masked_values_stay_masked_on_row_panel_and_clipboard(monkeypatch):
    from .fake_engine import violation

    engine = story()
    leak = record(960, Level.INFO, "login with password=hunter2hunter2", fields={"password": "hunter2hunter2"},
                  first='{"msg":"login with password=hunter2hunter2","password":"hunter2hunter2"}')  # fmt: skip
    engine.append(leak, "scheduler", (violation("LV602", "secret-in-record"),))
    async with viewer(engine, size=(140, 50)) as (app, pilot):
        shown = [await press(app, pilot, key) for key in ("end", "enter", "y")]
        copied = [app.clipboard]
        await press(app, pilot, "Y")
        copied.append(app.clipboard)

        assert all("hunter2" not in text for text in shown + copied)
        assert all("login" in text for text in copied)


async def test_marks_are_walked_and_times_count_from_the_newest():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        await press(app, pilot, "u")
        assert "no marks yet: m marks a record" in screen_text(app)

        text = await press(app, pilot, "home", "down", "down", "m", "end", "home", "down", "down", "down", "down", "m")

        assert [line[:2] for line in text.splitlines() if "◆" in line] == ["•◆", "•◆"]
        assert lines(app).cursor == 4
        await press(app, pilot, "u")
        assert lines(app).cursor == 2
        assert "from the top" in await press(app, pilot, "u", "u")
        await press(app, pilot, "U")
        assert lines(app).cursor == 4
        text = await press(app, pilot, "ctrl+t", "ctrl+t")
        assert "time since the marked record" in text
        times = [line[2:14].strip() for line in text.splitlines()[4:10]]
        assert times == ["-130 ms", "-118 ms", "-90 ms", "-55 ms", "+0 s", "+50 ms"]
        await press(app, pilot, "m")
        assert [line[2:14].strip() for line in screen_text(app).splitlines()[4:7]] == ["-40 ms", "-28 ms", "+0 s"]


async def test_a_marked_record_that_a_filter_hides_is_no_place_to_go_to():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        await press(app, pilot, "home", "m", "l", "l")
        assert texts(app) == ["level>=warn"]

        assert "no marked record in what is shown" in await press(app, pilot, "u")
        await press(app, pilot, "escape", "escape", "end", "u")
        assert lines(app).cursor == 0


@pytest.mark.parametrize(
    ("typed", "row", "note"),
    [
        ("08:54:07.430", 2, ""),
        ("2026-11-23 08:54:07.590", 5, ""),
        ("+100ms", 4, ""),
        ("-1h", 0, ""),
        ("08:55", 11, "nothing is as late as that"),
    ],
)
async def test_a_time_is_gone_to_seen_from_the_record_under_the_cursor(typed: str, row: int, note: str):
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        await press(app, pilot, "home")

        text = await press(app, pilot, "t", *typed, "enter")

        assert lines(app).cursor == row
        assert note in text
        assert not lines(app).following


async def test_what_is_no_time_is_pointed_at_and_what_is_one_is_shown_before_it_is_gone_to():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        assert "2026-11-23 08:54:00.000" in await press(app, pilot, "t", *"08:54")

        text = await press(app, pilot, "x", "enter")

        assert '"08:54x" is no time' in text
        assert app.focused is not lines(app)
        await press(app, pilot, "escape")
        assert lines(app).following


async def test_all_filters_are_lifted_and_come_back_with_the_cursor_where_it_was():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        assert "nothing is hidden" in await press(app, pilot, "z")
        await press(
            app, pilot, "f", *"-solved", "enter", "f", *"level>=warn", "enter", "F", "space", "escape", "1", "home"
        )
        before, record = state(app), lines(app).current()
        assert record is not None
        assert record.message == "no improvement in 200 rounds"

        await press(app, pilot, "z")

        assert lines(app).view is not None
        assert lines(app).view.rows == 12
        assert lines(app).current() == record
        await press(app, pilot, "z")
        assert state(app) == before
        assert lines(app).current() == record


async def test_scrolled_messages_say_so_and_how_to_go_back():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        assert "messages from column 17 on; < goes back" in await press(app, pilot, "greater_than_sign")
        assert "messages from" not in await press(app, pilot, "less_than_sign")


def row_with(part: str, text: str) -> str:
    return next(line for line in text.splitlines() if part in line)


async def test_a_field_under_the_cursor_becomes_a_column_and_goes_again():
    async with viewer(story(), size=(150, 20)) as (app, pilot):
        await press(app, pilot, "home", "down", "down", "down", "down", *["right"] * 8)
        assert lines(app).field == "rounds"

        text = await press(app, pilot, "T")

        with_it, without = row_with("no improvement", text), row_with("queue length", text)
        assert with_it.index("rounds=200") < with_it.index("no improvement")
        assert with_it.count("rounds=") == 1
        assert with_it.index("no improvement") == without.index("queue length")
        assert 'columns = ["rounds"]' in text
        await press(app, pilot, "plus")
        assert texts(app) == ["rounds=200"]
        text = await press(app, pilot, "escape", "T")
        assert "no improvement in 200 rounds  rounds=200" in text


async def test_columns_of_the_configuration_stand_from_the_start_as_far_as_there_is_room():
    config = Config(view=View(columns=("req_id", "request", "route.to", "level")))
    async with viewer(story(), size=(140, 20), config=config) as (app, pilot):
        text = await press(app, pilot, "home")
        posting, accepted = row_with("posting", text), row_with("priority=3", text)
        assert posting.index("request_id=req-1") < posting.index("posting")
        assert "route.to=Bodø" in accepted
        assert "level has its place already" in await press(app, pilot, "T")

    async with viewer(story(), size=(60, 20), config=config) as (app, pilot):
        text = await press(app, pilot, "home")
        assert "request_id" not in text
        assert "posting to optimizer" in text


async def test_a_search_says_how_many_records_match_in_what_is_shown():
    engine = story()
    async with viewer(engine, size=(120, 20)) as (app, pilot):
        text = await press(app, pilot, "slash", *"job", "enter")
        assert "/ job · 4 " in text.splitlines()[1]

        engine.append(record(950, Level.INFO, "job again"), "scheduler")
        await settled(app, pilot, lambda: "/ job · 5 " in screen_text(app))
        assert "/ job · 1 " in (await press(app, pilot, "f", *"again", "enter")).splitlines()[1]
        assert (
            "/ nothing · 0 "
            in (await press(app, pilot, "slash", *["backspace"] * 3, *"nothing", "enter")).splitlines()[1]
        )
        assert "· " not in (await press(app, pilot, "escape", "escape", "escape")).splitlines()[1]


async def test_hits_of_filters_are_those_of_the_services_heard():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        assert "level>=info 9 " in await press(app, pilot, "f", *"level>=info has:job_id", "enter")

        assert "level>=info 4 " in await press(app, pilot, "1")


async def test_an_empty_line_calls_back_what_was_typed_before():
    async with viewer(story(), size=(120, 20)) as (app, pilot):
        for typed in ("level>=warn", "job=job-7f3a", "level>=warn"):
            await press(app, pilot, "f", *typed, "enter")
        typed_into = app.screen_stack[1].prompt.input  # type: ignore[attr-defined]

        await press(app, pilot, "f", "up")
        assert typed_into.value == "level>=warn"
        await press(app, pilot, "up", "up")
        assert typed_into.value == "job=job-7f3a"
        await press(app, pilot, "down", "down")
        assert typed_into.value == ""
        await press(app, pilot, "s", "down", "up", "tab")
        assert typed_into.value == "service="
        await press(app, pilot, "escape", "slash", "up")
        assert typed_into.value == ""
        await press(app, pilot, *"solve", "enter", "slash", *["backspace"] * 5, *"tick", "enter")
        await press(app, pilot, "slash", "up", "enter")
        assert state(app).search == "solve"
