import { openQueues } from '../queue/queues.ts';
import type { Queues } from '../queue/queues.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { Keys, Secret } from '../runtime/secrets.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { openDatabase } from '../store/database.ts';
import type { Database, DatabaseAddress } from '../store/database.ts';
import { findUnknownKeys } from '../store/reseal.ts';
import { createSeal } from '../store/seal.ts';
import type { Seal } from '../store/seal.ts';
import { weighAll, WEIGHING_SCHEDULE } from './weighing.ts';
import { endRetention, RETENTION_SCHEDULE } from './retention.ts';

/** What every role stands on. */
export interface Foundation {
  database: Database;
  queues: Queues;
  seal: Seal;
}

const UNKNOWN_KEY =
  'texts or tokens are stored under a key that is not given: set it in EVENKEEL_OLD_KEYS, then run `evenkeel keys rotate`';

/** Opens the database and its queues, and takes part in their upkeep. */
export async function openFoundation(
  stack: ServiceStack,
  { database: address }: Pick<Config, 'database'>,
  keys: Secret<Keys>,
  log: Logger,
): Promise<Foundation> {
  const database = await stack.use(
    'database',
    () => openDatabase(addressOf(address)),
    (opened) => opened.close(),
  );
  const queues = await stack.use(
    'queues',
    () => openQueues(database, log.named('queue')),
    (opened) => opened.close(),
  );
  await queues.schedule('retention', RETENTION_SCHEDULE);
  await stack.use(
    'retention',
    () => queues.startWorker({ queue: 'retention', batchSize: 1, handler: () => endRetention({ database, queues }) }),
    (worker) => worker.stop(),
  );
  const foundation = { database, queues, seal: createSeal(keys.reveal()) };
  const unknown = await findUnknownKeys(database.handle, foundation.seal);
  if (unknown.length > 0) log.warn(UNKNOWN_KEY);
  await queues.schedule('weighing', WEIGHING_SCHEDULE);
  await stack.use(
    'weighing',
    () => queues.startWorker({ queue: 'weighing', batchSize: 1, handler: () => weighAll(foundation) }),
    (worker) => worker.stop(),
  );
  return foundation;
}

/** Where the configured database is, as the store takes it. */
export function addressOf(database: Config['database']): DatabaseAddress {
  return database.engine === 'pglite' ? { directory: database.directory } : { url: database.url.reveal() };
}
