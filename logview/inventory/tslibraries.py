"""What is known of JavaScript libraries that log: their names, exports, types, and where they put their loggers."""

from __future__ import annotations

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
LOGGER_TYPES = frozenset(
    [
        "pino.Logger",
        "pino.BaseLogger",
        "pino.P.Logger",
        "pino.P.BaseLogger",
        "fastify.FastifyBaseLogger",
        "fastify.FastifyLoggerInstance",
        "nestjs-pino.PinoLogger",
        "pino.LoggerExtras",
    ]
)
SERVER_TYPES = frozenset(
    ["fastify.FastifyInstance", "fastify.FastifyRequest", "fastify.FastifyReply", "fastify.FastifyPluginCallback"]
)
REQUEST_NAMES = frozenset({"req", "request", "reply", "ctx", "_req", "_request"})
APP_NAMES = frozenset({"fastify", "app", "server", "instance"})
PARAMETER_NAMES = frozenset({"log", "logger", "_log", "_logger"})
