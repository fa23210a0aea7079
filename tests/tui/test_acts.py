"""What leaves the viewer and what is written: copies, exports, the editor, waivers, the comparison, crash reports."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from logview.cli.run import service_names, started_by
from logview.errors import UsageError
from logview.record import Level
from logview.standard.model import Site
from logview.tui import acts, clipboard, editor
from logview.tui.clipboard import command_line, export, is_secure, safe_text
from logview.tui.crash import Crash, report, write_report
from logview.tui.session import zone_of
from logview.tui.state import State, chips_of

from .fake_engine import FakeEngine, violation
from .records import START, record, story
from .screen import press, screen_text, settled, viewer


def test_s14_copied_text_cannot_end_a_bracketed_paste_or_hide_anything():
    assert safe_text("a\x1b[201~rm -rf\r\nb\u202e\tc") == "a␛[201~rm -rf␍\nb\\u202e c"


def test_the_command_shows_the_same_view_and_is_safe_in_a_shell():
    state = State(chips=chips_of('level>=warn "it\'s; $(reboot)"'))

    command = command_line(state, ["logs/my file.log", "-"])

    assert command == """logview 'logs/my file.log' - --filter 'level>=warn "it'"'"'s; $(reboot)"'"""


@pytest.mark.parametrize(("value", "secure"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_secure_mode_is_a_variable(value, secure):
    assert is_secure({"LOGVIEW_SECURE": value}) is secure


def test_s9_an_export_appears_whole_readable_by_its_owner_only(tmp_path):
    view = story().view()

    written = export(view, str(tmp_path / "shown.log"), range(view.rows))  # type: ignore[arg-type]

    assert written == view.rows
    assert (tmp_path / "shown.log").read_bytes() == b"".join(view.raw(row) for row in range(view.rows))
    assert (tmp_path / "shown.log").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["shown.log"]


def test_an_export_for_a_report_names_rules_masks_secrets_and_keeps_its_fences(tmp_path):
    engine = FakeEngine()
    leak = violation("LV601", "secret-field")
    engine.append(record(0, Level.WARN, "login", first='{"msg":"login","password":"hunter2hunter2"}'), "web", (leak,))
    engine.append(record(5, None, "```\nx\n````", first="```", rest="x\n````\x1b[31m"), "web")

    export(engine.view(), str(tmp_path / "report.md"), range(2))  # type: ignore[arg-type]

    text = (tmp_path / "report.md").read_text()
    assert text.startswith("**2026-11-23 08:54:07.410Z WARN web**\n\nbreaks LV601\n\n```text\n")
    assert "hunter2" not in text
    assert "\n`````text\n```\nx\n````" in text
    assert "\x1b" not in text
    assert text.endswith("\n`````\n\n")


def test_an_export_as_json_holds_normalised_records(tmp_path):
    view = story().view()

    export(view, str(tmp_path / "shown.jsonl"), range(2))  # type: ignore[arg-type]

    first = (tmp_path / "shown.jsonl").read_text().splitlines()[0]
    assert first.startswith('{"time":"2026-11-23T08:54:07.410Z","level":"info","service":"scheduler"')


@pytest.mark.parametrize("kind", ["file", "symlink", "directory"])
def test_s9_an_export_overwrites_nothing(tmp_path, kind):
    target = tmp_path / "taken.log"
    (tmp_path / "other").write_text("mine")
    {"file": lambda: target.write_text("mine"), "symlink": lambda: target.symlink_to(tmp_path / "other"),
     "directory": target.mkdir}[kind]()  # fmt: skip

    with pytest.raises(FileExistsError):
        export(story().view(), str(target), range(3))  # type: ignore[arg-type]

    assert (tmp_path / "other").read_text() == "mine"


def test_s9_a_full_disk_leaves_no_file(tmp_path, monkeypatch):
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(clipboard.os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        export(story().view(), str(tmp_path / "shown.log"), range(3))  # type: ignore[arg-type]

    assert os.listdir(tmp_path) == []


async def test_the_export_key_asks_for_a_file_and_says_how_it_went(tmp_path):
    path = tmp_path / "out.log"
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "home", "j", "ctrl+s")
        app.screen.query_one("#path").value = str(path)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        await settled(app, pilot, path.exists)
        assert "wrote 6 records" in screen_text(app)

        await press(app, pilot, "ctrl+s")
        app.screen.query_one("#path").value = "/dev/full/no"  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        await settled(app, pilot, lambda: "not written" in screen_text(app))


async def test_marked_records_are_written_by_themselves(tmp_path):
    path = tmp_path / "evidence.jsonl"
    async with viewer(story()) as (app, pilot):
        await press(app, pilot, "home", "m", "down", "down", "m", "ctrl+s")
        assert "marked: 2, shown: 12" in screen_text(app)
        app.screen.query_one("#path").value = str(path)  # type: ignore[attr-defined]
        app.screen.query_one("#which").value = "some"  # type: ignore[attr-defined]
        assert 'write "marked" or "shown"' in await press(app, pilot, "enter", "enter")
        app.screen.query_one("#which").value = "marked"  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        await settled(app, pilot, path.exists)

    assert [json.loads(line)["message"] for line in path.read_text().splitlines()] == [
        "job accepted",
        "solve requested",
    ]


async def test_a_waiver_asks_for_reason_owner_and_end_and_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    engine = story()
    async with viewer(engine) as (app, pilot):
        await press(app, pilot, "home", "v", "w")
        assert "LV103 time-naive in optimizer" in screen_text(app)
        app.screen.query_one("#expires").focus()
        text = await press(app, pilot, "enter")
        assert "a reason is needed" in text
        app.screen.query_one("#reason").value = "the container's zone is UTC"  # type: ignore[attr-defined]
        app.screen.query_one("#owner").value = "platform"  # type: ignore[attr-defined]
        app.screen.query_one("#expires").value = "2199-01-31"  # type: ignore[attr-defined]
        text = await press(app, pilot, "enter")

        assert "LV103 is allowed until 2199-01-31" in text
    from logview.config import load

    (waiver,) = load(str(tmp_path / "logview.toml")).standard.waivers
    assert (waiver.rule, waiver.reason, waiver.owner) == ("LV103", "the container's zone is UTC", "platform")
    assert waiver.match.service == "optimizer"
    assert waiver.match.template == "solve requested"
    assert engine.standard.waivers == (waiver,)
    assert engine.held_first == id(engine.entries[2])


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"reason": "", "owner": "me", "expires": "2199-01-01"}, "a reason is needed"),
        ({"reason": "x", "owner": "", "expires": "2199-01-01"}, "an owner is needed"),
        ({"reason": "x", "owner": "me", "expires": "soon"}, "soon is no date"),
        ({"reason": "x", "owner": "me", "expires": "2001-01-01"}, "is past"),
    ],
)
def test_a_waiver_nobody_could_judge_is_refused(answers, fault):
    assert fault in (acts.waiver_fault(answers) or "")


def test_a_template_with_stars_means_only_itself_as_a_glob():
    from fnmatch import fnmatchcase

    pattern = acts.escaped("job <*> took [ms] 5?")

    assert fnmatchcase("job <*> took [ms] 5?", pattern)
    assert not fnmatchcase("job <x> took [ms] 5?", pattern)


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("vim", ["+12", "./a.py"]),
        ("/usr/bin/nano", ["+12", "./a.py"]),
        ("code", ["--goto", "./a.py:12"]),
        ("hx", ["./a.py:12"]),
        ("pycharm", ["--line", "12", "./a.py"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(program, arguments):
    assert editor.position_arguments(program, "a.py", 12) == arguments


def test_a_file_name_never_becomes_an_option_of_the_editor():
    assert editor.position_arguments("vim", "-c!reboot", 1) == ["+1", "./-c!reboot"]


def test_the_editor_is_the_users_and_may_have_arguments():
    assert editor.editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor.editor_command({"EDITOR": "vi"}) == ["vi"]


def test_a_call_site_is_found_below_the_source_roots(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("")

    assert editor.source_path(Site("a.py", 1), [str(tmp_path / "src")]) == str(tmp_path / "src" / "a.py")
    assert editor.source_path(Site("b.py", 1), [str(tmp_path / "src")]) is None


async def test_e_opens_the_file_of_the_record_at_its_line(tmp_path, monkeypatch):
    from logview.record import Level

    from .records import record

    source = tmp_path / "worker.py"
    source.write_text("pass\n" * 90)
    engine = story()
    engine.append(record(990, Level.INFO, "here", file=str(source), line=88), "optimizer")
    ran: list[list[str]] = []
    monkeypatch.setattr(acts, "run_editor", lambda _screen, command: ran.append(command))
    monkeypatch.setenv("VISUAL", "vim")
    async with viewer(engine) as (app, pilot):
        await press(app, pilot, "E")
        text = await press(app, pilot, "home", "E")

        assert ran == [["vim", "+88", str(source)]]
        assert "no call site is known" in text


async def test_two_services_are_compared_on_a_page(tmp_path):
    from logview.engine import SourceState

    lines = {
        "scheduler": [f'{{"level":30,"time":{START // 10**6 + n},"jobId":"job-{n}","msg":"got"}}' for n in range(8)],
        "optimizer": [f"2026-11-23 08:54:07,{n:03} INFO optimizer.worker job_id=job-{n} solved" for n in range(8)],
    }  # fmt: skip
    for name, text in lines.items():
        (tmp_path / f"{name}.log").write_text("\n".join(text) + "\n")
    engine = story()
    states = [SourceState(f"{name}.log", str(tmp_path / f"{name}.log"), 0, 0, 8, "following") for name in lines]
    engine.sources = lambda: states  # type: ignore[method-assign]
    async with viewer(engine, size=(120, 60)) as (app, pilot):
        await press(app, pilot, "C")
        await settled(app, pilot, lambda: "Aspects" in screen_text(app))
        text = screen_text(app)

        assert "scheduler and optimizer: logging side by side" in text
        assert "≠ Timestamp" in text


def test_a_crash_report_holds_traceback_and_versions_and_no_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    try:
        raise KeyError("x")
    except KeyError as error:
        crash = Crash.of(error, "thread read")

    path = write_report(crash, str(tmp_path))

    assert path is not None
    text = Path(path).read_text()
    assert "failed in: thread read" in text
    assert "KeyError: 'x'" in text
    assert "textual" in text
    assert "hunter2" not in text
    assert text == report(crash)


def test_a_crash_report_that_cannot_be_written_is_none():
    assert write_report(Crash("screen", "x", "y"), "/nonexistent") is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("npm run dev", "dev"),
        ("python -m optimizer.main --port 1", "optimizer"),
        ("PORT=1 TZ=UTC python3.11 src/api_server.py", "api_server"),
        ("node dist/main.js", "main"),
        ("./bin/gateway -v", "gateway"),
        ("docker compose up web", "web"),
        ("uv run worker", "worker"),
        ("python3 -c 'print(1/0)'", "python3"),
        ("", "command"),
        ("echo 'unclosed", "echo"),
    ],
)
def test_a_command_is_called_by_what_it_starts(line, name):
    assert started_by(line) == name


def test_services_of_the_same_name_are_numbered_and_given_names_win():
    assert service_names(["npm run dev", "npm run dev", "npm run dev"], ["web"]) == ["web", "dev", "dev-2"]
    with pytest.raises(UsageError):
        service_names(["a"], ["x", "y"])


@pytest.mark.parametrize(("name", "shown"), [("utc", "UTC"), ("Europe/Oslo", "Europe/Oslo"), ("+02:00", "UTC+02:00")])
def test_the_zone_of_the_configuration(name, shown):
    assert str(zone_of(name)) == shown
