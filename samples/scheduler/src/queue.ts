// Jobs that wait for a slot: urgent ones first, then in order of arrival.
import type { Job } from './job.js';
import { loggerFor } from './utils/logger.js';

const log = loggerFor('queue');

export class JobQueue {
  private readonly waiting: Job[] = [];
  private wasBusy = false;

  constructor(
    private readonly highWater: number,
    private readonly onWork: () => void,
  ) {}

  get depth(): number {
    return this.waiting.length;
  }

  add(job: Job): void {
    if (job.order.priority) {
      this.waiting.unshift(job);
      log.info('priority job scheduled', { jobId: job.id, priority: job.order.priority });
    } else {
      this.waiting.push(job);
      log.debug({ jobId: job.id, depth: this.depth }, 'job queued');
    }
    if (this.depth > this.highWater && !this.wasBusy) {
      this.wasBusy = true;
      log.warn({ depth: this.depth }, 'queue is over its high-water mark of %d');
    }
    this.onWork();
  }

  /** Puts a job back whose optimizer was busy; it keeps its place in front. */
  requeue(job: Job): void {
    this.waiting.unshift(job);
    log.info(`requeued ${job.id}`);
    this.onWork();
  }

  take(): Job | undefined {
    const job = this.waiting.shift();
    if (this.wasBusy && this.depth === 0) {
      this.wasBusy = false;
      console.log('queue drained, back to normal');
    }
    return job;
  }

  remove(id: string): Job | undefined {
    const at = this.waiting.findIndex((job) => job.id === id);
    return at < 0 ? undefined : this.waiting.splice(at, 1)[0];
  }
}
