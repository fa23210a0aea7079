"""One-shot timers that always fire.

Textual's (8.2.8, `Timer._run`) looks at the clock twice before it sleeps, and skips a time that has passed between the
two looks; of a timer that fires once nothing is left then. On a busy machine, or where another thread gets the
interpreter just there, a wait of a few milliseconds is lost: the screen takes in no more lines, or answers no change of
the window's size any more (both seen, with a clock that was held up).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer


def surely(timer: Timer) -> Timer:
    """The timer, which was started just now and has not run yet; it fires however late it is."""
    timer._skip = False  # noqa: SLF001  `set_timer` has no word for it
    return timer
