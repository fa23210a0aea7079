"""Records are remembered as long as their lines are the same, and not more of them than fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.engine import recent as module
from logview.engine.recent import Recent
from logview.record import Record

if TYPE_CHECKING:
    import pytest


def test_a_record_that_has_gained_lines_is_another() -> None:
    recent, record = Recent(), Record(message="a")
    recent.put(3, ((0, 10),), record)

    assert recent.get(3, ((0, 10),)) is record
    assert recent.get(3, ((0, 10), (40, 5))) is None
    assert recent.get(4, ((0, 10),)) is None


def test_the_one_not_asked_for_the_longest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    recent = Recent()
    for gid in (0, 1):
        recent.put(gid, (), Record(message=str(gid)))
    recent.get(0, ())
    recent.put(2, (), Record(message="2"))

    assert [recent.get(gid, ()) is not None for gid in (0, 1, 2)] == [True, False, True]
