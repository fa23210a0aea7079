"""Makes docs/screenshots/*.svg from the running viewer on the recorded sample logs.

    python docs/screenshots.py            all pictures
    python docs/screenshots.py job        the pictures named

The same records give the same picture: the engine has read everything before the first key is pressed, times are UTC,
nothing is live.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from logview.config import load
from logview.engine import Engine
from logview.standard.rules import RULES
from logview.tui.app import LogviewApp
from logview.tui.screens.showing import Showing
from logview.tui.session import Session
from logview.tui.state import State, chips_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

DOCS = Path(__file__).resolve().parent
SAMPLES = DOCS.parent / "samples"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Picture:
    """One picture: what is filtered at the start, then keys, one step after another."""

    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (132, 36)
    theme: str | None = None
    filter: str = ""


PICTURES = {
    "timeline": Picture(("home", "v", "e", "e")),
    "job": Picture(("home", "e", "j")),
    "violation": Picture(("home", "slash", *"priority job", "enter", "enter"), size=(150, 42)),
    "rules": Picture(("r", "down", "enter")),
    "filter": Picture(("f", *"level>=wran")),
    "light": Picture(("home", "e", "enter"), size=(150, 42), theme="light"),
}


async def take(picture: Picture) -> str:
    """The picture as SVG."""
    config = load(str(SAMPLES / "logview.toml"))
    told: list[Callable[[], None]] = []
    engine = Engine(config, config.log_paths(), on_change=lambda: [tell() for tell in told] and None)
    session = Session(engine, config, ["logs/"], RULES, zone=UTC, secure=False)
    app = LogviewApp(session, State(chips=chips_of(picture.filter) if picture.filter else ()), theme=picture.theme)
    told.append(app.engine_changed)
    async with app.run_test(size=picture.size) as pilot:
        await settled(app, pilot)
        for key in picture.keys:
            await pilot.press(key)
            await settled(app, pilot)
        svg = app.export_screenshot(title="logview")
    engine.close()
    return steady(svg)


async def settled(app: LogviewApp, pilot: Pilot[None]) -> None:
    """Wait until everything is read, judged, filtered and drawn."""
    showing = next(screen for screen in app.screen_stack if isinstance(screen, Showing))
    loop, quiet, before = asyncio.get_running_loop(), 0, ""
    deadline = loop.time() + PATIENCE_S
    while loop.time() < deadline:
        await pilot.pause(0.1)
        await app.workers.wait_for_complete()
        now = repr((showing.figures, app.session.engine.rule_counts(), showing.view.rows, showing.lines.cursor))
        quiet = quiet + 1 if now == before and showing.view.complete and showing.figures.services else 0
        before = now
        if quiet == 5:
            return
    raise TimeoutError("the viewer did not come to rest")


def steady(svg: str) -> str:
    """The SVG with ids that do not change from run to run (Rich numbers them by content and process)."""
    return re.sub(r"terminal-\d+", "terminal", svg)


def main(names: list[str]) -> None:
    """Write what was asked for."""
    folder = DOCS / "screenshots"
    folder.mkdir(exist_ok=True)
    for name in names or list(PICTURES):
        (folder / f"{name}.svg").write_text(asyncio.run(take(PICTURES[name])), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
