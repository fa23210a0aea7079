// Takes jobs from the queue, has the optimizer solve them, and stores what comes back.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.js';
import type { JobStore } from './db.js';
import type { Job, Outcome, Solution } from './job.js';
import type { JobQueue } from './queue.js';
import { loggerFor } from './utils/logger.js';

const log = loggerFor('dispatcher');

class OptimizerBusy extends Error {}
class OptimizerFailed extends Error {}

export class Dispatcher {
  private readonly running = new Map<string, AbortController>();
  private readonly attempts = new Map<string, number>();

  constructor(
    private readonly config: Config,
    private readonly store: JobStore,
    private readonly queue: () => JobQueue,
  ) {}

  get active(): number {
    return this.running.size;
  }

  /** Starts as many waiting jobs as there are free slots. */
  pump(): void {
    while (this.running.size < this.config.slots) {
      const job = this.queue().take();
      if (!job) return;
      const abort = new AbortController();
      this.running.set(job.id, abort);
      void this.work(job, abort.signal).then((isDone) => {
        this.running.delete(job.id);
        if (!isDone) this.queue().requeue(job);
        this.pump();
      });
    }
  }

  cancel(id: string): boolean {
    const waiting = this.queue().remove(id);
    if (waiting) this.finish(waiting, 'cancelled');
    this.running.get(id)?.abort();
    return waiting !== undefined || this.running.has(id);
  }

  /** One attempt at a job; whether that was the last one. */
  private async work(job: Job, signal: AbortSignal): Promise<boolean> {
    const attempt = (this.attempts.get(job.id) ?? 0) + 1;
    this.attempts.set(job.id, attempt);
    const jobLog = log.child({ jobId: job.id });
    if (attempt === 1) jobLog.info({ stop_count: job.order.stops.length }, 'job dispatched');
    try {
      const solution = await this.solve(job, signal);
      jobLog.info({ cost: solution.cost, restarts: solution.restarts }, 'solution received');
      job.solution = solution;
      this.finish(job, 'solved');
      return true;
    } catch (error) {
      return this.recover(job, attempt, error as Error);
    }
  }

  private async solve(job: Job, signal: AbortSignal): Promise<Solution> {
    const response = await fetch(`${this.config.optimizerUrl}/solve`, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/json',
        'x-request-id': job.requestId,
        authorization: `Bearer ${this.config.optimizerToken}`,
      },
      body: JSON.stringify({ job_id: job.id, ...job.order }),
    });
    if (response.status === 503) throw new OptimizerBusy('the optimizer has no free slot');
    const body = await response.text();
    if (!response.ok) throw new OptimizerFailed(`the optimizer answered ${response.status}: ${body}`);
    return JSON.parse(body) as Solution;
  }

  private async recover(job: Job, attempt: number, error: Error): Promise<boolean> {
    const jobLog = log.child({ jobId: job.id });
    if (error.name === 'AbortError') {
      log.error('optimizer call aborted', error);
      this.finish(job, 'cancelled');
    } else if (error instanceof SyntaxError) {
      jobLog.error({ error }, 'solution is not readable');
      this.finish(job, 'failed');
    } else if (error instanceof OptimizerFailed) {
      jobLog.error({ err: error }, 'job failed');
      this.finish(job, 'failed');
    } else if (attempt >= this.config.maxAttempts) {
      jobLog.error({ attempt, max_attempts: this.config.maxAttempts }, 'giving up on job');
      this.finish(job, 'failed');
    } else {
      await this.waitForRetry(job, attempt, error);
      return false;
    }
    return true;
  }

  private async waitForRetry(job: Job, attempt: number, error: Error): Promise<void> {
    const jobLog = log.child({ jobId: job.id });
    const delay_ms = this.config.backoffMs * 2 ** (attempt - 1);
    if (error instanceof OptimizerBusy) {
      jobLog.warn({ attempt, max_attempts: this.config.maxAttempts, delay_ms }, 'retrying optimizer call');
    } else {
      jobLog.info({ delay_ms }, 'could not reach the optimizer');
    }
    await sleep(delay_ms);
  }

  private finish(job: Job, outcome: Outcome): void {
    job.outcome = outcome;
    this.attempts.delete(job.id);
    this.store.save(job);
    log.info({ jobId: job.id, outcome, duration_ms: Date.now() - job.acceptedMs }, 'job finished');
  }
}
