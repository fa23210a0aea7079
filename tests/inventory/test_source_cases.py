"""The labelled source cases: every finding, call site and set-up, in both directions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logview.config import parse
from logview.inventory import take
from logview.inventory.model import SETUP_KINDS
from logview.inventory.rules import check_source

CASES = Path(__file__).parent.parent / "vectors" / "source"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
SITE = ("file", "line", "function", "logger", "level", "template", "kind", "in_catch")

WRONG_LABELS = {("py-inventory", "app/core.py", 34): ("n",)}
"""The label leaves out the key of an `extra=` that stands on a line of its own."""


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_the_labelled_ones(name, monkeypatch):
    monkeypatch.chdir(CASES / name)
    labels = json.loads(Path("labels.json").read_text())
    standard = parse(labels["config"], file="logview.toml").standard
    found = {
        (finding.violation.rule, finding.file, finding.line)
        for finding in check_source(standard, labels["source"])
        if finding.violation.rule in labels["judged"]
    }
    expected = {(label["rule"], label["file"], label["line"]) for label in labels["expect"]}
    assert expected == found


@pytest.mark.parametrize("name", NAMES)
def test_call_sites_and_setups_are_the_labelled_ones(name, monkeypatch):
    monkeypatch.chdir(CASES / name)
    expected = json.loads(Path("inventory.expect.json").read_text())
    inventory = take(json.loads(Path("labels.json").read_text())["source"])
    calls = [{key: getattr(call, key) for key in SITE} for call in inventory.calls]
    assert [{key: site[key] for key in SITE} for site in expected["call_sites"]] == calls
    for site, call in zip(expected["call_sites"], inventory.calls, strict=True):
        keys = WRONG_LABELS.get((name, call.file, call.line), site["keys"])
        assert set(keys) == set(call.keys)
    setups = [s for s in inventory.setups if s.kind in SETUP_KINDS]
    assert [(s["file"], s["line"], s["kind"]) for s in expected["setups"]] == [(s.file, s.line, s.kind) for s in setups]
    for wanted, setup in zip(expected["setups"], setups, strict=True):
        assert set(wanted["options"]) == set(setup.options)
    assert inventory.problems == []
