import { cardContent, languageNameOf, verdictWords } from '../card-content.ts';
import type { Command } from '../command-grammar.ts';
import type { Moderation } from '../moderation.ts';
import type { ChannelAddress, CommunityAddress } from '../../domain/message.ts';
import type { Policy } from '../../domain/policy.ts';
import { RefusedError } from './request-body.ts';
import type { Channel, Reply } from './wire.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const QUEUE_LIMIT = 20;

/** What of the pipeline the page can ask for. */
export type LocalModeration = Pick<
  Moderation,
  'receive' | 'remove' | 'label' | 'queue' | 'case' | 'stats' | 'check' | 'policy' | 'setThreshold' | 'setMode'
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
  command: Command,
  context: CommandContext,
): Promise<Reply> {
  const { platform, community } = context.here;
  const within: CommunityAddress = { platform, community };
  switch (command.verb) {
    case 'queue': {
      const { channel, language, sort, limit = QUEUE_LIMIT } = command;
      if (channel !== undefined) addressOf(context, channel);
      const cards = await moderation.queue({ community: within, channel, language, sort, limit: limit + 1 });
      return { kind: 'queue', cards: cards.slice(0, limit).map(cardContent), more: cards.length > limit };
    }
    case 'case': {
      const card = await moderation.case(within, command.flag);
      if (card === null) throw new RefusedError(404, `No case begins with ${command.flag}, or more than one does.`);
      return { kind: 'case', card: cardContent(card) };
    }
    case 'stats': {
      const stats = await moderation.stats(within, new Date(Date.now() - command.days * DAY_MS));
      const names = stats.languages.map(({ language }) => [language, languageNameOf(language)] as const);
      return { kind: 'stats', days: command.days, stats, languageNames: Object.fromEntries(names) };
    }
    case 'check': {
      const [verdict, policy] = await Promise.all([moderation.check(command.text), moderation.policy(context.here)]);
      return { kind: 'check', verdict: verdictWords(verdict), score: verdict.score, threshold: policy.threshold };
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
