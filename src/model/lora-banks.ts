import type { Graph, Value } from '../onnx/graph.ts';
import type { Dim } from '../onnx/model-proto.ts';
import type { Operators } from '../onnx/ops.ts';
import type { BertConfig } from './bert-config.ts';
import { adaptedModules } from './lora.ts';

/** What the banks of a serving graph look like. Adapters of lower rank fill their slot with zeros. */
export interface BankLayout {
  /** A name leaves it open, so that banks of a larger rank need no new session. */
  rank: Dim;
  /** Linear layers that any adapter may change, as the last parts of their names. */
  targets: readonly string[];
}

/**
 * y + B A x with the matrices of each token's own adapter, gathered from banks. The tokens are read block by block, each
 * block of one adapter, so posts of any adapters share a row: rows are packed as if there were one. What concerns posts
 * ([CLS]s) only is a block a post.
 */
export function bankedLora(
  graph: Graph,
  op: Operators,
  config: BertConfig,
  layout: BankLayout,
  postAdapter: Value,
): (module: string, x: Value, y: Value) => Value {
  const blockAdapter = graph.input('block_adapter', 'int32', ['blocks']);
  const blockTokens = graph.input('block_tokens', 'int32', ['blocks', 'width']);
  const tokenPlaces = graph.input('token_places', 'int32', ['tokens']);
  const banks = new Map(
    adaptedModules(config, layout.targets).map(({ module, inFeatures, outFeatures }) => [
      module,
      {
        down: graph.input(`lora_A.${module}`, 'float32', ['adapters', inFeatures, layout.rank]),
        up: graph.input(`lora_B.${module}`, 'float32', ['adapters', layout.rank, outFeatures]),
      },
    ]),
  );
  const inBlocks = new Map<Value, Value>();
  /** x in blocks, once for all layers that read it. */
  const blocksOf = (x: Value): Value => {
    let blocks = inBlocks.get(x);
    if (!blocks) inBlocks.set(x, (blocks = op.Gather(x, blockTokens)));
    return blocks;
  };
  return (module, x, y) => {
    const bank = banks.get(module);
    if (!bank) return y;
    const ofPosts = x.shape[0] === 'posts';
    const adapter = ofPosts ? postAdapter : blockAdapter;
    const [down, up] = [bank.down, bank.up].map((matrices) => op.asFloat(op.Gather(matrices, adapter)));
    const product = op.MatMul(op.MatMul(ofPosts ? op.Unsqueeze(x, 1) : blocksOf(x), down!), up!);
    if (ofPosts) return op.Add(y, op.Reshape(product, y.shape));
    return op.Add(y, op.Gather(op.Reshape(product, ['places', y.shape[1]!]), tokenPlaces));
  };
}
