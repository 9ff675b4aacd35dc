import { BANDS } from '../domain/flag.ts';
import { AUDITS_MOST } from '../domain/audit-draw.ts';
import type { ChannelPolicy } from '../domain/insight.ts';
import type { ChannelAddress, CommunityAddress } from '../domain/message.ts';
import { MODES } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { firstSettings, IGNORED_KINDS, INTERFACE_LANGUAGES, RETENTION_DAYS } from '../domain/settings.ts';
import type { Ignored, Notify, Settings, SettingsChange } from '../domain/settings.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { recordAudit } from '../store/audit.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import { addCommunities, findCommunity, findOwnPolicies, updatePolicy } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { dropExamples } from '../store/examples.ts';
import { addIgnored, findIgnored, findSettings, removeIgnored, updateSettings } from '../store/settings.ts';
import { storable } from '../store/statement.ts';
import { auditRateOf } from './audit-draw.ts';
import type { Handle } from '../store/statement.ts';

export interface SettingsParts {
  database: Database;
  channels: ChannelDirectory;
}

type Parts = Pick<SettingsParts, 'database'>;

export async function settingsOf({ database: { handle } }: Parts, community: CommunityAddress): Promise<Settings> {
  const communityId = await findCommunity(handle, community);
  const settings = communityId === null ? null : await findSettings(handle, communityId);
  return settings ?? firstSettings(community.platform);
}

/** Changes what is given, from now on, with an audit row for each setting. Throws `input` before anything is changed. */
export async function changeSettings(
  { database }: Parts,
  community: CommunityAddress,
  change: SettingsChange,
  by: string,
): Promise<Settings> {
  checkChange(change);
  return inCommunity(database, community, async (tx, communityId) => {
    const { training, setUp, reviewChannel, ...columns } = change;
    const now = new Date();
    const who = storable(by);
    const { auditsPerDay } = change;
    await updateSettings(tx, communityId, {
      ...columns,
      ...(reviewChannel !== undefined && { reviewChannel: reviewChannel && storable(reviewChannel) }),
      ...(auditsPerDay !== undefined && { auditRate: await auditRateOf(tx, communityId, auditsPerDay, now) }),
      ...(setUp === true && { setUpBy: who, setUpAt: now }),
      ...(training?.state === 'off' && { trainingPermission: null, trainingBy: null, trainingAt: null }),
      ...(training?.state === 'local-only' && {
        trainingPermission: storable(training.permission.trim()),
        trainingBy: who,
        trainingAt: now,
      }),
    });
    // Without permission nothing is kept to learn from, and what had learned from it is taken back.
    if (training?.state === 'off') await dropExamples(tx, communityId);
    for (const [setting, value] of Object.entries(change)) {
      const words = typeof value === 'string' || value === null ? value : JSON.stringify(value);
      const details = { setting, value: words === null ? null : storable(words) };
      await recordAudit(tx, { communityId, who: by, what: 'setting', details });
    }
    return (await findSettings(tx, communityId))!;
  });
}

export async function policyOf(
  { channels }: Pick<SettingsParts, 'channels'>,
  channel: ChannelAddress,
): Promise<Policy> {
  const { mode, threshold } = await channels.find(channel);
  return { mode, threshold };
}

export async function policiesOf(
  { database: { handle } }: Parts,
  community: CommunityAddress,
): Promise<ChannelPolicy[]> {
  const communityId = await findCommunity(handle, community);
  return communityId === null ? [] : findOwnPolicies(handle, communityId);
}

/** Changes a channel's policy for verdicts from now on, with an audit row for each setting; null follows the community. */
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

export async function ignoredOf({ database: { handle } }: Parts, community: CommunityAddress): Promise<Ignored[]> {
  const communityId = await findCommunity(handle, community);
  return communityId === null ? [] : findIgnored(handle, communityId);
}

