import type { Command } from 'commander';
import { DEVICES, loadConfig, PRECISION_SETTINGS, ROLES } from '../runtime/config.ts';
import type { Config, Flags } from '../runtime/config.ts';

/** The flags that override settings, and the variables that they override. A command takes those that it uses. */
const SETTINGS = {
  dataDir: ['--data-dir <folder>', 'where everything is kept (EVENKEEL_DATA_DIR; default ./data)'],
  host: ['--host <address>', 'address to listen on (EVENKEEL_HOST; default 127.0.0.1: this machine only)'],
  port: [
    '--port <number>',
    'port to listen on, 0 for any free one (EVENKEEL_PORT; default 8787, and none without the role console)',
  ],
  role: ['--role <role...>', `only these roles, on Postgres: ${ROLES.join(', ')} (default all)`],
  device: ['--device <device>', `where the model runs: ${DEVICES.join(', ')} (EVENKEEL_DEVICE; default auto)`],
  precision: [
    '--precision <precision>',
    `what the model computes in: ${PRECISION_SETTINGS.join(', ')} (EVENKEEL_PRECISION; default auto: int8 on the processor, fp16 on a GPU)`,
  ],
  base: [
    '--base <folder or id>',
    'base model, org/name of the Hugging Face hub or a folder (EVENKEEL_BASE; default what `evenkeel model use` chose, else the bundled one)',
  ],
  threads: ['--threads <number>', 'threads of the model (EVENKEEL_THREADS; default all cores)'],
  workers: [
    '--workers <number>',
    'copies of the model that share the threads (EVENKEEL_WORKERS; default 1, of a small model up to 4)',
  ],
} as const satisfies Record<keyof Flags, readonly [flags: string, description: string]>;

/** Settings without a flag, for the help of the commands that read them. */
export const OTHER_SETTINGS = `
Environment:
  DATABASE_URL        postgres://user:password@host:5432/name instead of the embedded database
  DISCORD_TOKEN       token of a Discord bot, which connects it; DISCORD_SHARDS=0-3/8 runs only these shards here,
                      DISCORD_CATCH_UP_DAYS (0 to 30, default 7) is how much of an absence is read back,
                      DISCORD_API_URL is another Discord than https://discord.com/api
  DISCORD_CLIENT_ID   with DISCORD_CLIENT_SECRET: moderators sign in to the page with Discord, where others can reach it;
                      SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: with Slack
  EVENKEEL_BATCH_TOKENS
                      the most tokens of one run (default 4096): its memory, on a GPU too, grows with them (mBERT: 42 KB
                      each), and where it runs out batches are halved
  EVENKEEL_CACHE_DIR  where the model's converted weights and compiled code are kept between starts (default
                      ~/.cache/evenkeel)
  EVENKEEL_CONSOLE_TOKEN
                      what operators sign in with where others can reach the page (default: the file "console-token" in the
                      data folder)
  EVENKEEL_HOST_NAMES names that the page is called by behind a reverse proxy, with commas between them
  EVENKEEL_KEY        64 hex digits that encrypt flagged texts (default: the file "key" in the data folder)
  EVENKEEL_OLD_KEYS   keys before it, with commas between them, which open what they sealed until \`evenkeel keys rotate\` has
                      sealed it again (default: the file "old-keys" in the data folder, where there is one)
  EVENKEEL_HOLDOUT    a file of labelled posts that no adapter learns from (JSON lines as for \`evenkeel evaluate\`), by which
                      each newly trained version is judged
  EVENKEEL_MOST_LAG   how many seconds the oldest post may wait for its score before new posts are held back (default 60);
                      connectors leave them in their platform's history and read them from there
  EVENKEEL_RETRAIN    when adapters learn from moderators' decisions, as cron (default "0 3 * * 1"), or off
  EVENKEEL_TIME_ZONE  where that hour is, such as Europe/Rome (default this machine's)
  EVENKEEL_TRAINING_THREADS
                      threads of a training run, which gives way to everything else (default half of the cores)
  NAME_FILE           a file that holds the secret NAME, for each of the above that is one
  LOG_LEVEL           debug, info, warn or error (default info)
  LOG_FORMAT          text or json (default text on a terminal, else json)`;

export function addSettings(command: Command, names: readonly (keyof typeof SETTINGS)[]): Command {
  for (const [flags, description] of names.map((name) => SETTINGS[name])) command.option(flags, description);
  return command;
}

/** What the environment and a command's flags decide. */
export function configOf(flags: Flags): Config {
  return loadConfig(process.env, flags);
}

/**
 * As `configOf`, with the embedded database and all that is stored in another data folder; what was chosen and imported for
 * the usual one, base and adapters, is as it is there.
 */
export function configIn(dataDir: string, flags: Flags): Config {
  const env = { ...process.env, DATABASE_URL: '' };
  const { base, adaptersDir } = loadConfig(env, flags);
  return { ...loadConfig(env, { ...flags, dataDir }), base, adaptersDir };
}
