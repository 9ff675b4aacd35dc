import type { types } from '@slack/bolt';
import type { Card } from '../../domain/flag.ts';
import type { Answer as LabelAnswer } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';
import { caseOf, quoted } from '../card-content.ts';
import { answerQueue } from '../command-answer.ts';
import { whoMay } from '../custom-id.ts';
import type { Action, CustomId } from '../custom-id.ts';
import { forget } from '../member-answer.ts';
import { queuePlace } from '../queue-place.ts';
import { isRefused } from './api-errors.ts';
import { askerOf, refusalFor } from './asker.ts';
import { context, page, quotation } from './blocks.ts';
import { give, openSettings } from './commands.ts';
import type { DeskParts } from './desk-parts.ts';
import { reasonForm, relabelForm } from './forms.ts';
import { publishHome } from './home.ts';
import type { Inquiry } from './inquiry.ts';
import { inline, mention } from './mrkdwn.ts';
import { guidelineLines } from '../answers.ts';
import { placeOfLink, threadOfLink } from './permalink.ts';
import { blocksOf, privateCard, tellAnswer } from './told-answer.ts';
import { loadingView } from './views.ts';
import { whyAnswer } from './why-answer.ts';

const APPEAL_LIMIT = 1000;

/** Actions whose first id is a flag. */
const ON_CARD: ReadonlySet<Action> = new Set<Action>([
  ...(['polarized', 'not_polarized', 'unsure', 'undo', 'relabel', 'why', 'context'] as const),
  ...(['escalate', 'delete', 'uphold', 'overturn', 'appeal'] as const),
]);

export function isOnCard(action: Action): boolean {
  return ON_CARD.has(action);
}

