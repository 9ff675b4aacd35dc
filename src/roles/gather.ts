/**
 * Joins calls: what is asked while one call is under way is done in the next, all of it at once. A busy channel's single
 * posts then cost one transaction for many. Where a joint call fails, each of its parts is done alone, so that only the
 * one at fault rejects.
 */
export function gather<T>(work: (items: readonly T[]) => Promise<void>): (items: readonly T[]) => Promise<void> {
  let waiting: Call<T>[] = [];
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const calls = waiting;
      waiting = [];
      await runTogether(calls);
    }
    busy = false;
  }

  async function runTogether(calls: readonly Call<T>[]): Promise<void> {
    try {
      await work(calls.flatMap(({ items }) => items));
      for (const { resolve } of calls) resolve();
    } catch (error) {
      if (calls.length === 1) calls[0]!.reject(error);
      else for (const call of calls) await work(call.items).then(call.resolve, call.reject);
    }
  }

  return (items) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ items, resolve, reject });
    if (!busy) void run();
    return promise;
  };
}

interface Call<T> {
  items: readonly T[];
  resolve(this: void): void;
  reject(this: void, reason: unknown): void;
}
