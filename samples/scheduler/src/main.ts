// Puts the scheduler together and starts it; SIGTERM and SIGINT let running jobs finish first.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from './config.js';
import { JobStore } from './db.js';
import { Dispatcher } from './dispatcher.js';
import { createApp } from './http.js';
import { JobQueue } from './queue.js';
import { logger } from './utils/logger.js';

const config = readConfig();
const store = new JobStore(config.dataFile);
store.open();
const queue: JobQueue = new JobQueue(config.highWater, () => dispatcher.pump());
const dispatcher: Dispatcher = new Dispatcher(config, store, () => queue);
const server = createServer(createApp({ config, store, queue, dispatcher }));

server.listen(config.port, '127.0.0.1', () => {
  logger.info({ port: config.port }, 'Scheduler listening on loopback.');
});

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal, depth: queue.depth, active: dispatcher.active }, 'stopping after running jobs');
  server.close();
  server.closeIdleConnections();
  const deadline = Date.now() + 10_000;
  while ((queue.depth > 0 || dispatcher.active > 0) && Date.now() < deadline) await sleep(50);
  logger.info('scheduler stopped');
  process.exit(0);
}
process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));
process.on('uncaughtException', (err) => {
  logger.fatal({ err }, 'uncaught exception');
  process.exit(1);
});
