import type { HistoryMarks, KeptPost } from '../domain/attendance.ts';
import type { CommunityAddress, Platform } from '../domain/message.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { findKeptPosts, findMarks, findServed, storeApplication, storeMark } from '../store/history-marks.ts';
import { storable } from '../store/statement.ts';
import { inCommunity } from './settings.ts';

/** Posts read at once. */
const PAGE = 500;

interface Parts {
  database: Database;
}

export async function marks({ database: { handle } }: Parts, community: CommunityAddress): Promise<HistoryMarks> {
  const communityId = await findCommunity(handle, community);
  return communityId === null ? { everywhere: null, channels: new Map() } : findMarks(handle, communityId);
}

export function mark(
  { database }: Parts,
  { channel, ...community }: CommunityAddress & { channel?: string },
  readTo: Date,
): Promise<void> {
  return inCommunity(database, community, (tx, communityId) =>
    storeMark(tx, communityId, { ...(channel !== undefined && { channel: storable(channel) }), readTo }),
  );
}

export async function* kept(
  { database: { handle } }: Parts,
  community: CommunityAddress,
  before: Date,
): AsyncIterable<KeptPost> {
  const communityId = await findCommunity(handle, community);
  if (communityId === null) return;
  for (let after = 0; ;) {
    const page = await findKeptPosts(handle, communityId, { before, after, limit: PAGE });
    for (const { id, ...post } of page) {
      after = id;
      yield post;
    }
    if (page.length < PAGE) return;
  }
}

export function serve({ database }: Parts, community: CommunityAddress, application: string): Promise<void> {
  return inCommunity(database, community, (tx, communityId) =>
    storeApplication(tx, communityId, storable(application)),
  );
}

export function served({ database: { handle } }: Parts, platform: Platform, application: string): Promise<string[]> {
  return findServed(handle, platform, storable(application));
}
