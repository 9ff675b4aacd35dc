import type { APIMessageComponentInteraction } from 'discord.js';
import type { Card } from '../../domain/flag.ts';
import type { Answer as LabelAnswer } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';
import { answerQueue } from '../command-answer.ts';
import { caseOf } from '../card-content.ts';
import { guidelineLines } from '../answers.ts';
import { forget } from '../member-answer.ts';
import { askerOf } from './asker.ts';
import { cardLayout } from './card.ts';
import { layoutOf, tellAnswer } from './commands.ts';
import { contextLines } from './context-lines.ts';
import { parseCustomId, whoMay } from '../custom-id.ts';
import type { Action } from '../custom-id.ts';
import type { DeskParts } from './desk-parts.ts';
import { reasonForm, relabelForm, timeoutForm } from './forms.ts';
import type { Inquiry } from './inquiry.ts';
import { page } from './layout.ts';
import { queuePlace } from '../queue-place.ts';
import { queueButton } from './queue-button.ts';
import { setupChange, setupLayout } from './setup-wizard.ts';
import { whyAnswer } from './why-answer.ts';

/** A click on a button, or a choice from a list. */
export async function clicked(
  parts: DeskParts,
  inquiry: Inquiry,
  data: APIMessageComponentInteraction['data'],
): Promise<void> {
  const known = parseCustomId(data.custom_id);
  const words = parts.speech.atOnce(inquiry.guild, inquiry.locale);
  if (known === null) return inquiry.tell(page([words.say('refused.failed')]));
  const { action, ids } = known;
  const refusal = refusalFor(action, inquiry, words);
  if (refusal !== null) return inquiry.tell(page([refusal]));
  const [id = ''] = ids;
  switch (action) {
    case 'polarized':
    case 'not_polarized':
    case 'unsure':
      return label(parts, inquiry, id, action);
    case 'undo':
      return undo(parts, inquiry, id);
    case 'relabel':
      return inquiry.open(relabelForm(data.custom_id, words));
    case 'escalate':
      return inquiry.open(reasonForm(data.custom_id, words.say('button.escalate'), words));
    case 'delete':
      return inquiry.open(reasonForm(data.custom_id, words.say('button.delete'), words, { required: true }));
    case 'timeout':
      return inquiry.open(timeoutForm(data.custom_id, words));
    case 'uphold':
    case 'overturn': {
      const field = words.say('field.appealAnswer');
      return inquiry.open(reasonForm(data.custom_id, words.say(`button.${action}`), words, { field }));
    }
    case 'guideline': {
      const [title = '', ...rest] = guidelineLines(words);
      return inquiry.tell(page([`### ${title}`, ...rest]));
    }
    case 'why':
    case 'context':
      return explain(parts, inquiry, action, id);
    case 'queue':
    case 'next':
      return turnPage(parts, inquiry, action, ids);
    case 'forget':
    case 'save-threshold':
      return confirm(parts, inquiry, action, ids);
    case 'setup-channel':
    case 'setup-language':
    case 'setup-mode':
    case 'setup-done':
      return setUp(parts, inquiry, action, 'values' in data ? data.values[0] : undefined);
    case 'relabel-post':
    case 'report':
    case 'privacy':
    case 'appeal':
    case 'settings':
      return;
  }
}

/** A sentence for someone who may not do what a button does, or a form asks; null for who may. */
export function refusalFor(action: Action, inquiry: Inquiry, words: Words): string | null {
  const who = whoMay(action);
  const may = { everyone: true, moderators: inquiry.isModerator, administrators: inquiry.isAdministrator };
  return may[who] || who === 'everyone' ? null : words.say(`refused.${who}`);
}

/**
 * After an action on a card. The one in the review channel is redrawn by its own job, which knows what came last; only a
 * moderator's private copy is changed here.
 */
