"""`logview check`: findings, forms, exit status, baselines, waivers; each test a run in an empty directory."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from click.testing import CliRunner

from logview.cli import checking
from logview.cli.main import cli
from logview.cli.progress import Progress
from logview.config import Config, load
from logview.decode import Hints
from logview.errors import LogviewError, UsageError
from logview.query import matches, parse
from logview.sources.follow import Follower
from logview.standard.check import Checker
from logview.standard.chosen import chosen
from logview.standard.files import check_paths
from logview.standard.live import Live

if TYPE_CHECKING:
    from logview.record import Record

GOOD = (
    '{"level":"info","time":"2026-11-23T08:54:07.410Z","service":"scheduler","logger":"dispatcher",'
    '"function":"dispatch","job_id":"job-7f3a","message":"job dispatched"}\n'
)
NO_TIME = '{"level":"info","service":"scheduler","logger":"dispatcher","function":"run","message":"tick"}\n'
IN_MESSAGE = GOOD.replace('"job_id":"job-7f3a",', "").replace("job dispatched", "job job-%s dispatched")
SECRET = GOOD.replace('"job_id"', '"password":"hunter2-swordfish","job_id"')
SARIF = json.loads(Path(__file__).parent.parent.joinpath("standard", "sarif-subset.schema.json").read_text())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


def check(*arguments):
    """(exit status, standard output) of a run; bad use raises."""
    result = CliRunner().invoke(cli, ["check", *arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout


def found(*arguments):
    _, out = check("--output", "json", *arguments)
    return [json.loads(line) for line in out.splitlines()]


def rules(*arguments):
    return [one["rule"] for one in found(*arguments)]


def test_conforming_records_give_nothing_and_exit_0(folder):
    (folder / "a.log").write_text(GOOD)
    assert check("a.log", "--output", "json") == (0, "")
    status, out = check("a.log")
    assert status == 0
    assert "no findings in 1 record of 1 service; 100 % conform, score 100" in out


def test_a_finding_has_the_promised_shape(folder):
    (folder / "a.log").write_text(GOOD + NO_TIME)
    (one,) = found("a.log")
    assert list(one)[:10] == [
        "rule", "name", "severity", "file", "line", "service", "field", "found", "want", "message",
    ]  # fmt: skip
    assert (one["rule"], one["name"], one["severity"]) == ("LV101", "timestamp-missing", "error")
    assert (one["file"], one["line"], one["service"]) == ("a.log", 2, "scheduler")


@pytest.mark.parametrize(("floor", "status"), [("error", 0), ("warn", 1), ("info", 1), ("never", 0)])
def test_fail_on_is_the_lowest_severity_that_exits_1(folder, floor, status):
    (folder / "a.log").write_text(IN_MESSAGE % "7f3a")
    assert check("a.log", "--rules", "LV304", "--fail-on", floor)[0] == status


def test_fail_on_comes_from_the_configuration_and_the_option_wins(folder):
    (folder / "a.log").write_text(IN_MESSAGE % "7f3a")
    (folder / "logview.toml").write_text('[check]\nfail_on = "warn"\n')
    assert check("a.log", "--rules", "LV304")[0] == 1
    assert check("a.log", "--rules", "LV304", "--fail-on", "error")[0] == 0


def test_rules_narrows_and_turns_on_what_is_named_by_itself(folder):
    (folder / "a.log").write_text(NO_TIME)
    assert rules("a.log", "--rules", "LV3*") == []
    assert rules("a.log", "--rules", "timestamp-missing,LV3*") == ["LV101"]
    assert "LV316" in rules("a.log", "--rules", "LV316")
    with pytest.raises(UsageError, match="did you mean"):
        check("a.log", "--rules", "LV1011")


def test_no_config_is_the_default_standard(folder):
    (folder / "a.log").write_text(NO_TIME)
    (folder / "logview.toml").write_text('[rules]\nLV101 = "off"\n')
    assert rules("a.log") == []
    assert rules("a.log", "--no-config") == ["LV101"]
    with pytest.raises(UsageError):
        check("a.log", "--no-config", "--config", "logview.toml")


def test_a_broken_configuration_is_exit_2_with_a_caret(folder):
    (folder / "logview.toml").write_text("[rules]\nLV101 = 1\n")
    run = subprocess.run(
        [sys.executable, "-m", "logview", "check", "a.log"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("logview: logview.toml:2: LV101 must be")
    assert run.stderr.rstrip().endswith("^")


@pytest.mark.parametrize("argument", ["-", "--stdin"])
def test_standard_input_is_a_stream_by_dash_and_by_option(argument):
    run = subprocess.run(
        [sys.executable, "-m", "logview", "check", "--output", "json", argument],
        input=GOOD + NO_TIME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    (one,) = (json.loads(line) for line in run.stdout.splitlines())
    assert (one["rule"], one["file"], one["line"], one["service"]) == ("LV101", "-", 2, "scheduler")


def test_without_paths_the_configured_logs_are_checked_under_their_services_names(folder):
    (folder / "logs").mkdir()
    (folder / "logs" / "x.log").write_text(NO_TIME.replace('"service":"scheduler",', ""))
    (folder / "logview.toml").write_text('[services.scheduler]\nlogs = ["logs/*.log"]\n')
    assert [(one["rule"], one["service"], one["file"]) for one in found("--rules", "LV101")] == [
        ("LV101", "scheduler", os.path.join("logs", "x.log"))
    ]


def test_nothing_to_check_is_bad_use():
    with pytest.raises(UsageError, match="nothing to check"):
        check()
    with pytest.raises(UsageError, match="does not exist"):
        check("nix.log")


def test_a_folder_with_source_code_is_checked_as_source(folder):
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text('import logging\n\n\ndef run():\n    logging.warning("run started")\n')
    assert [(one["rule"], one["file"], one["line"]) for one in found("src", "--rules", "LV802")] == [
        ("LV802", os.path.join("src", "a.py"), 5)
    ]
    assert rules(os.path.join("src", "a.py"), "--rules", "LV802") == ["LV802"]


def test_safe_fixes_are_printed_as_a_patch_or_written(folder):
    (folder / "src").mkdir()
    path = folder / "src" / "a.py"
    path.write_text('import logging\n\n\ndef run():\n    logging.warning("run started")\n')
    status, out = check("src", "--diff", "--rules", "LV802")
    assert status == 0
    assert '-    logging.warning("run started")' in out
    assert "logging.warning(" in path.read_text()
    check("src", "--fix", "--rules", "LV802")
    assert rules("src", "--rules", "LV802") == []
    (folder / "a.log").write_text(GOOD)
    with pytest.raises(UsageError, match="source code"):
        check("a.log", "--fix")


def test_a_folder_with_logs_is_checked_as_logs(folder):
    (folder / "logs").mkdir()
    (folder / "logs" / "a.log").write_text(NO_TIME)
    assert rules("logs") == ["LV101"]


SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize("query", ["rule:LV304", "rule:LV7* level=info", "is:violation", "-rule:LV2*", "-is:violation"])
@pytest.mark.parametrize("follow", [False, True])
def test_a_filter_may_ask_for_verdicts_those_included_that_later_records_bring(query, follow, folder, monkeypatch):
    """A finding that comes late is asked for with what was told of its record at once."""
    monkeypatch.setattr(checking, "_several_processes", lambda _: False)
    name, path = "scheduler.log", str(folder / "scheduler.log")
    lines = (SAMPLES / "logs" / name).read_bytes().splitlines(keepends=True)[:600]
    Path(path).write_bytes(b"".join(lines))
    standard = load(str(SAMPLES / "logview.toml")).standard
    at_once: dict[int, tuple[Record, str, set[str]]] = {}

    def observe(record, service, violations):
        at_once[record.offset] = (record, service, {one.rule for one in violations})

    checker = Checker(standard, quick=False)
    everything = list(check_paths(standard, [path], checker=checker, observe=observe))
    parsed = parse(query)

    def is_meant(finding):
        record, service, rules = at_once[finding.offset]
        return matches(parsed, record, service=service, rules=tuple({*rules, finding.violation.rule}))

    checker = Checker(standard, quick=False)
    choice = chosen(query, checker)
    if follow:
        follower = Follower([path])
        live = Live(
            follower, checker, service_of=lambda _: None, hints_of=lambda _: Hints(), chosen=choice,
            observe=lambda *_: None, notice=lambda *_: None,
        )  # fmt: skip
        found = [*live.existing(), *live.finish()]
        follower.close()
    else:
        found = list(check_paths(standard, [path], checker=checker, chosen=choice))

    def key(finding):
        return finding.offset, finding.violation.rule, finding.violation.field or ""

    # LV107 compares with the clock, which only a follower can.
    told = sorted(key(one) for one in found if one.violation.rule != "LV107")
    assert told == sorted(key(one) for one in everything if is_meant(one))
    assert bool(told) == (query != "-is:violation")


def test_c1_follow_looks_at_the_files_while_it_judges_what_they_held(folder):
    """What is appended and truncated away meanwhile was read."""
    (folder / "a.log").write_text(NO_TIME * 3)
    made = []
    follower = Follower([str(folder / "a.log")])
    live = Live(
        follower, Checker(Config().standard), service_of=lambda _: None, hints_of=lambda _: Hints(), chosen=None,
        observe=lambda record, *_: made.append(record.message), notice=lambda *_: None,
    )  # fmt: skip
    try:
        findings = live.existing()
        next(findings)
        with open(folder / "a.log", "a") as log:
            log.write('{"level":30,"msg":"soon gone"}\n')
        deadline = time.monotonic() + 10
        while follower.sources[0].size() == len(NO_TIME) * 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.truncate(folder / "a.log", 0)
        list(findings)
        list(live.finish())
    finally:
        live.close()
        follower.close()
    assert ["soon gone"] == made[3:]


def test_filters_choose_the_records_that_are_reported(folder):
    later = NO_TIME.replace('"level":"info",', '"level":"error","time":"2026-11-23T09:00:00.000Z",')
    (folder / "a.log").write_text(GOOD + later)
    assert rules("a.log", "--rules", "LV501") == ["LV501"]
    assert rules("a.log", "--rules", "LV501", "--since", "2026-11-23T08:59") == ["LV501"]
    assert rules("a.log", "--rules", "LV501", "--since", "2026-11-23T09:01") == []
    assert rules("a.log", "--rules", "LV501", "--filter", "level=info") == []


def test_text_names_the_place_and_counts_what_it_leaves_out(folder):
    (folder / "a.log").write_text("".join(IN_MESSAGE % f"7f{n:02x}" for n in range(10)))
    _, out = check("a.log", "--rules", "LV304")
    lines = out.splitlines()
    assert lines[0].startswith("a.log:1: warn LV304 id-only-in-message: ")
    assert lines[2].endswith("(+7 like it)")
    assert lines[3] == ""
    _, out = check("a.log", "--rules", "LV304", "--limit", "0")
    assert out.count("a.log:") == 10


@pytest.mark.parametrize(("rule", "marked"), [("LV305", "jobId")])
def test_full_shows_the_record_with_a_caret_under_the_field(folder, rule, marked):
    (folder / "a.log").write_text(GOOD.replace("job dispatched", "job %s dispatched").replace("job_id", "jobId"))
    _, out = check("a.log", "--rules", rule, "--output", "full")
    lines = out.splitlines()
    record = next(at for at, line in enumerate(lines) if "dispatched" in line and line.startswith("   | "))
    caret = lines[record + 1]
    assert lines[record][caret.index("^") : caret.rindex("^") + 1] == marked
    assert "= want:" in out
    assert "= why:" in out


@pytest.mark.parametrize("form", ["text", "full", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"])
def test_no_form_shows_a_secret_or_lets_a_control_character_through(folder, form):
    hostile = SECRET.replace("job dispatched", r"job \u001b[31mdispatched\u001b[0m \u202e\u009b31m </script> `x` | y")
    (folder / "a.log").write_text(hostile + "\x1b]0;title\x07 plain \x9b31m text\n")
    _, out = check("a.log", "--output", form)
    assert "hunter2" not in out
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert "</script>" not in out or form not in {"html", "junit"}


def test_sarif_is_valid_and_counts_what_it_leaves_out(folder):
    (folder / "a b.log").write_text("".join(IN_MESSAGE % f"7f{n:02x}" for n in range(10)) + NO_TIME + SECRET)
    (folder / "logview.toml").write_text(
        '[[waivers]]\nrule = "LV204"\nreason = "r"\nowner = "o"\nexpires = 2020-01-01\n'
    )
    _, out = check("a b.log", "--output", "sarif", "--limit", "2")
    log = json.loads(out)
    jsonschema.Draft202012Validator(SARIF).validate(log)
    run = log["runs"][0]
    results = [one for one in run["results"] if one["ruleId"] == "LV304"]
    assert sum(one.get("occurrenceCount", 1) for one in results) == 10
    assert len(results) == 2
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.log"
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_sarif_names_files_by_uri(folder):
    (folder / "ä.log").write_text(NO_TIME)
    for path, uri in (("ä.log", "%C3%A4.log"), (str(folder / "ä.log"), f"file://{folder}/%C3%A4.log")):
        log = json.loads(check(path, "--output", "sarif")[1])
        jsonschema.Draft202012Validator(SARIF).validate(log)
        location = log["runs"][0]["results"][0]["locations"][0]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_junit_fails_the_rules_at_the_floor_and_passes_the_others(folder):
    (folder / "a.log").write_text(NO_TIME + IN_MESSAGE % "7f3a")
    _, out = check("a.log", "--output", "junit")
    root = ET.fromstring(out)
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["LV101 timestamp-missing"].find("failure").get("type") == "error"
    assert cases["LV304 id-only-in-message"].find("failure") is None
    assert "a.log:2" in cases["LV304 id-only-in-message"].find("system-out").text
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert root.get("tests") == str(len(cases))


def test_github_annotations_escape_what_the_runner_would_read(folder):
    (folder / "a,b.log").write_text(NO_TIME)
    _, out = check("a,b.log", "--output", "github")
    assert out.splitlines()[0].startswith("::error file=a%2Cb.log,line=1,title=LV101 timestamp-missing::")


def test_gitlab_issues_have_unique_fingerprints(folder):
    (folder / "a.log").write_text("".join(IN_MESSAGE % f"7f{n:02x}" for n in range(5)))
    _, out = check("a.log", "--output", "gitlab")
    issues = json.loads(out)
    assert len({one["fingerprint"] for one in issues}) == len(issues) == 5
    assert set(issues[0]) == {"description", "check_name", "fingerprint", "severity", "location"}


def test_html_is_one_page_that_fetches_nothing(folder):
    (folder / "a.log").write_text(NO_TIME)
    _, out = check("a.log", "--output", "html")
    assert out.startswith("<!doctype html>")
    assert "<script" not in out
    assert "http://" not in out
    assert "https://" not in out
    assert "timestamp-missing" in out


def test_a_baseline_hides_known_faults_and_lets_new_ones_fail(folder):
    (folder / "a.log").write_text(NO_TIME)
    assert check("a.log", "--write-baseline", "--baseline", "b.json")[0] == 0
    assert check("a.log", "--baseline", "b.json")[0] == 0
    # The same fault on other lines and more often is still known; another message is not.
    (folder / "a.log").write_text(GOOD + NO_TIME * 3)
    assert check("a.log", "--baseline", "b.json")[0] == 0
    (folder / "a.log").write_text(NO_TIME + NO_TIME.replace("tick", "tock"))
    status, out = check("a.log", "--baseline", "b.json", "--output", "json")
    assert status == 1
    assert [json.loads(line)["line"] for line in out.splitlines()] == [2]


def test_a_baseline_is_json_of_one_line_an_entry_without_line_numbers(folder):
    (folder / "a.log").write_text(SECRET + NO_TIME)
    check("a.log", "--write-baseline", "--baseline", "b.json")
    text = (folder / "b.json").read_text()
    assert "hunter2" not in text
    entries = json.loads(text)["entries"]
    assert {one["rule"] for one in entries} == {"LV101", "LV601"}
    assert not any("line" in one for one in entries)
    assert all(f'"{one["fingerprint"]}"' in line for one, line in zip(entries, text.splitlines()[5:], strict=False))


def test_a_configured_baseline_is_used_once_it_is_there(folder):
    (folder / "logview.toml").write_text('[check]\nbaseline = "known.json"\n')
    (folder / "a.log").write_text(NO_TIME)
    assert check("a.log")[0] == 1
    check("a.log", "--write-baseline")
    assert (folder / "known.json").exists()
    assert check("a.log")[0] == 0
    with pytest.raises(UsageError, match="no such baseline"):
        check("a.log", "--baseline", "other.json")


def test_prune_drops_only_what_was_logged_without_the_fault(folder):
    (folder / "a.log").write_text(NO_TIME + NO_TIME.replace("tick", "tock"))
    check("a.log", "--write-baseline", "--baseline", "b.json")
    (folder / "a.log").write_text(GOOD.replace("job dispatched", "tick"))
    check("a.log", "--prune", "--baseline", "b.json")
    assert [one["place"] for one in json.loads((folder / "b.json").read_text())["entries"]] == ["tock"]


def test_a_budget_allows_so_many_and_only_goes_down(folder):
    config = folder / "logview.toml"
    config.write_text('[check]\nfail_on = "warn"\nbudget = { LV304 = 2 }\n')
    (folder / "a.log").write_text("".join(IN_MESSAGE % f"7f{n:02x}" for n in range(2)))
    assert check("a.log", "--rules", "LV304")[0] == 0
    (folder / "a.log").write_text("".join(IN_MESSAGE % f"7f{n:02x}" for n in range(3)))
    status, out = check("a.log", "--rules", "LV304")
    assert status == 1
    assert "LV304: 3 findings, the budget allows 2" in out
    (folder / "a.log").write_text(IN_MESSAGE % "7f3a")
    _, out = check("a.log", "--rules", "LV304")
    assert "the budget can go down to 1" in out
    check("a.log", "--rules", "LV304", "--write-baseline", "--baseline", "b.json")
    with pytest.raises(UsageError, match="budget of LV304 went up from 1 to 2"):
        check("a.log", "--rules", "LV304", "--baseline", "b.json")


def test_compare_tells_new_gone_more_and_fewer(folder):
    (folder / "a.log").write_text(NO_TIME + NO_TIME.replace("tick", "tock") * 2)
    _, out = check("a.log", "--output", "json")
    (folder / "old.json").write_text(out)
    (folder / "a.log").write_text(NO_TIME * 2 + NO_TIME.replace("tick", "tack"))
    status, out = check("a.log", "--compare", "old.json")
    assert status == 1
    assert "  new    LV101 scheduler: tack (1×)" in out
    assert "  gone   LV101 scheduler: tock (was 2×)" in out
    assert "  more   LV101 scheduler: tick (1 → 2)" in out
    (folder / "a.log").write_text(NO_TIME)
    assert check("a.log", "--compare", "old.json")[0] == 0


def waiver(expires, rule="LV101"):
    return f'[[waivers]]\nrule = "{rule}"\nreason = "replay"\nowner = "platform"\nexpires = {expires}\n'


def test_a_waiver_allows_until_its_day_and_then_the_violation_comes_back(folder):
    (folder / "a.log").write_text(NO_TIME)
    (folder / "logview.toml").write_text(waiver("2999-01-01"))
    status, out = check("a.log")
    assert status == 0
    assert "1 waived" in out
    (folder / "logview.toml").write_text(waiver("2020-01-01"))
    status, out = check("a.log")
    assert status == 1
    assert "error: waiver LV101 (platform: replay) ended on 2020-01-01" in out


def test_a_waiver_that_nothing_needed_is_reported(folder):
    (folder / "a.log").write_text(GOOD)
    (folder / "logview.toml").write_text(waiver("2999-01-01"))
    assert "info: waiver LV101 (platform: replay) was not needed in this run" in check("a.log")[1]


def test_a_broken_packed_file_fails_even_without_findings(folder):
    (folder / "a.log.gz").write_bytes(gzip.compress(GOOD.encode() * 100)[:-20])
    status, out = check("a.log.gz")
    assert status == 1
    assert "a.log.gz: " in out


def test_output_is_written_whatever_the_encoding_of_standard_output(folder):
    (folder / "a.log").write_text(GOOD.replace("job dispatched", "Jöb dispatched \U0001f600."), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "logview", "check", "a.log", "--output", "full", "--fail-on", "info"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert run.returncode == 1, run.stderr


def test_follow_reports_what_is_appended_and_ends_with_a_summary(folder):
    (folder / "a.log").write_text(GOOD)
    run = subprocess.Popen(
        [sys.executable, "-m", "logview", "check", "--follow", "--output", "json", "a.log"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        line = ""
        while not line and time.monotonic() < deadline:
            # Appended again and again: nobody knows when the follower has come up.
            with open(folder / "a.log", "a") as log:
                log.write(NO_TIME + GOOD)
            os.set_blocking(run.stdout.fileno(), False)
            time.sleep(0.1)
            line = run.stdout.readline()
        assert json.loads(line)["rule"] == "LV101"
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 1


def test_check_of_a_small_file_loads_no_screen_and_no_watcher(folder):
    (folder / "a.log").write_text(GOOD)
    code = (
        "import sys\n"
        "from logview.cli.main import main\n"
        "try:\n    main(['check', 'a.log'])\n"
        "except SystemExit as done:\n"
        "    heavy = {'textual', 'rich.console', 'watchfiles', 'asyncio', 'numpy', 'hyperscan', 'tree_sitter'}\n"
        "    heavy |= {'tomlkit', 'multiprocessing', 'jsonschema'}\n"
        "    print(sorted(heavy & set(sys.modules)), done.code)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[] 0"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_long_work_at_a_terminal_shows_a_bar_on_standard_error_and_short_work_none(folder, monkeypatch):
    (folder / "a.log").write_text(GOOD * 50)
    for least, text in ((1, "checking"), (1 << 30, "")):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setattr(Progress, "MIN_BYTES", least)
        bar = Progress(["a.log"])
        for _ in range(50):
            bar.advance(len(GOOD))
        bar.done()
        assert text in terminal.getvalue()
        assert bool(text) == ("100%" in terminal.getvalue())


def test_progress_moves_while_a_log_is_swept(folder, monkeypatch):
    Path("a.log").write_text(GOOD * 60_000)
    told = []
    monkeypatch.setattr(Progress, "advance", lambda _bar, size: told.append(size))
    check("a.log")
    assert len(told) > 3
    assert sum(told) == os.path.getsize("a.log")


def test_color_is_for_terminals_without_no_color(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert checking.colored(Terminal())
    assert not checking.colored(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not checking.colored(Terminal())


def test_bad_use_is_a_logview_error():
    assert issubclass(UsageError, LogviewError)
