import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES, violations } from './architecture/rules.ts';
import { modulesOf, readTree } from './architecture/source-tree.ts';

const house = readTree(fileURLToPath(new URL('..', import.meta.url)));
const modules = modulesOf(house);

describe('the house', () => {
  it('is read whole', () => {
    expect(modules.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['src/domain/verdict.ts', 'src/main.ts', 'test/architecture.test.ts']),
    );
  });

  it.each(Object.keys(RULES))('%s', (name) => {
    expect(RULES[name]!(house, modules)).toEqual([]);
  });
});

/** A small house in order, to plant one fault at a time in. */
const SOUND = {
  'package.json': '{"scripts":{"check":"true"}}',
  'README.md':
    'See `src/domain/word.ts`, [the words](src/domain/), [elsewhere](https://example.org/x) and `npm run check`.',
  'src/main.ts': "import { run } from './commands/start.ts'; run();",
  'src/commands/start.ts': "import { Command } from 'commander'; export const run = () => new Command();",
  'src/pipeline/intake.ts': "import { rows } from '../store/rows.ts'; export const intake = () => rows;",
  'src/connectors/connector.ts': "import type { Word } from '../domain/word.ts'; export type Connector = Word;",
  'src/connectors/slack/card.ts': "import type { Connector } from '../connector.ts'; export type Card = Connector;",
  'src/connectors/discord/card.ts': 'export const card = 1;',
  'src/classifier/router.ts': "import { detect } from 'eld'; export const route = detect;",
  'src/trainer/train.ts': 'export const train = 1;',
  'src/store/rows.ts':
    "import { eq } from 'drizzle-orm/pg-core'; import { readFile } from 'node:fs/promises'; export const rows = [eq, readFile];",
  'src/domain/word.ts': 'export interface Word { text: string }',
  'test/store/rows.test.ts': "import { rows } from '../../src/store/rows.ts'; rows.at(0);",
};

