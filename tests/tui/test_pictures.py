"""The screen with its colors, as SVG: a change of style is seen in a diff and must be meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .records import story
from .screen import GOLDEN, golden, press, viewer

if TYPE_CHECKING:
    from logview.tui.app import LogviewApp


def picture(app: LogviewApp) -> str:
    """The screen as SVG, one element a line, without the ids that Rich numbers by content."""
    svg = re.sub(r"terminal-\d+", "terminal", app.export_screenshot(title="logview"))
    return "\n".join(line.strip() for line in svg.replace("><", ">\n<").splitlines() if line.strip()) + "\n"


@pytest.mark.parametrize("theme", ["logview-dark", "logview-light", "ansi-dark"])
async def test_the_screen_in_its_colors(theme):
    async with viewer(story(), size=(100, 18)) as (app, pilot):
        app.theme = theme
        await press(app, pilot, "home", "slash", *"job", "enter", "V", "enter")

        shown = picture(app)

        assert golden(f"picture-{theme}", shown) == shown
    assert (GOLDEN / f"picture-{theme}.txt").stat().st_size < 200_000
