import type { Base } from './base.ts';
import { checkpointHash } from './checkpoint.ts';

/** A base by its name and its weights, `mini@3fa2c19b04de`: an adapter that was trained on other weights means nothing. */
export async function baseKey({ name, folder }: Base): Promise<string> {
  return `${name}@${(await checkpointHash(folder)).slice(0, 12)}`;
}
