"""Python: what is a logger, what a call says, what configures logging."""

from __future__ import annotations

import sys

import pytest

from logview.inventory import take
from logview.inventory.tables import identifiers


def read(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path = path.with_name(path.name + ".py") if "." not in path.name else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return take([str(tmp_path)])


def sites(inventory):
    return [(call.level, call.template) for call in inventory.calls]


LOGGERS = {
    "wrapper function": (
        "from logs import make\nlog = make('x')\n",
        "import logging\ndef make(n):\n    return logging.getLogger(n)\n",
    ),
    "wrapper with a local": (
        "from logs import make\nlog = make('x')\n",
        "import logging\ndef make(n):\n    found = logging.getLogger(n)\n    found.setLevel(10)\n    return found\n",
    ),
    "re-export": ("from logs import log\n", "from logs2 import log\n"),
    "module attribute": ("import logs\nlog = logs.log\n", "import logging\nlog = logging.getLogger('x')\n"),
    "alias of the module": ("import logging as lg\nlog = lg.getLogger()\n", ""),
    "optional then set": ("import logging\nlog = None\nlog = logging.getLogger()\n", ""),
    "conditional": ("import logging\nlog = logging.getLogger('a') if x else logging.getLogger('b')\n", ""),
    "string annotation": ("import logging\ndef f(log: 'logging.Logger'): pass\nlog: 'logging.Logger' = g()\n", ""),
    "structlog": ("import structlog\nlog = structlog.get_logger().bind(a=1).new(b=2)\n", ""),
    "loguru": ("from loguru import logger as log\n", ""),
    "child": ("import logging\nlog = logging.getLogger('a').getChild('b')\n", ""),
    "celery task logger": ("from celery.utils.log import get_task_logger\nlog = get_task_logger(__name__)\n", ""),
    "flask app": ("from flask import Flask\napp = Flask(__name__)\nlog = app.logger\n", ""),
    "method kept under a name": ("import logging\nlog = logging.getLogger()\ninfo = log.info\ninfo('here')\n", ""),
    "attribute of a generic base": (
        "from logs import Base\nclass Job(Base[int]):\n    def go(self):\n        self.log.info('here')\nlog = 1\n",
        "import logging\nclass Base(Generic[T]):\n    def __init__(self):\n        self.log = logging.getLogger()\n",
    ),
    "parameter of a generic class": (
        "from logs import Base\ndef go(job: 'Base[int, str]'):\n    job.log.info('here')\nlog = 1\n",
        "import logging\nclass Base(Generic[T]):\n    log = logging.getLogger()\n",
    ),
    "class of the object": (
        "import logging\nclass C:\n    log = logging.getLogger()\n    def go(self):\n"
        "        type(self).log.info('here')\n        self.__class__.log.info('here')\nlog = 1\n",
        "",
    ),
    "oslo": ("from oslo_log import log as logging\nlog = logging.getLogger(__name__)\n", ""),
    "what a library's base class brings along": (
        "from airflow.models import BaseOperator\nclass Op(BaseOperator):\n    def execute(self):\n"
        "        self.log.info('here')\nlog = 1\n",
        "",
    ),
    "parameter of any type": (
        "from typing import Any\ndef go(logger: Any | None = None):\n    logger.info('here')\nlog = 1\n",
        "",
    ),
    "package that is not there": ("from company.logging import get_logger\nlog = get_logger(__name__)\n", ""),
}


@pytest.mark.parametrize("name", LOGGERS)
def test_a_logger_is_followed_wherever_it_comes_from(name, tmp_path):
    main, logs = LOGGERS[name]
    inventory = read(
        tmp_path, main=main + "log.info('here')\n", logs=logs, logs2="import logging\nlog = logging.getLogger()\n"
    )
    assert ("info", "here") in sites(inventory)


FRIENDS = {
    "a function called log": "from math import log\nlog.info('x')\nlog(3)\n",
    "a class with the methods": "class C:\n    def info(self, t): pass\nlog = C()\nlog.info('x')\n",
    "a dict": "log = {}\nlog.info('x')\n",
    "a module of another library": "from numpy import log\nlog.info('x')\n",
    "a parameter of another type": "def f(log: dict):\n    log.info('x')\n",
    "a shadowed name": "import logging\nlog = logging.getLogger()\ndef f():\n    log = object()\n    log.info('x')\n",
}


@pytest.mark.parametrize("name", FRIENDS)
def test_what_only_looks_like_a_logger_is_none(name, tmp_path):
    assert [] == sites(read(tmp_path, main=FRIENDS[name]))


def test_loggers_of_objects_and_classes_are_followed(tmp_path):
    inventory = read(
        tmp_path,
        base="import logging\nclass Base:\n    def __init__(self):\n        self.log = logging.getLogger('b')\n",
        main=(
            "from base import Base\n"
            "class Job(Base):\n"
            "    @property\n"
            "    def logger(self):\n"
            "        return self.log\n"
            "    def run(self):\n"
            "        self.log.info('by attribute')\n"
            "        self.logger.warning('by property')\n"
            "job = Job()\n"
            "job.log.error('from outside')\n"
        ),
    )
    assert [("info", "by attribute"), ("warn", "by property"), ("error", "from outside")] == sites(inventory)


def test_the_error_counts_as_passed_in_any_form(tmp_path):
    head = "import logging, traceback\nlog = logging.getLogger()\ntry:\n    f()\nexcept ValueError as e:\n"
    forms = [
        "log.exception('x')", "log.error('x', exc_info=True)", "log.error('x', exc_info=e)", "log.error('x %s', e)",
        "log.error(f'x {e}')", "log.error('x', extra={'reason': str(e)})", "log.error('x %s', traceback.format_exc())",
        "why = repr(e); log.error('x', extra={'why': why})",
    ]  # fmt: skip
    for number, form in enumerate(forms):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert [True] == [call.has_error for call in read(folder, main=f"{head}    {form}\n").calls], form
    folder = tmp_path / "not"
    folder.mkdir()
    inventory = read(folder, main=f"{head}    log.error('x')\n    log.exception('x', exc_info=False)\n")
    assert [False, False] == [call.has_error for call in inventory.calls]


def test_a_context_variable_binds_from_the_line_on_that_sets_it(tmp_path):
    inventory = read(
        tmp_path,
        main=(
            "import logging\nfrom contextvars import ContextVar\n"
            "log = logging.getLogger()\ncurrent = ContextVar('current')\n"
            "def run(job_id):\n    log.info('before')\n    current.set(job_id)\n    log.info('after')\n"
        ),
    )
    assert [(), ("job_id",)] == [call.bound for call in inventory.calls]


def test_dict_config_is_read_through_names_yaml_json_and_ini(tmp_path):
    (tmp_path / "l.yaml").write_text("version: 1\nformatters: {a: {format: '%(message)s', datefmt: '%H:%M'}}\n")
    (tmp_path / "l.json").write_text('{"version": 1, "disable_existing_loggers": false}')
    (tmp_path / "l.ini").write_text("[formatter_a]\nformat=%(asctime)s %(message)s\ndatefmt=%H\n")
    inventory = read(
        tmp_path,
        main=(
            "import json, logging.config, yaml\nfrom pathlib import Path\n"
            "A = {'version': 1}\nB = {**A, 'disable_existing_loggers': False}\n"
            "def go():\n"
            "    logging.config.dictConfig(B)\n"
            "    with open('l.yaml') as f:\n        data = yaml.safe_load(f)\n    logging.config.dictConfig(data)\n"
            "    logging.config.dictConfig(json.loads(Path('l.json').read_text()))\n"
            "    logging.config.fileConfig('l.ini')\n"
        ),
    )
    assert [
        ("dictConfig", ("version", "disable_existing_loggers"), False),
        ("dictConfig", ("file=l.yaml",), None),
        ("dictConfig", ("file=l.json",), False),
        ("fileConfig", ("file=l.ini",), None),
    ] == [(s.kind, s.options, s.disable_existing) for s in inventory.setups]
    assert ("%H:%M",) == inventory.setups[1].date_formats
    assert ("%(asctime)s %(message)s",) == inventory.setups[3].formats


def test_the_level_says_whether_the_environment_decides(tmp_path):
    inventory = read(
        tmp_path,
        main=(
            "import logging, os\nLEVEL = os.getenv('LEVEL', 'INFO')\n"
            "def go():\n"
            "    logging.basicConfig(level=LEVEL)\n"
            "    logging.basicConfig(level=getattr(logging, os.environ['L']))\n"
            "    logging.basicConfig(level=logging.DEBUG)\n    logging.basicConfig(level='INFO')\n"
            "    logging.basicConfig(level=settings.level)\n"
        ),
    )
    assert ["env", "env", "DEBUG", "INFO", None] == [s.level for s in inventory.setups]


def test_a_file_that_is_no_python_is_a_problem_not_an_exception(tmp_path):
    inventory = read(tmp_path, bad="def (:\n", good="import logging\nlogging.info('x')\n")
    assert [("info", "x")] == sites(inventory)
    assert 1 == len(inventory.problems)


def test_a_module_named_like_a_library_is_not_the_library(tmp_path):
    text = "from celery import Celery\nimport structlog\nlog = structlog.get_logger()\nlog.info('here')\n"
    inventory = read(tmp_path, app__celery=text, app__structlog=text)
    assert ["structlog", "structlog"] == [call.library for call in inventory.calls]


def test_a_mapping_that_spreads_itself_ends(tmp_path):
    text = (
        "import logging, logging.config\nlog = logging.getLogger()\nbase = {**base, 'a': 1}\n"
        "logging.config.dictConfig(base)\nlog.info('x', extra={**base, 'b': 2})\n"
    )
    assert [("a", "b")] == [call.keys for call in read(tmp_path, main=text).calls]


def test_a_context_is_bound_inside_its_with_block_only(tmp_path):
    text = (
        "from loguru import logger\ndef go(job_id):\n    with logger.contextualize(job_id=job_id):\n"
        "        logger.info('in')\n    logger.info('out')\n"
    )
    assert [("job_id",), ()] == [call.bound for call in read(tmp_path, main=text).calls]


def test_what_classes_of_the_service_add_to_a_record_is_in_the_tables(tmp_path):
    source = """
import logging, sys
from opentelemetry.sdk._logs import LoggingHandler
from pythonjsonlogger import jsonlogger

class JsonFormatter(jsonlogger.JsonFormatter):
    def add_fields(self, log_record, record, message_dict):
        super().add_fields(log_record, record, message_dict)
        log_record["timestamp"] = record.created
        log_record["otelTraceID"] = trace_id()

class Context(logging.Filter):
    def filter(self, record):
        record.request_id = current.get()
        return True

def get_json_logger(name, level=20):
    logger = logging.getLogger(name)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter("%(timestamp)s %(severity)s %(message)s"))
    logger.addHandler(handler)
    logger.addHandler(LoggingHandler(level=logging.NOTSET))
    return logger

logger = get_json_logger("mail-server")
logger.info("listening")
other = get_json_logger(level=10, name="other")
other.info("here")
"""
    inventory = read(tmp_path, app=source)
    told = {(fact.section, fact.kind, fact.text) for fact in inventory.facts}
    assert ("D", "format fields", "%(timestamp)s %(severity)s %(message)s") in told
    assert ("E", "formatter time", "timestamp = record.created") in told
    assert ("F", "formatter field", "otelTraceID = trace_id()") in told
    assert ("F", "filter field", "request_id = current.get()") in told
    assert {"StreamHandler", "LoggingHandler"} <= {kind for section, kind, _ in told if section == "C"}
    ids = {row.what: row.value for row in identifiers(inventory)}
    assert ids == {"otelTraceID": "formatter field", "request_id": "filter field"}
    assert [call.channel for call in inventory.calls] == ["mail-server", "other"]


def test_a_formatter_that_formats_itself_is_no_layout_for_decoding(tmp_path):
    source = """
import json, logging
class Json(logging.Formatter):
    def format(self, record):
        return json.dumps({"message": record.getMessage(), "error": {"type": "x"}, "ts": record.created})
class Plain(logging.Formatter):
    converter = None
Json("%(levelname)s %(message)s")
Plain("%(name)s %(levelname)s %(message)s")
"""
    facts = read(tmp_path, app=source).facts
    assert [fact.text for fact in facts if fact.kind == "format string"] == ["%(name)s %(levelname)s %(message)s"]
    fields = [fact.text.partition(" = ")[0] for fact in facts if fact.kind in {"formatter field", "formatter time"}]
    assert fields[:3] == ["message", "error", "ts"]


NEWER = {
    "quotes in an f-string": (
        'log.info(f"job {job["id"]} took {"s".join(parts)}")',
        "job {job['id']} took {'s'.join(parts)}",
    ),
    "escapes in an f-string": ("log.info(f'{'\\n'.join(parts)} rows')", "{____.join(parts)} rows"),
    "f-strings in an f-string": (
        "log.info(f'a {f'{f'{x}'}' + y['b']!r:>{width}} ü')",
        "a {___________ + y['b']!r:>{width}} ü",
    ),
    "strings side by side in a hole": ("log.info(f'{get('a' 'b')} c')", "{get(_______)} c"),
    "type alias": ("type Jobs[T] = dict[\n    str, T\n]\nlog.info('here')", "here"),
    "generic function": ("def go[T: (int, str), *Ts](x: list[T]) -> T:\n    log.info('go')", "go"),
    "generic class": ("class C[T: int]:\n    def go(self):\n        log.info('gone')", "gone"),
}


@pytest.mark.parametrize("name", NEWER)
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it by itself")
def test_syntax_of_a_newer_python_is_read(tmp_path, name):
    text, wanted = NEWER[name]
    inventory = read(tmp_path, app=f"import logging\nlog = logging.getLogger('x')\n{text}\nlog.debug('last')\n")
    assert inventory.problems == []
    assert sites(inventory) == [("info", wanted), ("debug", "last")]
    assert inventory.calls[-1].line == 4 + text.count("\n")


def test_what_is_no_python_is_told_with_its_line(tmp_path):
    inventory = read(
        tmp_path, app="import logging\nlog = logging.getLogger()\nlog.info(f'{a['b'} c')\ndef f[T(x): pass\n"
    )
    assert [problem.line for problem in inventory.problems] == [3]
    assert inventory.calls == []
