import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Batcher, type BatcherOptions } from '../../src/classifier/batcher.ts';
import { EvenkeelError } from '../../src/runtime/errors.ts';

/** A batcher of numbers that cost themselves; each batch waits until it is released, in the order they were sent. */
function setUp(options: Partial<BatcherOptions<number, string>> = {}) {
  const batches: number[][] = [];
  const running: { batch: readonly number[]; release: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher<number, string>({
    run: (batch) => {
      batches.push([...batch]);
      return new Promise((resolve, reject) => {
        running.push({ batch, release: () => resolve(batch.map((item) => `answer ${item}`)), fail: reject });
      });
    },
    cost: (item) => item,
    workers: 1,
    maxTokens: 100,
    minTokens: 100,
    latencyMs: 1e9,
    maxWaiting: 1000,
    ...options,
  });
  return { batcher, batches, running };
}

const tooLarge = new EvenkeelError('too-large', 'it does not fit', { hint: 'Ask for less.' });

/** Lets everything that is due run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a batcher', () => {
  test('sends a single item at once where a worker is idle', async () => {
    const { batcher, batches, running } = setUp();
    const answer = batcher.submit(5);
    await turn();
    expect(batches).toEqual([[5]]);
    running[0]!.release();
    expect(await answer).toBe('answer 5');
  });

  test('sends together what was submitted in one turn', async () => {
    const { batcher, batches } = setUp();
    for (const item of [1, 2, 3]) void batcher.submit(item);
    await turn();
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('makes one batch of what comes while the worker is busy', async () => {
    const { batcher, batches, running } = setUp();
    void batcher.submit(1);
    await turn();
    void batcher.submit(2);
    await turn();
    void batcher.submit(3);
    await turn();
    expect(batches).toEqual([[1]]);
    running[0]!.release();
    await turn();
    expect(batches).toEqual([[1], [2, 3]]);
  });

  test('fills batches to the token budget and sends one full batch ahead, no more', async () => {
    const { batcher, batches, running } = setUp();
    for (let i = 0; i < 12; i += 1) void batcher.submit(40);
    await turn();
    expect(batches).toEqual([
      [40, 40],
      [40, 40],
    ]);
    running[0]!.release();
    await turn();
    expect(batches).toHaveLength(3);
  });

  test('keeps every worker busy', async () => {
    const { batcher, batches } = setUp({ workers: 3 });
    for (let i = 0; i < 3; i += 1) {
      void batcher.submit(i + 1);
      await turn();
    }
    expect(batches).toEqual([[1], [2], [3]]);
  });

  test('sends an item dearer than the budget alone', async () => {
    const { batcher, batches, running } = setUp();
    for (const item of [500, 60, 60]) void batcher.submit(item);
    await turn();
    for (let i = 0; i < 3; i += 1) {
      running[i]?.release();
      await turn();
    }
    expect(batches).toEqual([[500], [60], [60]]);
  });

  test('takes the oldest items first', async () => {
    const { batcher, batches, running } = setUp();
    for (const item of [21, 22, 23, 24, 25, 26, 27]) void batcher.submit(item);
    await turn();
    for (let i = 0; i < batches.length; i += 1) {
      running[i]!.release();
      await turn();
    }
    expect(batches).toEqual([
      [21, 22, 23, 24],
      [25, 26, 27],
    ]);
  });

  test('answers each item with its own result, whatever the costs, workers and order of completion', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 250 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(fc.nat(5)),
        async (items, workers, picks) => {
          const { batcher, batches, running } = setUp({ workers });
          const answers = Promise.all(items.map((item) => batcher.submit(item)));
          await turn();
          while (running.length > 0) {
            expect(running.length).toBeLessThanOrEqual(2 * workers);
            running.splice(picks.next().value % running.length, 1)[0]!.release();
            await turn();
          }
          expect(await answers).toEqual(items.map((item) => `answer ${item}`));
          const ascending = (a: number, b: number): number => a - b;
          expect(batches.flat().sort(ascending)).toEqual(items.toSorted(ascending));
          for (const batch of batches) {
            const tokens = batch.reduce((sum, item) => sum + item, 0);
            expect(batch.length === 1 || tokens <= 100).toBe(true);
          }
        },
      ),
    );
  });

  test('fails every item of a batch that fails, and no other', async () => {
    const { batcher, running } = setUp();
    const first = [batcher.submit(50), batcher.submit(50)];
    const second = batcher.submit(60);
    await turn();
    running[0]!.fail(new Error('broken'));
    expect(await Promise.allSettled(first)).toEqual([
      { status: 'rejected', reason: new Error('broken') },
      { status: 'rejected', reason: new Error('broken') },
    ]);
    await turn();
    running[1]!.release();
    expect(await second).toBe('answer 60');
  });

  test('halves a batch that proves too large, loses nothing and sends smaller ones from then on', async () => {
    const batches: number[][] = [];
    const { batcher } = setUp({
      run: (batch) => {
        batches.push([...batch]);
        if (batch.length > 3) return Promise.reject(tooLarge);
        return Promise.resolve(batch.map((item) => `answer ${item}`));
      },
    });
    const submit = (count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, () => batcher.submit(10)));
    expect(await submit(10)).toEqual(new Array(10).fill('answer 10'));
    expect(batches.map((batch) => batch.length)).toEqual([10, 5, 3, 2, 5, 3, 2]);
    batches.length = 0;
    expect(await submit(10)).toHaveLength(10);
    expect(batches.map((batch) => batch.length)).toEqual([3, 3, 3, 1]);
  });

  test('tries larger batches again after a thousand that fit', async () => {
    let most = 2;
    let largest = 0;
    const { batcher } = setUp({
      run: (batch) => {
        if (batch.length > most) return Promise.reject(tooLarge);
        largest = Math.max(largest, batch.length);
        return Promise.resolve(batch.map(String));
      },
    });
    const submit = (count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, () => batcher.submit(25)));
    await submit(4);
    most = 4;
    await submit(1900);
    expect(largest).toBe(2);
    await submit(200);
    expect(largest).toBe(4);
  });

  test('fails an item alone that is too large by itself, and keeps the size of batches', async () => {
    const sizes: number[] = [];
    const { batcher } = setUp({
      run: (batch) => {
        sizes.push(batch.length);
        return batch.includes(13) ? Promise.reject(tooLarge) : Promise.resolve(batch.map((item) => `answer ${item}`));
      },
    });
    const items = [10, 11, 12, 13, 14, 15, 16];
    const answers = await Promise.allSettled(items.map((item) => batcher.submit(item)));
    answers.forEach((answer, i) => {
      expect(answer).toEqual(
        items[i] === 13
          ? { status: 'rejected', reason: tooLarge }
          : { status: 'fulfilled', value: `answer ${items[i]}` },
      );
    });
    sizes.length = 0;
    await Promise.all(items.map(() => batcher.submit(10)));
    expect(sizes).toEqual([7]);
  });

  test('holds back who submits while it is full, and lets in as many as there is room for', async () => {
    const { batcher, running } = setUp({ maxWaiting: 2 });
    void batcher.submit(60);
    await turn();
    const admitted: string[] = [];
    const submitWhenThereIsRoom = async (name: string): Promise<void> => {
      await batcher.room();
      admitted.push(name);
      await batcher.submit(60);
    };
    for (const name of ['a', 'b', 'c', 'd']) {
      void submitWhenThereIsRoom(name);
      await turn();
    }
    expect(admitted).toEqual(['a', 'b', 'c']);
    running[0]!.release();
    await turn();
    expect(admitted).toEqual(['a', 'b', 'c', 'd']);
    expect(batcher.waiting).toBeLessThanOrEqual(2);
  });

  test('keeps batches to what the workers do within the latency budget', async () => {
    let time = 0;
    const { batcher, batches, running } = setUp({ maxTokens: 1000, minTokens: 100, latencyMs: 50, now: () => time });
    for (let i = 0; i < 400; i += 1) void batcher.submit(10);
    await turn();
    // 4 tokens a ms, so that 200 take 50 ms.
    for (let i = 0; running.length > 0; i += 1) {
      const { batch, release } = running.shift()!;
      time += batch.length * (10 / 4);
      release();
      await turn();
    }
    expect(batches[0]).toHaveLength(10);
    expect(batches.slice(3, -1).map((batch) => batch.length)).toEqual(new Array(batches.length - 4).fill(20));
  });

  test('is idle once everything is answered', async () => {
    const { batcher, running } = setUp();
    await batcher.idle();
    const answers = [batcher.submit(70), batcher.submit(70)];
    let idle = false;
    const waiting = batcher.idle().then(() => (idle = true));
    await turn();
    running[0]!.release();
    await turn();
    expect(idle).toBe(false);
    running[1]!.release();
    await Promise.all([waiting, ...answers]);
  });
});
