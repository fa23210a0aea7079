"""The seed's documents are what running logview on samples/ gives, and the standard's examples prove themselves."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"
NAMES = ("inventory-scheduler.md", "inventory-optimizer.md", "comparison.md", "logging-standard.md", "decisions.md")


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("from_samples", DOCS / "from_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_what_the_samples_give(name, pages):
    assert pages[name] == (DOCS / name).read_text(encoding="utf-8"), "run: python docs/from_samples.py"


def test_there_are_no_other_pages(pages):
    assert set(NAMES) == set(pages)


def test_every_table_of_the_inventories_is_there(pages):
    for name in NAMES[:2]:
        for letter in "ABCDEFGHIJKLMN":
            assert f"### {letter}. " in pages[name]


def test_no_page_tells_the_machine_it_was_made_on(pages):
    root = str(DOCS.parent)
    assert not any(root in text for text in pages.values())


def test_the_bad_records_of_the_standard_break_the_rule_they_show(pages):
    from logview.config import load
    from logview.standard.lines import check_lines

    standard = load(str(DOCS.parent / "samples" / "logview.toml")).standard
    blocks = re.findall(r"\*\*(LV\d{3}) [^\n]*\n\n```text\n(.*?)\n```", pages["logging-standard.md"], re.DOTALL)
    assert len(blocks) >= 15
    for code, lines in blocks:
        assert code in {finding.violation.rule for finding in check_lines(standard, lines, service=None)}, code


def test_the_good_records_of_the_standard_break_no_rule_that_warns(pages):
    from logview.config import load
    from logview.standard.lines import check_lines

    standard = load(str(DOCS.parent / "samples" / "logview.toml")).standard
    head, _, rest = pages["logging-standard.md"].partition("## Good records")
    assert head != pages["logging-standard.md"]
    good = re.findall(r"```(?:text|json)\n(.*?)\n```", rest.partition("\n## ")[0], re.DOTALL)
    assert good
    for lines in good:
        found = [finding.violation for finding in check_lines(standard, lines, service=None)]
        assert [] == [violation.rule for violation in found if violation.severity.value != "info"]
