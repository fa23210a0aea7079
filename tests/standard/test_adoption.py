"""Fingerprints, tallies, baselines, waivers and excerpts, each by itself."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from logview.config import parse
from logview.errors import ConfigError, UsageError
from logview.record import Level, Record, Time, TimeKind
from logview.standard import baseline as baselines
from logview.standard.gate import Gate
from logview.standard.load import preset
from logview.standard.model import Finding, Match, Severity, Site, Violation
from logview.standard.place import Toml, suggestion
from logview.standard.report.excerpt import excerpt, span_of
from logview.standard.report.jsonlines import dumps
from logview.standard.report.summary import percent
from logview.standard.tally import Tally, fingerprint, place, score
from logview.standard.waivers import add_waiver, attention

TODAY = dt.date(2026, 11, 23)


def finding(
    rule="LV304", *, line=1, severity=Severity.WARN, service="a", template="t", field=None, found="", site=None
):
    violation = Violation(rule, "name", severity, field, found, "want", "message")
    return Finding(violation, "a.log", line, service, template, site=site)


def test_a_fingerprint_forgets_the_line_and_keeps_rule_service_place_and_field():
    assert fingerprint(finding(line=1)) == fingerprint(finding(line=99))
    others = [finding("LV303"), finding(service="b"), finding(template="u"), finding(field="f")]
    assert len({fingerprint(one) for one in [finding(), *others]}) == 5


def test_the_call_site_takes_the_templates_place_and_its_line_may_move():
    at = [Site("src/a.ts", line, "run", "job ${id}") for line in (3, 30)]
    assert fingerprint(finding(site=at[0])) == fingerprint(finding(template="other", site=at[1]))
    assert place(finding(site=Site("", 0))) == "t"


def test_a_groups_count_goes_on_when_no_more_findings_are_kept():
    tally = Tally(keep=2)
    for line in range(1, 6):
        tally.add(finding(line=line))
    (group,) = tally.groups.values()
    assert (group.count, [one.line for one in group.findings]) == (5, [1, 2])


def records(tally, count, service="a"):
    for _ in range(count):
        tally.observe(Record(level=Level.INFO, message="m", time=Time(1, TimeKind.EPOCH_MS)), service)


def test_a_record_that_breaks_three_rules_fails_once_and_info_does_not_count():
    tally = Tally()
    records(tally, 4)
    for rule in ("LV303", "LV304", "LV305"):
        tally.add(finding(rule, line=2))
    tally.add(finding(line=3, severity=Severity.INFO))
    assert tally.failing() == 1
    assert tally.conforming() == 75.0


def test_tallies_of_parts_add_up_to_the_tally_of_the_whole():
    whole, parts = Tally(keep=3), [Tally(keep=3), Tally(keep=3)]
    for at in range(40):
        one = finding(template=f"t{at % 3}", line=at + 1, service="ab"[at % 2])
        for tally in (whole, parts[at // 20]):
            records(tally, 1, "ab"[at % 2])
            tally.add(one)
    parts[0].merge(parts[1])
    assert parts[0].records == whole.records
    assert parts[0].by_rule == whole.by_rule
    assert parts[0].failing() == whole.failing()
    assert parts[0].groups == whole.groups


def test_the_score_is_the_weight_of_what_passed():
    standard = msgspec.structs.replace(preset("default@1"), rules={})
    assert score(standard, Tally()) == 100.0
    rules = preset("default@1").rules
    standard = msgspec.structs.replace(standard, rules={code: rules[code] for code in ("LV301", "LV304", "LV305")})
    tally = Tally()
    tally.add(finding("LV304"))
    assert score(standard, tally) == pytest.approx(100 * (40 + 10) / 70)
    assert score(standard, tally, "b") == 100.0


def test_source_rules_count_only_when_source_was_checked():
    rules = {code: setting for code, setting in preset("default@1").rules.items() if code in ("LV301", "LV801")}
    standard = msgspec.structs.replace(preset("default@1"), rules=rules)
    tally = Tally()
    tally.add(finding("LV301"))
    assert score(standard, tally) == 0.0
    assert score(standard, tally, source=True) == pytest.approx(100 * 20 / 60)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (100.0, "100 %"), (99.99, "99.9 %"), (0.01, "0.1 %"), (50.0, "50.0 %")]
)
def test_only_what_is_whole_reads_as_whole(value, text):
    assert percent(value) == text


def test_a_baseline_survives_being_written_and_read(tmp_path):
    tally = Tally()
    records(tally, 10)
    for line in (1, 2, 3):
        tally.add(finding(line=line, template='quote " and \\ and é'))
    path = str(tmp_path / "b.json")
    made = baselines.updated(None, tally, standard="default@1", budget={}, today=TODAY)
    baselines.write(path, made)
    assert baselines.read(path) == made
    (entry,) = made.entries
    assert (entry.count, entry.per_1000, entry.first_seen) == (3, 300.0, TODAY)


def test_an_entry_that_is_seen_again_keeps_its_first_day_and_one_that_is_not_stays():
    first, second = Tally(), Tally()
    first.add(finding("LV303"))
    first.add(finding("LV304"))
    second.add(finding("LV304"))
    old = baselines.updated(None, first, standard="s", budget={}, today=TODAY)
    later = TODAY + dt.timedelta(days=9)
    new = baselines.updated(old, second, standard="s", budget={}, today=later)
    assert {one.rule: (one.first_seen, one.last_seen) for one in new.entries} == {
        "LV303": (TODAY, TODAY),
        "LV304": (TODAY, later),
    }


@pytest.mark.parametrize("content", ["", "{", "[]", '{"entries": [{"rule": 1}]}', "\xff"])
def test_what_is_no_baseline_is_bad_use(tmp_path, content):
    path = tmp_path / "b.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(UsageError, match="is no baseline"):
        baselines.read(str(path))


def test_what_is_no_earlier_run_is_bad_use(tmp_path):
    path = tmp_path / "old.json"
    path.write_text("LV304: something\n")
    with pytest.raises(UsageError, match="this is no line of"):
        baselines.earlier_counts(str(path))


def waiver(days, text=""):
    expires = TODAY + dt.timedelta(days=days)
    return parse(
        f'{text}[[waivers]]\nrule = "LV207"\nreason = "draining"\nowner = "platform"\nexpires = {expires}\n'
    ).standard


@pytest.mark.parametrize(
    ("days", "used", "said"),
    [
        (15, {0: 1}, []),
        (14, {0: 1}, [(Severity.WARN, "ends in 14 days")]),
        (1, {0: 1}, [(Severity.WARN, "ends in 1 day,")]),
        (0, {0: 1}, [(Severity.WARN, "ends today")]),
        (-1, {}, [(Severity.ERROR, "ended on 2026-11-22")]),
        (15, {}, [(Severity.INFO, "was not needed")]),
    ],
)
def test_a_waiver_asks_for_attention_before_and_after_its_end(days, used, said):
    notices = attention(waiver(days), used, today=TODAY)
    assert [one.severity for one in notices] == [severity for severity, _ in said]
    assert all(text in notice.text for notice, (_, text) in zip(notices, said, strict=True))


def test_a_waiver_is_written_below_what_stands_and_comments_stay(tmp_path):
    path = tmp_path / "logview.toml"
    before = '# ours\nstandard = "default@1"   # pinned\n\n[rules]\nLV407 = "off" # later\n'
    path.write_text(before)
    match = Match(service="scheduler", template='GET "x" *')
    add_waiver(str(path), "LV207", reason=" draining ", owner="platform", expires=TODAY, match=match)
    add_waiver(str(path), "LV204", reason="r", owner="o", expires=TODAY)
    assert path.read_text().startswith(before)
    first, second = parse(path.read_text()).standard.waivers
    assert (first.rule, first.reason, first.owner, first.expires, first.match) == (
        "LV207", "draining", "platform", TODAY, match,
    )  # fmt: skip
    assert (second.rule, second.match) == ("LV204", Match())


def test_a_waiver_makes_the_file_that_is_not_there(tmp_path):
    path = tmp_path / "logview.toml"
    add_waiver(str(path), "LV207", reason="r", owner="o", expires=TODAY)
    assert parse(path.read_text()).standard.name == "default@1"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"reason": " ", "owner": "o"}, UsageError),
        ({"reason": "r", "owner": ""}, UsageError),
        ({"rule": "LV999", "reason": "r", "owner": "o"}, ConfigError),
    ],
)
def test_a_waiver_that_does_not_hold_is_not_written(tmp_path, arguments, error):
    path = tmp_path / "logview.toml"
    path.write_text('standard = "default@1"\n')
    with pytest.raises(error):
        add_waiver(str(path), arguments.pop("rule", "LV207"), expires=TODAY, **arguments)
    assert path.read_text() == 'standard = "default@1"\n'


def test_the_gate_fails_on_lost_bytes_whatever_was_found():
    from logview.sources import Notice

    gate = Gate(preset("default@1"))
    gate.note("a.gz", Notice(0, "rotated", "rotated"))
    assert not gate.report(waived={}, today=TODAY).failed
    gate.note("a.gz", Notice(0, "unpack", "broken"))
    assert gate.report(waived={}, today=TODAY).failed


@pytest.mark.parametrize(
    ("line", "field", "found", "marked"),
    [
        ('{"a":{"err":{}},"msg":"x"}', "a.err", "{}", "{}"),
        ('{"jobId":"job-1"}', "jobId", "jobId", "jobId"),
        ('{"msg":"job job-7f3a is done"}', "message", "job-7f3a", "job-7f3a"),
        ('{"time" : 17, "x":1}', "time", "17", "17"),
        ("level=info job_id=7 msg=x", "job_id", "7", "7"),
        ("2026-11-23 08:54:07,410 INFO x", "time", "2026-11-23 08:54:07,410", "2026-11-23 08:54:07,410"),
        ('{"a":"say \\"x\\"","b":1}', "a", "", '"say \\"x\\""'),
    ],
)
def test_the_caret_stands_under_what_is_at_fault(line, field, found, marked):
    start, end = span_of(line, finding(field=field, found=found))
    assert line[start:end] == marked


def test_an_excerpt_masks_cleans_and_cuts_around_the_field():
    text = '{"password":"hunter2-swordfish","pad":"' + "x" * 400 + '","code":"\x1b[31m","z":1}'
    shown, carets = excerpt(text, finding(field="code"))
    assert "hunter2" not in shown
    assert "\x1b" not in shown
    assert len(shown) == 100
    assert shown[carets.index("^")] == '"'
    assert shown.startswith("…")


def test_an_excerpt_of_a_long_record_says_how_many_lines_it_left_out():
    assert excerpt("\n".join("abcdefghij"), finding())[-1] == "… 4 more lines"


def test_json_holds_nothing_that_a_terminal_obeys():
    text = dumps({"a": "\x9b31m \u202e \ud800 \U000e0041 é"})
    assert msgspec.json.decode(text)["a"] == "\x9b31m \u202e \ufffd \U000e0041 é"
    assert not {"\x9b", "\u202e", "\U000e0041"} & set(text)


def test_a_place_is_found_inside_values_of_several_lines():
    toml = Toml('a = [\n  1,\n  "x", # c\n]\n[b]\nc = """\nlong\n"""\nd = 1\n[[e]]\n[[e]]\nf = { g = 2 }\n', file="f")
    assert toml.line_of(("a",)) == 1
    assert toml.line_of(("b", "c")) == 6
    assert toml.line_of(("b", "d")) == 9
    assert toml.line_of(("e", 1)) == 11
    assert toml.line_of(("e", 1, "f", "g")) == 12
    assert toml.line_of(("nix",)) is None


def test_a_suggestion_forgives_order_case_and_letters():
    known = ["job-id-missing", "secret-value"]
    assert suggestion("missing-job-id", known) == '; did you mean "job-id-missing"?'
    assert suggestion("Secret-Valu", known) == '; did you mean "secret-value"?'
    assert suggestion("nothing-like-it", known) == ""
