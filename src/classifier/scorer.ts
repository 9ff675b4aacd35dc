import type { RoutingReason, Verdict } from '../domain/verdict.ts';
import { centred } from '../model/calibration-file.ts';
import { packTightly } from '../model/packing.ts';
import type { Session } from '../model/session.ts';
import { int32, type Tensor } from '../onnx/tensor.ts';
import type { AdapterBank, BankedAdapter } from './adapter-bank.ts';
import { loraBlocks, type AdapterSpans } from './lora-blocks.ts';
import { route } from './router.ts';
import { postScore } from './windows.ts';

/** A post ready for the model. */
export interface Post {
  /** ISO 639-1 or `und`. */
  language: string;
  /** Where it was posted, by our own number. */
  community?: number;
  /** Token ids, [CLS] … [SEP] each; see windows.ts. */
  windows: Int32Array[];
}

/**
 * Columns whose attention takes as long as the rest of a layer, in hidden sizes. Measured at mBERT's shape in int8: rows of
 * 128 columns take 5 % longer than rows of 64 with as many tokens.
 */
const ATTENTION = 1.5;

export function tokensOf({ windows }: Post): number {
  return windows.reduce((sum, window) => sum + window.length, 0);
}

/** One run of the serving graph: every post through the adapter of its language as it is at this moment. */
export async function score(
  posts: readonly Post[],
  bank: AdapterBank,
  session: Pick<Session, 'run'>,
): Promise<Verdict[]> {
  const used = new Map<string, BankedAdapter>();
  const routes = posts.map(({ language, community }) => {
    const { adapter: name, reason } = route(language, (adapter) => bank.has(adapter), community);
    let adapter = used.get(name);
    if (!adapter) used.set(name, (adapter = bank.acquire(name)));
    return { adapter, reason };
  });
  try {
    const { feeds, order } = batchOf(posts, routes, bank);
    const { logits } = await session.run(feeds, ['logits']);
    const scores = posts.map((): number[] => []);
    order.forEach((post, i) => scores[post]!.push(polarized(logits!, i)));
    return posts.map(({ language }, i) => verdictOf(language, routes[i]!, scores[i]!));
  } finally {
    for (const adapter of used.values()) bank.release(adapter);
  }
}

function verdictOf(
  language: string,
  { adapter, reason }: { adapter: BankedAdapter; reason: RoutingReason },
  windowScores: readonly number[],
): Verdict {
  const threshold = adapter.thresholds[language];
  const highest = postScore(windowScores);
  return {
    score: threshold === undefined ? highest : centred(highest, threshold),
    language,
    adapter: adapter.name,
    adapterVersion: adapter.version,
    reason,
  };
}

/** The graph's feeds, and for each of its sequences the post that it is a window of. */
function batchOf(
  posts: readonly Post[],
  routes: readonly { adapter: BankedAdapter }[],
  bank: AdapterBank,
): { feeds: Record<string, Tensor>; order: number[] } {
  const sequences = posts.flatMap(({ windows }) => windows);
  const order = posts.flatMap(({ windows }, post) => windows.map(() => post));
  const lengths = sequences.map(({ length }) => length);
  const { rows, rowLength, inputIds, positionIds, segments, firstTokens } = packTightly(
    sequences,
    bank.hiddenSize * ATTENTION,
  );
  const postAdapter = Int32Array.from(order, (post) => routes[post]!.adapter.slot);
  const byAdapter = Map.groupBy(sequences.keys(), (i) => postAdapter[i]!);
  const spans: AdapterSpans[] = [...byAdapter].map(([slot, own]) => ({
    slot,
    spans: own.map((i) => ({ start: firstTokens[i]!, length: lengths[i]! })),
  }));
  const { width, blockAdapter, blockTokens, tokenPlaces } = loraBlocks(spans, inputIds.length, bank.rank);
  const feeds = {
    input_ids: int32([rows, rowLength], inputIds),
    position_ids: int32([rows, rowLength], positionIds),
    segments: int32([rows, rowLength], segments),
    first_tokens: int32([firstTokens.length], firstTokens),
    post_adapter: int32([postAdapter.length], postAdapter),
    block_adapter: int32([blockAdapter.length], blockAdapter),
    block_tokens: int32([blockAdapter.length, width], blockTokens),
    token_places: int32([tokenPlaces.length], tokenPlaces),
  };
  return { feeds, order };
}

/** softmax(logits)[1] of the i-th sequence. */
function polarized({ data }: Tensor, i: number): number {
  const [not, yes] = [data[2 * i] as number, data[2 * i + 1] as number];
  return 1 / (1 + Math.exp(not - yes));
}
