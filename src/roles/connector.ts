import type { Connector } from '../connectors/connector.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { CardJob } from '../queue/jobs.ts';
import type { ServiceStack } from '../runtime/service.ts';
import type { Foundation } from './foundation.ts';
import { showCards } from './show-cards.ts';

/** Cards drawn at once: platforms allow few calls a second anyway. */
const BATCH = 32;

/** Connects a platform: its messages come in, its cards go out. `onDrawn` hears how many jobs of cards were done. */
export async function runConnector(
  stack: ServiceStack,
  foundation: Foundation,
  connector: Connector,
  onDrawn: (counts: { shown: number; failed: number }) => void = () => {},
): Promise<void> {
  const handler = async (jobs: CardJob[]): Promise<ReadonlyMap<number, unknown>> => {
    const failures = await showCards({ ...foundation, connector }, jobs);
    onDrawn({ shown: jobs.length - failures.size, failed: failures.size });
    return failures;
  };
  await stack.start(`${connector.platform} connector`, connector);
  await stack.use(
    `${connector.platform} cards`,
    () => foundation.queues.startWorker({ queue: cardsQueue(connector.platform), batchSize: BATCH, handler }),
    (worker) => worker.stop(),
  );
}
