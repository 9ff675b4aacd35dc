import { setImmediate as nextTurn } from 'node:timers/promises';
import { hasWords, readable } from '../domain/text.ts';
import { NO_TEXT_VERDICT, type Classify, type Verdict } from '../domain/verdict.ts';
import { readAdapter, type Adapter } from '../model/adapter-files.ts';
import { locateBase, type Base, type BaseSettings } from '../model/base.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { readBertConfig } from '../model/checkpoint.ts';
import { buildInferenceGraph } from '../model/inference-graph.ts';
import { openOnDevice, type TakenDevice } from '../model/open-on-device.ts';
import { precisionOn } from '../model/precision.ts';
import type { StartWorker } from '../model/session-thread.ts';
import type { Precision } from '../model/serving-weights.ts';
import { openServingBase } from '../model/weight-cache.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import type { Device, PrecisionSetting } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { AdapterBank } from './adapter-bank.ts';
import { Batcher } from './batcher.ts';
import { openLanguageDetector, SHARED_ADAPTER } from './router.ts';
import { score, tokensOf, type Post } from './scorer.ts';
import { sessionThreads } from './session-threads.ts';
import { windows } from './windows.ts';

/** The base is a BERT checkpoint with its tokenizer, its adapters are named for their languages. */
export interface ClassifierOptions extends BaseSettings {
  device: Device;
  /** Default `auto`. */
  precision?: PrecisionSetting;
  /** Where the base's converted weights are kept between starts; null or absent: nowhere. */
  cacheFolder?: string | null;
  /** Hears what is worth knowing but stops nothing. */
  onNote?: (note: string) => void;
  /** Processor threads of inference, all workers together; null takes all cores. */
  threads: number | null;
  /** Sessions that share the threads; null leaves it to `sessionThreads`. */
  workers?: number | null;
  /** The most tokens of one run, which its memory grows with; null takes `BATCHES`. */
  batchTokens?: number | null;
  startWorker?: StartWorker;
}

export interface Classifier extends TakenDevice {
  classify: Classify;
  /** The base's name. */
  readonly model: string;
  /** What the base computes in. */
  readonly precision: Precision;
  /** The version of each adapter that is served, by name. */
  adapters(): ReadonlyMap<string, string>;
  /** Serves an adapter, or another version of one, from its folder; what is being classified ends with the one before. */
  putAdapter(name: string, folder: string): Promise<void>;
  /** Stops serving an adapter; its language goes to `multi`. */
  removeAdapter(name: string): void;
  /** Answers what was asked, then ends the threads. */
  close(): Promise<void>;
}

const BATCHES = { maxTokens: 4096, minTokens: 1024, latencyMs: 50, maxWaiting: 2000 };

/** Turning texts into tokens shares the calling thread: after this many ms others get their turn. */
const SLICE_MS = 3;

/** Throws a `model` error for missing or damaged files, a `device` error where the model cannot run. */
export async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { device, precision = 'auto', cacheFolder = null, onNote, startWorker } = options;
  const base = await locateBase(options);
  const config = await readBertConfig(base.folder);
  const tokenizer = await openTokenizer(base.folder, config.vocab_size);
  const bank = await AdapterBank.of(config, await readAdapters(base, config));
  const prepare = (text: string, community?: number, language?: string): Post | null => {
    const read = readable(text);
    if (!hasWords(read)) return null;
    const pieces = windows(tokenizer.encode(read), config.max_position_embeddings);
    return { language: language ?? detectLanguage(read), community, windows: pieces };
  };
  const opening = openOnDevice({
    name: `the model of ${base.folder}`,
    device,
    model: async (provider) => {
      const serving = await openServingBase(base.folder, precisionOn(provider, precision), cacheFolder, onNote);
      return buildInferenceGraph(serving, { rank: 'rank', targets: bank.targets });
    },
    threads: (on) => sessionThreads(on, config, options),
    constants: bank.banks,
    tryOut: (opened) => score([prepare('Is it market day today?', undefined, 'en')!], bank, opened),
    startWorker,
  });
  // A second of this thread, while the session's own thread reads the weights.
  const [{ session, ...taken }, detectLanguage] = await Promise.all([opening, openLanguageDetector()]);
  const batcher = new Batcher<Post, Verdict>({
    ...BATCHES,
    maxTokens: options.batchTokens ?? BATCHES.maxTokens,
    workers: session.workers,
    cost: tokensOf,
    run: (posts) => score(posts, bank, session),
  });

  const classify: Classify = async (texts, communities = [], language) => {
    const verdicts: Promise<Verdict>[] = [];
    let turnEnds = performance.now() + SLICE_MS;
    for (const [place, text] of texts.entries()) {
      if (performance.now() > turnEnds) {
        await nextTurn();
        await batcher.room();
        turnEnds = performance.now() + SLICE_MS;
      }
      const post = prepare(text, communities[place], language);
      const verdict = post ? batcher.submit(post) : Promise.resolve(NO_TEXT_VERDICT);
      // `Promise.all` below is what reports a failure; until then it must not count as unhandled.
      verdict.catch(() => {});
      verdicts.push(verdict);
    }
    return Promise.all(verdicts);
  };

  return {
    classify,
    ...taken,
    model: base.name,
    precision: precisionOn(taken.device, precision),
    adapters: () => bank.versions(),
    putAdapter: async (name, folder) => {
      await bank.put(name, await readAdapter(folder, config), (banks) => session.setConstants(banks));
    },
    removeAdapter: (name) => {
      if (name === SHARED_ADAPTER) throw needsShared(base);
      bank.remove(name);
    },
    close: async () => {
      await batcher.idle();
      await session.close();
    },
  };
}

async function readAdapters(base: Base, config: BertConfig): Promise<Map<string, Adapter>> {
  if (!base.adapters.has(SHARED_ADAPTER)) throw needsShared(base);
  const adapters = new Map<string, Adapter>();
  for (const [name, folder] of base.adapters) adapters.set(name, await readAdapter(folder, config));
  return adapters;
}

function needsShared({ name }: Base): EvenkeelError {
  return new EvenkeelError(
    'model',
    `${name} has no adapter ${SHARED_ADAPTER}, which answers for every other language`,
    {
      hint:
        `Train one with \`evenkeel train --out FOLDER\`, or have PEFT train one on this base; then ` +
        `\`evenkeel adapters import FOLDER --name ${SHARED_ADAPTER}\`.`,
    },
  );
}
