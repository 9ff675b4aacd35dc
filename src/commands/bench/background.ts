import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { openClassifier, type Classifier } from '../../classifier/classifier.ts';
import { SAMPLE_CONVERSATION } from '../../connectors/local/sample-conversation.ts';
import { runTraining } from '../../trainer/run.ts';
import { configOf } from '../settings.ts';
import { atMost, informing, quantile, type BenchFlags, type Figure } from './figure.ts';

/** Posts of a window, and how many come in a second: a busy community. */
const POSTS = 300;
const RATE = 20;
const WINDOWS = 3;

/** How long training has to get past reading and building before a window is measured, in ms. */
const SETTLE = 3000;

/** What a person who posts notices of an adapter being trained in the same process, on the same cores. */
export async function benchBackground(flags: BenchFlags): Promise<Figure[]> {
  const { base, device, threads } = configOf(flags);
  const classifier = await openClassifier({ base, device, threads });
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'));
  try {
    await window(classifier);
    const [alone, beside]: [number[], number[]] = [[], []];
    for (let i = 0; i < WINDOWS; i += 1) {
      alone.push(quantile(await window(classifier), 0.99));
      beside.push(quantile(await whileTraining(base, folder, () => window(classifier)), 0.99));
    }
    const [quiet, busy] = [quantile(alone, 0.5), quantile(beside, 0.5)];
    const against = `alone: ${quiet.toPrecision(3)} ms; medians of ${WINDOWS} windows of ${POSTS} posts, ${RATE} a second`;
    return [
      informing({ name: 'classification alone, p99', value: quiet, unit: 'ms', against }),
      informing({ name: 'classification while an adapter trains, p99', value: busy, unit: 'ms', against }),
      atMost(1.5, { name: 'classification while an adapter trains, p99', value: busy / quiet, unit: 'x', against }),
    ];
  } finally {
    await classifier.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How long each post took, in ms, from when it was due. */
async function window(classifier: Classifier): Promise<number[]> {
  const startedAt = performance.now();
  return Promise.all(
    Array.from({ length: POSTS }, async (_, i) => {
      const dueAt = startedAt + (i * 1000) / RATE;
      await wait(Math.max(0, dueAt - performance.now()));
      await classifier.classify([SAMPLE_CONVERSATION[i % SAMPLE_CONVERSATION.length]!.text]);
      return performance.now() - dueAt;
    }),
  );
}

async function whileTraining<T>(base: string, folder: string, measure: () => Promise<T>): Promise<T> {
  const data = join(folder, 'en.jsonl');
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    text: `${SAMPLE_CONVERSATION[i % SAMPLE_CONVERSATION.length]!.text} (${i})`,
    label: i % 2,
  }));
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join('\n'));
  const stop = new AbortController();
  const lora = { r: 8, lora_alpha: 16, lora_dropout: 0.1, target_modules: ['query', 'value'], use_rslora: false };
  const options = {
    base,
    method: { lora },
    data: [data],
    dev: [],
    out: join(folder, 'out'),
    baseName: 'bench',
    epochs: 10_000,
    batchPosts: 32,
    learningRate: 1e-5,
    warmup: 0,
    dropout: 0.1,
    weightDecay: 0.01,
    seed: 1,
    threads: availableParallelism(),
    saveEvery: 3600,
    dtype: 'F32' as const,
  };
  const run = runTraining(
    { kind: 'train', options },
    { onProgress: () => {}, onNote: () => {}, signal: stop.signal, giveWay: true },
  );
  try {
    return await Promise.race([wait(SETTLE).then(measure), run.then(neverEnds)]);
  } finally {
    stop.abort();
    await run;
  }
}

function neverEnds(): never {
  throw new Error('training ended before it was measured');
}
