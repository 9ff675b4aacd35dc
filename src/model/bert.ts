import type { Graph, Value } from '../onnx/graph.ts';
import type { Operators } from '../onnx/ops.ts';
import type { BertConfig } from './bert-config.ts';

/** A batch of packed rows: [rows, columns] int32 each, see packing.ts. */
export interface PackedInputs {
  inputIds: Value;
  positionIds: Value;
  segments: Value;
}

/** How a graph gets at its weights and changes what flows through it. */
export interface BertParts {
  /** A weight by its checkpoint name: frozen in the graph, or an input where it is trained. */
  weight: (name: string) => Value;
  /** The product of a linear layer in another form than the weights' own: x [n, in] gives x W' + b [n, out]. */
  linear?: (module: string, x: Value) => Value;
  /** softmax(scores) values in another way: [rows, heads, columns, columns] and [rows, heads, columns, head size]. */
  average?: (scores: Value, values: Value) => Value;
  /** What a linear layer's output becomes: LoRA adds its product here. `x` is the layer's input. */
  adapt?: (module: string, x: Value, y: Value) => Value;
  /** Training only: zeroes part of a value. */
  dropout?: (place: string, x: Value, probability: number) => Value;
}

const POOLER = 'bert.pooler.dense';

/** Added to the attention score of a token of another post; exp of it is exactly 0, in float16 too. */
const OTHER_POST = -6e4;

export function packedInputs(graph: Graph): PackedInputs {
  const shape = ['rows', 'columns'];
  return {
    inputIds: graph.input('input_ids', 'int32', shape),
    positionIds: graph.input('position_ids', 'int32', shape),
    segments: graph.input('segments', 'int32', shape),
  };
}

/**
 * BERT's encoder (Devlin et al. 2019; names and order of operations as transformers' BertModel) on packed rows, in plain
 * operators: contrib attention and SkipLayerNormalization are slower on CPU and missing on WebGPU.
 * Gives the last hidden states of the tokens at `wanted` (flat indices): [wanted, hidden]. What the last layer does after
 * its attention concerns each token alone, so it is done for these only: of posts' [CLS]s, three quarters of it are saved.
 * Null wants all.
 */
export function encoder(
  graph: Graph,
  op: Operators,
  config: BertConfig,
  inputs: PackedInputs,
  parts: BertParts,
  wanted: Value | null,
): Value {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  const headSize = hidden / heads;
  const drop = parts.dropout ?? ((_place: string, x: Value) => x);
  const project = (module: string, x: Value): Value => linear(op, module, x, parts);
  const norm = (module: string, x: Value): Value =>
    op.LayerNormalization(x, parts.weight(`${module}.weight`), parts.weight(`${module}.bias`), config.layer_norm_eps);

  const rows = op.Unsqueeze(op.Unsqueeze(inputs.segments, 1), 3);
  const columns = op.Unsqueeze(op.Unsqueeze(inputs.segments, 1), 2);
  const mask = op.Where(op.Equal(rows, columns), op.scalar(0), op.scalar(OTHER_POST));
  const perHead = (x: Value, perm: number[]): Value =>
    op.Transpose(op.Reshape(x, ['rows', 'columns', heads, headSize]), perm);

  const attention = (module: string, x: Value): Value => {
    const query = perHead(project(`${module}.self.query`, x), [0, 2, 1, 3]);
    const key = perHead(project(`${module}.self.key`, x), [0, 2, 3, 1]);
    const value = perHead(project(`${module}.self.value`, x), [0, 2, 1, 3]);
    // Next to the product, where onnxruntime makes it a part of it.
    const scores = op.Mul(op.MatMul(query, key), op.scalar(1 / Math.sqrt(headSize)));
    const average = (): Value => {
      const weights = op.Softmax(op.Add(scores, mask));
      return op.MatMul(drop(`${module}.self`, weights, config.attention_probs_dropout_prob), value);
    };
    const context = parts.average ? parts.average(op.Add(scores, mask), value) : average();
    return op.Reshape(op.Transpose(context, [0, 2, 1, 3]), ['tokens', hidden]);
  };
  const attentionOutput = (module: string, context: Value, x: Value): Value => {
    const projected = project(`${module}.output.dense`, context);
    return norm(
      `${module}.output.LayerNorm`,
      op.Add(drop(`${module}.output`, projected, config.hidden_dropout_prob), x),
    );
  };
  const feedForward = (module: string, x: Value): Value => {
    const inner = activation(op, config, project(`${module}.intermediate.dense`, x));
    const outer = drop(`${module}.output`, project(`${module}.output.dense`, inner), config.hidden_dropout_prob);
    return norm(`${module}.output.LayerNorm`, op.Add(outer, x));
  };

  const embeddings = 'bert.embeddings';
  const words = op.Gather(parts.weight(`${embeddings}.word_embeddings.weight`), inputs.inputIds);
  const positions = op.Gather(parts.weight(`${embeddings}.position_embeddings.weight`), inputs.positionIds);
  const type = op.Gather(parts.weight(`${embeddings}.token_type_embeddings.weight`), op.int32([], [0]));
  const summed = op.Reshape(op.Add(op.Add(words, type), positions), ['tokens', hidden]);
  let x = drop(embeddings, norm(`${embeddings}.LayerNorm`, summed), config.hidden_dropout_prob);
  for (let layer = 0; layer < config.num_hidden_layers; layer += 1) {
    const module = `bert.encoder.layer.${layer}`;
    const narrows = wanted !== null && layer === config.num_hidden_layers - 1;
    const kept = (all: Value): Value => (narrows ? op.Gather(all, wanted) : all);
    x = graph.scope(module, () => {
      const context = kept(attention(`${module}.attention`, x));
      return feedForward(module, attentionOutput(`${module}.attention`, context, kept(x)));
    });
  }
  return x;
}

