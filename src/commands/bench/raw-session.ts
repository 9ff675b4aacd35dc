import { AdapterBank } from '../../classifier/adapter-bank.ts';
import { score, type Post } from '../../classifier/scorer.ts';
import { windows } from '../../classifier/windows.ts';
import { readAdapter } from '../../model/adapter-files.ts';
import { openCheckpoint } from '../../model/checkpoint.ts';
import { buildInferenceGraph } from '../../model/inference-graph.ts';
import { createOrtSession, type Feeds } from '../../model/ort.ts';
import { servingBase, type Precision } from '../../model/serving-weights.ts';
import { openTokenizer } from '../../model/tokenizer.ts';
import type { Provider } from '../../runtime/config.ts';
import { seeded } from '../../trainer/random.ts';
import { join } from 'node:path';
import { atMost, quantile, type Figure } from './figure.ts';

/** Posts in each row and rows of each batch that are tried; 28 tokens a post. */
const SHAPES = [
  { posts: 18, length: 28 },
  { posts: 36, length: 28 },
  { posts: 72, length: 28 },
];
const RUNS = 3;
/** Tokens of a batch at load, as the classifier has them. */
const AT_LOAD = 1024;

/** onnxruntime alone, in this thread: the serving graph without queue, batcher, tokens to make or threads to cross. */
export interface RawSession {
  /** Of full rows, at the best of several shapes. */
  bestTokensPerSecond(): Promise<number>;
  /** One run of one post. */
  singleMs(tokens: number): Promise<number>;
  /** Tokens computed for each real one when these texts come in batches as at load. */
  padding(texts: readonly string[]): Promise<Figure[]>;
  close(): Promise<void>;
}

export async function openRawSession(
  base: string,
  { precision, device }: { precision: Precision; device: Provider },
  threads: number,
): Promise<RawSession> {
  const checkpoint = await openCheckpoint(base);
  const { config } = checkpoint;
  const bank = await AdapterBank.of(config, new Map([['multi', await readAdapter(join(base, 'multi'), config)]]));
  const graph = buildInferenceGraph(servingBase(checkpoint, precision), { rank: 'rank', targets: bank.targets });
  const session = await createOrtSession(graph, { threads, device });
  const random = seeded(1);
  const post = (length: number): Post => ({
    language: 'und',
    windows: [Int32Array.from({ length }, () => 200 + Math.floor(random() * (config.vocab_size - 200)))],
  });
  /** What the classifier's own packing makes of posts. */
  const feedsOf = async (posts: readonly Post[]): Promise<Feeds> => {
    let feeds: Feeds = {};
    const run = async (given: Feeds): Promise<Feeds> => {
      feeds = { ...bank.banks, ...given };
      return { logits: { type: 'float32', shape: [posts.length, 2], data: new Float32Array(2 * posts.length) } };
    };
    await score(posts, bank, { run });
    return feeds;
  };
  const timed = async (feeds: Feeds): Promise<number> => {
    const startedAt = performance.now();
    await session.run(feeds, ['logits']);
    return performance.now() - startedAt;
  };
  return {
    async bestTokensPerSecond() {
      let best = 0;
      for (const { posts, length } of SHAPES) {
        const feeds = await feedsOf(Array.from({ length: posts }, () => post(length)));
        const times: number[] = [];
        for (let i = 0; i < RUNS; i += 1) times.push(await timed(feeds));
        best = Math.max(best, (1000 * posts * length) / quantile(times, 0.5));
      }
      return best;
    },
    singleMs: async (tokens) => timed(await feedsOf([post(tokens)])),
    async padding(texts) {
      const { encode } = await openTokenizer(base);
      let [computed, real] = [0, 0];
      let batch: Post[] = [];
      let tokens = 0;
      for (const text of texts) {
        const one = { language: 'und', windows: windows(encode(text), config.max_position_embeddings) };
        batch.push(one);
        tokens += one.windows.reduce((sum, window) => sum + window.length, 0);
        if (tokens < AT_LOAD) continue;
        computed += (await feedsOf(batch))['input_ids']!.data.length;
        real += tokens;
        [batch, tokens] = [[], 0];
      }
      if (real === 0) return [];
      const against = `batches of ${AT_LOAD} tokens`;
      return [atMost(1.03, { name: 'tokens computed for each real one', value: computed / real, unit: 'x', against })];
    },
    close: () => session.release(),
  };
}
