"""What is known of Python libraries that log: calls that return loggers, types that are loggers, telling names."""

from __future__ import annotations

import re

from logview.inventory.values import Logger, Server

LOGGERS = {
    "logging.getLogger": "logging",
    "logging.Logger": "logging",
    "logging.getChild": "logging",
    "logging.RootLogger": "logging",
    "celery.utils.log.get_task_logger": "logging",
    "celery.utils.log.get_logger": "logging",
    "multiprocessing.get_logger": "logging",
    "multiprocessing.log_to_stderr": "logging",
    "prefect.get_run_logger": "logging",
    "prefect.logging.get_run_logger": "logging",
    "dagster.get_dagster_logger": "logging",
    "asgiref.local.logger": "logging",
    "oslo_log.log.getLogger": "logging",
    "absl.logging.get_absl_logger": "logging",
    "structlog.get_logger": "structlog",
    "structlog.getLogger": "structlog",
    "structlog.stdlib.get_logger": "structlog",
    "structlog.wrap_logger": "structlog",
    "structlog.BoundLogger": "structlog",
    "structlog.stdlib.BoundLogger": "structlog",
    "aws_lambda_powertools.Logger": "powertools",
    "aws_lambda_powertools.logging.Logger": "powertools",
}
"""Callables that return a logger."""

OBJECTS = {
    "logging.root": Logger("logging", channel="root"),
    "logging.lastResort": None,
    "loguru.logger": Logger("loguru"),
    "flask.current_app": Server("flask", Logger("logging", channel="app")),
    "quart.current_app": Server("quart", Logger("logging", channel="app")),
    "sanic.log.logger": Logger("logging", channel="sanic.root"),
    "sanic.log.error_logger": Logger("logging", channel="sanic.error"),
    "tornado.log.app_log": Logger("logging", channel="tornado.application"),
    "tornado.log.gen_log": Logger("logging", channel="tornado.general"),
    "celery.utils.log.task_logger": Logger("logging", channel="celery.task"),
}
APPS = {"flask.Flask": "flask", "quart.Quart": "quart"}
TYPES = {
    "logging.Logger": "logging",
    "logging.LoggerAdapter": "logging",
    "structlog.BoundLogger": "structlog",
    "structlog.stdlib.BoundLogger": "structlog",
    "structlog.typing.FilteringBoundLogger": "structlog",
    "structlog.types.FilteringBoundLogger": "structlog",
    "structlog.typing.BindableLogger": "structlog",
    "structlog.types.BindableLogger": "structlog",
    "structlog.BoundLoggerBase": "structlog",
    "loguru.Logger": "loguru",
    "loguru._logger.Logger": "loguru",
}
REBINDING = frozenset({"bind", "new", "unbind", "try_unbind", "opt", "patch", "contextualize", "getChild", "child"})
"""Methods of a logger that return a logger."""

FACTORY_NAME = re.compile(r"(?i)^_?(get|create|make|setup|set_up|init|new|build|configure)_?\w*_?logger$")
LOGGER_NAME = re.compile(r"(?i)^_*(\w*_)?logger$")
PARAMETER_NAMES = frozenset({"logger", "log", "_logger", "_log"})

KNOWN_PACKAGES = frozenset(
    [
        "logging",
        "structlog",
        "loguru",
        "uvicorn",
        "gunicorn",
        "celery",
        "django",
        "flask",
        "quart",
        "sanic",
        "tornado",
        "pythonjsonlogger",
        "numpy",
        "math",
        "cmath",
        "sympy",
        "torch",
        "scipy",
        "pandas",
    ]
)
"""Packages whose exported names are known not to be guessed at."""
