/** The house plan as data: which folder stands on which floor, and where each package lives. */

/** Lowest first. A file imports its own folder and lower floors; folders of one floor are strangers. */
export const FLOORS: readonly (readonly string[])[] = [
  ['domain', 'runtime'],
  ['store', 'onnx', 'words'],
  ['queue', 'model'],
  ['connectors', 'classifier', 'trainer', 'console'],
  ['pipeline'],
  ['roles'],
  ['commands', 'main.ts'],
];

/** Lower floors that a folder must not know all the same: whoever computes knows no database. */
export const UNKNOWN_TO: Readonly<Record<string, readonly string[]>> = {
  model: ['store'],
  queue: ['onnx'],
  classifier: ['store', 'queue'],
  trainer: ['store', 'queue'],
};

/** The only folder or file under src/ that may import a package, types included. */
export const HOMES: Readonly<Record<string, string>> = {
  '@electric-sql/pglite': 'store/',
  '@hono/node-server': 'console/',
  '@huggingface/hub': 'model/hub.ts',
  '@huggingface/tokenizers': 'model/tokenizer.ts',
  '@slack/bolt': 'connectors/slack/',
  commander: 'commands/',
  '@discordjs/ws': 'connectors/discord/',
  'discord.js': 'connectors/discord/',
  'drizzle-orm': 'store/',
  eld: 'classifier/',
  hono: 'console/',
  'intl-messageformat': 'words/',
  'onnxruntime-node': 'model/ort.ts',
  pg: 'store/',
  'pg-boss': 'queue/',
  'prom-client': 'runtime/metrics.ts',
};

/** Lines above which a file is split, or says in a comment `over 300 lines: <reason>`. */
export const LONGEST_FILE = 300;

/** Names that say nothing about what is inside. */
export const EMPTY_NAMES = /^(utils?|helpers?|common|shared|misc|index|lib|types)(\.|$)/;
