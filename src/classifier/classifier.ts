import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hasWords, readable } from '../domain/text.ts';
import { NO_TEXT_VERDICT, type Classify, type Verdict } from '../domain/verdict.ts';
import { readAdapter, type Adapter } from '../model/adapter-files.ts';
import { locateBase, type Base, type BaseSettings } from '../model/base.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { openCheckpoint } from '../model/checkpoint.ts';
import { buildInferenceGraph } from '../model/inference-graph.ts';
import { openSession } from '../model/session.ts';
import type { StartWorker, TakenDevice } from '../model/session-thread.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import type { Device } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { AdapterBank } from './adapter-bank.ts';
import { Batcher } from './batcher.ts';
import { openLanguageDetector, route, SHARED_ADAPTER } from './router.ts';
import { score, tokensOf, type Post } from './scorer.ts';
import { windows } from './windows.ts';

/** The base is a BERT checkpoint with its tokenizer, its adapters are named for their languages. */
export interface ClassifierOptions extends BaseSettings {
  device: Device;
  /** Processor threads of inference; null takes all cores. */
  threads: number | null;
  startWorker?: StartWorker;
}

export interface Classifier extends TakenDevice {
  classify: Classify;
  /** The base's name. */
  readonly model: string;
  /** The version of each adapter that is served, by name. */
  adapters(): ReadonlyMap<string, string>;
  /** Serves an adapter, or another version of one, from its folder; what is being classified ends with the one before. */
  putAdapter(name: string, folder: string): Promise<void>;
  /** Stops serving an adapter; its language goes to `multi`. */
  removeAdapter(name: string): void;
  /** Answers what was asked, then ends the threads. */
  close(): Promise<void>;
}

const BATCHES = { maxTokens: 4096, minTokens: 512, latencyMs: 50, maxWaiting: 2000 };

/** Turning texts into tokens shares the calling thread: after this many ms others get their turn. */
const SLICE_MS = 3;

/** Throws a `model` error for missing or damaged files, a `device` error where the model cannot run. */
export async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { device, threads, startWorker } = options;
  const base = await locateBase(options);
  const [detectLanguage, tokenizer, checkpoint] = await Promise.all([
    openLanguageDetector(),
    openTokenizer(base.folder),
    openCheckpoint(base.folder),
  ]);
  const { config, tensors } = checkpoint;
  const bank = await AdapterBank.of(config, await readAdapters(base, config));
  const session = await openSession({
    name: `the model of ${base.folder}`,
    model: buildInferenceGraph(config, tensors, { rank: 'rank', targets: bank.targets }),
    providers: [device === 'auto' ? 'cpu' : device],
    threads: threads ?? availableParallelism(),
    constants: bank.banks,
    startWorker,
  });
  const batcher = new Batcher<Post, Verdict>({
    ...BATCHES,
    workers: session.workers,
    cost: tokensOf,
    // Rows belong to an adapter, so a batch of few adapters has few rows with room left.
    group: ({ language }) => route(language, (adapter) => bank.has(adapter)).adapter,
    run: (posts) => score(posts, bank, session),
  });

  const prepare = (text: string): Post | null => {
    const read = readable(text);
    if (!hasWords(read)) return null;
    return { language: detectLanguage(read), windows: windows(tokenizer.encode(read), config.max_position_embeddings) };
  };
  const classify: Classify = async (texts) => {
    const verdicts: Promise<Verdict>[] = [];
    let turnEnds = performance.now() + SLICE_MS;
    for (const text of texts) {
      if (performance.now() > turnEnds) {
        await nextTurn();
        await batcher.room();
        turnEnds = performance.now() + SLICE_MS;
      }
      const post = prepare(text);
      const verdict = post ? batcher.submit(post) : Promise.resolve(NO_TEXT_VERDICT);
      // `Promise.all` below is what reports a failure; until then it must not count as unhandled.
      verdict.catch(() => {});
      verdicts.push(verdict);
    }
    return Promise.all(verdicts);
  };

  return {
    classify,
    device: session.device,
    refused: session.refused,
    model: base.name,
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
