import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readChosenBase } from './chosen-base.ts';
import { EvenkeelError } from './errors.ts';
import { hubCache } from './hub-settings.ts';
import { LOG_LEVELS } from './log.ts';
import type { LogFormat, LogLevel } from './log.ts';
import { Secret } from './secrets.ts';
import { signInSettings } from './sign-in-settings.ts';
import type { SignInConfig } from './sign-in-settings.ts';
import { slackSettings } from './slack-settings.ts';
import type { SlackConfig } from './slack-settings.ts';

export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;
export type Device = (typeof DEVICES)[number];
/** What a graph runs on: onnxruntime's name of the execution provider. */
export type Provider = Exclude<Device, 'auto'>;

/** What the model computes in; `auto` is what serves best on the device. */
export const PRECISION_SETTINGS = ['auto', 'fp32', 'fp16', 'int8'] as const;
export type PrecisionSetting = (typeof PRECISION_SETTINGS)[number];

/** The kinds of process. One process may be several. */
export const ROLES = ['connector', 'classifier', 'trainer', 'console'] as const;
export type Role = (typeof ROLES)[number];

/** What happens where posts come faster than they are classified. */
export const OVERLOADS = ['hold', 'shed'] as const;
export type Overload = (typeof OVERLOADS)[number];

/** The base that is part of this package. */
export const BUNDLED_BASE = fileURLToPath(new URL('../../adapters/mini', import.meta.url));

/** Everything the environment and the flags decide, checked. Safe to print: secrets hide themselves. */
export interface Config {
  /** Absolute. */
  dataDir: string;
  host: string;
  /** 0 takes any free port; null: nothing is listened on, as a process without the role console does unless told to. */
  port: number | null;
  /** Names that the server is called by besides its addresses, as behind a reverse proxy. */
  hostNames: readonly string[];
  database: { engine: 'pglite'; directory: string } | { engine: 'postgres'; url: Secret<string> };
  roles: readonly Role[];
  device: Device;
  precision: PrecisionSetting;
  /** Where what can be made again is kept; absolute. */
  cacheFolder: string;
  /** A folder, or a Hugging Face repository id, `org/name@revision`: as given, else as chosen for the data folder. */
  base: string;
  /** The folder that models of the Hugging Face hub are kept in. */
  hubCache: string;
  /** The folder of adapters that were imported or trained here, a folder for each base. */
  adaptersDir: string;
  /** Processor threads of the model, all workers together; null takes all cores. */
  threads: number | null;
  /** Sessions that share the threads; null leaves it to the classifier. */
  workers: number | null;
  /** The most tokens of one run; null leaves it to the classifier. */
  batchTokens: number | null;
  /** How long the oldest post may wait for its verdict before `overload` says what happens, in s. */
  mostLagSeconds: number;
  /** `hold`: connectors hold new posts back, none is lost. `shed`: classifiers pass the oldest over, and say so. */
  overload: Overload;
  training: TrainingConfig;
  /** Null where no bot is set up. */
  discord: DiscordConfig | null;
  /** Null where no app is set up. */
  slack: SlackConfig | null;
  signIn: SignInConfig;
  /** Discord's REST base, without a version. */
  discordUrl: string;
  log: { level: LogLevel; format: LogFormat };
}

/** How adapters learn from what moderators decide. */
export interface TrainingConfig {
  /** When they are trained, as cron in `timeZone`; null: only when someone asks. */
  schedule: string | null;
  /** IANA name. */
  timeZone: string;
  /** Processor threads of a run, which gives way to everything else. */
  threads: number;
  /** A file of labelled posts that no adapter learns from, by which each new version is judged; null where there is none. */
  holdout: string | null;
}

export interface DiscordConfig {
  token: Secret<string>;
  /** REST base, without a version. */
  url: string;
  /** Which of the bot's shards this process runs; null leaves their number to Discord and runs all. */
  shards: { first: number; last: number; count: number } | null;
  /** How many days of an absence are read back. */
  catchUpDays: number;
}

/** What the command line gave, as text; each overrides its variable. */
export interface Flags {
  dataDir?: string;
  host?: string;
  port?: string;
  role?: readonly string[];
  device?: string;
  precision?: string;
  base?: string;
  threads?: string;
  workers?: string;
}

