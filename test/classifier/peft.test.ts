import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import { bertReference, type TinyAdapter } from '../fixtures/bert-reference.ts';
import { tinyBase } from './tiny-base.ts';

test.each([
  ['PEFT trained on two layers', 'adapter'],
  ['PEFT trained on five layers, with rslora', 'adapter-wide'],
  ['PEFT trained on all linear layers, with rslora', 'adapter-all'],
  ['Evenkeel trained', 'adapter-own'],
] satisfies [string, TinyAdapter][])('logits are those of PEFT with an adapter that %s', async (_, adapter) => {
  const base = await tinyBase({ multi: adapter });
  const classifier = await openClassifier({ base, device: 'cpu', precision: 'fp32', threads: 1 });
  try {
    const verdicts = await classifier.classify(bertReference.texts);
    verdicts.forEach(({ score }, i) => {
      const [not, yes] = bertReference.logits[adapter].alone[i]!;
      // Two classes: the score tells by how much one logit is above the other.
      expect(Math.abs(Math.log(score / (1 - score)) - (yes - not))).toBeLessThan(1e-4);
    });
  } finally {
    await classifier.close();
    await rm(base, { recursive: true });
  }
});
