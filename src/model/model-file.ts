import { readFile } from 'node:fs/promises';

import { EvenkeelError, messageOf } from '../runtime/errors.ts';

/** A file of a model that cannot be used as it is. `what` is a clause that names the file. */
export function unfitModel(what: string, hint = 'Get the model anew, whole.', cause?: unknown): EvenkeelError {
  return new EvenkeelError('model', `${what}.`, { hint, cause });
}

/** A file's bytes, or null where it does not exist. */
export async function readModelFile(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unfitModel(`${path} cannot be read: ${messageOf(error)}`, 'Check its permissions.', error);
  }
}

/** The JSON object in a file's bytes; throws, naming the file, for anything else. */
export function parseModelJson(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    throw new SyntaxError('it is no object');
  } catch (error) {
    throw unfitModel(`${path} is not a valid JSON object: ${messageOf(error)}`, undefined, error);
  }
}
