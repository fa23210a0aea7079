"""LV812–LV819, LV821, LV822: logger set-ups and servers in source code. Pages only, as in `source`."""

from __future__ import annotations

from logview.standard.model import Severity
from logview.standard.rules.source import source_rule


@source_rule("LV812", "extra-logger-instance", Severity.WARN)
def extra_logger_instance() -> None:
    """A second `pino()` or `basicConfig()` in a service, or configuration at import time outside an entry point.

    Why: A second basicConfig does nothing once root has a handler; a second pino has other options and writes beside
    the first; configuration at import time depends on the order of imports (ruff LOG001, in part).

    Bad:
        == main.py ==
        import logging
        def main():
            logging.basicConfig(level="INFO")
            logging.basicConfig(level="DEBUG")

    Good:
        == log.ts ==
        import pino from 'pino'
        export const log = pino()
        export const web = log.child({ logger: 'web' })

    Pino: import the one logger and use `.child()`
    Python: configure once, in the entry point's `main()`
    """


@source_rule("LV813", "level-not-configurable", Severity.INFO)
def level_not_configurable() -> None:
    """A literal level in a set-up, without an environment variable.

    Why: Seeing debug records in production then needs a release (twelve-factor app, "Config").

    Bad:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ level: 'info' })

    Good:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ level: process.env.LOG_LEVEL ?? 'info' })

    Pino: `level: process.env.LOG_LEVEL ?? 'info'`
    Python: `level=os.environ.get("LOG_LEVEL", "INFO")`
    """


@source_rule("LV814", "no-redaction", Severity.ERROR)
def no_redaction() -> None:
    """A `pino()` without `redact`, or pino-http whose logger does not redact request headers.

    Why: pino-http logs `authorization` and `cookie` of every request in clear (pino-http 11 defaults, measured).

    Bad:
        == app.ts ==
        import pinoHttp from 'pino-http'
        export const http = pinoHttp()

    Good:
        == app.ts ==
        import pinoHttp from 'pino-http'
        export const http = pinoHttp({ redact: ['req.headers.authorization', 'req.headers.cookie'] })

    Pino: `redact: ['req.headers.authorization', 'req.headers.cookie', 'password', 'token']`
    Python: does not apply
    """


@source_rule("LV815", "pretty-in-production", Severity.WARN)
def pretty_in_production() -> None:
    """pino-pretty switched on whatever the environment.

    Why: Production then writes several lines of text per record instead of one line of JSON, and pays for it.

    Bad:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ transport: { target: 'pino-pretty' } })

    Good:
        == log.ts ==
        import pino from 'pino'
        const transport = process.env.NODE_ENV !== 'production' ? { target: 'pino-pretty' } : undefined
        export const log = pino({ transport })

    Pino: put the target behind `process.env.NODE_ENV !== 'production'`, or pipe: `node app | pino-pretty`
    Python: does not apply
    """


@source_rule("LV816", "timestamp-config", Severity.ERROR)
def timestamp_config() -> None:
    """A set-up whose times cannot be placed: none, seconds, or a date format without a zone.

    Why: Records then cannot be merged with those of other services (LV101, LV103 and LV104 see the records).

    Bad:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ timestamp: pino.stdTimeFunctions.unixTime })

    Bad:
        == main.py ==
        import logging
        def main():
            logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    Good:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ timestamp: pino.stdTimeFunctions.isoTime })

    Pino: `timestamp: pino.stdTimeFunctions.isoTime`
    Python: `datefmt="%Y-%m-%dT%H:%M:%S%z"`
    """


@source_rule("LV817", "service-not-bound", Severity.WARN)
def service_not_bound() -> None:
    """A `pino()` whose records do not say which service wrote them: neither `base` nor `mixin` carries it.

    Why: In a merged stream nobody can tell whose record it is (LV301 sees the records).

    Bad:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ level: process.env.LOG_LEVEL })

    Good:
        == log.ts ==
        import pino from 'pino'
        export const log = pino({ base: { service: 'scheduler' } })

    Pino: `base: { service: 'scheduler' }`
    Python: does not apply
    """


@source_rule("LV818", "http-level-default", Severity.WARN)
def http_level_default() -> None:
    """pino-http without `customLogLevel`: 404 and 500 are logged at info.

    Why: Failed requests do not show among warnings and errors (pino-http 11 defaults, measured; LV207 sees the
    records).

    Bad:
        == app.ts ==
        import pinoHttp from 'pino-http'
        export const http = pinoHttp({ redact: ['req.headers'] })

    Good:
        == app.ts ==
        import pinoHttp from 'pino-http'
        export const http = pinoHttp({
          redact: ['req.headers'],
          customLogLevel: (_req, res, err) =>
            err || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info',
        })

    Pino: set `customLogLevel`: error for `err` or a status from 500, warn from 400, else info
    Python: does not apply
    """


@source_rule("LV819", "deprecated-middleware", Severity.INFO)
def deprecated_middleware() -> None:
    """An import of express-pino-logger.

    Why: npm marks it deprecated; pino-http is the same code, maintained (express-pino-logger issue 41).

    Bad:
        == app.ts ==
        import expressPino from 'express-pino-logger'
        export const http = expressPino()

    Good:
        == app.ts ==
        import pinoHttp from 'pino-http'
        export const http = pinoHttp({ redact: ['req.headers'], customLogLevel: () => 'info' })

    Pino: `import pinoHttp from 'pino-http'`
    Python: does not apply
    """


@source_rule("LV821", "existing-loggers-disabled", Severity.WARN)
def existing_loggers_disabled() -> None:
    """`dictConfig` or `fileConfig` that disables the loggers made before it.

    Why: `disable_existing_loggers` is True by default: loggers of modules imported earlier fall silent (Python
    documentation, "Dictionary Schema Details").

    Bad:
        == main.py ==
        import logging.config
        def main():
            logging.config.dictConfig({"version": 1, "root": {"level": "INFO"}})

    Good:
        == main.py ==
        import logging.config
        def main():
            logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "INFO"}})

    Pino: does not apply
    Python: `"disable_existing_loggers": False`
    """


@source_rule("LV822", "server-logs-unrouted", Severity.WARN)
def server_logs_unrouted() -> None:
    """uvicorn or a celery worker started from code without a log configuration.

    Why: The server's own lines keep the server's format, without time and service, beside the application's.

    Bad:
        == main.py ==
        import uvicorn
        def main():
            uvicorn.run("app.web:app", port=8000)

    Good:
        == main.py ==
        import uvicorn
        def main():
            uvicorn.run("app.web:app", port=8000, log_config=None)

    Pino: does not apply
    Python: `log_config=None` after configuring the root logger, or a `log_config` of your own
    """
