import type { Moderation } from '../connectors/connector.ts';
import type { Classify } from '../domain/verdict.ts';
import { firstPolicy, receive, remove } from '../pipeline/intake.ts';
import { changePolicy, findCase, label, openCards, policyOf, stats } from '../pipeline/review.ts';
import type { Queues } from '../queue/queues.ts';
import { createChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { gather } from './gather.ts';

/** The pipeline as connectors see it. */
export function createModeration(given: {
  database: Database;
  queues: Queues;
  seal: Seal;
  classify: Classify;
}): Moderation {
  const parts = { ...given, channels: createChannelDirectory(given.database, firstPolicy) };
  return {
    receive: gather((messages) => receive(parts, messages)),
    remove: (messages) => remove(parts, messages),
    label: (input) => label(parts, input),
    queue: (filter) => openCards(parts, filter),
    case: (community, flag) => findCase(parts, community, flag),
    stats: (community, since) => stats(parts, community, since),
    check: async (text) => (await given.classify([text]))[0]!,
    policy: (channel) => policyOf(parts, channel),
    setThreshold: (channel, threshold, by) => changePolicy(parts, channel, { threshold }, by),
    setMode: (channel, mode, by) => changePolicy(parts, channel, { mode }, by),
  };
}
