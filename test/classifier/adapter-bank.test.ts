import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdapterBank, type BankedAdapter } from '../../src/classifier/adapter-bank.ts';
import type { Adapter } from '../../src/model/adapter-files.ts';
import type { Tensor } from '../../src/onnx/tensor.ts';
import { otherAdapter, tinyAdapter, tinyConfig } from './tiny-base.ts';

const QUERY = 'bert.encoder.layer.1.attention.self.query';

const noGrowth = (): Promise<void> => Promise.reject(new Error('the banks grew'));
const bankOf = async (adapters: Record<string, Adapter>): Promise<AdapterBank> =>
  AdapterBank.of(await tinyConfig(), new Map(Object.entries(adapters)));

/** Element [slot, row, column] of a bank. */
function at({ shape, data }: Tensor, slot: number, row: number, column: number): number {
  return data[(slot * shape[1]! + row) * shape[2]! + column] as number;
}

/** Checks that a slot holds an adapter: transposed, scaled, padded with zeros. */
function expectIn(banks: Record<string, Tensor>, slot: number, { settings, tensors }: Adapter): void {
  const [down, up] = [banks[`lora_A.${QUERY}`]!, banks[`lora_B.${QUERY}`]!];
  const [a, b] = [tensors.get(`${QUERY}.lora_A.weight`)!, tensors.get(`${QUERY}.lora_B.weight`)!];
  const scaling = settings.lora_alpha / (settings.use_rslora ? Math.sqrt(settings.r) : settings.r);
  const rank = down.shape[2]!;
  for (let k = 0; k < rank; k += 1) {
    for (let i = 0; i < 32; i += 1) {
      expect(at(down, slot, i, k)).toBe(k < settings.r ? a.data[k * 32 + i] : 0);
      expect(at(up, slot, k, i)).toBeCloseTo(k < settings.r ? (b.data[i * settings.r + k] as number) * scaling : 0, 5);
    }
  }
  const [weight, bias] = [tensors.get('classifier.weight')!, tensors.get('classifier.bias')!];
  for (let i = 0; i < 32; i += 1) {
    expect(at(banks['classifier.weight']!, slot, i, 0)).toBe(weight.data[i]);
    expect(at(banks['classifier.weight']!, slot, i, 1)).toBe(weight.data[32 + i]);
  }
  expect([...banks['classifier.bias']!.data.subarray(2 * slot, 2 * slot + 2)]).toEqual([...bias.data]);
}

function slotOf(bank: AdapterBank, name: string): number {
  const adapter = bank.acquire(name);
  bank.release(adapter);
  return adapter.slot;
}

