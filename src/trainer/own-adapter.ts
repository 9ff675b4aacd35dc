import type { TrainingResult } from './training-job.ts';

/**
 * Whether a language's own adapter, trained from `multi`, is worth keeping: only where it beats `multi`, which it started
 * from, on that language's dev posts. Languages learn from each other, so one of its own is often the worse.
 */
export function beatsShared({ macroF1, startMacroF1 }: Pick<TrainingResult, 'macroF1' | 'startMacroF1'>): boolean {
  return typeof macroF1 === 'number' && typeof startMacroF1 === 'number' && macroF1 > startMacroF1;
}
