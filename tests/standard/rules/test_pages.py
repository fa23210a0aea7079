"""Every rule's page: complete, and its own bad and good lines are judged as it says."""

from __future__ import annotations

import pytest

from logview.standard.model import Rule  # noqa: TC001  in tables of parameters
from logview.standard.rules import BY_NAME, RULES

from .support import example_files, findings, full, standard_from

RECORD_RULES = [rule for rule in RULES.values() if rule.scope != "C"]
BAD = [(rule, text) for rule in RECORD_RULES for text in rule.doc.bad]
GOOD = [(rule, text) for rule in RECORD_RULES for text in rule.doc.good]
LIVE_OR_SOURCE = {"LV107", "LV716"}
"""Judged only while following live, and only beside source code: no bad line by itself."""


def _ids(pairs: list[tuple[Rule, str]]) -> list[str]:
    return [f"{rule.code}-{number}" for number, (rule, _) in enumerate(pairs)]


@pytest.mark.parametrize(("rule", "text"), BAD, ids=_ids(BAD))
def test_a_bad_example_is_found(rule: Rule, text: str) -> None:
    found = findings(standard_from(rule.doc.config), example_files(text))
    assert rule.code in {code for code, _, _ in found}


@pytest.mark.parametrize(("rule", "text"), GOOD, ids=_ids(GOOD))
def test_a_good_example_is_not_found(rule: Rule, text: str) -> None:
    found = findings(standard_from(rule.doc.config), example_files(text))
    assert rule.code not in {code for code, _, _ in found}


@pytest.mark.parametrize("rule", RECORD_RULES, ids=lambda rule: rule.code)
def test_a_page_is_complete(rule: Rule) -> None:
    page = rule.doc
    assert page.what.endswith(".")
    assert page.why
    assert page.pino
    assert page.python
    assert set(page.options) == set(rule.options.__struct_fields__)
    if rule.code not in LIVE_OR_SOURCE:
        assert page.bad
        assert page.good


def test_names_are_told_apart() -> None:
    assert len(BY_NAME) == len(RULES)


@pytest.mark.parametrize(("rule", "text"), BAD, ids=_ids(BAD))
def test_a_finding_says_what_to_do_within_its_limits(rule: Rule, text: str) -> None:
    for finding in full(standard_from(rule.doc.config), example_files(text)):
        violation = finding.violation
        assert len(violation.found) <= 80
        assert violation.want
        assert violation.message
        assert "hunter2" not in violation.found + violation.message + finding.template


def test_the_fix_is_for_the_logger_that_wrote_the_record() -> None:
    pino = b'{"level":30,"time":1748939229400,"service":"scheduler","msg":"job scheduled"}\n'
    python = b"2025-06-03 08:27:10,800 INFO optimizer.solver job accepted\n"
    wants = {
        name: next(
            one.violation.want for one in full(standard_from(""), [(name, data)]) if one.violation.rule == "LV303"
        )
        for name, data in (("a", pino), ("b", python))
    }
    assert wants == {"a": RULES["LV303"].doc.pino, "b": RULES["LV303"].doc.python}
