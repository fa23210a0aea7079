"""How screen tests look at the viewer: an app around a fake engine, and the screen as text."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from logview.config import Config
from logview.standard.model import Doc, Rule, Severity
from logview.tui import app as app_module
from logview.tui import figures
from logview.tui.app import LogviewApp
from logview.tui.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from logview.tui.state import State

    from .fake_engine import FakeEngine

GOLDEN = Path(__file__).parent / "golden"


def screen_text(app: LogviewApp) -> str:
    """The screen as characters, line by line, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


@asynccontextmanager
async def viewer(
    engine: FakeEngine, first: State | None = None, *, size: tuple[int, int] = (120, 30), config: Config | None = None
) -> AsyncIterator[tuple[LogviewApp, Pilot[None]]]:
    """A running viewer whose screen has settled."""
    session = Session(engine, config or Config(), ["logs/"], zone=UTC, secure=False)  # type: ignore[arg-type]
    session.rules = fake_rules()
    app = LogviewApp(session, first)
    engine.on_change = app.engine_changed
    # Nothing is held back: a test waits for the state, not for the pace a person wants.
    figures.MIN_GAP_S = app_module.MIN_GAP_S = 0.0
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


def fake_rules() -> dict[str, Rule]:
    """Three rules with short pages, so that no golden screen depends on the rules' real texts."""
    doc = Doc(
        what="A date and time without a zone.",
        why="The same instant reads 03:57 on one host and 08:57 on the next.",
        bad=("2025-06-03 08:19:31,600 INFO solve started",),
        good=('{"level":"info","time":"2025-06-03T10:15:00.000Z","message":"solve started"}',),
        config="",
        options={"allow": "Zones that are taken as they are."},
        pino="use `isoTime`",
        python="set `formatter.converter = time.gmtime`",
    )
    named = [
        ("LV103", "time-naive", "info"),
        ("LV205", "failure-at-info", "warn"),
        ("LV303", "job-id-missing", "error"),
    ]
    return {code: Rule(code, name, "timestamp", "R", Severity(severity), doc) for code, name, severity in named}


async def settled(app: LogviewApp, pilot: Pilot[None], done: Callable[[], bool] = lambda: True) -> None:
    """Wait until nothing is under way and `done` holds; fails after a minute, or when LOGVIEW_TEST_DEADLINE_S says."""
    for _ in range(int(float(os.environ.get("LOGVIEW_TEST_DEADLINE_S", "60")) * 40)):
        await pilot.pause()
        await app.workers.wait_for_complete()
        timeline = app.screen_stack[1] if len(app.screen_stack) > 1 else None
        counting = getattr(timeline, "_counting", False)
        if not counting and not app._waiting and done():
            await pilot.pause()
            return
        await pilot.pause(0.025)
    raise AssertionError("the screen did not settle")


async def press(app: LogviewApp, pilot: Pilot[None], *keys: str) -> str:
    """Press keys one after another and return the settled screen."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)
    return screen_text(app)


def golden(name: str, text: str) -> str:
    """The screen as it should be; LOGVIEW_GOLDEN=1 writes what is there now, to be looked at in the diff."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("LOGVIEW_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")
