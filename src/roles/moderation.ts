import type { Intake, Moderation, Review } from '../connectors/moderation.ts';
import type { Classify } from '../domain/verdict.ts';
import { answerAppeal } from '../pipeline/appeals.ts';
import { findCase } from '../pipeline/flag-action.ts';
import { stats } from '../pipeline/insight.ts';
import { receive, remove } from '../pipeline/intake.ts';
import { findMessage, lastSeen, openCards } from '../pipeline/lookup.ts';
import { escalate, label, recordSanction, undo } from '../pipeline/review.ts';
import { changePolicy, policyOf } from '../pipeline/settings.ts';
import type { Queues } from '../queue/queues.ts';
import { createChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { gather } from './gather.ts';

/** What of the contract is there so far. */
export type Ready = Omit<Intake, 'purge'> &
  Omit<Review, 'raise' | 'why'> &
  Pick<Moderation, 'stats' | 'policy' | 'setThreshold' | 'setMode'>;

/** The pipeline as connectors see it. */
export function createModeration(given: { database: Database; queues: Queues; seal: Seal; classify: Classify }): Ready {
  const parts = { ...given, channels: createChannelDirectory(given.database) };
  return {
    receive: gather((messages) => receive(parts, messages)),
    remove: (messages) => remove(parts, messages),
    lastSeen: (community) => lastSeen(parts, community),
    label: (input) => label(parts, input),
    undo: (input) => undo(parts, input),
    escalate: (input) => escalate(parts, input),
    recordSanction: (input) => recordSanction(parts, input),
    answerAppeal: (input) => answerAppeal(parts, input),
    queue: (filter) => openCards(parts, filter),
    case: (community, flag) => findCase(parts, community, flag),
    find: (message) => findMessage(parts, message),
    stats: (community, since) => stats(parts, community, since),
    check: async (text) => (await given.classify([text]))[0]!,
    policy: (channel) => policyOf(parts, channel),
    setThreshold: (channel, threshold, by) => changePolicy(parts, channel, { threshold }, by),
    setMode: (channel, mode, by) => changePolicy(parts, channel, { mode }, by),
  };
}
