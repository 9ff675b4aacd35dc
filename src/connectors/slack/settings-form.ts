import type { types } from '@slack/bolt';
import type { Settings } from '../../domain/settings.ts';
import type { Words } from '../../words/words.ts';
import { readOptions } from '../command-grammar.ts';
import type { ParsedCommand } from '../command-grammar.ts';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { isRefused } from './api-errors.ts';
import { button, section } from './blocks.ts';
import { slackSpecOf, wrongId } from './command-text.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Filled } from './filled.ts';
import { checkboxes, form, input, radio, select } from './forms.ts';
import type { Choice } from './forms.ts';
import type { Inquiry } from './inquiry.ts';
import { mention } from './mrkdwn.ts';

/** Verbs that a modal answers: what is filled in is what could be typed after them. */
const FORMS = ['threshold', 'mode', 'ignore', 'language', 'notify', 'training', 'retention', 'export'] as const;
type FormVerb = (typeof FORMS)[number];

/** Verbs whose answer is a modal though there is nothing to fill in. */
const SHOWN = ['setup', 'model', 'doctor'] as const;
export const SETTINGS_VERBS: readonly string[] = [...FORMS, ...SHOWN];

export function isFormVerb(verb: string): verb is FormVerb {
  return FORMS.some((each) => each === verb);
}

/** An administrator's form, filled with what holds now. */
export async function settingsForm(
  { moderation }: Pick<DeskParts, 'moderation'>,
  { community, client, asked }: Inquiry,
  verb: FormVerb,
  words: Words,
  problem: string | null = null,
): Promise<types.ModalView> {
  const settings = await moderation.settings(community);
  const spec = specOf(verb);
  const wanted = spec.options.filter(({ type }) => type !== 'language' && type !== 'category');
  const groups = wanted.some(({ type }) => type === 'role') ? await groupsOf(client) : [];
  const now = valuesOf(verb, settings);
  const blocks: types.KnownBlock[] = [
    ...(problem === null ? [] : [section(`❌ ${problem}`)]),
    section(words.say(verb === 'ignore' ? 'command.ignore add' : `command.${verb}`)),
    ...(verb === 'ignore' ? await ignoredBlocks(moderation, community, words) : []),
    ...wanted.flatMap((option) => fieldOf(option, words, now[option.name], groups)),
  ];
  const submit = words.say(verb === 'export' ? 'button.export' : 'button.save');
  return form('settings', 'Evenkeel', { ids: [verb], channel: asked.channel }, words, blocks, submit);
}

/** The command that a form comes to. */
export function commandOf(verb: FormVerb, filled: Filled, words: Words): ParsedCommand {
  const spec = specOf(verb);
  const given = Object.fromEntries(spec.options.map((option) => [option.name, givenOf(option, filled)]));
  const parsed = readOptions(spec, given, words);
  if ('error' in parsed) return parsed;
  const wrong = wrongId(parsed.command, words);
  return wrong === null ? parsed : { error: wrong };
}

function specOf(verb: FormVerb): CommandSpec {
  return slackSpecOf(verb === 'ignore' ? 'ignore add' : verb)!;
}

/** What is ignored now, each with a way to end that. */
async function ignoredBlocks(
  moderation: DeskParts['moderation'],
  community: Inquiry['community'],
  words: Words,
): Promise<types.KnownBlock[]> {
  const ignored = await moderation.ignored(community);
  return ignored.slice(0, 40).map(({ kind, id }) => ({
    ...section(kind === 'user' ? mention.user(id) : kind === 'role' ? mention.role(id) : mention.channel(id)),
    accessory: button('settings', ['unignore', kind, id], words.say('command.ignore remove')),
  }));
}

