/** Posts packed into rows of one length: attention stays inside a post, positions restart with each. */
export interface Pack {
  rows: number;
  rowLength: number;
  /** [rows, rowLength]; padding is `pad`. */
  inputIds: Int32Array;
  /** [rows, rowLength]: the token's place inside its own post; 0 on padding. */
  positionIds: Int32Array;
  /** [rows, rowLength]: 0 on padding, else the post's number inside its row, from 1. */
  segments: Int32Array;
  /** [sequences]: flat index (row * rowLength + column) of each sequence's first token, in the order given. */
  firstTokens: Int32Array;
}

/** Where a sequence stands: its row, its first column, and its number inside the row, from 1. */
interface Place {
  row: number;
  column: number;
  segment: number;
}

/** The longest row that is made of short sequences: attention costs more with every column. */
const LONGEST_ROW = 128;
/**
 * Matrix products on the processor sum this many columns at a time (onnxruntime's MlasGemm, 64 outputs), so a post that lay
 * across the border of two blocks would be summed in another order than alone, and in int8 have another score.
 */
const PRODUCT_BLOCK = 256;
/** Rows are not made shorter than this: many short ones leave as little empty as few long ones. */
const SHORTEST_ROW = 32;

/**
 * First-fit decreasing into rows of one length: the longest sequence first, each into the first row with room. Sequences
 * longer than `rowLength` are refused: cutting them is the caller's decision.
 */
export function pack(sequences: readonly Int32Array[], rowLength: number, pad = 0): Pack {
  for (const { length } of sequences) {
    if (length > 0 && length <= rowLength) continue;
    throw new RangeError(`a sequence of ${length} tokens does not fit rows of ${rowLength}`);
  }
  const { places, rows } = firstFit(sequences, longestFirst(sequences), rowLength, Infinity)!;
  return laid(sequences, places, rows, rowLength, pad);
}

/**
 * As many rows of as few columns as take the least time: for each number of rows the shortest into which the sequences fit
 * (multifit, Coffman, Garey and Johnson 1978). Padding costs what tokens cost, and every column of a row costs each of its
 * tokens some attention: `attentionColumns` columns cost as much as all the rest of a layer. Chat posts in batches of 1,024
 * tokens leave 2.4 % of the rows empty.
 */
export function packTightly(sequences: readonly Int32Array[], attentionColumns: number, pad = 0): Pack {
  const order = longestFirst(sequences);
  const longest = sequences[order[0]!]?.length ?? 0;
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  const fewest = Math.ceil(total / Math.max(longest, LONGEST_ROW));
  const most = Math.min(sequences.length, Math.ceil(total / Math.max(longest, SHORTEST_ROW)));
  let best = { places: [] as Place[], rows: 0, rowLength: 0, cost: Infinity };
  for (let rows = Math.max(1, fewest); rows <= most; rows += 1) {
    for (let rowLength = Math.max(longest, Math.ceil(total / rows)); ; rowLength += 1) {
      const cost = rows * rowLength * (1 + rowLength / attentionColumns);
      if (cost >= best.cost) break;
      const found = firstFit(sequences, order, rowLength, rows);
      if (!found) continue;
      best = { ...found, rowLength, cost: found.rows * rowLength * (1 + rowLength / attentionColumns) };
      break;
    }
  }
  return laid(sequences, best.places, best.rows, best.rowLength, pad);
}

function longestFirst(sequences: readonly Int32Array[]): number[] {
  return sequences.map((_, i) => i).sort((a, b) => sequences[b]!.length - sequences[a]!.length || a - b);
}

/** Each sequence in the first row with room for it; null where that takes more than `most` rows. */
function firstFit(
  sequences: readonly Int32Array[],
  order: readonly number[],
  rowLength: number,
  most: number,
): { places: Place[]; rows: number } | null {
  const used: number[] = [];
  const count: number[] = [];
  const places = new Array<Place>(sequences.length);
  // Rows before `open` are full for anything as long as the shortest sequence left to place.
  const shortest = order.length > 0 ? sequences[order.at(-1)!]!.length : 0;
  let open = 0;
  for (const index of order) {
    const { length } = sequences[index]!;
    let row = open;
    while (row < used.length && startAfter(used[row]!, length) + length > rowLength) row += 1;
    if (row === used.length) {
      if (row === most) return null;
      used.push(0);
      count.push(0);
    }
    const column = startAfter(used[row]!, length);
    count[row]! += 1;
    places[index] = { row, column, segment: count[row]! };
    used[row] = column + length;
    while (open < used.length && rowLength - used[open]! < shortest) open += 1;
  }
  return { places, rows: used.length };
}

/** The first column from `column` on where a sequence lies in the products' blocks as it does alone. */
function startAfter(column: number, length: number): number {
  const inBlock = column % PRODUCT_BLOCK;
  return inBlock === 0 || inBlock + length <= PRODUCT_BLOCK ? column : column + PRODUCT_BLOCK - inBlock;
}

function laid(
  sequences: readonly Int32Array[],
  places: readonly Place[],
  rows: number,
  rowLength: number,
  pad: number,
): Pack {
  const inputIds = new Int32Array(rows * rowLength).fill(pad);
  const positionIds = new Int32Array(rows * rowLength);
  const segments = new Int32Array(rows * rowLength);
  const firstTokens = new Int32Array(sequences.length);
  places.forEach(({ row, column, segment }, index) => {
    const sequence = sequences[index]!;
    const start = row * rowLength + column;
    firstTokens[index] = start;
    inputIds.set(sequence, start);
    segments.fill(segment, start, start + sequence.length);
    for (let i = 0; i < sequence.length; i += 1) positionIds[start + i] = i;
  });
  return { rows, rowLength, inputIds, positionIds, segments, firstTokens };
}
