"""The application: wires engine, session and screens, themes and keymap. What keys do is in the screens."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.theme import BUILTIN_THEMES

from logview import present
from logview.errors import LogviewError, UsageError
from logview.tui import keymap
from logview.tui.commands import Commands
from logview.tui.crash import Crash
from logview.tui.life import answer_in_loop
from logview.tui.messages import EngineChanged
from logview.tui.screens.timeline import TimelineScreen
from logview.tui.state import State
from logview.tui.theme import DARK, LIGHT, make_palette
from logview.tui.timers import surely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.timer import Timer, TimerCallback

    from logview.tui.session import Session

MIN_GAP_S = 0.05
"""At most twenty updates a second, however fast records come."""
SETTLED_S = 1.0
"""The first screen has been drawn by then, as far as anyone can tell."""
SCAN_GAP_S = 0.2
"""The same while logs are indexed: the rows shown stay, and each update holds up the scan for as long as it takes."""


class LogviewApp(App[None]):
    """The viewer around one session."""

    CSS_PATH = "app.tcss"
    TITLE = "logview"
    BINDINGS: ClassVar = keymap.bindings("app")
    COMMANDS: ClassVar = {Commands}

    def __init__(self, session: Session, first: State | None = None, *, theme: str | None = None) -> None:
        super().__init__()
        self.session = session
        self.first = first or State()
        self.crash: Crash | None = None
        self._waiting = False
        self._is_settled = False
        self._updated_at = float("-inf")
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._theme_named(theme or session.config.view.theme)
        self.set_keymap(checked_keymap(session.config.keys))

    def _theme_named(self, name: str | None) -> str:
        if name is None:
            return DARK.name
        known = [DARK.name, LIGHT.name, *BUILTIN_THEMES]
        aliases = {"dark": DARK.name, "light": LIGHT.name, "ansi": "ansi-dark"}
        if aliases.get(name, name) not in known:
            raise UsageError(f'theme "{name}" is not known; there are dark, light, {", ".join(known)}')
        return aliases.get(name, name)

    def on_mount(self) -> None:
        answer_in_loop()
        self._take_colors()
        self.theme_changed_signal.subscribe(self, lambda _theme: self._recolor())
        self.push_screen(TimelineScreen(self.session, self.first))
        self.call_after_refresh(self._settle)
        # A refresh may be swallowed when another screen comes over this one first.
        self.set_timer(SETTLED_S, self._settle)
        self._waiting = False
        self.engine_changed()
        if self.session.index is None and self.session.source_folders():
            self.run_worker(self._read_source, thread=True, group="source", exit_on_error=True)

    def _read_source(self) -> None:
        """Index the services' source code, so that records know their calls; a second or two, in a thread."""
        try:
            self.session.read_source()
        except LogviewError as error:
            self.call_from_thread(self.notify, present.one_line(str(error)), severity="warning", markup=False)
        else:
            self.engine_changed()

    def _settle(self) -> None:
        """The first screen stands: from here on pauses are to be short, and the logs may be scanned."""
        if self._is_settled:
            return
        self._is_settled = True
        # Half a frame's time was garbage collection: frozen start-up objects and rarer passes bring a full frame
        # from 5–30 ms to 3–12 ms (measured, 120×40 and 240×70).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()
        self.session.engine.start()

    # Colors.

    def _take_colors(self) -> None:
        theme = self.current_theme
        self.session.palette = make_palette(self.theme_variables, dark=theme.dark, ansi=theme.ansi)

    def _recolor(self) -> None:
        self._take_colors()
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                restyle = getattr(widget, "restyle", None)
                if restyle is not None:
                    restyle(self.session.palette)

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """Also Textual's own, by which a change of size reaches the screens."""
        return surely(super().set_timer(delay, callback, name=name, pause=pause))

    # What the engine reports.

    def engine_changed(self) -> None:
        """Called by the engine's threads, which may run before the screen does: one message waits at most."""
        if not self._waiting and self.is_running:
            self._waiting = True
            self.post_message(EngineChanged())

    @on(EngineChanged)
    def take_in(self) -> None:
        """Bring the screen up to date, not too often."""
        gap = MIN_GAP_S if self.session.engine.progress() >= 1 else SCAN_GAP_S
        wait = self._updated_at + gap - self.session.clock()
        if wait > 0:
            self.set_timer(wait, self.update_screens)
        else:
            self.update_screens()

    def update_screens(self) -> None:
        """The engine knows more: the timeline takes it in, whatever page lies over it."""
        self._waiting = False
        self._updated_at = self.session.clock()
        failure = self.session.engine.failure()
        if failure is not None:
            raise failure
        for screen in self.screen_stack:
            if isinstance(screen, TimelineScreen) and screen.is_mounted:
                screen.engine_changed()

    # Keys and commands.

    def keys_of(self, key: keymap.Key) -> str:
        """The keys that do it now, the user's keymap included."""
        return dict(self.session.config.keys).get(key.id, key.keys)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:  # noqa: ARG002
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        self.notify(f"two keys of your keymap clash: {names}", severity="warning", markup=False)

    # The end.

    def _handle_exception(self, error: Exception) -> None:
        """A fault of ours: kept for the report, the terminal restored, status 70."""
        if self.crash is None:
            self.crash = Crash.of(error, "screen")
        self._return_code = 70
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def end(self, status: int) -> None:
        """Leave with an exit status; from the event loop."""
        self.exit(return_code=status)


def checked_keymap(keys: Mapping[str, str]) -> dict[str, str]:
    """The user's keymap; raises UsageError for an id that no key has."""
    unknown = keymap.unknown_ids(keys)
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], list(keymap.BY_ID), 1)
        hint = f'; did you mean "{near[0]}"?' if near else "; `?` in the viewer and docs/keys.md list them"
        raise UsageError(f'[keys]: "{unknown[0]}" is no key\'s id{hint}')
    return dict(keys)
