"""The colors: two themes of our own, and the palette every drawing function takes.

Colors come from the theme's variables, so each of Textual's themes works, the terminal's own 16 colors included.
What matters is never told by color alone: levels are words, violations are glyphs, services are names.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DARK = Theme(
    name="logview-dark",
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#e0af68",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#c0caf5",
    background="#14161f",
    surface="#191c27",
    panel="#222636",
    dark=True,
    variables={"block-cursor-text-style": "none", "footer-key-foreground": "#7aa2f7", "border": "#2f3549"},
)
LIGHT = Theme(
    name="logview-light",
    primary="#2e5cb8",
    secondary="#00657f",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3243f",
    success="#3d6b1f",
    foreground="#2a2f45",
    background="#f7f8fb",
    surface="#eef0f6",
    panel="#e2e5ee",
    dark=False,
    variables={"block-cursor-text-style": "none", "footer-key-foreground": "#2e5cb8", "border": "#c4c9d8"},
)

SERVICE_COLORS_DARK = ("#7dcfff", "#9ece6a", "#bb9af7", "#ff9e64", "#2ac3de", "#e0af68", "#f7a8d0", "#73daca")
SERVICE_COLORS_LIGHT = ("#00657f", "#3d6b1f", "#6b3fa0", "#a34a00", "#006a7a", "#8a5a00", "#9c2f6f", "#1f6b5c")
SERVICE_COLORS_ANSI = (
    "cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue",
)  # fmt: skip


LEVEL_STYLES = {word: word.lower() for word in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")}
"""Word of a level → name of its style in a palette."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles drawing functions use; foregrounds only, except where a part is meant to stand out."""

    base: Style
    text: Style
    dim: Style
    faint: Style
    strong: Style
    key: Style
    link: Style
    job: Style
    trace: Style
    debug: Style
    info: Style
    warn: Style
    error: Style
    fatal: Style
    good: Style
    match: Style
    """Behind what a search found."""
    cursor: Style
    """Behind the row under the cursor, when its widget has the focus."""
    cursor_blur: Style
    field: Style
    """The field under the cursor."""
    chip: Style
    chip_off: Style
    bar: Style
    """The background of the source bar and the footer."""
    control: Style
    """A control character made visible."""
    services: tuple[Style, ...]

    def level(self, word: str) -> Style:
        """The style of a level's word; anything else is dim."""
        style: Style = getattr(self, LEVEL_STYLES.get(word, "dim"))
        return style

    def severity(self, severity: str | None) -> Style:
        """The style of a violation's mark."""
        return self.error if severity == "error" else self.warn if severity == "warn" else self.key


def make_palette(variables: Mapping[str, str], *, dark: bool, ansi: bool) -> Palette:
    """The palette of a theme, from its CSS variables (`App.theme_variables`)."""
    if ansi:
        return ansi_palette()

    def color(name: str, fallback: str) -> Color:
        try:
            return Color.parse(variables.get(name, fallback))
        except ColorParseError:
            return Color.parse(fallback)

    ground = color("background", "#14161f")
    text = color("foreground", "#c0caf5")
    primary, accent, error = color("primary", "#7aa2f7"), color("warning", "#e0af68"), color("error", "#f7768e")
    success, panel = color("success", "#9ece6a"), color("panel", "#222636")

    def ink(foreground: Color, *, bold: bool | None = None, underline: bool | None = None) -> Style:
        return Style(color=foreground.rich_color, bold=bold, underline=underline)

    # Blends towards the ground; 0.33 keeps a contrast of 4.5:1 in both own themes (WCAG AA), 0.60 is for ornament only.
    dim, faint = text.blend(ground, 0.33), text.blend(ground, 0.60)
    return Palette(
        base=Style(color=text.rich_color, bgcolor=ground.rich_color),
        text=ink(text),
        dim=ink(dim),
        faint=ink(faint),
        strong=ink(text, bold=True),
        key=ink(primary.blend(text, 0.25)),
        link=ink(primary, underline=True),
        job=ink(accent.blend(text, 0.35)),
        trace=ink(faint),
        debug=ink(dim),
        info=ink(success.blend(dim, 0.35)),
        warn=ink(accent),
        error=ink(error, bold=True),
        fatal=Style(color=ground.rich_color, bgcolor=error.rich_color, bold=True),
        good=ink(success),
        match=Style(color=ground.rich_color, bgcolor=accent.rich_color),
        cursor=Style(bgcolor=panel.blend(primary, 0.16).rich_color),
        cursor_blur=Style(bgcolor=panel.rich_color),
        field=Style(bgcolor=panel.blend(primary, 0.42).rich_color),
        chip=Style(color=text.rich_color, bgcolor=panel.blend(primary, 0.22).rich_color),
        chip_off=Style(color=dim.rich_color, bgcolor=panel.rich_color, strike=True),
        bar=Style(bgcolor=color("surface", "#191c27").rich_color),
        control=Style(color=error.blend(text, 0.4).rich_color, reverse=True),
        services=tuple(ink(Color.parse(name)) for name in (SERVICE_COLORS_DARK if dark else SERVICE_COLORS_LIGHT)),
    )


def ansi_palette() -> Palette:
    """The palette in the terminal's own 16 colors; its background and foreground stay what the user chose."""
    parse = Style.parse
    return Palette(
        base=Style.null(),
        text=Style.null(),
        dim=parse("bright_black"),
        faint=parse("bright_black"),
        strong=parse("bold"),
        key=parse("blue"),
        link=parse("blue underline"),
        job=parse("yellow"),
        trace=parse("bright_black"),
        debug=parse("bright_black"),
        info=parse("green"),
        warn=parse("yellow"),
        error=parse("bold red"),
        fatal=parse("bold reverse red"),
        good=parse("green"),
        match=parse("black on yellow"),
        cursor=parse("reverse"),
        cursor_blur=parse("underline"),
        field=parse("bold underline"),
        chip=parse("reverse"),
        chip_off=parse("strike bright_black"),
        bar=Style.null(),
        control=parse("reverse red"),
        services=tuple(parse(name) for name in SERVICE_COLORS_ANSI),
    )


class ServiceColors:
    """Service name → place in the palette: by name, so that it is the same tomorrow; a taken place moves on."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def meet(self, names: Iterable[str]) -> None:
        """Give each new name its place, in this order."""
        for name in names:
            self.place(name)

    def place(self, name: str) -> int:
        """The name's place, 0 to 7."""
        known = self._places.get(name)
        if known is None:
            size = len(SERVICE_COLORS_DARK)
            known = zlib.crc32(name.encode("utf-8", "surrogatepass")) % size
            taken = set(self._places.values())
            if len(taken) < size:
                while known in taken:
                    known = (known + 1) % size
            self._places[name] = known
        return known

    def style(self, name: str, palette: Palette) -> Style:
        """The name's style in a palette."""
        return palette.services[self.place(name)]
