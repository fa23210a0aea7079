"""The pytest plugin and `assert_conforming`, as a project uses them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from logview.errors import UsageError
from logview.testing import assert_conforming

pytest_plugins = ["pytester"]

GOOD = (
    '{"level":"info","time":"2026-11-23T08:54:07.410Z","service":"optimizer","logger":"optimizer.solver",'
    '"function":"solve","message":"solver connected"}'
)
NO_TIME = GOOD.replace('"time":"2026-11-23T08:54:07.410Z",', "")
IN_MESSAGE = GOOD.replace("solver connected", "solving job-7f3a")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lines_a_text_and_a_file_may_be_asserted(folder):
    (folder / "a.log").write_text(f"{GOOD}\n")
    for logs in ([GOOD, GOOD.replace("07.410", "08.410")], GOOD, f"{GOOD}\n", "a.log", folder / "a.log"):
        assert_conforming(logs)


@pytest.mark.parametrize("logs", [[NO_TIME], NO_TIME, iter([NO_TIME, "\n"])])
def test_what_breaks_the_standard_fails_with_the_finding_and_the_fix(logs):
    with pytest.raises(AssertionError, match="1 violation of the logging standard\n-:1: error LV101 timestamp-missing"):
        assert_conforming(logs)


def test_the_floor_and_the_rules_may_be_set():
    assert_conforming(IN_MESSAGE)
    with pytest.raises(AssertionError, match="LV304"):
        assert_conforming(IN_MESSAGE, fail_on="warn")
    assert_conforming(NO_TIME, rules="LV3*")


def test_a_file_that_is_not_there_is_no_passing_test():
    with pytest.raises(UsageError):
        assert_conforming("nix.log")


def test_the_configuration_is_found_from_here_upwards(folder):
    (folder / "logview.toml").write_text('[rules]\nLV101 = "off"\n')
    assert_conforming(NO_TIME)


TESTS = f"""
import logging, os, sys
import pytest

GOOD, NO_TIME, IN_MESSAGE = {GOOD!r}, {NO_TIME!r}, {IN_MESSAGE!r}

def test_conforming(logview):
    print(GOOD)

def test_written_by_a_handler(logview):
    handler = logging.StreamHandler(sys.__stderr__)
    logging.getLogger("x").addHandler(handler)
    os.write(2, (NO_TIME + "\\n").encode())

def test_not_asked_for():
    print(NO_TIME)

@pytest.mark.logview(fail_on="warn")
def test_stricter(logview):
    print(IN_MESSAGE)

@pytest.mark.logview(rules="LV3*")
def test_fewer_rules(logview):
    print(NO_TIME)

def test_beside_capsys(logview, capsys):
    print(NO_TIME)

def test_switched_off(logview):
    logview.enabled = False
    print(NO_TIME)

def test_watched_file(logview, tmp_path):
    log = tmp_path / "own.log"
    log.write_text(NO_TIME + "\\n")
    logview.watch(log)
    with log.open("a") as stream:
        stream.write(GOOD + "\\n")

def test_watched_file_that_breaks_it(logview, tmp_path):
    log = tmp_path / "own.log"
    logview.watch(log)
    log.write_text(NO_TIME + "\\n")

def test_own_failure_stands(logview):
    print(NO_TIME)
    assert 1 == 2
"""


def test_the_fixture_fails_the_test_itself_when_its_logs_break_the_standard(pytester):
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", "-rA")
    outcomes = {
        "test_conforming": "PASSED", "test_written_by_a_handler": "FAILED", "test_not_asked_for": "PASSED",
        "test_stricter": "FAILED", "test_fewer_rules": "PASSED", "test_beside_capsys": "FAILED",
        "test_switched_off": "PASSED", "test_watched_file": "PASSED", "test_watched_file_that_breaks_it": "FAILED",
        "test_own_failure_stands": "FAILED",
    }  # fmt: skip
    for name, outcome in outcomes.items():
        result.stdout.re_match_lines([rf"{outcome} .*::{name}\b.*"])
    result.assert_outcomes(passed=5, failed=5)
    result.stdout.fnmatch_lines(["*AssertionError: 1 violation of the logging standard*"])
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])


def test_the_plugin_costs_a_pytest_run_nothing_until_it_is_used():
    code = "import sys, pytest, logview.testing; print(sorted(m for m in sys.modules if m.startswith('logview')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['logview', 'logview.testing']"
