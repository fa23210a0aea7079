// The scheduler's HTTP interface. pino-http writes one record for each request.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import type { Config } from './config.js';
import type { JobStore } from './db.js';
import type { Dispatcher } from './dispatcher.js';
import { orderFault, type Job, type Order } from './job.js';
import type { JobQueue } from './queue.js';
import { logger, loggerFor, serializers } from './utils/logger.js';

const log = loggerFor('http');

export interface Parts {
  config: Config;
  store: JobStore;
  queue: JobQueue;
  dispatcher: Dispatcher;
}

function requestId(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && given ? given : randomUUID();
}

export function createApp({ store, queue, dispatcher }: Parts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  app.use(pinoHttp({ logger: logger.child({ module: 'http' }), genReqId: requestId, serializers }));
  app.use(express.json({ limit: '1mb' }));

  app.post('/jobs', (req, res) => {
    const fault = orderFault(req.body);
    if (fault) {
      log.warn({ request_id: req.id, reason: fault }, 'order rejected');
      return void res.status(400).json({ error: fault });
    }
    const order = req.body as Order;
    const job: Job = { id: store.newId(), order, requestId: String(req.id), acceptedMs: Date.now() };
    log.info({ jobId: job.id, request_id: job.requestId, tenantId: order.tenant }, 'job accepted');
    store.save(job);
    queue.add(job);
    res.status(202).json({ job_id: job.id });
  });

  app.get('/jobs/:id', (req, res) => {
    const job = store.get(req.params.id);
    if (!job) return void res.status(404).json({ error: 'no such job' });
    res.json({ job_id: job.id, outcome: job.outcome ?? 'open', cost: job.solution?.cost });
  });

  app.delete('/jobs/:id', (req, res) => {
    const cancelled = dispatcher.cancel(req.params.id);
    res.status(cancelled ? 202 : 409).json({ cancelled });
  });

  app.get('/stats', (_req, res) => void res.json({ depth: queue.depth, active: dispatcher.active, jobs: store.counts() }));
  return app;
}
