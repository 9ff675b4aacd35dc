import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openDatabase } from '../../../store/database.ts';
import { countVerdicts } from '../../../store/measure.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost } from '../figure.ts';
import type { BenchFlags, Figure } from '../figure.ts';
import type { Fleet } from './fleet.ts';

const LOOK_MS = 20;

/** Starts of the real classifier: the first finds nothing cached. */
const STARTS = 3;

/** Starts this program as `evenkeel start --role classifier` with the model configured while a post waits for it, until that has its verdict. */
export async function coldStart({
  url,
  dataDir,
  flags,
  fleet,
  against,
}: {
  url: string;
  dataDir: string;
  flags: BenchFlags;
  fleet: Fleet;
  against: string;
}): Promise<Figure[]> {
  const database = await openDatabase({ url });
  await fleet.start({ connectors: 1, classifiers: 0, consoles: 0, serviceMs: 0 });
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const before = await countVerdicts(database.handle);
    await fleet.feed({ seconds: 0.1, rate: 20, flagged: 0 });
    const startedAt = performance.now();
    const model = (['device', 'precision', 'base', 'threads', 'workers'] as const).flatMap((name) =>
      flags[name] === undefined ? [] : [`--${name}`, flags[name]],
    );
    const child = spawn(
      process.execPath,
      [process.argv[1]!, 'start', '--role', 'classifier', '--data-dir', dataDir, ...model],
      {
        env: { ...process.env, DATABASE_URL: url, LOG_LEVEL: 'warn' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const ended = once(child, 'exit');
    while ((await countVerdicts(database.handle)) === before && child.exitCode === null) await sleep(LOOK_MS);
    times.push((performance.now() - startedAt) / 1000);
    child.kill();
    await ended;
  }
  await fleet.stop();
  await database.close();
  const value = Math.min(...times.slice(1));
  return [atMost(3, { name: 'cold start to first verdict, caches warm', value, unit: 's', against })];
}
