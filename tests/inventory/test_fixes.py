"""Safe fixes: what they write, that they parse, and that the fixed program logs what the fix promised."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from logview.config import parse
from logview.inventory import take
from logview.inventory.fixes import changes, unified

STANDARD = parse('standard = "strict@1"\n', file="logview.toml").standard
SAMPLES = Path(__file__).parent.parent.parent / "samples"
PINO = "import pino from 'pino'\nconst log = pino({ base: { service: 's' }, redact: ['token'] })\n"
LOGGING = "import logging\nlog = logging.getLogger(__name__)\n"


def fixed(tmp_path, name, text, code):
    """The file's text after the fixes of one rule."""
    file = tmp_path / name
    file.write_text(text)
    made, complaints = changes(STANDARD, take([str(file)]), only=[code])
    assert [] == complaints
    return made[0].after.decode() if made else text


CATCH = "try { step() } catch (err) { %s }\n"
EXCEPT = "try:\n    step()\nexcept ValueError as e:\n    %s\n"
CASES = [
    ("LV803", "a.ts", PINO + "log.info(`user ${user.name} at 100%`)\n", "log.info('user %s at 100%%', user.name)"),
    ("LV804", "a.ts", PINO + "log.info('job queued', { jobId })\n", "log.info({ jobId }, 'job queued')"),
    ("LV805", "a.ts", PINO + CATCH % "log.error('failed', err)", "log.error({ err }, 'failed')"),
    ("LV805", "a.ts", PINO + "log.error('failed', new Error('x'))\n", "log.error({ err: new Error('x') }, 'failed')"),
    (
        "LV806",
        "a.ts",
        PINO + "try { step() } catch (e) { log.error({ e, n: 1 }, 'x') }\n",
        "log.error({ err: e, n: 1 }, 'x')",
    ),
    ("LV807", "a.ts", PINO + CATCH % "log.error({ n: 1 }, 'x')", "log.error({ err, n: 1 }, 'x')"),
    ("LV807", "a.ts", PINO + "try { step() } catch (e) { log.warn('x') }\n", "log.warn({ err: e }, 'x')"),
    ("LV814", "a.ts", "import pino from 'pino'\nconst log = pino()\n", "pino({ redact: ["),
    (
        "LV816",
        "a.ts",
        "import pino from 'pino'\nconst log = pino({ timestamp: false })\n",
        "timestamp: pino.stdTimeFunctions.isoTime",
    ),
    (
        "LV816",
        "a.ts",
        "import { pino, stdTimeFunctions as t } from 'pino'\npino({ timestamp: t.unixTime })\n",
        "timestamp: t.isoTime",
    ),
    ("LV817", "a.ts", "import pino from 'pino'\nconst log = pino({ redact: ['a'] })\n", "pino({ base: { service: '"),
    ("LV818", "a.ts", "import http from 'pino-http'\nhttp({ logger })\n", "http({ customLogLevel: "),
    ("LV819", "a.js", "const http = require('express-pino-logger')\n", "require('pino-http')"),
    ("LV802", "a.py", "import logging\n\ndef f():\n    logging.info('x')\n", "log = logging.getLogger(__name__)"),
    ("LV802", "a.py", LOGGING + "logging.info('x')\n", "log.info('x')"),
    ("LV803", "a.py", LOGGING + 'log.info(f"job {job.id!r} at 100%")\n', 'log.info("job %r at 100%%", job.id)'),
    ("LV803", "a.py", LOGGING + 'log.info("a %s b %d" % (a, b))\n', 'log.info("a %s b %d", a, b)'),
    ("LV803", "a.py", LOGGING + 'log.info("a {} b".format(a))\n', 'log.info("a %s b", a)'),
    ("LV807", "a.py", LOGGING + EXCEPT % 'log.error("x")', 'log.exception("x")'),
    (
        "LV807",
        "a.py",
        LOGGING + EXCEPT % 'log.warning("x", extra={"n": 1})',
        'log.warning("x", extra={"n": 1}, exc_info=True)',
    ),
    ("LV816", "a.py", "import logging\nlogging.basicConfig(datefmt='%H:%M')\n", 'datefmt="%H:%M%z"'),
    (
        "LV821",
        "a.py",
        "from logging.config import dictConfig\nC = {'version': 1}\ndictConfig(C)\n",
        '{"disable_existing_loggers": False, ',
    ),
    (
        "LV821",
        "a.py",
        "from logging.config import dictConfig\ndictConfig({'disable_existing_loggers': True})\n",
        "'disable_existing_loggers': False",
    ),
]


