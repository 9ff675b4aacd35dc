import { COMMANDS, ROOTS } from './command-spec.ts';
import type { Command, CommandSpec, OptionSpec, Root } from './command-spec.ts';
import type { Words } from '../words/words.ts';

/** `error` is a sentence or two for whoever asked, the second saying what to write. */
export type ParsedCommand = { command: Command } | { error: string };

/** Reads a command typed as text, such as `/keel-mod queue #general`. Upper and lower case mean the same but in texts. */
export function parseCommand(line: string, words: Words, commands: readonly CommandSpec[] = COMMANDS): ParsedCommand {
  const [, root = '', rest = ''] = /^\s*\/?(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const ofRoot = commands.filter((each) => each.root === root.toLowerCase());
  if (ofRoot.length === 0) return { error: words.say('grammar.root', { roots: rootNames(words) }) };
  const found = ofRoot
    .map((spec: CommandSpec) => ({ spec, left: withoutVerb(rest, spec.verb) }))
    .find(({ left }) => left !== null);
  if (found !== undefined) return readTyped(found.spec, found.left!, words);

  const [given = ''] = rest.split(/\s+/);
  const elsewhere = commands.find((each) => withoutVerb(rest, each.verb) !== null);
  if (elsewhere !== undefined) {
    return { error: `${words.say('grammar.otherRoot', { verb: elsewhere.verb })} ${use(elsewhere, words)}` };
  }
  const verbs = ofRoot.map((each) => each.verb).join(', ');
  const key = given === '' ? 'grammar.noVerb' : 'grammar.unknownVerb';
  return { error: words.say(key, { root: `/${root}`, verb: given, verbs }) };
}

/**
 * A command from options that a platform has already taken apart, by name; absent ones are undefined or null. Checks them
 * as strictly as typed ones: a platform's own check may be older than ours.
 */
export function readOptions(
  spec: CommandSpec,
  given: Readonly<Record<string, string | number | boolean | null | undefined>>,
  words: Words,
): ParsedCommand {
  const command: Record<string, unknown> = { verb: spec.verb };
  for (const option of spec.options) {
    const raw = given[option.name] ?? option.default;
    const value = raw === undefined ? undefined : valueOf(option, raw);
    const missing = raw === undefined && option.required === true;
    if (missing) return { error: `${words.say('grammar.missing', { option: option.name })} ${use(spec, words)}` };
    if (raw !== undefined && value === undefined) return { error: refusal(option, String(raw), spec, words) };
    if (value !== undefined) command[option.name] = value;
  }
  return { command: command as unknown as Command };
}

/** A command as its help shows it. */
export interface CommandHelp {
  root: Root;
  verb: string;
  /** Everything after the verb. */
  usage: string;
  /** What it does, in a few words. */
  summary: string;
  example: string;
}

export function helpOf(spec: CommandSpec, words: Words): CommandHelp {
  const { root, verb, example } = spec;
  return { root, verb, usage: usageOf(spec), summary: words.say(`command.${verb}`), example };
}

/** How a command is typed, in English: `[#channel] [language:es]`. */
function usageOf({ options }: Pick<CommandSpec, 'options'>): string {
  return options
    .map((option) => {
      const shape = option.bare === true ? shapeOf(option) : `${option.name}:${shapeOf(option)}`;
      return option.required === true ? shape : `[${shape}]`;
    })
    .join(' ');
}

function shapeOf({ type, name, choices, min, max }: OptionSpec): string {
  if (choices !== undefined) return choices.join('|');
  if (type === 'channel') return '#channel';
  if (type === 'language') return 'es';
  if (type === 'boolean') return 'yes|no';
  return min === undefined || max === undefined ? name.toUpperCase() : `${min}-${max}`;
}

function readTyped(spec: CommandSpec, rest: string, words: Words): ParsedCommand {
  const given: Record<string, string | number | boolean> = {};
  let left = rest;
  while (left !== '') {
    const [word = ''] = /^\S+/.exec(left) ?? [];
    const after = left.slice(word.length).trimStart();
    const [, name, value = ''] = /^([a-z_]+):(.+)$/is.exec(word) ?? [];
    const named = spec.options.find((option) => option.name === name?.toLowerCase());
    const open = spec.options.filter((option) => option.bare === true && given[option.name] === undefined);
    const text = open.find(({ type }) => type === 'text');
    if (named !== undefined) {
      // A named text takes the rest of the line as well.
      given[named.name] = named.type === 'text' ? left.slice(left.indexOf(':') + 1).trimStart() : typed(named, value);
      left = named.type === 'text' ? '' : after;
      continue;
    }
    const bare = open.find((option) => option.type !== 'text' && takes(option, word));
    if (bare !== undefined) given[bare.name] = typed(bare, word);
    else if (text !== undefined) given[text.name] = left;
    else {
      // The one thing that is still wanted says best what is wrong with what was written.
      const only = open.length > 0 && !word.includes(':') ? open[0] : undefined;
      if (only !== undefined && only.type !== 'channel') return { error: refusal(only, word, spec, words) };
      return { error: `${words.say('grammar.unknownWord', { word })} ${use(spec, words)}` };
    }
    left = bare !== undefined ? after : '';
  }
  return readOptions(spec, given, words);
}

function takes(option: OptionSpec, word: string): boolean {
  if (option.type === 'channel') return /^#./.test(word);
  return valueOf(option, typed(option, word)) !== undefined;
}

/** A typed word in the form of its option: numbers may have a comma, days a `d`. */
function typed({ type }: OptionSpec, word: string): string | number | boolean {
  if (type === 'channel') return word.replace(/^#/, '');
  if (type === 'number') return /^\d*[.,]?\d+$/.test(word) ? Number(word.replace(',', '.')) : word;
  if (type === 'integer') return /^\d{1,6}d?$/i.test(word) ? Number.parseInt(word, 10) : word;
  if (type !== 'boolean') return word;
  return /^(yes|true|on)$/i.test(word) ? true : /^(no|false|off)$/i.test(word) ? false : word;
}

const CASE = /^(?:[0-9a-f][0-9a-f-]{5,35}|https?:\/\/\S+)$/i;

/** Undefined where the option does not take it. */
function valueOf({ type, min, max, maxLength, choices }: OptionSpec, raw: string | number | boolean): unknown {
  const inRange = (value: number): boolean => value >= (min ?? -Infinity) && value <= (max ?? Infinity);
  if (type === 'number') return typeof raw === 'number' && inRange(raw) ? raw : undefined;
  if (type === 'integer') return typeof raw === 'number' && Number.isInteger(raw) && inRange(raw) ? raw : undefined;
  if (type === 'boolean') return typeof raw === 'boolean' ? raw : undefined;
  if (typeof raw !== 'string' || raw.trim() === '') return undefined;
  if (type === 'choice') return choices?.find((choice) => choice === raw.toLowerCase());
  if (type === 'case') return CASE.test(raw) ? (raw.includes('/') ? raw : raw.toLowerCase()) : undefined;
  if (type === 'language') return /^[a-z]{2,3}$/i.test(raw) ? raw.toLowerCase() : undefined;
  return raw.length <= (maxLength ?? 100) ? raw : undefined;
}

function refusal(option: OptionSpec, given: string, spec: CommandSpec, words: Words): string {
  const { name, type, choices, min = 0, max = 0, maxLength = 0 } = option;
  const values = { given, option: name, min, max, maxLength, choices: choices?.join(', ') ?? '' };
  const key =
    type === 'number' || type === 'integer'
      ? 'grammar.notInRange'
      : type === 'choice'
        ? 'grammar.notAChoice'
        : type === 'case'
          ? 'grammar.notACase'
          : type === 'text'
            ? 'grammar.tooLong'
            : 'grammar.notTaken';
  return `${words.say(key, values)} ${use(spec, words)}`;
}

/** What follows a verb, trimmed; null where the line does not begin with it. */
function withoutVerb(rest: string, verb: string): string | null {
  const pattern = new RegExp(String.raw`^${verb.replace(' ', String.raw`\s+`)}(?:\s+|$)`, 'i');
  const [match] = pattern.exec(rest) ?? [];
  return match === undefined ? null : rest.slice(match.length).trimEnd();
}

function rootNames(words: Words): string {
  return words.list(
    Object.keys(ROOTS).map((root) => `/${root}`),
    'disjunction',
  );
}

function use(spec: CommandSpec, words: Words): string {
  const usage = `/${spec.root} ${spec.verb} ${usageOf(spec)}`.trimEnd();
  return words.say('grammar.use', { usage, example: spec.example });
}
