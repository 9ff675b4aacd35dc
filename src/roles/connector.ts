import type { Connector } from '../connectors/connector.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { ServiceStack } from '../runtime/service.ts';
import type { Foundation } from './foundation.ts';
import { showCards } from './show-cards.ts';

/** Cards drawn at once: platforms allow few calls a second anyway. */
const BATCH = 32;

/** Connects a platform: its messages come in, its cards go out. */
export async function runConnector(stack: ServiceStack, foundation: Foundation, connector: Connector): Promise<void> {
  await stack.start(`${connector.platform} connector`, connector);
  await stack.use(
    `${connector.platform} cards`,
    () =>
      foundation.queues.startWorker({
        queue: cardsQueue(connector.platform),
        batchSize: BATCH,
        handler: (jobs) => showCards({ ...foundation, connector }, jobs),
      }),
    (worker) => worker.stop(),
  );
}
