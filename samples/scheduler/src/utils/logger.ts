// The scheduler's one logger. Every module takes a child of it, so that each record says where it comes from.
import { pino, stdSerializers, type Logger } from 'pino';

const level = process.env.LOG_LEVEL ?? (process.env.NODE_ENV === 'production' ? 'info' : 'debug');

interface LoggedRequest {
  id: unknown;
  method: string;
  url: string;
  headers: Record<string, unknown>;
}

const LOGGED_HEADERS = ['user-agent', 'authorization', 'cookie'];

/** What of an error, a request and a response is logged; request headers are few, the rest only takes room. */
export const serializers = {
  err: stdSerializers.err,
  req: ({ id, method, url, headers }: LoggedRequest) => {
    const sent = LOGGED_HEADERS.filter((name) => name in headers).map((name) => [name, headers[name]]);
    return { id, method, url, headers: Object.fromEntries(sent) };
  },
  res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
};

export const logger: Logger = pino({
  level,
  base: { service: 'scheduler', pid: process.pid },
  serializers,
  redact: ['password', 'token', 'req.headers.cookie'],
});

type Write = (...args: unknown[]) => void;

/** What modules log with: pino's methods, with looser arguments than pino's own types allow. */
export interface ModuleLogger {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
  child(bindings: Record<string, unknown>): ModuleLogger;
}

/** The logger of one module: "queue", "dispatcher", "http", "db". */
export function loggerFor(module: string): ModuleLogger {
  return logger.child({ module }) as ModuleLogger;
}
