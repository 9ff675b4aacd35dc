import { flushCompileCache } from 'node:module';
import { isAbsolute, relative } from 'node:path';
import type { Command } from 'commander';
import type { Config, Flags } from '../runtime/config.ts';
import type { Running } from '../roles/process.ts';
import { printJson, printLine } from './print.ts';
import { addSettings, configOf, OTHER_SETTINGS } from './settings.ts';

interface StartFlags extends Flags {
  demo?: boolean;
  json?: boolean;
}

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('Runs everything in this process: database, queues, model, local chat and its page. Ctrl-C stops it.')
    .option('--demo', 'play a short sample conversation in the local chat')
    .option('--json', 'print {"url", "device", "model", ...} once it runs, and log JSON lines')
    .addHelpText(
      'after',
      `${OTHER_SETTINGS}\n\nExample, on several machines with one Postgres:\n  $ evenkeel start --role classifier`,
    )
    .action(start);
  addSettings(command, ['dataDir', 'host', 'port', 'role', 'device', 'precision', 'base', 'threads', 'workers']);
}

async function start(flags: StartFlags): Promise<void> {
  const config = configOf(flags);
  const [{ createLogger }, { loadConsoleToken, loadKeys }, { ServiceStack }, { stopOnSignals }, { runProcess }] =
    await Promise.all([
      import('../runtime/log.ts'),
      import('../runtime/secrets.ts'),
      import('../runtime/service.ts'),
      import('../runtime/signals.ts'),
      import('../roles/process.ts'),
    ]);
  const log = createLogger(flags.json ? { ...config.log, format: 'json' } : config.log);
  const stack = new ServiceStack(log);
  const release = stopOnSignals(() => stack.stop(), log);
  try {
    const secrets = {
      keys: loadKeys(process.env, config.dataDir),
      consoleToken: () => loadConsoleToken(process.env, config.dataDir),
    };
    const running = await runProcess(stack, config, secrets, log);
    await (flags.json ? printJson(summaryOf(config, running)) : printSummary(config, running));
    flushCompileCache();
    if (flags.demo) await running.local?.playSample();
  } catch (error) {
    release();
    await stack.stop();
    // Asked to stop while it was still starting: that is no failure.
    if (!isStopped(error)) throw error;
  }
}

function isStopped(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'stopped';
}

function summaryOf(config: Config, { classifier, platforms, url }: Running): Record<string, unknown> {
  return {
    url,
    roles: config.roles,
    platforms,
    device: classifier?.device ?? null,
    refused: classifier?.refused ?? [],
    model: classifier?.model ?? null,
    adapters: Object.fromEntries(classifier?.adapters() ?? []),
    database: config.database.engine,
    dataDir: config.dataDir,
    startedInMs: Math.round(process.uptime() * 1000),
  };
}

async function printSummary(config: Config, { classifier, platforms, url }: Running): Promise<void> {
  const lines: [string, string][] = [];
  if (url !== null) lines.push(['page', url]);
  for (const platform of platforms) lines.push([platform, 'connected']);
  if (classifier !== null) {
    lines.push(['model', `${classifier.model} with adapters ${[...classifier.adapters().keys()].join(', ')}`]);
    lines.push(['device', classifier.device]);
    for (const { device, reason } of classifier.refused) lines.push(['', `not ${device}: ${reason}`]);
  }
  lines.push([
    'data',
    config.database.engine === 'postgres'
      ? 'Postgres at DATABASE_URL'
      : `${nearby(config.dataDir)} (embedded Postgres)`,
  ]);
  if (config.roles.length === 1) lines.push(['role', config.roles.join(', ')]);
  await printLine(`Evenkeel runs, ${process.uptime().toFixed(1)} s after its start:`);
  for (const [name, value] of lines) await printLine(`  ${name.padEnd(8)}${value}`);
  await printLine('Ctrl-C stops it.');
}

/** As people would write it: relative where it lies below the current folder. */
function nearby(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') || isAbsolute(short) ? path : `./${short}`;
}
