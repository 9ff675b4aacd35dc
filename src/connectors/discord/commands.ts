import type {
  APIApplicationCommandAutocompleteInteraction,
  APIChatInputApplicationCommandInteraction,
} from 'discord.js';
import { ButtonStyle } from 'discord.js';
import type { Words } from '../../words/words.ts';
import type { Answer } from '../answer.ts';
import { caseOf } from '../card-content.ts';
import { answerCommand } from '../command-answer.ts';
import { ROOTS } from '../command-spec.ts';
import type { Root } from '../command-spec.ts';
import { askerOf } from './asker.ts';
import { cardLayout } from './card.ts';
import { givenOf, parsedCommand } from './command-options.ts';
import { customId } from '../custom-id.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { button, page } from './layout.ts';
import type { Layout } from './layout.ts';
import { queueButton } from './queue-button.ts';
import { setupLayout } from './setup-wizard.ts';

/** Text of a file that one answer takes, in UTF-16 units: Discord's own limit is 10 MiB. */
const FILE_LIMIT = 8_000_000;
const CHOICES = 25;

/** Languages that posts are told apart in and that an option offers: POLAR's, by ISO 639-1. */
const LANGUAGES = [
  'en',
  'es',
  'it',
  'de',
  'fr',
  'pt',
  'ar',
  'hi',
  'am',
  'bn',
  'fa',
  'ha',
  'ne',
  'my',
  'ru',
  'sw',
  'te',
  'tr',
  'ur',
  'zh',
];

/** A slash command. Its answer is for the person who gave it. */
export async function commanded(
  parts: DeskParts,
  inquiry: Inquiry,
  data: APIChatInputApplicationCommandInteraction['data'],
): Promise<void> {
  await inquiry.defer();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const given = givenOf(data);
  if (given === null) return inquiry.tell(page([words.say('refused.failed')]));
  const refusal = refusalOf(given.spec.root, inquiry, words);
  if (refusal !== null) return inquiry.tell(page([refusal]));
  const parsed = parsedCommand(given, words);
  if ('error' in parsed) return inquiry.tell(page([parsed.error]));

  const { moderation, examine } = parts;
  const asker = askerOf(inquiry, words, () => examine(inquiry.community));
  if (parsed.command.verb === 'setup') {
    const { review_channel: reviewChannel, mode, interface: language } = parsed.command;
    const change = { ...(reviewChannel && { reviewChannel }), ...(mode && { mode }), ...(language && { language }) };
    if (Object.keys(change).length > 0) await moderation.changeSettings(inquiry.community, change, inquiry.user);
  }
  await tellAnswer(parts, inquiry, await answerCommand(moderation, parsed.command, asker), words);
}

/** A sentence for someone who may not use a root; null for who may. Discord's own check can be changed by a server. */
function refusalOf(root: Root, { isModerator, isAdministrator }: Inquiry, words: Words): string | null {
  if (ROOTS[root] === 'administrators' && !isAdministrator) return words.say('refused.administrators');
  if (ROOTS[root] === 'moderators' && !isModerator) return words.say('refused.moderators');
  return null;
}

/** Says an answer as Discord shows it. */
export async function tellAnswer(parts: DeskParts, inquiry: Inquiry, answer: Answer, words: Words): Promise<void> {
  if (answer.kind === 'file') {
    const data = await gathered(answer.pieces);
    return inquiry.send(answer.lines.join('\n'), [
      { name: answer.name, data, contentType: 'text/plain; charset=utf-8' },
    ]);
  }
  return inquiry.tell(await layoutOf(parts, inquiry, answer, words));
}

/** Anything but a file, as a message. */
export async function layoutOf(
  parts: DeskParts,
  inquiry: Inquiry,
  answer: Exclude<Answer, { kind: 'file' }>,
  words: Words,
): Promise<Layout> {
  switch (answer.kind) {
    case 'lines':
      return page(answer.lines);
    case 'card':
      return cardLayout(answer.card, { words, rights: parts.board.rightsFor(answer.card), now: new Date() });
    case 'queue': {
      const { card, waiting, at, filter } = answer;
      if (card === null) return page([words.say(filter.agendaOf === undefined ? 'queue.empty' : 'agenda.done')]);
      const extra = waiting > at + 1 ? [queueButton(filter, at + 1, words)] : [];
      return cardLayout(card, { words, rights: parts.board.rightsFor(card), now: new Date(), extra });
    }
    case 'forget':
      return page(answer.lines, button(customId('forget'), words.say('button.confirmForget'), ButtonStyle.Danger));
    case 'threshold': {
      const id = customId('save-threshold', String(answer.value), answer.channel ?? '');
      return page(answer.lines, button(id, words.say('button.save'), ButtonStyle.Primary));
    }
    case 'setup':
      return setupLayout(parts, inquiry, words);
  }
}

/** Choices for an option that is being typed. */
export async function completed(
  { moderation, speech }: DeskParts,
  inquiry: Inquiry,
  data: APIApplicationCommandAutocompleteInteraction['data'],
): Promise<void> {
  const given = givenOf(data);
  const typed = given?.focused?.value.toLowerCase() ?? '';
  const type = given?.spec.options.find(({ name }) => name === given.focused?.name)?.type;
  const words = speech.atOnce(inquiry.guild, inquiry.locale);
  if (type === 'language') {
    const named = LANGUAGES.map((value) => ({ value, name: `${words.languageName(value)} (${value})` }));
    const fits = named.filter(({ value, name }) => value === typed || name.toLowerCase().includes(typed));
    return inquiry.offer(fits.slice(0, CHOICES));
  }
  if (type !== 'case' || given === null || refusalOf(given.spec.root, inquiry, words) !== null)
    return inquiry.offer([]);
  if (given.spec.root === 'keel') {
    const { flags } = await moderation.personalData(inquiry.community, inquiry.user);
    const own = flags.map(({ flag, flaggedAt }) => ({
      value: flag,
      name: `${caseOf(flag)} · ${words.moment(flaggedAt)}`,
    }));
    return inquiry.offer(own.filter(({ value }) => value.startsWith(typed)).slice(0, CHOICES));
  }
  const cards = await moderation.queue({ community: inquiry.community, limit: 4 * CHOICES });
  const waiting = cards.map(({ flag, verdict }) => ({
    value: flag,
    name: `${caseOf(flag)} · ${verdict.score.toFixed(2)} · ${words.languageName(verdict.language)}`,
  }));
  return inquiry.offer(waiting.filter(({ value }) => value.startsWith(typed)).slice(0, CHOICES));
}

async function gathered(pieces: AsyncIterable<string>): Promise<Buffer> {
  const whole: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > FILE_LIMIT) break;
    whole.push(piece);
  }
  return Buffer.from(whole.join(''));
}
