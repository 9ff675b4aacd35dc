import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import type { BertConfig } from '../model/bert-config.ts';
import { saveCheckpoint } from '../model/checkpoint.ts';
import { pack } from '../model/packing.ts';
import { vocabularyFiles } from '../model/tokenizer-files.ts';
import { openTokenizer, type Tokenizer } from '../model/tokenizer.ts';
import { trainedParameters } from '../model/training-graph.ts';
import { float32 } from '../onnx/tensor.ts';
import { ADAMW_DEFAULTS, linearSchedule } from './adamw.ts';
import { readTexts } from './corpus.ts';
import { decays } from './decay.ts';
import { initialWeights } from './initial-weights.ts';
import { maskWords, type MaskingVocabulary } from './masking.ts';
import type { TrainingHooks } from './progress-report.ts';
import { seeded, type Random } from './random.ts';
import { clearRunState, readRunState, restore, saveRunState } from './run-state.ts';
import { drawSequences, tokenSource, type TokenSource } from './token-source.ts';
import type { Batch } from './batch.ts';
import { openTrainingSession } from './training-session.ts';
import { pruneVocabulary, SPECIAL_COUNT } from './vocabulary.ts';

export interface PretrainOptions {
  corpus: string[];
  /** Folder of the tokenizer whose vocabulary is pruned to the corpus. */
  tokenizer: string;
  out: string;
  vocabSize: number;
  layers: number;
  hidden: number;
  heads: number;
  intermediate: number;
  maxPositions: number;
  /** Tokens to train on in all. */
  tokens: number;
  batchTokens: number;
  learningRate: number;
  warmup: number;
  /** Chance of a source: its tokens to this power. */
  exponent: number;
  seed: number;
  threads: number;
  /** Seconds between saved states. */
  saveEvery: number;
}

/** How many pieces are always candidates of a masked token, and how many others are drawn for each batch. */
const FREQUENT = 3072;
const SAMPLED = 1024;

/** Masked-language-model pre-training of a new BERT on plain text, into a checkpoint folder. Blocks its thread. */
export async function pretrain(options: PretrainOptions, hooks: TrainingHooks): Promise<{ finished: boolean }> {
  await mkdir(options.out, { recursive: true });
  const { sources, pieces, frequency } = await prepare(options, hooks);
  const config = configOf(options, pieces.length);
  const plan = { config, objective: 'masked-language-model', method: 'full' } as const;
  const fingerprint = createHash('sha256')
    .update(
      JSON.stringify({ ...options, out: '', threads: 0, saveEvery: 0, totals: sources.map((s) => s.tokens.length) }),
    )
    .digest('hex');
  const steps = Math.ceil(options.tokens / options.batchTokens);
  const warmup = Math.round(steps * options.warmup);
  const session = await openTrainingSession({
    plan,
    initial: initialWeights(trainedParameters(plan), config.initializer_range, seeded(options.seed)),
    optimizer: { ...ADAMW_DEFAULTS, beta2: 0.98, epsilon: 1e-6 },
    learningRate: (step) => options.learningRate * linearSchedule(step, warmup, steps),
    clipNorm: 1,
    decays,
    seed: options.seed,
    ort: { threads: options.threads },
  });
  const state = await readRunState(options.out, fingerprint);
  if (state) {
    restore(session, state);
    hooks.onNote(`going on from step ${state.step}`);
  }
  const vocabulary = maskingVocabulary(pieces, frequency);
  const batches = drawBatches(sources, options, vocabulary);
  let savedAt = performance.now();
  let losses: number[] = [];
  let tokens = 0;
  hooks.onProgress({ step: state?.step ?? 0, steps, loss: Number.NaN, tokens });
  for (let step = 0; step < steps; step += 1) {
    const batch = batches.next().value;
    if (state && step < state.step) continue;
    tokens += options.batchTokens;
    losses.push(await session.step([batch]));
    if (losses.length === 20 || step === steps - 1) {
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
      hooks.onProgress({ step: step + 1, steps, loss, tokens });
      losses = [];
    }
    const stopping = hooks.stopped();
    if (stopping || performance.now() - savedAt > options.saveEvery * 1000) {
      await saveRunState(options.out, session, fingerprint);
      savedAt = performance.now();
    }
    if (stopping) return { finished: false };
  }
  const weights = session.weights();
  await saveCheckpoint(options.out, {
    config,
    tensors: new Map(trainedParameters(plan).map(({ name, shape }) => [name, float32(shape, weights.get(name))])),
    tokenizer: vocabularyFiles(pieces),
  });
  await clearRunState(options.out);
  await session.close();
  return { finished: true };
}

async function prepare(options: PretrainOptions, hooks: TrainingHooks) {
  const tokenizer = await openTokenizer(options.tokenizer);
  const full: TokenSource[] = [];
  for (const path of options.corpus) {
    const { name, texts } = await readTexts(path);
    full.push(tokenSource(name, texts, tokenizer.encode, options.maxPositions));
  }
  const pruned = pruneVocabulary(allPieces(tokenizer), full, options.exponent, options.vocabSize);
  for (const { tokens } of full) for (let i = 0; i < tokens.length; i += 1) tokens[i] = pruned.mapping[tokens[i]!]!;
  const total = full.reduce((sum, { tokens }) => sum + tokens.length, 0);
  hooks.onNote(`${full.length} sources, ${total} tokens, vocabulary ${pruned.pieces.length}`);
  return { ...pruned, sources: full };
}

function allPieces(tokenizer: Tokenizer): string[] {
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.tokenOf(id) ?? '');
}

function configOf(options: PretrainOptions, vocabulary: number): BertConfig {
  return {
    vocab_size: vocabulary,
    hidden_size: options.hidden,
    num_hidden_layers: options.layers,
    num_attention_heads: options.heads,
    intermediate_size: options.intermediate,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    max_position_embeddings: options.maxPositions,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    initializer_range: 0.02,
    pad_token_id: 0,
  };
}

function maskingVocabulary(pieces: readonly string[], frequency: Float64Array): MaskingVocabulary {
  const ranked = pieces
    .map((_, id) => id)
    .slice(SPECIAL_COUNT)
    .sort((a, b) => frequency[b]! - frequency[a]!);
  return {
    size: pieces.length,
    mask: pieces.indexOf('[MASK]'),
    firstPiece: SPECIAL_COUNT,
    continues: Uint8Array.from(pieces, (piece) => Number(piece.startsWith('##'))),
    frequent: Int32Array.from(ranked.slice(0, FREQUENT)),
    sampled: SAMPLED,
  };
}

/** Depends on the seed alone, so a resumed run sees what it would have seen. */
function* drawBatches(
  sources: readonly TokenSource[],
  { batchTokens, maxPositions, exponent, seed }: PretrainOptions,
  vocabulary: MaskingVocabulary,
): Generator<Batch, never> {
  const random: Random = seeded(seed, 1);
  const sequences = drawSequences(sources, exponent, random);
  for (;;) {
    const chosen: Int32Array[] = [];
    for (let tokens = 0; tokens < batchTokens; tokens += chosen.at(-1)!.length) chosen.push(sequences.next().value);
    yield maskWords(pack(chosen, maxPositions), vocabulary, random);
  }
}
