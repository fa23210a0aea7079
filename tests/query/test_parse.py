"""Text → Query → text, and what is said about a filter that does not parse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.errors import QueryError
from logview.query import parse
from logview.query.model import (
    And,
    Breaks,
    Compare,
    Has,
    IsViolation,
    Missing,
    Node,
    Not,
    Op,
    Or,
    Query,
    Search,
    Text,
    conjunction,
    disjunction,
)
from logview.query.value import Value, moment_of, value_of

NOW_NS = 1_795_424_047_410_000_000  # 2026-11-23T08:54:07.410Z


def shape(text: str) -> Node:
    return parse(text, now_ns=NOW_NS).node


def compare(field: str, op: Op, *values: str) -> Compare:
    return Compare(field, op, tuple(value_of(value) for value in values))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", And(())),
        ("  ", And(())),
        ("a b", And((Text("a"), Text("b")))),
        ("a and b", And((Text("a"), Text("b")))),
        ("a or b c", Or((Text("a"), And((Text("b"), Text("c")))))),
        ("(a or b) c", And((Or((Text("a"), Text("b"))), Text("c")))),
        ("-a", Not(Text("a"))),
        ("not a b", And((Not(Text("a")), Text("b")))),
        ("NOT a OR b", Or((Not(Text("a")), Text("b")))),
        ("-(a b)", Not(And((Text("a"), Text("b"))))),
        ("job=job-7f3a", compare("job_id", Op.EQ, "job-7f3a")),
        ("jobId=x", compare("job_id", Op.EQ, "x")),
        ("msg=x", compare("message", Op.EQ, "x")),
        ("err.type=TypeError", compare("err.type", Op.EQ, "TypeError")),
        ("a=x,y", compare("a", Op.EQ, "x", "y")),
        ('a="x,y"', compare("a", Op.EQ, "x,y")),
        ('a="x","y z"', compare("a", Op.EQ, "x", "y z")),
        ("a!=x", compare("a", Op.NE, "x")),
        ("service:opt*", compare("service", Op.GLOB, "opt*")),
        ("logger:uvicorn.*", compare("logger", Op.GLOB, "uvicorn.*")),
        (r"msg~^(a|b)\d+$", Compare("message", Op.REGEX, (Value(r"^(a|b)\d+$"),))),
        (r"(msg~a(b)?)", Compare("message", Op.REGEX, (Value(r"a(b)?"),))),
        ("a!~x", Compare("a", Op.NOT_REGEX, (Value("x"),))),
        ("level>=WARN", compare("level", Op.GE, "WARN")),
        ("duration_ms>500ms", compare("duration_ms", Op.GT, "500ms")),
        ("has:err", Has("err")),
        ("missing:jobId", Missing("job_id")),
        ('"a phrase"', Text("a phrase")),
        (r'"say \"hi\""', Text('say "hi"')),
        (r"/a\/b\d/", Search(r"a/b\d")),
        ("rule:LV303", Breaks(("LV303",))),
        ("rule:lv3*,LV101", Breaks(("LV3*", "LV101"))),
        ("is:violation", IsViolation()),
        ("http://host/x", Text("http://host/x")),
        ("08:15:03", Text("08:15:03")),
        ("job-7f3a", Text("job-7f3a")),
        ('"weird key"=1', compare("weird key", Op.EQ, "1")),
        ('"or"', Text("or")),
    ],
)
def test_a_filter_means_this_tree(text: str, node: Node) -> None:
    assert node == shape(text)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("level>=wran", 7, 'did you mean "warn"'),
        ("level=loud", 6, "write trace, debug"),
        ("a=", 2, "value is missing"),
        ("a==b", 1, "did you mean =?"),
        ("a=>5", 1, "did you mean >=?"),
        ("(a", 0, "never closed"),
        ("a)", 1, "never opened"),
        ('"abc', 0, "never closed"),
        ("/abc", 0, "quotes"),
        ("/var/log", 5, '"/var/log"'),
        ("msg~(", 5, "bad regex"),
        ("msg~[a )]x", 6, "bad regex"),
        ("is:violatoin", 3, "did you mean"),
        ("time>soon", 5, "2026-11-23T08:00"),
        ("time>=2026-11-23 08:00", 17, "T between"),
        ("or", 0, "quotes"),
        ("a or", 4, "missing here"),
        ("- a", 0, "directly before"),
        ("user>abc", 5, "has no order"),
        ("a && b", 2, "one after the other"),
        ("rule:job", 5, "no rule code"),
        ("=5", 0, "field name is missing"),
        ("a>1,2", 3, "one value"),
        ('""', 0, "empty phrase"),
        ("//", 0, "empty pattern"),
        ("(" * 200, 100, "deep"),
    ],
)
def test_what_does_not_parse_points_at_the_character_and_suggests(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, now_ns=NOW_NS)
    assert position == caught.value.position
    assert says in caught.value.message
    assert str(caught.value).endswith("\n  " + " " * position + "^")


@pytest.mark.parametrize(
    ("text", "start_ns", "length_ns"),
    [
        ("-15m", NOW_NS - 900 * 10**9, 1),
        ("-1h30m", NOW_NS - 5400 * 10**9, 1),
        ("2026-11-23", 1_795_392_000 * 10**9, 86400 * 10**9),
        ("2026-11-23T08:00", 1_795_420_800 * 10**9, 60 * 10**9),
        ("2026-11-23 08:00:05", 1_795_420_805 * 10**9, 10**9),
        ("2026-11-23T08:00:05.25Z", 1_795_420_805_250_000_000, 10**7),
        ("2026-11-23T09:00:05+01:00", 1_795_420_805 * 10**9, 10**9),
        ("08:15", 1_795_421_700 * 10**9, 60 * 10**9),
        ("1795424047", 1_795_424_047 * 10**9, 10**9),
        ("1795424047410", 1_795_424_047_410 * 10**6, 10**6),
        ("today", 1_795_392_000 * 10**9, 86400 * 10**9),
    ],
)
def test_times_mean_the_span_they_were_written_for(text: str, start_ns: int, length_ns: int) -> None:
    from datetime import UTC

    moment = moment_of(text, now_ns=NOW_NS, zone=UTC)
    assert moment is not None
    assert (start_ns, length_ns) == (moment.start_ns, moment.end_ns - moment.start_ns)


def _compiles(pattern: str) -> bool:
    from logview.query.regexp import PatternError, searcher

    try:
        searcher(pattern)
    except PatternError:
        return False
    return True


FIELDS = st.sampled_from(["a", "job_id", "err.type", "weird key", "level_x", "or", "x-y", "@t", "é"])
TEXTS = st.text(min_size=1, max_size=8)
VALUES = st.text(max_size=6).map(value_of)
LEAVES = st.one_of(
    TEXTS.map(Text),
    st.text("ab/\\d+. ", min_size=1, max_size=6).filter(lambda p: not _ends_escaped(p)).map(Search),
    st.builds(Has, FIELDS),
    st.builds(Missing, FIELDS),
    st.builds(lambda globs: Breaks(tuple(globs)), st.lists(st.sampled_from(["LV303", "LV3*"]), min_size=1, max_size=3)),
    st.just(IsViolation()),
    st.builds(
        lambda field, op, values: Compare(field, op, tuple(values)),
        FIELDS,
        st.sampled_from([Op.EQ, Op.NE, Op.GLOB]),
        st.lists(VALUES, min_size=1, max_size=3),
    ),
    st.builds(
        lambda field, op, number: Compare(field, op, (value_of(number),)),
        FIELDS,
        st.sampled_from([Op.GT, Op.GE, Op.LT, Op.LE]),
        st.integers(-(10**6), 10**6).map(str),
    ),
    st.builds(
        lambda field, op, text: Compare(field, op, (Value(text),)),
        FIELDS,
        st.sampled_from([Op.REGEX, Op.NOT_REGEX]),
        st.text('a b"()\\,é', min_size=1, max_size=5).filter(_compiles),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: conjunction(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: disjunction(tuple(parts))),
    ),
    max_leaves=6,
)


def _ends_escaped(pattern: str) -> bool:
    """Whether no slash-delimited spelling has this pattern: it ends in half an escape, or hyperscan refuses it."""
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1 or "\\/" in pattern or not _compiles(pattern)


@given(TREES)
def test_printing_and_parsing_again_is_the_identity(tree: Node) -> None:
    query = Query(tree)
    again = parse(query.text, now_ns=NOW_NS)
    assert query.text == again.text
    assert _without_moments(tree) == _without_moments(again.node)


def _without_moments(node: Node) -> Node:
    """Times as numbers ("a>123456789") are read once more by the parser; only their text is the filter's."""
    match node:
        case And(parts):
            return And(tuple(_without_moments(part) for part in parts))
        case Or(parts):
            return Or(tuple(_without_moments(part) for part in parts))
        case Not(part):
            return Not(_without_moments(part))
        case Compare(field, op, values):
            return Compare(field, op, tuple(Value(value.text) for value in values))
    return node


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused_with_a_position_inside_it(text: str) -> None:
    try:
        query = parse(text, now_ns=NOW_NS)
    except QueryError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017  both ends are right
    else:
        assert query == parse(query.text, now_ns=NOW_NS)
