"""Reports: Markdown and HTML show text from logs and source as text; tables name a place for every cell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from logview.cli.inventory import command as inventory_command
from logview.inventory import take
from logview.inventory.charts import paired, stacked, timeline
from logview.inventory.document import (
    NOT_FOUND,
    Document,
    Heading,
    Table,
    markdown_code,
    markdown_text,
    to_html,
    to_markdown,
)
from logview.inventory.tables import tables

HOSTILE = "</td><script>alert(1)</script>\x1b]0;x\x07\u202e | `a`"


OURS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "span",
        "figure",
        "figcaption",
        "svg",
        "text",
        "rect",
        "p",
    ]
)


class Text(HTMLParser):
    """Collects tags and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.text.append(data)


def page(cell):
    table = Table("T " + cell, ("a", "b"), ((cell, cell),), code=frozenset({1}))
    return Document(cell, [Heading(cell), table, stacked("mix", {cell: {"info": 3}}, ("info",))])


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_no_text_can_become_markup_in_html(text):
    reader = Text()
    reader.feed(to_html(page(text)))
    assert set(reader.tags) <= OURS


def test_hostile_text_is_shown_and_does_nothing():
    reader = Text()
    reader.feed(to_html(page(HOSTILE)))
    assert "script" not in reader.tags
    assert any("<script>alert(1)</script>" in text for text in reader.text)
    assert "\x1b" not in to_html(page(HOSTILE)) + to_markdown(page(HOSTILE))
    assert "\u202e" not in to_html(page(HOSTILE)) + to_markdown(page(HOSTILE))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_markdown_row_keeps_its_number_of_cells(text):
    made = to_markdown(Document("x", [Table("t", ("a", "b"), ((text, text),), code=frozenset({1}))]))
    row = made.rstrip("\n").split("\n")[-1]
    assert 3 == len(re.findall(r"(?<!\\)(?:\\\\)*\|", row))


def test_markdown_escapes_only_what_would_be_markup():
    assert "job_id \\_x\\_ <1 % \\<b>" == markdown_text("job_id _x_ <1 % <b>")
    assert "`` a`b ``" == markdown_code("a`b").replace("``a`b``", "`` a`b ``")


def test_charts_say_in_words_what_they_show():
    assert "a: info 75.0 %, warn 25.0 %." == stacked("t", {"a": {"info": 3, "warn": 1}}, ("info", "warn")).words
    assert "at most 4 records" in timeline("t", {"a": {10: 4, 12: 1}}, 1).words
    assert "job_id 50 % / 0 %" in paired("t", [("job_id", 50, 0)], ("a", "b")).words
    assert "No record has a time." == timeline("t", {"a": {}}, 1).words


def test_every_table_of_an_empty_service_says_not_found(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    made = tables(take([str(tmp_path)]))
    assert list("ABCDEFGHIJKLMN") == [table.title[0] for table in made]
    shown = to_markdown(Document("x", list(made)))
    assert shown.count(NOT_FOUND) == len(made)


def test_cells_name_their_file_and_line(tmp_path):
    (tmp_path / "log.ts").write_text(
        "import pino from 'pino'\n\nexport const log = pino({ level: 'info', redact: ['token'] })\n"
        "log.info({ jobId }, 'queued')\n"
    )
    made = {table.title[0]: table for table in tables(take([str(tmp_path)]))}
    place = f"{tmp_path}/log.ts:3"
    for letter in "ABCDEI":
        assert any(place in row[2] for row in made[letter].rows), letter
    assert [f"{tmp_path}/log.ts:4"] == [row[1] for row in made["L"].rows]
    assert ("jobId", "passed at 1 call", f"{tmp_path}/log.ts:4") in made["G"].rows


def test_json_output_holds_sites_setups_and_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.ts").write_text("import pino from 'pino'\nexport const log = pino()\nlog.info('queued')\n")
    (tmp_path / "a.ndjson").write_text('{"level":30,"time":1795424047410,"msg":"queued"}\n')
    done = CliRunner().invoke(inventory_command, [".", "--output", "json", "--logs", "a.ndjson"])
    data = json.loads(done.output)
    assert [("log.ts", 3, "queued")] == [(s["file"], s["line"], s["template"]) for s in data["call_sites"]]
    assert [("log.ts", 2, "pino", [])] == [(s["file"], s["line"], s["kind"], s["options"]) for s in data["setups"]]
    assert {"call_sites", "setups", "middleware", "facts", "tables", "problems"} <= data.keys()


def test_logs_are_joined_to_the_only_source_there_is(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(
        "import logging\nlog = logging.getLogger()\ndef a():\n    log.info('saved %s', 1)\n"
        "def b():\n    log.info('saved %s', 2)\ndef c():\n    log.info('dropped')\n"
    )
    (tmp_path / "shop.log").write_text(
        "2026-11-28 19:28:38,318 INFO shop: saved 7\n2026-11-28 19:28:38,318 INFO shop: out of the blue\n"
    )
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(inventory_command, ["src", "--output", "json", "--logs", "shop.log"])
    data = json.loads(done.stdout)
    made = {table["title"]: table["rows"] for table in next(iter(data["tables"].values()))}
    assert [row[0::3] for row in made["Declared and seen"]] == [
        ["src/app.py:4", "1, one of 2 sites"],
        ["src/app.py:6", "1, one of 2 sites"],
    ]
    assert [row[0] for row in made["Declared and never seen"]] == ["src/app.py:8"]
    assert [row[0] for row in made["Seen and not declared"]] == ["out of the blue"]


def test_records_of_a_service_without_source_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("import logging\nlogging.info('x')\n")
    (tmp_path / "b.ndjson").write_text('{"level":30,"time":1795424047410,"service":"other","msg":"queued"}\n')
    done = CliRunner().invoke(inventory_command, [".", "--logs", "b.ndjson"])
    assert 'service "other", of which no source was read' in done.stderr


def test_a_folder_that_is_not_there_is_bad_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(inventory_command, ["nowhere"])
    assert "nowhere" in str(done.exception)


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_every_form_shows_the_call_site(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("import logging\nlog = logging.getLogger(__name__)\nlog.info('queue drained')\n")
    done = CliRunner().invoke(inventory_command, [".", "--output", form])
    assert 0 == done.exit_code
    assert "queue drained" in done.output


@pytest.mark.chromium
def test_a_browser_shows_the_page_and_runs_nothing(tmp_path):
    chromium = next(p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n)))
    file = tmp_path / "page.html"
    file.write_text(to_html(page(HOSTILE)), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile", "--dump-dom"]
    done = subprocess.run(
        [chromium, *arguments, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    reader = Text()
    reader.feed(done.stdout)
    assert "script" not in reader.tags
    assert {"svg", "table", "rect"} <= set(reader.tags)


def test_long_rows_become_cards_in_html_and_stay_rows_in_markdown():
    table = Table("T", ("Name", "a", "b", "Agree"), (("time", "x", "<y>", "no"),), cards=((1, 2),), verdict=3)
    page = to_html(Document("D", [table]))
    assert '<h4>time<span class="badge no">agree: no</span></h4>' in page
    assert "<dt>b</dt><dd>&lt;y&gt;</dd>" in page
    assert "| Name | a | b | Agree |" in to_markdown(Document("D", [table]))
