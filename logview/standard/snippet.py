"""Logger configurations whose output conforms, for `logview standard snippet`. A test runs the real libraries."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING

from logview.errors import UsageError
from logview.standard.place import suggestion

if TYPE_CHECKING:
    from logview.standard.model import Standard

PINO = """\
// Writes what the logging standard asks for: pino 9 or 10, no plugin.
import { randomUUID } from 'node:crypto';
import pino from 'pino';

const options = {
  level: process.env.LOG_LEVEL ?? 'info',
  messageKey: 'message',
  base: { service: $service, pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) }, // not together with transport.targets
  serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
  redact: {
    paths: ['password', 'token', '*.password', '*.token', 'req.headers.authorization', 'req.headers.cookie'],
    censor: '[Redacted]',
  },
};
// Synchronous: otherwise process.exit writes the last records before one that is still on its way.
export const log = pino(options, pino.destination({ dest: 1, sync: true }));

// One child a module, one child a job: the id is bound once and is in every record.
//   const dispatcher = log.child({ logger: 'dispatcher' });
//   const jobLog = dispatcher.child({ $job: job.id });
//   jobLog.info({ attempt: 1 }, 'job dispatched');
//   jobLog.error({ err }, 'job dispatch failed');

// pino-http: a request id that survives a restart, and levels that say how it ended.
export const httpOptions = {
  logger: log.child({ logger: 'http' }),
  genReqId: (req) => String(req.headers['x-request-id'] ?? randomUUID()),
  customProps: (req) => ({ $request: String(req.id) }),
  customLogLevel: (req, res, err) =>
    err || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info',
};

// Nothing dies outside the logger.
const main = log.child({ logger: 'main' });
process.on('uncaughtException', (err) => {
  main.fatal({ err }, 'uncaught exception, process exits');
  process.exit(1);
});
process.on('unhandledRejection', (reason) => {
  const err = reason instanceof Error ? reason : new Error(String(reason));
  main.fatal({ err }, 'unhandled rejection, process exits');
  process.exit(1);
});
"""

PYTHON = '''\
"""Writes what the logging standard asks for: standard library only."""

import contextvars
import datetime
import json
import logging
import os
import sys
import threading

SERVICE = $service
job_id = contextvars.ContextVar("job_id", default=None)
request_id = contextvars.ContextVar("request_id", default=None)

LEVELS = {"WARNING": "warn", "CRITICAL": "fatal"}
SECRET = {"password", "passwd", "secret", "token", "api_key", "authorization", "cookie"}
PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    def format(self, record):
        moment = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        out = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": LEVELS.get(record.levelname, record.levelname.lower()),
            "service": SERVICE,
            "logger": record.name,
            "function": record.funcName,
            "$job": job_id.get(),
            "$request": request_id.get(),
        }
        out = {key: value for key, value in out.items() if value is not None}
        extra = {key: value for key, value in record.__dict__.items() if key not in PLAIN}
        out.update({key: "[Redacted]" if key in SECRET else value for key, value in extra.items()})
        if record.exc_info and record.exc_info[0]:
            kind, error, _ = record.exc_info
            out["err"] = {
                "type": kind.__name__,
                "message": str(error),
                "stack": self.formatException(record.exc_info),
            }
        out["pid"] = record.process
        out["message"] = record.getMessage()
        return json.dumps(finite(out), default=str, ensure_ascii=False)


def finite(value):
    """JSON has no Infinity and no NaN; as text they survive."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def configure():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO").upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    # Servers bring their own handlers; let their records reach the root instead.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    log = logging.getLogger(__name__)
    sys.excepthook = lambda *error: log.critical("uncaught exception, process exits", exc_info=error)
    threading.excepthook = lambda args: log.critical(
        "uncaught exception in a thread", exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
    )


# One logger a module, the ids bound once where the job or request starts:
#   log = logging.getLogger(__name__)
#   job_id.set(job.id)
#   log.info("solve started", extra={"route_count": len(routes)})
#   log.exception("solve failed", extra={"duration_ms": elapsed_ms})
'''

JSON_LOGGER = '''\
"""Writes what the logging standard asks for: python-json-logger 3 or 4."""

import contextvars
import datetime
import logging
import os
import sys

from pythonjsonlogger.json import JsonFormatter

SERVICE = $service
job_id = contextvars.ContextVar("job_id", default=None)
request_id = contextvars.ContextVar("request_id", default=None)

LEVELS = {"WARNING": "warn", "CRITICAL": "fatal"}
SECRET = {"password", "passwd", "secret", "token", "api_key", "authorization", "cookie"}


class StandardFormatter(JsonFormatter):
    def add_fields(self, log_data, record, message_dict):
        super().add_fields(log_data, record, message_dict)
        moment = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        head = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": LEVELS.get(record.levelname, record.levelname.lower()),
            "service": SERVICE,
            "logger": record.name,
            "function": record.funcName,
        }
        for key, bound in (("$job", job_id), ("$request", request_id)):
            if bound.get() is not None:
                head[key] = bound.get()
        log_data.pop("exc_info", None)
        if record.exc_info and record.exc_info[0]:
            kind, error, _ = record.exc_info
            head["err"] = {
                "type": kind.__name__,
                "message": str(error),
                "stack": self.formatException(record.exc_info),
            }
        rest = {key: "[Redacted]" if key in SECRET else value for key, value in log_data.items() if key != "message"}
        log_data.clear()
        log_data.update({**head, **rest, "message": record.getMessage()})

    def jsonify_log_record(self, log_data):
        return super().jsonify_log_record(finite(log_data))


def finite(value):
    """JSON has no Infinity and no NaN; as text they survive."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def configure():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(StandardFormatter())
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO").upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    log = logging.getLogger(__name__)
    sys.excepthook = lambda *error: log.critical("uncaught exception, process exits", exc_info=error)
'''

SNIPPETS = {"pino": PINO, "python": PYTHON, "python-json-logger": JSON_LOGGER}
EXAMPLE_SERVICES = {"pino": "scheduler", "python": "optimizer", "python-json-logger": "optimizer"}


def snippet(library: str, standard: Standard, *, service: str | None = None) -> str:
    """The configuration for a library, with the standard's key names and the service's name in it.

    service  None: the first service of that dialect in `[services]`, else an example's name
    raises UsageError  no snippet for that library
    """
    if library not in SNIPPETS:
        known = ", ".join(SNIPPETS)
        raise UsageError(
            f'there is no snippet for "{library}"{suggestion(library, SNIPPETS) or f"; there are {known}"}'
        )
    if service is None:
        dialect = "pino" if library == "pino" else "python"
        named = (name for name, one in standard.services.items() if one.dialect == dialect)
        service = next(named, EXAMPLE_SERVICES[library])
    quoted = f"'{_escaped(service)}'" if library == "pino" else json.dumps(service)
    keys = {name: standard.ids[name].key for name in ("job", "request")}
    if library == "pino":
        keys = {name: key if key.isidentifier() else f"'{_escaped(key)}'" for name, key in keys.items()}
    return string.Template(SNIPPETS[library]).substitute(service=quoted, **keys)


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1].replace("'", "\\'").replace('\\"', '"')
