/** The tokens of a batch sorted by adapter, in blocks of one width: each block's LoRA product is one with its adapter's matrices. */
export interface LoraBlocks {
  width: number;
  /** [blocks]: the slot of each block's adapter. */
  blockAdapter: Int32Array;
  /** [blocks, width]: flat indices of tokens; what fills up an adapter's last block is token 0, and read by no one. */
  blockTokens: Int32Array;
  /** [tokens]: the flat place in the blocks of each token. */
  tokenPlaces: Int32Array;
}

/** Sequences that one adapter answers: the flat index of each one's first token, and its length. */
export interface AdapterSpans {
  slot: number;
  spans: readonly { start: number; length: number }[];
}

const WIDTHS = [16, 32, 64, 128];

/**
 * Copying an adapter's matrices for a block takes as long as this share of its rank in tokens. Measured at mBERT's shape:
 * 4.3 ms a layer for 1,024 tokens of 40 adapters (r 8, width 16), of which 2 ms are the same in one block.
 */
const COPY = 0.8;

/**
 * `tokens`: how many the rows hold, padding included. Padding's place is the first adapter's first token: a product that
 * no one reads.
 */
export function loraBlocks(adapters: readonly AdapterSpans[], tokens: number, rank: number): LoraBlocks {
  const counts = adapters.map(({ spans }) => spans.reduce((sum, { length }) => sum + length, 0));
  const width = bestWidth(counts, rank);
  const blocks = counts.map((count) => Math.ceil(count / width));
  const total = blocks.reduce((sum, count) => sum + count, 0);
  const blockAdapter = new Int32Array(total);
  const blockTokens = new Int32Array(total * width);
  const tokenPlaces = new Int32Array(tokens);
  let block = 0;
  adapters.forEach(({ slot, spans }, i) => {
    blockAdapter.fill(slot, block, block + blocks[i]!);
    let place = block * width;
    for (const { start, length } of spans) {
      for (let token = start; token < start + length; token += 1) {
        blockTokens[place] = token;
        tokenPlaces[token] = place;
        place += 1;
      }
    }
    block += blocks[i]!;
  });
  return { width, blockAdapter, blockTokens, tokenPlaces };
}

/** Wide blocks are copied for less often, narrow ones leave less of an adapter's last block empty. */
function bestWidth(counts: readonly number[], rank: number): number {
  let best = { width: 0, cost: Infinity };
  for (const width of WIDTHS) {
    const blocks = counts.reduce((sum, count) => sum + Math.ceil(count / width), 0);
    const cost = blocks * (width + COPY * rank);
    if (cost < best.cost) best = { width, cost };
  }
  return best.width;
}
