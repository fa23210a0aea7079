"""Message to call site: which calls may have written a record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import decode_bytes
from logview.inventory import take
from logview.inventory.index import ServiceIndex, source_index
from logview.inventory.model import LogCall
from logview.inventory.templates import SiteIndex, brace_pieces, is_library, percent_pieces, pieces


def call(template, kind="static", **more):
    given_ = {"language": "typescript", "library": "pino", "level": "info", "keys": ()} | more
    return LogCall(
        file=given_.pop("file", "a.ts"), line=given_.pop("line", 1), function=given_.pop("function", None),
        logger="log",
        template=template, kind=kind, in_catch=False, method="info", service="s", start=0, end=0, **given_,
    )  # fmt: skip


PYTHON = {"language": "python", "library": "logging"}
MATCHES = [
    (call("job queued"), "job queued", True),
    (call("job queued"), "job queued again", False),
    (call("queue %s drained", "printf", arguments=1), "queue main drained", True),
    (call("queue %s drained", "printf", arguments=1), "queue drained", False),
    (call("100%% of %s", "printf", arguments=1), "100% of main", True),
    (call("slow ${name} tick", "template"), "slow night tick", True),
    (call("${f({a: 1})} of ${n}", "template"), "3 of 4", True),
    (call("user ${} in", "concat"), "user kim in", True),
    (call("took %.2f ms", "printf", arguments=1, **PYTHON), "took 1.25 ms", True),
    (call("%(job)s took %d ms", "printf", arguments=1, **PYTHON), "job-1 took 3 ms", True),
    (call("plan {n:.1f} of {{x}}", "template", **PYTHON), "plan 3.0 of {x}", True),
    (call("solving %s", "template", **PYTHON), "solving job-1", True),
    (call("plan {} stored", "printf", arguments=1, language="python", library="loguru"), "plan 7 stored", True),
    (call("ready", prefix="[db] "), "[db] ready", True),
    (call("a ${x}\nb", "template"), "a 1\n2\nb", True),
]


@pytest.mark.parametrize(("site", "message", "expected"), MATCHES)
def test_a_template_takes_the_messages_it_writes(site, message, expected):
    assert ((site,) if expected else ()) == SiteIndex([site]).matching(message)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="%{}$"), max_size=8), min_size=2, max_size=5),
    st.data(),
)
def test_whatever_stands_in_the_holes_the_template_is_found(literals, data):
    template = "${x}".join(literals)
    holes = [data.draw(st.text(max_size=8)) for _ in literals[1:]]
    message = literals[0] + "".join(hole + literal for hole, literal in zip(holes, literals[1:], strict=True))
    site = call(template, "template")
    assert (site,) == SiteIndex([call("some other text"), site, call("other ${y}", "template")]).matching(message)[:1]


@given(st.text(max_size=60))
def test_splitting_a_template_loses_no_literal_character(text):
    assert len("".join(brace_pieces(text, "${"))) <= len(text)
    import re

    assert "".join(percent_pieces(text, re.compile("(?!)"))) == text


def test_the_most_literal_template_comes_first():
    wide, narrow = call("${a}", "template", line=1), call("job ${a} failed", "template", line=2)
    assert (narrow,) == SiteIndex([wide, narrow]).matching("job 7 failed")
    assert (wide,) == SiteIndex([wide, narrow]).matching("anything")


def records(*lines):
    return decode_bytes("".join(line + "\n" for line in lines).encode())


def test_level_keys_and_logger_tell_equal_texts_apart():
    info = call("step done", line=1, keys=("n",))
    error = call("step done", line=2, level="error")
    index = SiteIndex([info, error])
    [record] = records('{"level":50,"time":1795424047410,"msg":"step done"}')
    assert (error,) == index.sites(record)
    [record] = records('{"level":30,"time":1795424047410,"n":1,"msg":"step done"}')
    assert (info,) == index.sites(record)


def test_calls_that_nothing_tells_apart_are_all_named():
    same = [call("step done", line=number) for number in (1, 2, 3)]
    [record] = records('{"level":30,"time":1795424047410,"msg":"step done"}')
    assert tuple(same) == SiteIndex(same).sites(record)


def test_a_python_record_is_held_to_its_function():
    first, second = (call("solved", function=name, line=n, **PYTHON) for n, name in enumerate(("a", "b"), 1))
    line = (
        '{"asctime": "2026-11-23 08:57:31,107", "levelname": "INFO", "name": "x", "funcName": "b", "message": "solved"}'
    )
    [record] = records(line)
    assert (second,) == SiteIndex([first, second]).sites(record)


def test_a_computed_message_comes_last_and_only_where_all_else_fits():
    computed, literal = call(None, "dynamic", line=1), call("known", line=2)
    index = SiteIndex([computed, literal])
    known, other, louder = records(
        '{"level":30,"time":1795424047410,"msg":"known"}', '{"level":30,"time":1795424047410,"msg":"other"}',
        '{"level":50,"time":1795424047410,"msg":"other"}',
    )  # fmt: skip
    assert (literal,) == index.sites(known)
    assert (computed,) == index.sites(other)
    assert () == index.sites(louder)


def test_library_messages_are_known_and_have_no_place(tmp_path):
    (tmp_path / "a.ts").write_text("import pino from 'pino'\nconst log = pino()\nlog.info('mine')\n")
    index = source_index({"svc": [str(tmp_path)]})
    assert [True, False] == [index.covers(name) for name in ("svc", "other")]
    mine, library, unknown = records(
        '{"level":30,"time":1795424047410,"msg":"mine"}', '{"level":30,"time":1795424047410,"msg":"request completed"}',
        '{"level":30,"time":1795424047410,"msg":"from nowhere"}',
    )  # fmt: skip
    assert [3] == [site.line for site in index.sites("svc", mine)]
    assert [("", 0)] == [(site.file, site.line) for site in index.sites("svc", library)]
    assert [] == list(index.sites("svc", unknown))
    assert [] == list(index.sites("other", mine))
    assert isinstance(index, ServiceIndex)


@pytest.mark.parametrize(
    "message",
    [
        "request completed",
        "Server listening at http://127.0.0.1:3000",
        '127.0.0.1:1 - "GET / HTTP/1.1" 200',
        "Not Found: /x",
    ],
)
def test_messages_of_libraries_are_known(message):
    assert is_library(message)


def test_a_hostile_message_costs_no_more_than_its_length():
    import time

    site = call("${a}".join(["a"] * 12), "template")
    start = time.process_time()
    SiteIndex([site]).matching("a" * 200_000 + "b")
    assert time.process_time() - start < 2


def test_prefix_and_also_texts_are_templates_of_their_call():
    site = call(None, "dynamic", also=("up", "down"))
    index = SiteIndex([site])
    assert (site,) == index.matching("up") == index.matching("down")
    assert ("[x] a",) == pieces("a", "static", call("a", prefix="[x] "))


def test_what_a_library_writes_leads_to_where_it_is_set_up(tmp_path):
    (tmp_path / "app.ts").write_text("import pinoHttp from 'pino-http'\n\napp.use(pinoHttp({}))\n")
    index = ServiceIndex(take([str(tmp_path)], {"web": [str(tmp_path)]}))
    access = decode_bytes(b'{"level":30,"time":1,"req":{"id":1},"res":{"statusCode":200},"msg":"request completed"}\n')[
        0
    ]
    assert [(site.library, site.line) for site in index.sites("web", access)] == [("pino-http", 3)]
    other = decode_bytes(b"INFO:     Application startup complete.\n")[0]
    assert [(site.library, site.file) for site in index.sites("web", other)] == [("a library", "")]
