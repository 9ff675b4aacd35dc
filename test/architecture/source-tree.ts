import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** Files by their path from the repository's root, with `/`. What exists but is not read has an empty text. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  /** As written: `./message.ts`, `pg`, `node:fs`. */
  specifier: string;
  /** The file it names, or null for packages and Node's own modules. */
  file: string | null;
  /** Gone at run time: `import type`, `export type`, `import('…').Type`. */
  isType: boolean;
}

export interface Module {
  path: string;
  lines: number;
  text: string;
  imports: Import[];
  /** The syntax error that kept the file from being read, if any. */
  broken: string | null;
  exportsDefault: boolean;
  /** It exports only what other files export, or everything of another file. */
  isBarrel: boolean;
}

const NOT_OURS = new Set(['.git', 'node_modules', 'data', 'dist', 'coverage', '.cache']);
const READ = /\.(ts|md|json)$/;

export function readTree(root: string): Tree {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (folder === '' && NOT_OURS.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else files.set(path, READ.test(path) ? readFileSync(join(root, path), 'utf8') : '');
    }
  };
  walk('');
  return files;
}

export function modulesOf(tree: Tree): Module[] {
  return [...tree]
    .filter(([path]) => /^(src|test)\/.*\.ts$/.test(path) && !path.startsWith('test/fixtures/'))
    .map(([path, text]) => parseModule(path, text));
}

function parseModule(path: string, text: string): Module {
  const { module, program, errors } = parseSync(path, text);
  const found: { specifier: string; isType: boolean }[] = [];

  for (const { moduleRequest, entries } of module.staticImports) {
    found.push({
      specifier: moduleRequest.value,
      isType: entries.length > 0 && entries.every((entry) => entry.isType),
    });
  }
  const exported = module.staticExports.flatMap(({ entries }) => entries);
  for (const { moduleRequest, isType } of exported) {
    if (moduleRequest !== null) found.push({ specifier: moduleRequest.value, isType });
  }
  let exportsDefault = exported.some((entry) => entry.exportName.name === 'default');
  new Visitor({
    ExportDefaultDeclaration() {
      exportsDefault = true;
    },
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string') {
        found.push({ specifier: source.value, isType: false });
      }
    },
    TSImportType({ source }) {
      found.push({ specifier: source.value, isType: true });
    },
    // How a worker thread's file is named: new URL('./worker.ts', import.meta.url).
    NewExpression({ callee, arguments: [first] }) {
      const names = callee.type === 'Identifier' && callee.name === 'URL' && first?.type === 'Literal';
      if (names && typeof first.value === 'string' && /^\.{1,2}\/.*\.ts$/.test(first.value)) {
        found.push({ specifier: first.value, isType: false });
      }
    },
  }).visit(program);

  const everything = exported.some((entry) => entry.moduleRequest !== null && entry.exportName.name === null);
  return {
    path,
    text,
    lines: text.trimEnd().split('\n').length,
    imports: found.map((each) => ({ ...each, file: fileNamed(path, each.specifier) })),
    broken: errors[0]?.message ?? null,
    exportsDefault,
    isBarrel: everything || (exported.length > 0 && exported.every((entry) => entry.moduleRequest !== null)),
  };
}

function fileNamed(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null;
}

/** `@scope/name/part` -> `@scope/name`; null for files and for Node's own modules. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
