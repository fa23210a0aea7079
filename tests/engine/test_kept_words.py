"""Words about records that rules over many records showed: the newest are kept, the verdicts all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logview.config import Config
from logview.engine import Engine
from logview.engine import words as words_module
from logview.engine.words import Words, in_general
from logview.standard.model import Severity, Violation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ONE = Violation("LV705", "repeated-record", Severity.WARN, None, "twice", "once", "It stands there twice.")


def test_c3_words_of_the_newest_records_are_kept_and_no_more() -> None:
    words = Words(kept=3)
    for gid in range(10_000):
        words.add(gid, [ONE])
    assert (3, (), (ONE,)) == (len(words), words.of(9_996), words.of(9_997))
    assert [True, False] == [words.is_forgotten(9_996), words.is_forgotten(9_997)]


def test_what_was_forgotten_is_told_by_its_rule() -> None:
    found = in_general("LV705", "warn")
    assert ("LV705", Severity.WARN, "") == (found.rule, found.severity, found.found)
    assert found.message.endswith("no longer kept.")


def test_c3_a_record_whose_words_were_forgotten_keeps_its_verdict_and_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_module, "KEPT", 5)
    line = '{"level":30,"time":1795000000000,"service":"a","msg":"chunk stored","job_id":"job-%d"}\n'
    (tmp_path / "a.log").write_text("".join(line % (number // 2) for number in range(40)))
    engine = Engine(Config(), [str(tmp_path / "a.log")])
    engine.start()
    try:
        deadline = time.monotonic() + 60
        while not engine.is_judged and time.monotonic() < deadline:
            time.sleep(0.02)
        view = engine.view()
        repeated = [row for row in range(view.rows) if "LV705" in view.verdict(row)]
        assert 20 == len(repeated)
        for row in (repeated[0], repeated[-1]):
            assert set(view.verdict(row)) == {one.rule for one in engine.violations(view.key(row))}
        told = {one.rule: one.found for one in engine.violations(view.key(repeated[0]))}
        assert (
            "" == told["LV705"] != {one.rule: one.found for one in engine.violations(view.key(repeated[-1]))}["LV705"]
        )
    finally:
        engine.close()
