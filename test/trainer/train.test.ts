// over 300 lines: every method of training is held to the same promises on the same rows
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readAdapter } from '../../src/model/adapter-files.ts';
import { readBottleneck } from '../../src/model/bottleneck-files.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { hideWords, stepBatches } from '../../src/trainer/example-batches.ts';
import { pretrain, type PretrainOptions } from '../../src/trainer/pretrain.ts';
import { runTraining } from '../../src/trainer/run.ts';
import { train } from '../../src/trainer/train.ts';
import type { TrainOptions } from '../../src/trainer/train-options.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-train-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Posts that one word decides: anything that learns at all learns them. */
const rows = Array.from({ length: 64 }, (_, i) => ({
  text:
    i % 2 === 0
      ? `they are bad people ${'and old '.repeat(i % 5)}`
      : `we meet friends ${'at the market '.repeat(i % 5)}`,
  label: i % 2 === 0 ? 1 : 0,
  lang: i % 3 === 0 ? 'en' : 'es',
}));

async function dataFile(content: string, name = 'en.train.jsonl'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function options(overrides: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const data = await dataFile(rows.map((row) => JSON.stringify(row)).join('\n'));
  return {
    base: TINY_BERT,
    method: { lora: { r: 4, lora_alpha: 8, lora_dropout: 0.1, target_modules: ['query', 'value'], use_rslora: false } },
    data: [data],
    dev: [data],
    out: join(folder, 'out'),
    baseName: 'tiny',
    epochs: 4,
    batchPosts: 8,
    learningRate: 1e-2,
    warmup: 0.1,
    dropout: 0.1,
    weightDecay: 0.01,
    seed: 5,
    threads: 1,
    saveEvery: 1e9,
    dtype: 'F32',
    ...overrides,
  };
}

const quiet = { onProgress: () => {}, onNote: () => {}, stopped: () => false };

describe('training', () => {
  test.each(['lora', 'full', 'houlsby', 'pfeiffer'] as const)(
    'by %s learns what a word decides, and writes what it learned',
    async (method) => {
      const given = await options();
      if (method === 'full') Object.assign(given, { method: 'full', learningRate: 2e-3 });
      else if (method !== 'lora') given.method = { bottleneck: { placement: method, size: 8 } };
      const { macroF1 } = await train(given, quiet);
      expect(macroF1).toBeGreaterThan(0.95);
      const { config } = await openCheckpoint(TINY_BERT);
      if (method === 'lora') {
        const adapter = await readAdapter(given.out, config);
        expect(adapter.settings.r).toBe(4);
        expect(adapter.base).toBe('tiny');
        expect(Object.keys(adapter.calibration.thresholds)).toEqual(['en', 'es']);
      } else if (method !== 'full') {
        const bottleneck = await readBottleneck(given.out, config);
        expect(bottleneck.settings).toEqual({ placement: method, size: 8 });
        expect(bottleneck.base).toBe('tiny');
      } else {
        const trained = await openCheckpoint(given.out);
        expect(trained.tensors.has('classifier.weight')).toBe(true);
      }
    },
  );

  test.each([
    ['lora', ['adapter_config.json', 'adapter_model.safetensors', 'calibration.json']],
    ['full', ['config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt']],
    ['taught', ['config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt']],
    ['bottleneck', ['bottleneck_config.json', 'bottleneck_model.safetensors']],
  ] as const)('by %s, stopped anywhere and given again, ends with the very same weights', async (kind, files) => {
    const given = await options({ out: join(folder, 'whole') });
    const whole: TrainOptions = {
      ...given,
      ...(kind === 'bottleneck' && { method: { bottleneck: { placement: 'pfeiffer', size: 8 } } }),
      ...(kind === 'full' && { method: 'full' }),
      ...(kind === 'taught' && { method: 'full', teacherShare: 0.5, wordDropout: 0.2, spliced: 0.5 }),
    };
    await train(whole, quiet);
    const parts = { ...whole, out: join(folder, 'parts') };
    for (const stopAfter of [3, 9, 20]) {
      let asked = 0;
      const { finished } = await train(parts, { ...quiet, stopped: () => (asked += 1) >= stopAfter });
      expect(finished).toBe(false);
    }
    expect((await train(parts, quiet)).finished).toBe(true);
    for (const file of files) {
      const [a, b] = await Promise.all([whole.out, parts.out].map((out) => readFile(join(out, file))));
      expect(a!.equals(b!), file).toBe(true);
    }
    expect((await readdir(parts.out)).sort()).toEqual(files);
  });

  test('of no epochs leaves an adapter as it starts, with a calibration; of half an epoch takes half of the steps', async () => {
    const given = await options({ epochs: 2 });
    await train(given, quiet);
    const { config } = await openCheckpoint(TINY_BERT);
    const first = await readAdapter(given.out, config);
    const again = await options({ from: given.out, out: join(folder, 'again'), epochs: 0 });
    const { macroF1, startMacroF1 } = await train(again, quiet);
    expect(macroF1).toBe(startMacroF1);
    const second = await readAdapter(again.out, config);
    expect(second.tensors).toEqual(first.tensors);
    expect(Object.keys(second.calibration.thresholds)).toEqual(['en', 'es']);

    const steps: number[] = [];
    const onProgress = ({ step }: { step: number }): void => void steps.push(step);
    await train(await options({ out: join(folder, 'half'), epochs: 0.5 }), { ...quiet, onProgress });
    expect(steps.at(-1)).toBe(4);
  });

  test('refuses to go on from what another run left', async () => {
    const first = await options();
    await train(first, { ...quiet, stopped: () => true });
    await expect(train({ ...first, learningRate: 1 }, quiet)).rejects.toThrow('left by a run with other settings');
  });

  test('in its own thread reports progress, stops when asked and resumes', async () => {
    const given = await options();
    const abort = new AbortController();
    const steps: number[] = [];
    const stopped = await runTraining(
      { kind: 'train', options: given },
      {
        onProgress: ({ step }) => {
          steps.push(step);
          if (step > 0) abort.abort();
        },
        onNote: () => {},
        signal: abort.signal,
      },
    );
    expect(stopped.finished).toBe(false);
    const { finished } = await runTraining(
      { kind: 'train', options: given },
      { onProgress: ({ step }) => steps.push(step), onNote: () => {}, signal: new AbortController().signal },
    );
    expect(finished).toBe(true);
    expect(steps.at(-1)).toBe(32);
  });

  test('goes on from an adapter of the same settings, and refuses one of others by their flags', async () => {
    for (const method of [
      (await options()).method,
      { bottleneck: { placement: 'houlsby', size: 8 } },
    ] as TrainOptions['method'][]) {
      const first = await options({ method, dev: [], out: join(folder, 'first') });
      await train(first, quiet);
      const second = { ...first, from: first.out, out: join(folder, 'second'), learningRate: 0 };
      await train(second, quiet);
      const name = 'lora' in (method as object) ? 'adapter_model.safetensors' : 'bottleneck_model.safetensors';
      const [a, b] = await Promise.all([first, second].map(({ out }) => readFile(join(out, name))));
      expect(a!.equals(b!)).toBe(true);
    }
    const wider = { ...(await options()), from: join(folder, 'first'), out: join(folder, 'third') };
    wider.method = { bottleneck: { placement: 'houlsby', size: 9 } };
    await expect(train(wider, quiet)).rejects.toMatchObject({ hint: 'Use --placement houlsby --size 8.' });
  });

  test('names what is wrong with its data and can be lived with', async () => {
    const content = [
      { text: 'They lie!', label: 1 },
      { text: 'they  LIE', label: 1 },
      { text: 'We meet.', label: 0 },
      { text: 'we meet', label: 1 },
    ];
    const given = await options({ epochs: 1 });
    given.data = [await dataFile(content.map((row) => JSON.stringify(row)).join('\n'))];
    given.dev = [await dataFile(JSON.stringify({ text: 'they lie', label: 1 }), 'es.dev.jsonl')];
    const notes: string[] = [];
    await train(given, { ...quiet, onNote: (note) => notes.push(note) });
    expect(notes.filter((note) => note.startsWith('note: '))).toEqual([
      'note: only 4 examples: expect little, and no two runs alike',
      'note: 1 examples repeat another with the same label: they count twice',
      'note: 1 texts occur with both labels: one of them is wrong',
      'note: 2 examples are in the dev data too: its figures flatter',
      'note: dev data in es has label 1 only: macro-F1 of one class means little',
    ]);
  });

  test.runIf(process.platform === 'linux')('gives way to others with its own threads alone', async () => {
    const nices = async () => {
      const tasks = await readdir('/proc/self/task');
      const stats = await Promise.all(
        tasks.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')),
      );
      // Field 19 of proc(5), counted behind the name in brackets.
      return stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
    };
    const before = await nices();
    const during: number[][] = [];
    const given = await options({ threads: 2 });
    await runTraining(
      { kind: 'train', options: given },
      {
        onProgress: () => void nices().then((found) => during.push(found)),
        onNote: () => {},
        signal: new AbortController().signal,
        giveWay: true,
      },
    );
    const lowered = Math.max(...during.map((found) => found.filter((nice) => nice === 19).length));
    // The training thread and onnxruntime's second one.
    expect(lowered).toBeGreaterThanOrEqual(2);
    const [own] = await nices();
    expect(own).toBe(before[0]);
  });

  test.each([
    ['a line that is not JSON', '{"text": "a", "label": 1}\nnonsense', 'en.train.jsonl:2 is not JSON'],
    ['a label of another kind', '{"text": "a", "label": "yes"}', 'en.train.jsonl:1 has the label "yes"'],
    ['an empty text', '{"text": " ", "label": 1}', 'en.train.jsonl:1 has no "text"'],
    ['one label only', '{"text": "a", "label": 1}', 'only examples labelled 1'],
    ['nothing', '', 'no examples at all'],
  ])('refuses %s by name', async (_, content, message) => {
    const given = await options();
    given.data = [await dataFile(content)];
    await expect(train(given, quiet)).rejects.toThrow(message);
  });

  test('refuses a missing file by name', async () => {
    await expect(train(await options({ data: ['nowhere.jsonl'] }), quiet)).rejects.toThrow('Cannot read nowhere.jsonl');
  });
});

describe('pre-training', () => {
  const pretraining = async (out: string): Promise<PretrainOptions> => ({
    corpus: [await dataFile(rows.map(({ text }) => text).join('\n'), 'en.txt')],
    tokenizer: TINY_BERT,
    out: join(folder, out),
    vocabSize: 120,
    layers: 1,
    hidden: 16,
    heads: 2,
    intermediate: 32,
    maxPositions: 32,
    tokens: 40_000,
    batchTokens: 256,
    learningRate: 1e-2,
    warmup: 0.05,
    exponent: 0.5,
    seed: 3,
    threads: 1,
    saveEvery: 1e9,
  });

  test('lowers the loss and leaves a base that opens', async () => {
    const losses: number[] = [];
    const given = await pretraining('base');
    await pretrain(given, { ...quiet, onProgress: ({ loss }) => losses.push(loss) });
    const seen = losses.filter((loss) => !Number.isNaN(loss));
    expect(seen.at(-1)).toBeLessThan(seen[0]! / 2);
    const { config } = await openCheckpoint(given.out, () => []);
    expect(config.hidden_size).toBe(16);
    // Punctuation and every letter that no word needs are gone from the vocabulary.
    expect(config.vocab_size).toBeLessThan(60);
  });

  test('stopped and given again ends with the very same weights', async () => {
    const whole = await pretraining('whole');
    await pretrain(whole, quiet);
    const parts = { ...whole, out: join(folder, 'parts') };
    let asked = 0;
    expect((await pretrain(parts, { ...quiet, stopped: () => (asked += 1) > 50 })).finished).toBe(false);
    expect((await pretrain(parts, quiet)).finished).toBe(true);
    const [a, b] = await Promise.all([whole.out, parts.out].map((out) => readFile(join(out, 'model.safetensors'))));
    expect(a!.equals(b!)).toBe(true);
  });
});

describe('the examples of a step', () => {
  const examples = [{ tokens: Int32Array.of(2, 30, 31, 32, 3), label: 1, target: 0.75, language: 'en' } as const];

  test('have both labels where the target is a probability, each with its part of the weight', () => {
    const [batch] = stepBatches(examples, Float32Array.of(2), [0], 64);
    expect([...batch!.labels]).toEqual([0, 1]);
    expect([...batch!.weights!]).toEqual([0.5, 1.5]);
    expect([...batch!.targets]).toEqual([0, 0]);
  });

  test('lose the given share of their words, others at each step, and never their ends', () => {
    const many = Array.from({ length: 400 }, () => examples[0]!);
    const indices = Uint32Array.from(many.keys());
    const hide = (step: number) => hideWords(many, indices, step, { share: 0.25, mask: 4, seed: 1 });
    const tokens = hide(1).flatMap((example) => [...example.tokens]);
    expect(tokens.filter((token) => token === 4).length / 1200).toBeCloseTo(0.25, 1);
    for (const {
      tokens: [first, , , , last],
    } of hide(2))
      expect([first, last]).toEqual([2, 3]);
    expect(hide(1)).toEqual(hide(1));
    expect(hide(2)).not.toEqual(hide(1));
  });
});
