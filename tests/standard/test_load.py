"""logview.toml to a standard: what loads, what does not, and where the complaint points."""

from __future__ import annotations

import datetime as dt

import pytest

from logview.config import Config, load, parse, unrotated
from logview.errors import ConfigError, UsageError
from logview.standard.load import preset, preset_names, rule_codes
from logview.standard.model import Match, Severity
from logview.standard.rules import RULES

EXAMPLE = r"""
standard = "default@1"                     # versioned: new rules never appear without a bump
[services.scheduler]
dialect = "pino"
logs    = ["logs/scheduler.log"]
source  = ["apps/scheduler/src"]
[services.optimizer]
dialect = "python"
logs    = ["logs/optimizer.log"]
source  = ["apps/optimizer"]
[ids.job]
key = "job_id"
aliases = ["jobId", "jobID", "job.id"]
pattern = '^job-[0-9a-f]{4,}$'
scope = { loggers = ["dispatcher", "optimizer.*"], message = '\bjob\b' }
[rules]
LV407 = "off"
LV304 = "error"
LV102 = { severity = "warn", preferred = ["epoch-ms"] }
[[overrides]]                              # last match wins
match = { service = "optimizer", logger = "uvicorn.*" }
rules = { LV301 = "off", LV303 = "off" }
[[lifecycle]]
name = "solve"
key = "job_id"
start = "solve started"
end = ["solve finished", "solve failed"]
timeout = "10m"
[[waivers]]
rule = "LV207"
match = { service = "scheduler", template = "GET /healthz *" }
reason = "health probe answers 503 while draining"
owner = "platform"
expires = 2027-03-31
[check]
fail_on = "error"
baseline = "logview-baseline.json"
budget = { LV304 = 12 }                    # ratchet: may only go down
"""


def test_the_standards_example_loads_as_it_is_written():
    standard = parse(EXAMPLE).standard
    assert "LV407" not in standard.rules
    assert standard.rules["LV304"].severity is Severity.ERROR
    assert standard.rules["LV102"].severity is Severity.WARN
    assert standard.rules["LV102"].options.preferred == ("epoch-ms",)
    assert standard.services["scheduler"].logs == ("logs/scheduler.log",)
    assert standard.ids["job"].scope.loggers == ("dispatcher", "optimizer.*")
    assert standard.ids["job"].aliases == ("jobId", "jobID", "job.id")
    assert standard.overrides[0].match == Match(service="optimizer", logger="uvicorn.*")
    assert {code: one.severity for code, one in standard.overrides[0].rules.items()} == {
        "LV301": Severity.OFF,
        "LV303": Severity.OFF,
    }
    assert standard.lifecycle[0].end == ("solve finished", "solve failed")
    assert standard.waivers[0].expires == dt.date(2027, 3, 31)
    assert standard.check.budget == {"LV304": 12}


