import { EvenkeelError } from '../runtime/errors.ts';
import { characterNgrams, wordNgrams } from './ngrams.ts';

/** Rows of a sparse matrix: row i has the columns `indices[starts[i] .. starts[i + 1])` and their `values`. */
export interface SparseRows {
  columns: number;
  starts: Int32Array;
  indices: Int32Array;
  values: Float64Array;
}

/** What TF-IDF has learned of a corpus: the column of each n-gram, words before characters, and its weight. */
export interface Tfidf {
  blocks: readonly { ngrams: (text: string) => string[]; columns: ReadonlyMap<string, number> }[];
  /** ln((1 + texts) / (1 + texts with it)) + 1 of each column. */
  inverse: Float64Array;
}

/** Words and pairs of words; two to five characters of a word. */
const BLOCKS: readonly ((text: string) => string[])[] = [
  (text) => wordNgrams(text, 2),
  (text) => characterNgrams(text, 2, 5),
];

/**
 * scikit-learn's FeatureUnion of TfidfVectorizer(ngram_range=(1, 2)) and TfidfVectorizer(analyzer='char_wb',
 * ngram_range=(2, 5)): smoothed inverse document frequencies, each block of a row of Euclidean length 1.
 */
export function fitTfidf(texts: readonly string[]): Tfidf {
  const counts: number[] = [];
  const blocks = BLOCKS.map((ngrams) => {
    const columns = new Map<string, number>();
    for (const text of texts) {
      for (const ngram of new Set(ngrams(text))) {
        let column = columns.get(ngram);
        if (column === undefined) {
          column = counts.push(0) - 1;
          if (columns.size === MOST_COLUMNS) throw tooMany();
          columns.set(ngram, column);
        }
        counts[column]! += 1;
      }
    }
    return { ngrams, columns };
  });
  return { blocks, inverse: Float64Array.from(counts, (count) => Math.log((1 + texts.length) / (1 + count)) + 1) };
}

/** The rows of texts; n-grams that the corpus did not hold are left out. */
export function transform({ blocks, inverse }: Tfidf, texts: readonly string[]): SparseRows {
  const starts = new Int32Array(texts.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  texts.forEach((text, row) => {
    for (const { ngrams, columns } of blocks) {
      const counts = new Map<number, number>();
      for (const ngram of ngrams(text)) {
        const column = columns.get(ngram);
        if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
      }
      let squares = 0;
      for (const [column, count] of counts) squares += (count * inverse[column]!) ** 2;
      const length = Math.sqrt(squares);
      for (const [column, count] of counts) {
        indices.push(column);
        values.push((count * inverse[column]!) / length);
      }
    }
    starts[row + 1] = indices.length;
  });
  return {
    columns: inverse.length,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** Some of the rows, in the order given. */
export function rowsAt({ columns, starts, indices, values }: SparseRows, places: readonly number[]): SparseRows {
  const chosen = Int32Array.of(0, ...places.map((i) => starts[i + 1]! - starts[i]!));
  for (let i = 1; i < chosen.length; i += 1) chosen[i]! += chosen[i - 1]!;
  const total = chosen.at(-1)!;
  const [ownIndices, ownValues] = [new Int32Array(total), new Float64Array(total)];
  places.forEach((i, k) => {
    ownIndices.set(indices.subarray(starts[i], starts[i + 1]), chosen[k]);
    ownValues.set(values.subarray(starts[i], starts[i + 1]), chosen[k]);
  });
  return { columns, starts: chosen, indices: ownIndices, values: ownValues };
}

/** A JavaScript Map holds 2^24 keys. */
const MOST_COLUMNS = 2 ** 24 - 1;

function tooMany(): EvenkeelError {
  return new EvenkeelError('input', 'The training texts hold more than 16 million different n-grams', {
    hint: 'Train the SVM on a sample: some 100,000 posts of a language teach it no less.',
  });
}
