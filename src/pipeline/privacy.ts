import { randomUUID } from 'node:crypto';
import type { CommunityAddress } from '../domain/message.ts';
import type { Forgotten, PersonalData } from '../domain/privacy.ts';
import { recordAudit } from '../store/audit.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import { findCommunity } from '../store/channels.ts';
import { lockWeighing } from '../store/consensus.ts';
import type { Database } from '../store/database.ts';
import { anonymizeActs, anonymizeMessages, deleteCommunity, lockMessagesOf } from '../store/erasure.ts';
import { dropExamples } from '../store/examples.ts';
import { countChanges } from '../store/flags.ts';
import { countPersonalData, findOwnActs, findOwnFlags, findOwnMessages } from '../store/personal-data.ts';
import { storeOptOut } from '../store/settings.ts';
import { storable } from '../store/statement.ts';
import { eraseTexts } from '../store/texts.ts';
import { appealsOf } from './appeals.ts';
import type { ActionParts } from './flag-action.ts';
import { enqueueCards } from './flag.ts';
import { inCommunity } from './settings.ts';

/** What is stored about a person. Scores stay with posts: nothing here sums or averages them. */
export async function personalData(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
  given: string,
): Promise<PersonalData> {
  const member = storable(given);
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const counts = await countPersonalData(handle, communityId, member);
  return { member: given, ...counts, flags: await findOwnFlags(handle, communityId, member) };
}

export async function exportPersonalData(
  parts: ActionParts,
  community: CommunityAddress,
  given: string,
): Promise<string> {
  const { handle } = parts.database;
  const member = storable(given);
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const messages = await findOwnMessages(handle, communityId, member);
  const { optedOut } = await countPersonalData(handle, communityId, member);
  const document = {
    ...community,
    member: given,
    optedOut,
    messages: messages.map(({ channelId: channel, texts, ...message }) => ({
      ...message,
      texts: texts.map(({ revision, sealed }) => ({
        revision,
        text: parts.seal.open(Buffer.from(sealed, 'base64'), { channel, message: message.message, revision }),
      })),
    })),
    appeals: await appealsOf(parts, community, given),
    ...(await findOwnActs(handle, communityId, member)),
  };
  return JSON.stringify(document, null, 2);
}

/**
 * Erases a person: their posts' texts, ids and links, the words that they wrote, and their id wherever they acted. Cards
 * say so. An opt-out stays: it takes the id to honour it.
 */
export async function forget(
  { database, queues }: Pick<ActionParts, 'database' | 'queues'>,
  community: CommunityAddress,
  given: string,
): Promise<Forgotten> {
  const member = storable(given);
  const communityId = await findCommunity(database.handle, community);
  if (communityId === null) return { messages: 0, texts: 0, flags: 0, labels: 0 };
  const alias = `forgotten-${randomUUID().slice(0, 8)}`;
  return database.transaction(async (tx) => {
    await lockWeighing(tx, communityId);
    const messages = await lockMessagesOf(tx, communityId, member);
    const texts = await eraseTexts(tx, messages);
    const flags = await anonymizeMessages(tx, messages);
    const acts = await anonymizeActs(tx, communityId, { member, alias });
    const redrawn = [...new Set([...flags, ...acts.flags])].sort();
    await countChanges(tx, redrawn);
    await enqueueCards(
      tx,
      queues,
      redrawn.map((flag) => ({ flag, platform: community.platform })),
    );
    const forgotten = { messages: messages.length, texts, flags: flags.length, labels: acts.labels };
    if (messages.length > 0 || redrawn.length > 0) {
      await recordAudit(tx, { communityId, who: alias, what: 'forget', details: forgotten });
    }
    return forgotten;
  });
}

export function setOptOut(
  { database }: { database: Database },
  community: CommunityAddress,
  member: string,
  optedOut: boolean,
): Promise<void> {
  return inCommunity(database, community, async (tx, communityId) => {
    await storeOptOut(tx, communityId, storable(member), optedOut);
    if (optedOut) await dropExamples(tx, communityId, storable(member));
  });
}

/** Everything of a community goes, its settings included: the bot was uninstalled. */
export async function purge(
  { database, channels }: { database: Database; channels: ChannelDirectory },
  community: CommunityAddress,
): Promise<void> {
  const communityId = await findCommunity(database.handle, community);
  if (communityId !== null) await database.transaction((tx) => deleteCommunity(tx, communityId));
  channels.clear();
}
