import { randomUUID } from 'node:crypto';
import { isFlagged } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { openFlags, withdrawFlags } from '../store/flags.ts';
import type { FlagKey, NewFlag } from '../store/flags.ts';
import { admit } from './admission.ts';
import { draw } from './audit-draw.ts';
import type { Handle } from '../store/statement.ts';
import { storeVerdicts } from '../store/verdicts.ts';
import type { LockedMessage } from '../store/verdicts.ts';

/** A message under lock at the revision that was classified, and what the classifier said. */
export interface ClassifiedMessage extends LockedMessage {
  verdict: Verdict;
}

/**
 * Verb 3: stores verdicts and raises, reopens or withdraws flags by each channel's policy of this moment, with the jobs
 * that redraw their cards. The text of what is neither flagged nor drawn for the blind audit (`random`, in [0, 1)) goes in
 * the same transaction. Returns those that were new.
 */
export async function applyVerdicts(
  tx: Handle,
  queues: Queues,
  classified: readonly ClassifiedMessage[],
  random?: () => number,
): Promise<(ClassifiedMessage & { flagged: boolean })[]> {
  const drawn = await draw(tx, classified, random);
  const judged = classified.map((message) => ({
    ...message,
    flagged: message.raised || isSeenAndFlagged(message) || drawn.has(message.message),
  }));
  const isNew = new Set((await storeVerdicts(tx, judged)).map(({ message }) => message));
  const fresh = judged.filter(({ message }) => isNew.has(message));

  const raised = fresh.filter(({ flagged }) => flagged);
  const calmed = fresh.filter(({ flagged, hasFlag }) => !flagged && hasFlag);
  const { admissions, summaries } = await admit(
    tx,
    raised.filter(({ hasFlag, audited, message }) => (!hasFlag || audited) && !drawn.has(message)),
  );
  const changed = [
    ...(raised.length > 0 ? await openFlags(tx, raised.map(newFlag)) : []),
    ...(calmed.length > 0 ? await withdrawFlags(tx, calmed) : []),
  ];
  const platformOf = new Map(fresh.map(({ message, platform }) => [message, platform]));
  const shown = changed.filter(({ message }) => admissions.get(message)?.held !== true && !drawn.has(message));
  await enqueueCards(
    tx,
    queues,
    shown.map(({ message, flag }) => ({ flag, platform: platformOf.get(message)! })),
  );
  for (const { id, platform } of summaries) await queues.sendMany(tx, cardsQueue(platform), [{ summary: id }]);
  return fresh;

  function newFlag({ message, revision, communityId, threshold }: ClassifiedMessage): NewFlag {
    const row = { flag: randomUUID(), message, revision, communityId, threshold };
    if (drawn.has(message)) return { ...row, origin: 'audit', held: true, notify: null, drawn: true };
    const { held, notify } = admissions.get(message) ?? { held: false, notify: null };
    return { ...row, origin: 'score', held, notify };
  }
}

/** A post that was passed over has no score that a threshold, 0 perhaps, could be held against. */
function isSeenAndFlagged(message: ClassifiedMessage): boolean {
  return message.verdict.reason !== 'unseen' && isFlagged(message, message.verdict);
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
