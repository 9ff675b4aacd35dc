import { personalDataLines } from './answers.ts';
import type { Command } from './command-spec.ts';
import { findCard, lines } from './answer.ts';
import type { Answer, Asker } from './answer.ts';
import { caseOf } from './card-content.ts';
import type { Moderation } from './moderation.ts';

export type MemberCommand = Extract<
  Command,
  { verb: 'privacy show' | 'privacy export' | 'privacy forget' | 'privacy optout' | 'appeal' }
>;

/** What every member may ask about themselves. */
export async function answerMember(moderation: Moderation, command: MemberCommand, asker: Asker): Promise<Answer> {
  const { who, words, here } = asker;
  const community = { platform: here.platform, community: here.community };
  switch (command.verb) {
    case 'privacy show':
      return lines(...personalDataLines(await moderation.personalData(community, who), words));
    case 'privacy export': {
      const document = await moderation.exportPersonalData(community, who);
      return {
        kind: 'file',
        lines: [words.say('privacy.export')],
        name: 'evenkeel-my-data.json',
        pieces: once(document),
      };
    }
    case 'privacy forget':
      return { kind: 'forget', lines: [words.say('privacy.forgetAsk')] };
    case 'privacy optout':
      await moderation.setOptOut(community, who, command.state === 'out');
      return lines(words.say(command.state === 'out' ? 'privacy.optout' : 'privacy.optin'));
    case 'appeal':
      return command.case === undefined ? ownAppeals(moderation, asker) : appeal(moderation, command, asker);
  }
}

/** After the member confirmed it. */
export async function forget(moderation: Moderation, { who, words, here }: Asker): Promise<string> {
  const { messages, texts, labels } = await moderation.forget(here, who);
  return words.say('privacy.forgot', { messages, texts, labels });
}

async function appeal(
  moderation: Moderation,
  { case: given, statement }: Extract<MemberCommand, { verb: 'appeal' }>,
  asker: Asker,
): Promise<Answer> {
  const { who, words, here } = asker;
  if (statement === undefined) return lines(words.say('done.appealNone'));
  const card = await findCard(moderation, asker, given!);
  // Whether a flag of someone else's exists is none of their business: the same words for both.
  const own = card !== null && card.author === who;
  const made = own ? await moderation.appeal(here, who, card.flag, statement) : null;
  return lines(words.say(made === null ? 'done.appealImpossible' : 'done.appeal'));
}

async function ownAppeals(moderation: Moderation, { who, words, here, names }: Asker): Promise<Answer> {
  const appeals = await moderation.appeals(here, who);
  if (appeals.length === 0) return lines(words.say('done.appealNone'));
  return lines(
    ...appeals.flatMap(({ flag, outcome, answer }) => {
      if (outcome === null) return [`\`${caseOf(flag)}\` ${words.say('done.appeal')}`];
      const key = outcome === 'upheld' ? 'done.appealUpheld' : 'done.appealOverturned';
      const said = answer?.words ?? null;
      return [
        words.say(key, { case: caseOf(flag) }),
        ...(said === null ? [] : [words.say('done.appealAnswer', { words: names.words(said) })]),
      ];
    }),
  );
}

async function* once(text: string): AsyncIterable<string> {
  yield text;
}
