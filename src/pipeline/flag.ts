import { randomUUID } from 'node:crypto';
import { isFlagged } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { openFlags, withdrawFlags } from '../store/flags.ts';
import type { FlagKey, NewFlag } from '../store/flags.ts';
import { admit } from './admission.ts';
import type { Handle } from '../store/statement.ts';
import { storeVerdicts } from '../store/verdicts.ts';
import type { LockedMessage } from '../store/verdicts.ts';

/** A message under lock at the revision that was classified, and what the classifier said. */
export interface ClassifiedMessage extends LockedMessage {
  verdict: Verdict;
}

/**
 * Verb 3: stores verdicts and raises, reopens or withdraws flags by each channel's policy of this moment, with the jobs
 * that redraw their cards. The text of what is not flagged goes in the same transaction. Returns those that were new.
 */
export async function applyVerdicts(
  tx: Handle,
  queues: Queues,
  classified: readonly ClassifiedMessage[],
): Promise<(ClassifiedMessage & { flagged: boolean })[]> {
  const judged = classified.map((message) => ({
    ...message,
    flagged: message.raised || isFlagged(message, message.verdict),
  }));
  const isNew = new Set((await storeVerdicts(tx, judged)).map(({ message }) => message));
  const fresh = judged.filter(({ message }) => isNew.has(message));

  const raised = fresh.filter(({ flagged }) => flagged);
  const calmed = fresh.filter(({ flagged, hasFlag }) => !flagged && hasFlag);
  const { admissions, summaries } = await admit(
    tx,
    raised.filter(({ hasFlag }) => !hasFlag),
  );
  const changed = [
    ...(raised.length > 0 ? await openFlags(tx, raised.map(newFlag)) : []),
    ...(calmed.length > 0 ? await withdrawFlags(tx, calmed) : []),
  ];
  const platformOf = new Map(fresh.map(({ message, platform }) => [message, platform]));
  const drawn = changed.filter(({ message }) => admissions.get(message)?.held !== true);
  await enqueueCards(
    tx,
    queues,
    drawn.map(({ message, flag }) => ({ flag, platform: platformOf.get(message)! })),
  );
  for (const { id, platform } of summaries) await queues.sendMany(tx, cardsQueue(platform), [{ summary: id }]);
  return fresh;

  function newFlag({ message, revision, communityId, threshold }: ClassifiedMessage): NewFlag {
    const { held, notify } = admissions.get(message) ?? { held: false, notify: null };
    return { flag: randomUUID(), message, revision, communityId, threshold, origin: 'score', held, notify };
  }
}

/** Adds a job for each flag whose card shows something else from now on. */
export async function enqueueCards(tx: Handle, queues: Queues, flags: readonly FlagKey[]): Promise<void> {
  const byPlatform = Map.groupBy(flags, ({ platform }) => platform);
  for (const [platform, some] of byPlatform) {
    await queues.sendMany(
      tx,
      cardsQueue(platform),
      some.map(({ flag }) => ({ flag })),
    );
  }
}
