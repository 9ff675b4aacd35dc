import type { BertConfig } from './bert-config.ts';
import { unfitModel } from './model-file.ts';

const SIZES = [
  'vocab_size',
  'hidden_size',
  'num_hidden_layers',
  'num_attention_heads',
  'intermediate_size',
  'max_position_embeddings',
] as const;

const ACTIVATIONS: readonly string[] = ['gelu', 'relu'] satisfies BertConfig['hidden_act'][];

/**
 * The settings of a checkpoint's config.json, with transformers' defaults for what it leaves out. Throws for what is
 * not BERT or not supported, naming the file, the setting and what is. `path` is what errors call the file.
 */
export function parseBertConfig(fields: Record<string, unknown>, path: string): BertConfig {
  const type = fields.model_type ?? typeOfArchitecture(fields.architectures);
  if (type !== 'bert') throw refused(path, `is of a model of type ${JSON.stringify(type)}, expected "bert"`);
  const number = (
    name: string,
    fallback: number | undefined,
    valid: (value: number) => boolean,
    what: string,
  ): number => {
    const value = fields[name] ?? fallback;
    if (typeof value === 'number' && valid(value)) return value;
    throw refused(path, `has ${name} ${JSON.stringify(value)}, expected ${what}`);
  };
  const isSize = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const sizes = Object.fromEntries(
    SIZES.map((name) => [name, number(name, undefined, isSize, 'a positive whole number')]),
  ) as Record<(typeof SIZES)[number], number>;
  if (sizes.hidden_size % sizes.num_attention_heads !== 0)
    throw refused(
      path,
      `has hidden_size ${sizes.hidden_size}, expected a multiple of num_attention_heads ${sizes.num_attention_heads}`,
    );
  const activation = fields.hidden_act ?? 'gelu';
  if (!ACTIVATIONS.includes(activation as string))
    throw refused(path, `has hidden_act ${JSON.stringify(activation)}, expected one of ${ACTIVATIONS.join(', ')}`);
  for (const [name, plain] of [
    ['position_embedding_type', 'absolute'],
    ['is_decoder', false],
    ['add_cross_attention', false],
  ] as const)
    if ((fields[name] ?? plain) !== plain)
      throw refused(path, `has ${name} ${JSON.stringify(fields[name])}, expected ${JSON.stringify(plain)}`);
  const isProbability = (value: number): boolean => value >= 0 && value < 1;
  const probability = (name: string): number => number(name, 0.1, isProbability, 'a probability below 1');
  return {
    ...sizes,
    hidden_act: activation as BertConfig['hidden_act'],
    hidden_dropout_prob: probability('hidden_dropout_prob'),
    attention_probs_dropout_prob: probability('attention_probs_dropout_prob'),
    type_vocab_size: number('type_vocab_size', 2, isSize, 'a positive whole number'),
    layer_norm_eps: number('layer_norm_eps', 1e-12, (value) => value > 0, 'a positive number'),
    initializer_range: number('initializer_range', 0.02, (value) => value > 0, 'a positive number'),
    pad_token_id: number('pad_token_id', 0, (value) => Number.isSafeInteger(value) && value >= 0, 'a token id'),
  };
}

/** The config.json of a checkpoint that has the given tensors, as transformers reads it. */
export function formatBertConfig(config: BertConfig, tensorNames: Iterable<string>, dtype: 'F32' | 'F16'): string {
  const names = new Set(tensorNames);
  const labels = names.has('classifier.weight')
    ? {
        id2label: { 0: 'not polarized', 1: 'polarized' },
        label2id: { 'not polarized': 0, polarized: 1 },
      }
    : {};
  const architecture = names.has('classifier.weight')
    ? 'BertForSequenceClassification'
    : names.has('cls.predictions.bias')
      ? 'BertForMaskedLM'
      : 'BertModel';
  return `${JSON.stringify(
    {
      architectures: [architecture],
      model_type: 'bert',
      ...config,
      ...labels,
      position_embedding_type: 'absolute',
      torch_dtype: dtype === 'F16' ? 'float16' : 'float32',
    },
    null,
    2,
  )}\n`;
}

/** The first BERT checkpoints have no model_type; BertForMaskedLM and its like say it by their name. */
function typeOfArchitecture(architectures: unknown): unknown {
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  if (first === undefined) return undefined;
  return typeof first === 'string' && /^Bert(Model|For)/.test(first) ? 'bert' : first;
}

function refused(path: string, what: string): Error {
  return unfitModel(
    `${path} ${what}`,
    `Supported are encoders of the BERT architecture (model_type bert, absolute positions, ${ACTIVATIONS.join(' or ')}).`,
  );
}
