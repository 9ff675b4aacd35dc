import type { Message, MessageAddress } from '../domain/message.ts';
import type { Queues } from '../queue/queues.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import { removeFlags } from '../store/flags.ts';
import { markDeleted, storeRevisions } from '../store/messages.ts';
import type { NewRevision } from '../store/messages.ts';
import type { Seal } from '../store/seal.ts';
import { storable } from '../store/statement.ts';
import { eraseTexts } from '../store/texts.ts';
import { enqueueCards } from './flag.ts';

/** Rows of one transaction at most: more make it no cheaper, and the embedded database holds the event loop meanwhile. */
const TRANSACTION_ROWS = 128;

export interface IntakeParts {
  database: Database;
  queues: Queues;
  channels: ChannelDirectory;
  seal: Seal;
}

/** Verb 1: stores posts and edits with a job each, in one transaction; duplicates and older revisions do nothing. */
export async function receive(parts: IntakeParts, messages: readonly Message[]): Promise<void> {
  const { database, queues } = parts;
  for (const message of messages) check(message);
  for (const some of slices(messages)) {
    const rows = await revisionsOf(parts, some);
    await database.transaction(async (tx) => {
      const stored = await storeRevisions(tx, rows);
      await queues.sendMany(
        tx,
        'messages',
        stored.map((message) => ({ message })),
      );
    });
  }
}

/** Deleted posts: their text goes from everywhere at once, their flags say so, and a late copy is refused. */
export async function remove(
  { database, queues, channels }: Omit<IntakeParts, 'seal'>,
  addresses: readonly MessageAddress[],
): Promise<void> {
  const ids = await channels.ids(addresses);
  const rows = addresses.map(({ message }, place) => ({ channel: ids[place]!, externalId: storable(message) }));
  for (const some of slices(rows)) {
    await database.transaction(async (tx) => {
      // The rows are locked first: what a classifier commits meanwhile is seen by the statements after it.
      const deleted = await markDeleted(tx, some);
      if (deleted.length === 0) return;
      await eraseTexts(tx, deleted);
      await enqueueCards(tx, queues, await removeFlags(tx, deleted));
    });
  }
}

async function revisionsOf({ channels, seal }: IntakeParts, messages: readonly Message[]): Promise<NewRevision[]> {
  const ids = await channels.ids(messages);
  return messages.map(({ message, revision, author, link, attachments = 0, postedAt, text }, place) => {
    const channel = ids[place]!;
    const externalId = storable(message);
    return {
      channel,
      externalId,
      revision,
      author: storable(author),
      link: link === undefined ? null : storable(link),
      attachments,
      postedAt,
      sealed: seal.seal(text, { channel, message: externalId, revision }),
    };
  });
}

function check({ message, revision, postedAt }: Message): void {
  const year = postedAt.getUTCFullYear();
  if (Number.isSafeInteger(revision) && revision >= 0 && year >= 0 && year <= 9999) return;
  throw new EvenkeelError('input', `Message ${message} has revision ${revision} and time ${String(postedAt)}`, {
    hint: 'A revision is a whole number from 0, and the time of a post a date between the years 0 and 9999.',
  });
}

function* slices<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += TRANSACTION_ROWS) yield rows.slice(start, start + TRANSACTION_ROWS);
}
