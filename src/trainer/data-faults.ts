import type { Example } from '../domain/example.ts';
import { keyOf } from './post-key.ts';

/** Fewer examples than these teach little. */
const FEW = 100;

/** Examples without those that some held-out set has too, which would flatter its figures; how many they were. */
export function withoutHeldOut(
  examples: readonly Example[],
  heldOut: readonly Example[],
): { kept: Example[]; dropped: number } {
  const seen = new Set(heldOut.map(({ text }) => keyOf(text)));
  const kept = examples.filter(({ text }) => !seen.has(keyOf(text)));
  return { kept, dropped: examples.length - kept.length };
}

/** What is wrong with training data and can be lived with, a sentence each. */
export function dataFaults(examples: readonly Example[], dev: readonly Example[]): string[] {
  const labels = new Map<string, Set<number>>();
  let repeated = 0;
  for (const { text, label } of examples) {
    const key = keyOf(text);
    const known = labels.get(key);
    if (known?.has(label)) repeated += 1;
    if (known) known.add(label);
    else labels.set(key, new Set([label]));
  }
  const contradictory = [...labels.values()].filter(({ size }) => size > 1).length;
  const { dropped: shared } = withoutHeldOut(examples, dev);
  const faults: string[] = [];
  if (examples.length < FEW) faults.push(`only ${examples.length} examples: expect little, and no two runs alike`);
  if (repeated > 0) faults.push(`${repeated} examples repeat another with the same label: they count twice`);
  if (contradictory > 0) faults.push(`${contradictory} texts occur with both labels: one of them is wrong`);
  if (shared > 0) faults.push(`${shared} examples are in the dev data too: its figures flatter`);
  for (const language of new Set(dev.map((example) => example.language))) {
    const found = new Set(dev.flatMap((example) => (example.language === language ? [example.label] : [])));
    if (found.size === 1)
      faults.push(`dev data in ${language} has label ${[...found][0]} only: macro-F1 of one class means little`);
  }
  return faults;
}
