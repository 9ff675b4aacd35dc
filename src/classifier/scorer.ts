import type { RoutingReason, Verdict } from '../domain/verdict.ts';
import { pack, type Pack } from '../model/packing.ts';
import type { Session } from '../model/session.ts';
import { int32, type Tensor } from '../onnx/tensor.ts';
import type { AdapterBank, BankedAdapter } from './adapter-bank.ts';
import { route } from './router.ts';
import { postScore } from './windows.ts';

/** A post ready for the model. */
export interface Post {
  /** ISO 639-1 or `und`. */
  language: string;
  /** Token ids, [CLS] … [SEP] each; see windows.ts. */
  windows: Int32Array[];
}

/** Lengths of rows to choose from: longer ones cost more attention than they save padding. */
const ROW_LENGTHS = [64, 96, 128];

export function tokensOf({ windows }: Post): number {
  return windows.reduce((sum, window) => sum + window.length, 0);
}

/** One run of the serving graph: every post through the adapter of its language as it is at this moment. */
export async function score(posts: readonly Post[], bank: AdapterBank, session: Session): Promise<Verdict[]> {
  const used = new Map<string, BankedAdapter>();
  const routes = posts.map(({ language }) => {
    const { adapter: name, reason } = route(language, (adapter) => bank.has(adapter));
    let adapter = used.get(name);
    if (!adapter) used.set(name, (adapter = bank.acquire(name)));
    return { adapter, reason };
  });
  try {
    const { feeds, order } = batchOf(posts, routes);
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
  return { score: postScore(windowScores), language, adapter: adapter.name, adapterVersion: adapter.version, reason };
}

/** The graph's feeds, and for each of its sequences the post that it is a window of. A row belongs to one adapter. */
function batchOf(
  posts: readonly Post[],
  routes: readonly { adapter: BankedAdapter }[],
): { feeds: Record<string, Tensor>; order: number[] } {
  const groups = new Map<BankedAdapter, { sequences: Int32Array[]; posts: number[] }>();
  posts.forEach((post, i) => {
    const { adapter } = routes[i]!;
    let group = groups.get(adapter);
    if (!group) groups.set(adapter, (group = { sequences: [], posts: [] }));
    for (const window of post.windows) {
      group.sequences.push(window);
      group.posts.push(i);
    }
  });
  const all = [...groups];
  const { packs, rowLength } = tightest(all.map(([adapter, { sequences }]) => ({ adapter, sequences })));
  return { feeds: feedsOf(packs, rowLength), order: all.flatMap(([, group]) => group.posts) };
}

interface AdapterPack {
  adapter: BankedAdapter;
  packed: Pack;
}

/** The packing with the least padding. */
function tightest(groups: readonly { adapter: BankedAdapter; sequences: readonly Int32Array[] }[]): {
  packs: AdapterPack[];
  rowLength: number;
} {
  const lengths = groups.map(({ sequences }) => sequences.map(({ length }) => length));
  const longest = Math.max(...lengths.flat());
  const fullest = Math.max(...lengths.map((each) => each.reduce((sum, length) => sum + length, 0)));
  const most = ROW_LENGTHS.at(-1)!;
  // Few posts fit one short row each without any padding.
  const candidates = [
    longest,
    Math.max(longest, Math.min(fullest, most)),
    ...ROW_LENGTHS.filter((one) => one > longest),
  ];
  let best: { packs: AdapterPack[]; rowLength: number; tokens: number } | null = null;
  for (const rowLength of candidates) {
    const packs = groups.map(({ adapter, sequences }) => ({ adapter, packed: pack(sequences, rowLength) }));
    const tokens = packs.reduce((sum, { packed }) => sum + packed.inputIds.length, 0);
    if (!best || tokens < best.tokens) best = { packs, rowLength, tokens };
  }
  return best!;
}

function feedsOf(packs: readonly AdapterPack[], rowLength: number): Record<string, Tensor> {
  const rows = packs.reduce((sum, { packed }) => sum + packed.rows, 0);
  const firstTokens: number[] = [];
  const rowAdapter: number[] = [];
  const postAdapter: number[] = [];
  const [inputIds, positionIds, segments] = [0, 1, 2].map(() => new Int32Array(rows * rowLength)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (const { adapter, packed } of packs) {
    const start = rowAdapter.length * rowLength;
    inputIds.set(packed.inputIds, start);
    positionIds.set(packed.positionIds, start);
    segments.set(packed.segments, start);
    for (const first of packed.firstTokens) {
      firstTokens.push(start + first);
      postAdapter.push(adapter.slot);
    }
    for (let row = 0; row < packed.rows; row += 1) rowAdapter.push(adapter.slot);
  }
  return {
    input_ids: int32([rows, rowLength], inputIds),
    position_ids: int32([rows, rowLength], positionIds),
    segments: int32([rows, rowLength], segments),
    first_tokens: int32([firstTokens.length], firstTokens),
    row_adapter: int32([rows], rowAdapter),
    post_adapter: int32([postAdapter.length], postAdapter),
  };
}

/** softmax(logits)[1] of the i-th sequence. */
function polarized({ data }: Tensor, i: number): number {
  const [not, yes] = [data[2 * i] as number, data[2 * i + 1] as number];
  return 1 / (1 + Math.exp(not - yes));
}
