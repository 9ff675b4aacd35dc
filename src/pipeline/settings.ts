import type { ChannelAddress } from '../domain/message.ts';
import { MODES } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { recordAudit } from '../store/audit.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import { updatePolicy } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { storable } from '../store/statement.ts';

export interface SettingsParts {
  database: Database;
  channels: ChannelDirectory;
}

export async function policyOf(
  { channels }: Pick<SettingsParts, 'channels'>,
  channel: ChannelAddress,
): Promise<Policy> {
  const { mode, threshold } = await channels.find(channel);
  return { mode, threshold };
}

/** Changes a channel's policy for verdicts from now on, with an audit row for each setting. */
export async function changePolicy(
  { database, channels }: SettingsParts,
  address: ChannelAddress,
  change: { mode: Policy['mode'] | null } | { threshold: number | null },
  by: string,
): Promise<Policy> {
  checkPolicy(change);
  const { id, communityId } = await channels.find(address);
  await database.transaction(async (tx) => {
    await updatePolicy(tx, id, change);
    const what = 'mode' in change ? 'mode' : 'threshold';
    const details = { channel: storable(address.channel), ...change };
    await recordAudit(tx, { communityId, who: by, what, details });
  });
  return policyOf({ channels }, address);
}

function checkPolicy(change: { mode?: Policy['mode'] | null; threshold?: number | null }): void {
  if (
    change.threshold !== undefined &&
    change.threshold !== null &&
    !(change.threshold >= 0 && change.threshold <= 1)
  ) {
    throw new EvenkeelError('input', `The threshold ${change.threshold} is not a number from 0 to 1`, {
      hint: 'Give a score such as 0.7: posts at or above it are flagged.',
    });
  }
  if (change.mode !== undefined && change.mode !== null && !MODES.includes(change.mode)) {
    throw new EvenkeelError('input', `${change.mode} is not a mode`, {
      hint: `Give one of ${MODES.join(', ')}.`,
    });
  }
}
