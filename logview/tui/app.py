"""The application: wires engine, session and screens, themes and keymap. What keys do is in the screens."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.theme import BUILTIN_THEMES

from logview.errors import UsageError
from logview.tui import keymap
from logview.tui.crash import Crash
from logview.tui.messages import EngineChanged
from logview.tui.screens.timeline import TimelineScreen
from logview.tui.state import State
from logview.tui.theme import DARK, LIGHT, make_palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

    from logview.tui.session import Session

MIN_GAP_S = 0.05
"""At most twenty updates a second, however fast records come."""


class LogviewApp(App[None]):
    """The viewer around one session."""

    CSS_PATH = "app.tcss"
    TITLE = "logview"
    BINDINGS: ClassVar = keymap.bindings("app")
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, session: Session, first: State | None = None, *, theme: str | None = None) -> None:
        super().__init__()
        self.session = session
        self.first = first or State()
        self.crash: Crash | None = None
        self._waiting = False
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
        self._take_colors()
        self.theme_changed_signal.subscribe(self, lambda _theme: self._recolor())
        self.push_screen(TimelineScreen(self.session, self.first))
        self.call_after_refresh(self._settle)
        self.session.engine.start()

    def _settle(self) -> None:
        # Half a frame's time was garbage collection: frozen start-up objects and rarer passes bring a full frame
        # from 5–30 ms to 3–12 ms (measured, 120×40 and 240×70).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)

    # Colors.

    def _take_colors(self) -> None:
        theme = self.current_theme
        self.session.palette = make_palette(self.theme_variables, dark=theme.dark, ansi=theme.ansi)

    def _recolor(self) -> None:
        self._take_colors()
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                if hasattr(widget, "palette"):
                    widget.palette = self.session.palette
                    restyle = getattr(widget, "restyle", None)
                    if restyle is not None:
                        restyle(self.session.palette)
                    widget.refresh()

    # What the engine reports.

    def engine_changed(self) -> None:
        """Called by the engine's threads: one message waits at most."""
        if not self._waiting:
            self._waiting = True
            self.post_message(EngineChanged())

    @on(EngineChanged)
    def take_in(self) -> None:
        """Bring the screen up to date, not too often."""
        wait = self._updated_at + MIN_GAP_S - self.session.clock()
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

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the keymap, the saved views, the themes."""
        timeline = next((one for one in self.screen_stack if isinstance(one, TimelineScreen)), None)
        if timeline is not None and screen is timeline:
            for key in keymap.KEYS:
                if key.palette:
                    shown = keymap.shown_keys(self.keys_of(key))
                    yield SystemCommand(f"{key.label.capitalize()}  ({shown})", key.help, self._runner(key, timeline))
            for name, text in self.session.config.views.items():
                yield SystemCommand(f"View: {name}", text, lambda text=text: timeline.filter_by(text))
            for number, stats in enumerate(self.session.engine.services()[:9], 1):
                yield SystemCommand(
                    f"Mute: {stats.name}", f"Mute or unmute this service ({number})",
                    lambda number=number: timeline.action_mute(number),
                )  # fmt: skip
        yield SystemCommand("Theme", "Choose the colors", self.action_change_theme)

    def keys_of(self, key: keymap.Key) -> str:
        """The keys that do it now, the user's keymap included."""
        return dict(self.session.config.keys).get(key.id, key.keys)

    def _runner(self, key: keymap.Key, timeline: TimelineScreen) -> Any:
        node: DOMNode = {"lines": timeline.lines, "app": self}.get(key.where, timeline)

        async def run() -> None:
            await self.run_action(key.action, node)

        return run

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
