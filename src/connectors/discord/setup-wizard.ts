import { ButtonStyle, ChannelType, ComponentType } from 'discord.js';
import type { APIMessageTopLevelComponent } from 'discord.js';
import { INTERFACE_LANGUAGES } from '../../domain/settings.ts';
import type { SettingsChange } from '../../domain/settings.ts';
import { MODES } from '../../domain/policy.ts';
import type { Words } from '../../words/words.ts';
import { findingLines } from '../finding-lines.ts';
import { customId } from '../custom-id.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { button, layout, rowsOf, textOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { mention } from './markdown.ts';

/**
 * The setup on one page: permissions, review channel, language, mode, what to tell members. Each choice is saved when it
 * is made, so it can be left and taken up again.
 */
export async function setupLayout(parts: DeskParts, inquiry: Inquiry, words: Words): Promise<Layout> {
  const { community } = inquiry;
  const [settings, findings] = await Promise.all([parts.moderation.settings(community), parts.examine(community)]);
  const problems = findings.filter(({ level }) => level === 'problem');
  const { reviewChannel, language, mode, retentionDays, setUp } = settings;
  const done = setUp !== null && reviewChannel !== null;
  return layout([
    textOf(`## ${words.say('setup.title')}`),
    textOf(
      [
        '**1** ',
        ...(problems.length === 0 ? [words.say('setup.permissions')] : findingLines(problems, words, mention.channel)),
      ].join('\n'),
    ),
    textOf(`**2** ${words.say('setup.reviewChannel')}`),
    row({
      type: ComponentType.ChannelSelect,
      custom_id: customId('setup-channel'),
      channel_types: [ChannelType.GuildText],
      ...(reviewChannel !== null && { default_values: [{ id: reviewChannel, type: 'channel' as never }] }),
    }),
    textOf(`**3** ${words.say('setup.languages')}`),
    row({
      type: ComponentType.StringSelect,
      custom_id: customId('setup-language'),
      options: ['auto', ...INTERFACE_LANGUAGES].map((value) => ({
        value,
        label: value === 'auto' ? words.say('settings.languageAuto').slice(0, 100) : words.languageName(value),
        default: value === (language ?? 'auto'),
      })),
    }),
    textOf(`**4** ${words.say('setup.mode')}`),
    row({
      type: ComponentType.StringSelect,
      custom_id: customId('setup-mode'),
      options: MODES.map((value) => ({
        value,
        label: words.say(`mode.${value}Means`).slice(0, 100),
        default: value === mode,
      })),
    }),
    textOf(`**5** ${words.say('setup.privacy', { days: retentionDays })}`),
    textOf(done ? `✅ ${words.say('setup.done', { channel: mention.channel(reviewChannel) })}` : '-# …'),
    ...rowsOf([button(customId('setup-done'), words.say('button.save'), ButtonStyle.Success)]),
  ]);
}

/** What a choice on that page changes; a sentence where it cannot be. */
export async function setupChange(
  { moderation }: DeskParts,
  { community, user }: Inquiry,
  action: 'setup-channel' | 'setup-language' | 'setup-mode' | 'setup-done',
  value: string | undefined,
  words: Words,
): Promise<string | null> {
  if (action === 'setup-done') {
    const { reviewChannel } = await moderation.settings(community);
    if (reviewChannel === null) return words.say('setup.needsChannel');
    // What moderators say among themselves is not what they watch.
    await moderation.ignore(community, { kind: 'channel', id: reviewChannel }, user);
  }
  const change = changeOf(action, value);
  if (change !== null) await moderation.changeSettings(community, change, user);
  return null;
}

function changeOf(action: string, value = ''): SettingsChange | null {
  if (action === 'setup-done') return { setUp: true };
  if (action === 'setup-channel') return value === '' ? null : { reviewChannel: value };
  if (action === 'setup-language') return { language: INTERFACE_LANGUAGES.find((each) => each === value) ?? null };
  const mode = MODES.find((each) => each === value);
  return mode === undefined ? null : { mode };
}

function row(component: unknown): APIMessageTopLevelComponent {
  return { type: ComponentType.ActionRow, components: [component] } as APIMessageTopLevelComponent;
}
