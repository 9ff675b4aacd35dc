import { enqueueCards } from '../pipeline/flag.ts';
import type { Queues } from '../queue/queues.ts';
import type { Database } from '../store/database.ts';
import { touchFlags } from '../store/flags.ts';
import { forgetTombstones } from '../store/messages.ts';
import { eraseTextsBefore } from '../store/texts.ts';

/** How long the text of a flagged post is kept, in days. */
export const RETENTION_DAYS = 30;

/** When the upkeep runs (cron, UTC): hourly, so that a text outlives its term by an hour at most. */
export const RETENTION_SCHEDULE = '17 * * * *';

const DAY_MS = 86_400_000;
const BATCH = 500;

/** Removes texts past their term, decided on or not, and redraws the cards that quoted them. */
export async function endRetention(
  { database, queues }: { database: Database; queues: Queues },
  now: Date = new Date(),
): Promise<void> {
  const before = new Date(now.getTime() - RETENTION_DAYS * DAY_MS);
  let erased: number;
  do {
    erased = await database.transaction(async (tx) => {
      const messages = await eraseTextsBefore(tx, before, BATCH);
      if (messages.length > 0) await enqueueCards(tx, queues, await touchFlags(tx, messages));
      return messages.length;
    });
  } while (erased === BATCH);
  await forgetTombstones(database.handle, before);
  await database.tidy();
}
