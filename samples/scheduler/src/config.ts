// Everything the environment may say, read once.
export interface Config {
  port: number;
  optimizerUrl: string;
  optimizerToken: string;
  dataFile: string;
  slots: number;
  maxAttempts: number;
  backoffMs: number;
  highWater: number;
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return {
    port: Number(env.SCHEDULER_PORT ?? 7301),
    optimizerUrl: env.OPTIMIZER_URL ?? 'http://127.0.0.1:7302',
    optimizerToken: env.OPTIMIZER_TOKEN ?? '',
    dataFile: env.SCHEDULER_DATA ?? 'jobs.db',
    slots: Number(env.SCHEDULER_SLOTS ?? 6),
    maxAttempts: Number(env.SCHEDULER_MAX_ATTEMPTS ?? 4),
    backoffMs: Number(env.SCHEDULER_BACKOFF_MS ?? 100),
    highWater: Number(env.SCHEDULER_HIGH_WATER ?? 4),
  };
}
