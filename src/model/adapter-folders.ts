import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, readAdapter, type Adapter } from './adapter-files.ts';
import type { BertConfig } from './bert-config.ts';
import { CALIBRATION_FILE } from './calibration-file.ts';

/** The model card that lies beside an adapter. */
export const MODEL_CARD = 'README.md';

/**
 * Copies an adapter to another folder, whole or not at all, once it has been read and fits the base. The files stay as they
 * are: PEFT reads both. Throws `input` where there is an adapter already and `replace` does not allow that.
 */
export async function copyAdapter(
  from: string,
  to: string,
  base: BertConfig,
  { replace = false }: { replace?: boolean } = {},
): Promise<Adapter> {
  const adapter = await readAdapter(from, base);
  const part = join(dirname(to), `.${basename(to)}.${randomUUID()}.part`);
  try {
    await mkdir(part, { recursive: true });
    for (const name of [ADAPTER_CONFIG, CALIBRATION_FILE, MODEL_CARD, ADAPTER_WEIGHTS])
      if (existsSync(join(from, name))) await copyFile(join(from, name), join(part, name));
    const { version } = await readAdapter(part, base);
    if (version !== adapter.version) throw new Error(`${from} changed while it was copied`);
    await putInPlace(part, to, replace);
    return adapter;
  } catch (error) {
    if (error instanceof EvenkeelError) throw error;
    throw new EvenkeelError('input', `The adapter cannot be written to ${to}: ${messageOf(error)}`, {
      hint: 'Check that the disk has room and that this user may write there.',
      cause: error,
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** A folder cannot take the place of another in one step: the one before goes aside, and back if that fails. */
async function putInPlace(part: string, to: string, replace: boolean): Promise<void> {
  if (!existsSync(to)) return rename(part, to);
  const isEmpty = (await readdir(to)).length === 0;
  if (!replace && !isEmpty)
    throw new EvenkeelError('input', `${to} is there already`, { hint: 'Give another name, or --replace.' });
  const aside = `${part}.before`;
  await rename(to, aside);
  try {
    await rename(part, to);
  } catch (error) {
    await rename(aside, to);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
