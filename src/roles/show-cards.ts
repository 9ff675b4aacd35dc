import type { Connector } from '../connectors/connector.ts';
import type { Database } from '../store/database.ts';
import { findCards, storeShown } from '../store/cards.ts';
import type { Seal } from '../store/seal.ts';

/**
 * Draws the cards of these flags on their platform and remembers where they are. A card that shows its flag's version
 * already is left alone. The others are drawn all the same where one fails; returns the failures by place.
 */
export async function showCards(
  { database, seal, connector }: { database: Database; seal: Seal; connector: Pick<Connector, 'platform' | 'show'> },
  jobs: readonly { flag: string }[],
): Promise<ReadonlyMap<number, unknown>> {
  const places = new Map(jobs.map(({ flag }, place) => [flag, place]));
  const stored = await findCards(database.handle, seal, { flags: [...places.keys()] });
  const stale = stored.filter(({ version, shown }) => shown === null || shown.version < version);
  const drawn = await Promise.allSettled(
    stale.map(async ({ card, version, shown }) => {
      const reference = await connector.show(card, shown?.reference ?? null);
      return { flag: card.flag, reference, version };
    }),
  );
  const rows = drawn.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (rows.length > 0) await storeShown(database.handle, rows);
  return new Map(
    drawn.flatMap((each, index) =>
      each.status === 'rejected' ? [[places.get(stale[index]!.card.flag)!, each.reason] as const] : [],
    ),
  );
}
