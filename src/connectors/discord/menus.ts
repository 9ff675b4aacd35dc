import type { APIMessageApplicationCommandInteraction } from 'discord.js';
import { wordsIn } from '../../words/words.ts';
import { verdictLines } from '../command-answer.ts';
import { MENUS } from '../command-spec.ts';
import { customId } from '../custom-id.ts';
import type { DeskParts } from './desk-parts.ts';
import { reasonForm, relabelForm } from './forms.ts';
import type { Inquiry } from './inquiry.ts';
import { page } from './layout.ts';
import { messageOf } from './message.ts';
import type { RawMessage } from './message.ts';

/** An entry of a message's own menu, about that message. */
export async function chosenFromMenu(
  parts: DeskParts,
  inquiry: Inquiry,
  { name, target_id, resolved }: APIMessageApplicationCommandInteraction['data'],
): Promise<void> {
  const words = parts.speech.atOnce(inquiry.guild, inquiry.locale);
  const menu = MENUS.find((each) => wordsIn('en').say(`menu.${each.name}`) === name);
  const raw = resolved.messages[target_id];
  if (menu === undefined || raw === undefined) return inquiry.tell(page([words.say('refused.failed')]));
  if (menu.who === 'moderators' && !inquiry.isModerator) return inquiry.tell(page([words.say('refused.moderators')]));
  switch (menu.name) {
    case 'relabel':
      return inquiry.open(relabelForm(customId('relabel-post', raw.channel_id, target_id), words));
    case 'report':
      return inquiry.open(reasonForm(customId('report', raw.channel_id, target_id), words.say('menu.report'), words));
    case 'check':
      return check(parts, inquiry, raw);
  }
}

async function check({ moderation, speech, intake }: DeskParts, inquiry: Inquiry, raw: RawMessage): Promise<void> {
  await inquiry.defer();
  const words = await speech.ofPerson(inquiry.guild, inquiry.locale);
  const place = intake.placeOf(inquiry.guild, raw.channel_id);
  const address = { ...inquiry.community, channel: raw.channel_id };
  const [stored, { threshold }] = await Promise.all([
    moderation.find({ ...address, message: raw.id }),
    moderation.policy(address),
  ]);
  const text = messageOf(raw, place)?.text ?? raw.content ?? '';
  const verdict = stored?.verdict ?? (await moderation.check(text));
  await inquiry.tell(
    page([...verdictLines(verdict, threshold, words), ...(stored === null ? [words.say('check.notStored')] : [])]),
  );
}
