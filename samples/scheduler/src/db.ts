// The job store: an append-only file of JSON lines, read back when the scheduler starts.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Job } from './job.js';
import { loggerFor } from './utils/logger.js';

const log = loggerFor('db');
const FIRST_ID = 0x7f3a;

export class JobStore {
  private readonly jobs = new Map<string, Job>();
  private lastId = FIRST_ID - 1;

  constructor(private readonly file: string) {}

  open(): void {
    if (existsSync(this.file)) {
      for (const line of readFileSync(this.file, 'utf8').split('\n')) {
        if (line) this.remember(JSON.parse(line) as Job);
      }
    }
    log.info({ job_count: this.jobs.size }, 'store opened');
  }

  newId(): string {
    this.lastId += 1;
    return `job-${this.lastId.toString(16)}`;
  }

  get(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  save(job: Job): void {
    const started = performance.now();
    this.remember(job);
    const line = `${JSON.stringify(job)}\n`;
    appendFileSync(this.file, line);
    const elapsed = Math.round((performance.now() - started) * 1000) / 1000;
    log.debug({ jobId: job.id, size_bytes: line.length, elapsed }, 'job stored');
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { outcome = 'open' } of this.jobs.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  private remember(job: Job): void {
    this.jobs.set(job.id, job);
    this.lastId = Math.max(this.lastId, Number.parseInt(job.id.slice('job-'.length), 16));
  }
}
