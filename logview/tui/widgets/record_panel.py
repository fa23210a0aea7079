"""The record under the cursor, whole: each line something to copy, filter by or open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from logview.tui.detail import FOLDED_AT_FIRST, DetailLine, Subject, detail_lines
from logview.tui.keymap import bindings
from logview.tui.widgets.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from logview.tui.theme import Palette


class RecordPanel(Outline):
    """Shows one Subject; what is folded stays folded from record to record."""

    BINDINGS: ClassVar = bindings("panel")
    DEFAULT_CSS = """
    RecordPanel {
        background: $surface;
    }
    """

    def __init__(self, palette: Palette, zone: tzinfo, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(palette, id=id)
        self.zone = zone
        self.subject: Subject | None = None
        self.folded = set(FOLDED_AT_FIRST)

    def show(self, subject: Subject | None) -> None:
        """Show another record from its top; the same record stays where it was scrolled to."""
        before, self.subject = self.subject, subject
        if subject == before:
            return
        same = (
            subject is not None
            and before is not None
            and (subject.source, subject.record.offset) == (before.source, before.record.offset)
        )
        if not same:
            self.cursor = 0
            self.scroll_to(y=0, animate=False, force=True)
        self.lay_out()

    def make_lines(self, width: int) -> Sequence[DetailLine]:
        if self.subject is None:
            return ()
        return detail_lines(self.subject, self.palette, self.zone, width, self.folded)

    async def action_enter(self) -> None:
        line = self.line
        if line is None:
            return
        if line.site is not None:
            await self.screen.run_action("open_source")
        elif line.rule is not None:
            await self.screen.run_action("explain")
        else:
            self.fold_at(self.cursor)

    async def action_leave_panel(self) -> None:
        await self.screen.run_action("other_pane")
