import type { Message, MessageAddress } from '../domain/message.ts';
import { messagesJobs } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import { removeFlags } from '../store/flags.ts';
import { markDeleted, storeRevisions } from '../store/messages.ts';
import type { NewRevision } from '../store/messages.ts';
import type { Seal } from '../store/seal.ts';
import { findDropped } from '../store/settings.ts';
import { refersToNothing, storable } from '../store/statement.ts';
import { eraseTexts } from '../store/texts.ts';
import { enqueueCards } from './flag.ts';

export interface IntakeParts {
  database: Database;
  queues: Queues;
  channels: ChannelDirectory;
  seal: Seal;
}

/**
 * Verb 1: stores posts and edits with the jobs that carry them, in one transaction; duplicates and older revisions do nothing, and what
 * is ignored or opted out goes no further.
 */
export async function receive(parts: IntakeParts, messages: readonly Message[]): Promise<void> {
  const { database, queues, channels } = parts;
  for (const message of messages) check(message);
  const dropped = messages.length === 0 ? new Map() : await findDropped(database.handle, messages);
  for (const some of slices(
    database,
    messages.filter((_, place) => !dropped.has(place)),
  )) {
    await withChannels(channels, async () => {
      const rows = await revisionsOf(parts, some);
      await database.transaction(async (tx) => {
        const stored = await storeRevisions(tx, rows);
        await queues.sendMany(tx, 'messages', messagesJobs(stored));
      });
    });
  }
}

/** Tries once more where a channel that is remembered was purged meanwhile, by another process perhaps. */
async function withChannels(channels: ChannelDirectory, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!refersToNothing(error)) throw error;
    channels.clear();
    await work();
  }
}

/** Deleted posts: their text goes from everywhere at once, their flags say so, and a late copy is refused. */
export async function remove(
  { database, queues, channels }: Omit<IntakeParts, 'seal'>,
  addresses: readonly MessageAddress[],
): Promise<void> {
  for (const some of slices(database, addresses)) {
    await withChannels(channels, async () => {
      const ids = await channels.ids(some);
      const rows = some.map(({ message }, place) => ({ channel: ids[place]!, externalId: storable(message) }));
      await database.transaction(async (tx) => {
        // The rows are locked first: what a classifier commits meanwhile is seen by the statements after it.
        const deleted = await markDeleted(tx, rows);
        if (deleted.length === 0) return;
        await eraseTexts(tx, deleted);
        await enqueueCards(tx, queues, await removeFlags(tx, deleted));
      });
    });
  }
}

/** Posts as they are stored, their channels added where they are new. */
export async function revisionsOf(
  { channels, seal }: IntakeParts,
  messages: readonly Message[],
): Promise<NewRevision[]> {
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

/** What one transaction takes at a time. */
function* slices<T>({ transactionRows }: Database, rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += transactionRows) yield rows.slice(start, start + transactionRows);
}