/** One setting as it was given: its value and the name to complain about. */
interface Given {
  name: string;
  value: string;
}

/** Reads the environment and the flags. Throws a `config` error that names the variable, its value and what is allowed. */
export function loadConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const read = (variable: string, flag?: string, flagValue?: string): Given | null => {
    if (flag !== undefined && flagValue !== undefined) return { name: flag, value: flagValue };
    const value = env[variable];
    return value === undefined || value === '' ? null : { name: variable, value };
  };

  const dataDir = resolve(read('EVENKEEL_DATA_DIR', '--data-dir', flags.dataDir)?.value ?? 'data');
  const database = databaseOf(read('DATABASE_URL'), dataDir);
  const roles = rolesOf(flags.role, database.engine);
  return {
    dataDir,
    host: read('EVENKEEL_HOST', '--host', flags.host)?.value ?? '127.0.0.1',
    port:
      wholeNumber(read('EVENKEEL_PORT', '--port', flags.port), 0, 65_535) ?? (roles.includes('console') ? 8787 : null),
    hostNames: hostNamesOf(read('EVENKEEL_HOST_NAMES')),
    database,
    roles,
    device: oneOf(read('EVENKEEL_DEVICE', '--device', flags.device), DEVICES) ?? 'auto',
    precision: oneOf(read('EVENKEEL_PRECISION', '--precision', flags.precision), PRECISION_SETTINGS) ?? 'auto',
    cacheFolder: resolve(
      read('EVENKEEL_CACHE_DIR')?.value ?? join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'evenkeel'),
    ),
    base: read('EVENKEEL_BASE', '--base', flags.base)?.value ?? readChosenBase(dataDir) ?? BUNDLED_BASE,
    hubCache: hubCache(env),
    adaptersDir: resolve(dataDir, 'adapters'),
    threads: wholeNumber(read('EVENKEEL_THREADS', '--threads', flags.threads), 1, 256),
    workers: wholeNumber(read('EVENKEEL_WORKERS', '--workers', flags.workers), 1, 64),
    batchTokens: wholeNumber(read('EVENKEEL_BATCH_TOKENS'), 128, 1_048_576),
    mostLagSeconds: wholeNumber(read('EVENKEEL_MOST_LAG'), 1, 86_400) ?? 60,
    overload: oneOf(read('EVENKEEL_OVERLOAD'), OVERLOADS) ?? 'hold',
    training: {
      schedule: scheduleOf(read('EVENKEEL_RETRAIN')),
      timeZone: timeZoneOf(read('EVENKEEL_TIME_ZONE')),
      threads:
        wholeNumber(read('EVENKEEL_TRAINING_THREADS'), 1, 256) ?? Math.max(1, Math.floor(availableParallelism() / 2)),
      holdout: read('EVENKEEL_HOLDOUT')?.value ?? null,
    },
    discord: discordOf({
      token: read('DISCORD_TOKEN'),
      url: read('DISCORD_API_URL'),
      shards: read('DISCORD_SHARDS'),
      days: read('DISCORD_CATCH_UP_DAYS'),
    }),
    slack: slackSettings(env),
    signIn: signInSettings(env),
    discordUrl: discordUrlOf(read('DISCORD_API_URL')),
    log: logOf(read('LOG_LEVEL'), read('LOG_FORMAT')),
  };
}

function hostNamesOf(given: Given | null): string[] {
  const names = given?.value.split(/[\s,]+/).filter((name) => name !== '') ?? [];
  const wrong = names.find((name) => URL.parse(`http://${name}`)?.hostname !== name.toLowerCase());
  if (wrong !== undefined) throw bad(given!, 'names such as keel.example.org, with commas between them');
  return names.map((name) => name.toLowerCase());
}

const MONDAY_NIGHT = '0 3 * * 1';

function scheduleOf(given: Given | null): string | null {
  if (given === null) return MONDAY_NIGHT;
  if (given.value === 'off') return null;
  if (/^[\d*/,\-A-Za-z]+(?: [\d*/,\-A-Za-z]+){4}$/.test(given.value)) return given.value;
  throw bad(given, 'five fields of cron, such as "0 3 * * 1" (Monday at 03:00), or off');
}

