"""The formatter found in a service's source decodes its log wherever the log is read."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logview.config import load
from logview.engine import Engine
from logview.inventory.formatters import format_of, formats_of, formatters_of, is_needed

SAMPLES = Path(__file__).parents[2] / "samples"
LAYOUT = "<%(levelname)s> (%(name)s) %(message)s @%(funcName)s:%(lineno)d"
SERVICE = f"""
import logging
LAYOUT = {LAYOUT!r}
handler = logging.FileHandler("logs/app.log")
handler.setFormatter(logging.Formatter(LAYOUT))
log = logging.getLogger("app.core")
log.addHandler(handler)
log.setLevel(10)

def solve():
    log.info("solve started")
    log.warning("could not find a route")

if __name__ == "__main__":
    solve()
"""


def printed(*arguments: str) -> str:
    """What a command writes; it may write past sys.stdout."""
    done = subprocess.run([sys.executable, "-m", "logview", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A service with a layout of its own, run once; the working directory has its logview.toml."""
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("logs").mkdir()
    Path("src/app.py").write_text(SERVICE)
    subprocess.run([sys.executable, "src/app.py"], check=True)
    Path("logview.toml").write_text(
        'standard = "default@1"\n[services.app]\ndialect = "python"\nlogs = ["logs/app.log"]\nsource = ["src"]\n'
    )
    return tmp_path


def test_the_formatters_of_the_sample_service_are_found():
    found = formatters_of([str(SAMPLES / "optimizer")])
    assert ("%(asctime)s [%(levelname)s] %(name)s %(funcName)s job=%(job_id)s: %(message)s", None) == found[0]
    assert ("%(asctime)s %(levelname)s %(name)s %(message)s", None) in found


def test_the_sample_service_is_decoded_as_its_formatter_writes():
    """The layout is recognized by itself; told or not, every record of the recording says the same."""
    from logview.decode import Hints, decode_bytes

    (text, date), *_ = formatters_of([str(SAMPLES / "optimizer")])
    made = format_of(text, date)
    assert made is not None
    assert not is_needed(made)
    assert () == formats_of((str(SAMPLES / "optimizer"),))
    data = (SAMPLES / "logs" / "optimizer.log").read_bytes()[:200_000].rpartition(b"\n")[0]

    def said(hints):
        return [(r.time_ns, r.level, r.logger, r.function, r.job_id, r.message) for r in decode_bytes(data, hints)]

    assert said(Hints(formats=(made,))) == said(Hints())


@pytest.mark.parametrize(
    ("text", "date", "needed"),
    [
        ("%(asctime)s %(levelname)s %(name)s %(message)s", None, False),
        ("%(asctime)s | %(levelname)-8s | %(name)s:%(funcName)s:%(lineno)d - %(message)s", None, False),
        ("%(message)s <%(levelname)s> at %(asctime)s", None, True),
        ("%(levelname)s|%(asctime)s|%(user)s|%(message)s", "%d.%m.%Y %H:%M", True),
        (LAYOUT, None, True),
    ],
)
def test_a_format_is_told_only_where_decoding_would_be_wrong_without_it(text, date, needed):
    made = format_of(text, date)
    assert made is not None
    assert needed == is_needed(made)


def test_what_has_no_level_or_message_is_no_format():
    assert format_of("%(message)s", None) is None
    assert format_of("%(asctime)s %(levelname)s", None) is None


def test_a_date_format_goes_with_its_formatter(tmp_path):
    (tmp_path / "a.py").write_text(
        "import logging\nlogging.basicConfig(format='%(levelname)s~%(message)s', datefmt='%H')\n"
    )
    (tmp_path / "b.py").write_text("import logging\nlogging.Formatter('%(levelname)s^%(message)s', '%M')\n")
    (tmp_path / "test_c.py").write_text("import logging\nlogging.basicConfig(format='%(levelname)s!%(message)s')\n")
    assert [("%(levelname)s~%(message)s", "%H"), ("%(levelname)s^%(message)s", "%M")] == formatters_of([str(tmp_path)])


def test_cat_decodes_with_the_formatter_of_the_source(service):
    records = [json.loads(line) for line in printed("cat", "logs/app.log", "--output", "json").splitlines()]
    assert [
        ("info", "app.core", "solve", 11, "solve started"),
        ("warn", "app.core", "solve", 12, "could not find a route"),
    ] == [tuple(record[key] for key in ("level", "logger", "function", "line", "message")) for record in records]


def test_check_decodes_with_the_formatter_of_the_source(service):
    found = {json.loads(line)["rule"] for line in printed("check", "logs/app.log", "--output", "json").splitlines()}
    assert "LV001" not in found
    assert "LV101" in found


def test_compare_decodes_with_the_formatter_of_the_source(service):
    seen = printed("compare", "app", str(SAMPLES / "logs" / "scheduler.log"), "--output", "markdown")
    assert "| `solve started` |" in seen
    assert "function not found" not in seen.split("Service, logger, function")[1].split("|")[2]


def test_the_viewer_decodes_with_the_formatter_of_the_source(service):
    engine = Engine(load("logview.toml"), ["logs/app.log"])
    engine.start()
    try:
        deadline = time.monotonic() + 30
        while not engine.is_indexed and time.monotonic() < deadline:
            time.sleep(0.005)
        found = engine.view().record(0)
        assert ("app.core", "solve started") == (found.logger, found.message)
    finally:
        engine.close()


def test_a_format_in_the_configuration_goes_first(service):
    Path("logview.toml").write_text(Path("logview.toml").read_text() + 'format = "%(message)s"\n')
    assert () == load("logview.toml").hints_of("logs/app.log").formats


def test_json_lines_need_no_look_at_the_source(service):
    Path("logs/app.log").write_text('{"level":30,"time":1795424047410,"msg":"job scheduled"}\n')
    assert () == load("logview.toml").hints_of("logs/app.log").formats
