import { LOCAL_COMMUNITY } from '../connectors/local/connector.ts';
import { sizeOf } from '../queue/jobs.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { Keys, Secret } from '../runtime/secrets.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { createChannelDirectory } from '../store/channel-directory.ts';
import { findOutcomes } from '../store/outcomes.ts';
import type { Outcome } from '../store/outcomes.ts';
import { loadClassifier, runClassifier } from './classifier.ts';
import { runConnector } from './connector.ts';
import { openFoundation } from './foundation.ts';
import type { Foundation } from './foundation.ts';
import { createModeration } from './moderation.ts';
import { NOWHERE } from './nowhere.ts';

/** The channel of the local chat that replayed posts are in. */
const CHANNEL = { ...LOCAL_COMMUNITY, channel: 'replay' };

/** Posts that may wait for their verdict; with more, intake waits until all have theirs. */
const MOST_WAITING = 4096;

/** The whole loop without a page: posts go in, cards are drawn nowhere. */
export interface Replay {
  readonly device: string;
  readonly model: string;
  /** Posts of this process that were new, and those that have got their verdict since it started. */
  readonly counts: { received: number; classified: number };
  /** Resolves once they are stored. A post that is there already does nothing. */
  receive(posts: readonly { id: string; text: string }[]): Promise<void>;
  /** Resolves once nothing waits: every post has its verdict, and every flag its card. */
  finish(): Promise<void>;
  outcomes(ids: readonly string[]): Promise<Outcome[]>;
}

export async function openReplay(
  stack: ServiceStack,
  config: Config,
  keys: Secret<Keys>,
  log: Logger,
): Promise<Replay> {
  const counts = { received: 0, classified: 0 };
  const foundation = counting(
    await openFoundation(stack, config, keys, log),
    (messages) => (counts.received += messages),
  );
  const { database, queues } = foundation;
  const { classify, device, model } = await loadClassifier(stack, config, log.named('classifier'));
  const moderation = createModeration({ ...foundation, classify });
  const channels = createChannelDirectory(database);
  await runClassifier(
    stack,
    foundation,
    { classify },
    {
      onClassified(messages) {
        counts.classified += messages;
        log.debug('classified', { verdicts: counts.classified });
      },
    },
  );
  await runConnector(stack, foundation, NOWHERE);

  return {
    device,
    model,
    counts,
    async receive(posts) {
      if (counts.received - counts.classified > MOST_WAITING) await queues.drained('messages');
      const postedAt = new Date();
      await moderation.receive(
        posts.map(({ id, text }) => ({ ...CHANNEL, message: id, revision: 0, author: 'replay', text, postedAt })),
      );
    },
    finish: () => queues.drained('messages', 'cards-local'),
    async outcomes(ids) {
      const [channel] = await channels.ids([CHANNEL]);
      return findOutcomes(database.handle, channel!, ids);
    },
  };
}

function counting(foundation: Foundation, onReceived: (messages: number) => void): Foundation {
  const { queues } = foundation;
  return {
    ...foundation,
    queues: {
      ...queues,
      async sendMany(tx, queue, payloads) {
        await queues.sendMany(tx, queue, payloads);
        if (queue === 'messages') onReceived(payloads.reduce((sum, payload) => sum + sizeOf(payload), 0));
      },
    },
  };
}
