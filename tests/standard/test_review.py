"""The standard's documents and the review: proposals, the rendered text, evidence, what-if, decisions."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from logview.cli.main import cli
from logview.config import parse, schema
from logview.errors import ConfigError, UsageError
from logview.standard import pages
from logview.standard.decisions import Decision, append, decisions_of, in_force, read
from logview.standard.decisions import schema as decisions_schema
from logview.standard.evidence import pattern_of
from logview.standard.lines import check_lines
from logview.standard.load import preset
from logview.standard.place import Toml
from logview.standard.render import GOOD, document, ranges
from logview.standard.rules import RULES
from logview.standard.whatif import changed

DOCS = Path(__file__).parents[2] / "docs"


def scheduler(message, second, job="job-7f3a", **fields):
    record = {"level": 30, "time": 1795424047000 + 1000 * second, "service": "scheduler", "logger": "dispatcher"}
    return json.dumps({**record, "jobId": job, **fields, "msg": message}, separators=(",", ":"))


def optimizer(message, second, job="job-7f3a", level="info"):
    time = f"2026-11-23T08:54:{7 + second:02}.500Z"
    record = {"time": time, "level": level, "service": "optimizer", "logger": "solver", "function": "solve"}
    return json.dumps({**record, "job_id": job, "message": message}, separators=(",", ":"))


JOBS = [f"job-{n:04x}" for n in range(12)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line for job in JOBS for line in (scheduler("job accepted", 0, job), scheduler("job dispatched", 1, job))]
    (tmp_path / "scheduler.log").write_text("\n".join([*lines, scheduler("failed to reach optimizer", 2)]) + "\n")
    lines = [line for job in JOBS for line in (optimizer("solve started", 2, job), optimizer("solve finished", 4, job))]
    (tmp_path / "optimizer.log").write_text("\n".join(lines) + "\n")
    return tmp_path


def logview(*arguments):
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_init_proposes_a_file_that_loads_and_names_its_evidence():
    text = logview("standard", "init", "scheduler.log", "optimizer.log")
    standard = parse(text).standard
    assert standard.services["scheduler"].dialect == "pino"
    assert standard.services["optimizer"].logs == ("optimizer.log",)
    assert standard.ids["job"].aliases == ("jobId",)
    assert standard.ids["job"].pattern == "^job-[0-9a-f]{4,}$"
    (life,) = standard.lifecycle
    assert (life.name, life.start, life.end) == ("solve", "solve started", ("solve finished",))
    (handoff,) = standard.handoff
    assert (handoff.sender.service, handoff.sender.message) == ("scheduler", "job dispatched")
    assert handoff.receiver.service == "optimizer"
    assert "[services.scheduler]  # 25 records: pino 100 %" in text
    assert "# jobId: scheduler 25; job_id: optimizer 24" in text
    assert '# LV204 = "warn"  # failure-below-warn: scheduler 1' in text
    assert "[[lifecycle]]  # 12 jobs started, 12 of them also ended" in text


def test_init_never_overwrites(folder):
    logview("standard", "init", "--write", "scheduler.log")
    assert parse((folder / "logview.toml").read_text()).services
    with pytest.raises(UsageError, match="already here"):
        logview("standard", "init", "--write", "scheduler.log")


def test_a_comment_of_a_proposal_cannot_be_ended_by_a_log(folder):
    evil = '{"level":30,"time":1795424047000,"service":"a\\n[rules]\\nLV001 = \\"off\\"","msg":"x y"}\n'
    (folder / "evil.log").write_text(evil)
    standard = parse(logview("standard", "init", "evil.log")).standard
    assert "LV001" in standard.rules
    assert list(standard.services) == ['a\n[rules]\nLV001 = "off"']


UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ([f"job-{n:04x}" for n in range(500, 540)], "^job-[0-9a-f]{4,}$"),
        ([f"{n}" for n in range(10, 30)], "^[0-9]{2,}$"),
        ([f"0000000{n % 10}-0000-4000-8000-{n:012x}" for n in range(30)], f"^{UUID}$"),
        (["job-1", "job-2"], None),
        ([f"Task {n}!" for n in range(30)], None),
    ],
)
def test_a_pattern_is_proposed_only_where_it_says_something(values, pattern):
    assert pattern_of(values) == pattern


def test_render_writes_the_clauses_tables_and_examples_of_our_own_streams(folder):
    (folder / "logview.toml").write_text(
        '[services.scheduler]\nlogs = ["scheduler.log"]\n[services.optimizer]\nlogs = ["optimizer.log"]\n'
        '[rules]\nLV404 = { max = 120 }\nLV210 = "off"\n'
        '[[waivers]]\nrule = "LV207"\nreason = "draining"\nowner = "platform"\nexpires = 2999-01-01\n'
    )
    text = logview("standard", "render")
    assert "at most 120 characters" in text
    assert "**fatal** means" not in text
    assert "| `job_id` | text | about a job |" in text
    assert "| warn | 40 | WARNING (30) |" in text
    assert "optimizer, info:" in text
    assert "failed to reach optimizer" in text.split("## Bad records")[1]
    assert "| LV207 | everything | draining | platform | 2999-01-01 |" in text


def test_the_documents_own_good_records_pass_every_rule():
    assert check_lines(preset("default@1"), "\n".join(GOOD) + "\n") == []
    assert GOOD[0] in document(preset("default@1"))


def test_rendering_masks_what_the_streams_leak(folder):
    (folder / "leak.log").write_text(scheduler("user signed in", 0, password="hunter2-swordfish") + "\n")
    text = logview("standard", "render", "leak.log")
    assert "hunter2" not in text
    assert "LV601" in text


def test_ranges_join_neighbors():
    assert ranges(["LV001", "LV002", "LV003", "LV007", "LV101", "LV102"]) == "LV001–LV003, LV007, LV101, LV102"


def test_show_tells_what_was_changed(folder):
    (folder / "logview.toml").write_text('[rules]\nLV304 = "error"\nLV407 = "off"\nLV007 = { max_bytes = 10 }\n')
    text = logview("standard", "show")
    assert "LV304  error  id-only-in-message  (was warn)" in text
    assert "LV007  warn   record-too-large  (max_bytes = 10)" in text
    assert "off: LV407" in text
    assert json.loads(logview("standard", "show", "--output", "json"))["name"] == "default@1"


@pytest.mark.parametrize("given", ["LV304", "lv304", "id-only-in-message"])
def test_explain_prints_the_page(given):
    text = logview("standard", "explain", given)
    assert text.startswith("LV304 id-only-in-message (warn)")
    assert "Bad:" in text
    assert "pino: pass it as a field" in text


def test_explain_suggests_for_an_unknown_rule():
    with pytest.raises(UsageError, match='did you mean "id-only-in-message"'):
        logview("standard", "explain", "id-only-in-mesage")


def test_explain_writes_all_pages_and_drops_old_ones(folder):
    (folder / "rules").mkdir()
    (folder / "rules" / "LV999.md").write_text("gone")
    logview("standard", "explain", "--write", "rules")
    assert {path.name for path in (folder / "rules").iterdir()} == {"README.md", *(f"{code}.md" for code in RULES)}


def test_every_rule_has_a_whole_page():
    for code, rule in RULES.items():
        assert rule.doc.what, code
        assert rule.doc.why, code
        assert rule.doc.pino or rule.doc.python, code
        assert f"# {code} {rule.name}" in pages.markdown(rule)
        for name, _, meaning in pages.options(rule):
            assert meaning, f"{code}: option {name} is not documented"


def test_the_schema_takes_what_loads_and_refuses_what_does_not():
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    good = {
        "standard": "default@1",
        "services": {"a": {"logs": ["x"], "zone": "UTC"}},
        "rules": {"LV304": "error", "LV102": {"severity": "warn", "preferred": ["epoch-ms"]}, "LV8*": "off"},
        "overrides": [{"match": {"service": "a"}, "rules": {"LV301": "off"}}],
        "handoff": [{"name": "h", "from": {"service": "a"}, "to": {"service": "b"}, "key": "job_id"}],
        "waivers": [{"rule": "LV1", "reason": "r", "owner": "o", "expires": "2027-01-01"}],
        "check": {"budget": {"LV304": 1}},
    }
    validator.validate(good)
    for bad in (
        {"standrad": "default@1"},
        {"rules": {"LV999": "error"}},
        {"rules": {"LV102": {"prefered": []}}},
        {"services": {"a": {"log": []}}},
        {"waivers": [{"rule": "LV101"}]},
        {"check": {"budget": {"LV999": 1}}},
    ):
        assert not validator.is_valid(bad), bad


def test_review_export_has_a_row_for_every_rule_and_its_evidence(folder):
    text = logview("review", "export", "scheduler.log", "optimizer.log", "--output", "json")
    review = json.loads(text)
    rows = {row["rule"]: row for row in review["rows"]}
    assert set(rows) == set(preset("default@1").rules)
    assert rows["LV204"]["hits"] == {"scheduler": 1}
    assert rows["LV204"]["per_1000"] == {"scheduler": 40.0}
    assert rows["LV204"]["examples"][0]["file"] == "scheduler.log"
    assert rows["LV708"]["conflict"]
    assert any(one.startswith("LV708") for one in review["questions"])
    table = list(csv.reader(io.StringIO(logview("review", "export", "scheduler.log", "--output", "csv"))))
    assert len(table) == 1 + len(preset("default@1").rules)
    assert len({len(row) for row in table}) == 1


def test_a_review_of_source_code_and_logs_has_both(folder):
    (folder / "src").mkdir()
    (folder / "src/app.py").write_text("import logging\n\nlogging.getLogger().info('x')\nprint('job accepted')\n")
    logs_alone = json.loads(logview("review", "export", "optimizer.log", "--output", "json"))
    both = json.loads(logview("review", "export", "optimizer.log", "src", "--output", "json"))
    row = next(row for row in both["rows"] if row["rule"] == "LV801")
    assert (sum(row["hits"].values()), row["per_1000"], row["examples"][0]["line"]) == (1, {}, 4)
    assert both["conforming"] == logs_alone["conforming"]
    assert not any(row["hits"] for row in logs_alone["rows"] if row["rule"].startswith("LV8"))
    assert "No source code was read" in logview("review", "export", "optimizer.log")
    assert "LV801" not in logview("review", "export", "optimizer.log").partition("Found nothing")[2].partition("\n")[0]
    assert "LV801" in logview("review", "sheet", "optimizer.log", "src")
    simulated = logview("review", "simulate", "optimizer.log", "src", "--set", "LV801=error")
    assert "LV801 src/app.py:4" in simulated


def test_a_cell_of_the_csv_runs_nothing(folder):
    (folder / "evil.log").write_text(scheduler("=cmd failed to start", 0) + "\n")
    for row in csv.reader(io.StringIO(logview("review", "export", "evil.log", "--output", "csv"))):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row)


def test_the_sign_off_sheet_has_a_column_for_each_vote():
    text = logview("review", "sheet", "scheduler.log", "--stakeholder", "ana", "--stakeholder", "bo")
    assert "| rule | proposal | evidence | cost | ana | bo | decision | by | date | revisit on |" in text


def test_simulate_counts_what_would_fail():
    text = logview("review", "simulate", "scheduler.log", "optimizer.log", "--set", "LV204=error")
    assert "LV204       warn   error              1  scheduler 1 → 1" in text
    assert "LV204 scheduler.log:25" in text
    text = logview("review", "simulate", "scheduler.log", "optimizer.log", "--key", "job_id=jobId")
    assert "optimizer 0 → 1, scheduler 1 → 0" in text
    assert "newly failing (" not in text
    result = json.loads(logview("review", "simulate", "scheduler.log", "--set", "LV3*=off", "--output", "json"))
    assert all(one["after"] == "off" for one in result["changes"] if one["rule"].startswith("LV3"))


@pytest.mark.parametrize(
    "settings",
    [{"settings": ["LV999=error"]}, {"settings": ["LV304=eror"]}, {"keys": ["nix=x"]}, {"preset_name": "x@1"}],
)
def test_a_what_if_that_means_nothing_is_bad_use(settings):
    with pytest.raises(UsageError):
        changed(preset("default@1"), **settings)


DECISION = Decision(
    rule="LV304", status="accepted", by="ana", date=dt.date(2026, 11, 23), reason="ids are fields", severity="error"
)


def test_decisions_are_appended_and_what_stands_is_not_touched(tmp_path):
    path = str(tmp_path / "decisions.toml")
    Path(path).write_text(
        '# ours\n[[decision]]\nrule="LV101"\nstatus = "rejected"\nby="bo"\ndate=2026-11-01\nreason="x"'
    )
    before = Path(path).read_text()
    append(path, DECISION)
    assert Path(path).read_text().startswith(before)
    assert [one.rule for one in read(path)] == ["LV101", "LV304"]
    assert in_force(read(path))["LV304"] == DECISION
    with pytest.raises(ConfigError, match="only added at the end"):
        append(path, Decision(rule="LV101", status="accepted", by="a", date=dt.date(2026, 11, 2), reason="r"))
    assert len(read(path)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[decision]]\nrule = "LV999"\nstatus = "accepted"\nby = "a"\ndate = 2026-11-01\nreason = "r"', "LV999"),
        ('[[decision]]\nrule = "LV101"\nstatus = "acepted"\nby = "a"\ndate = 2026-11-01\nreason = "r"', "did you mean"),
        ('[[decision]]\nrule = "LV101"\nstatus = "waived"\nby = "a"\ndate = 2026-11-01\nreason = "r"', "review_by"),
        ('[[decision]]\nrule = "LV101"\nstatus = "accepted"', "needs"),
        ('[[decisions]]\nrule = "LV101"', "did you mean"),
    ],
)
def test_a_decision_that_does_not_hold_is_named(text, message):
    with pytest.raises(ConfigError, match=message):
        decisions_of(Toml(text, file="decisions.toml"))


def test_decide_and_diff_tell_what_became_of_a_decision(folder):
    logview("review", "decide", "LV204", "accepted", "--by", "ana", "--reason", "failures wake someone")
    jsonschema.Draft202012Validator.check_schema(decisions_schema())
    (folder / "old.json").write_text(logview("review", "export", "scheduler.log", "--output", "json"))
    with (folder / "scheduler.log").open("a") as log:
        log.write((scheduler("failed to reach optimizer", 3) + "\n") * 5)
    (folder / "new.json").write_text(logview("review", "export", "scheduler.log", "--output", "json"))
    text = logview("review", "diff", "old.json", "new.json")
    assert "rising   LV204: 40.0 → 200.0 per 1,000 records, although accepted" in text
    assert "open     LV305: has findings and no decision" in text
    (folder / "no.json").write_text("{}")
    with pytest.raises(UsageError, match="was not written by"):
        logview("review", "diff", "no.json", "new.json")
