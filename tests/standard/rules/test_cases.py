"""The labelled cases: every rule finds what it must in real lines and nothing else."""

from __future__ import annotations

import os

import pytest

from .support import Case, cases, findings, standard_from

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_is_judged_as_labelled(case: Case) -> None:
    standard = standard_from(case.config)
    index = None
    if any(service.source for service in standard.services.values()):
        from logview.inventory.index import source_index

        folders = {
            name: [os.path.join(case.folder, path) for path in service.source]
            for name, service in standard.services.items()
        }
        index = source_index(folders)
    assert case.faults(findings(standard, case.files, index=index)) == [], case.why


def test_every_rule_of_the_default_standard_is_judged_by_a_case() -> None:
    judged = {rule for case in CASES for rule in case.judged}
    on = {code for code in standard_from("").rules if code < "LV800"}
    assert on - judged == set()
