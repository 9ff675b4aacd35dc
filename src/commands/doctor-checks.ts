import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../runtime/errors.ts';
import type { Config } from '../runtime/config.ts';

/** What one check found. `warn` works, but not as one may expect; `fail` keeps `evenkeel start` from running. */
export interface Finding {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  /** What to do about it; absent where nothing is to be done. */
  hint?: string;
}

const GIB = 2 ** 30;

/** A PGlite of its own, a base in memory twice (serving and loading), and the language tables: measured at about 0.7 GB. */
const LEAST_MEMORY = GIB;
const LEAST_DISK = GIB;

/** Every check, in the order in which `start` would meet the trouble. Reads only. */
export async function checkAll(config: Config): Promise<Finding[]> {
  return [checkNode(), checkMachine(), checkModel(config), checkDataDir(config), await checkPort(config)];
}

function checkNode(): Finding {
  const detail = `Node ${process.versions.node} at ${process.execPath}`;
  return { name: 'node', status: 'ok', detail };
}

function checkMachine(): Finding {
  const memory = totalmem();
  const detail = `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${(memory / GIB).toFixed(1)} GiB of memory`;
  if (memory >= LEAST_MEMORY) return { name: 'machine', status: 'ok', detail };
  return {
    name: 'machine',
    status: 'warn',
    detail,
    hint: 'Evenkeel needs about 1 GiB of memory; it may be killed for lack of it.',
  };
}

/** Files that every base has, each with the names it may have. */
const BASE_FILES = [['config.json'], ['tokenizer.json', 'vocab.txt'], ['model.safetensors']];

function checkModel({ base }: Config): Finding {
  if (!existsSync(base)) {
    return {
      name: 'model',
      status: 'fail',
      detail: `${base} does not exist`,
      hint: 'Set EVENKEEL_BASE to a folder with a base model, or unset it for the bundled one.',
    };
  }
  const missing = BASE_FILES.filter((names) => !names.some((name) => existsSync(join(base, name))));
  if (missing.length === 0) return { name: 'model', status: 'ok', detail: base };
  return {
    name: 'model',
    status: 'fail',
    detail: `${base} has no ${missing.map((names) => names.join(' or ')).join(', no ')}`,
    hint: 'Copy the missing files from where the base came from; the bundled base comes back with `git checkout adapters`.',
  };
}

function checkDataDir({ dataDir }: Config): Finding {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const detail = `${dataDir}${folder === dataDir ? '' : ' (made at the first start)'}, ${(free / GIB).toFixed(1)} GiB free`;
    if (free >= LEAST_DISK) return { name: 'data folder', status: 'ok', detail };
    return {
      name: 'data folder',
      status: 'warn',
      detail,
      hint: 'Free some disk space, or choose another folder with EVENKEEL_DATA_DIR.',
    };
  } catch (error) {
    return {
      name: 'data folder',
      status: 'fail',
      detail: `${dataDir} cannot be written: ${messageOf(error)}`,
      hint: 'Give this user write access to it, or choose another folder with EVENKEEL_DATA_DIR.',
    };
  }
}

async function checkPort({ host, port }: Config): Promise<Finding> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
    return { name: 'port', status: 'ok', detail: `${host}:${port} is free` };
  } catch (error) {
    return {
      name: 'port',
      status: 'fail',
      detail: `${host}:${port} cannot be listened on: ${messageOf(error)}`,
      hint: 'Stop what uses it (an Evenkeel that runs?), or choose another with EVENKEEL_PORT.',
    };
  } finally {
    server.close();
  }
}