/** Adds to the ignore list, or takes from it; resolves to whether that changed it. */
export async function changeIgnored(
  { database }: Parts,
  community: CommunityAddress,
  { kind, id: given }: Ignored,
  { by, ignore }: { by: string; ignore: boolean },
): Promise<boolean> {
  const id = storable(given.trim());
  if (!IGNORED_KINDS.includes(kind) || id === '') {
    throw new EvenkeelError('input', `A ${kind} named "${id}" cannot be ignored`, {
      hint: `Name one of ${IGNORED_KINDS.join(', ')} by its id on the platform.`,
    });
  }
  return inCommunity(database, community, async (tx, communityId) => {
    const changed = ignore
      ? await addIgnored(tx, communityId, { kind, id }, storable(by))
      : await removeIgnored(tx, communityId, { kind, id });
    const what = ignore ? 'ignore' : 'unignore';
    if (changed) await recordAudit(tx, { communityId, who: by, what, details: { kind, id } });
    return changed;
  });
}

/** In a transaction, with the community added where it was never seen. */
export function inCommunity<T>(
  database: Database,
  community: CommunityAddress,
  work: (tx: Handle, communityId: number) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    const address = { platform: community.platform, community: storable(community.community) };
    const known = await findCommunity(tx, address);
    if (known === null) await addCommunities(tx, [address]);
    return work(tx, known ?? (await findCommunity(tx, address))!);
  });
}

function checkPolicy({ mode, threshold }: { mode?: Policy['mode'] | null; threshold?: number | null }): void {
  if (threshold !== undefined && threshold !== null && !(threshold >= 0 && threshold <= 1)) {
    throw wrong(
      `The threshold ${threshold} is not a number from 0 to 1`,
      'Give a score such as 0.7: posts at or above it are flagged.',
    );
  }
  if (mode !== undefined && mode !== null && !MODES.includes(mode)) {
    throw wrong(`${mode} is not a mode`, `Give one of ${MODES.join(', ')}.`);
  }
}

function checkChange(change: SettingsChange): void {
  checkPolicy(change);
  const { retentionDays, cardsPerHour, language, notify, training, reviewChannel, auditsPerDay } = change;
  if (
    auditsPerDay !== undefined &&
    !(Number.isInteger(auditsPerDay) && auditsPerDay >= 0 && auditsPerDay <= AUDITS_MOST)
  ) {
    throw wrong(`${auditsPerDay} posts a day cannot be drawn`, `Give a whole number from 0 to ${AUDITS_MOST}.`);
  }
  if (
    retentionDays !== undefined &&
    !(Number.isInteger(retentionDays) && retentionDays >= 1 && retentionDays <= RETENTION_DAYS)
  ) {
    throw wrong(`A text cannot be kept for ${retentionDays} days`, `Give a whole number from 1 to ${RETENTION_DAYS}.`);
  }
  if (cardsPerHour !== undefined && cardsPerHour !== null && !(Number.isInteger(cardsPerHour) && cardsPerHour >= 0)) {
    throw wrong(`${cardsPerHour} cards an hour are no cap`, 'Give a whole number from 0, or none for no cap.');
  }
  if (language !== undefined && language !== null && !INTERFACE_LANGUAGES.includes(language)) {
    throw wrong(`The bot does not speak ${language}`, `Give one of ${INTERFACE_LANGUAGES.join(', ')}.`);
  }
  if (reviewChannel?.trim() === '') throw wrong('A review channel needs an id', 'Choose a channel.');
  if (training?.state === 'local-only' && training.permission.trim() === '') {
    throw wrong(
      'Training needs a permission',
      'Give a reference to the permission that you hold: a ticket, a contract, a mail. Platforms forbid or restrict training without one.',
    );
  }
  if (notify !== undefined) checkNotify(notify);
}

function checkNotify({ perHour, minimumBand, quiet }: Notify): void {
  if (!(Number.isInteger(perHour) && perHour >= 0)) {
    throw wrong(`${perHour} pings an hour are no cap`, 'Give a whole number from 0.');
  }
  if (!BANDS.includes(minimumBand)) throw wrong(`${minimumBand} is not a band`, `Give one of ${BANDS.join(', ')}.`);
  if (quiet === null) return;
  const times = [quiet.from, quiet.to].every((time) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time));
  if (!times || !isTimeZone(quiet.timeZone)) {
    throw wrong(
      `${quiet.from} to ${quiet.to} (${quiet.timeZone}) are no quiet hours`,
      'Give two times such as 22:00 and 07:00, and a time zone such as Europe/Rome.',
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function wrong(message: string, hint: string): EvenkeelError {
  return new EvenkeelError('input', message, { hint });
}
