"""Every source rule's page: its bad examples break it, its good ones do not, its fix is told."""

from __future__ import annotations

import re

import pytest

from logview.config import parse
from logview.inventory.call_rules import CALL_RULES
from logview.inventory.rules import check_source
from logview.inventory.setup_rules import FACT_RULES, SETUP_RULES
from logview.standard.rules import RULES

CODES = sorted(code for code in RULES if code.startswith("LV8"))
ALL = 'standard = "strict@1"\n'
HEAD = re.compile(r"^== (\S+) ==$", re.MULTILINE)


def written(example, folder):
    """The example's files, written to a folder."""
    parts = HEAD.split(example)
    assert parts[0] == ""
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        (folder / name).write_text(text.lstrip("\n"))
    return folder


def codes(folder):
    standard = parse(ALL, file=str(folder / "logview.toml")).standard
    return {finding.violation.rule for finding in check_source(standard, [str(folder)])}


def test_every_source_rule_has_code_that_runs_it():
    assert set(CODES) == {*CALL_RULES, *SETUP_RULES, *FACT_RULES}
    assert [f"LV{number}" for number in range(801, 825)] == CODES


@pytest.mark.parametrize("code", CODES)
def test_bad_examples_break_their_rule(code, tmp_path):
    assert RULES[code].doc.bad
    for number, example in enumerate(RULES[code].doc.bad):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert code in codes(written(example, folder))


@pytest.mark.parametrize("code", CODES)
def test_good_examples_do_not(code, tmp_path):
    assert RULES[code].doc.good
    for number, example in enumerate(RULES[code].doc.good):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert code not in codes(written(example, folder))


@pytest.mark.parametrize("code", CODES)
def test_pages_say_what_why_and_how(code):
    doc = RULES[code].doc
    assert all((doc.what, doc.why, doc.pino, doc.python))
    assert "equivalent" in doc.options


def test_equivalent_leaves_python_to_ruff_and_keeps_typescript(tmp_path):
    (tmp_path / "a.py").write_text("import logging\nlog = logging.getLogger(__name__)\nlog.info(f'a {x}')\n")
    (tmp_path / "a.ts").write_text("import pino from 'pino'\nconst log = pino()\nlog.info(`a ${1}`)\n")
    config = '[rules]\nLV803 = { equivalent = "ruff:G004" }\n'
    standard = parse(config, file=str(tmp_path / "logview.toml")).standard
    found = [f.file.rpartition("/")[2] for f in check_source(standard, [str(tmp_path)]) if f.violation.rule == "LV803"]
    assert ["a.ts"] == found


def test_waivers_and_overrides_reach_source_findings(tmp_path):
    (tmp_path / "a.py").write_text("print('x')\n")
    (tmp_path / "b.py").write_text("print('x')\n")
    config = (
        '[[waivers]]\nrule = "LV801"\nreason = "a script"\nowner = "team"\nexpires = 2999-01-01\n'
        'match = { file = "*a.py" }\n'
        '[[overrides]]\nmatch = { file = "*b.py" }\nrules = { LV801 = "error" }\n'
    )
    standard = parse(config, file=str(tmp_path / "logview.toml")).standard
    waived = {}
    found = list(check_source(standard, [str(tmp_path)], waived=waived))
    assert [("b.py", "error")] == [(f.file.rpartition("/")[2], f.violation.severity.value) for f in found]
    assert {0: 1} == waived


def found_in(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_py", ".py").replace("_ts", ".ts")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    standard = parse(ALL, file=str(tmp_path / "logview.toml")).standard
    return [(f.violation.rule, f.line) for f in check_source(standard, [str(tmp_path)])]


def test_alternatives_of_a_condition_are_no_second_logger(tmp_path):
    text = "import pino from 'pino'\nconst dev = process.env.DEV\nexport const log = dev ? pino({}) : pino({})\n"
    python = "import logging as l\ndef go(x):\n    if x:\n        l.basicConfig()\n    else:\n        l.basicConfig()\n"
    assert "LV812" not in {rule for rule, _ in found_in(tmp_path, a_ts=text, b_py=python)}


def test_what_tests_print_and_set_up_is_not_the_services(tmp_path):
    found = found_in(
        tmp_path, src__a_py="print('x')\n", tests__test_a_py="print('x')\nimport logging\nlogging.basicConfig()\n"
    )
    assert [("LV801", 1)] == found


def test_a_message_without_arguments_may_hold_a_percent_sign(tmp_path):
    text = (
        "import logging\nlog = logging.getLogger()\n"
        "log.info('100% of routes')\nlog.info('a%20b')\nlog.info('took %d ms')\n"
    )
    assert [("LV811", 5)] == found_in(tmp_path, a_py=text)