function timeZoneOf(given: Given | null): string {
  if (given === null) return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return Intl.DateTimeFormat('en', { timeZone: given.value }).resolvedOptions().timeZone;
  } catch {
    throw bad(given, 'a time zone such as Europe/Rome');
  }
}

function discordOf({
  token,
  url,
  shards,
  days,
}: Record<'token' | 'url' | 'shards' | 'days', Given | null>): DiscordConfig | null {
  if (token === null) return null;
  return {
    token: new Secret(token.value),
    url: discordUrlOf(url),
    shards: shards === null ? null : shardsOf(shards),
    catchUpDays: wholeNumber(days, 0, 30) ?? 7,
  };
}

function discordUrlOf(given: Given | null): string {
  const base = given?.value.replace(/\/+$/, '') ?? 'https://discord.com/api';
  if (/^https?:$/.test(URL.parse(base)?.protocol ?? '')) return base;
  throw bad(given!, 'an address such as https://discord.com/api');
}

function shardsOf(given: Given): DiscordConfig['shards'] {
  const [, first, last, count] = (/^(\d{1,5})(?:-(\d{1,5}))?\/(\d{1,5})$/.exec(given.value) ?? []).map(Number);
  const range = { first: first!, last: Number.isNaN(last) ? first! : last!, count: count! };
  if (first !== undefined && range.first <= range.last && range.last < range.count) return range;
  throw bad(given, 'a range of shards and their number, such as 0-3/8');
}

/** Text on a terminal, JSON lines elsewhere. */
function logOf(level: Given | null, format: Given | null): Config['log'] {
  return {
    level: oneOf(level, LOG_LEVELS) ?? 'info',
    format: oneOf(format, ['text', 'json']) ?? (process.stderr.isTTY ? 'text' : 'json'),
  };
}

function databaseOf(given: Given | null, dataDir: string): Config['database'] {
  if (given === null) return { engine: 'pglite', directory: resolve(dataDir, 'database') };
  const protocol = URL.parse(given.value)?.protocol;
  if (protocol === 'postgres:' || protocol === 'postgresql:') {
    return { engine: 'postgres', url: new Secret(given.value) };
  }
  // The value may hold a password, so it is the one that is not repeated.
  throw new EvenkeelError('config', `${given.name} is not the address of a Postgres database`, {
    hint: 'Write it as postgres://user:password@host:5432/name, or unset it to use the embedded database.',
  });
}

function rolesOf(given: readonly string[] | undefined, engine: Config['database']['engine']): readonly Role[] {
  if (given === undefined || given.length === 0) return ROLES;
  const roles = ROLES.filter((role) => given.includes(role));
  for (const value of given) oneOf({ name: '--role', value }, ROLES);
  if (engine === 'pglite' && roles.length < ROLES.length) {
    throw new EvenkeelError('config', `--role ${given.join(' --role ')} needs Postgres`, {
      hint: 'The embedded database belongs to one process. Set DATABASE_URL, or leave out --role to run every role here.',
    });
  }
  return roles;
}

function oneOf<const T extends string>(given: Given | null, allowed: readonly T[]): T | null {
  if (given === null) return null;
  const found = allowed.find((each) => each === given.value);
  if (found === undefined) throw bad(given, `one of ${allowed.join(', ')}`);
  return found;
}

function wholeNumber(given: Given | null, least: number, most: number): number | null {
  if (given === null) return null;
  const value = Number(given.value);
  if (!/^\d+$/.test(given.value) || value < least || value > most) {
    throw bad(given, `a whole number from ${least} to ${most}`);
  }
  return value;
}

function bad({ name, value }: Given, allowed: string): EvenkeelError {
  const undo = name.startsWith('--') ? 'leave it out' : 'unset it';
  return new EvenkeelError('config', `${name} is ${JSON.stringify(value)}; allowed: ${allowed}`, {
    hint: `Give ${name} an allowed value, or ${undo} for the default.`,
  });
}