/** tanh(dense([CLS])), the vector that BertForSequenceClassification classifies: [posts, hidden] of the [CLS]s' states. */
export function pooler(op: Operators, firstStates: Value, parts: BertParts): Value {
  return op.Tanh(linear(op, POOLER, firstStates, parts));
}

/** Which pieces a masked token may be: [candidates] int32, and what is added to each one's score. */
export interface Candidates {
  pieces: Value;
  offsets: Value;
}

/**
 * Scores of the candidates for the masked tokens, from their last states [masked, hidden]: [masked, candidates]. The
 * decoder is tied to the word embeddings. All of the vocabulary as candidates gives BertForMaskedLM's logits; a sample of it with the log of
 * each one's inverse probability as offset gives sampled softmax (Jean et al. 2015) at a fraction of the cost.
 */
export function maskedLanguageHead(
  op: Operators,
  config: BertConfig,
  maskedStates: Value,
  candidates: Candidates,
  parts: BertParts,
): Value {
  const head = 'cls.predictions';
  const dense = op.Gemm(
    maskedStates,
    parts.weight(`${head}.transform.dense.weight`),
    parts.weight(`${head}.transform.dense.bias`),
    { transB: 1 },
  );
  const transformed = op.LayerNormalization(
    activation(op, config, dense),
    parts.weight(`${head}.transform.LayerNorm.weight`),
    parts.weight(`${head}.transform.LayerNorm.bias`),
    config.layer_norm_eps,
  );
  const decoder = op.Gather(parts.weight('bert.embeddings.word_embeddings.weight'), candidates.pieces);
  const bias = op.Add(op.Gather(parts.weight(`${head}.bias`), candidates.pieces), candidates.offsets);
  return op.Gemm(transformed, decoder, bias, { transB: 1 });
}

function linear(op: Operators, module: string, x: Value, parts: BertParts): Value {
  const y =
    parts.linear?.(module, x) ??
    op.Gemm(x, parts.weight(`${module}.weight`), parts.weight(`${module}.bias`), { transB: 1 });
  return parts.adapt ? parts.adapt(module, x, y) : y;
}

function activation(op: Operators, config: BertConfig, x: Value): Value {
  switch (config.hidden_act) {
    case 'gelu':
      return op.Gelu(x);
    case 'relu':
      return op.Relu(x);
  }
}
