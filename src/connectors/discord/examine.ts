import { ChannelType, PermissionFlagsBits } from 'discord.js';
import type { Finding } from '../../domain/finding.ts';
import type { Guild, GuildChannel } from './guild-directory.ts';
import { has, permissionName, permissionsOf } from './permissions.ts';

/** To read what is posted, and what was posted while away. */
const TO_READ = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.ReadMessageHistory];

/** To post cards, and to redraw and find them again. */
const TO_REVIEW = [
  PermissionFlagsBits.ViewChannel,
  PermissionFlagsBits.SendMessages,
  PermissionFlagsBits.ReadMessageHistory,
];

/** Where people write: forums hold threads, which take their rights. */
const WRITTEN_IN = new Set([
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildVoice,
  ChannelType.GuildMedia,
]);

/**
 * What the bot lacks in a guild, channel by channel. A channel that it may not even see is told only where it holds the
 * cards: whom it is hidden from is the guild's own choice.
 */
export function missingPermissions(
  guild: Guild,
  bot: { user: string; roles: readonly string[] },
  { reviewChannel, ignored }: { reviewChannel: string | null; ignored: ReadonlySet<string> },
): Finding[] {
  const findings: Finding[] = [];
  for (const channel of guild.channels.values()) {
    const isReview = channel.id === reviewChannel;
    if (!isReview && (!WRITTEN_IN.has(channel.type) || isIgnored(channel, ignored))) continue;
    const bits = permissionsOf(guild, bot, channel.overwrites);
    if (!isReview && !has(bits, PermissionFlagsBits.ViewChannel)) continue;
    for (const permission of isReview ? TO_REVIEW : TO_READ) {
      if (has(bits, permission)) continue;
      findings.push({
        kind: 'missing-permission',
        level: 'problem',
        channel: channel.id,
        permission: permissionName(permission),
      });
    }
  }
  if (reviewChannel !== null && !guild.channels.has(reviewChannel)) {
    findings.push({ kind: 'review-channel-gone', level: 'problem', channel: reviewChannel });
  }
  return findings;
}

function isIgnored({ id, parent }: GuildChannel, ignored: ReadonlySet<string>): boolean {
  return ignored.has(id) || (parent !== null && ignored.has(parent));
}
