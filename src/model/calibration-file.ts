import { join } from 'node:path';

import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';

/** What a model's logits are worth, fitted on labelled posts that it was not trained on. */
export interface Calibration {
  /** Scores are softmax(logits / temperature). */
  temperature: number;
  /**
   * By language, ISO 639-1: the score from which on a post best counts as polarized. Serving moves the scores of such a
   * language so that this one becomes 0.5 (`centred`): what most count as polarized, whatever a language's share of it.
   */
  thresholds: Readonly<Record<string, number>>;
}

/** Scores as they come, and no thresholds. */
export const UNCALIBRATED: Calibration = { temperature: 1, thresholds: {} };

/** A score whose logit is moved so that `threshold` becomes 0.5; 0, 1 and the order of scores stay. */
export function centred(score: number, threshold: number): number {
  const [yes, no] = [score * (1 - threshold), (1 - score) * threshold];
  return yes + no === 0 ? score : yes / (yes + no);
}

/** Beside PEFT's files, which it leaves alone. */
export const CALIBRATION_FILE = 'calibration.json';

/** The calibration in a folder, or none. Throws for one that makes no sense, naming what of it. */
export async function readCalibration(folder: string): Promise<Calibration> {
  const path = join(folder, CALIBRATION_FILE);
  const bytes = await readModelFile(path);
  if (!bytes) return UNCALIBRATED;
  const { temperature, thresholds = {} } = parseModelJson(bytes, path);
  if (typeof temperature !== 'number' || !(temperature > 0))
    throw unfitModel(`${path} has temperature ${JSON.stringify(temperature)}, expected a number above 0`, HINT);
  const isThreshold = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < 1;
  if (typeof thresholds !== 'object' || thresholds === null || !Object.values(thresholds).every(isThreshold))
    throw unfitModel(`${path} has thresholds ${JSON.stringify(thresholds)}, expected numbers between 0 and 1`, HINT);
  return { temperature, thresholds: thresholds as Record<string, number> };
}

export function formatCalibration({ temperature, thresholds }: Calibration): string {
  return `${JSON.stringify({ temperature, thresholds }, null, 2)}\n`;
}

const HINT = 'Train the adapter again, or delete the file: scores are then as they come.';
