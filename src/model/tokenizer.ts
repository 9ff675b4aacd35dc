import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { messageOf } from '../runtime/errors.ts';
import { bertWords } from './bert-words.ts';
import { unfitModel } from './model-file.ts';
import { readTokenizerFiles, specialTokens, tokenizerJson } from './tokenizer-files.ts';
import type { TokenizerFiles, TokenizerJson } from './tokenizer-files.ts';
import { wordPieces } from './wordpiece.ts';

/** Text to token ids, equal to Hugging Face's. Takes any string: NUL and lone surrogates are cleaned, never an error. */
export interface Tokenizer {
  /** The ids of a text between [CLS] and [SEP], not truncated. */
  encode: (text: string) => Int32Array;
  /** The token of an id (`##ing`, `[MASK]`), undefined where the vocabulary has none. */
  tokenOf(id: number): string | undefined;
  /** The id of a token, undefined where the vocabulary has none. */
  idOf(token: string): number | undefined;
  /** One more than the highest id. */
  vocabSize: number;
  padId: number;
  unkId: number;
  clsId: number;
  sepId: number;
  maskId: number;
}

/**
 * The tokenizer of a model's folder: its tokenizer.json, or else its vocab.txt with tokenizer_config.json
 * (do_lower_case, strip_accents, tokenize_chinese_chars). Throws where files are missing or wrong, naming them.
 * `modelVocabSize`: how many tokens the model has embeddings of; a tokenizer with more is refused.
 */
export async function openTokenizer(folder: string, modelVocabSize = Infinity): Promise<Tokenizer> {
  const tokenizer = buildTokenizer(await readTokenizerFiles(folder), folder);
  if (tokenizer.vocabSize <= modelVocabSize) return tokenizer;
  throw unfitModel(
    `The tokenizer of ${folder} has ${tokenizer.vocabSize} tokens, but the model knows ${modelVocabSize} (vocab_size)`,
    "Use the tokenizer files that came with the model's weights.",
  );
}

/** As `openTokenizer`, from files in memory. `folder` is what errors call the place they are from. */
export function buildTokenizer(files: TokenizerFiles, folder: string): Tokenizer {
  const json = tokenizerJson(files, folder);
  const ids = vocabularyOf(json);
  const names = specialTokens(files, folder, (token) => ids.has(token));
  const tokens: string[] = [];
  for (const [token, id] of ids) tokens[id] = token;
  const idOfRole = (token: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw unfitModel(
      `The tokenizer of ${folder} lacks the token ${token}`,
      'Its tokenizer_config.json must name the pad, unk, cls, sep and mask tokens of its vocabulary.',
    );
  };
  const tokenizer = {
    tokenOf: (id: number) => tokens[id],
    idOf: (token: string) => ids.get(token),
    vocabSize: tokens.length,
    padId: idOfRole(names.pad_token),
    unkId: idOfRole(names.unk_token),
    clsId: idOfRole(names.cls_token),
    sepId: idOfRole(names.sep_token),
    maskId: idOfRole(names.mask_token),
  };
  const encode = isBertPipeline(json, names.cls_token, names.sep_token)
    ? bertEncoder(json, ids, tokenizer)
    : packageEncoder(json, folder);
  return { ...tokenizer, encode };
}

/** Every token's id, the added ones' included. Vocabularies are an object (WordPiece) or a list with scores (Unigram). */
function vocabularyOf({ model, added_tokens: added }: TokenizerJson): Map<string, number> {
  const ids = new Map<string, number>(
    Array.isArray(model.vocab) ? model.vocab.map(([token], id) => [token, id]) : Object.entries(model.vocab),
  );
  for (const { content, id } of added) ids.set(content, id);
  return ids;
}

/** Whether `bertEncoder` does exactly what the tokenizer.json asks for. */
function isBertPipeline(json: TokenizerJson, cls: string, sep: string): boolean {
  const { normalizer, pre_tokenizer: preTokenizer, post_processor: postProcessor, model } = json;
  return (
    normalizer?.type === 'BertNormalizer' &&
    normalizer.clean_text === true &&
    preTokenizer?.type === 'BertPreTokenizer' &&
    model.type === 'WordPiece' &&
    json.added_tokens.every((token) => token.normalized === false && token.single_word !== true) &&
    ((postProcessor?.type === 'BertProcessing' &&
      firstOf(postProcessor.cls) === cls &&
      firstOf(postProcessor.sep) === sep) ||
      (postProcessor?.type === 'TemplateProcessing' && templateOf(postProcessor.single) === `${cls} $A ${sep}`))
  );
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function templateOf(template: unknown): string {
  const items = template as { SpecialToken?: { id: string }; Sequence?: { id: string } }[];
  return items.map((item) => item.SpecialToken?.id ?? `$${item.Sequence?.id}`).join(' ');
}

/**
 * BERT's pipeline by this project's own parts. On POLAR's dev posts the package's made 8,800 posts/s, these 20,000 with
 * an empty cache and 100,000 with a warm one; nor does the package split CJK characters beyond U+FFFF or have the
 * reference's character classes.
 */
function bertEncoder(
  { normalizer, model, added_tokens: added }: TokenizerJson,
  ids: ReadonlyMap<string, number>,
  { clsId, sepId, unkId }: { clsId: number; sepId: number; unkId: number },
): (text: string) => Int32Array {
  const lowercase = normalizer!.lowercase === true;
  const settings = {
    lowercase,
    stripAccents: (normalizer!.strip_accents ?? lowercase) === true,
    splitCjk: normalizer!.handle_chinese_chars === true,
  };
  const pieces = wordPieces({
    vocabulary: ids,
    unknownId: unkId,
    continuingPrefix: (model.continuing_subword_prefix as string | undefined) ?? '##',
    maxWordLength: (model.max_input_chars_per_word as number | undefined) ?? 100,
  });
  const addedIds = new Map(added.map(({ content, id }) => [content, id]));
  const splitAdded = addedTokensPattern(addedIds.keys());
  return (text) => {
    const out = [clsId];
    for (const section of splitAdded ? text.split(splitAdded) : [text]) {
      const addedId = addedIds.get(section);
      if (addedId !== undefined) out.push(addedId);
      else for (const word of bertWords(section, settings)) for (const id of pieces(word)) out.push(id);
    }
    out.push(sepId);
    return Int32Array.from(out);
  };
}

/** Splits a text at added tokens and keeps them, the longest of those that start at one place. */
function addedTokensPattern(contents: Iterable<string>): RegExp | undefined {
  const longestFirst = [...contents].filter((content) => content !== '').sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return undefined;
  return new RegExp(`(${longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')})`);
}

/** Any other pipeline (BERT models with an XLM-RoBERTa vocabulary have one) by Hugging Face's package. */
function packageEncoder(json: TokenizerJson, folder: string): (text: string) => Int32Array {
  try {
    const tokenizer = new HuggingFaceTokenizer(json, {});
    return (text) => Int32Array.from(tokenizer.encode(text.toWellFormed()).ids);
  } catch (error) {
    throw unfitModel(
      `${join(folder, 'tokenizer.json')} cannot be used: ${messageOf(error)}`,
      'BERT models with a WordPiece, Unigram or BPE tokenizer.json, or a vocab.txt, are supported.',
      error,
    );
  }
}
