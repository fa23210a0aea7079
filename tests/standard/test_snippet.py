"""The logger configurations of `logview standard snippet`, run in the real libraries: every record conforms."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from logview.config import parse
from logview.errors import UsageError
from logview.standard.lines import check_lines
from logview.standard.load import preset
from logview.standard.snippet import snippet

STANDARD = preset("default@1")
NODE_MODULES = Path(__file__).parents[2] / "samples" / "scheduler" / "node_modules"

USE_PYTHON = """
configure()
log = logging.getLogger("optimizer.solver")


def solve():
    job_id.set("job-7f3a")
    request_id.set("b7f2c9e1")
    log.debug("not shown at info")
    log.info("solve started", extra={"route_count": 12})
    log.warning("time limit close to expiring", extra={"left_ms": 250, "gap": float("inf")})
    try:
        {}["cost"]
    except KeyError:
        log.exception("solve failed", extra={"duration_ms": 950})
    log.info("solver connected", extra={"password": "hunter2-swordfish"})


solve()
import warnings
warnings.warn("deprecated cost model")
raise RuntimeError("no route to depot")
"""

USE_PINO = """
const dispatcher = log.child({ logger: 'dispatcher' });
const jobLog = dispatcher.child({ job_id: 'job-7f3a' });
jobLog.info({ attempt: 1 }, 'job dispatched');
jobLog.warn({ attempt: 2, delay_ms: 500 }, 'retrying optimizer call');
jobLog.error({ err: new TypeError('cost is missing') }, 'job dispatch failed');
dispatcher.info({ user: { password: 'hunter2-swordfish' }, token: 'hunter2-swordfish' }, 'client connected');
Promise.reject(new Error('socket closed'));
"""


def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    return done.stdout


def found(log, service):
    return [
        (one.violation.rule, one.line, one.violation.message) for one in check_lines(STANDARD, log, service=service)
    ]


@pytest.mark.parametrize("library", ["python", "python-json-logger"])
def test_python_records_conform(tmp_path, library):
    (tmp_path / "app.py").write_text(snippet(library, STANDARD) + USE_PYTHON)
    log = run([sys.executable, "app.py"], tmp_path)
    records = [json.loads(line) for line in log.splitlines()]
    assert [one["message"] for one in records[:3]] == ["solve started", "time limit close to expiring", "solve failed"]
    assert records[2]["err"]["type"] == "KeyError"
    assert records[2]["err"]["stack"].startswith("Traceback")
    assert {one["job_id"] for one in records} == {"job-7f3a"}
    assert [one["level"] for one in records][:3] == ["info", "warn", "error"]
    assert records[-1]["level"] == "fatal"
    assert "hunter2" not in log
    # The warnings module writes the text of the source line into the message: not the snippet's to form.
    own = "\n".join(line for line in log.splitlines() if '"py.warnings"' not in line) + "\n"
    assert found(own, "optimizer") == []


@pytest.mark.node
def test_pino_records_conform(tmp_path):
    if not (NODE_MODULES / "pino").is_dir():
        pytest.skip("samples/scheduler/node_modules is not installed (make samples)")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "app.mjs").write_text(snippet("pino", STANDARD) + USE_PINO)
    log = run([shutil.which("node"), "app.mjs"], tmp_path)
    records = [json.loads(line) for line in log.splitlines()]
    assert [one["level"] for one in records] == ["info", "warn", "error", "info", "fatal"]
    assert records[2]["err"]["type"] == "TypeError"
    assert "hunter2" not in log
    # pino records without a function are judged only where the service's source is known.
    assert [one for one in found(log, "scheduler") if one[0] != "LV311"] == []


def test_the_standards_names_stand_in_the_snippet():
    standard = parse('[services.router]\ndialect = "pino"\n[ids.request]\nkey = "http.request.id"\n').standard
    text = snippet("pino", standard)
    assert "base: { service: 'router', pid: process.pid }" in text
    assert "'http.request.id': String(req.id)" in text
    assert 'SERVICE = "it\'s"' in snippet("python", standard, service="it's")


def test_an_unknown_library_is_named_with_the_nearest():
    with pytest.raises(UsageError, match='did you mean "pino"'):
        snippet("pinno", STANDARD)
