import { bertWords } from '../model/bert-words.ts';
import { openCheckpoint, saveCheckpoint } from '../model/checkpoint.ts';
import { readTokenizerFiles } from '../model/tokenizer-files.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import { WORD_EMBEDDINGS } from '../model/training-graph.ts';
import { float32 } from '../onnx/tensor.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { readTexts } from './corpus.ts';
import { normal, seeded } from './random.ts';
import { grownPieces, type GrownPiece } from './vocabulary-growth.ts';

export interface GrowOptions {
  base: string;
  corpus: readonly string[];
  out: string;
  /** The most pieces to add. */
  pieces: number;
  seed: number;
  dtype: 'F32' | 'F16';
}

/**
 * Writes a base with a larger vocabulary to `out` (grownPieces): a piece that joins others starts as their mean, a character
 * that had none at random, as far from zero as the others. The language model's head is left out: its bias is of the old size.
 */
export async function grow({ base, corpus, out, pieces: limit, seed, dtype }: GrowOptions): Promise<{ added: number }> {
  const { config, tensors } = await openCheckpoint(base);
  const files = await readTokenizerFiles(base);
  if (!files.has('vocab.txt') || files.has('tokenizer.json')) throw notAList(base);
  const settings = JSON.parse(Buffer.from(files.get('tokenizer_config.json') ?? '{}').toString()) as WordSettings;
  const tokenizer = await openTokenizer(base, config.vocab_size);
  const old = Array.from({ length: config.vocab_size }, (_, id) => tokenizer.tokenOf(id) ?? '');
  const added = grownPieces(new Map(old.map((piece, id) => [piece, id])), await countWords(corpus, settings), limit);

  const size = config.hidden_size;
  const table = tensors.get(WORD_EMBEDDINGS)!.data as Float32Array;
  const rows = new Float32Array((old.length + added.length) * size);
  rows.set(table);
  startRows(rows, old, added, deviationOf(table), seed, size);
  const grown = new Map([...tensors].filter(([name]) => !name.startsWith('cls.')));
  grown.set(WORD_EMBEDDINGS, float32([old.length + added.length, size], rows));
  await saveCheckpoint(out, {
    config: { ...config, vocab_size: old.length + added.length },
    tensors: grown,
    tokenizer: new Map(files).set(
      'vocab.txt',
      Buffer.from(`${[...old, ...added.map(({ piece }) => piece)].join('\n')}\n`),
    ),
    dtype,
  });
  return { added: added.length };
}

/** Of tokenizer_config.json: how BERT's tokenizer cuts words. */
interface WordSettings {
  do_lower_case?: boolean;
  strip_accents?: boolean | null;
  tokenize_chinese_chars?: boolean;
}

async function countWords(corpus: readonly string[], settings: WordSettings): Promise<Map<string, number>> {
  const lowercase = settings.do_lower_case !== false;
  const stripAccents = settings.strip_accents ?? lowercase;
  const splitCjk = settings.tokenize_chinese_chars !== false;
  const counts = new Map<string, number>();
  for (const path of corpus) {
    const { texts } = await readTexts(path);
    for (const text of texts)
      for (const word of bertWords(text, { lowercase, stripAccents, splitCjk }))
        counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function startRows(
  rows: Float32Array,
  old: readonly string[],
  added: readonly GrownPiece[],
  deviation: number,
  seed: number,
  size: number,
): void {
  const random = seeded(seed);
  const ids = new Map(old.map((piece, id) => [piece, id]));
  /** Of how many pieces each added one is made. */
  const counts = new Map<string, number>();
  for (const [i, { piece, parts }] of added.entries()) {
    const start = (old.length + i) * size;
    const [first, second] = (parts ?? []).map((part) => ids.get(part)! * size);
    const [n, m] = (parts ?? []).map((part) => counts.get(part) ?? 1);
    for (let k = 0; k < size; k += 1)
      rows[start + k] = parts
        ? (rows[first! + k]! * n! + rows[second! + k]! * m!) / (n! + m!)
        : normal(random) * deviation;
    if (parts) counts.set(piece, n! + m!);
    ids.set(piece, old.length + i);
  }
}

function deviationOf(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares / Math.max(1, values.length));
}

function notAList(base: string): EvenkeelError {
  return new EvenkeelError('model', `The vocabulary of ${base} cannot grow: it is not kept as vocab.txt alone`, {
    hint: 'Use a base that `evenkeel pretrain` made, or a BERT with vocab.txt and without tokenizer.json.',
  });
}
