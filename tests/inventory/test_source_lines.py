"""Source rules line by line: a comment at the end of a line names the rules that fire there, and no others do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logview.config import parse
from logview.inventory.rules import check_source

LINES = Path(__file__).parent.parent / "vectors" / "source-lines"
SERVICE = 'standard = "default@1"\n[services.svc]\ndialect = "{dialect}"\nsource = ["{folder}"]\n'


@pytest.mark.parametrize(("language", "folder", "dialect"), [("ts", "src", "pino"), ("py", "app", "python")])
def test_the_rules_that_fire_on_a_line_are_those_it_names(language, folder, dialect, monkeypatch):
    monkeypatch.chdir(LINES / language)
    standard = parse(SERVICE.format(dialect=dialect, folder=folder), file="logview.toml").standard
    found = {(f.file, f.line, f.violation.rule[2:]) for f in check_source(standard, [folder], roots={"svc": [folder]})}
    expected = {
        (str(path), number, code)
        for path in Path(folder).iterdir()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for code in re.findall(r"8\d\d", (re.search(r"(?://|#)((?: 8\d\d)+)$", line) or " ")[0])
    }
    assert len(expected) > 30
    assert expected == found