@pytest.mark.parametrize(("code", "name", "text", "expected"), CASES)
def test_a_fix_writes_what_the_rule_asks_for_and_leaves_nothing_to_find(code, name, text, expected, tmp_path):
    after = fixed(tmp_path, name, text, code)
    assert expected in after
    (tmp_path / name).write_text(after)
    assert ([], []) == changes(STANDARD, take([str(tmp_path)]), only=[code])


UNSAFE = [
    ("LV803", "a.ts", PINO + "log.info(`n ${count()}`)\n"),
    ("LV803", "a.py", LOGGING + "log.info(f'n {count()}')\n"),
    ("LV803", "a.py", LOGGING + "log.info(f'n {x:.2f}')\n"),
    ("LV804", "a.ts", PINO + "log.info({ a: 1 }, 'm', { b: 2 })\n"),
    ("LV806", "a.ts", PINO + "try { step() } catch (error) { log.error({ error, err: 1 }, 'x') }\n"),
    ("LV807", "a.ts", PINO + "try { step() } catch { log.error('x') }\n"),
]


@pytest.mark.parametrize(("code", "name", "text"), UNSAFE)
def test_what_cannot_be_fixed_safely_is_left_alone(code, name, text, tmp_path):
    assert text == fixed(tmp_path, name, text, code)


def test_options_of_one_set_up_are_added_together(tmp_path):
    file = tmp_path / "log.ts"
    file.write_text("import pino from 'pino'\nexport const log = pino()\n")
    made, _ = changes(STANDARD, take([str(file)]))
    assert 1 == made[0].after.decode().count("pino({ ")
    assert all(option in made[0].after.decode() for option in ("redact", "base"))


def test_the_diff_applies(tmp_path):
    file = tmp_path / "a.ts"
    file.write_text(PINO + "log.info('job queued', { jobId })")
    made, _ = changes(STANDARD, take([str(file)]), only=["LV804"])
    (tmp_path / "fix.diff").write_text(unified(made[0]))
    git = shutil.which("git")
    assert git is not None
    levels = len(Path(str(file)).parts) - 1
    subprocess.run([git, "apply", f"-p{levels + 1 - 1}", "fix.diff"], cwd=tmp_path, check=True)
    assert made[0].after == file.read_bytes()


def test_fixed_python_logs_what_the_fix_promised(tmp_path):
    text = (
        "import logging\n"
        "logging.basicConfig(format='%(levelname)s %(message)s')\n"
        "log = logging.getLogger('x')\n"
        "name = 'kim'\n"
        "log.warning(f'user {name} at 100%')\n"
        "try:\n    {}['cost']\nexcept KeyError:\n    log.error('solve failed')\n"
    )
    before = run_python(tmp_path, text)
    after = fixed(tmp_path, "a.py", text, "LV803")
    after = fixed(tmp_path, "a.py", after, "LV807")
    printed = run_python(tmp_path, after)
    assert "WARNING user kim at 100%\nERROR solve failed\n" == before
    assert printed.startswith(before + "Traceback (most recent call last):")
    assert "KeyError: 'cost'" in printed


SETUP = (
    "import logging\nimport logging.config\n"
    "early = logging.getLogger('early')\n"
    "logging.config.dictConfig({{\n"
    "    'version': 1,\n"
    "    'formatters': {{'f': {{'format': '%(asctime)s %(name)s %(message)s', 'datefmt': '%H:%M'}}}},\n"
    "    'handlers': {{'h': {{'class': 'logging.StreamHandler', 'formatter': 'f'}}}},\n"
    "    'root': {{'handlers': ['h'], 'level': 'INFO'}},\n"
    "}})\n"
    "{call}"
)


def test_a_fixed_python_call_logs_under_the_name_of_its_module(tmp_path):
    text = (
        "import logging\nlogging.basicConfig(format='%(name)s %(message)s', level=20)\nlogging.info('solve started')\n"
    )
    assert "root solve started\n" == run_python(tmp_path, text)
    assert "__main__ solve started\n" == run_python(tmp_path, fixed(tmp_path, "a.py", text, "LV802"))


def test_a_call_on_root_is_left_alone_where_the_logger_of_its_module_would_be_disabled(tmp_path):
    text = SETUP.format(call="logging.info('solve started')\n")
    assert text == fixed(tmp_path, "a.py", text, "LV802")
    alive = fixed(tmp_path, "a.py", text, "LV821")
    assert "early solve started" in run_python(tmp_path, fixed(tmp_path, "a.py", alive, "LV802"))


def test_a_fixed_python_set_up_leaves_earlier_loggers_alive(tmp_path):
    text = SETUP.format(call="early.info('still here')\n")
    assert "" == run_python(tmp_path, text)
    assert "early still here" in run_python(tmp_path, fixed(tmp_path, "a.py", text, "LV821"))


