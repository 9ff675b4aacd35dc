import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { locateBase } from '../../model/base.ts';
import { openReplay } from '../../roles/replay.ts';
import { runProcess } from '../../roles/process.ts';
import type { Config } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import { loadConsoleToken, loadKeys } from '../../runtime/secrets.ts';
import { ServiceStack } from '../../runtime/service.ts';
import { runTraining } from '../../trainer/run.ts';
import type { TrainOptions } from '../../trainer/train-options.ts';
import type { PostLine } from '../json-lines.ts';
import { configIn } from '../settings.ts';
import { ChatClient } from './chat-client.ts';
import { atLeast, atMost, informing, quantile } from './figure.ts';
import type { BenchFlags, Figure } from './figure.ts';
import { benchPosts, ownPosts } from './posts.ts';

const ISSUE = 'target of the first release';

/** Posts typed one after the other, the first of which only warm things up. */
const WARM_UP = 10;
const TYPED = 60;

/** Posts of the training run. */
const TRAINED = 1000;

/** What `monitorEventLoopDelay` waits between two looks, in ms: an idle loop shows this much. */
const LOOK_MS = 10;

/** The whole loop on this machine: one post's way to its card, and a file's through everything. */
export async function benchPipeline(flags: BenchFlags): Promise<Figure[]> {
  const posts = await benchPosts(flags.data);
  return [
    ...(await inFreshFolder(flags, typeAndWait)),
    ...(await inFreshFolder(flags, (parts) => replay(parts, posts))),
    ...(await inFreshFolder(flags, train)),
  ];
}

/** One pass of LoRA over all posts on all cores. */
const TRAINING = {
  method: { lora: { r: 8, lora_alpha: 16, lora_dropout: 0.1, target_modules: ['query', 'value'], use_rslora: false } },
  dev: [],
  baseName: 'bench',
  epochs: 1,
  batchPosts: 32,
  learningRate: 1e-4,
  warmup: 0.1,
  dropout: 0.1,
  weightDecay: 0.01,
  seed: 1,
  threads: availableParallelism(),
  saveEvery: 3600,
  dtype: 'F32',
} as const satisfies Partial<TrainOptions>;

interface Parts {
  stack: ServiceStack;
  config: Config;
  log: Logger;
}

async function inFreshFolder(flags: BenchFlags, measure: (parts: Parts) => Promise<Figure[]>): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'));
  const config = configIn(dataDir, { ...flags, port: '0' });
  const log = createLogger({ ...config.log, level: 'warn' });
  const stack = new ServiceStack(log);
  try {
    return await measure({ stack, config, log });
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** From the moment of sending a post to the chat until a page that listens hears of its card. */
async function typeAndWait({ stack, config, log }: Parts): Promise<Figure[]> {
  const secrets = {
    keys: loadKeys(process.env, config.dataDir),
    consoleToken: () => loadConsoleToken(process.env, config.dataDir),
  };
  const { url } = await runProcess(stack, config, secrets, log);
  const chat = await ChatClient.open(url!);
  try {
    // Every post gets a card, whatever the model thinks of it.
    await chat.command('/keel-admin threshold 0', 'general');
    const times: number[] = [];
    for (const { id, text } of ownPosts(WARM_UP + TYPED)) {
      const sentAt = performance.now();
      const card = chat.nextCard();
      await chat.post('general', `member ${String(id)}`, text);
      times.push((await card) - sentAt);
    }
    const warm = times.slice(WARM_UP);
    return [
      atMost(150, { name: 'typed post to card, p50', value: quantile(warm, 0.5), unit: 'ms', against: ISSUE }),
      informing({ name: 'typed post to card, p95', value: quantile(warm, 0.95), unit: 'ms', against: 'p50' }),
    ];
  } finally {
    chat.close();
  }
}

async function replay({ stack, config, log }: Parts, posts: readonly PostLine[]): Promise<Figure[]> {
  const loop = await openReplay(stack, config, loadKeys(process.env, config.dataDir), log);
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  const startedAt = performance.now();
  await loop.receive(posts.map(({ id, text }) => ({ id: String(id), text })));
  await loop.finish();
  const seconds = (performance.now() - startedAt) / 1000;
  delay.disable();
  const held = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - LOOK_MS);
  return [
    atLeast(300, { name: 'replay', value: posts.length / seconds, unit: 'posts/s', against: ISSUE }),
    atMost(50, {
      name: 'event loop held up in replay, p99',
      value: held(delay.percentile(99)),
      unit: 'ms',
      against: ISSUE,
    }),
    informing({ name: 'event loop held up in replay, longest', value: held(delay.max), unit: 'ms', against: 'p99' }),
  ];
}

/** What a thread that serves people notices of a training run in the same process. */
async function train({ config }: Parts): Promise<Figure[]> {
  const data = join(config.dataDir, 'en.jsonl');
  const { folder: base } = await locateBase(config);
  const rows = ownPosts(TRAINED).map(({ text }, i) => JSON.stringify({ text, label: i % 2 }));
  writeFileSync(data, rows.join('\n'));
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  await runTraining(
    { kind: 'train', options: { ...TRAINING, base, data: [data], out: join(config.dataDir, 'out') } },
    { onProgress: () => {}, onNote: () => {}, signal: new AbortController().signal },
  );
  delay.disable();
  const value = Math.max(0, delay.percentile(99) / 1e6 - LOOK_MS);
  return [atMost(50, { name: 'event loop held up in training, p99', value, unit: 'ms', against: ISSUE })];
}
