"""What is known of JavaScript libraries that log: their names, exports, types, and where they put their loggers."""

from __future__ import annotations

import re

LIBRARIES = frozenset(
    [
        "pino",
        "pino-http",
        "express-pino-logger",
        "pino-pretty",
        "fastify",
        "nestjs-pino",
        "koa-pino-logger",
        "hapi-pino",
        "pino-caller",
        "express",
        "async_hooks",
        "node:async_hooks",
        "process",
        "node:process",
        "console",
        "node:console",
    ]
)
ALIASES = {
    "pino.pino": "pino",
    "pino.default": "pino",
    "pino-http.default": "pino-http",
    "pino-http.pinoHttp": "pino-http",
    "express-pino-logger.default": "express-pino-logger",
    "koa-pino-logger.default": "koa-pino-logger",
    "pino-pretty.default": "pino-pretty",
    "fastify.default": "fastify",
    "fastify.fastify": "fastify",
    "node:async_hooks": "async_hooks",
    "node:process": "process",
    "node:console": "console",
    "process.default": "process",
    "console.default": "console",
}
MIDDLEWARE = {"pino-http": "pino-http", "express-pino-logger": "express-pino-logger", "koa-pino-logger": "pino-http"}
NEST_MODULE = frozenset({"nestjs-pino.LoggerModule.forRoot", "nestjs-pino.LoggerModule.forRootAsync"})
"""How a Nest application sets pino-http up."""
LOGGER_TYPES = {
    "pino.Logger": "pino",
    "pino.BaseLogger": "pino",
    "pino.P.Logger": "pino",
    "pino.P.BaseLogger": "pino",
    "pino.LoggerExtras": "pino",
    "fastify.FastifyBaseLogger": "pino",
    "fastify.FastifyLoggerInstance": "pino",
    "nestjs-pino.PinoLogger": "pino",
    "nestjs-pino.Logger": "nestjs-pino",
}
"""Type → the library whose arguments its methods take."""
SERVER_TYPES = frozenset(
    ["fastify.FastifyInstance", "fastify.FastifyRequest", "fastify.FastifyReply", "fastify.FastifyPluginCallback"]
)
REQUEST_NAMES = frozenset({"req", "request", "reply", "ctx", "_req", "_request"})
APP_NAMES = frozenset({"fastify", "app", "server", "instance"})
LOG_MODULE = re.compile(r"(?i)(^|[/-])(log|logger|logging|logs)(/|$)")
OTHER_LOGS = re.compile(r"@(aws-lambda-powertools|google-cloud|opentelemetry|azure|nestjs|sentry|datadog|angular)/")
"""Scoped packages named for logging: a company's own, and well-known ones whose loggers are none of pino's."""
PARAMETER_NAMES = frozenset({"log", "logger", "_log", "_logger"})
