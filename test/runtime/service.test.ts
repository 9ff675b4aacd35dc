import { describe, expect, it } from 'vitest';
import { createLogger, SILENT } from '../../src/runtime/log.ts';
import { bothOpened, ServiceStack } from '../../src/runtime/service.ts';
import type { Service } from '../../src/runtime/service.ts';

/** A service that notes when it starts and stops. */
function noting(name: string, notes: string[]): Service {
  return {
    start: async () => void notes.push(`+${name}`),
    stop: async () => void notes.push(`-${name}`),
  };
}

describe('a stack of services', () => {
  it('stops in the reverse order of starting, each after the one above has stopped', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    for (const name of ['database', 'queue', 'console']) await stack.start(name, noting(name, notes));
    await stack.stop();
    expect(notes).toEqual(['+database', '+queue', '+console', '-console', '-queue', '-database']);
  });

  it('hands back what it opened and closes that', async () => {
    const stack = new ServiceStack(SILENT);
    const closed: number[] = [];
    const opened = await stack.use(
      'number',
      async () => 7,
      async (value) => void closed.push(value),
    );
    await stack.stop();
    expect([opened, closed]).toEqual([7, [7]]);
  });

  it('stops what already runs when one fails to start, and passes the failure on', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    await stack.start('database', noting('database', notes));
    const failing: Service = { start: () => Promise.reject(new Error('port in use')), stop: async () => {} };
    await expect(stack.start('console', failing)).rejects.toThrow('port in use');
    expect(notes).toEqual(['+database', '-database']);
  });

  it('goes on stopping when one does not stop, and says which', async () => {
    const notes: string[] = [];
    const lines: string[] = [];
    const log = createLogger({ level: 'warn', format: 'text', write: (line) => lines.push(line) });
    const stack = new ServiceStack(log, { stopLimitMs: 5 });
    await stack.start('database', noting('database', notes));
    await stack.start('stuck', { start: async () => {}, stop: () => new Promise(() => {}) });
    await stack.start('broken', { start: async () => {}, stop: () => Promise.reject(new Error('lost')) });
    await stack.stop();
    expect(notes).toEqual(['+database', '-database']);
    expect(lines[0]).toContain('service=broken reason=lost');
    expect(lines[1]).toContain('service=stuck');
  });

  it('opens two at once and closes both, whichever is open first', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    const slow = Promise.withResolvers<void>();
    const opened = bothOpened(
      stack.use(
        'slow',
        () => slow.promise.then(() => 1),
        async () => void notes.push('-slow'),
      ),
      stack.use(
        'quick',
        async () => void notes.push('+quick'),
        async () => void notes.push('-quick'),
      ),
    );
    await Promise.resolve();
    expect(notes).toEqual(['+quick']);
    slow.resolve();
    expect(await opened).toEqual([1, undefined]);
    await stack.stop();
    expect(notes.toSorted()).toEqual(['+quick', '-quick', '-slow']);
  });

  it('that two are opened on at once fails of what went wrong, and not of the stop that follows from it', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    const long = Promise.withResolvers<void>();
    const foundation = async (): Promise<void> => {
      await stack.use(
        'database',
        () => long.promise,
        async () => void notes.push('-database'),
      );
      await stack.start('queues', noting('queues', notes));
    };
    const model: Service = { start: () => Promise.reject(new Error('no such model')), stop: async () => {} };
    const opened = bothOpened(foundation(), stack.start('model', model));
    long.resolve();
    await expect(opened).rejects.toThrow('no such model');
    expect(notes).toEqual(['-database']);
  });

  it('waits for the one being started before it stops, and starts no more', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    const { promise: connected, resolve: connect } = Promise.withResolvers<void>();
    const starting = stack.start('slow', { ...noting('slow', notes), start: () => connected });
    const stopping = stack.stop();
    expect(stack.signal.aborted).toBe(true);
    await expect(stack.start('late', noting('late', notes))).rejects.toMatchObject({ code: 'stopped' });
    connect();
    await Promise.all([starting, stopping]);
    expect(notes).toEqual(['-slow']);
  });

  it('stops once however often it is asked', async () => {
    const notes: string[] = [];
    const stack = new ServiceStack(SILENT);
    await stack.start('database', noting('database', notes));
    await Promise.all([stack.stop(), stack.stop()]);
    await stack.stop();
    expect(notes).toEqual(['+database', '-database']);
  });
});
