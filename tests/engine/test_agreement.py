"""What the screen marks is what `logview check` finds: every labelled case of the rules, read through both."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from logview.config import load
from logview.engine import Engine, live
from logview.inventory.index import source_index
from logview.standard.files import check_paths

CASES = Path(__file__).parents[1] / "vectors" / "rules"
LABELS = sorted(CASES.rglob("*labels.json"))
FAMILIES = sorted({labels.relative_to(CASES).parts[0] for labels in LABELS})


def copied(labels: Path, into: Path) -> list[str]:
    """A case with its configuration in a folder of its own; returns the paths of its logs, as typed there."""
    into.mkdir()
    if labels.name == "labels.json":
        shutil.copytree(labels.parent, into, dirs_exist_ok=True)
        logs = sorted(path.name for path in into.iterdir() if path.is_file() and path.name != "labels.json")
    else:
        logs = [labels.name.removesuffix(".labels.json") + ".log"]
        shutil.copy(labels.with_name(logs[0]), into)
    config = json.loads(labels.read_text("utf-8")).get("config") or ""
    if "standard" not in config.split("[", 1)[0]:
        config = 'standard = "default@1"\n' + config
    (into / "logview.toml").write_text(config, "utf-8")
    return logs


def disagreement(logs: list[str]) -> tuple[set[tuple[str, int, str]], set[tuple[str, int, str]]]:
    """(only check, only the screen): (file, offset, rule)."""
    config = load("logview.toml")
    engine = Engine(config, logs)
    index = source_index(engine.sites.folders) if engine.sites.folders else None
    checked = check_paths(config.standard, logs, index=index, service_of=config.service_of, hints_of=config.hints_of)
    wanted = {(one.file, one.offset, one.violation.rule) for one in checked}

    def shown() -> set[tuple[str, int, str]]:
        view, names = engine.view(), [state.name for state in engine.sources()]
        keys = ((view.key(row), row) for row in range(view.rows))
        return {(names[key.source], key.offset, code) for key, row in keys for code in view.verdict(row)}

    engine.start()
    try:
        deadline = time.monotonic() + 20
        while not engine.is_judged and time.monotonic() < deadline:
            assert engine.failure() is None
            time.sleep(0.002)
        found = shown()
        view = engine.view()
        for row in range(view.rows):
            assert set(view.verdict(row)) == {one.rule for one in engine.violations(view.key(row))}
        return wanted - found, found - wanted
    finally:
        engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_check_and_the_screen_agree_on_every_case(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is appended here: a source is whole as soon as it is read.
    monkeypatch.setattr(live, "SETTLE_S", 0.0)
    unequal = {}
    for number, labels in enumerate(one for one in LABELS if one.relative_to(CASES).parts[0] == family):
        folder = tmp_path / str(number)
        logs = copied(labels, folder)
        monkeypatch.chdir(folder)
        only_check, only_screen = disagreement(logs)
        if only_check or only_screen:
            unequal[str(labels.relative_to(CASES))] = (only_check, only_screen)
    assert not unequal


@pytest.mark.slow
def test_b1_check_and_the_screen_agree_on_a_line_of_which_only_the_beginning_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SETTLE_S", 0.0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logview.toml").write_text('standard = "default@1"\n')
    head = '{"level":30,"time":1748938500000,"service":"scheduler",'
    fields = [f'"msg":"{"x" * (3 << 20)}"', f'"blob":"{"x" * (3 << 20)}","msg":"late"', '"msg":"a"']
    (tmp_path / "scheduler.ndjson").write_text("".join(f"{head}{field}}}\n" for field in fields))
    assert (set(), set()) == disagreement(["scheduler.ndjson"])
