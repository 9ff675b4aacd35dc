import { AUDITS_MOST } from '../domain/audit-draw.ts';
import { BANDS } from '../domain/flag.ts';
import { EXPORT_FORMATS, EXPORTS } from '../domain/insight.ts';
import { MODES } from '../domain/policy.ts';
import { INTERFACE_LANGUAGES } from '../domain/settings.ts';

/**
 * The one definition of every command: platforms make theirs from it, and typed commands are read by it. What a person
 * reads of it is in the catalogs under `command.…`, `option.…` and `menu.…`.
 */
export interface CommandSpec extends CommandShape {
  verb: Verb;
}

interface CommandShape {
  root: Root;
  /** One word, or two: `ignore add`. */
  verb: string;
  options: readonly OptionSpec[];
  /** What to type, in English, as an example that is understood. */
  example: string;
}

/** Who may use a root; the platform's own permissions narrow it further. */
export const ROOTS = { keel: 'everyone', 'keel-mod': 'moderators', 'keel-admin': 'administrators' } as const;
export type Root = keyof typeof ROOTS;

export interface OptionSpec {
  name: string;
  type:
    | 'text'
    | 'number'
    | 'integer'
    | 'choice'
    | 'boolean'
    /** A platform's own ids. */
    | 'channel'
    | 'category'
    | 'role'
    | 'user'
    /** A flag's id or the beginning of it, or a link to its post: worth autocompletion. */
    | 'case'
    /** ISO 639-1 of posts: worth autocompletion. */
    | 'language';
  required?: true;
  default?: number | string;
  min?: number;
  max?: number;
  maxLength?: number;
  choices?: readonly string[];
  /** Typed without its name; of several, the first that takes the word has it. A text takes the rest of the line. */
  bare?: true;
}

const CHANNEL = { name: 'channel', type: 'channel', bare: true } as const;
const LANGUAGE = { name: 'language', type: 'language' } as const;
const CASE = { name: 'case', type: 'case', required: true, bare: true } as const;
const DAYS = { name: 'days', type: 'integer', min: 1, max: 365, default: 7, bare: true } as const;
/** What may be asked of the model that answers. */
const MODEL_ACTIONS = ['show', 'retrain', 'versions', 'rollback'] as const;
const IGNORABLE = [
  CHANNEL,
  { name: 'category', type: 'category' },
  { name: 'role', type: 'role' },
  { name: 'user', type: 'user' },
] as const;

