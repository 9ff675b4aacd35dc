import { INDEX, WHOLE } from './checkpoint-weights.ts';
import { unfitModel } from './model-file.ts';

const TOKENIZER_SETTINGS = ['tokenizer_config.json', 'special_tokens_map.json'];

/**
 * Of a repository's files, those that a BERT needs, the small ones first; the shards of an index are not among them.
 * Throws where one is missing. `model` is what errors call it.
 */
export function bertFiles(names: Iterable<string>, model: string): string[] {
  const has = new Set(names);
  if (!has.has('config.json')) throw unfitModel(`${model} has no config.json`, NO_MODEL);
  const tokenizer = ['tokenizer.json', 'vocab.txt'].find((name) => has.has(name));
  if (tokenizer === undefined)
    throw unfitModel(`${model} has no tokenizer: neither tokenizer.json nor vocab.txt is in it`, NO_MODEL);
  const weights = [WHOLE, INDEX].find((name) => has.has(name));
  if (weights === undefined) throw withoutWeights([...has], model);
  return ['config.json', ...TOKENIZER_SETTINGS.filter((name) => has.has(name)), tokenizer, weights];
}

const NO_MODEL = 'Supported are encoders of the BERT architecture with their tokenizer and model.safetensors.';

function withoutWeights(names: readonly string[], model: string): Error {
  const pickle = names.find((name) => /^pytorch_model.*\.bin$/.test(name));
  if (pickle === undefined) return unfitModel(`${model} has no weights: model.safetensors is not in it`, NO_MODEL);
  return unfitModel(
    `${model} has its weights as ${pickle} only, a pickle, which could run any code when it is read`,
    `Pull a revision with model.safetensors (the hub's converter opens a pull request, so @refs/pr/1 may have it), or ` +
      'save the model with transformers, `model.save_pretrained(folder)`, and give that folder as --base.',
  );
}