@pytest.mark.parametrize(
    ("text", "message", "line", "caret"),
    [
        ('standard = "default"', 'name its version: "default@1"', 1, '"default"'),
        ('standard = "defualt@1"', 'did you mean "default@1"?', 1, '"defualt'),
        ('[rules]\n"mising-job-id" = "off"', 'did you mean "job-id-missing"?', 2, '"mising'),
        ('[rules]\nLV40 = "off"', 'rule "LV40" is not known', 2, "LV40"),
        ('[rules]\nLV001 = "erorr"', '"erorr" is no severity; did you mean "error"?', 2, '"erorr'),
        ('[rules]\nLV001 = { severity = "warn", ignor = ["x"] }', 'did you mean "ignore"?', 2, "ignor ="),
        ("[rules]\nLV001 = 1", 'must be "error", "warn", "info", "off" or a table', 2, "1"),
        ("\n[serices.a]\n", 'did you mean "services"?', 2, "serices"),
        ('[services.a]\nlog = ["x"]', 'did you mean "logs"?', 2, "log ="),
        ('[services.a]\nlogs = "x"', "logs must be a list, not text in quotes", 2, '"x"'),
        ('[services.a]\nlogs = [\n  "x",\n  3,\n]', "logs, item 2, must be text in quotes", 4, "3"),
        ('[services.a]\nzone = "Europe/Berln"', 'did you mean "Europe/Berlin"?', 2, '"Europe'),
        ('[services.a]\nstandard = "strict"', 'name its version: "strict@1"', 2, '"strict"'),
        ('[[waivers]]\nrule = "LV001"\nreason = "x"\nexpires = 2027-01-01', 'needs "owner"', 1, "waivers"),
        (
            '[[waivers]]\nrule = "LV001"\nreason = " "\nowner = "y"\nexpires = 2027-01-01',
            "a waiver needs a reason", 3, "reason",
        ),
        (
            '[[waivers]]\nrule = "LV001"\nreason = "x"\nowner = "y"\nexpires = "soon"',
            "expires must be a date such as 2027-03-31", 5, '"soon',
        ),
        ('[check]\nfail_on = "eror"', 'did you mean "error"?', 2, '"eror'),
        ('[check]\nbudget = { LV001 = "x" }', "LV001 must be a whole number, not text", 2, '"x"'),
        ("[check]\nbudget = { LV001 = -1 }", "a budget is 0 or more", 2, "-1"),
        ('[ids.job]\nkey = "j"\npattern = "("', "pattern is no regular expression", 3, '"("'),
        ('[ids.tenant]\naliases = ["t"]', '[ids.tenant] needs "key"', 1, "tenant"),
        (
            '[[lifecycle]]\nname = "x"\nkey = "k"\nstart = "s"\nend = ["e"]\ntimeout = "10 m"',
            "timeout must be a number and a unit", 6, '"10 m',
        ),
        (
            '[services.a]\n[services.b]\n[[handoff]]\nname = "x"\nkey = "k"\n'
            'from = { service = "a" }\nto = { service = "bb" }',
            '"bb" is none of [services]', 7, '"bb',
        ),
        ('[[overrides]]\nmatch = { servce = "x" }\nrules = { LV001 = "off" }', 'did you mean "service"?', 2, "servce"),
        ('[[overrides]]\nrules = { LV001 = "off" }', 'needs "match" and "rules"', 1, "overrides"),
        ('profile = "esc"', 'did you mean "ecs"?', 1, '"esc'),
        ('a = "b\n', "", 1, None),
        ('[view]\nzone = "Mars"', "is no time zone", 2, '"Mars'),
        ("[keys]\nquit = 1", "quit must be text in quotes", 2, "1"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_points_at_the_character(text, message, line, caret):
    with pytest.raises(ConfigError) as caught:
        parse(text, file="conf/logview.toml")
    assert message in caught.value.message
    assert caught.value.line == line
    _, source, mark = str(caught.value).split("\n")
    assert str(caught.value).startswith(f"conf/logview.toml:{line}: ")
    assert source.strip() == text.split("\n")[line - 1].strip()
    if caret is not None:
        assert source[mark.index("^") :].startswith(caret)


@pytest.mark.parametrize("name", ["minimal", "default", "strict"])
def test_a_released_preset_holds_exactly_the_rules_that_name_it(name):
    standard = preset(f"{name}@1")
    assert set(standard.rules) == {code for code, rule in RULES.items() if name in rule.presets}
    for code, setting in standard.rules.items():
        assert setting.severity in (None, RULES[code].severity), code


def test_default_is_every_rule_but_the_four_that_rulings_name():
    assert set(RULES) - set(preset("default@1").rules) == {"LV315", "LV316", "LV605", "LV606"}


def test_minimal_holds_the_errors_of_framing_time_level_identity_and_privacy():
    assert {code[2] for code in preset("minimal@1").rules} <= set("01236")
    assert preset_names() == ["default@1", "minimal@1", "strict@1"]


def test_an_unknown_preset_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean"):
        preset("strikt@1")


def test_rules_are_named_by_code_name_and_glob():
    assert rule_codes("LV304") == ["LV304"]
    assert rule_codes("id-only-in-message") == ["LV304"]
    assert rule_codes("LV60*") == [code for code in RULES if code.startswith("LV60")]
    assert rule_codes("nothing") == []
    standard = parse('[rules]\n"LV8*" = "off"\nid-only-in-message = "info"').standard
    assert not any(code.startswith("LV8") for code in standard.rules)
    assert standard.rules["LV304"].severity is Severity.INFO


def test_options_without_a_severity_keep_it_and_turn_a_rule_on_that_is_off():
    standard = parse('[rules]\nLV007 = { max_bytes = 10 }\nLV316 = { keys = ["env"] }').standard
    assert standard.rules["LV007"].severity is Severity.WARN
    assert standard.rules["LV007"].options.max_bytes == 10
    assert standard.rules["LV316"].severity is None


def test_a_service_may_have_its_own_preset_and_the_files_rules_stand_above_it():
    text = (
        '[services."a[1]"]\nstandard = "strict@1"\n[rules]\nLV407 = "off"\n[[overrides]]\nmatch = { service = "x" }\n'
    )
    standard = parse(text + 'rules = { LV001 = "error" }').standard
    own, written = standard.overrides
    assert own.match.service == "a[[]1]"
    assert own.rules["LV315"].severity is not Severity.OFF
    assert own.rules["LV407"].severity is Severity.OFF
    assert written.rules["LV001"].severity is Severity.ERROR


def test_an_override_keeps_the_options_it_does_not_mention():
    text = '[rules]\nLV007 = { max_bytes = 10 }\n[[overrides]]\nmatch = { service = "x" }\nrules = { LV007 = "error" }'
    override = parse(text).standard.overrides[0]
    assert override.rules["LV007"].options.max_bytes == 10
    assert override.rules["LV007"].severity is Severity.ERROR


def test_a_profile_renames_keys_and_the_file_stands_above_it():
    standard = parse('profile = "ecs"\n[rules]\nLV301 = { key = "svc" }').standard
    assert standard.ids["trace"].key == "trace.id"
    assert standard.rules["LV106"].options.key == "@timestamp"
    assert standard.rules["LV301"].options.key == "svc"
    assert standard.rules["LV106"].severity is preset("default@1").rules["LV106"].severity


def test_a_profile_turns_no_rule_on():
    assert "LV106" not in parse('standard = "minimal@1"\nprofile = "ecs"').standard.rules


def test_the_file_is_found_walking_up_and_paths_are_relative_to_it(tmp_path, monkeypatch):
    (tmp_path / "logview.toml").write_text('[services.a]\nlogs = ["logs/*.log"]\n')
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_text("")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    config = load()
    assert config.directory == str(tmp_path)
    assert config.log_paths() == ["../../logs/*.log"]
    assert config.service_of("../../logs/x.log") == "a"
    assert config.service_of(str(tmp_path / "logs" / "x.log.1")) == "a"
    assert config.service_of("x.log") is None


def test_without_a_file_everything_is_as_it_comes(tmp_path):
    config = Config(directory=str(tmp_path))
    assert config.file is None
    assert config.standard == preset("default@1")
    assert config.hints_of(str(tmp_path / "none.log")).service is None


def test_a_named_file_that_is_not_there_is_bad_use(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load(str(tmp_path / "logview.toml"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("logs/app.log", "logs/app.log"),
        ("logs/app.log.1", "logs/app.log"),
        ("logs/app.log.2.gz", "logs/app.log"),
        ("logs/app-2026-11-23.log", "logs/app.log"),
        ("logs/app.log-20261123.zst", "logs/app.log"),
    ],
)
def test_a_rotated_copys_name_leads_back_to_the_log(path, name):
    assert unrotated(path) == name


def test_a_second_worker_is_not_taken_for_a_rotated_copy(tmp_path):
    config = parse(
        '[services.a]\nlogs = ["worker.log"]\n[services.b]\nlogs = ["worker-1.log"]',
        file=str(tmp_path / "logview.toml"),
    )
    assert config.service_of(str(tmp_path / "worker-1.log")) == "b"


def test_ids_of_the_file_are_what_decoding_looks_for(tmp_path):
    config = parse('[ids.job]\nkey = "task_id"\naliases = ["taskId"]\n[ids.tenant]\nkey = "tenant_id"\n')
    aliases = config.hints_of(str(tmp_path / "x.log")).ids
    assert aliases.job[:2] == ("task_id", "taskId")
    assert "job" in aliases.job
    assert aliases.more == (("tenant_id", ()),)
    assert "reqId" in aliases.request


def test_a_format_must_take_its_sample():
    good = '[[formats]]\nname = "own"\nformat = "%(asctime)s <%(levelname)s> %(message)s"\n'
    sample = 'sample = ["2026-11-23 08:54:07,410 <INFO> solve started"]\n'
    config = parse(good + sample + '[services.a]\nlogs = ["a.log"]\nformat = "own"\n')
    assert config.format_named("own") == "%(asctime)s <%(levelname)s> %(message)s"
    assert config.hints_of("a.log").format == "%(asctime)s <%(levelname)s> %(message)s"
    with pytest.raises(ConfigError, match="does not take its sample") as caught:
        parse(good + 'sample = ["something else"]\n')
    assert caught.value.line == 4
