import { posix } from 'node:path';
import { EMPTY_NAMES, FLOORS, HOMES, LONGEST_FILE, UNKNOWN_TO } from './plan.ts';
import { modulesOf, packageOf } from './source-tree.ts';
import type { Module, Tree } from './source-tree.ts';

/** Each rule names what breaks it, one sentence a violation; an empty list is a pass. */
export type Rule = (tree: Tree, modules: readonly Module[]) => string[];

export const RULES: Readonly<Record<string, Rule>> = {
  'every file parses, and what it imports exists': (tree, modules) =>
    modules.flatMap(({ path, broken, imports }) => [
      ...(broken === null ? [] : [`${path}: ${broken}`]),
      ...imports
        .filter(({ file }) => file !== null && !tree.has(file))
        .map(({ specifier }) => `${path} imports ${specifier}, which does not exist`),
    ]),

  'a file imports only lower floors or its own folder': (_tree, modules) =>
    ownEdges(modules).flatMap(({ from, to }) => {
      const [mine, other] = [roomOf(from), roomOf(to)];
      const [myFloor, otherFloor] = [floorOf(mine), floorOf(other)];
      if (myFloor === -1) return [`${from} is in a folder that stands on no floor`];
      if (mine === other || (mine === 'main.ts' && other === 'commands')) return [];
      if (otherFloor > myFloor) return [`${from} imports ${to}, a higher floor`];
      return otherFloor === myFloor ? [`${from} imports ${to}, a stranger on the same floor`] : [];
    }),

  'platforms are strangers to each other, and what they share knows none of them': (_tree, modules) =>
    ownEdges(modules).flatMap(({ from, to }) => {
      const [mine, other] = [platformOf(from), platformOf(to)];
      const inside = roomOf(from) === 'connectors' && other !== null && other !== mine;
      return inside ? [`${from} imports ${to}, another platform's folder`] : [];
    }),

  'who computes knows no database': (_tree, modules) =>
    ownEdges(modules)
      .filter(({ from, to }) => UNKNOWN_TO[roomOf(from)]?.includes(roomOf(to)))
      .map(({ from, to }) => `${from} imports ${to}, which ${roomOf(from)}/ does not know`),

  'domain imports nothing but domain': (_tree, modules) =>
    inSource(modules)
      .filter(({ path }) => roomOf(path) === 'domain')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ file }) => file === null || roomOf(file) !== 'domain')
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),

  'every package has one home': (_tree, modules) =>
    inSource(modules).flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        const name = packageOf(specifier);
        if (name === null) return [];
        const home = HOMES[name];
        if (home === undefined) return [`${path} imports ${name}, which has no home: give it one in the plan`];
        const atHome = `src/${home}` === path || (home.endsWith('/') && path.startsWith(`src/${home}`));
        return atHome || (home === 'commands/' && path === 'src/main.ts')
          ? []
          : [`${path} imports ${name}, whose home is src/${home}`];
      }),
    ),

  'no imports go in a circle': (_tree, modules) => circles(modules),

  'nothing is exported as default, nothing only passes on': (_tree, modules) =>
    inSource(modules).flatMap(({ path, exportsDefault, isBarrel }) => [
      ...(exportsDefault ? [`${path} has a default export`] : []),
      ...(isBarrel ? [`${path} is a barrel`] : []),
    ]),

  'files are named for what they do, in kebab-case': (_tree, modules) =>
    modules.flatMap(({ path }) => {
      const parts = path.split('/');
      const empty = parts.find((part) => EMPTY_NAMES.test(part));
      if (empty !== undefined) return [`${path}: "${empty}" says nothing about what is inside`];
      const odd = parts.find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?(\.ts)?$/.test(part));
      return odd === undefined ? [] : [`${path}: "${odd}" is not kebab-case`];
    }),

  'a long file says why': (_tree, modules) =>
    modules
      .filter(({ lines, text }) => lines > LONGEST_FILE && !/^\/\/ over 300 lines: \S.{9,}$/m.test(text))
      .map(
        ({ path, lines }) => `${path} has ${lines} lines: split it, or write "// over ${LONGEST_FILE} lines: <reason>"`,
      ),

  'paths and scripts that documents cite exist': (tree) =>
    [...tree]
      .filter(([path]) => /^([A-Z]+|docs\/.*|src\/.*|adapters\/.*)\.md$/.test(path))
      .flatMap(([path, text]) => [...citedPaths(path, text, tree), ...citedScripts(path, text, tree)]),
};

export function violations(tree: Tree): string[] {
  const modules = modulesOf(tree);
  return Object.values(RULES).flatMap((rule) => rule(tree, modules));
}

function inSource(modules: readonly Module[]): Module[] {
  return modules.filter(({ path }) => path.startsWith('src/'));
}

/** `src/store/messages.ts` -> `store`; `src/main.ts` -> `main.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => floor.includes(room));
}

function platformOf(path: string): string | null {
  return /^src\/connectors\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function ownEdges(modules: readonly Module[]): { from: string; to: string }[] {
  return inSource(modules).flatMap(({ path, imports }) =>
    imports.flatMap(({ file }) => (file?.startsWith('src/') ? [{ from: path, to: file }] : [])),
  );
}

/** Depth-first walk; each circle once, as the files on it. */
function circles(modules: readonly Module[]): string[] {
  const next = new Map(modules.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) found.push([...trail.slice(at), path].join(' -> '));
    if (at !== -1 || finished.has(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    finished.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}

/** Paths in backticks or links that begin with a folder or file of the repository's top. */
function citedPaths(document: string, text: string, tree: Tree): string[] {
  const top = new Set([...tree.keys()].map((path) => path.split('/')[0]));
  const inTicks = [...text.matchAll(/`([^`\s]+)`/g)].map(([, cited]) => cited!);
  const inLinks = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, cited]) => cited!);
  const wrong = (cited: string, path: string): string[] => (exists(tree, path) ? [] : [`${document} cites ${cited}`]);
  return [
    ...inTicks
      .filter((cited) => /^[\w.-]+\/[\w./-]*$/.test(cited) && top.has(cited.split('/')[0]))
      .flatMap((cited) => wrong(cited, cited)),
    ...inLinks
      .filter((cited) => !/^[a-z]+:/.test(cited))
      .flatMap((cited) => wrong(cited, posix.join(posix.dirname(document), cited))),
  ];
}

function exists(tree: Tree, path: string): boolean {
  const folder = path.replace(/\/*$/, '/');
  return tree.has(path) || [...tree.keys()].some((each) => each.startsWith(folder));
}

function citedScripts(document: string, text: string, tree: Tree): string[] {
  const { scripts = {} } = JSON.parse(tree.get('package.json') ?? '{}') as { scripts?: Record<string, string> };
  return [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
    .filter(([, name]) => !Object.hasOwn(scripts, name ?? ''))
    .map(([cited]) => `${document} cites ${cited}`);
}