function fieldOf(
  option: OptionSpec,
  words: Words,
  now: string | undefined,
  groups: readonly Choice[],
): types.InputBlock[] {
  const { name, type } = option;
  const element = elementOf(option, words, now, groups);
  if (element === null) return [];
  const label = words.say(`option.${name}` as Parameters<Words['say']>[0]);
  return [
    input(name, label, element, { optional: option.required !== true && !(type === 'choice' && now !== undefined) }),
  ];
}

/** Null where there is nothing to choose from. */
function elementOf(
  { name, type, choices = [], min, max, maxLength = 100 }: OptionSpec,
  words: Words,
  now: string | undefined,
  groups: readonly Choice[],
): types.InputBlockElement | null {
  switch (type) {
    case 'choice': {
      const named = choices.map((value) => ({ value, text: choiceText(name, value, words) }));
      return name === 'mode' ? radio(named, now) : select(named, now);
    }
    case 'number':
    case 'integer':
      return {
        type: 'number_input',
        is_decimal_allowed: type === 'number',
        ...(min !== undefined && { min_value: String(min) }),
        ...(max !== undefined && { max_value: String(max) }),
        ...(now !== undefined && { initial_value: now }),
      };
    case 'channel':
      return {
        type: 'conversations_select',
        filter: { include: ['public', 'private'], exclude_bot_users: true },
      };
    case 'user':
      return { type: 'users_select' };
    case 'role':
      return groups.length === 0 ? null : select(groups, now);
    case 'boolean':
      return checkboxes([{ value: 'yes', text: words.say(`option.${name}` as Parameters<Words['say']>[0]) }]);
    default:
      return {
        type: 'plain_text_input',
        max_length: maxLength,
        ...(now !== undefined && { initial_value: now }),
      };
  }
}

function choiceText(name: string, value: string, words: Words): string {
  if (name === 'mode') return words.say(value === 'observe' ? 'mode.observeMeans' : 'mode.reviewMeans');
  if (name === 'severity') return words.say(`band.${value as 'low' | 'medium' | 'high'}`);
  if (name !== 'interface') return value;
  return value === 'auto' ? words.say('settings.languageAuto') : words.languageName(value);
}

function givenOf({ name, type }: OptionSpec, filled: Filled): string | number | boolean | undefined {
  const text = filled.text(name);
  if (text === null) return undefined;
  if (type === 'boolean') return true;
  return type === 'number' || type === 'integer' ? Number(text) : text;
}

function valuesOf(verb: FormVerb, settings: Settings): Record<string, string | undefined> {
  const { mode, threshold, language, notify, cardsPerHour, training, retentionDays } = settings;
  const { quiet, role, minimumBand, perHour } = notify;
  switch (verb) {
    case 'threshold':
      return { value: String(threshold) };
    case 'mode':
      return { mode };
    case 'language':
      return { interface: language ?? 'auto' };
    case 'notify':
      return {
        role: role ?? undefined,
        severity: minimumBand,
        pings_per_hour: String(perHour),
        quiet: quiet === null ? undefined : `${quiet.from}-${quiet.to} ${quiet.timeZone}`,
        cards_per_hour: String(cardsPerHour ?? 0),
      };
    case 'training':
      return {
        training: training.state,
        permission: training.state === 'off' ? undefined : training.permission,
      };
    case 'retention':
      return { days: String(retentionDays) };
    case 'export':
      return { what: 'flags', format: 'csv', days: '30' };
    case 'ignore':
      return {};
  }
}

/** User groups that cards may ping; none where the workspace's plan has none. */
async function groupsOf(client: Inquiry['client']): Promise<Choice[]> {
  try {
    const { usergroups = [] } = await client.usergroups.list({ include_disabled: false });
    return usergroups.flatMap(({ id, handle, name }) =>
      id === undefined ? [] : [{ value: id, text: `@${handle ?? name ?? id}` }],
    );
  } catch (error) {
    if (isRefused(error, 'paid_teams_only', 'plan_upgrade_required', 'missing_scope', 'unknown_method')) return [];
    throw error;
  }
}
