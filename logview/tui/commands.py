"""The palette: every action of the keymap, saved views, services, themes.

A provider of our own, because Textual's reads the titles of commands as markup, and a service's name is log text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Provider

from logview.tui import keymap
from logview.tui.paint import plain
from logview.tui.screens.timeline import TimelineScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.command import Hits

    from logview.tui.app import LogviewApp


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    title: str
    help: str
    run: Callable[[], Any]


def entries(app: LogviewApp, screen: object) -> Iterator[Entry]:
    """What can be done on this screen."""
    if isinstance(screen, TimelineScreen):
        for key in keymap.KEYS:
            if key.palette:
                title = f"{key.label.capitalize()}  ({keymap.shown_keys(app.keys_of(key))})"
                yield Entry(title, key.help, partial(run_action, app, screen, key))
        for name, text in app.session.config.views.items():
            yield Entry(f"View: {name}", text, partial(screen.filter_by, text))
        for number, stats in enumerate(app.session.engine.services()[:9], 1):
            yield Entry(f"Mute: {stats.name}", f"Mute or unmute this service ({number}).",
                        partial(screen.action_mute, number))  # fmt: skip
    yield Entry("Theme", "Choose the colors.", app.action_change_theme)


async def run_action(app: LogviewApp, screen: TimelineScreen, key: keymap.Key) -> None:
    """Do what the key does, wherever the focus is."""
    node = {"lines": screen.lines, "app": app}.get(key.where, screen)
    await app.run_action(key.action, node)


class Commands(Provider):
    """Offers the entries; their texts are Content, which nothing parses."""

    @property
    def _entries(self) -> Iterator[Entry]:
        return entries(self.app, self.screen)  # type: ignore[arg-type]

    async def discover(self) -> Hits:
        for entry in self._entries:
            yield DiscoveryHit(plain(entry.title), entry.run, text=plain(entry.title).plain, help=plain(entry.help))  # type: ignore[arg-type]

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self._entries:
            title = plain(entry.title)
            score = matcher.match(title.plain)
            if score <= 0:
                continue
            _, offsets = matcher.fuzzy_search.match(query, title.plain)
            shown = title
            for offset in offsets:
                shown = shown.stylize(matcher.match_style, offset, offset + 1)
            yield Hit(score, shown, entry.run, text=title.plain, help=plain(entry.help))  # type: ignore[arg-type]
