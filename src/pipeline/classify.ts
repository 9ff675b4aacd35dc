import type { Classify } from '../domain/verdict.ts';
import { messagesOf } from '../queue/jobs.ts';
import type { MessagesJob } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { findPending } from '../store/texts.ts';
import { lockMessages } from '../store/verdicts.ts';
import { applyVerdicts } from './flag.ts';

/**
 * Verb 2: gives the latest revision of each job's messages its one verdict. What was edited, deleted or classified meanwhile is
 * passed over: an edit has a job of its own. Rejects as a whole and leaves nothing behind.
 */
export async function classifyMessages(
  {
    database,
    queues,
    seal,
    classify,
    random,
  }: { database: Database; queues: Queues; seal: Seal; classify: Classify; random?: () => number },
  jobs: readonly MessagesJob[],
): Promise<void> {
  const pending = await findPending(database.handle, jobs.flatMap(messagesOf));
  if (pending.length === 0) return;
  const texts = pending.map(({ sealed, channel, externalId, revision }) =>
    seal.open(sealed, { channel, message: externalId, revision }),
  );
  const verdicts = await classify(texts);
  const judged = new Map(
    pending.map(({ message, revision }, place) => [message, { revision, verdict: verdicts[place]! }]),
  );

  await database.transaction(async (tx) => {
    const locked = await lockMessages(tx, [...judged.keys()]);
    const classified = locked.flatMap((message) => {
      const { revision, verdict } = judged.get(message.message)!;
      return message.revision === revision ? [{ ...message, verdict }] : [];
    });
    if (classified.length > 0) await applyVerdicts(tx, queues, classified, random);
  });
}
