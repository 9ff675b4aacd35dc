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

/**
 * First-fit decreasing: the longest sequence first, each into the first row with room. Sequences longer than
 * `rowLength` are refused: cutting them is the caller's decision.
 */
export function pack(sequences: readonly Int32Array[], rowLength: number, pad = 0): Pack {
  const free: number[] = [];
  const count: number[] = [];
  const places = new Array<{ row: number; column: number; segment: number }>(sequences.length);
  const order = sequences.map((_, i) => i).sort((a, b) => sequences[b]!.length - sequences[a]!.length || a - b);
  // Rows before `open` are full for anything as long as the shortest sequence left to place.
  const shortest = order.length > 0 ? sequences[order.at(-1)!]!.length : 0;
  let open = 0;
  for (const index of order) {
    const { length } = sequences[index]!;
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
  const rows = free.length;
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
