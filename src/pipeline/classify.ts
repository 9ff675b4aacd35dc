import type { Platform } from '../domain/message.ts';
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
  /** When its text came in. */
  receivedAt: Date;
}

interface ClassifyParts {
  database: Database;
  queues: Queues;
  seal: Seal;
  classify: Classify;
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
  { database, queues, seal, classify, onStored, random }: ClassifyParts,
  jobs: readonly MessagesJob[],
): Promise<void> {
  const pending = await findPending(database.handle, jobs.flatMap(messagesOf));
  if (pending.length === 0) return;
  const texts = pending.map(({ sealed, channel, externalId, revision }) =>
    seal.open(sealed, { channel, message: externalId, revision }),
  );
  const communities = pending.map(({ community }) => community);
  const verdicts = await classify(texts, communities);
  const judged = new Map(
    pending.map(({ message, revision, receivedAt }, place) => [
      message,
      { revision, receivedAt, verdict: verdicts[place]! },
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
      receivedAt: judged.get(message)!.receivedAt,
    })),
  );
}
