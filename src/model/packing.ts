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

/** Row lengths that are tried are multiples of this: a vector register of the processor. */
const STEP = 8;

/** The longest row that is made of short sequences: attention costs more with every column. */
const LONGEST_ROW = 128;

/**
 * Packs sequences into rows of `rowLength`. Sequences longer than that are refused: cutting them is the caller's decision.
 */
export function pack(sequences: readonly Int32Array[], rowLength: number, pad = 0): Pack {
  const { rows, places } = place(
    sequences.map(({ length }) => length),
    rowLength,
  );
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

/**
 * The row length that takes the least time: padding costs what tokens cost, and every column of a row costs each of its
 * tokens some attention. `attentionColumns`: of how many columns the attention costs as much as all the rest of a layer.
 */
export function bestRowLength(lengths: readonly number[], attentionColumns: number): number {
  const longest = Math.max(...lengths);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const candidates = new Set([longest, Math.max(longest, Math.min(total, LONGEST_ROW))]);
  for (let length = longest + STEP - (longest % STEP); length <= LONGEST_ROW; length += STEP) candidates.add(length);
  let best = { length: longest, cost: Infinity };
  for (const length of candidates) {
    const cost = place(lengths, length).rows * length * (1 + length / attentionColumns);
    if (cost < best.cost) best = { length, cost };
  }
  return best.length;
}

/** First-fit decreasing: the longest sequence first, each into the first row with room. */
function place(lengths: readonly number[], rowLength: number): { rows: number; places: Place[] } {
  const free: number[] = [];
  const count: number[] = [];
  const places = new Array<Place>(lengths.length);
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  // Rows before `open` are full for anything as long as the shortest sequence left to place.
  const shortest = order.length > 0 ? lengths[order.at(-1)!]! : 0;
  let open = 0;
  for (const index of order) {
    const length = lengths[index]!;
    if (length === 0 || length > rowLength) {
      throw new RangeError(`a sequence of ${length} tokens does not fit rows of ${rowLength}`);
    }
    let row = open;
    while (row < free.length && free[row]! < length) row += 1;
    if (row === free.length) {
      free.push(rowLength);
      count.push(0);
    }
    count[row]! += 1;
    places[index] = { row, column: rowLength - free[row]!, segment: count[row]! };
    free[row]! -= length;
    while (open < free.length && free[open]! < shortest) open += 1;
  }
  return { rows: free.length, places };
}