/** Values of buttons and forms come back from outside: what is no id of ours is not looked up. */
export function isFlag(id: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

export function noCase(flag: string, words: Words): types.KnownBlock[] {
  return page([words.say('refused.noCase', { case: inline(caseOf(flag)) })]);
}

/** A click on a button. */
export async function clicked(parts: DeskParts, inquiry: Inquiry, { action, ids }: CustomId): Promise<void> {
  const { speech, access } = parts;
  const { client, community, user } = inquiry;
  // A form has to be shown within three seconds, whatever else has to be asked first.
  if (OPENING.has(action)) await inquiry.open(loadingView(speech.atOnce(community.community, user)));
  const words = await speech.ofPerson(client, community.community, user);
  const who = whoMay(action);
  const refusal =
    who === 'everyone' ? null : refusalFor(who, await access.rightsOf(client, community.community, user), words);
  if (refusal !== null) return inquiry.tell(page(refusal), words);
  const [id = ''] = ids;
  if (isOnCard(action) && !isFlag(id)) return inquiry.tell(noCase(id, words), words);
  const form = { ids, channel: inquiry.asked.channel };
  switch (action) {
    case 'polarized':
    case 'not_polarized':
    case 'unsure':
      return label(parts, inquiry, ids, action, words);
    case 'undo':
      return undo(parts, inquiry, ids, words);
    case 'relabel':
      return inquiry.open(relabelForm('relabel', form, words));
    case 'escalate':
      return inquiry.open(reasonForm('escalate', words.say('button.escalate'), form, words));
    case 'uphold':
    case 'overturn': {
      const field = words.say('field.appealAnswer');
      return inquiry.open(reasonForm(action, words.say(`button.${action}`), form, words, { field }));
    }
    case 'appeal': {
      const options = { field: words.say('field.statement'), required: true, limit: APPEAL_LIMIT };
      return inquiry.open(reasonForm('appeal', words.say('button.appeal'), form, words, options));
    }
    case 'guideline':
      return inquiry.tell(page(guidelineLines(words)), words);
    case 'why':
      return inquiry.tell(whyAnswer(await parts.moderation.why(community, id), words), words);
    case 'context':
      return inquiry.tell(await around(parts, inquiry, await parts.moderation.case(community, id), words), words);
    case 'delete':
      return deletePost(parts, inquiry, ids, words);
    case 'queue':
    case 'next':
      return turnPage(parts, inquiry, action, ids, words);
    case 'privacy':
      return ownData(parts, inquiry, id, words);
    case 'settings':
      return id === 'unignore' ? unignore(parts, inquiry, ids) : openSettings(parts, inquiry, id);
    case 'forget':
    case 'save-threshold':
      return confirm(parts, inquiry, action, ids, words);
    default:
      return inquiry.tell(page([words.say('refused.failed')]), words);
  }
}

const OPENING: ReadonlySet<Action> = new Set<Action>([
  'relabel',
  'escalate',
  'uphold',
  'overturn',
  'appeal',
  'settings',
]);

/**
 * After an action on a card. The one in the review channel is redrawn by its own job, which knows what came last; here
 * only a moderator's own copy changes, and a card that is not theirs to know is told of. `ids`: the flag, then its place.
 */
export async function acted(
  parts: DeskParts,
  inquiry: Inquiry,
  [flag = '', ...place]: readonly string[],
  card: Card | null,
  words: Words,
): Promise<Card | null> {
  const { community } = inquiry;
  if (card === null) {
    await inquiry.tell(noCase(flag, words), words);
  } else if (inquiry.isHome) {
    await publishHome(parts, inquiry);
  } else if (inquiry.asked.isPrivate) {
    const queue = place.length === 0 ? null : queuePlace(community, inquiry.user, place);
    const more =
      queue !== null &&
      (await parts.moderation.queue({ ...queue.filter, ...(queue.filter.agendaOf === undefined && { limit: 500 }) }))
        .length > queue.at;
    await inquiry.replace(
      await privateCard(parts, card, words, queue === null ? undefined : { ...queue, more }),
      words,
    );
  }
  return card;
}

async function label(
  parts: DeskParts,
  inquiry: Inquiry,
  ids: readonly string[],
  answer: LabelAnswer,
  words: Words,
): Promise<void> {
  const { community, user: moderator } = inquiry;
  await acted(
    parts,
    inquiry,
    ids,
    await parts.moderation.label({ community, flag: ids[0]!, moderator, answer }),
    words,
  );
}

async function undo(parts: DeskParts, inquiry: Inquiry, ids: readonly string[], words: Words): Promise<void> {
  const { community, user: moderator } = inquiry;
  const card = await parts.moderation.undo({ community, flag: ids[0]!, moderator });
  if ((await acted(parts, inquiry, ids, card, words)) === null || card === null) return;
  const kept = card.labels.some((each) => each.moderator === moderator);
  await inquiry.tell(page([words.say(kept ? 'done.undoLate' : 'done.undo')]), words);
}

/** What was said before a post, read from Slack at this moment and kept nowhere; only for who is in the channel. */
async function around(
  { access, readBefore }: DeskParts,
  { client, community, user }: Inquiry,
  card: Card | null,
  words: Words,
): Promise<types.KnownBlock[]> {
  const place = placeOfLink(card?.link);
  if (card === null || place === null) return page([words.say('refused.noMessage')]);
  if (!(await access.isIn(client, community.community, place.channel, user))) {
    return page([words.say('refused.notMember', { channel: mention.channel(place.channel) })]);
  }
  const before = await readBefore(community, { ...place, thread: threadOfLink(card.link) });
  const said = [
    ...before.map(({ author, text }) => ({ author, text })),
    { author: card.author, text: card.text ?? '' },
  ];
  return said.flatMap(({ author, text }) => [context(mention.user(author)), quotation({ text: quoted(text, 500) })]);
}

/** In the name of the administrator whose token deletes; the post's text then goes as with any other deletion. */
async function deletePost(parts: DeskParts, inquiry: Inquiry, ids: readonly string[], words: Words): Promise<void> {
  const { community, user: moderator } = inquiry;
  const flag = ids[0]!;
  const [card, deleter] = await Promise.all([
    parts.moderation.case(community, flag),
    parts.workspaces.deleter(community.community),
  ]);
  if (card === null) return inquiry.tell(noCase(flag, words), words);
  const place = placeOfLink(card.link);
  const permission = 'chat:write (user)';
  const lacking = page([words.say('finding.missing-permission-everywhere', { permission })]);
  if (deleter === null) return inquiry.tell(lacking, words);
  try {
    if (place === null) throw new Error('A card of Slack has no link');
    await deleter.client.chat.delete({ channel: place.channel, ts: place.message });
  } catch (error) {
    if (isRefused(error, 'message_not_found')) return inquiry.tell(page([words.say('refused.noMessage')]), words);
    if (
      isRefused(error, 'cant_delete_message', 'missing_scope', 'token_revoked', 'invalid_auth', 'channel_not_found')
    ) {
      return inquiry.tell(lacking, words);
    }
    throw error;
  }
  await parts.moderation.recordSanction({ community, flag, moderator, sanction: 'delete' });
  await inquiry.tell(page([words.say('done.deleteAs', { admin: mention.user(deleter.admin) })]), words);
}

async function turnPage(
  parts: DeskParts,
  inquiry: Inquiry,
  action: 'queue' | 'next',
  ids: readonly string[],
  words: Words,
): Promise<void> {
  const { community } = inquiry;
  const { filter, at } =
    action === 'next'
      ? queuePlace(community, inquiry.user, ids)
      : { filter: { community, channel: ids[0] === '' ? undefined : ids[0] }, at: 0 };
  if (inquiry.isHome) return publishHome(parts, inquiry, at);
  const answer = await answerQueue(parts.moderation, filter, at);
  if (action === 'queue' || answer.kind !== 'queue') return tellAnswer(parts, inquiry, answer, words);
  await inquiry.replace(await blocksOf(parts, inquiry, answer, words), words);
}

async function ownData(parts: DeskParts, inquiry: Inquiry, what: string, words: Words): Promise<void> {
  if (what === 'export') await give(parts, inquiry, { verb: 'privacy export' }, words);
  else if (what === 'forget') await give(parts, inquiry, { verb: 'privacy forget' }, words);
  else await give(parts, inquiry, { verb: 'privacy optout', state: what === 'in' ? 'in' : 'out' }, words);
  await publishHome(parts, inquiry);
}

async function unignore(parts: DeskParts, inquiry: Inquiry, ids: readonly string[]): Promise<void> {
  const [, kind, id = ''] = ids;
  if (kind !== 'channel' && kind !== 'user' && kind !== 'role' && kind !== 'category') return;
  await parts.moderation.unignore(inquiry.community, { kind, id }, inquiry.user);
  await openSettings(parts, inquiry, 'ignore');
}

async function confirm(
  parts: DeskParts,
  inquiry: Inquiry,
  action: 'forget' | 'save-threshold',
  ids: readonly string[],
  words: Words,
): Promise<void> {
  const { moderation, access } = parts;
  const { client, community, user } = inquiry;
  if (action === 'forget') {
    const rights = await access.rightsOf(client, community.community, user);
    return inquiry.replace(page([await forget(moderation, askerOf(parts, inquiry, words, rights))]), words);
  }
  const [value, channel = ''] = ids;
  const threshold = Number(value);
  if (channel === '') await moderation.changeSettings(community, { threshold }, user);
  else await moderation.setThreshold({ ...community, channel }, threshold, user);
  await inquiry.replace(page([words.say('done.saved')]), words);
}
