import type { types } from '@slack/bolt';
import { INTERFACE_LANGUAGES } from '../../domain/settings.ts';
import { MODES } from '../../domain/policy.ts';
import type { Words } from '../../words/words.ts';
import { findingLines } from '../finding-lines.ts';
import { isRefused, isUnknownMethod } from './api-errors.ts';
import { context, section } from './blocks.ts';
import type { DeskParts } from './desk-parts.ts';
import { form, input, radio, select } from './forms.ts';
import type { Filled } from './filled.ts';
import type { Inquiry } from './inquiry.ts';
import { mention } from './mrkdwn.ts';

/** The setup on one page: what is missing, review channel, language, mode, what to tell members. */
export async function setupForm(
  parts: Pick<DeskParts, 'moderation' | 'examine'>,
  { community, asked }: Inquiry,
  words: Words,
  problem: string | null = null,
): Promise<types.ModalView> {
  const [settings, findings] = await Promise.all([parts.moderation.settings(community), parts.examine(community)]);
  const problems = findings.filter(({ level }) => level === 'problem');
  const { reviewChannel, language, mode, retentionDays } = settings;
  const languages = ['auto', ...INTERFACE_LANGUAGES].map((value) => ({
    value,
    text: value === 'auto' ? words.say('settings.languageAuto') : words.languageName(value),
  }));
  const blocks: types.KnownBlock[] = [
    ...(problem === null ? [] : [section(`❌ ${problem}`)]),
    section(
      ...(problems.length === 0 ? [words.say('setup.permissions')] : findingLines(problems, words, mention.channel)),
    ),
    input('review_channel', words.say('setup.reviewChannel'), {
      type: 'conversations_select',
      filter: { include: ['private'], exclude_external_shared_channels: true, exclude_bot_users: true },
      ...(reviewChannel !== null && { initial_conversation: reviewChannel }),
    }),
    input('interface', words.say('setup.languages'), select(languages, language ?? 'auto')),
    input(
      'mode',
      words.say('setup.mode'),
      radio(
        MODES.map((value) => ({ value, text: words.say(`mode.${value}Means`) })),
        mode,
      ),
    ),
    context(words.say('setup.privacy', { days: retentionDays })),
  ];
  return form('setup-done', words.say('setup.title'), { ids: [], channel: asked.channel }, words, blocks);
}

/** Saves what was chosen on that page; a sentence where it cannot be. */
export async function setUp(
  { moderation }: Pick<DeskParts, 'moderation'>,
  inquiry: Inquiry,
  filled: Filled,
  words: Words,
): Promise<string | null> {
  const { community, user } = inquiry;
  const channel = filled.text('review_channel');
  if (channel === null) return words.say('setup.needsChannel');
  const obstacle = await reviewObstacle(inquiry, channel, words);
  if (obstacle !== null) return obstacle;
  const language = INTERFACE_LANGUAGES.find((each) => each === filled.text('interface')) ?? null;
  const mode = MODES.find((each) => each === filled.text('mode'));
  // What moderators say among themselves is not what they watch.
  await moderation.ignore(community, { kind: 'channel', id: channel }, user);
  await moderation.changeSettings(
    community,
    { reviewChannel: channel, language, ...(mode !== undefined && { mode }), setUp: true },
    user,
  );
  return null;
}

/**
 * Why a channel cannot hold the cards; null where it can. Whoever is in it moderates, so nobody may join it uninvited, and
 * it is of this workspace alone.
 */
export async function reviewObstacle({ client }: Inquiry, channel: string, words: Words): Promise<string | null> {
  const invite = words.say('refused.notInvited', { channel: mention.channel(channel), bot: '@Evenkeel' });
  try {
    const { channel: found } = await client.conversations.info({ channel });
    if (found?.is_private !== true || found.is_im === true || found.is_mpim === true || found.is_ext_shared === true) {
      return words.say('setup.needsPrivate');
    }
    return found.is_archived === true || found.is_member === false ? invite : null;
  } catch (error) {
    // A private channel that the bot is not in does not exist for it.
    if (isRefused(error, 'channel_not_found', 'not_in_channel')) return invite;
    // Then it cannot be told, and nothing else would ever be set up.
    if (isUnknownMethod(error)) return null;
    throw error;
  }
}
