import { bandOf } from '../domain/flag.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Words } from '../words/words.ts';
import { changeCommunity } from './admin-answer.ts';
import { daysAgo, findCard, lines } from './answer.ts';
import type { Answer, Asker } from './answer.ts';
import { guidelineLines, previewLines, statsLines } from './answers.ts';
import { verdictWords } from './card-content.ts';
import { helpOf } from './command-grammar.ts';
import { COMMANDS, ROOTS } from './command-spec.ts';
import type { Command, Root } from './command-spec.ts';
import { findingLines } from './finding-lines.ts';
import { answerMember } from './member-answer.ts';
import { answerModel } from './model-answer.ts';
import type { Moderation, QueueFilter } from './moderation.ts';

export async function answerCommand(moderation: Moderation, command: Command, asker: Asker): Promise<Answer> {
  const { words, here, names } = asker;
  const community = { platform: here.platform, community: here.community };
  switch (command.verb) {
    case 'about':
      return lines(words.say('about.body'), words.say('privacy.noScore'));
    case 'help':
      return lines(words.say('help.title'), ...helpLines(asker));
    case 'guideline':
      return lines(...guidelineLines(words));
    case 'agenda':
      return answerQueue(moderation, { community, language: command.language, agendaOf: asker.who }, 0);
    case 'queue': {
      const { channel, language, only, sort } = command;
      return answerQueue(moderation, { community, channel, language, only, sort }, 0);
    }
    case 'case': {
      const card = await findCard(moderation, asker, command.case);
      return card === null
        ? lines(words.say('refused.noCase', { case: names.words(command.case) }))
        : { kind: 'card', card };
    }
    case 'stats':
      return lines(...statsLines(await moderation.stats(community, daysAgo(command.days)), command.days, words));
    case 'check': {
      const [verdict, policy] = await Promise.all([moderation.check(command.text), moderation.policy(here)]);
      return lines(...verdictLines(verdict, policy.threshold, words), words.say('check.notStored'));
    }
    case 'simulate': {
      const { value, channel, language, days } = command;
      return lines(...previewLines(await moderation.simulate(community, value, { channel, language, days }), words));
    }
    case 'doctor': {
      const findings = [...(await asker.examine()), ...(await moderation.doctor(community))];
      return lines(...findingLines(findings, words, names.channel));
    }
    case 'setup':
      return { kind: 'setup' };
    case 'model':
      return lines(...(await answerModel(moderation, command, { who: asker.who, community, words })));
    case 'privacy show':
    case 'privacy export':
    case 'privacy forget':
    case 'privacy optout':
    case 'appeal':
      return answerMember(moderation, command, asker);
    default:
      return changeCommunity(moderation, command, asker);
  }
}

/** The card at a place of the queue. */
export async function answerQueue(moderation: Moderation, filter: QueueFilter, at: number): Promise<Answer> {
  // An agenda says itself how long it is.
  const cards = await moderation.queue(filter.agendaOf === undefined ? { ...filter, limit: 500 } : filter);
  return { kind: 'queue', filter, at, card: cards[at] ?? null, waiting: cards.length };
}

/** What the model says of a text, against a threshold. */
export function verdictLines(verdict: Verdict, threshold: number, words: Words): string[] {
  const { score, languageName, explanation } = verdictWords(verdict, words);
  const against = threshold.toFixed(2);
  const band = words.say(`band.${bandOf(verdict.score, threshold)}`);
  return [
    verdict.score >= threshold
      ? words.say('check.flagged', { band, score, threshold: against })
      : words.say('check.below', { score, threshold: against }),
    `${languageName}. ${explanation}`,
  ];
}

function helpLines({ roots, words }: Asker): string[] {
  return COMMANDS.filter(({ root }) => roots.includes(root)).map((spec) => {
    const { root, verb, summary } = helpOf(spec, words);
    return `\`/${root} ${verb}\`: ${summary}`;
  });
}

/** The roots of someone who is a moderator or administrator, or neither. */
export function rootsOf({ moderator, administrator }: { moderator: boolean; administrator: boolean }): Root[] {
  const may = { everyone: true, moderators: moderator, administrators: administrator };
  return (Object.keys(ROOTS) as Root[]).filter((root) => may[ROOTS[root]]);
}
