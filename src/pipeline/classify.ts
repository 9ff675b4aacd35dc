import type { Platform } from '../domain/message.ts';
import { UNSEEN_VERDICT } from '../domain/verdict.ts';
import type { Classify } from '../domain/verdict.ts';
import { messagesOf } from '../queue/jobs.ts';
import type { MessagesJob } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { findPending } from '../store/texts.ts';
import { lockMessages } from '../store/verdicts.ts';
import { applyVerdicts } from './flag.ts';

/** A verdict that is now stored, as far as whoever counts them needs to know. */
export interface StoredVerdict {
  platform: Platform;
  adapter: string;
  flagged: boolean;
  /** False of a post that was passed over. */
  isSeen: boolean;
  /** When its text came in. */
  receivedAt: Date;
}

interface ClassifyParts {
  database: Database;
  queues: Queues;
  seal: Seal;
  classify: Classify;
  /**
   * From which age on, in s, posts are passed over, given that of the oldest of some; none are by default. A post that has
   * a flag is never passed over.
   */
  unseenFrom?: ((oldestSeconds: number) => number) | undefined;
  /** Hears of verdicts once they are committed. */
  onStored?: (verdicts: readonly StoredVerdict[]) => void;
  /** What chance draws unflagged posts by, in [0, 1). */
  random?: () => number;
}

/**
 * Verb 2: gives the latest revision of each job's messages its one verdict. What was edited, deleted or classified meanwhile is
 * passed over: an edit has a job of its own. Rejects as a whole and leaves nothing behind.
 */
export async function classifyMessages(
  { database, queues, seal, classify, unseenFrom = () => Infinity, onStored, random }: ClassifyParts,
  jobs: readonly MessagesJob[],
): Promise<void> {
  const pending = await findPending(database.handle, jobs.flatMap(messagesOf));
  if (pending.length === 0) return;
  const from = unseenFrom(Math.max(...pending.map(({ ageSeconds }) => ageSeconds)));
  const seen = pending.filter(({ ageSeconds, hasFlag }) => hasFlag || ageSeconds < from);
  const texts = seen.map(({ sealed, channel, externalId, revision }) =>
    seal.open(sealed, { channel, message: externalId, revision }),
  );
  const communities = seen.map(({ community }) => community);
  const verdicts = seen.length > 0 ? await classify(texts, communities) : [];
  const given = new Map(seen.map(({ message }, place) => [message, verdicts[place]!]));
  const judged = new Map(
    pending.map(({ message, revision, receivedAt }) => [
      message,
      { revision, receivedAt, verdict: given.get(message) ?? UNSEEN_VERDICT },
    ]),
  );

  const stored = await database.transaction(async (tx) => {
    const locked = await lockMessages(tx, [...judged.keys()]);
    const classified = locked.flatMap((message) => {
      const { revision, verdict } = judged.get(message.message)!;
      return message.revision === revision ? [{ ...message, verdict }] : [];
    });
    return classified.length > 0 ? applyVerdicts(tx, queues, classified, random) : [];
  });
  onStored?.(
    stored.map(({ message, platform, flagged, verdict }) => ({
      platform,
      flagged,
      adapter: verdict.adapter,
      isSeen: verdict.reason !== 'unseen',
      receivedAt: judged.get(message)!.receivedAt,
    })),
  );
}
