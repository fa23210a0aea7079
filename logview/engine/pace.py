"""When verdicts have the processor while lines arrive: what arrives, and the screen, come first.

They share the interpreter, so it is given to the verdicts between two pictures: while one is drawn, each millisecond of
another thread makes it two later.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logview.engine.live import PACE_S

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from logview.engine.bell import Bell
    from logview.engine.live import Live

TURN_S = 0.012
"""While lines arrive, verdicts have the processor so long at a time, or for one block."""
REST = 5.0
"""Then they rest so many times as long: they take a sixth of it as long as that is enough for all."""
POURING_REST = 80.0
"""The same when far more pours in than can be read: they catch up when it ends."""
DRAWN_S = 0.04
"""A picture is on the screen so long after it was rung for."""
ROOM_S = PACE_S / 4
"""So long after that a turn may begin: it ends before the next lines are taken in."""


class Pace:
    """Turns and rests of the thread that judges."""

    def __init__(self, live: Live, bell: Bell, stop: threading.Event) -> None:
        self._live = live
        self._bell = bell
        self._stop = stop
        self._began = 0.0

    def begin(self) -> Callable[[], bool]:
        """A turn begins; what is returned says when it must end."""
        self._began = time.thread_time()
        return self._is_over if self._live.is_growing else self._stop.is_set

    def _is_over(self) -> bool:
        return self._stop.is_set() or time.thread_time() - self._began > TURN_S

    def rest(self) -> None:
        """After a turn: wait until the next one may begin."""
        if not self._live.is_growing:
            return
        rest = POURING_REST if self._live.is_pouring else REST
        self._stop.wait(rest * (time.thread_time() - self._began))
        since_s = time.monotonic() - self._bell.rung
        if since_s < DRAWN_S:
            self._stop.wait(DRAWN_S - since_s)
        elif DRAWN_S + ROOM_S < since_s < PACE_S:
            self._stop.wait(PACE_S - since_s + DRAWN_S)
