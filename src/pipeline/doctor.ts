import type { Finding } from '../domain/finding.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { findHealth } from '../store/health.ts';
import { countUnseen } from '../store/stats.ts';
import { settingsOf } from './settings.ts';

/** A post that waits longer for its score says that something is slow or stopped. */
const SLOW_SECONDS = 30;

const DAY_MS = 86_400_000;

/** What an administrator should know, as far as the database tells; `all-well` where that is nothing. */
export async function examine({ database }: { database: Database }, community: CommunityAddress): Promise<Finding[]> {
  const communityId = (await findCommunity(database.handle, community)) ?? -1;
  const { setUp, reviewChannel, training } = await settingsOf({ database }, community);
  const { waiting, oldestSeconds, staleCards, reviews } = await findHealth(database.handle, communityId);
  const unseen = await countUnseen(database.handle, communityId, new Date(Date.now() - DAY_MS));
  const elsewhere = community.platform !== 'local';
  const findings: (Finding | false)[] = [
    elsewhere && setUp === null && { kind: 'not-set-up', level: 'warning' },
    elsewhere && setUp !== null && reviewChannel === null && { kind: 'no-review-channel', level: 'warning' },
    !reviews && { kind: 'only-observing', level: 'warning' },
    oldestSeconds > SLOW_SECONDS && { kind: 'waiting', level: 'warning', messages: waiting, seconds: oldestSeconds },
    unseen > 0 && { kind: 'unseen', level: 'problem', messages: unseen },
    staleCards > 0 && { kind: 'cards-failing', level: 'problem', cards: staleCards },
    training.state === 'local-only' && { kind: 'training-on', level: 'note', permission: training.permission },
  ];
  const found = findings.filter((each) => each !== false);
  return found.length > 0 ? found : [{ kind: 'all-well', level: 'note' }];
}
