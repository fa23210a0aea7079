"""A thread that dies ends the viewer with the true status."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from logview.tui.life import CRASHED, HUNG_UP, WRITER, threads_watched

if TYPE_CHECKING:
    from logview.tui.crash import Crash


class FakeApp:
    crash: Crash | None = None
    status: int | None = None

    def end(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize(
    ("name", "error", "status", "is_fault"),
    [
        (WRITER, OSError(5, "Input/output error"), HUNG_UP, False),
        (WRITER, ValueError("x"), CRASHED, True),
        ("logview-read", OSError(5, "Input/output error"), CRASHED, True),
    ],
)
async def test_a_lost_terminal_is_a_hang_up_and_any_other_dead_thread_a_fault(name, error, status, is_fault):
    app = FakeApp()

    def die() -> None:
        raise error

    with threads_watched(app, asyncio.get_running_loop()):  # type: ignore[arg-type]
        thread = threading.Thread(target=die, name=name)
        thread.start()
        await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)

    assert app.status == status
    assert (app.crash is not None) is is_fault
