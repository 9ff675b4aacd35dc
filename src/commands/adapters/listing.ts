import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ADAPTER_WEIGHTS, readAdapter, type Adapter } from '../../model/adapter-files.ts';
import { MODEL_CARD } from '../../model/adapter-folders.ts';
import { locateBase, type Base } from '../../model/base.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import { loraScaling } from '../../model/lora.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import type { Flags } from '../../runtime/config.ts';
import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { configOf } from '../settings.ts';

export interface AdapterFlags extends Pick<Flags, 'base' | 'dataDir'> {
  json?: boolean;
}

export async function listAdapters({ json, ...flags }: AdapterFlags): Promise<void> {
  const base = await locateBase(configOf(flags));
  const config = await readBertConfig(base.folder);
  const adapters = [];
  for (const [name, folder] of base.adapters) {
    const where = { name, folder, origin: originOf(base, folder) };
    try {
      const { version, settings } = await readAdapter(folder, config);
      const size = statSync(join(folder, ADAPTER_WEIGHTS)).size;
      adapters.push({ ...where, version, r: settings.r, targets: settings.target_modules, size });
    } catch (error) {
      adapters.push({ ...where, problem: messageOf(error) });
    }
  }
  if (json) return printJson({ base: base.name, adapters });
  await printLine(`Adapters of ${base.name}:`);
  await printTable([
    ['name', 'version', 'r', 'size', 'from', 'targets'],
    ...adapters.map((each) =>
      'problem' in each
        ? [each.name, '-', '-', '-', each.origin, each.problem]
        : [each.name, each.version, String(each.r), kilobytes(each.size), each.origin, each.targets.join(', ')],
    ),
  ]);
}

export async function showAdapter(name: string, { json, ...flags }: AdapterFlags): Promise<void> {
  const { base, folder, adapter } = await openAdapter(name, flags);
  const { version, settings } = adapter;
  const parameters = countsOf(adapter);
  const card = existsSync(join(folder, MODEL_CARD)) ? readFileSync(join(folder, MODEL_CARD), 'utf8') : null;
  const shown = {
    name,
    version,
    settings,
    scaling: loraScaling(settings),
    parameters,
    base: adapter.base,
    folder,
    card,
  };
  if (json) return printJson(shown);
  await printTable([
    ['name', name],
    ['version', version],
    ['from', `${originOf(base, folder)}, ${folder}`],
    ['trained on', adapter.base === '' ? 'unknown' : adapter.base],
    ...Object.entries(settings).map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : String(value)]),
    ['scaling', String(Number(shown.scaling.toPrecision(6)))],
    [
      'parameters',
      `${parameters.lora.toLocaleString('en-US')} LoRA, ${parameters.classifier.toLocaleString('en-US')} classifier`,
    ],
  ]);
  await printLine(card === null ? '\nIt has no model card.' : `\n${card.trimEnd()}`);
}

export async function openAdapter(
  name: string,
  flags: AdapterFlags,
): Promise<{ base: Base; folder: string; adapter: Adapter }> {
  const base = await locateBase(configOf(flags));
  const folder = base.adapters.get(name);
  if (folder === undefined) throw unknownAdapter(name, base);
  return { base, folder, adapter: await readAdapter(folder, await readBertConfig(base.folder)) };
}

export function unknownAdapter(name: string, base: Base): EvenkeelError {
  return new EvenkeelError('input', `${base.name} has no adapter ${name}`, {
    hint: `It has ${base.adapters.size === 0 ? 'none' : [...base.adapters.keys()].join(', ')}.`,
  });
}

export function originOf({ adaptersFolder }: Base, folder: string): 'data' | 'base' {
  return dirname(folder) === adaptersFolder ? 'data' : 'base';
}

function countsOf({ tensors }: Adapter): { lora: number; classifier: number } {
  const counts = { lora: 0, classifier: 0 };
  for (const [name, { shape }] of tensors)
    counts[name.startsWith('classifier.') ? 'classifier' : 'lora'] += sizeOf(shape);
  return counts;
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000).toLocaleString('en-US')} kB`;
}
