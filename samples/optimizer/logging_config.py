"""How the optimizer logs: one handler on the root logger, text or JSON, the job's ID on every record.

OPTIMIZER_LOG_FORMAT   "text" (default) or "json", written by python-json-logger
OPTIMIZER_LOG_LEVEL    a level's name, default "DEBUG"
"""

from __future__ import annotations

import logging
import logging.config
import os
import time
from contextvars import ContextVar

TEXT_FORMAT = "%(asctime)s [%(levelname)s] %(name)s %(funcName)s job=%(job_id)s: %(message)s"
JSON_FORMAT = "%(levelname)s %(name)s %(funcName)s %(message)s"

current_job: ContextVar[str | None] = ContextVar("current_job", default=None)
"""The ID of the job that this thread works on."""


class JobContext(logging.Filter):
    """Puts the current job's ID on each record; a record outside a job gets none."""

    def filter(self, record: logging.LogRecord) -> bool:
        job_id = current_job.get()
        if job_id is not None:
            record.job_id = job_id
        return True


class TextFormatter(logging.Formatter):
    """UTC with milliseconds and a `Z`; `%(job_id)s` is "-" outside a job."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, fmt: str) -> None:
        super().__init__(fmt, defaults={"job_id": "-"})


def configure() -> None:
    """Set up logging from the environment; call once, before the first record."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"job": {"()": JobContext}},
            "formatters": {
                "text": {"()": TextFormatter, "fmt": TEXT_FORMAT},
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "fmt": JSON_FORMAT,
                    "rename_fields": {"levelname": "level", "name": "logger", "funcName": "function"},
                    "static_fields": {"service": "optimizer"},
                    "timestamp": "time",
                },
            },
            "handlers": {
                "stream": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stderr",
                    "formatter": os.environ.get("OPTIMIZER_LOG_FORMAT", "text"),
                    "filters": ["job"],
                }
            },
            "root": {"level": os.environ.get("OPTIMIZER_LOG_LEVEL", "DEBUG"), "handlers": ["stream"]},
        }
    )
