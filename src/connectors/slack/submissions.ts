import type { Words } from '../../words/words.ts';
import { caseOf } from '../card-content.ts';
import { answerCommand } from '../command-answer.ts';
import { whoMay } from '../custom-id.ts';
import type { Action } from '../custom-id.ts';
import { acted, isFlag, isOnCard, noCase } from './actions.ts';
import { askerOf, refusalFor } from './asker.ts';
import { page } from './blocks.ts';
import type { DeskParts, PostPlace } from './desk-parts.ts';
import type { Filled } from './filled.ts';
import { publishHome } from './home.ts';
import type { Inquiry } from './inquiry.ts';
import { mention } from './mrkdwn.ts';
import { raise, refusedWords } from './raise.ts';
import { commandOf, isFormVerb, settingsForm } from './settings-form.ts';
import { setUp, setupForm } from './setup-form.ts';
import { tellAnswer } from './told-answer.ts';
import type { FormPlace } from './views.ts';

/** Forms about a card close at once, as the card itself shows what they came to; others become their own answer. */
export function closesAtOnce(action: Action): boolean {
  return action === 'relabel' || action === 'escalate' || action === 'uphold' || action === 'overturn';
}

/** A form that was filled in. What a person may do is checked again: minutes may have passed since it was opened. */
export async function submitted(
  parts: DeskParts,
  inquiry: Inquiry,
  action: Action,
  place: FormPlace,
  filled: Filled,
): Promise<void> {
  const { client, community, user } = inquiry;
  const words = await parts.speech.ofPerson(client, community.community, user);
  const rights = await parts.access.rightsOf(client, community.community, user);
  const refusal = refusalFor(whoMay(action), rights, words);
  if (refusal !== null) return inquiry.tell(page(refusal), words);
  const [flag = ''] = place.ids;
  if (isOnCard(action) && !isFlag(flag)) return inquiry.tell(noCase(flag, words), words);
  const actor = { community, flag, moderator: user };
  switch (action) {
    case 'relabel':
    case 'escalate':
    case 'uphold':
    case 'overturn': {
      if (action === 'relabel' && filled.answer === null)
        return inquiry.tell(page([words.say('refused.failed')]), words);
      const card = await cardAction(parts, action, actor, filled);
      const done = await acted(parts, inquiry, place.ids, card, words);
      if (done === null || (place.channel === rights.reviewChannel && place.ids.length === 1)) return;
      return place.channel === null
        ? publishHome(parts, inquiry)
        : inquiry.tell(page([doneWords(action, filled, words)]), words);
    }
    case 'relabel-post':
      return relabelPost(parts, inquiry, postOf(place), filled, words);
    case 'report': {
      const post = postOf(place);
      const raised = await raise(parts, inquiry, post, { origin: 'report', reason: filled.text('reason') });
      const said = 'card' in raised ? words.say('done.report') : refusedWords(raised, post.channel, words);
      return inquiry.tell(page([said]), words);
    }
    case 'appeal': {
      const command = { verb: 'appeal', case: flag, statement: filled.text('reason') ?? undefined } as const;
      await tellAnswer(
        parts,
        inquiry,
        await answerCommand(parts.moderation, command, askerOf(parts, inquiry, words, rights)),
        words,
      );
      return publishHome(parts, inquiry);
    }
    case 'setup-done': {
      const problem = await setUp(parts, inquiry, filled, words);
      if (problem !== null) return inquiry.open(await setupForm(parts, inquiry, words, problem));
      // In the language that may just have been chosen.
      const now = await parts.speech.ofPerson(client, community.community, user);
      const channel = mention.channel(filled.text('review_channel') ?? '');
      return inquiry.tell(page([`✅ ${now.say('setup.done', { channel })}`]), now);
    }
    case 'settings':
      return changed(parts, inquiry, flag, filled, words);
    default:
      return inquiry.tell(page([words.say('refused.failed')]), words);
  }
}

type CardForm = 'relabel' | 'escalate' | 'uphold' | 'overturn';

function cardAction(
  { moderation }: DeskParts,
  action: CardForm,
  actor: { community: Inquiry['community']; flag: string; moderator: string },
  filled: Filled,
) {
  const reason = filled.text('reason');
  if (action === 'escalate') return moderation.escalate({ ...actor, reason });
  if (action === 'relabel') {
    return moderation.label({ ...actor, answer: filled.answer ?? 'unsure', details: filled.details });
  }
  const outcome = action === 'uphold' ? 'upheld' : 'overturned';
  return moderation.answerAppeal({ ...actor, outcome, words: reason });
}

function doneWords(action: CardForm, filled: Filled, words: Words): string {
  if (action === 'escalate') return words.say('done.escalate');
  if (action === 'relabel')
    return words.say('done.label', { answer: words.say(`answer.${filled.answer ?? 'unsure'}`) });
  return words.say('done.saved');
}

/** A moderator's answer about a post without a card: it gets one. */
async function relabelPost(
  parts: DeskParts,
  inquiry: Inquiry,
  post: PostPlace,
  filled: Filled,
  words: Words,
): Promise<void> {
  const { community, user: moderator } = inquiry;
  const raised = await raise(parts, inquiry, post, { origin: 'moderator', reason: null });
  if (!('card' in raised)) return inquiry.tell(page([refusedWords(raised, post.channel, words)]), words);
  const { flag } = raised.card;
  const answer = filled.answer ?? 'unsure';
  await parts.moderation.label({ community, flag, moderator, answer, details: filled.details });
  const said = [
    words.say('done.label', { answer: words.say(`answer.${answer}`) }),
    words.say('card.title', { case: caseOf(flag) }),
  ];
  await inquiry.tell(page(said), words);
}

async function changed(parts: DeskParts, inquiry: Inquiry, verb: string, filled: Filled, words: Words): Promise<void> {
  if (!isFormVerb(verb)) return inquiry.tell(page([words.say('refused.failed')]), words);
  const parsed = commandOf(verb, filled, words);
  if ('error' in parsed) return inquiry.open(await settingsForm(parts, inquiry, verb, words, parsed.error));
  const rights = await parts.access.rightsOf(inquiry.client, inquiry.community.community, inquiry.user);
  const answer = await answerCommand(parts.moderation, parsed.command, askerOf(parts, inquiry, words, rights));
  await tellAnswer(parts, inquiry, answer, words);
}

function postOf({ ids: [channel = '', message = '', thread = ''] }: FormPlace): PostPlace {
  return { channel, message, thread: thread === '' ? null : thread };
}
