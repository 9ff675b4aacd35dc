import { openClassifier } from '../classifier/classifier.ts';
import type { ClassifierOptions } from '../classifier/classifier.ts';
import { SHARED_ADAPTER } from '../classifier/router.ts';

/** Scores of posts by one adapter, in the graph and the precision in which it would serve. */
export interface AdapterScorer {
  /** By the adapter in a folder, whatever language a post is in. */
  score(folder: string, texts: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

/** Posts asked for at once. */
const CHUNK = 512;

/** A model beside those that serve, in which one adapter answers everything. */
export async function openAdapterScorer(options: ClassifierOptions): Promise<AdapterScorer> {
  const classifier = await openClassifier(options);
  for (const name of classifier.adapters().keys()) if (name !== SHARED_ADAPTER) classifier.removeAdapter(name);
  return {
    async score(folder, texts) {
      await classifier.putAdapter(SHARED_ADAPTER, folder);
      const scores: number[] = [];
      for (let start = 0; start < texts.length; start += CHUNK) {
        const verdicts = await classifier.classify(texts.slice(start, start + CHUNK));
        scores.push(...verdicts.map(({ score }) => score));
      }
      return scores;
    },
    close: () => classifier.close(),
  };
}
