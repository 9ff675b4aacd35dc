import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { openClassifier } from '../classifier/classifier.ts';
import { builtInProviders } from '../model/ort.ts';
import { addressOf } from '../roles/foundation.ts';
import { EvenkeelError, messageOf, toEvenkeelError } from '../runtime/errors.ts';
import { DEVICES, type Config } from '../runtime/config.ts';
import { probeDatabase } from '../store/probe.ts';

/** What one check found. `warn` works, but not as one may expect; `fail` keeps `evenkeel start` from running. */
export interface Finding {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  /** What to do about it; absent where nothing is to be done. */
  hint?: string;
}

const GIB = 2 ** 30;

/** What the whole of it takes in one process, rounded up. */
const LEAST_MEMORY = 2 * GIB;
const LEAST_DISK = GIB;

const CHECKS: Record<string, (config: Config) => Omit<Finding, 'name'> | Promise<Omit<Finding, 'name'>>> = {
  node: () => ok(`Node ${process.versions.node} at ${process.execPath}`),
  machine: checkMachine,
  onnxruntime: checkOnnxruntime,
  model: checkModel,
  'data folder': checkDataDir,
  database: checkDatabase,
  port: checkPort,
  discord: checkDiscord,
};

/** Every check, in the order in which `start` would meet the trouble. Changes nothing. */
export async function checkAll(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(CHECKS)) findings.push({ name, ...(await checked(check, config)) });
  return findings;
}

async function checked(check: (typeof CHECKS)[string], config: Config): Promise<Omit<Finding, 'name'>> {
  try {
    return await check(config);
  } catch (error) {
    const { message, hint } = toEvenkeelError(error);
    return { status: 'fail', detail: message, hint };
  }
}

function ok(detail: string): Omit<Finding, 'name'> {
  return { status: 'ok', detail };
}

function checkMachine(): Omit<Finding, 'name'> {
  const memory = totalmem();
  const detail = `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${(memory / GIB).toFixed(1)} GiB of memory`;
  if (memory >= LEAST_MEMORY) return ok(detail);
  return {
    status: 'warn',
    detail,
    hint: `Evenkeel needs about ${LEAST_MEMORY / GIB} GiB; it may be killed for lack of it.`,
  };
}

/** What it was built for; whether a device works here is for `checkModel` to find. */
function checkOnnxruntime(): Omit<Finding, 'name'> {
  const builtIn = builtInProviders();
  const known = DEVICES.filter((device) => device !== 'auto');
  const missing = known.filter((device) => !builtIn.includes(device));
  const rest = missing.length > 0 ? `; not ${missing.join(', ')} on ${process.platform} ${process.arch}` : '';
  return ok(`built for the devices ${known.filter((device) => builtIn.includes(device)).join(', ')}${rest}`);
}

/** Loads it and lets it answer once, as `start` would. */
async function checkModel(config: Config): Promise<Omit<Finding, 'name'>> {
  const classifier = await openClassifier(config);
  try {
    const startedAt = performance.now();
    await classifier.classify(['Is it market day today?']);
    const adapters = [...classifier.adapters().keys()].join(', ');
    const refused = classifier.refused.map(({ device, reason }) => `; not ${device}: ${reason}`).join('');
    const took = (performance.now() - startedAt).toFixed(0);
    return ok(`${config.base} with ${adapters} answers on ${classifier.device} in ${took} ms${refused}`);
  } finally {
    await classifier.close();
  }
}

function checkDataDir({ dataDir }: Config): Omit<Finding, 'name'> {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new EvenkeelError('data-dir', `${dataDir} cannot be written: ${messageOf(error)}`, {
      hint: 'Give this user write access to it, or choose another folder with EVENKEEL_DATA_DIR.',
    });
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${dataDir}${folder === dataDir ? '' : ' (made at the first start)'}, ${(free / GIB).toFixed(1)} GiB free`;
  if (free >= LEAST_DISK) return ok(detail);
  return { status: 'warn', detail, hint: 'Free some disk space, or choose another folder with EVENKEEL_DATA_DIR.' };
}

async function checkDatabase({ database }: Config): Promise<Omit<Finding, 'name'>> {
  try {
    return ok(await probeDatabase(addressOf(database)));
  } catch (error) {
    if (!(error instanceof EvenkeelError) || error.code !== 'data-dir') throw error;
    return { status: 'warn', detail: error.message, hint: 'If that is an Evenkeel of yours, all is well.' };
  }
}

async function checkPort({ host, port }: Config): Promise<Omit<Finding, 'name'>> {
  if (port === null) return ok('none is listened on');
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
    return ok(`${host}:${port} is free`);
  } catch (error) {
    if (await isEvenkeel(host, port)) return { status: 'warn', detail: `an Evenkeel runs on ${host}:${port} already` };
    throw new EvenkeelError('port', `${host}:${port} cannot be listened on: ${messageOf(error)}`, {
      hint: 'Stop what uses it, or choose another with EVENKEEL_PORT.',
    });
  } finally {
    server.close();
  }
}

/** Asks Discord who the bot is; connects nothing. */
async function checkDiscord({ discord }: Config): Promise<Omit<Finding, 'name'>> {
  if (discord === null) return ok('not set up: DISCORD_TOKEN is not set');
  const { probeDiscord } = await import('../connectors/discord/application.ts');
  return ok(await probeDiscord(discord));
}

async function isEvenkeel(host: string, port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host}:${port}/healthz`, { signal: AbortSignal.timeout(2000) });
    return 'roles' in ((await answer.json()) as object);
  } catch {
    return false;
  }
}