export async function acted(parts: DeskParts, inquiry: Inquiry, flag: string, card: Card | null): Promise<Card | null> {
  if (card === null) {
    const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
    await inquiry.tell(page([words.say('refused.noCase', { case: caseOf(flag) })]));
  } else if (inquiry.isPrivate) {
    const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
    const place = nextOf(inquiry);
    // What was answered has left the agenda, so that the next one is in its place.
    const at = place?.filter.agendaOf === undefined ? place?.at : Math.max(0, place.at - 1);
    const extra = place === null ? [] : [queueButton(place.filter, at ?? 0, words)];
    await inquiry.update(cardLayout(card, { words, rights: parts.board.rightsFor(card), now: new Date(), extra }));
  }
  return card;
}

async function label(parts: DeskParts, inquiry: Inquiry, flag: string, answer: LabelAnswer): Promise<void> {
  await inquiry.deferUpdate();
  const { community, user: moderator } = inquiry;
  await acted(parts, inquiry, flag, await parts.moderation.label({ community, flag, moderator, answer }));
}

async function undo(parts: DeskParts, inquiry: Inquiry, flag: string): Promise<void> {
  await inquiry.deferUpdate();
  const { community, user: moderator } = inquiry;
  const card = await acted(parts, inquiry, flag, await parts.moderation.undo({ community, flag, moderator }));
  if (card === null) return;
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const kept = card.labels.some((each) => each.moderator === moderator);
  await inquiry.tell(page([words.say(kept ? 'done.undoLate' : 'done.undo')]));
}

async function explain(parts: DeskParts, inquiry: Inquiry, what: 'why' | 'context', flag: string): Promise<void> {
  await inquiry.defer();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const lines =
    what === 'why'
      ? whyAnswer(await parts.moderation.why(inquiry.community, flag), words)
      : await contextLines(parts, inquiry, await parts.moderation.case(inquiry.community, flag), words);
  await inquiry.tell(page(lines));
}

async function turnPage(
  parts: DeskParts,
  inquiry: Inquiry,
  action: 'queue' | 'next',
  ids: readonly string[],
): Promise<void> {
  await (action === 'next' && inquiry.isPrivate ? inquiry.deferUpdate() : inquiry.defer());
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const { filter, at } =
    action === 'next'
      ? queuePlace(inquiry.community, inquiry.user, ids)
      : { filter: { community: inquiry.community, channel: ids[0] }, at: 0 };
  const answer = await answerQueue(parts.moderation, filter, at);
  if (action === 'queue' || !inquiry.isPrivate) return tellAnswer(parts, inquiry, answer, words);
  if (answer.kind === 'queue') await inquiry.update(await layoutOf(parts, inquiry, answer, words));
}

async function confirm(
  parts: DeskParts,
  inquiry: Inquiry,
  action: 'forget' | 'save-threshold',
  ids: readonly string[],
): Promise<void> {
  await inquiry.deferUpdate();
  const { moderation, examine, speech } = parts;
  const { community, user } = inquiry;
  const words = await speech.ofPerson(inquiry.guild, inquiry.locale);
  if (action === 'forget') {
    const asker = askerOf(inquiry, words, () => examine(community));
    return inquiry.update(page([await forget(moderation, asker)]));
  }
  const [value, channel = ''] = ids;
  const threshold = Number(value);
  if (channel === '') await moderation.changeSettings(community, { threshold }, user);
  else await moderation.setThreshold({ ...community, channel }, threshold, user);
  await inquiry.update(page([words.say('done.saved')]));
}

async function setUp(
  parts: DeskParts,
  inquiry: Inquiry,
  action: 'setup-channel' | 'setup-language' | 'setup-mode' | 'setup-done',
  value: string | undefined,
): Promise<void> {
  await inquiry.deferUpdate();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const refusal = await setupChange(parts, inquiry, action, value, words);
  // In the language that may just have been chosen.
  const now = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  await inquiry.update(await setupLayout(parts, inquiry, now));
  if (refusal !== null) await inquiry.tell(page([refusal]));
}

/** Where the queue goes on after a private card; null where it is no queue. */
function nextOf({ source, community, user }: Inquiry): ReturnType<typeof queuePlace> | null {
  const ids = JSON.stringify(source?.components ?? []).matchAll(/"custom_id":"([^"]+)"/g);
  for (const [, id] of ids) {
    const known = parseCustomId(id!);
    if (known?.action === 'next') return queuePlace(community, user, known.ids);
  }
  return null;
}
