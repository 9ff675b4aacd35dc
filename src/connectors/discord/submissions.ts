import type { APIModalSubmitInteraction } from 'discord.js';
import { Routes } from 'discord.js';
import type { Card } from '../../domain/flag.ts';
import type { Message } from '../../domain/message.ts';
import type { Words } from '../../words/words.ts';
import { caseOf } from '../card-content.ts';
import type { Raised } from '../moderation.ts';
import { isRefused } from './api.ts';
import { acted, refusalFor } from './clicks.ts';
import { parseCustomId } from '../custom-id.ts';
import type { DeskParts } from './desk-parts.ts';
import { Filled } from './forms.ts';
import type { Inquiry } from './inquiry.ts';
import { page } from './layout.ts';
import { messageOf } from './message.ts';
import type { RawMessage } from './message.ts';
import { permissionName } from './permissions.ts';
import type { SanctionResult } from './sanctions.ts';

/** A form that was filled in. What a person may do is checked again: minutes may have passed since it was opened. */
export async function submitted(
  parts: DeskParts,
  inquiry: Inquiry,
  { custom_id, components }: APIModalSubmitInteraction['data'],
): Promise<void> {
  const known = parseCustomId(custom_id);
  const filled = new Filled(components);
  const refusal = known && refusalFor(known.action, inquiry, parts.speech.atOnce(inquiry.guild, inquiry.locale));
  if (known === null || refusal !== null) {
    const words = parts.speech.atOnce(inquiry.guild, inquiry.locale);
    return inquiry.tell(page([refusal ?? words.say('refused.failed')]));
  }
  const [id = '', other = ''] = known.ids;
  switch (known.action) {
    case 'relabel':
      return relabel(parts, inquiry, id, filled);
    case 'relabel-post':
      return relabelPost(parts, inquiry, { channel: id, message: other }, filled);
    case 'report':
      return report(parts, inquiry, { channel: id, message: other }, filled);
    case 'escalate':
      await inquiry.deferUpdate();
      await acted(
        parts,
        inquiry,
        id,
        await parts.moderation.escalate({ ...actor(inquiry, id), reason: filled.text('reason') }),
      );
      return;
    case 'uphold':
    case 'overturn': {
      await inquiry.deferUpdate();
      const outcome = known.action === 'uphold' ? 'upheld' : 'overturned';
      const answer = { ...actor(inquiry, id), outcome, words: filled.text('reason') } as const;
      await acted(parts, inquiry, id, await parts.moderation.answerAppeal(answer));
      return;
    }
    case 'delete':
    case 'timeout':
      return sanction(parts, inquiry, known.action, id, filled);
    default:
  }
}

function actor({ community, user }: Inquiry, flag: string) {
  return { community, flag, moderator: user };
}

async function relabel(parts: DeskParts, inquiry: Inquiry, flag: string, filled: Filled): Promise<void> {
  await inquiry.deferUpdate();
  const { answer, details } = filled;
  if (answer === null) return;
  await acted(parts, inquiry, flag, await parts.moderation.label({ ...actor(inquiry, flag), answer, details }));
}

/** A moderator's answer about a post without a card: it gets one. */
async function relabelPost(parts: DeskParts, inquiry: Inquiry, place: Place, filled: Filled): Promise<void> {
  await inquiry.defer();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const { answer, details } = filled;
  const raised = await raise(parts, inquiry, place, { origin: 'moderator', reason: null });
  if (answer === null || !('card' in raised)) return inquiry.tell(page([refusedWords(raised, words)]));
  const { flag } = raised.card;
  await parts.moderation.label({ ...actor(inquiry, flag), answer, details });
  await inquiry.tell(
    page([
      words.say('done.label', { answer: words.say(`answer.${answer}`) }),
      words.say('card.title', { case: caseOf(flag) }),
    ]),
  );
}

async function report(parts: DeskParts, inquiry: Inquiry, place: Place, filled: Filled): Promise<void> {
  await inquiry.defer();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const raised = await raise(parts, inquiry, place, { origin: 'report', reason: filled.text('reason') });
  await inquiry.tell(page(['card' in raised ? words.say('done.report') : refusedWords(raised, words)]));
}

interface Place {
  channel: string;
  message: string;
}

async function raise(
  { rest, intake, moderation }: DeskParts,
  { guild, user }: Inquiry,
  { channel, message }: Place,
  by: { origin: 'report' | 'moderator'; reason: string | null },
): Promise<Raised> {
  let post: Message | null;
  try {
    const raw = (await rest.get(Routes.channelMessage(channel, message))) as RawMessage;
    post = messageOf(raw, intake.placeOf(guild, channel));
  } catch (error) {
    if (isRefused(error, 'unknownMessage', 'unknownChannel', 'missingAccess', 'missingPermissions'))
      return { refused: 'deleted' };
    throw error;
  }
  return post === null ? { refused: 'deleted' } : moderation.raise(post, { ...by, who: user });
}

function refusedWords(raised: Raised, words: Words): string {
  if (!('refused' in raised)) return words.say('refused.failed');
  return words.say(raised.refused === 'opted-out' ? 'done.reportOptedOut' : 'done.reportDeleted');
}

async function sanction(
  parts: DeskParts,
  inquiry: Inquiry,
  kind: 'delete' | 'timeout',
  flag: string,
  filled: Filled,
): Promise<void> {
  await inquiry.defer();
  const words = await parts.speech.ofPerson(inquiry.guild, inquiry.locale);
  const card = await parts.moderation.case(inquiry.community, flag);
  if (card === null) return inquiry.tell(page([words.say('refused.noCase', { case: caseOf(flag) })]));
  const result = await carryOut(parts, inquiry, card, kind, filled);
  if (result === 'done') await parts.moderation.recordSanction({ ...actor(inquiry, flag), sanction: kind });
  await inquiry.tell(page([resultWords(kind, result, words)]));
}

function carryOut({ sanctions }: DeskParts, inquiry: Inquiry, card: Card, kind: 'delete' | 'timeout', filled: Filled) {
  const reason = filled.text('reason') ?? '';
  if (kind === 'delete') return sanctions.deletePost(inquiry, card, reason);
  return sanctions.timeOut(inquiry, card, filled.minutes ?? 10, reason);
}

function resultWords(kind: 'delete' | 'timeout', result: SanctionResult, words: Words): string {
  if (result === 'done') return words.say(`done.${kind}`);
  if (result === 'gone') return words.say('refused.noMessage');
  const permission = permissionName(result.lacking);
  if (result.who === 'bot') return words.say('finding.missing-permission-everywhere', { permission });
  return words.say('refused.permission', { permission });
}
