import type { webApi } from '@slack/bolt';
import type { CommunityAddress, Message } from '../../domain/message.ts';
import type { Logger } from '../../runtime/log.ts';
import type { PostPlace } from './desk-parts.ts';
import { placeOf } from './intake.ts';
import { messageOf } from './message.ts';
import type { RawMessage } from './message.ts';
import { patiently } from './patience.ts';
import { isTs, microsOf } from './timestamp.ts';
import type { Workspaces } from './workspaces.ts';

/** Posts shown before the one that was flagged. */
const BEFORE = 3;

interface Parts {
  workspaces: Workspaces;
  signal: AbortSignal;
  log: Logger;
}

/** A post as it reads now; null where there is none that a member wrote. Rejects where the bot may not look. */
export async function readPost(
  parts: Parts,
  { community }: CommunityAddress,
  place: PostPlace,
): Promise<Message | null> {
  const { channel, message, thread } = place;
  const span = { channel, oldest: message, latest: message, inclusive: true };
  const found = await read(parts, community, (client) =>
    thread === null
      ? client.conversations.history({ ...span, limit: 1 })
      : client.conversations.replies({ ...span, ts: thread, limit: 2 }),
  );
  const raw = found.find(({ ts }) => ts === message);
  return raw === undefined ? null : messageOf(raw, placeOf(await parts.workspaces.of(community), channel));
}

/** What members said before a post in its channel, oldest first; of a reply, what it answers. */
export async function readBefore(parts: Parts, { community }: CommunityAddress, place: PostPlace): Promise<Message[]> {
  const { channel, message, thread } = place;
  const found = await read(parts, community, (client) =>
    thread === null
      ? client.conversations.history({ channel, latest: message, inclusive: false, limit: BEFORE })
      : client.conversations.replies({ channel, ts: thread, latest: message, inclusive: false, limit: BEFORE }),
  );
  const where = placeOf(await parts.workspaces.of(community), channel);
  return found
    .filter(({ ts }) => isTs(ts) && microsOf(ts) < microsOf(message))
    .flatMap((raw) => messageOf(raw, where) ?? [])
    .toSorted((one, other) => microsOf(one.message) - microsOf(other.message));
}

async function read(
  { workspaces, signal, log }: Parts,
  community: string,
  call: (
    client: webApi.WebClient,
  ) => Promise<webApi.ConversationsHistoryResponse | webApi.ConversationsRepliesResponse>,
): Promise<RawMessage[]> {
  const client = await workspaces.client(community);
  // Someone waits for it: a limit is not waited for long.
  const { messages = [] } = await patiently(() => call(client), { signal, log, retries: 2 });
  return messages;
}
