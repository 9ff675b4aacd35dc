import { EvenkeelError } from '../../runtime/errors.ts';
import type { Bench } from './figure.ts';

/** The parts of the benchmark, loaded when they run. */
const PARTS: Readonly<Record<string, () => Promise<Bench>>> = {
  weeks: async () => (await import('./learning-weeks.ts')).benchWeeks,
  swap: async () => (await import('./learning-swap.ts')).benchSwap,
};

/** Learning from moderators: what simulated weeks release, and how a release reaches those that serve. */
export const benchLearning: Bench = async (flags) => {
  const { part } = flags;
  const chosen = part === undefined ? Object.keys(PARTS) : [part];
  const figures = [];
  for (const name of chosen) {
    const load = PARTS[name];
    if (load === undefined)
      throw new EvenkeelError('usage', `The benchmark learning has no part ${name}`, {
        hint: `It has ${Object.keys(PARTS).join(', ')}.`,
      });
    figures.push(...(await (await load())(flags)));
  }
  return figures;
};
