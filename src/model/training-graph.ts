import { gradients } from '../onnx/gradient.ts';
import { Graph, type BuiltModel, type Value } from '../onnx/graph.ts';
import type { Dim } from '../onnx/model-proto.ts';
import { operators } from '../onnx/ops.ts';
import type { Tensor } from '../onnx/tensor.ts';
import {
  classifierParameters,
  encoderParameters,
  maskedLanguageParameters,
  type BertConfig,
  type ParameterSpec,
} from './bert-config.ts';
import { bottleneckAdapt, bottleneckParameters, type BottleneckSettings } from './bottleneck.ts';
import { encoder, maskedLanguageHead, packedInputs, pooler, type BertParts } from './bert.ts';
import { loraAdapt, loraParameters, type LoraSettings } from './lora.ts';

/** `classification`: polarized or not, from each post's [CLS]; `masked-language-model`: the hidden tokens, from the rest. */
export type Objective = 'classification' | 'masked-language-model';

/** What is trained: every weight, or what an adapter adds to a frozen base, and the classification head. */
export type Method = 'full' | { lora: LoraSettings } | { bottleneck: BottleneckSettings };

export interface TrainingPlan {
  config: BertConfig;
  objective: Objective;
  method: Method;
  /** The frozen weights by checkpoint name; `full` needs none. */
  base?: ReadonlyMap<string, Tensor>;
  /**
   * How graphs come by these: as inputs (default) they lie in memory once, for any number of graphs, but a GPU would be sent
   * all of them with every run; as constants each session has its own copy, where it runs.
   */
  frozenAs?: 'inputs' | 'constants';
}

/** The one weight of which a graph takes the rows that a batch uses, in place of all: [pieces, hidden]. */
export const WORD_EMBEDDINGS = 'bert.embeddings.word_embeddings.weight';

/** An input that zeroes part of a value: 0 with the given probability, else 1 / (1 - probability). */
export interface DropoutInput {
  name: string;
  shape: readonly Dim[];
  probability: number;
}

export interface TrainingGraph {
  /**
   * Inputs: `input_ids`, `position_ids`, `segments` [rows, columns]; `targets` [targets], flat indices of the posts' [CLS] or
   * of the masked tokens; `labels` and `shares` [targets], what each is and what part of the loss it has; for the language
   * model `candidates` and `candidate_offsets` [candidates], which the labels count in; every weight by name, trained or
   * frozen, so that both graphs use one copy in memory; the dropout inputs. `input_ids` and `candidates` are rows of the
   * word embeddings given. Outputs: `loss` [], and `gradient/<name>` of each trained weight's shape.
   */
  step: BuiltModel;
  /** The same without dropout and gradients: output `logits` [targets, classes]. */
  forward: BuiltModel;
  trained: ParameterSpec[];
  /** Names of the inputs that the graphs take from the base as they are. */
  frozen: string[];
  dropouts: DropoutInput[];
}

export function buildTrainingGraph(plan: TrainingPlan): TrainingGraph {
  const trained = trainedParameters(plan);
  const dropouts: DropoutInput[] = [];
  const step = new Graph('training-step');
  const { logits, weights } = lossInputs(step, plan, trained, dropouts);
  const isTrained = new Set(trained.map(({ name }) => name));
  const isInput = new Set(step.inputs.map(({ name }) => name));
  const frozen = [...weights.keys()].filter((name) => isInput.has(name) && !isTrained.has(name));
  const op = operators(step);
  const labels = step.input('labels', 'int32', ['targets']);
  const shares = step.input('shares', 'float32', ['targets']);
  const loss = op.ReduceSum(op.Mul(op.SoftmaxCrossEntropyLoss(logits, labels), shares), [0], false);
  step.output('loss', loss);
  const targets = trained.map(({ name }) => weights.get(name)!);
  gradients(step, loss, targets).forEach((gradient, i) => step.output(`gradient/${trained[i]!.name}`, gradient));

  const forward = new Graph('forward');
  forward.output('logits', lossInputs(forward, plan, trained, null).logits);
  return { step: step.build(), forward: forward.build(), trained, frozen, dropouts };
}

/** Every weight that the plan trains, with its shape. */
export function trainedParameters({ config, objective, method }: TrainingPlan): ParameterSpec[] {
  if (method !== 'full') {
    const added =
      'lora' in method ? loraParameters(config, method.lora) : bottleneckParameters(config, method.bottleneck);
    return [...added, ...classifierParameters(config)];
  }
  if (objective === 'classification') return [...encoderParameters(config), ...classifierParameters(config)];
  // The pooler sees nothing of this objective.
  const encoderOnly = encoderParameters(config).filter(({ name }) => !name.startsWith('bert.pooler.'));
  return [...encoderOnly, ...maskedLanguageParameters(config)];
}

function lossInputs(
  graph: Graph,
  plan: TrainingPlan,
  trained: readonly ParameterSpec[],
  dropouts: DropoutInput[] | null,
): { logits: Value; weights: Map<string, Value> } {
  const op = operators(graph);
  const weights = new Map<string, Value>();
  const inputs = packedInputs(graph);
  const targets = graph.input('targets', 'int32', ['targets']);
  const declare = (name: string, shape: readonly number[]): Value => {
    const value = graph.input(name, 'float32', name === WORD_EMBEDDINGS ? ['pieces', shape[1]!] : shape);
    weights.set(name, value);
    return value;
  };
  for (const { name, shape } of trained) declare(name, shape);
  const weight = (name: string): Value => {
    const known = weights.get(name);
    if (known) return known;
    const tensor = plan.base?.get(name);
    if (!tensor) throw new RangeError(`the training graph needs the weight ${name}`);
    if (plan.frozenAs !== 'constants' || name === WORD_EMBEDDINGS) return declare(name, tensor.shape);
    const value = graph.parameter(name, tensor);
    weights.set(name, value);
    return value;
  };
  const dropout = (place: string, x: Value, probability: number): Value => {
    if (!dropouts || probability === 0) return x;
    const name = `dropout/${place}`;
    dropouts.push({ name, shape: x.shape, probability });
    return op.Mul(x, graph.input(name, 'float32', x.shape));
  };
  const parts: BertParts = { weight, dropout };
  const { method } = plan;
  if (method !== 'full')
    parts.adapt =
      'lora' in method
        ? loraAdapt(op, method.lora, weight, dropout)
        : bottleneckAdapt(op, plan.config, method.bottleneck, weight);
  const hidden = encoder(graph, op, plan.config, inputs, parts, targets);
  if (plan.objective === 'masked-language-model') {
    const candidates = {
      pieces: graph.input('candidates', 'int32', ['candidates']),
      offsets: graph.input('candidate_offsets', 'float32', ['candidates']),
    };
    return { logits: maskedLanguageHead(op, plan.config, hidden, candidates, parts), weights };
  }
  const pooled = dropout('classifier', pooler(op, hidden, parts), plan.config.hidden_dropout_prob);
  const logits = op.Gemm(pooled, weight('classifier.weight'), weight('classifier.bias'), { transB: 1 });
  return { logits, weights };
}
