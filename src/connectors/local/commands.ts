import { agreementLines, guidelineLines } from '../answers.ts';
import { cardContent, caseOf, verdictWords } from '../card-content.ts';
import { COMMANDS } from '../command-spec.ts';
import type { Command, CommandSpec } from '../command-spec.ts';
import { wordsIn } from '../../words/words.ts';
import { answerModel, answerTraining } from '../model-answer.ts';
import type { Moderation } from '../moderation.ts';
import type { ChannelAddress, CommunityAddress } from '../../domain/message.ts';
import type { Policy } from '../../domain/policy.ts';
import { RefusedError } from './request-body.ts';
import type { Channel, Reply } from './wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const QUEUE_LIMIT = 20;
/** The page shows what it is given as text, whatever is in it. */
const PLAIN = { user: (id: string) => id, words: (text: string) => text };

/** The page's own words are English, so what it shows of the pipeline's is too. */
export const PAGE_WORDS = wordsIn('en');

/** The page is one community's, of one person, who needs no setup and no privacy from themselves. */
const LOCAL_VERBS = [
  'guideline',
  'agenda',
  'queue',
  'case',
  'stats',
  'check',
  'agreement',
  'confirm',
  'sample',
  'threshold',
  'mode',
  'training',
  'model',
] as const;
export type LocalCommand = Extract<Command, { verb: (typeof LOCAL_VERBS)[number] }>;
export const LOCAL_COMMANDS: readonly CommandSpec[] = COMMANDS.filter(({ verb }) =>
  LOCAL_VERBS.some((each) => each === verb),
);

/** What of the pipeline the page can ask for. */
export type LocalModeration = Pick<
  Moderation,
  | 'receive'
  | 'remove'
  | 'label'
  | 'undo'
  | 'confirm'
  | 'queue'
  | 'case'
  | 'stats'
  | 'agreement'
  | 'restore'
  | 'check'
  | 'settings'
  | 'changeSettings'
  | 'policy'
  | 'reports'
  | 'retrain'
  | 'versions'
  | 'rollBack'
  | 'setThreshold'
  | 'setMode'
>;

/** Who types a command, and where. */
export interface CommandContext {
  moderator: string;
  /** Meant where a command names no channel. */
  here: ChannelAddress;
  channels: readonly string[];
}

/** Does what a command asks. Throws a `RefusedError` (404) for a flag or channel that does not exist. */
export async function runCommand(
  moderation: LocalModeration,
  command: LocalCommand,
  context: CommandContext,
): Promise<Reply> {
  const { platform, community } = context.here;
  const within: CommunityAddress = { platform, community };
  switch (command.verb) {
    case 'guideline':
      return { kind: 'lines', lines: guidelineLines(PAGE_WORDS) };
    case 'agenda': {
      const filter = { community: within, language: command.language, agendaOf: context.moderator };
      const cards = await moderation.queue(filter);
      if (cards.length === 0) return { kind: 'lines', lines: [PAGE_WORDS.say('agenda.done')] };
      return { kind: 'agenda', cards: cards.map((card) => cardContent(card, PAGE_WORDS)) };
    }
    case 'agreement': {
      const { days, restore } = command;
      if (restore !== undefined) {
        const restored = await moderation.restore(within, restore, context.moderator);
        return { kind: 'lines', lines: [PAGE_WORDS.say(restored ? 'agreement.restored' : 'agreement.noSuch')] };
      }
      const agreement = await moderation.agreement(within, new Date(Date.now() - days * DAY_MS));
      return { kind: 'lines', lines: agreementLines(agreement, PAGE_WORDS) };
    }
    case 'confirm': {
      const card = await moderation.case(within, command.case);
      if (card === null) throw new RefusedError(404, `No case begins with ${command.case}, or more than one does.`);
      const { moderator } = context;
      const answer = command.answer ?? null;
      const confirmed = await moderation.confirm({ community: within, flag: card.flag, moderator, answer });
      if (confirmed === null || confirmed.decision === 'undecided') {
        throw new RefusedError(409, PAGE_WORDS.say('confirm.undecided'));
      }
      const said = { case: caseOf(card.flag), answer: PAGE_WORDS.say(`answer.${confirmed.decision}`) };
      return { kind: 'lines', lines: [PAGE_WORDS.say('confirm.done', said)] };
    }
    case 'sample': {
      const { per_day: auditsPerDay } = command;
      const { auditsPerDay: count } = await (auditsPerDay === undefined
        ? moderation.settings(within)
        : moderation.changeSettings(within, { auditsPerDay }, context.moderator));
      return { kind: 'lines', lines: [PAGE_WORDS.say(count === 0 ? 'sample.off' : 'sample.on', { count })] };
    }
    case 'queue': {
      const { channel, language, only, sort, limit = QUEUE_LIMIT } = command;
      if (channel !== undefined) addressOf(context, channel);
      const cards = await moderation.queue({ community: within, channel, language, only, sort, limit: limit + 1 });
      return {
        kind: 'queue',
        cards: cards.slice(0, limit).map((card) => cardContent(card, PAGE_WORDS)),
        more: cards.length > limit,
      };
    }
    case 'case': {
      const card = await moderation.case(within, command.case);
      if (card === null) throw new RefusedError(404, `No case begins with ${command.case}, or more than one does.`);
      return { kind: 'case', card: cardContent(card, PAGE_WORDS) };
    }
    case 'stats': {
      const stats = await moderation.stats(within, new Date(Date.now() - command.days * DAY_MS));
      const names = stats.languages.map(({ language }) => [language, PAGE_WORDS.languageName(language)] as const);
      return { kind: 'stats', days: command.days, stats, languageNames: Object.fromEntries(names) };
    }
    case 'check': {
      const [verdict, policy] = await Promise.all([moderation.check(command.text), moderation.policy(context.here)]);
      return {
        kind: 'check',
        verdict: verdictWords(verdict, PAGE_WORDS),
        score: verdict.score,
        threshold: policy.threshold,
      };
    }
    case 'training': {
      const asker = { who: context.moderator, community: within, words: PAGE_WORDS, names: PLAIN };
      return { kind: 'lines', lines: await answerTraining(moderation, command, asker) };
    }
    case 'model': {
      const asker = { who: context.moderator, community: within, words: PAGE_WORDS };
      return { kind: 'lines', lines: await answerModel(moderation, command, asker) };
    }
    case 'threshold': {
      const { value } = command;
      return policyReply(context, command.channel, value !== undefined, (channel) =>
        value === undefined ? moderation.policy(channel) : moderation.setThreshold(channel, value, context.moderator),
      );
    }
    case 'mode': {
      const { mode } = command;
      return policyReply(context, command.channel, mode !== undefined, (channel) =>
        mode === undefined ? moderation.policy(channel) : moderation.setMode(channel, mode, context.moderator),
      );
    }
  }
}

export function channelState(id: string, { mode, threshold }: Policy): Channel {
  return { id, mode, threshold };
}

async function policyReply(
  context: CommandContext,
  channel: string | undefined,
  changed: boolean,
  read: (channel: ChannelAddress) => Promise<Policy>,
): Promise<Reply> {
  const address = channel === undefined ? context.here : addressOf(context, channel);
  return { kind: 'policy', channel: channelState(address.channel, await read(address)), changed };
}

function addressOf({ here, channels }: CommandContext, channel: string): ChannelAddress {
  if (channels.includes(channel)) return { ...here, channel };
  throw new RefusedError(
    404,
    `There is no #${channel} here. There are ${channels.map((each) => `#${each}`).join(', ')}.`,
  );
}