const PLANTED: [fault: string, files: Record<string, string>, complaint: string][] = [
  [
    'an import of a higher floor',
    { 'src/store/rows.ts': "import { intake } from '../pipeline/intake.ts'; export const rows = intake;" },
    'src/store/rows.ts imports src/pipeline/intake.ts, a higher floor',
  ],
  [
    'an import of a higher floor for its types only',
    { 'src/store/rows.ts': "import type { Card } from '../connectors/slack/card.ts'; export type Row = Card;" },
    'src/store/rows.ts imports src/connectors/slack/card.ts, a higher floor',
  ],
  [
    'a higher floor in the type of a parameter',
    { 'src/store/rows.ts': "export const rows = (card: import('../connectors/slack/card.ts').Card) => card;" },
    'src/store/rows.ts imports src/connectors/slack/card.ts, a higher floor',
  ],
  [
    'a higher floor imported while running',
    { 'src/store/rows.ts': "export const rows = () => import('../pipeline/intake.ts');" },
    'src/store/rows.ts imports src/pipeline/intake.ts, a higher floor',
  ],
  [
    "a higher floor as a worker's file",
    { 'src/store/rows.ts': "export const rows = new Worker(new URL('../pipeline/intake.ts', import.meta.url));" },
    'src/store/rows.ts imports src/pipeline/intake.ts, a higher floor',
  ],
  [
    'strangers on one floor',
    { 'src/trainer/train.ts': "import { route } from '../classifier/router.ts'; export const train = route;" },
    'src/trainer/train.ts imports src/classifier/router.ts, a stranger on the same floor',
  ],
  [
    'runtime and domain knowing each other',
    { 'src/runtime/log.ts': "import type { Word } from '../domain/word.ts'; export type Log = Word;" },
    'src/runtime/log.ts imports src/domain/word.ts, a stranger on the same floor',
  ],
  [
    'a folder on no floor',
    { 'src/services/mail.ts': "import type { Word } from '../domain/word.ts'; export type Mail = Word;" },
    'src/services/mail.ts is in a folder that stands on no floor',
  ],
  [
    'one platform importing another',
    { 'src/connectors/slack/card.ts': "import { card } from '../discord/card.ts'; export const both = card;" },
    "src/connectors/slack/card.ts imports src/connectors/discord/card.ts, another platform's folder",
  ],
  [
    'what platforms share knowing one of them',
    { 'src/connectors/shared-card.ts': "import { card } from './discord/card.ts'; export const both = card;" },
    "src/connectors/shared-card.ts imports src/connectors/discord/card.ts, another platform's folder",
  ],
  [
    'a classifier that knows the database',
    { 'src/classifier/router.ts': "import { rows } from '../store/rows.ts'; export const route = rows;" },
    'src/classifier/router.ts imports src/store/rows.ts, which classifier/ does not know',
  ],
  [
    'a domain that imports a package',
    { 'src/domain/word.ts': "import { randomUUID } from 'node:crypto'; export const word = randomUUID;" },
    'src/domain/word.ts imports node:crypto',
  ],
  [
    'a package away from home',
    { 'src/pipeline/intake.ts': "import { eq } from 'drizzle-orm'; export const intake = eq;" },
    'src/pipeline/intake.ts imports drizzle-orm, whose home is src/store/',
  ],
  [
    'the types of a package away from home',
    { 'src/pipeline/intake.ts': "import type { PgBoss } from 'pg-boss'; export type Boss = PgBoss;" },
    'src/pipeline/intake.ts imports pg-boss, whose home is src/queue/',
  ],
  [
    'onnxruntime in a second file of its home',
    { 'src/model/bert.ts': "import * as ort from 'onnxruntime-node'; export const bert = ort;" },
    'src/model/bert.ts imports onnxruntime-node, whose home is src/model/ort.ts',
  ],
  [
    'a package without a home',
    { 'src/store/rows.ts': "import pad from 'left-pad'; export const rows = pad;" },
    'src/store/rows.ts imports left-pad, which has no home: give it one in the plan',
  ],
  [
    'a circle of types',
    {
      'src/store/rows.ts': "import type { B } from './columns.ts'; export type A = B; export const rows = [];",
      'src/store/columns.ts': "import type { A } from './rows.ts'; export type B = A;",
    },
    'src/store/rows.ts -> src/store/columns.ts -> src/store/rows.ts',
  ],
  ['a default export', { 'src/store/rows.ts': 'export default [];' }, 'src/store/rows.ts has a default export'],
  [
    'a default export by name',
    { 'src/store/rows.ts': 'const rows = 1; export { rows as default };' },
    'src/store/rows.ts has a default export',
  ],
  ['a barrel', { 'src/store/all.ts': "export { rows } from './rows.ts';" }, 'src/store/all.ts is a barrel'],
  [
    'a star export',
    { 'src/store/all.ts': "export * from './rows.ts'; export const more = 1;" },
    'src/store/all.ts is a barrel',
  ],
  [
    'a name that says nothing',
    { 'src/store/utils.ts': 'export const x = 1;' },
    'src/store/utils.ts: "utils.ts" says nothing about what is inside',
  ],
  [
    'a folder that says nothing',
    { 'src/store/common/row.ts': 'export const x = 1;' },
    'src/store/common/row.ts: "common" says nothing about what is inside',
  ],
  [
    'a name in camelCase',
    { 'src/store/allRows.ts': 'export const x = 1;' },
    'src/store/allRows.ts: "allRows.ts" is not kebab-case',
  ],
  [
    'a long file',
    { 'src/store/rows.ts': 'export const rows = 1;\n'.repeat(1) + '// row\n'.repeat(300) },
    'src/store/rows.ts has 301 lines: split it, or write "// over 300 lines: <reason>"',
  ],
  [
    'a long test with a comment that gives no reason',
    { 'test/store/rows.test.ts': '// over 300 lines: \n' + '// row\n'.repeat(300) },
    'test/store/rows.test.ts has 301 lines: split it, or write "// over 300 lines: <reason>"',
  ],
  [
    'an import of a file that is not there',
    { 'src/store/rows.ts': "import { x } from './columns.js'; export const rows = x;" },
    'src/store/rows.ts imports ./columns.js, which does not exist',
  ],
  [
    'a cited path that is not there',
    { 'README.md': 'See `src/domain/words.ts`.' },
    'README.md cites src/domain/words.ts',
  ],
  [
    'a link to a file that is not there',
    { 'src/store/ROWS.md': '[rows](./row.ts#L3)' },
    'src/store/ROWS.md cites ./row.ts',
  ],
  ['a cited script that is not there', { 'README.md': 'Run `npm run verify`.' }, 'README.md cites npm run verify'],
];

describe('a planted violation is caught', () => {
  const plant = (files: Record<string, string>) => violations(new Map(Object.entries({ ...SOUND, ...files })));

  it('and a house in order has none', () => {
    expect(plant({})).toEqual([]);
  });

  it.each(PLANTED)('%s', (_fault, files, complaint) => {
    expect(plant(files)).toContain(complaint);
  });

  it('a file that does not parse', () => {
    expect(plant({ 'src/store/rows.ts': 'export const = ;' })[0]).toMatch(/^src\/store\/rows\.ts: /);
  });

  it('but a long file that says why is left alone', () => {
    const text =
      '// over 300 lines: one table of operators, generated from the specification\n' + '// row\n'.repeat(300);
    expect(plant({ 'src/store/rows.ts': `${text}export const rows = 1;\n` })).toEqual([]);
  });
});