def test_a_fixed_python_date_format_writes_its_zone(tmp_path):
    text = (
        "import logging\nlogging.basicConfig(format='%(asctime)s|%(message)s', datefmt='%H:%M')\nlogging.error('x')\n"
    )
    assert re.match(r"\d\d:\d\d\|x", run_python(tmp_path, text))
    assert re.match(r"\d\d:\d\d[+-]\d{4}\|x", run_python(tmp_path, fixed(tmp_path, "a.py", text, "LV816")))


def run_python(folder, text):
    (folder / "run.py").write_text(text)
    done = subprocess.run([sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stderr


@pytest.mark.node
@pytest.mark.skipif(
    not (SAMPLES / "scheduler/node_modules/pino").exists(), reason="the sample's packages are not installed"
)
def test_fixed_javascript_logs_what_the_fix_promised(tmp_path):
    text = (
        "const pino = require('pino')\n"
        "const log = pino({ base: { service: 's' }, redact: ['token'] })\n"
        "const jobId = 'job-7f3a'\nconst user = { name: 'kim' }\n"
        "log.info('job queued', { jobId })\n"
        "log.info(`user ${user.name} in`)\n"
        "try { null.cost } catch (err) { log.error('solve failed', err) }\n"
        "try { null.cost } catch (error) { log.error({ error }, 'step failed') }\n"
    )
    before = run_node(tmp_path, text)
    after = text
    for code in ("LV804", "LV803", "LV805", "LV806"):
        after = fixed(tmp_path, "a.js", after, code)
    records = run_node(tmp_path, after)
    assert [record["msg"] for record in before] == [record["msg"] for record in records]
    assert [None, "job-7f3a"] == [run[0].get("jobId") for run in (before, records)]
    assert [None, "TypeError"] == [run[2].get("err", {}).get("type") for run in (before, records)]
    assert {} == before[3]["error"]
    assert "stack" in records[3]["err"]


def run_node(folder, text):
    (folder / "run.js").write_text(text)
    environment = {**os.environ, "NODE_PATH": str(SAMPLES / "scheduler/node_modules")}
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run([node, "run.js"], cwd=folder, capture_output=True, text=True, check=True, env=environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.node
@pytest.mark.skipif(
    not (SAMPLES / "scheduler/node_modules/pino").exists(), reason="the sample's packages are not installed"
)
def test_fixed_pino_set_ups_write_what_the_fix_promised(tmp_path):
    text = (
        "const pino = require('pino')\n"
        "const log = pino({ timestamp: pino.stdTimeFunctions.unixTime })\n"
        "log.info({ token: 'hunter2', n: 1 }, 'login')\n"
        "try { null.cost } catch (err) { log.error({ n: 2 }, 'solve failed') }\n"
    )
    before = run_node(tmp_path, text)
    after = text
    for code in ("LV807", "LV814", "LV816", "LV817"):
        after = fixed(tmp_path, "a.js", after, code)
    login, failed = run_node(tmp_path, after)
    assert ("hunter2", "[Redacted]") == (before[0]["token"], login["token"])
    assert ("service" in before[0], "service" in login) == (False, True)
    assert before[0]["time"] < 10**10
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", login["time"])
    assert ("err" in before[1], failed["err"]["type"], failed["n"]) == (False, "TypeError", 2)


@pytest.mark.node
@pytest.mark.skipif(
    not (SAMPLES / "scheduler/node_modules/pino-http").exists(), reason="the sample's packages are not installed"
)
def test_fixed_http_middleware_writes_the_level_of_the_status(tmp_path):
    text = (
        "const http = require('http')\nconst pinoHttp = require('pino-http')\n"
        "const handle = pinoHttp({ quietReqLogger: true })\n"
        "const server = http.createServer((req, res) => {\n"
        "  handle(req, res)\n  res.statusCode = Number(req.url.slice(1))\n  res.end()\n})\n"
        "server.listen(0, '127.0.0.1', async () => {\n"
        "  for (const status of [200, 404, 503]) {\n"
        "    await new Promise((done) => http.get({ port: server.address().port, path: '/' + status,\n"
        "      headers: { authorization: 'Bearer hunter2' }, agent: false }, (res) => res.resume().on('end', done)))\n"
        "  }\n  server.close()\n})\n"
    )
    before = run_node(tmp_path, text)
    after = text
    for code in ("LV818", "LV814"):
        after = fixed(tmp_path, "a.js", after, code)
    records = run_node(tmp_path, after)
    assert [[30, 30, 30], [30, 40, 50]] == [[record["level"] for record in run] for run in (before, records)]
    assert ["Bearer hunter2", "[Redacted]"] == [run[0]["req"]["headers"]["authorization"] for run in (before, records)]
