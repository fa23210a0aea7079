"""The longest time for which the screen of the running viewer does not answer, while somebody filters and searches.

`python gaps.py FILE PATTERN…` prints it for each pattern, in milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.config import Config
from logview.engine import Engine
from logview.tui.app import LogviewApp
from logview.tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

BEAT_S = 0.005


@dataclass
class Gap:
    """The longest gap, s: as it passed, and what of the processor the screen's own thread used in one."""

    wall: float = 0.0
    own: float = 0.0


class Beat:
    """Wakes every 5 ms, and notes how much later than that it woke."""

    def __init__(self) -> None:
        self.worst = Gap()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            began, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT_S)
            self.worst.wall = max(self.worst.wall, time.perf_counter() - began - BEAT_S)
            self.worst.own = max(self.worst.own, time.thread_time() - used)

    def stop(self) -> Gap:
        self._task.cancel()
        return self.worst


@contextmanager
def engine_of(path: str) -> Iterator[tuple[Engine, LogviewApp]]:
    told = []
    engine = Engine(Config(), [path], on_change=lambda: [tell() for tell in told])
    app = LogviewApp(Session(engine, Config(), [path]))
    told.append(app.engine_changed)
    try:
        yield engine, app
    finally:
        engine.close()


async def gaps(path: str, patterns: list[str], *, watched_s: float = 2.0) -> dict[tuple[str, str], Gap]:
    """(what was done, pattern) → the longest gap; "" is a harmless word."""
    found = {}
    with engine_of(path) as (engine, app):
        async with app.run_test(size=(120, 40)) as pilot:
            while engine.progress() < 1:
                await pilot.pause(0.05)
            for pattern in ["", *patterns]:
                for key, closes in (("f", ("escape",)), ("slash", ("escape", "escape"))):
                    await pilot.pause(0.3)
                    beat = Beat()
                    await pilot.press(key)
                    for character in f"/{pattern}/" if pattern else "tick":
                        await pilot.press(character)
                    await pilot.press("enter")
                    await pilot.pause(watched_s)
                    await pilot.press("home")
                    await pilot.pause(0.3)
                    found["filter" if key == "f" else "search", pattern] = beat.stop()
                    for one in closes:
                        await pilot.press(one)
    return found


if __name__ == "__main__":
    for (what, pattern), gap in asyncio.run(gaps(sys.argv[1], sys.argv[2:])).items():
        print(f"{what:7} {gap.wall * 1000:6.0f} ms, own {gap.own * 1000:4.0f} ms  {pattern or '(a word)'}")