describe('a bank', () => {
  test('stacks adapters of different ranks and modules', async () => {
    const adapters = { multi: await tinyAdapter('adapter'), en: await tinyAdapter('adapter-wide') };
    const bank = await bankOf(adapters);
    for (const [name, adapter] of Object.entries(adapters)) expectIn(bank.banks, slotOf(bank, name), adapter);
    const key = `lora_A.${QUERY.replace('query', 'key')}`;
    expect(at(bank.banks[key]!, slotOf(bank, 'multi'), 3, 0)).toBe(0);
    expect(at(bank.banks[key]!, slotOf(bank, 'en'), 3, 0)).not.toBe(0);
  });

  test('gives the version that is there when it is asked, and keeps its slot until it is released', async () => {
    const [first, second, third] = [await otherAdapter(1), await otherAdapter(2), await otherAdapter(3)];
    const bank = await bankOf({ multi: first });
    const held = bank.acquire('multi');
    await bank.put('multi', second, noGrowth);
    const later = bank.acquire('multi');
    expect([held.version, later.version]).toEqual([first.version, second.version]);
    await bank.put('multi', third, noGrowth);
    expectIn(bank.banks, held.slot, first);
    expectIn(bank.banks, later.slot, second);
    expectIn(bank.banks, slotOf(bank, 'multi'), third);
  });

  test('uses slots again once they are released, however often an adapter is replaced', async () => {
    const bank = await bankOf({ multi: await otherAdapter(0) });
    for (let i = 1; i < 30; i += 1) {
      const held = bank.acquire('multi');
      await bank.put('multi', await otherAdapter(i), noGrowth);
      bank.release(held);
    }
    expectIn(bank.banks, slotOf(bank, 'multi'), await otherAdapter(29));
  });

  test('leaves nothing of a larger adapter in the slot that a smaller one takes', async () => {
    const bank = await bankOf({ multi: await otherAdapter(0, 8) });
    for (let i = 0; i < 12; i += 1) await bank.put('multi', await otherAdapter(i, i % 2 === 0 ? 8 : 3), noGrowth);
    expectIn(bank.banks, slotOf(bank, 'multi'), await otherAdapter(11, 3));
  });

  test('grows when slots run out or a rank is higher, and keeps what it holds where it is', async () => {
    const bank = await bankOf({ multi: await otherAdapter(0) });
    const slots = new Map([['multi', slotOf(bank, 'multi')]]);
    const grown: Record<string, Tensor>[] = [];
    const useBanks = async (banks: Record<string, Tensor>): Promise<void> => void grown.push(banks);
    for (let i = 1; i <= 12; i += 1) {
      await bank.put(`l${i}`, await otherAdapter(i, i === 12 ? 9 : 4), useBanks);
      slots.set(`l${i}`, slotOf(bank, `l${i}`));
    }
    expect(grown).toHaveLength(3);
    expect(bank.banks).toEqual(grown.at(-1));
    let i = 0;
    for (const [name, slot] of slots) {
      expect(slotOf(bank, name)).toBe(slot);
      expectIn(bank.banks, slot, await otherAdapter(i, i === 12 ? 9 : 4));
      i += 1;
    }
    expect(new Set(slots.values()).size).toBe(13);
  });

  test('makes changes asked for at the same time one after the other', async () => {
    const bank = await bankOf({ multi: await otherAdapter(0) });
    const seeds = [1, 2, 3, 4, 5, 6, 7];
    const adapters = await Promise.all(seeds.map((seed) => otherAdapter(seed, seed)));
    await Promise.all(adapters.map((adapter, i) => bank.put(i % 2 === 0 ? 'en' : 'es', adapter, async () => {})));
    expectIn(bank.banks, slotOf(bank, 'en'), adapters[6]!);
    expectIn(bank.banks, slotOf(bank, 'es'), adapters[5]!);
  });

  test('never gives a slot to two adapters at once, whatever is put, held, released and removed', async () => {
    const versions = await Promise.all([0, 1, 2, 3].map((seed) => otherAdapter(seed, 1)));
    const step = fc.record({
      act: fc.constantFrom('put', 'acquire', 'release', 'remove'),
      name: fc.nat(3),
      pick: fc.nat(9),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const bank = await bankOf({ l0: versions[0]! });
        const held: BankedAdapter[] = [];
        for (const { act, name, pick } of steps) {
          if (act === 'put') await bank.put(`l${name}`, versions[pick % 4]!, async () => {});
          if (act === 'remove') bank.remove(`l${name}`);
          if (act === 'acquire' && bank.has(`l${name}`)) held.push(bank.acquire(`l${name}`));
          if (act === 'release' && held.length > 0) bank.release(held.splice(pick % held.length, 1)[0]!);
          const active = [...bank.versions().keys()].map((key) => bank.acquire(key));
          const taken = new Map<number, BankedAdapter>();
          for (const adapter of [...held, ...active]) {
            expect(taken.get(adapter.slot) ?? adapter).toBe(adapter);
            taken.set(adapter.slot, adapter);
          }
          for (const adapter of active) bank.release(adapter);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('refuses an adapter of modules that the running graph has no place for', async () => {
    const bank = await bankOf({ multi: await tinyAdapter('adapter') });
    await expect(bank.put('en', await tinyAdapter('adapter-wide'), noGrowth)).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(/The adapter en changes .* query, value only/u),
    });
    expect(bank.has('en')).toBe(false);
  });

  test('knows no adapter that was removed', async () => {
    const bank = await bankOf({ multi: await otherAdapter(0), en: await otherAdapter(1) });
    bank.remove('en');
    expect(bank.has('en')).toBe(false);
    expect([...bank.versions().keys()]).toEqual(['multi']);
    expect(() => bank.acquire('en')).toThrow(/no adapter en/u);
  });
});