export const COMMANDS = [
  { root: 'keel', verb: 'about', options: [], example: '/keel about' },
  { root: 'keel', verb: 'help', options: [], example: '/keel help' },
  { root: 'keel', verb: 'guideline', options: [], example: '/keel guideline' },
  { root: 'keel', verb: 'privacy show', options: [], example: '/keel privacy show' },
  { root: 'keel', verb: 'privacy export', options: [], example: '/keel privacy export' },
  { root: 'keel', verb: 'privacy forget', options: [], example: '/keel privacy forget' },
  {
    root: 'keel',
    verb: 'privacy optout',
    options: [{ name: 'state', type: 'choice', choices: ['out', 'in'], default: 'out', bare: true }],
    example: '/keel privacy optout',
  },
  {
    root: 'keel',
    verb: 'appeal',
    options: [
      { name: 'case', type: 'case', bare: true },
      { name: 'statement', type: 'text', maxLength: 1000, bare: true },
    ],
    example: '/keel appeal 3fa2c19b It was a joke between friends.',
  },
  {
    root: 'keel-mod',
    verb: 'queue',
    options: [
      CHANNEL,
      LANGUAGE,
      { name: 'only', type: 'choice', choices: ['escalated', 'reported', 'appealed', 'disputed'] },
      { name: 'sort', type: 'choice', choices: ['new', 'score', 'uncertain'] },
      { name: 'limit', type: 'integer', min: 1, max: 100 },
    ],
    example: '/keel-mod queue language:es sort:score',
  },
  { root: 'keel-mod', verb: 'agenda', options: [{ ...LANGUAGE, bare: true }], example: '/keel-mod agenda es' },
  { root: 'keel-mod', verb: 'case', options: [CASE], example: '/keel-mod case 3fa2c19b' },
  { root: 'keel-mod', verb: 'stats', options: [DAYS], example: '/keel-mod stats 30d' },
  {
    root: 'keel-mod',
    verb: 'check',
    options: [{ name: 'text', type: 'text', required: true, maxLength: 4000, bare: true }],
    example: '/keel-mod check They are all the same, those people.',
  },
  {
    root: 'keel-mod',
    verb: 'simulate',
    options: [
      { name: 'value', type: 'number', min: 0, max: 1, required: true, bare: true },
      CHANNEL,
      LANGUAGE,
      { name: 'days', type: 'integer', min: 1, max: 30, default: 7 },
    ],
    example: '/keel-mod simulate 0.8 #general',
  },
  {
    root: 'keel-admin',
    verb: 'setup',
    options: [
      { name: 'review_channel', type: 'channel', bare: true },
      { name: 'mode', type: 'choice', choices: MODES, bare: true },
      { name: 'interface', type: 'choice', choices: INTERFACE_LANGUAGES },
    ],
    example: '/keel-admin setup review_channel:mods',
  },
  { root: 'keel-admin', verb: 'doctor', options: [], example: '/keel-admin doctor' },
  {
    root: 'keel-admin',
    verb: 'threshold',
    options: [{ name: 'value', type: 'number', min: 0, max: 1, bare: true }, CHANNEL, LANGUAGE],
    example: '/keel-admin threshold 0.7 #general',
  },
  { root: 'keel-admin', verb: 'ignore add', options: IGNORABLE, example: '/keel-admin ignore add #random' },
  { root: 'keel-admin', verb: 'ignore remove', options: IGNORABLE, example: '/keel-admin ignore remove #random' },
  { root: 'keel-admin', verb: 'ignore list', options: [], example: '/keel-admin ignore list' },
  {
    root: 'keel-admin',
    verb: 'mode',
    options: [{ name: 'mode', type: 'choice', choices: MODES, bare: true }, CHANNEL],
    example: '/keel-admin mode review #general',
  },
  {
    root: 'keel-admin',
    verb: 'language',
    options: [{ name: 'interface', type: 'choice', choices: [...INTERFACE_LANGUAGES, 'auto'], bare: true }],
    example: '/keel-admin language es',
  },
  {
    root: 'keel-admin',
    verb: 'notify',
    options: [
      { name: 'role', type: 'role', bare: true },
      { name: 'severity', type: 'choice', choices: BANDS },
      { name: 'pings_per_hour', type: 'integer', min: 0, max: 60 },
      { name: 'quiet', type: 'text', maxLength: 60 },
      { name: 'cards_per_hour', type: 'integer', min: 0, max: 1000 },
      { name: 'off', type: 'boolean' },
    ],
    example: '/keel-admin notify role:moderators severity:high',
  },
  {
    root: 'keel-admin',
    verb: 'training',
    options: [
      { name: 'training', type: 'choice', choices: ['off', 'local-only'], bare: true },
      { name: 'permission', type: 'text', maxLength: 500, bare: true },
    ],
    example: '/keel-admin training off',
  },
  {
    root: 'keel-admin',
    verb: 'retention',
    options: [{ name: 'days', type: 'integer', min: 1, max: 30, bare: true }],
    example: '/keel-admin retention 14',
  },
  {
    root: 'keel-admin',
    verb: 'export',
    options: [
      { name: 'what', type: 'choice', choices: EXPORTS, default: 'flags', bare: true },
      { name: 'format', type: 'choice', choices: EXPORT_FORMATS, default: 'csv', bare: true },
      { name: 'days', type: 'integer', min: 1, max: 365, default: 30, bare: true },
    ],
    example: '/keel-admin export labels csv 30d',
  },
  {
    root: 'keel-admin',
    verb: 'agreement',
    options: [
      { ...DAYS, default: 30 },
      { name: 'restore', type: 'integer', min: 1, max: 999_999 },
    ],
    example: '/keel-admin agreement 30d',
  },
  {
    root: 'keel-admin',
    verb: 'confirm',
    options: [CASE, { name: 'answer', type: 'choice', choices: ['polarized', 'not_polarized'], bare: true }],
    example: '/keel-admin confirm 3fa2c19b not_polarized',
  },
  {
    root: 'keel-admin',
    verb: 'sample',
    options: [{ name: 'per_day', type: 'integer', min: 0, max: AUDITS_MOST, bare: true }],
    example: '/keel-admin sample 5',
  },
  {
    root: 'keel-admin',
    verb: 'model',
    options: [{ name: 'action', type: 'choice', choices: MODEL_ACTIONS, default: 'show', bare: true }, LANGUAGE],
    example: '/keel-admin model retrain',
  },
] as const satisfies readonly CommandShape[];

/** Entries of a message's own menu; names are in the catalogs under `menu.…`. */
export const MENUS = [
  { name: 'check', who: 'moderators' },
  { name: 'relabel', who: 'moderators' },
  { name: 'report', who: 'everyone' },
] as const;

export type Verb = (typeof COMMANDS)[number]['verb'];

type ValueOf<O extends OptionSpec> = O extends { choices: readonly (infer Choice)[] }
  ? Choice
  : O['type'] extends 'number' | 'integer'
    ? number
    : O['type'] extends 'boolean'
      ? boolean
      : string;

type OptionsOf<O extends OptionSpec> = {
  [Each in O as Each extends { required: true } | { default: unknown } ? Each['name'] : never]: ValueOf<Each>;
} & {
  [Each in O as Each extends { required: true } | { default: unknown } ? never : Each['name']]?: ValueOf<Each>;
};

type CommandOf<S> = S extends CommandShape ? { verb: S['verb'] } & OptionsOf<S['options'][number]> : never;

/** What a person asked for. Options that were not given and have no default are absent; texts are as they were written. */
export type Command = CommandOf<(typeof COMMANDS)[number]>;

export function specOf(verb: Verb): CommandSpec {
  const found: CommandSpec | undefined = COMMANDS.find((each) => each.verb === verb);
  return found!;
}
