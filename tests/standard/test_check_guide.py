"""docs/check.md and the pre-commit hooks say what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from click.testing import CliRunner

from logview.cli.check import FORMS
from logview.cli.check import command as check
from logview.cli.main import cli
from logview.config import parse
from logview.standard.lines import check_lines
from logview.standard.load import preset
from logview.standard.report.jsonlines import line

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_guides_configuration_loads():
    (text,) = blocks("toml")
    standard = parse(text).standard
    assert (len(standard.services), len(standard.lifecycle), len(standard.handoff), len(standard.waivers)) == (
        2,
        1,
        1,
        1,
    )


def test_the_guides_finding_has_the_keys_that_are_written():
    (text,) = blocks("json")
    (finding,) = check_lines(preset("default@1"), '{"level":"info","message":"tick"}', name="a.log")[:1]
    written = json.loads(line(finding))
    assert set(json.loads(text)) - {"site"} == set(written)


def test_the_guide_names_every_option_and_every_form():
    for option in check.params:
        for name in option.opts:
            if name.startswith("--") and name not in {"--format", "--output"}:
                assert f"{name}" in GUIDE, name
    for form in FORMS:
        assert f"`{form}`" in GUIDE, form


def test_the_workflow_is_yaml_and_its_commands_have_options_that_exist():
    workflow, hooks = (yaml.safe_load(text) for text in blocks("yaml"))
    steps = [step["run"] for step in workflow["jobs"]["logs"]["steps"] if "logview check" in step.get("run", "")]
    known = {name for option in check.params for name in option.opts}
    assert len(steps) == 3
    for run in steps:
        assert {word for word in run.split() if word.startswith("--")} <= known
    defined = {one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {one["id"] for one in hooks["repos"][0]["hooks"]} == defined


def test_the_hooks_commands_exist():
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        program, *arguments = hook["entry"].split()
        assert program == "logview"
        assert CliRunner().invoke(cli, [*arguments, "--help"]).exit_code == 0
