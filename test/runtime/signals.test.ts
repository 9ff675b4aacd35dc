import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const signalsModule = new URL('../../src/runtime/signals.ts', import.meta.url).href;
const logModule = new URL('../../src/runtime/log.ts', import.meta.url).href;

/** A process that holds its event loop with a timer and stops by running `stop`. */
function stopping(stop: string) {
  const program = `
    import { stopOnSignals } from ${JSON.stringify(signalsModule)};
    import { SILENT } from ${JSON.stringify(logModule)};
    const busy = setInterval(() => {}, 1000);
    stopOnSignals(async () => { ${stop} }, SILENT);
    console.log('running');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, nextLine: async () => (await lines.next()).value as string };
}

describe.skipIf(process.platform === 'win32')('signals (Windows has none)', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'the first %s stops cleanly: the process ends by itself with status 0',
    async (signal) => {
      const { child, nextLine } = stopping(`console.log('stopped'); clearInterval(busy);`);
      expect(await nextLine()).toBe('running');
      child.kill(signal);
      expect(await nextLine()).toBe('stopped');
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('two signals at the same moment are one: npm repeats the Ctrl-C of the terminal', async () => {
    const { child, nextLine } = stopping(
      `process.kill(process.pid, 'SIGINT'); setImmediate(() => { console.log('stopped'); clearInterval(busy); });`,
    );
    await nextLine();
    child.kill('SIGINT');
    expect(await nextLine()).toBe('stopped');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('a second signal ends the process at once while it is still stopping', async () => {
    // The clock is moved instead of waited for.
    const { child, nextLine } = stopping(
      `performance.now = ((now) => () => now + 10_000)(performance.now()); console.log('stopping'); await new Promise(() => {});`,
    );
    await nextLine();
    child.kill('SIGTERM');
    expect(await nextLine()).toBe('stopping');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
  });
});
