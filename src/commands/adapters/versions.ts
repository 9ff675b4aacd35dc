import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readAdapter } from '../../model/adapter-files.ts';
import type { Adapter } from '../../model/adapter-files.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import { promote, rollBack } from '../../pipeline/promotion.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { findMarked, findVersions } from '../../store/adapters.ts';
import { writeFolder } from '../../store/adapter-folder.ts';
import { findFiles } from '../../store/adapter-store.ts';
import { withStore } from '../open-store.ts';
import { printJson, printLine, printTable } from '../print.ts';
import type { AdapterFlags } from './listing.ts';

/** Who acts, in the audit log: whoever may run commands on the machine. */
const OPERATOR = 'operator';

export async function listVersions(name: string | undefined, { json, ...flags }: AdapterFlags): Promise<void> {
  const { base, versions } = await withStore(flags, async ({ database, base: { name: named }, baseKey }) => {
    const marked = await findMarked(database.handle, baseKey);
    const rows = await findVersions(database.handle, baseKey, name);
    return {
      base: named,
      versions: rows.map((row) => ({
        name: row.name,
        version: row.version,
        state: row.state,
        served: row.servedAt,
        clean: !marked.has(row.id),
        lesson: row.lesson,
      })),
    };
  });
  if (json) return printJson({ base, versions });
  if (versions.length === 0) return printLine('No adapter was trained here yet.');
  await printTable([
    ['name', 'version', 'state', 'last served', 'decisions', 'macro-F1', 'remarks'],
    ...versions.map(({ lesson, served, clean, ...row }) => [
      row.name,
      row.version,
      row.state,
      served === null ? 'never' : served.toISOString().slice(0, 16).replace('T', ' '),
      String(lesson?.corrections ?? '-'),
      lesson?.comparisons.map(({ before, after }) => `${before.toFixed(3)} -> ${after.toFixed(3)}`).join(', ') ?? '-',
      [...(lesson?.refusals.map(({ kind }) => kind) ?? []), ...(clean ? [] : ['learned from erased posts'])].join(', '),
    ]),
  ]);
}

export async function promoteVersion(
  name: string,
  version: string,
  { json, force = false, ...flags }: AdapterFlags & { force?: boolean },
): Promise<void> {
  const row = await withStore(flags, ({ database, baseKey: base }) =>
    promote(database, { base, name, version }, { by: OPERATOR, force }),
  );
  if (json) return printJson({ name, version: row.version });
  await printLine(`${name} ${row.version} is served now.`);
}

export async function rollBackVersion(name: string, { json, ...flags }: AdapterFlags): Promise<void> {
  const done = await withStore(flags, ({ database, baseKey: base }) =>
    database.transaction((tx) => rollBack(tx, { base, name }, { by: OPERATOR, why: 'asked' })),
  );
  if (done === null)
    throw new EvenkeelError('input', `No version of ${name} is served that was trained here`, {
      hint: '`evenkeel adapters versions` lists them.',
    });
  const [from, to] = [done.from.version, done.to?.version ?? null];
  if (json) return printJson({ name, from, to });
  await printLine(`${name}: ${from} is served no more; ${to ?? 'what came with the base'} answers.`);
}

export async function diffVersions(
  name: string,
  one: string,
  other: string,
  { json, ...flags }: AdapterFlags,
): Promise<void> {
  const [first, second] = await withStore(flags, async (store) => [
    await openVersion(store, name, one),
    await openVersion(store, name, other),
  ]);
  const weights = distances(first.adapter, second.adapter);
  const metrics = Object.fromEntries(
    [...new Set([...Object.keys(first.metrics), ...Object.keys(second.metrics)])].map((key) => [
      key,
      [first.metrics[key] ?? null, second.metrics[key] ?? null],
    ]),
  );
  if (json) return printJson({ one: first.version, other: second.version, metrics, weights });
  const shown = (value: number | null): string => (value === null ? '-' : value.toFixed(4));
  await printTable([
    ['', first.version, second.version],
    ...Object.entries(metrics).map(([key, [a, b]]) => [key, shown(a!), shown(b!)]),
  ]);
  await printTable([
    ['weights', 'distance', 'of length'],
    ...weights.map(({ name: weight, distance, length }) => [weight, distance.toFixed(4), length.toFixed(4)]),
  ]);
}

export async function saveVersion(
  name: string,
  version: string,
  folder: string,
  { json, ...flags }: AdapterFlags,
): Promise<void> {
  const target = resolve(folder);
  const found = await withStore(flags, async (store) => {
    const row = await openVersion(store, name, version);
    await writeFolder(target, row.files);
    return row.version;
  });
  if (json) return printJson({ name, version: found, folder: target });
  await printLine(`Written to ${folder}.`);
}

type Store = Parameters<Parameters<typeof withStore>[1]>[0];

async function openVersion({ database, base, baseKey }: Store, name: string, prefix: string) {
  const rows = (await findVersions(database.handle, baseKey, name)).filter(({ version }) => version.startsWith(prefix));
  const [row] = rows;
  const files = row === undefined ? new Map<string, Uint8Array>() : await findFiles(database.handle, row);
  if (row === undefined || rows.length > 1 || files.size === 0)
    throw new EvenkeelError('input', `${name} has no one version ${prefix} whose files are kept`, {
      hint: '`evenkeel adapters versions` lists them.',
    });
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-adapter-'));
  try {
    await writeFolder(folder, files);
    return { ...row, files, adapter: await readAdapter(folder, await readBertConfig(base.folder)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By tensor: how far apart two adapters are (Euclidean), and how long the first is. The furthest first. */
function distances(one: Adapter, other: Adapter): { name: string; distance: number; length: number }[] {
  return [...one.tensors]
    .flatMap(([name, { data }]) => {
      const theirs = other.tensors.get(name)?.data as Float32Array | undefined;
      if (theirs === undefined || theirs.length !== data.length) return [];
      let [distance, length] = [0, 0];
      for (const [i, value] of (data as Float32Array).entries()) {
        distance += (value - theirs[i]!) ** 2;
        length += value ** 2;
      }
      return [{ name, distance: Math.sqrt(distance), length: Math.sqrt(length) }];
    })
    .toSorted((a, b) => b.distance - a.distance);
}
