import { RETENTION_DAYS } from '../domain/settings.ts';
import { enqueueCards } from '../pipeline/flag.ts';
import type { Queues } from '../queue/queues.ts';
import type { Database } from '../store/database.ts';
import { touchFlags } from '../store/flags.ts';
import { forgetTombstones } from '../store/messages.ts';
import { eraseDueTexts, eraseDueWords } from '../store/texts.ts';

/** When the upkeep runs (cron, UTC): hourly, so that a text outlives its term by an hour at most. */
export const RETENTION_SCHEDULE = '17 * * * *';

const DAY_MS = 86_400_000;
const BATCH = 500;

/** Removes texts past their community's term, decided on or not, and redraws the cards that quoted them. */
export async function endRetention(
  { database, queues }: { database: Database; queues: Queues },
  now: Date = new Date(),
): Promise<void> {
  let erased: number;
  do {
    erased = await database.transaction(async (tx) => {
      const messages = await eraseDueTexts(tx, now, BATCH);
      if (messages.length > 0) await enqueueCards(tx, queues, await touchFlags(tx, messages));
      return messages.length;
    });
  } while (erased === BATCH);
  await database.transaction(async (tx) => {
    const messages = await eraseDueWords(tx, now);
    if (messages.length > 0) await enqueueCards(tx, queues, await touchFlags(tx, messages));
  });
  await forgetTombstones(database.handle, new Date(now.getTime() - RETENTION_DAYS * DAY_MS));
  await database.tidy();
}
