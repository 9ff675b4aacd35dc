import { join } from 'node:path';
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';

/** What makes a tokenizer, of which a folder holds the first or the second and perhaps the others. */
const TOKENIZER_FILES = ['tokenizer.json', 'vocab.txt', 'tokenizer_config.json', 'special_tokens_map.json'] as const;

/** A tokenizer's files by name, as they are on disk: enough to build it and to save it elsewhere. */
export type TokenizerFiles = ReadonlyMap<string, Uint8Array>;

/** The parts of a tokenizer.json that this project reads itself. */
export interface TokenizerJson {
  added_tokens: AddedToken[];
  normalizer: Component | null;
  pre_tokenizer: Component | null;
  post_processor: Component | null;
  decoder: Component | null;
  model: Component & { vocab: Record<string, number> | [string, number][] };
}

export interface AddedToken {
  id: number;
  content: string;
  single_word?: boolean;
  normalized?: boolean;
}

export type Component = { type: string } & Record<string, unknown>;

/** The tokens with a part to play, in the names of tokenizer_config.json. */
export const SPECIAL_ROLES = ['pad_token', 'unk_token', 'cls_token', 'sep_token', 'mask_token'] as const;
export type SpecialRole = (typeof SPECIAL_ROLES)[number];

const BERT_SPECIAL_TOKENS: Record<SpecialRole, string> = {
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  cls_token: '[CLS]',
  sep_token: '[SEP]',
  mask_token: '[MASK]',
};

/** Names that BERT models with an XLM-RoBERTa vocabulary give them. */
const XLM_SPECIAL_TOKENS: Record<SpecialRole, string> = {
  pad_token: '<pad>',
  unk_token: '<unk>',
  cls_token: '<s>',
  sep_token: '</s>',
  mask_token: '<mask>',
};

/** The tokenizer files of a model's folder. Throws where it has neither tokenizer.json nor vocab.txt. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const files = new Map<string, Uint8Array>();
  for (const name of TOKENIZER_FILES) {
    const bytes = await readModelFile(join(folder, name));
    if (bytes) files.set(name, bytes);
  }
  if (!files.has('tokenizer.json') && !files.has('vocab.txt'))
    throw unfitModel(
      `${folder} has no tokenizer: neither tokenizer.json nor vocab.txt is in it`,
      'Give the folder of a complete Hugging Face model.',
    );
  return files;
}

/** The files of a BERT tokenizer with the given vocabulary, a token for each id. Cased unless the settings say otherwise. */
export function vocabularyFiles(
  tokens: readonly string[],
  settings: { do_lower_case?: boolean; strip_accents?: boolean; tokenize_chinese_chars?: boolean } = {},
): TokenizerFiles {
  const config = { tokenizer_class: 'BertTokenizer', do_lower_case: false, ...settings };
  return new Map([
    ['vocab.txt', Buffer.from(`${tokens.join('\n')}\n`)],
    ['tokenizer_config.json', Buffer.from(`${JSON.stringify(config, null, 2)}\n`)],
  ]);
}

/** tokenizer.json as it is in the files, or as transformers would build it for BERT from vocab.txt and its settings. */
export function tokenizerJson(files: TokenizerFiles, folder: string): TokenizerJson {
  const json = files.get('tokenizer.json');
  if (!json) return bertTokenizerJson(files, folder);
  const parsed = parseModelJson(json, join(folder, 'tokenizer.json'));
  const model = parsed.model as { vocab?: unknown } | undefined;
  if (typeof model?.vocab !== 'object' || model.vocab === null)
    throw unfitModel(`${join(folder, 'tokenizer.json')} has no model with a vocabulary`, 'Get the file anew.');
  return {
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...parsed,
    added_tokens: (parsed.added_tokens ?? []) as AddedToken[],
    model: typedModel(model as Partial<TokenizerJson['model']>),
  };
}

/** The first tokenizer.json files, BERT's among them, do not say of what type their model is. */
function typedModel(model: Partial<TokenizerJson['model']>): TokenizerJson['model'] {
  const isWordPiece = model.type === undefined && 'max_input_chars_per_word' in model;
  return { ...model, ...(isWordPiece && { type: 'WordPiece' }) } as TokenizerJson['model'];
}

/** The name of each special token: as the settings say, else XLM-RoBERTa's where the vocabulary has it, else BERT's. */
export function specialTokens(
  files: TokenizerFiles,
  folder: string,
  has: (token: string) => boolean,
): Record<SpecialRole, string> {
  const settings = { ...settingsOf(files, folder, 'special_tokens_map.json'), ...settingsOf(files, folder) };
  const nameOf = (role: SpecialRole): string => {
    const given = settings[role];
    if (typeof given === 'string') return given;
    const content = (given as { content?: unknown } | null | undefined)?.content;
    if (typeof content === 'string') return content;
    return has(XLM_SPECIAL_TOKENS[role]) ? XLM_SPECIAL_TOKENS[role] : BERT_SPECIAL_TOKENS[role];
  };
  return Object.fromEntries(SPECIAL_ROLES.map((role) => [role, nameOf(role)])) as Record<SpecialRole, string>;
}

function bertTokenizerJson(files: TokenizerFiles, folder: string): TokenizerJson {
  const settings = settingsOf(files, folder);
  const vocabulary = parseVocabulary(files.get('vocab.txt')!);
  const names = specialTokens(files, folder, (token) => vocabulary.has(token));
  const added = SPECIAL_ROLES.map((role) => {
    const id = vocabulary.get(names[role]);
    if (id === undefined)
      throw unfitModel(
        `${join(folder, 'vocab.txt')} lacks the token ${names[role]} (${role})`,
        'Get the file anew: BERT needs [PAD], [UNK], [CLS], [SEP] and [MASK] in its vocabulary.',
      );
    return { id, content: names[role], normalized: false };
  });
  const special = (token: string, typeId = 0) => ({ SpecialToken: { id: token, type_id: typeId } });
  const single = [special(names.cls_token), { Sequence: { id: 'A', type_id: 0 } }, special(names.sep_token)];
  return {
    added_tokens: added.sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars ?? true,
      strip_accents: settings.strip_accents ?? null,
      // transformers' default, too: an uncased BERT's settings may leave it out, a cased one's never do.
      lowercase: settings.do_lower_case ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'TemplateProcessing', single, pair: [], special_tokens: {} },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: names.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}

/** Token to id: a line each, its number the id. Only \n ends a line: the vocabulary itself has other separators. */
function parseVocabulary(bytes: Uint8Array): Map<string, number> {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((line, id) => [line.replace(/\r$/, ''), id]));
}

function settingsOf(files: TokenizerFiles, folder: string, name = 'tokenizer_config.json'): Record<string, unknown> {
  const bytes = files.get(name);
  return bytes ? parseModelJson(bytes, join(folder, name)) : {};
}
