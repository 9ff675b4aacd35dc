import { randomUUID } from 'node:crypto';
import { isFlagged } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { openFlags, withdrawFlags } from '../store/flags.ts';
import type { FlagKey } from '../store/flags.ts';
import type { Handle } from '../store/statement.ts';
import { storeVerdicts } from '../store/verdicts.ts';
import type { LockedMessage } from '../store/verdicts.ts';

/** A message under lock at the revision that was classified, and what the classifier said. */
export interface ClassifiedMessage extends LockedMessage {
  verdict: Verdict;
}

/**
 * Verb 3: stores verdicts and raises, reopens or withdraws flags by each channel's policy of this moment, with the jobs
 * that redraw their cards. The text of what is not flagged goes in the same transaction.
 */
export async function applyVerdicts(
  tx: Handle,
  queues: Queues,
  classified: readonly ClassifiedMessage[],
): Promise<void> {
  const judged = classified.map((message) => ({ ...message, flagged: isFlagged(message, message.verdict) }));
  const isNew = new Set((await storeVerdicts(tx, judged)).map(({ message }) => message));
  const fresh = judged.filter(({ message }) => isNew.has(message));

  const raised = fresh.filter(({ flagged }) => flagged).map((message) => ({ ...message, flag: randomUUID() }));
  const calmed = fresh.filter(({ flagged, hasFlag }) => !flagged && hasFlag);
  const changed = [
    ...(raised.length > 0 ? await openFlags(tx, raised.map(flagColumns)) : []),
    ...(calmed.length > 0 ? await withdrawFlags(tx, calmed.map(flagColumns)) : []),
  ];
  const platformOf = new Map(fresh.map(({ message, platform }) => [message, platform]));
  await enqueueCards(
    tx,
    queues,
    changed.map(({ message, flag }) => ({ flag, platform: platformOf.get(message)! })),
  );
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

function flagColumns<T extends ClassifiedMessage>({ verdict: _verdict, ...columns }: T): Omit<T, 'verdict'> {
  return columns;
}
