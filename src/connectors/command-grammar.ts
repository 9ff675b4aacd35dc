import { MODES } from '../domain/policy.ts';
import type { Mode } from '../domain/policy.ts';

/** What a moderator or an administrator asked for. Options that were not given are absent. */
export type Command =
  | { verb: 'queue'; channel?: string; language?: string; sort?: QueueSort; limit?: number }
  | { verb: 'case'; flag: string }
  | { verb: 'stats'; days: number }
  | { verb: 'check'; text: string }
  /** Without a value: what it is now. */
  | { verb: 'threshold'; value?: number; channel?: string }
  | { verb: 'mode'; mode?: Mode; channel?: string };

export type Verb = Command['verb'];

const SORTS = ['new', 'score', 'uncertain'] as const;
export type QueueSort = (typeof SORTS)[number];

/** `error` is a sentence or two for whoever typed it, the second saying what to write. */
export type ParsedCommand = { command: Command } | { error: string };

export interface CommandHelp {
  root: 'keel-mod' | 'keel-admin';
  verb: Verb;
  /** Everything after the verb. */
  usage: string;
  /** What it does, in a few words. */
  summary: string;
  example: string;
}

export const COMMANDS: readonly CommandHelp[] = [
  {
    root: 'keel-mod',
    verb: 'queue',
    usage: '[#channel] [language:es] [sort:new|score|uncertain] [limit:20]',
    summary: 'posts that wait for a moderator',
    example: '/keel-mod queue language:es sort:score',
  },
  { root: 'keel-mod', verb: 'case', usage: 'ID', summary: 'one flag by its id', example: '/keel-mod case 3fa2c19b' },
  {
    root: 'keel-mod',
    verb: 'stats',
    usage: '[7d]',
    summary: 'what was flagged, upheld and overturned',
    example: '/keel-mod stats 30d',
  },
  {
    root: 'keel-mod',
    verb: 'check',
    usage: 'TEXT',
    summary: 'score a text; nothing is stored',
    example: '/keel-mod check They are all the same, those people.',
  },
  {
    root: 'keel-admin',
    verb: 'threshold',
    usage: '[0 to 1] [#channel]',
    summary: 'the score from which posts are flagged',
    example: '/keel-admin threshold 0.7 #general',
  },
  {
    root: 'keel-admin',
    verb: 'mode',
    usage: '[observe|review] [#channel]',
    summary: 'keep verdicts only, or raise cards',
    example: '/keel-admin mode review #general',
  },
];

/** Reads a command typed as text, such as `/keel-mod queue #general`. Upper and lower case mean the same but in texts. */
export function parseCommand(line: string): ParsedCommand {
  const [, root = '', verb = '', rest = ''] = /^\s*\/?(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const ofRoot = COMMANDS.filter((each) => each.root === root.toLowerCase());
  if (ofRoot.length === 0) return { error: 'Commands begin with /keel-mod or /keel-admin.' };
  const help = ofRoot.find((each) => each.verb === verb.toLowerCase());
  if (help !== undefined) return PARSERS[help.verb](rest.trim(), help);

  const elsewhere = COMMANDS.find((each) => each.verb === verb.toLowerCase());
  if (elsewhere !== undefined) return { error: `\`${elsewhere.verb}\` belongs to the other root. ${use(elsewhere)}` };
  const verbs = ofRoot.map((each) => each.verb).join(', ');
  const what = verb === '' ? `/${root} needs to know what to do.` : `/${root} knows no \`${verb}\`.`;
  return { error: `${what} It has: ${verbs}.` };
}

type Parser = (rest: string, help: CommandHelp) => ParsedCommand;

const PARSERS: Readonly<Record<Verb, Parser>> = {
  queue: parseQueue,
  case: (rest, help) =>
    /^[0-9a-f][0-9a-f-]{5,35}$/i.test(rest)
      ? { command: { verb: 'case', flag: rest.toLowerCase() } }
      : { error: `A case is the first 6 or more characters of its id. ${use(help)}` },
  stats: (rest, help) => {
    const [, digits = '7'] = /^(?:(\d{1,4})\s*(?:d|days?)?)?$/i.exec(rest) ?? [null, ''];
    const days = Number(digits);
    return days >= 1 ? { command: { verb: 'stats', days } } : { error: `Give a number of days. ${use(help)}` };
  },
  check: (rest, help) =>
    rest === '' ? { error: `Give the text to check. ${use(help)}` } : { command: { verb: 'check', text: rest } },
  threshold: parseThreshold,
  mode: parseMode,
};

function parseQueue(rest: string, help: CommandHelp): ParsedCommand {
  const command: Command = { verb: 'queue' };
  for (const word of words(rest)) {
    const [, key, value = ''] = /^(channel|language|sort|limit):(.+)$/i.exec(word) ?? [];
    const sort = SORTS.find((each) => each === value.toLowerCase());
    if (word.startsWith('#') && word.length > 1) command.channel = word.slice(1);
    else if (key?.toLowerCase() === 'channel') command.channel = value.replace(/^#/, '');
    else if (key?.toLowerCase() === 'language' && /^[a-z]{2,3}$/i.test(value)) command.language = value.toLowerCase();
    else if (key?.toLowerCase() === 'sort' && sort !== undefined) command.sort = sort;
    else if (key?.toLowerCase() === 'limit' && /^[1-9]\d?$|^100$/.test(value)) command.limit = Number(value);
    else return { error: `\`${word}\` means nothing here. ${use(help)}` };
  }
  return { command };
}

function parseThreshold(rest: string, help: CommandHelp): ParsedCommand {
  const command: Command = { verb: 'threshold' };
  for (const word of words(rest)) {
    const channel = channelOf(word);
    const value = Number(word.replace(',', '.'));
    if (channel !== null) command.channel = channel;
    else if (/^\d*[.,]?\d+$/.test(word) && value <= 1) command.value = value;
    else return { error: `A threshold is a number from 0 to 1, and \`${word}\` is not. ${use(help)}` };
  }
  return { command };
}

function parseMode(rest: string, help: CommandHelp): ParsedCommand {
  const command: Command = { verb: 'mode' };
  for (const word of words(rest)) {
    const channel = channelOf(word);
    const mode = MODES.find((each) => each === word.toLowerCase());
    if (channel !== null) command.channel = channel;
    else if (mode !== undefined) command.mode = mode;
    else return { error: `A mode is observe or review, and \`${word}\` is neither. ${use(help)}` };
  }
  return { command };
}

function words(rest: string): string[] {
  return rest.split(/\s+/).filter((word) => word !== '');
}

function channelOf(word: string): string | null {
  return /^(?:channel:#?|#)(.+)$/i.exec(word)?.[1] ?? null;
}

function use({ root, verb, usage, example }: CommandHelp): string {
  return `Write /${root} ${verb} ${usage}, for example \`${example}\`.`;
}
