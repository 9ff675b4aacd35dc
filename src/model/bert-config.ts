/** What of a checkpoint's config.json the graphs need, in transformers' spelling. */
export interface BertConfig {
  vocab_size: number;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  intermediate_size: number;
  hidden_act: 'gelu' | 'relu';
  hidden_dropout_prob: number;
  attention_probs_dropout_prob: number;
  max_position_embeddings: number;
  type_vocab_size: number;
  layer_norm_eps: number;
  initializer_range: number;
  pad_token_id: number;
}

export interface ParameterSpec {
  name: string;
  shape: number[];
}

/** Every weight of BertForSequenceClassification's encoder and pooler, in checkpoint order. */
export function encoderParameters(config: BertConfig): ParameterSpec[] {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const norm = (name: string): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [hidden] },
    { name: `${name}.bias`, shape: [hidden] },
  ];
  const linear = (name: string, outputs: number, inputs: number): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  const embeddings = 'bert.embeddings';
  const specs: ParameterSpec[] = [
    { name: `${embeddings}.word_embeddings.weight`, shape: [config.vocab_size, hidden] },
    { name: `${embeddings}.position_embeddings.weight`, shape: [config.max_position_embeddings, hidden] },
    { name: `${embeddings}.token_type_embeddings.weight`, shape: [config.type_vocab_size, hidden] },
    ...norm(`${embeddings}.LayerNorm`),
  ];
  for (let i = 0; i < config.num_hidden_layers; i += 1) {
    const layer = `bert.encoder.layer.${i}`;
    specs.push(
      ...linear(`${layer}.attention.self.query`, hidden, hidden),
      ...linear(`${layer}.attention.self.key`, hidden, hidden),
      ...linear(`${layer}.attention.self.value`, hidden, hidden),
      ...linear(`${layer}.attention.output.dense`, hidden, hidden),
      ...norm(`${layer}.attention.output.LayerNorm`),
      ...linear(`${layer}.intermediate.dense`, inner, hidden),
      ...linear(`${layer}.output.dense`, hidden, inner),
      ...norm(`${layer}.output.LayerNorm`),
    );
  }
  return [...specs, ...linear('bert.pooler.dense', hidden, hidden)];
}

/** The classification head: two classes, not polarized and polarized. */
export function classifierParameters(config: BertConfig): ParameterSpec[] {
  return [
    { name: 'classifier.weight', shape: [2, config.hidden_size] },
    { name: 'classifier.bias', shape: [2] },
  ];
}

/** The masked-language-model head; its decoder is the word embeddings. */
export function maskedLanguageParameters(config: BertConfig): ParameterSpec[] {
  const head = 'cls.predictions';
  return [
    { name: `${head}.transform.dense.weight`, shape: [config.hidden_size, config.hidden_size] },
    { name: `${head}.transform.dense.bias`, shape: [config.hidden_size] },
    { name: `${head}.transform.LayerNorm.weight`, shape: [config.hidden_size] },
    { name: `${head}.transform.LayerNorm.bias`, shape: [config.hidden_size] },
    { name: `${head}.bias`, shape: [config.vocab_size] },
  ];
}
