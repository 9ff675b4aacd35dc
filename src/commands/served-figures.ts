import type { Example } from '../domain/example.ts';
import { createProgress } from '../runtime/progress.ts';
import { measure, type Metrics } from '../trainer/metrics.ts';

const CHUNK = 512;

/** The scores of posts as they are served, with a progress bar. */
export async function scoreAll(
  examples: readonly Example[],
  classify: (texts: string[]) => Promise<{ score: number }[]>,
): Promise<number[]> {
  const progress = createProgress({ label: 'evaluate', total: examples.length, unit: 'posts' });
  const scores: number[] = [];
  try {
    for (let start = 0; start < examples.length; start += CHUNK) {
      const verdicts = await classify(examples.slice(start, start + CHUNK).map(({ text }) => text));
      scores.push(...verdicts.map(({ score }) => score));
      progress.update(scores.length);
    }
  } finally {
    progress.finish();
  }
  return scores;
}

/** Which of the examples are of each language. */
export function indicesByLanguage(examples: readonly Example[]): [language: string, indices: number[]][] {
  const indices = new Map<string, number[]>();
  examples.forEach(({ language }, i) => {
    const own = indices.get(language);
    if (own) own.push(i);
    else indices.set(language, [i]);
  });
  return [...indices].sort(([a], [b]) => a.localeCompare(b));
}

/** The figures of each language. */
export function byLanguage(
  indices: readonly [string, number[]][],
  examples: readonly Example[],
  scores: readonly number[],
  threshold: number,
): Record<string, Metrics> {
  return Object.fromEntries(
    indices.map(([language, own]) => [
      language,
      measure(
        own.map((i) => scores[i]!),
        own.map((i) => examples[i]!.label),
        threshold,
      ),
    ]),
  );
}
