import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Example } from '../../domain/example.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { writeFileAtomic } from '../../runtime/write-file-atomic.ts';
import type { TrainingResult } from '../../trainer/training-job.ts';

/** What the trainings of a bootstrap gave so far, by adapter. */
export type Trainings = Record<string, Pick<TrainingResult, 'macroF1' | 'startMacroF1'>>;

/**
 * Where a bootstrap keeps its work, so that the same command goes on after anything: each training resumes by itself, and
 * what is finished is noted.
 */
export class WorkFolder {
  readonly folder: string;
  readonly #fingerprint: string;
  #trainings: Trainings;

  private constructor(folder: string, fingerprint: string, trainings: Trainings) {
    this.folder = folder;
    this.#fingerprint = fingerprint;
    this.#trainings = trainings;
  }

  /** `settings`: everything that decides the result. Refuses a folder that other settings or data have left. */
  static async open(folder: string, settings: unknown, posts: readonly Example[]): Promise<WorkFolder> {
    await mkdir(folder, { recursive: true });
    const hash = createHash('sha256').update(JSON.stringify(settings));
    for (const post of posts) hash.update(JSON.stringify(post));
    const fingerprint = hash.digest('hex');
    const path = join(folder, NOTES);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    const notes = text === null ? null : (JSON.parse(text) as { fingerprint: string; trainings: Trainings });
    if (notes && notes.fingerprint !== fingerprint)
      throw new EvenkeelError('input', `${folder} was left by a bootstrap with other settings or data`, {
        hint: `Give the same command as then to go on with it, or delete that folder to start anew.`,
      });
    const work = new WorkFolder(folder, fingerprint, notes?.trainings ?? {});
    if (!notes) await work.#save();
    return work;
  }

  finished(adapter: string): Trainings[string] | undefined {
    return this.#trainings[adapter];
  }

  async finish(adapter: string, { macroF1, startMacroF1 }: TrainingResult): Promise<void> {
    this.#trainings = { ...this.#trainings, [adapter]: { macroF1, startMacroF1 } };
    await this.#save();
  }

  /** The folder of an adapter's training. */
  adapter(name: string): string {
    return join(this.folder, name);
  }

  /** Writes posts as JSON lines; gives the file. */
  async write(name: string, posts: readonly Example[]): Promise<string> {
    const path = join(this.folder, 'data', name);
    await mkdir(join(this.folder, 'data'), { recursive: true });
    const lines = posts.map(({ text, label, language }) => `${JSON.stringify({ text, label, lang: language })}\n`);
    await writeFileAtomic(
      path,
      lines.map((line) => Buffer.from(line)),
    );
    return path;
  }

  async #save(): Promise<void> {
    const notes = { fingerprint: this.#fingerprint, trainings: this.#trainings };
    await writeFileAtomic(join(this.folder, NOTES), [`${JSON.stringify(notes, null, 2)}\n`]);
  }
}

const NOTES = 'bootstrap.json';
